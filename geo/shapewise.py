"""Lines and areas against features, many at once: which features come near each, how near, and how much they share.

The cells say which runs of edges to look at; GEOS measures those few and never a whole large feature. All is EPSG:4549.
A shape for which that cannot tell for certain is *doubtful*: the engine is to be asked.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import crs
from geo.cells import Cells, cells_under, is_new
from geo.pointwise import ON_EDGE_M, Flags, Pairs, listed, pairs_within
from geo.runs import BOX_ORIGIN, Floats, Keys, Rows, Runs, within_groups

Shapes = NDArray[np.object_]

#: A larger shape is asked one by one: within this the scale of the plane is the same to a millionth or so.
LARGEST_M = 1_000.0
#: Ways to one feature that are this much longer than the shortest of the plane may be the shortest on the ground.
AS_NEAR = 1e-5


@dataclass(frozen=True)
class ShapePairs:
    """As :class:`geo.pointwise.Pairs`, of shapes; ``crossed`` says where a feature's outline meets the shape."""

    pairs: Pairs
    crossed: Flags


def measurable(plane: Shapes, bounds: Floats) -> Flags:
    """Shapes of one part that are small enough; the others are doubtful."""
    span = (bounds[:, 2:] - bounds[:, :2]).max(axis=1, initial=0.0)
    return (shapely.get_num_geometries(plane) == 1) & (span <= LARGEST_M)


def pairs_of_shapes(runs: Runs, cells: Cells, plane: Shapes, bounds: Floats, reach_m: float) -> ShapePairs:
    """All pairs of shapes of one part and features within a reach of at most that of the cells.

    A feature holds a shape when it holds a vertex of it and no edge of it meets the shape.
    """
    key, gap, ground, close = _near(runs, cells, plane, bounds, reach_m)
    corners = shapely.get_coordinates(shapely.get_point(shapely.get_exterior_ring(plane), 0))
    if len(corners) < len(plane):  # lines among them
        corners = np.array([shapely.get_coordinates(shape)[0] for shape in plane]).reshape(-1, 2)
    held = pairs_within(runs, cells, corners, min(reach_m, 1e-3))
    doubtful = held.doubtful.copy()
    doubtful[close] = True
    holder = (held.point.astype(np.int64) << 32 | held.feature)[held.holds]
    keys = np.union1d(key, holder)
    gaps, grounds = np.full(len(keys), np.inf), np.zeros(len(keys))
    place = np.searchsorted(keys, key)
    gaps[place], grounds[place] = gap, ground
    crossed = gaps == 0.0
    holds = np.zeros(len(keys), dtype=bool)
    holds[np.searchsorted(keys, holder)] = True
    holds &= ~crossed
    grounds[holds] = 0.0
    pairs = Pairs((keys >> 32).astype(np.int32), keys.astype(np.int32), gaps, grounds, holds, doubtful)
    return ShapePairs(pairs, crossed)


def _near(runs: Runs, cells: Cells, plane: Shapes, bounds: Floats, reach_m: float) -> tuple[Keys, Floats, Floats, Rows]:
    """Keys of (shape, feature), plane and ground distance of each, and shapes that all but touch one."""
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
    return key[start][kept], gap[start][kept], ground[kept], close


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
    """Runs as lines, single points as points."""
    count = (runs.last - runs.first)[rows].astype(np.int64) + 1
    vertex = np.repeat(runs.first[rows].astype(np.int64), count) + within_groups(count)
    drawn = np.empty(len(rows), dtype=object)
    single = count == 1
    drawn[single] = shapely.points(runs.vertices[runs.first[rows[single]]])
    several = np.repeat(~single, count)
    which = np.repeat(np.arange(int((~single).sum())), count[~single])
    drawn[~single] = shapely.linestrings(runs.vertices[vertex[several]], indices=which)
    return drawn


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
