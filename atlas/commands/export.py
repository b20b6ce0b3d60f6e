"""What ``export`` and ``template`` do; imported only when one of them runs."""

from __future__ import annotations

from pathlib import Path

import click

from atlas.commands.files import need_folder, write_result
from atlas.commands.options import listed
from atlas.texts import text


def export_layers(layer_ids: str, out: Path, internal: bool, workspace: Path | None, language: str) -> None:
    """Write layers and, beside them, their manifest for programs and for readers; say what the format changed."""
    from atlas.dataset.manifest import limit_words
    from atlas.journeys.data_export import DataRequest, export_data
    from atlas.workspace import open_store

    need_folder(out)
    request = DataRequest(listed(layer_ids), out.suffix, language, internal)
    file = export_data(request, out.name, open_store(workspace))
    for name, content in {**file.beside, out.name: file.content}.items():
        write_result(out.with_name(name), content)
    for limit in file.limits:
        click.echo(limit_words(limit, language), err=True)
    size = f"{len(file.content) / 1e6:.2f}"
    click.echo(text("dataset.saved", language, file=out.name, size=size, manifest=next(iter(file.beside))))


def write_template(out: Path, language: str) -> None:
    """Write a Word template with every placeholder, to start one's own from."""
    from atlas.journeys.export import known_format
    from atlas.report.docx_template import example_template

    known_format(out.suffix, {".docx": "docx"})
    write_result(out, example_template(language))
    click.echo(text("cli.written", language, file=out.name))
