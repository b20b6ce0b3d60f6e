"""Lines and areas against features, many at once: which features come near each, how near, and how much they share.

The cells say which runs of edges to look at; compiled loops measure those. Where these cannot tell for certain, and for
polygons with holes, GEOS does. All is EPSG:4549. A shape for which neither is certain is *doubtful*: the engine is to
be asked.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import crs
from geo.cells import Cells, build_cells, cells_under, is_new
from geo.pointwise import ON_EDGE_M, Flags, Pairs, compiled_cells, compiled_runs, listed, pairs_within
from geo.runs import BOX_ORIGIN, Floats, Keys, Rows, Runs, runs_of, within_groups

Shapes = NDArray[np.object_]

#: A larger shape is asked one by one: within this the scale of the plane is the same to a millionth or so.
LARGEST_M = 1_000.0
#: Ways to one feature that are this much longer than the shortest of the plane may be the shortest on the ground.
AS_NEAR = 1e-5


@dataclass(frozen=True)
class ShapePairs:
    """As :class:`geo.pointwise.Pairs`, of shapes; ``crossed`` says where a feature's outline meets the shape.

    ``area_m2`` is what both share and ``box`` (n, 4) where, NaN where that was not measured.
    """

    pairs: Pairs
    crossed: Flags
    area_m2: Floats
    box: Floats


@dataclass(frozen=True)
class _Measured:
    """Some pairs by their keys (shape, feature): plane and ground distance, shared area and its box."""

    key: Keys
    gap: Floats
    ground: Floats
    area_m2: Floats
    box: Floats

    def of(self, rows: Keys | Flags) -> _Measured:
        return _Measured(self.key[rows], self.gap[rows], self.ground[rows], self.area_m2[rows], self.box[rows])


def measurable(plane: Shapes, bounds: Floats) -> Flags:
    """Shapes of one part that are small enough; the others are doubtful."""
    span = (bounds[:, 2:] - bounds[:, :2]).max(axis=1, initial=0.0)
    return (shapely.get_num_geometries(plane) == 1) & (span <= LARGEST_M)


def pairs_of_shapes(
    runs: Runs, cells: Cells, plane: Shapes, bounds: Floats, reach_m: float, with_areas: bool = False
) -> ShapePairs:
    """All pairs of shapes of one part and features within a reach of at most that of the cells.

    A feature holds a shape when it holds a vertex of it and no edge of it meets the shape.
    """
    first = np.cumsum(shapely.get_num_coordinates(plane)) - shapely.get_num_coordinates(plane)
    held = pairs_within(runs, cells, shapely.get_coordinates(plane)[first], min(reach_m, 1e-3))
    held_pairs = np.column_stack([held.point, held.feature])[held.holds]
    found, unsure, occupied = _by_loops(runs, cells, plane, bounds, reach_m, held_pairs, with_areas)
    again = np.flatnonzero(unsure & occupied)
    doubtful = held.doubtful.copy()
    if len(again):
        by_geos, close = _by_geos(runs, cells, plane[again], bounds[again], reach_m)
        doubtful[again[close]] = True
        key = again[by_geos.key >> 32] << 32 | (by_geos.key & 0xFFFFFFFF)
        found = _sorted(found.of(~unsure[found.key >> 32]), replace(by_geos, key=key))
    return _with_holders(found, held_pairs, doubtful)


def _with_holders(found: _Measured, held: Rows, doubtful: Flags) -> ShapePairs:
    """What was measured, and the features that hold a shape with no edge near it."""
    holder = held[:, 0].astype(np.int64) << 32 | held[:, 1]
    keys = np.union1d(found.key, holder)
    place = np.searchsorted(keys, found.key)
    gap, ground = np.full(len(keys), np.inf), np.zeros(len(keys))
    area, box = np.full(len(keys), np.nan), np.full((len(keys), 4), np.nan)
    gap[place], ground[place], area[place], box[place] = found.gap, found.ground, found.area_m2, found.box
    crossed = gap == 0.0
    holds = np.zeros(len(keys), dtype=bool)
    holds[np.searchsorted(keys, holder)] = True
    holds &= ~crossed
    ground[holds] = 0.0
    pairs = Pairs((keys >> 32).astype(np.int32), keys.astype(np.int32), gap, ground, holds, doubtful)
    return ShapePairs(pairs, crossed, area, box)


def _sorted(some: _Measured, others: _Measured) -> _Measured:
    """Both together, by their keys."""
    names = [field.name for field in fields(_Measured)]
    together = _Measured(*(np.concatenate([getattr(some, name), getattr(others, name)]) for name in names))
    return together.of(np.argsort(together.key))


def _by_loops(
    runs: Runs, cells: Cells, plane: Shapes, bounds: Floats, reach_m: float, held: Rows, with_areas: bool
) -> tuple[_Measured, Flags, Flags]:
    """By compiled loops: what was measured, the shapes for which that is not certain, and those in an occupied cell."""
    from geo import outlines  # the compiler is only loaded where there is something to measure

    areal = shapely.get_dimensions(plane) == 2
    rings = shapely.orient_polygons(plane)
    start = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(rings))]).astype(np.int32)
    held_start = np.searchsorted(held[:, 0], np.arange(len(plane) + 1)).astype(np.int32)
    shapes = outlines.Outlines(
        shapely.get_coordinates(rings), start, areal, bounds, held_start, np.ascontiguousarray(held[:, 1])
    )
    tolerances = outlines.Tolerances(reach_m, 1.0 / crs.RADIUS_AT_REGION_M**2, crs.PLANE_CENTRAL_EASTING_M, ON_EDGE_M)
    found, unsure, occupied = outlines.pairs_of_outlines(
        compiled_runs(runs), compiled_cells(cells), shapes, tolerances, with_areas
    )
    gap = np.hypot(*found.way.T)
    ground = np.where(found.meets, 0.0, crs.ground_distance_m(found.start, found.start + found.way))
    key = found.shape.astype(np.int64) << 32 | found.feature
    measured = _Measured(key, gap, ground, found.area if with_areas else np.full(len(key), np.nan), found.box)
    holed = areal & (shapely.get_num_interior_rings(plane) > 0)
    return measured.of(np.argsort(key)), unsure | holed, occupied


def _by_geos(runs: Runs, cells: Cells, plane: Shapes, bounds: Floats, reach_m: float) -> tuple[_Measured, Rows]:
    """The same by GEOS without areas, and the shapes that all but touch a feature."""
    shape, run = _listed(runs, cells, bounds, reach_m)
    used, of = np.unique(run, return_inverse=True)
    lines = _lines(runs, used)[of]
    shapely.prepare(plane)
    if reach_m < 1.0:  # only who touches is asked for
        some = np.flatnonzero(shapely.dwithin(plane[shape], lines, reach_m))
        shape, run, lines = shape[some], run[some], lines[some]
    gap = shapely.distance(plane[shape], lines)
    key = shape << 32 | runs.owner[run]
    order = np.lexsort((gap, key))
    key, gap, shape, lines = key[order], gap[order], shape[order], lines[order]
    start = np.flatnonzero(is_new(key))
    least = np.repeat(gap[start], np.diff(np.append(start, len(key))))
    ground = np.where(gap == 0.0, 0.0, np.inf)
    wanted = np.flatnonzero((gap > 0.0) & (gap <= least * (1.0 + AS_NEAR)) & (gap <= reach_m))
    ways = shapely.get_coordinates(shapely.shortest_line(plane[shape[wanted]], lines[wanted])).reshape(-1, 4)
    ground[wanted] = crs.ground_distance_m(ways[:, :2], ways[:, 2:])
    ground = np.minimum.reduceat(ground, start) if len(start) else ground
    close = shape[(gap > 0.0) & (gap < ON_EDGE_M)].astype(np.int32)
    kept = gap[start] <= reach_m
    key, nothing = key[start][kept], np.full((int(kept.sum()), 4), np.nan)
    return _Measured(key, gap[start][kept], ground[kept], nothing[:, 0], nothing), close


def _listed(runs: Runs, cells: Cells, bounds: Floats, reach_m: float) -> tuple[Keys, Rows]:
    """Shapes and the runs near their cells whose box comes within the reach of theirs, each pair once."""
    shape, codes = cells_under(cells, bounds)
    busy, place = cells.look_up(codes)
    entry, run = listed(cells.near, cells.near_start, place)
    shape = shape[busy[entry]]
    box = (bounds - np.tile(BOX_ORIGIN, 2)).astype(np.float32)
    west, south, east, north = np.ascontiguousarray(box.T)
    near = np.ascontiguousarray(runs.boxes.take(run, axis=0).T)
    across = np.maximum(np.maximum(near[0] - east[shape], west[shape] - near[2]), 0.0)
    along = np.maximum(np.maximum(near[1] - north[shape], south[shape] - near[3]), 0.0)
    some = across**2 + along**2 <= np.float32((reach_m + 0.1) ** 2)
    keys = np.unique(shape[some] << 32 | run[some])
    return keys >> 32, keys.astype(np.int32)


def _lines(runs: Runs, rows: Rows) -> Shapes:
    """Runs as lines, those of no length as points."""
    count = (runs.last - runs.first)[rows].astype(np.int64) + 1
    vertex = np.repeat(runs.first[rows].astype(np.int64), count) + within_groups(count)
    drawn = np.empty(len(rows), dtype=object)
    low, high = runs.bounds
    single = (low[rows] == high[rows]).all(axis=1)  # of a repeated vertex too: GEOS fails on lines of no length
    drawn[single] = shapely.points(runs.vertices[runs.first[rows[single]]])
    several = np.repeat(~single, count)
    which = np.repeat(np.arange(int((~single).sum())), count[~single])
    drawn[~single] = shapely.linestrings(runs.vertices[vertex[several]], indices=which)
    return drawn


def apart(boxes: Floats, group: Rows) -> Flags:
    """Of boxes (n, 4) in groups, rising: whether it meets no other of its group."""
    alone = np.ones(len(boxes), dtype=bool)
    size = int(np.bincount(group).max(initial=0))
    for step in range(1, size):
        some = np.flatnonzero(group[step:] == group[:-step])
        other = some + step
        meets = (boxes[some, :2] <= boxes[other, 2:]).all(axis=1) & (boxes[other, :2] <= boxes[some, 2:]).all(axis=1)
        alone[some[meets]] = alone[other[meets]] = False
    return alone


def shared_areas(plane: Shapes, polygons: Shapes) -> Floats:
    """The plane area that each shape shares with polygons, where these overlap counted once."""
    parts = shapely.get_parts(polygons)
    shape, part = shapely.STRtree(parts).query(plane)
    pieces, of = shapely.get_parts(shapely.intersection(plane[shape], parts[part]), return_index=True)
    solid = shapely.get_dimensions(pieces) == 2
    pieces, owner = pieces[solid], shape[of[solid]]
    order = np.argsort(owner, kind="stable")
    pieces, owner = pieces[order], owner[order]
    area = np.bincount(owner, shapely.area(pieces), len(plane)).astype(np.float64)
    start = np.flatnonzero(is_new(owner))
    several = np.flatnonzero(np.diff(np.append(start, len(owner))) > 1)
    group = np.repeat(np.arange(len(start)), np.diff(np.append(start, len(owner))))
    some = np.isin(group, several)
    together = shapely.multipolygons(pieces[some], indices=np.searchsorted(several, group[some]))
    overlapping = np.flatnonzero(~shapely.is_valid(together))
    united = [shapely.area(shapely.union_all(shapely.get_parts(one))) for one in together[overlapping]]
    area[owner[start[several[overlapping]]]] = united
    return area


def compile_loops() -> None:
    """Compiles what is not compiled yet, so that no user waits for it: asks of a square what it shares with itself."""
    square = np.array([shapely.box(120.0, 36.0, 120.001, 36.001)], dtype=object)
    runs, plane = runs_of(square), np.asarray(crs.to_plane(square))
    pairs_of_shapes(runs, build_cells(runs, 1e-3), plane, shapely.bounds(plane), 1e-3, with_areas=True)
