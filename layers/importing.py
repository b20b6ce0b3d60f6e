"""A user's file becomes a layer, with a report of what was guessed, repaired or refused."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.types import Grid
from layers.columns import as_numbers, find_column, find_coordinates, is_missing, number, reads_as_numbers
from layers.corners import parse_corners
from layers.errors import DataError
from layers.extent import parse_extent
from layers.formats.raw import Limits, RawTable, Step, clean_text, object_array
from layers.grids import to_lonlat_grid
from layers.placing import (
    Geometries,
    StatedFrame,
    count_heights,
    decide_frame,
    fault_of,
    frame_of_table,
    meets_region,
    placed_in,
    points_of_columns,
    rejected_for,
    unique_ids,
)
from layers.proposing import SitesResult, import_sites
from layers.reading import LIMITS, is_grid, read_grid, read_table
from layers.sidecar import Sidecar, read_sidecar
from layers.sources.files import as_of_or_none
from layers.style import own_style
from layers.types import Basis, Distribution, GeometryKind, Layer, LayerSpec, Provenance, Rejected

if TYPE_CHECKING:
    import pandas as pd
    from geopandas import GeoDataFrame

__all__ = ["ImportResult", "SitesResult", "import_layer", "import_sites", "parse_corners"]

LAYER_ID = re.compile(r"[a-z][a-z0-9_]{0,63}")
USER_THEME = "user"
SOLID = {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"}
KINDS = {"Point": GeometryKind.POINT, "LineString": GeometryKind.LINE, "Polygon": GeometryKind.POLYGON}
#: Looking for what explains a place outside the region takes a millisecond a row: the first rows stand for the rest.
EXPLAINED_ROWS = 50


@dataclass(frozen=True)
class ImportResult:
    """A layer, the rows that could not be used, and what happened on the way in."""

    layer: Layer
    rejected: tuple[Rejected, ...]
    report: tuple[Step, ...]


@dataclass(frozen=True)
class _Statements:
    """What the caller and the sidecar say of a layer, the caller first."""

    layer_id: str
    file: str
    sha256: str
    title: Mapping[str, str]
    crs: str | None
    accuracy_m: float | None
    as_of: str
    source: str
    covers: str | None
    covers_shape: BaseGeometry | None
    distribution: Distribution
    sidecar: Sidecar

    @property
    def assumed(self) -> tuple[Step, ...]:
        """What nobody stated."""
        silent = {"covers_region": self.covers is None, "as_of_unknown": not self.as_of}
        return tuple(Step(code) for code, is_silent in silent.items() if is_silent)


@dataclass(frozen=True)
class _Rows:
    """The rows of a layer on their way: attributes by row number, lon-lat geometry, and what happened."""

    attributes: pd.DataFrame
    geometry: Geometries
    steps: tuple[Step, ...] = ()
    assumed: tuple[Step, ...] = ()
    rejected: tuple[Rejected, ...] = ()


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
    stated = _statements(data, filename, layer_id, read_sidecar(sidecar), given, covers, Distribution(distribution))
    if is_grid(filename):
        return _import_grid(data, filename, stated, limits)
    table = _renamed(read_table(data, filename, layer_name=stated.sidecar.layer_name, limits=limits), stated.sidecar)
    empty = not len(table.rows) and not table.rejected
    if empty and not may_be_empty:
        raise DataError("no_rows", file=stated.file)
    if empty:
        table = replace(table, assumed=(*table.assumed, Step("layer_empty")))
        stated = replace(stated, covers=stated.covers or "none")
    rows, frame = _placed(_with_numbers(table), stated)
    if not len(rows.attributes) and not empty:
        first = rows.rejected[0]
        values = {**first.values, "file": stated.file, "row": first.row, "reason": first.reason}
        raise DataError("nothing_usable", **values)
    return _assembled(rows, frame, stated)


def _statements(
    data: bytes,
    filename: str,
    layer_id: str,
    sidecar: Sidecar,
    given: Mapping[str, Any],
    covers: str | BaseGeometry | None,
    distribution: Distribution,
) -> _Statements:
    if not LAYER_ID.fullmatch(layer_id):
        raise DataError("layer_id_invalid", layer=layer_id[:80])
    file = clean_text(PurePath(filename).name)[:200]
    said = {key: getattr(sidecar, key) if value is None else value for key, value in given.items()}
    extent = sidecar.covers if covers is None else covers
    words, shape = parse_extent(extent) if extent is not None else (None, None)
    return _Statements(
        layer_id=layer_id,
        file=file,
        sha256=hashlib.sha256(data).hexdigest(),
        title=_title(said["title"] or PurePath(file).stem),
        crs=said["crs"],
        accuracy_m=_checked_accuracy(said["accuracy_m"]),
        as_of=_checked_day(said["as_of"] or ""),
        source=clean_text(said["source"] or file),
        covers=words,
        covers_shape=shape,
        distribution=distribution,
        sidecar=sidecar,
    )


def _title(title: str | Mapping[str, str]) -> dict[str, str]:
    if isinstance(title, str):
        title = {"zh": title, "en": title}
    either = next(iter(title.values()), "")
    return {language: clean_text(title.get(language, either)) for language in ("zh", "en")}


def _checked_accuracy(metres: float | None) -> float | None:
    if metres is not None and not (np.isfinite(metres) and metres >= 0):
        raise DataError("accuracy_invalid", given=metres)
    return metres


def _checked_day(text: str) -> str:
    from layers.catalogue import as_of_day

    try:
        if text:
            as_of_day(text)
    except (ValueError, TypeError) as error:
        raise DataError("as_of_unreadable", given=text[:40]) from error
    return text


def _renamed(table: RawTable, sidecar: Sidecar) -> RawTable:
    """The table with the sidecar's column names in place of the file's."""
    missing = [name for name in sidecar.columns.values() if name not in table.columns]
    if missing:
        raise DataError("column_missing", columns=missing, found=list(table.columns)[:50])
    mapping = {theirs: ours for ours, theirs in sidecar.columns.items()}
    displaced = {name: f"{name}_file" for name in table.columns if name in sidecar.columns and name not in mapping}
    rows = table.rows.rename(columns={**displaced, **mapping})
    if rows.columns.has_duplicates or "geometry" in rows.columns:
        raise DataError("column_twice", columns=sorted(map(str, rows.columns[rows.columns.duplicated()])))
    return replace(table, rows=rows, columns=tuple(rows.columns))


def _placed(table: RawTable, stated: _Statements) -> tuple[_Rows, StatedFrame | None]:
    """The rows with lon-lat geometry; the frame is None for a table of attributes alone."""
    geometry, faults = table.geometry, list(table.rejected)
    columns = find_coordinates(table.columns) if geometry is None else None
    if columns:
        geometry, unreadable = points_of_columns(table.rows, *columns)
        faults += unreadable
    attributes = table.rows
    if geometry is None or not len(geometry) or shapely.is_missing(geometry).all():
        nowhere = object_array([None] * len(attributes))
        return _kept(_Rows(attributes, nowhere, table.steps, table.assumed, ()), faults), None
    frame = frame_of_table(table, stated.crs, stated.file)
    rows = _Rows(attributes, placed_in(geometry, frame.frame), table.steps, table.assumed)
    faults += _outside(attributes.index, geometry, rows.geometry, frame)
    rows = _kept(_with_steps(rows, *_frame_steps(frame, geometry)), faults)
    rows = _repaired(rows)
    return replace(rows, assumed=(*rows.assumed, *frame.assumed)), frame


def _outside(index: Any, stated: Geometries, placed: Geometries, frame: StatedFrame) -> list[Rejected]:
    """Rows whose geometry is not finite, of no usable kind, or nowhere near the region."""
    kinds = np.array([getattr(geometry, "geom_type", "") for geometry in stated])
    has_place = ~shapely.is_missing(stated) & ~shapely.is_empty(stated)
    wrong = has_place & (shapely.is_missing(placed) | ~np.isin(kinds, list(SOLID)))
    far = has_place & ~wrong & ~meets_region(placed)
    faults = []
    for count, at in enumerate(np.flatnonzero(wrong | far)):
        row = int(index[at])
        error = fault_of(stated[at], placed[at], frame.frame) if count < EXPLAINED_ROWS or wrong[at] else None
        faults.append(rejected_for(row, error) if error else Rejected(row, "geometry", "outside_region"))
    return faults


def _frame_steps(frame: StatedFrame, geometry: Geometries) -> tuple[Step, ...]:
    steps = []
    if frame.frame.code not in ("EPSG:4326", "EPSG:4490"):
        added = round(frame.frame.added_accuracy_m, 3)
        steps.append(Step("frame_converted", {"frame": frame.frame.code, "added_m": added}))
    heights = count_heights(geometry)
    if heights:
        steps.append(Step("z_dropped", {"rows": heights}))
    return tuple(steps)


def _with_steps(rows: _Rows, *steps: Step) -> _Rows:
    return replace(rows, steps=(*rows.steps, *steps))


def _kept(rows: _Rows, faults: list[Rejected]) -> _Rows:
    """Only the rows without a fault."""
    kept = ~np.isin(rows.attributes.index, [fault.row for fault in faults])
    rejected = tuple(sorted((*rows.rejected, *faults), key=lambda fault: fault.row))
    return replace(rows, attributes=rows.attributes[kept], geometry=rows.geometry[kept], rejected=rejected)


def _repaired(rows: _Rows) -> _Rows:
    """Invalid shapes made valid, each with a step; one of which nothing of its own kind remains is refused."""
    geometry, steps, faults = rows.geometry.copy(), list[Step](), list[Rejected]()
    for at in np.flatnonzero(~shapely.is_missing(geometry) & ~shapely.is_valid(geometry)):
        row, reason = int(rows.attributes.index[at]), str(shapely.is_valid_reason(geometry[at]))
        mended = _same_kind(geometry[at], shapely.make_valid(geometry[at]))
        if mended is None:
            faults.append(Rejected(row, "geometry", "geometry_beyond_repair", {"detail": reason}))
            continue
        geometry[at] = mended
        steps.append(Step("repaired", {"row": row, "detail": reason}))
    return _kept(_with_steps(replace(rows, geometry=geometry), *steps), faults)


def _same_kind(broken: BaseGeometry, mended: BaseGeometry) -> BaseGeometry | None:
    """The parts of a repaired shape that have the dimension of the broken one."""
    dimension = shapely.get_dimensions(broken)
    parts = shapely.get_parts(shapely.get_parts(shapely.get_parts(mended)))
    alike = parts[shapely.get_dimensions(parts) == dimension]
    return None if not len(alike) else shapely.union_all(alike)


def _assembled(rows: _Rows, frame: StatedFrame | None, stated: _Statements) -> ImportResult:
    rows, id_column = _with_ids(rows, stated.sidecar.id_column)
    added = frame.frame.added_accuracy_m if frame else 0.0
    rows, accuracy_m, accuracy_column = _with_accuracy(rows, stated, added)
    rows, covers = _with_extent(rows, stated)
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


def _unsaid(rows: _Rows, stated: _Statements) -> tuple[Step, ...]:
    """The assumptions that are not yet among the steps."""
    said = {step.code for step in rows.steps}
    return tuple(step for step in (*rows.assumed, *stated.assumed) if step.code not in said)


def _provenance(steps: tuple[Step, ...], assumed: tuple[Step, ...], stated: _Statements) -> Provenance:
    repaired = sum(step.code == "repaired" for step in steps)
    told = [step for step in steps if step.code != "repaired"]
    if repaired:
        told.append(Step("repaired_rows", {"rows": repaired}))
    return Provenance(
        sha256=stated.sha256,
        steps=tuple(step.written() for step in told),
        assumed=tuple(step.written() for step in assumed),
    )


def _spec(stated: _Statements, kind: GeometryKind, accuracy_m: float | None, covers: str) -> LayerSpec:
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


def _frame(rows: _Rows) -> GeoDataFrame:
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


def _with_ids(rows: _Rows, chosen: str | None) -> tuple[_Rows, str]:
    """An id for every row, as text: of its column, else its row number; repeated ones renamed and said."""
    attributes = rows.attributes.copy()
    if chosen is not None and chosen not in attributes.columns:
        raise DataError("column_missing", columns=[chosen], found=list(attributes.columns)[:50])
    column = chosen or find_column(attributes.columns, "id") or "id"
    values = attributes[column] if column in attributes.columns else [None] * len(attributes)
    texts = [id_text(value, row) for row, value in zip(attributes.index, values, strict=True)]
    ids, repeated = unique_ids(texts)
    attributes[column] = object_array(ids)
    steps = (Step("ids_renamed", {"ids": repeated[:20], "count": len(repeated)}),) if repeated else ()
    return replace(_with_steps(rows, *steps), attributes=attributes), column


def id_text(value: Any, row: int) -> str:
    """An id as text: 7.0 is 7, an empty one is the row number."""
    if is_missing(value):
        return str(row)
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _with_accuracy(rows: _Rows, stated: _Statements, added_m: float) -> tuple[_Rows, float | None, str]:
    """CE95 of the layer and the name of its column, both with what undoing the frame adds."""
    column = stated.sidecar.accuracy_column
    if column not in rows.attributes.columns:
        assumed = () if stated.accuracy_m is not None else (Step("accuracy_exact"),)
        rows = replace(rows, assumed=(*rows.assumed, *assumed))
        return rows, (stated.accuracy_m or 0.0) + added_m, ""
    faults, metres = [], []
    for row, value in rows.attributes[column].items():
        try:
            metres.append(np.nan if is_missing(value) else _length(value) + added_m)
        except ValueError:
            metres.append(np.nan)
            faults.append(Rejected(int(row), column, "accuracy_unreadable", {"value": str(value)[:40]}))
    attributes = rows.attributes.copy()
    attributes[column] = np.array(metres, dtype=float)
    rows = _kept(replace(rows, attributes=attributes), faults)
    known = rows.attributes[column].dropna()
    worst = None if stated.accuracy_m is None else stated.accuracy_m + added_m
    return rows, float(known.max()) if worst is None and len(known) else worst, column


def _length(value: Any) -> float:
    metres = number(value)
    if not (np.isfinite(metres) and metres >= 0):
        raise ValueError("not a length")
    return metres


def _with_extent(rows: _Rows, stated: _Statements) -> tuple[_Rows, str]:
    """Where the layer is complete: nowhere once a row was lost, or has no place and nobody vouched for the layer."""
    lost = sum(fault.reason != "outside_region" for fault in rows.rejected)
    placeless = int(shapely.is_missing(rows.geometry).sum())
    steps = [Step("without_place", {"rows": placeless})] if placeless else []
    covers = stated.covers or "region"
    if covers != "none" and (lost or (placeless and stated.covers is None)):
        steps.append(Step("completeness_withdrawn", {"rows": lost + (placeless if stated.covers is None else 0)}))
        covers = "none"
    return _with_steps(rows, *steps), covers


def _import_grid(data: bytes, filename: str, stated: _Statements, limits: Limits) -> ImportResult:
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
