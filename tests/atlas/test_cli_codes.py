"""Exit codes of every command: 64 for bad usage and unusable input, 70 for an error of ours, 130 for an interrupt."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from atlas import cli
from tests.atlas.shell import run


def commands(group: click.Group, before: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    """Every command with the words that call it, those of groups too."""
    found = []
    for name, command in group.commands.items():
        words = (*before, name)
        found += commands(command, words) if isinstance(command, click.Group) else [(words, command)]
    return found


COMMANDS = commands(cli.atlas)
WORDS = [" ".join(words) for words, _ in COMMANDS]


@pytest.mark.parametrize("words", WORDS)
def test_an_unknown_option_is_bad_usage(words: str) -> None:
    left = run(*words.split(), "--no-such-option")
    assert left.code == 64
    assert left.out == ""
    assert len(left.err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "words", [" ".join(words) for words, command in COMMANDS if any(p.required for p in command.params)]
)
def test_what_is_required_and_missing_is_bad_usage(words: str) -> None:
    left = run(*words.split())
    assert left.code == 64
    assert len(left.err.strip().splitlines()) == 1


def arguments_of(command: click.Command, folder: Path) -> list[str]:
    """Something of the right kind for everything that a command requires."""
    file = folder / "given.csv"
    file.write_text("id,lon,lat\n")
    given = []
    for parameter in command.params:
        if not parameter.required:
            continue
        kind = parameter.type
        is_result = parameter.name == "out"
        value = str(file) if isinstance(kind, click.Path) and kind.exists else "made.csv" if is_result else "given.csv"
        value = kind.choices[0] if isinstance(kind, click.Choice) else value
        given += [value] if isinstance(parameter, click.Argument) else [parameter.opts[0], str(value)]
    return given


@pytest.mark.parametrize(
    ("error", "code"), [(RuntimeError("broken"), 70), (KeyboardInterrupt(), 130), (KeyError("x"), 70)]
)
@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=WORDS)
def test_an_error_of_ours_and_an_interrupt(
    words: tuple[str, ...],
    command: click.Command,
    error: BaseException,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever a command's own work raises comes out as the contract says, without a trace."""

    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ATLAS_TRACE", raising=False)
    monkeypatch.setattr(command, "callback", fails)
    left = run(*words, *arguments_of(command, tmp_path))
    assert left.code == code
    assert "Traceback" not in left.err
    assert len(left.err.strip().splitlines()) == (1 if code == 70 else 0)


def test_verdicts_alone_use_1_and_2() -> None:
    from atlas.commands.codes import EXIT_CODES

    assert EXIT_CODES == {"clear": 0, "conflict": 1, "uncertain": 2, "not_assessed": 2}
    assert (cli.EXIT_BAD_USAGE, cli.EXIT_INTERNAL, cli.EXIT_INTERRUPTED) == (64, 70, 130)
