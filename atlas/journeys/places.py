"""By what are firms counted: districts, parks, squares, hexagons? And in which of them does each firm lie?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from atlas.texts import text
from geo import crs
from geo.neighbours import Neighbours, of_pairs, of_squares, touching
from geo.tessellation import (
    NOWHERE,
    assign,
    hexagon_outlines,
    hexagon_pairs,
    hexagons,
    square_cells,
    square_outlines,
)
from layers.errors import DataError
from layers.firms import FirmTable
from layers.plan import load_plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from layers.store import Store


#: The place of firms that lie in no park.
ELSEWHERE = "elsewhere"


@dataclass(frozen=True)
class Places:
    """Places of one kind, outlines lon-lat (None where there is none), and the place of every firm (−1: none).

    ``not_assessed`` lists places that the kind has and that cannot be measured, with the code of the reason.
    """

    unit: str
    ids: tuple[str, ...]
    names: tuple[str, ...]
    outlines: NDArray[np.object_]
    of_firm: NDArray[np.int64]
    neighbours: Neighbours | None = None
    not_assessed: tuple[dict[str, str], ...] = ()


def places_of(table: FirmTable, unit: str, store: Store, language: str = "zh") -> Places:
    """Places of a unit: ``district``, ``park``, ``grid:METRES`` or ``h3:RES``.

    Raises DataError ``unit_unknown``, ``unit_needs_places`` (a grid without coordinates), GeoError for a side or a
    resolution that is none.
    """
    kind, _, size = unit.partition(":")
    if kind == "district" and not size:
        return by_district(table, store, language)
    if kind == "park" and not size:
        return _by_park(table, store, language)
    if kind in ("grid", "h3"):
        return _by_cell(table, kind, _number(size, unit))
    raise DataError("unit_unknown", given=unit)


def _number(size: str, unit: str) -> float:
    try:
        return float(size)
    except ValueError as error:
        raise DataError("unit_unknown", given=unit) from error


def lonlat(table: FirmTable) -> NDArray[np.float64]:
    """The places of the firms, (n, 2), NaN without coordinates."""
    return table.frame[["lon", "lat"]].to_numpy(dtype=float)


def located(table: FirmTable) -> NDArray[np.bool_]:
    """Which firms have coordinates."""
    return np.asarray(np.isfinite(lonlat(table)).all(axis=1), dtype=bool)


def district_of_firm(table: FirmTable, store: Store) -> NDArray[np.int64]:
    """The row of the districts layer that each firm lies in: by its point, else by what its row states.

    A point outside every outline belongs to the nearest within the outline's accuracy, as on a coast drawn coarsely.
    """
    frame = store.layer("districts").frame
    outlines = np.asarray(frame.geometry.array, dtype=object)
    found = np.full(len(table.frame), NOWHERE, dtype=np.int64)
    with_point = np.flatnonzero(located(table))
    found[with_point] = assign(lonlat(table)[with_point], outlines)
    _take_nearest(found, with_point[found[with_point] == NOWHERE], table, frame)
    row = {code: index for index, code in enumerate(frame["id"].astype(str))}
    stated = table.frame["district"].map(lambda code: row.get(code, NOWHERE)).to_numpy(dtype=np.int64)
    without = ~located(table)
    found[without] = stated[without]
    return found


def _take_nearest(found: NDArray[np.int64], lost: NDArray[np.int64], table: FirmTable, frame: Any) -> None:
    if not len(lost):
        return
    reach = frame["accuracy_m"].to_numpy(dtype=float) + table.accuracy_m
    plane = crs.to_plane(np.asarray(frame.geometry.array, dtype=object))
    points = shapely.points(crs.to_plane(lonlat(table)[lost]))
    (asked, near), distance = shapely.STRtree(plane).query_nearest(
        points, max_distance=float(reach.max()), return_distance=True, all_matches=False
    )
    close = distance <= reach[near]
    found[lost[asked[close]]] = near[close]


def by_district(table: FirmTable, store: Store, language: str) -> Places:
    """The districts of the city."""
    frame = store.layer("districts").frame
    outlines = np.asarray(frame.geometry.array, dtype=object)
    return Places(
        unit="district",
        ids=tuple(frame["id"].astype(str)),
        names=tuple(frame["name_en" if language == "en" else "name_zh"].astype(str)),
        outlines=outlines,
        of_firm=district_of_firm(table, store),
        neighbours=touching(crs.to_plane(outlines)),
    )


def _by_park(table: FirmTable, store: Store, language: str) -> Places:
    """Parks as the table names them, else the zones that are a whole district; never a circle round an anchor."""
    zones = load_plan().zones
    if table.has_parks:
        labels = table.frame["park"].to_numpy(dtype=str)
        names, number = np.unique(labels, return_inverse=True)
        of_firm = np.where(labels == "", NOWHERE, number - int(names[0] == "")).astype(np.int64)
        parks = tuple(name for name in names.tolist() if name)
        return _with_elsewhere(parks, parks, np.full(len(parks), None, dtype=object), of_firm, (), language)
    frame = store.layer("districts").frame
    codes = list(frame["id"].astype(str))
    known = [zone for zone in zones if zone.extent == "district" and set(zone.districts) <= set(codes)]
    in_district = district_of_firm(table, store)
    of_firm = np.full(len(table.frame), NOWHERE, dtype=np.int64)
    outlines = np.empty(len(known), dtype=object)
    for index, zone in enumerate(known):
        members = [codes.index(code) for code in zone.districts]
        of_firm[np.isin(in_district, members)] = index
        outlines[index] = shapely.union_all(np.asarray(frame.geometry.array, dtype=object)[members])
    titles = [zone.name_en if language == "en" else zone.name_zh for zone in zones]
    rest = tuple(
        {"id": zone.id, "name": title, "why": "anchor_only" if zone.extent == "anchor" else "no_extent"}
        for zone, title in zip(zones, titles, strict=True)
        if zone not in known
    )
    named = tuple(title for zone, title in zip(zones, titles, strict=True) if zone in known)
    return _with_elsewhere(tuple(zone.id for zone in known), named, outlines, of_firm, rest, language)


def _with_elsewhere(
    ids: tuple[str, ...],
    names: tuple[str, ...],
    outlines: NDArray[np.object_],
    of_firm: NDArray[np.int64],
    not_assessed: tuple[dict[str, str], ...],
    language: str,
) -> Places:
    """Parks, and all that lies in none of them as one more place, so that the base stays all firms of the table."""
    everywhere = np.full(len(ids) + 1, None, dtype=object)
    everywhere[:-1] = outlines
    return Places(
        unit="park",
        ids=(*ids, ELSEWHERE),
        names=(*names, text("measure.elsewhere", language)),
        outlines=everywhere,
        of_firm=np.where(of_firm == NOWHERE, len(ids), of_firm),
        not_assessed=not_assessed,
    )


def _by_cell(table: FirmTable, kind: str, size: float) -> Places:
    with_point = np.flatnonzero(located(table))
    if not len(with_point):
        raise DataError("unit_needs_places", file=table.name)
    points = lonlat(table)[with_point]
    of_firm = np.full(len(table.frame), NOWHERE, dtype=np.int64)
    if kind == "h3":
        cells = hexagons(points, int(size) if size.is_integer() else -1)
        outlines = hexagon_outlines(cells.ids)
        neighbours = of_pairs(*hexagon_pairs(cells.ids), len(cells.ids))
    else:
        cells = square_cells(crs.to_plane(points), size)
        outlines = crs.from_plane(square_outlines(cells, size))
        neighbours = of_squares(np.asarray(cells.columns), np.asarray(cells.rows))
    of_firm[with_point] = cells.of_point
    return Places(f"{kind}:{size:g}", cells.ids, cells.ids, outlines, of_firm, neighbours)
