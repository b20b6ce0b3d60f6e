"""A user's file becomes a layer, with a report of what was guessed, repaired or refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import shapely
from shapely.geometry.base import BaseGeometry

from geo.types import Grid
from layers.columns import as_numbers, find_column, reads_as_numbers
from layers.corners import parse_corners
from layers.errors import DataError
from layers.formats.raw import Limits, RawTable, Step, clean_text, object_array
from layers.grids import to_lonlat_grid
from layers.placing import Geometries, StatedFrame, decide_frame
from layers.proposing import SitesResult, import_sites
from layers.reading import LIMITS, is_grid, read_grid, read_table
from layers.rows import Rows, placed, with_accuracy, with_extent, with_ids
from layers.sidecar import Sidecar, read_sidecar
from layers.sources.files import as_of_or_none
from layers.statements import Statements, statements_of
from layers.style import own_style
from layers.types import Basis, Distribution, GeometryKind, Layer, LayerSpec, Provenance, Rejected

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

__all__ = ["ImportResult", "SitesResult", "import_layer", "import_sites", "parse_corners"]

USER_THEME = "user"
KINDS = {"Point": GeometryKind.POINT, "LineString": GeometryKind.LINE, "Polygon": GeometryKind.POLYGON}


@dataclass(frozen=True)
class ImportResult:
    """A layer, the rows that could not be used, and what happened on the way in."""

    layer: Layer
    rejected: tuple[Rejected, ...]
    report: tuple[Step, ...]


def import_layer(
    data: bytes,
    filename: str,
    *,
    layer_id: str,
    crs: str | None = None,
    title: str | None = None,
    accuracy_m: float | None = None,
    as_of: str | None = None,
    source: str | None = None,
    covers: str | BaseGeometry | None = None,
    distribution: str | Distribution = Distribution.INTERNAL,
    sidecar: str | None = None,
    may_be_empty: bool = False,
    limits: Limits = LIMITS,
) -> ImportResult:
    """A layer in lon-lat from a file of an allowed format.

    What neither the caller nor ``sidecar`` (the text of ``<stem>.layer.toml``) states is assumed and recorded: exact
    (``accuracy_m`` 0, CE95 metres) and complete over the region. ``covers`` is region, none, bbox:W,S,E,N or a lon-lat
    shape. Polygons may be repaired, and each is reported; a row that cannot be used is refused, and the layer then
    counts as complete nowhere, because nobody knows what that row would have shown. A file without rows is refused
    unless it ``may_be_empty``: then it says nothing of any place, unless somebody stated where it is complete.

    Raises UnreadableFile, FrameUnstated, FrameError, and DataError ``layer_id_invalid``, ``frame_contradiction``,
    ``accuracy_invalid``, ``as_of_unreadable``, ``covers_unreadable``, ``column_missing``, ``no_rows``,
    ``nothing_usable`` (with the first row and its ``reason``) and those of the sidecar.
    """
    given = {"crs": crs, "title": title, "accuracy_m": accuracy_m, "as_of": as_of, "source": source}
    stated = statements_of(data, filename, layer_id, read_sidecar(sidecar), given, covers, Distribution(distribution))
    if is_grid(filename):
        return _import_grid(data, filename, stated, limits)
    table = _renamed(read_table(data, filename, layer_name=stated.sidecar.layer_name, limits=limits), stated.sidecar)
    empty = not len(table.rows) and not table.rejected
    if empty and not may_be_empty:
        raise DataError("no_rows", file=stated.file)
    if empty:
        table = replace(table, assumed=(*table.assumed, Step("layer_empty")))
        stated = replace(stated, covers=stated.covers or "none")
    rows, frame = placed(_with_numbers(table), stated)
    if not len(rows.attributes) and not empty:
        first = rows.rejected[0]
        values = {**first.values, "file": stated.file, "row": first.row, "reason": first.reason}
        raise DataError("nothing_usable", **values)
    return _assembled(rows, frame, stated)


def _renamed(table: RawTable, sidecar: Sidecar) -> RawTable:
    """The table with the sidecar's column names in place of the file's."""
    missing = [name for name in sidecar.columns.values() if name not in table.columns]
    if missing:
        raise DataError("column_missing", columns=missing, found=list(table.columns)[:50])
    mapping = {theirs: ours for ours, theirs in sidecar.columns.items()}
    displaced = {name: f"{name}_file" for name in table.columns if name in sidecar.columns and name not in mapping}
    rows = table.rows.rename(columns={**displaced, **mapping})
    if rows.columns.has_duplicates or "geometry" in rows.columns:
        unusable = {*rows.columns[rows.columns.duplicated()], *({"geometry"} & set(rows.columns))}
        raise DataError("column_twice", columns=sorted(map(str, unusable)))
    return replace(table, rows=rows, columns=tuple(rows.columns))


def _assembled(rows: Rows, frame: StatedFrame | None, stated: Statements) -> ImportResult:
    rows, id_column = with_ids(rows, stated.sidecar.id_column)
    added = frame.frame.added_accuracy_m if frame else 0.0
    rows, accuracy_m, accuracy_column = with_accuracy(rows, stated, added)
    rows, covers = with_extent(rows, stated)
    name_column = stated.sidecar.name_column or find_column(rows.attributes.columns, "name") or id_column
    spec = replace(
        _spec(stated, _kind(rows.geometry), accuracy_m, covers),
        accuracy_column=accuracy_column,
        id_column=id_column,
        name_column=name_column,
    )
    shape = stated.covers_shape if covers == "file" else None
    provenance = _provenance(rows.steps, (*rows.assumed, *stated.assumed), stated)
    layer = Layer(spec, _frame(rows), provenance, covers=shape)
    return ImportResult(layer, rows.rejected, (*rows.steps, *_unsaid(rows, stated)))


def _unsaid(rows: Rows, stated: Statements) -> tuple[Step, ...]:
    """The assumptions that are not yet among the steps."""
    said = {step.code for step in rows.steps}
    return tuple(step for step in (*rows.assumed, *stated.assumed) if step.code not in said)


def _provenance(steps: tuple[Step, ...], assumed: tuple[Step, ...], stated: Statements) -> Provenance:
    repaired = sum(step.code == "repaired" for step in steps)
    told = [step for step in steps if step.code != "repaired"]
    if repaired:
        told.append(Step("repaired_rows", {"rows": repaired}))
    return Provenance(
        sha256=stated.sha256,
        steps=tuple(step.written() for step in told),
        assumed=tuple(step.written() for step in assumed),
    )


def _spec(stated: Statements, kind: GeometryKind, accuracy_m: float | None, covers: str) -> LayerSpec:
    said = stated.sidecar
    return LayerSpec(
        id=stated.layer_id,
        title=stated.title,
        theme=USER_THEME,
        geometry=kind,
        uri=stated.file,
        crs="EPSG:4326",
        publisher=clean_text(said.publisher),
        source=stated.source,
        licence=clean_text(said.licence),
        attribution=clean_text(said.attribution) or stated.source,
        as_of=stated.as_of,
        sha256=stated.sha256,
        basis=Basis.USER,
        distribution=stated.distribution,
        accuracy_m=accuracy_m,
        bias_m=said.bias_m,
        errors=said.errors,
        covers=covers,
        style=own_style(stated.layer_id),
    )


def _frame(rows: Rows) -> GeoDataFrame:
    from geopandas import GeoDataFrame

    return GeoDataFrame(rows.attributes.reset_index(drop=True), geometry=list(rows.geometry), crs="EPSG:4326")


def _kind(geometry: Geometries) -> GeometryKind:
    missing = shapely.is_missing(geometry)
    if missing.all():
        return GeometryKind.NONE
    kinds = {KINDS[shape.geom_type.removeprefix("Multi")] for shape in geometry[~missing]}
    return kinds.pop() if len(kinds) == 1 and not missing.any() else GeometryKind.MIXED


def _with_numbers(table: RawTable) -> RawTable:
    """Columns of a CSV that hold nothing but plain numbers become numbers; other formats say themselves what is one."""
    if table.format != "csv":
        return table
    rows = table.rows.copy()
    for column in rows.columns:
        if reads_as_numbers(rows[column]):
            rows[column] = as_numbers(rows[column])
    return replace(table, rows=rows)


def _import_grid(data: bytes, filename: str, stated: Statements, limits: Limits) -> ImportResult:
    from geopandas import GeoDataFrame

    raw = read_grid(data, filename, limits=limits)
    frame = decide_frame(raw.frame, None, stated.crs, stated.file)
    values, bounds, added_m, steps = to_lonlat_grid(raw, frame.frame)
    accuracy_m = (stated.accuracy_m or 0.0) + added_m
    unit = stated.sidecar.unit or clean_text(raw.unit)
    silent = {"accuracy_exact": stated.accuracy_m is None, "unit_unstated": not unit}
    assumed = (*frame.assumed, *(Step(code) for code, is_silent in silent.items() if is_silent), *stated.assumed)
    covers = stated.covers or "region"
    spec = _spec(stated, GeometryKind.RASTER, accuracy_m, covers)
    grid = Grid(
        stated.layer_id, values, bounds, unit, accuracy_m, stated.sidecar.value_error, as_of_or_none(stated.as_of)
    )
    empty = GeoDataFrame({"id": object_array([])}, geometry=[], crs="EPSG:4326")
    provenance = _provenance(steps, assumed, stated)
    layer = Layer(spec, empty, provenance, covers=stated.covers_shape, grid=grid)
    return ImportResult(layer, (), (*steps, *assumed))
