"""A user's file becomes a list of sites. Nothing is repaired: a row that cannot be measured is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from types import MappingProxyType
from typing import Any

import numpy as np
import shapely

from geo.types import EMPTY, Proposal, Use
from layers.columns import (
    QUANTITIES,
    WORST_ACCURACY_M,
    Classes,
    UnknownClassError,
    accuracy,
    class_code,
    find_column,
    find_coordinates,
    is_missing,
    parse_use,
    quantity,
)
from layers.errors import DataError
from layers.formats.raw import Limits, RawTable, Step, clean_text
from layers.placing import (
    StatedFrame,
    count_heights,
    fault_of,
    frame_of_table,
    placed_in,
    points_of_columns,
    rejected_for,
    turned,
    unique_ids,
)
from layers.reading import LIMITS, read_table
from layers.types import InputRecord, Rejected

USE_OF_COLUMN = "column:"


@dataclass(frozen=True)
class SitesResult:
    """The sites of a file, the rows that are none, the record of the file, and what happened on the way in."""

    proposals: tuple[Proposal, ...]
    rejected: tuple[Rejected, ...]
    record: InputRecord
    report: tuple[Step, ...] = ()


class _RowFaultError(ValueError):
    """A row that is no site."""

    def __init__(self, rejected: Rejected) -> None:
        self.rejected = rejected
        super().__init__(rejected.reason)


#: A site of more vertices is no parcel but a coast or a scan: measuring it would take minutes and gigabytes.
MOST_VERTICES = 50_000


@dataclass(frozen=True)
class _Reading:
    """How the cells of a row are to be read."""

    use: Use | None
    use_column: str | None
    id_column: str | None
    name_column: str | None
    accuracy_column: str | None
    accuracy_m: float
    added_accuracy_m: float
    quantities: Mapping[str, float | str]
    quantity_columns: tuple[str, ...]
    classes: Classes


def import_sites(
    data: bytes,
    filename: str,
    *,
    use: Use | str,
    crs: str | None = None,
    north_first: bool = False,
    accuracy_m: float | None = None,
    quantities: Mapping[str, float | str] = EMPTY,
    quantity_columns: Collection[str] = QUANTITIES,
    classes: Classes | None = None,
    layer_name: str | None = None,
    limits: Limits = LIMITS,
) -> SitesResult:
    """Every row of a file as a site proposed for ``use`` (``column:NAME`` reads the use from each row).

    A row's own ``accuracy_m`` and quantities go before those given for all; a class is kept by its code, and a row with
    a word that is none of ``classes`` is refused. CE95 is 0 where nobody states it, which is
    recorded as assumed. With ``north_first`` what would be taken for east is north, as surveyors write X and Y. Rows
    count from 1 as data rows.

    Raises UnreadableFile, FrameUnstated, FrameError, and DataError ``unknown_use``, ``column_missing``,
    ``coordinates_missing``, ``accuracy_invalid``, ``frame_contradiction``, ``no_rows``.
    """
    if accuracy_m is not None and not 0.0 <= accuracy_m <= WORST_ACCURACY_M:
        raise DataError("accuracy_invalid", given=accuracy_m)
    file = clean_text(PurePath(filename).name)[:200]
    table, faults = _with_geometry(read_table(data, filename, layer_name=layer_name, limits=limits), file)
    if not len(table.rows) and not faults:
        raise DataError("no_rows", file=file)
    if north_first and table.geometry is not None:
        table = replace(table, geometry=turned(table.geometry))
    frame = frame_of_table(table, crs, file)
    reading = _reading(table, use, accuracy_m, frame, quantities, quantity_columns, classes or {})
    proposals, refused = _sites(table, frame, reading, {fault.row for fault in faults})
    proposals, renamed = _with_unique_ids(proposals)
    report = (*table.steps, *_notes(table, frame), *renamed)
    assumed = (*_assumed(table, frame, accuracy_m, reading), *renamed)
    record = InputRecord(
        name=file,
        sha256=hashlib.sha256(data).hexdigest(),
        crs=frame.frame.code,
        accuracy_m=reading.accuracy_m + reading.added_accuracy_m,
        assumed=tuple(step.written() for step in assumed),
    )
    rejected = tuple(sorted((*faults, *refused), key=lambda fault: fault.row))
    return SitesResult(tuple(proposals), rejected, record, report)


def _with_geometry(table: RawTable, file: str) -> tuple[RawTable, list[Rejected]]:
    """The table with a point a row where it came without geometry, and the rows refused so far."""
    faults = list(table.rejected)
    if table.geometry is not None:
        return table, faults
    columns = find_coordinates(table.columns)
    if columns is None:
        raise DataError("coordinates_missing", file=file, found=list(table.columns)[:50])
    points, unreadable = points_of_columns(table.rows, *columns)
    return replace(table, geometry=points), faults + unreadable


def _reading(
    table: RawTable,
    use: Use | str,
    accuracy_m: float | None,
    frame: StatedFrame,
    quantities: Mapping[str, float | str],
    quantity_columns: Collection[str],
    classes: Classes,
) -> _Reading:
    fixed, column = _use(table, use)
    return _Reading(
        use=fixed,
        use_column=column,
        id_column=find_column(table.columns, "id"),
        name_column=find_column(table.columns, "name"),
        accuracy_column=find_column(table.columns, "accuracy_m"),
        accuracy_m=accuracy_m or 0.0,
        added_accuracy_m=frame.frame.added_accuracy_m,
        quantities=dict(quantities),
        quantity_columns=tuple(name for name in table.columns if name in quantity_columns or name in quantities),
        classes=classes,
    )


def _use(table: RawTable, use: Use | str) -> tuple[Use | None, str | None]:
    """The use of all rows, or the column that holds each row's."""
    if isinstance(use, Use):
        return use, None
    if not use.startswith(USE_OF_COLUMN):
        try:
            return parse_use(use), None
        except ValueError as error:
            raise DataError("unknown_use", given=use[:40], known=[member.value for member in Use]) from error
    name = use.removeprefix(USE_OF_COLUMN)
    column = name if name in table.columns else (find_column(table.columns, "use") if name == "use" else None)
    if column is None:
        raise DataError("column_missing", columns=[name[:80]], found=list(table.columns)[:50])
    return None, column


