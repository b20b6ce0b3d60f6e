"""The command line in this process: what a command says, writes and leaves as its exit code."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from atlas.cli import main


@dataclass(frozen=True)
class Ran:
    """What a command left: its exit code and both of its streams."""

    code: int
    out: str
    err: str


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> Ran:
    """Run ``python -m atlas`` with these arguments."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as left:
        main([str(argument) for argument in arguments])
    said = capsys.readouterr()
    return Ran(int(left.value.code or 0), said.out, said.err)
