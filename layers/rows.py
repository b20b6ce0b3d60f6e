"""The rows of a layer on their way in: placed, repaired or refused; their ids, accuracies and completeness."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from layers.columns import accuracy, find_column, find_coordinates, is_missing
from layers.errors import DataError
from layers.formats.raw import RawTable, Step, object_array
from layers.placing import (
    Geometries,
    StatedFrame,
    count_heights,
    fault_of,
    frame_of_table,
    meets_region,
    placed_in,
    points_of_columns,
    rejected_for,
    unique_ids,
)
from layers.statements import Statements
from layers.types import Rejected

if TYPE_CHECKING:
    import pandas as pd

SOLID = {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"}
#: Looking for what explains a place outside the region takes a millisecond a row: the first rows stand for the rest.
EXPLAINED_ROWS = 50


@dataclass(frozen=True)
class Rows:
    """The rows of a layer on their way: attributes by row number, lon-lat geometry, and what happened."""

    attributes: pd.DataFrame
    geometry: Geometries
    steps: tuple[Step, ...] = ()
    assumed: tuple[Step, ...] = ()
    rejected: tuple[Rejected, ...] = ()


def placed(table: RawTable, stated: Statements) -> tuple[Rows, StatedFrame | None]:
    """The rows with lon-lat geometry; the frame is None for a table of attributes alone."""
    geometry, faults = table.geometry, list(table.rejected)
    columns = find_coordinates(table.columns) if geometry is None else None
    if columns:
        geometry, unreadable = points_of_columns(table.rows, *columns)
        faults += unreadable
    attributes = table.rows
    if geometry is None or not len(geometry) or shapely.is_missing(geometry).all():
        nowhere = object_array([None] * len(attributes))
        return _kept(Rows(attributes, nowhere, table.steps, table.assumed, ()), faults), None
    frame = frame_of_table(table, stated.crs, stated.file)
    rows = Rows(attributes, placed_in(geometry, frame.frame), table.steps, table.assumed)
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


def _with_steps(rows: Rows, *steps: Step) -> Rows:
    return replace(rows, steps=(*rows.steps, *steps))


def _kept(rows: Rows, faults: list[Rejected]) -> Rows:
    """Only the rows without a fault."""
    kept = ~np.isin(rows.attributes.index, [fault.row for fault in faults])
    rejected = tuple(sorted((*rows.rejected, *faults), key=lambda fault: fault.row))
    return replace(rows, attributes=rows.attributes[kept], geometry=rows.geometry[kept], rejected=rejected)


def _repaired(rows: Rows) -> Rows:
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


def with_ids(rows: Rows, chosen: str | None) -> tuple[Rows, str]:
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


def with_accuracy(rows: Rows, stated: Statements, added_m: float) -> tuple[Rows, float | None, str]:
    """CE95 of the layer and the name of its column, both with what undoing the frame adds."""
    column = stated.sidecar.accuracy_column
    if column not in rows.attributes.columns:
        assumed = () if stated.accuracy_m is not None else (Step("accuracy_exact"),)
        rows = replace(rows, assumed=(*rows.assumed, *assumed))
        return rows, (stated.accuracy_m or 0.0) + added_m, ""
    faults, metres = [], []
    for row, value in rows.attributes[column].items():
        try:
            metres.append(np.nan if is_missing(value) else accuracy(value) + added_m)
        except ValueError:
            metres.append(np.nan)
            faults.append(Rejected(int(row), column, "accuracy_unreadable", {"value": str(value)[:40]}))
    attributes = rows.attributes.copy()
    attributes[column] = np.array(metres, dtype=float)
    rows = _kept(replace(rows, attributes=attributes), faults)
    known = rows.attributes[column].dropna()
    worst = None if stated.accuracy_m is None else stated.accuracy_m + added_m
    return rows, float(known.max()) if worst is None and len(known) else worst, column


def with_extent(rows: Rows, stated: Statements) -> tuple[Rows, str]:
    """Where the layer is complete: nowhere once a row was lost, or has no place and nobody vouched for the layer."""
    lost = sum(fault.reason != "outside_region" for fault in rows.rejected)
    placeless = int(shapely.is_missing(rows.geometry).sum())
    steps = [Step("without_place", {"rows": placeless})] if placeless else []
    covers = stated.covers or "region"
    if covers != "none" and (lost or (placeless and stated.covers is None)):
        steps.append(Step("completeness_withdrawn", {"rows": lost + (placeless if stated.covers is None else 0)}))
        covers = "none"
    return _with_steps(rows, *steps), covers
