"""``check`` of a large table of sites, written as a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from atlas.commands.codes import exit_code
from atlas.commands.progress import Bar
from atlas.texts import text

if TYPE_CHECKING:  # a check of one site waits for none of what a table needs
    from atlas.journeys.check import CheckRequest

#: A CSV of more sites than this is written as a table; a Parquet file always is.
TABLE_SITES = 5_000


def is_table(out: Path | None, sites: int) -> bool:
    """Whether a result is written as a table: conflicts and uncertain pairs by row, everything else counted."""
    if out is None:
        return False
    return out.suffix.lower() == ".parquet" or (out.suffix.lower() == ".csv" and sites > TABLE_SITES)


def check_as_table(request: CheckRequest, out: Path, typed_name: str, language: str) -> int:
    """Assess and write all sites; the exit code is the verdict's."""
    from atlas.journeys.table import TableRequest, check_table
    from geo.batch import grouped

    groups = [sites for _, sites in grouped(request.proposals, request.rulebook.rules)]
    asked = TableRequest(groups, request.store, request.on, request.inputs, request.rejected, request.rulebook)
    verdict = check_table(asked, out, language, Bar())
    click.echo(text("table.written", language, file=out.name, sites=len(request.proposals)), err=True)
    if request.store.workspace is not None:
        from atlas.commands.record import tell_recorded
        from atlas.journeys.history import remember_table

        remember_table(request.store, request, verdict.value, out, typed_name)
        tell_recorded(request.store, language)
    return exit_code(verdict.value, bool(request.rejected))