def _sites(
    table: RawTable, frame: StatedFrame, reading: _Reading, refused_rows: set[int]
) -> tuple[list[Proposal], list[Rejected]]:
    stated = table.geometry if table.geometry is not None else np.array([], dtype=object)
    vertices = shapely.get_num_coordinates(stated)
    stated = stated.copy()
    stated[vertices > MOST_VERTICES] = None  # not even looked at: that alone may take hours
    placed = placed_in(stated, frame.frame)
    names = [str(name) for name in table.rows.columns]
    proposals, refused = [], []
    for at, (row, *cells) in enumerate(table.rows.itertuples(name=None)):
        if row in refused_rows:
            continue
        if len(vertices) and vertices[at] > MOST_VERTICES:
            values = {"count": int(vertices[at]), "limit": MOST_VERTICES}
            refused.append(Rejected(int(row), "geometry", "geometry_too_detailed", values))
            continue
        error = fault_of(stated[at], placed[at], frame.frame)
        if error is not None:
            refused.append(rejected_for(int(row), error))
            continue
        try:
            proposals.append(_proposal(int(row), dict(zip(names, cells, strict=True)), placed[at], reading))
        except _RowFaultError as fault:
            refused.append(fault.rejected)
    return proposals, refused


def _proposal(row: int, cells: Mapping[str, Any], footprint: shapely.Geometry, reading: _Reading) -> Proposal:
    name = _cell(cells, reading.id_column)
    title = _cell(cells, reading.name_column)
    use = _use_of(row, cells, reading)
    return Proposal(
        id=_as_text(name) if name is not None else str(row),
        name=_as_text(title) if title is not None else "",
        use=use,
        footprint=footprint,
        accuracy_m=_accuracy(row, cells, reading),
        quantities=MappingProxyType(_quantities(row, cells, reading, use)),
    )


def _cell(cells: Mapping[str, Any], column: str | None) -> Any:
    value = cells.get(column) if column else None
    return None if is_missing(value) else value


def _as_text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _use_of(row: int, cells: Mapping[str, Any], reading: _Reading) -> Use:
    if reading.use is not None:
        return reading.use
    value = _cell(cells, reading.use_column)
    try:
        return parse_use(value)
    except ValueError as error:
        given = "" if value is None else str(value)[:40]
        raise _RowFaultError(Rejected(row, str(reading.use_column), "unknown_use", {"given": given})) from error


def _accuracy(row: int, cells: Mapping[str, Any], reading: _Reading) -> float:
    value = _cell(cells, reading.accuracy_column)
    try:
        metres = reading.accuracy_m if value is None else accuracy(value)
    except ValueError as error:
        fault = Rejected(row, str(reading.accuracy_column), "accuracy_unreadable", {"value": str(value)[:40]})
        raise _RowFaultError(fault) from error
    return metres + reading.added_accuracy_m


def _quantities(row: int, cells: Mapping[str, Any], reading: _Reading, use: Use) -> dict[str, float | str]:
    own = {name: value for name in reading.quantity_columns if (value := _cell(cells, name)) is not None}
    classes = reading.classes.get(use, {})
    found = dict(reading.quantities)
    for name in own.keys() | (found.keys() & classes.keys()):
        value = own.get(name, found.get(name))
        try:
            found[name] = class_code(name, value, classes[name]) if name in classes else quantity(name, value)
        except UnknownClassError as error:
            raise _RowFaultError(Rejected(row, name, "class_unknown", error.values)) from error
        except ValueError as error:
            fault = Rejected(row, name, "quantity_unreadable", {"value": str(value)[:40]})
            raise _RowFaultError(fault) from error
    return found


def _with_unique_ids(proposals: list[Proposal]) -> tuple[list[Proposal], tuple[Step, ...]]:
    ids, repeated = unique_ids([proposal.id for proposal in proposals])
    renamed = [
        replace(proposal, id=name, name=proposal.name or name) for proposal, name in zip(proposals, ids, strict=True)
    ]
    return renamed, (Step("ids_renamed", {"ids": repeated[:20], "count": len(repeated)}),) if repeated else ()


def _notes(table: RawTable, frame: StatedFrame) -> tuple[Step, ...]:
    notes = []
    if frame.frame.code not in ("EPSG:4326", "EPSG:4490"):
        added = round(frame.frame.added_accuracy_m, 3)
        notes.append(Step("frame_converted", {"frame": frame.frame.code, "added_m": added}))
    heights = 0 if table.geometry is None else count_heights(table.geometry)
    return (*notes, Step("z_dropped", {"rows": heights})) if heights else tuple(notes)


def _assumed(table: RawTable, frame: StatedFrame, accuracy_m: float | None, reading: _Reading) -> tuple[Step, ...]:
    exact = () if accuracy_m is not None or reading.accuracy_column else (Step("accuracy_exact"),)
    heights = 0 if table.geometry is None else count_heights(table.geometry)
    flat = (Step("z_dropped", {"rows": heights}),) if heights else ()
    return (*table.assumed, *frame.assumed, *exact, *flat)
