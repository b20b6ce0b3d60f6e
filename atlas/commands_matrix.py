"""What ``matrix`` does; imported only when it runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import click

from atlas.texts import text
from geo.types import Use

FORMATS = {".csv": "csv", ".xlsx": "xlsx", ".gpkg": "gpkg", ".json": "json"}


@dataclass(frozen=True)
class MatrixOptions:
    """The options of ``matrix`` as the shell gives them."""

    out: Path
    subjects: str = ""
    use: str | None = None
    sliver_m2: float | None = None
    rules: Path | None = None
    on: datetime | None = None
    layer_files: tuple[str, ...] = ()
    layer_accuracies: tuple[str, ...] = ()
    workspace: Path | None = None


def write_matrix(options: MatrixOptions, language: str) -> None:
    """Compares layers with the zones of rules and writes the tables; says how many patches and slivers."""
    from atlas.commands import Bar, with_layers, write_whole
    from atlas.journeys.export import known_format
    from atlas.journeys.matrix import MatrixRequest, run_matrix
    from atlas.report.matrix import notes_of, render_matrix
    from atlas.workspace import open_store
    from layers.rulebook import load_rulebook, rule_file_text, rulebook_of_text

    fmt = known_format(options.out.suffix, FORMATS)
    rulebook = load_rulebook()
    if options.rules:
        rulebook = rulebook_of_text(rule_file_text(options.rules), options.rules.name)
    stated = {} if options.sliver_m2 is None else {"sliver_m2": options.sliver_m2}
    request = MatrixRequest(
        store=with_layers(open_store(options.workspace), options),
        on=options.on.date() if options.on else date.today(),
        subjects=tuple(part.strip() for part in options.subjects.split(",") if part.strip()),
        use=_use(options.use),
        language=language,
        rulebook=rulebook,
        **stated,
    )
    document = run_matrix(request, Bar())
    write_whole(options.out, render_matrix(document, fmt, language))
    for line in (*document["stamps"], *notes_of(document, language)):
        click.echo(line)
    click.echo(text("matrix.written", language, file=options.out.name, patches=len(document["patches"])))


def _use(given: str | None) -> Use | None:
    """One use, or all where none is named."""
    from layers.errors import DataError

    if given is None:
        return None
    if given not in set(Use):
        raise DataError("unknown_use", given=given, known=", ".join(Use))
    return Use(given)
