"""What ``matrix`` does; imported only when it runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click

from atlas.commands.files import need_folder, write_result
from atlas.commands.options import chosen_rules, day, listed, named_use, with_layers
from atlas.commands.progress import Bar
from atlas.texts import text

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
    from atlas.journeys.export import known_format
    from atlas.journeys.matrix import MatrixRequest, run_matrix
    from atlas.report.matrix import notes_of, render_matrix
    from atlas.workspace import open_store

    fmt = known_format(options.out.suffix, FORMATS)
    need_folder(options.out)
    rulebook, _ = chosen_rules(options.rules)
    stated = {} if options.sliver_m2 is None else {"sliver_m2": options.sliver_m2}
    request = MatrixRequest(
        store=with_layers(open_store(options.workspace), options, language),
        on=day(options.on),
        subjects=listed(options.subjects),
        use=None if options.use is None else named_use(options.use),
        language=language,
        rulebook=rulebook,
        **stated,
    )
    document = run_matrix(request, Bar())
    write_result(options.out, render_matrix(document, fmt, language))
    for line in (*document["stamps"], *notes_of(document, language)):
        click.echo(line)
    click.echo(text("matrix.written", language, file=options.out.name, patches=len(document["patches"])))
