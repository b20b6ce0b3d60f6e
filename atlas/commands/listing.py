"""What ``layers`` and ``plan`` do."""

from __future__ import annotations

import json
from pathlib import Path

import click

from atlas.commands.files import need_folder, write_result
from atlas.texts import text
from atlas.workspace import open_store


def list_layers(as_json: bool, workspace: Path | None, language: str) -> None:
    """Print the catalogue."""
    from atlas.journeys.explore import catalogue_rows

    rows = catalogue_rows(open_store(workspace))
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        title = row["title"].get(language) or row["title"]["zh"]
        count = text("cli.layer_counts", language, features=row["features"], without=row["without_geometry"])
        click.echo(f"{row['id']:<28} {title}\n{'':<28} {count} · {row['as_of']} · {row['basis']} · {row['source']}")


def write_plan(out: Path, report_language: str, language: str) -> None:
    """Write the plan as a report."""
    from atlas.journeys.plan import export_plan

    need_folder(out)
    write_result(out, export_plan(out.suffix, report_language, open_store()))
    click.echo(text("cli.written", language, file=out.name))


def list_plan(as_json: bool, unmatched: bool, language: str) -> None:
    """Print the plan's designations and targets, or what has no shape and what no clause names."""
    from atlas.journeys.plan import plan_dict, unmatched_dict

    content = unmatched_dict() if unmatched else plan_dict()
    if as_json:
        click.echo(json.dumps(content, ensure_ascii=False, indent=2))
        return
    click.echo(text("plan.ended", language))
    for heading, entries in content.items():
        click.echo(f"\n{text('cli.' + heading, language)} ({len(entries)})")
        for entry in entries:
            click.echo("  " + " · ".join(str(value) for value in entry.values() if value not in (None, "", [])))
