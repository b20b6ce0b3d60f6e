"""From what a file says of its frame to lon-lat geometry in the region, with a reason for every row that is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.crs import (
    CGCS2000,
    LONLAT,
    Frame,
    check_footprint,
    check_in_region,
    footprint_in_plane,
    mended,
    parse_frame,
    to_lonlat,
)
from geo.errors import FrameError, GeoError, RegionError
from geo.types import REGION_BOUNDS
from layers.columns import is_missing, number
from layers.errors import DataError, FrameUnstated
from layers.formats.raw import RawTable, Step, object_array
from layers.types import Rejected

if TYPE_CHECKING:
    import pandas as pd

Geometries = NDArray[np.object_]


@dataclass(frozen=True)
class StatedFrame:
    """A frame, and what had to be assumed to have one."""

    frame: Frame
    assumed: tuple[Step, ...] = ()


def decide_frame(in_file: str | None, by_standard: str | None, stated: str | None, file: str) -> StatedFrame:
    """The frame of a file from its own words, its format's standard, and the caller's words.

    The caller may fill in or replace an assumption, never contradict the file. Raises FrameUnstated ``frame_unstated``
    when nobody says, DataError ``frame_contradiction``, FrameError for a frame that is not understood.
    """
    wanted = parse_frame(stated) if stated else None
    if in_file is None:
        if wanted is not None:
            return StatedFrame(wanted)
        if by_standard is None:
            raise FrameUnstated("frame_unstated", file=file)
        return StatedFrame(parse_frame(by_standard), (Step("frame_by_standard", {"frame": by_standard}),))
    try:
        found = parse_frame(in_file)
    except FrameError:
        if wanted is None:
            raise
        return StatedFrame(wanted, (Step("frame_not_understood", {"found": in_file[:80], "frame": wanted.code}),))
    if wanted is not None and not _same(wanted, found):
        raise DataError("frame_contradiction", file=file, stated=wanted.code, found=found.code)
    return StatedFrame(found)


def frame_of_table(table: RawTable, stated: str | None, file: str) -> StatedFrame:
    """The frame of a table that was read."""
    return decide_frame(table.frame, table.frame_assumed, stated, file)


def fault_of(geometry: shapely.Geometry | None, placed: shapely.Geometry | None, frame: Frame) -> GeoError | None:
    """Why a geometry cannot be measured where it is; ``geometry`` as stated, ``placed`` in lon-lat."""
    try:
        check_footprint(geometry)
        check_footprint(placed)
        if placed is not None:
            check_in_region(placed, geometry, frame)
            footprint_in_plane(placed)
    except GeoError as error:
        return error
    return None


def rejected_for(row: int, error: GeoError) -> Rejected:
    """A row refused for its geometry; a place outside the region is named by what would explain it."""
    reason = error.code
    if isinstance(error, RegionError):
        hint = str(error.values.get("hint", "outside"))
        reason = "outside_region" if hint == "outside" else hint
    return Rejected(row, "geometry", reason, dict(error.values))


def placed_in(geometries: Geometries, frame: Frame) -> Geometries:
    """Lon-lat geometries without heights; what is missing, empty or not finite becomes None."""
    usable = np.array([_is_finite(geometry) for geometry in geometries], dtype=bool)
    placed = np.full(len(geometries), None, dtype=object)
    if usable.any():
        placed[usable] = to_lonlat(geometries[usable], frame)
        bent = np.flatnonzero(usable & ~shapely.is_valid(placed))
        for at in bent[shapely.is_valid(geometries[bent])]:
            placed[at] = mended(placed[at])
    return placed


def turned(geometries: Geometries) -> Geometries:
    """Geometries with their axes exchanged: what came north first, as surveyors write X and Y, is east first."""
    return np.asarray(shapely.transform(geometries, lambda east_north: east_north[:, ::-1]))


def count_heights(geometries: Geometries) -> int:
    """How many geometries carry a third coordinate."""
    return int(np.count_nonzero(shapely.has_z(geometries)))


def meets_region(placed: Geometries) -> NDArray[np.bool_]:
    """Which lon-lat geometries touch the region at all."""
    return np.asarray(shapely.intersects(shapely.box(*REGION_BOUNDS), shapely.envelope(placed)), dtype=bool)


def unique_ids(ids: Sequence[str]) -> tuple[list[str], list[str]]:
    """Every id once: a repeated one gets a number behind it. Also the ids that were repeated."""
    taken, unique, repeated = set(ids), [], []
    seen: set[str] = set()
    for name in ids:
        candidate, number = name, 1
        while candidate in seen or (number > 1 and candidate in taken):
            number += 1
            candidate = f"{name}_{number}"
        if candidate != name:
            repeated.append(name)
        seen.add(candidate)
        unique.append(candidate)
    return unique, list(dict.fromkeys(repeated))


def _is_finite(geometry: shapely.Geometry | None) -> bool:
    if geometry is None or shapely.is_empty(geometry):
        return False
    return bool(np.isfinite(shapely.get_coordinates(geometry)).all())


def _same(one: Frame, other: Frame) -> bool:
    """WGS 84 and CGCS2000 part by less than a metre and are stored as one."""
    lonlat = {LONLAT, CGCS2000}
    return one.code == other.code or (one.epsg in lonlat and other.epsg in lonlat)


def points_of_columns(rows: pd.DataFrame, east: str, north: str) -> tuple[Geometries, list[Rejected]]:
    """A point a row from two columns; None where both cells are empty, refused where one is or is no number."""
    points: list[shapely.Point | None] = []
    faults = []
    for row, x, y in zip(rows.index, rows[east], rows[north], strict=True):
        if is_missing(x) and is_missing(y):
            points.append(None)
            continue
        point, fault = _point(int(row), {east: x, north: y})
        points.append(point)
        faults += [fault] if fault else []
    return object_array(points), faults


def _point(row: int, cells: Mapping[str, Any]) -> tuple[shapely.Point | None, Rejected | None]:
    values = []
    for column, cell in cells.items():
        try:
            values.append(number(cell))
        except ValueError:
            reason = "coordinate_missing" if is_missing(cell) else "coordinate_unreadable"
            return None, Rejected(row, column, reason, {"value": "" if is_missing(cell) else str(cell)[:40]})
    if not np.isfinite(values).all():
        return None, Rejected(row, "geometry", "geometry_not_finite")
    return shapely.Point(values), None
