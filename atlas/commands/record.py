"""What ``verify`` and ``history`` do, and how ``check`` is remembered; imported only when one of them runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from atlas.commands.files import need_folder, read_input, write_result
from atlas.commands.progress import Bar
from atlas.journeys import history
from atlas.journeys.comparing import Difference, differences
from atlas.texts import text
from atlas.wording_history import compared_line, difference_line, entry_line, unchecked_line
from atlas.workspace import open_store
from layers.errors import DataError
from layers.store import Store


def verify_assessment(path: Path, sites: Path | None, workspace: Path | None, language: str) -> int:
    """Run an assessment file again; 0 where nothing differs, 1 where something does."""
    from atlas.assessment_file import read_assessment
    from atlas.journeys.verify import verify

    data, store = read_input(path), open_store(workspace)
    given = hashlib.sha256(read_input(sites)).hexdigest() if sites else None
    answer = verify(read_assessment(data, path.name), store, path.name, given, Bar())
    if store.workspace is not None:
        entry = history.is_recorded(store, data)
        click.echo(entry_line(entry, language) if entry else text("history.not_recorded", language), err=True)
    code = _tell(answer.differences, text("cli.verify_same", language), language)
    click.echo(unchecked_line(answer.unchecked, language))
    return code


def _tell(found: Sequence[Difference], same: str, language: str) -> int:
    """A line a difference, or that there is none."""
    for difference in found:
        click.echo(difference_line(difference, language))
    if not found:
        click.echo(same)
    return 1 if found else 0


def remember_check(store: Store, assessment: Mapping[str, Any], typed_name: str, language: str) -> None:
    """Enter a check in the workspace's record, and say so."""
    history.remember(store, assessment, typed_name, "command")
    tell_recorded(store, language)


def tell_recorded(store: Store, language: str) -> None:
    """Say under which number the last check stands."""
    number = len(store.records())
    click.echo(text("history.remembered", language, number=number), err=True)


def show_history(
    workspace: Path | None,
    as_json: bool,
    words: str,
    compare: tuple[int, int] | None,
    take: int | None,
    out: Path | None,
    language: str,
) -> int:
    """List the record; compare two of its assessments; write one of them again."""
    store = open_store(workspace)
    if compare:
        first, second = (history.opened(store, history.numbered(store, number)) for number in compare)
        found = differences(first, second)
        click.echo(compared_line(first, second, found, language))
        return _tell(found, text("history.same", language), language)
    if take is not None:
        _take(store, take, out, language)
        return 0
    entries = history.chosen(history.earlier(store), words)
    if as_json:
        click.echo(json.dumps([asdict(entry) for entry in entries], ensure_ascii=False, indent=2))
    elif entries:
        click.echo("\n".join(entry_line(entry, language) for entry in entries))
    else:
        click.echo(text("history.none_found" if words else "history.empty", language))
    return 0


def _take(store: Store, number: int, out: Path | None, language: str) -> None:
    from atlas.journeys.export import export_assessment, known_format

    if out is None:
        raise DataError("take_needs_out")
    known_format(out.suffix)
    need_folder(out)
    assessment = history.opened(store, history.numbered(store, number))
    write_result(out, export_assessment(assessment, out.suffix, language, store))
