"""What ``import`` and ``basemap`` do: what a user brings, kept where the atlas finds it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from atlas.commands.files import read_input
from atlas.texts import text
from atlas.workspace import open_store
from layers.store import Store


@dataclass(frozen=True)
class ImportOptions:
    """The options of ``import`` as the shell gives them."""

    file: Path
    layer_id: str
    crs: str | None
    title: str | None
    accuracy_m: float | None
    as_of: str | None
    source: str | None
    workspace: Path | None


def import_file(options: ImportOptions, language: str) -> None:
    """Read a user's file into the workspace, and say what was guessed, repaired and left out."""
    from atlas.wording import rejected_line, step_line
    from layers.importing import import_layer
    from layers.shift_hint import shift_hint
    from layers.sidecar import sidecar_beside

    store = open_store(options.workspace)
    place = _place_taken(store, options.layer_id, language)
    result = import_layer(
        read_input(options.file),
        options.file.name,
        layer_id=options.layer_id,
        crs=options.crs,
        title=options.title,
        accuracy_m=options.accuracy_m,
        as_of=options.as_of,
        source=options.source,
        sidecar=sidecar_beside(options.file),
    )
    store.save_layer(result.layer)
    for step in (*result.report, *shift_hint(result.layer, store)):
        click.echo(step_line(step, language))
    for rejected in result.rejected:
        click.echo(rejected_line(vars(rejected), language))
    if place:
        click.echo(place)
    click.echo(text("cli.imported", language, layer=options.layer_id, features=len(result.layer.frame)))


def _place_taken(store: Store, layer_id: str, language: str) -> str:
    """In whose place a layer of this id will stand; nothing where there is none yet."""
    if layer_id in store.catalogue:
        return text("cli.replaces_embedded", language, title=store.catalogue[layer_id].titled(language))
    if store.workspace is None or not store.workspace.is_dir() or layer_id not in store:
        return ""
    return text("cli.replaces_own", language, title=store.spec(layer_id).titled(language))


def add_tiles(source: Path, tiles_id: str, language: str) -> None:
    """Copy the tiles of a file or folder to where the page finds them."""
    from atlas.basemaps import unpack_tiles

    count, highest = unpack_tiles(source, tiles_id)
    click.echo(text("cli.tiles_copied", language, count=count, tiles=tiles_id, zoom=highest))
