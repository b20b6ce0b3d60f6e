"""No command writes its result over a file that it reads: the user's table of sites has no second copy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from atlas.texts import text


class KeepingCommand(click.Command):
    """A command that refuses an ``--out`` which is one of its inputs, by whatever name or link."""

    #: The language of refusals.
    language = "zh"

    def invoke(self, context: click.Context) -> Any:
        results = [path for path in _files(context.params.get("out")) if path.exists()]
        given = {name: value for name, value in context.params.items() if name != "out"}
        for path in results:
            for source in _named(given):
                if _same(source, path):
                    raise click.UsageError(text("cli.out_is_input", self.language, file=path.name))
        return super().invoke(context)


class KeepingGroup(click.Group):
    """A group of such commands."""

    command_class = KeepingCommand
    group_class = type


def _files(value: Any) -> list[Path]:
    return [] if value is None else [value] if isinstance(value, Path) else list(value)


def _named(given: Mapping[str, Any]) -> Iterator[Path]:
    """Whatever may name a file: a path, a word, what stands behind the sign of ``--layer id=file``."""
    for value in given.values():
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Path):
                yield one
            elif isinstance(one, str) and one:
                yield Path(one)
                yield Path(one.partition("=")[2] or one)


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except (OSError, ValueError):  # a word that names no file
        return False
