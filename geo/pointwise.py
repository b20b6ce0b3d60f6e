"""Points against features, many at once: which features come within a reach of each, how near, and which hold it.

The cells say which runs of edges to look at; those are measured with plain arithmetic over arrays. All is EPSG:4549.
Whatever arithmetic cannot tell for certain, a point on an edge above all, is *doubtful*: GEOS is to be asked.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo import crs
from geo.cells import Cells, blocks, is_new
from geo.runs import BOX_ORIGIN, Floats, Keys, Rows, Runs, within_groups

#: A point nearer to an edge than this may be on it.
ON_EDGE_M = 1e-6
#: Pairs of point and run that are measured in one go: what fits into a processor's cache.
BLOCK = 40_000

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Pairs:
    """Pairs of point and feature that come within a reach or where the feature holds the point; by point, then feature.

    ``gap_m`` is the plane distance to the feature's outline, infinite beyond the reach, ``ground_m`` the distance on
    the ground, 0 where held. ``doubtful`` has one entry a point.
    """

    point: Rows
    feature: Rows
    gap_m: Floats
    ground_m: Floats
    holds: Flags
    doubtful: Flags

    def __len__(self) -> int:
        return len(self.point)


def pairs_within(runs: Runs, cells: Cells, points: Floats, reach_m: float) -> Pairs:
    """All pairs of ``points`` (n, 2) and features within a reach of at most that of the cells.

    Quickest when neighbours in space are neighbours in the array. Nearest is what is nearest on the ground.
    """
    codes = cells.of(points)
    busy, place = cells.look_up(codes)
    doubtful = np.zeros(len(points), dtype=bool)
    found: list[_Columns] = []
    for some in blocks(cells.near_start[place + 1] - cells.near_start[place] + 1, BLOCK):
        rows = busy[some]
        look = _Look(runs, cells, points[rows], cells.centres(codes[rows]), reach_m)
        near = listed(cells.near, cells.near_start, place[some])
        part, unsure = look.pairs(near, listed(cells.holders, cells.holders_start, place[some]))
        doubtful[rows[unsure]] = True
        found.append((rows[part[0]].astype(np.int32), *part[1:]))
    found = found or [_NOTHING]
    point, feature, gap, ground, holds = (np.concatenate(column) for column in zip(*found, strict=True))
    return Pairs(point, feature, gap, ground, holds, doubtful)


_Columns = tuple[Rows, Rows, Floats, Floats, Flags]
_NOTHING: _Columns = (np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0), np.empty(0), np.empty(0, bool))


_Keyed = tuple[Keys, Floats, Floats, Flags]


def _merged(some: _Keyed, others: _Keyed) -> _Keyed:
    """Both, by their keys."""
    keys = np.concatenate([some[0], others[0]])
    order = np.argsort(keys)
    gap, ground, inside = (np.concatenate(pair)[order] for pair in zip(some[1:], others[1:], strict=True))
    return keys[order], gap, ground, inside


def _held(count: int) -> tuple[Floats, Floats, Flags]:
    """Gap, ground distance and holding of features that hold a point with no edge near."""
    return np.full(count, np.inf), np.zeros(count), np.ones(count, dtype=bool)


def listed(rows: Rows, start: Rows, place: Rows) -> tuple[Keys, Rows]:
    """The rows in the lists at some places, and which place each belongs to."""
    first = start[place]
    count = start[place + 1] - first
    return np.repeat(np.arange(len(count)), count), rows[np.repeat(first, count) + within_groups(count)]


def features_listed(runs: Runs, cells: Cells, codes: Rows) -> Rows:
    """All features that may come within the reach of some cells, or hold a point in them."""
    place = cells.look_up(codes)[1]
    near = runs.owner[listed(cells.near, cells.near_start, place)[1]]
    return np.unique(np.concatenate([near, listed(cells.holders, cells.holders_start, place)[1]]))


@dataclass(frozen=True)
class _Look:
    """A block of points, and the centre of each one's cell."""

    runs: Runs
    cells: Cells
    points: Floats
    centres: Floats
    reach_m: float

    def pairs(self, near: tuple[Keys, Rows], held: tuple[Keys, Rows]) -> tuple[_Columns, Flags]:
        """Point, feature, gap, ground distance and whether it is held, of the pairs; and which points are doubtful."""
        point, run = near
        key = point << 32 | self.runs.owner[run]
        first = np.flatnonzero(is_new(key))
        group = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(key))))
        boxes = np.ascontiguousarray(self.runs.boxes.take(run, axis=0).T)
        gap, ground, unsure = self._distances(point, run, first, group, boxes)
        odd, unsure_side = self._crossed(point, run, group, len(first), boxes)
        unsure |= unsure_side
        keys, inside = key[first], np.zeros(len(first), dtype=bool)
        holder = held[0] << 32 | held[1]
        if len(keys):
            place = np.minimum(np.searchsorted(keys, holder), len(keys) - 1)
            listed = keys[place] == holder
            inside[place[listed]] = True
            holder = holder[~listed]
        inside ^= odd
        kept = inside | (gap <= self.reach_m)
        columns = keys[kept], gap[kept], np.where(inside, 0.0, ground)[kept], inside[kept]
        if len(holder):
            columns = _merged(columns, (holder, *_held(len(holder))))
        keys, gap, ground, inside = columns
        return ((keys >> 32).astype(np.int32), keys.astype(np.int32), gap, ground, inside), unsure

    def _distances(
        self, point: Keys, run: Rows, first: Keys, group: Keys, boxes: NDArray[np.float32]
    ) -> tuple[Floats, Floats, Flags]:
        """Plane and ground distance of each group of point and feature, and which points lie on an edge."""
        gap = np.full(len(first), np.inf)
        ground = np.full(len(first), np.inf)
        unsure = np.zeros(len(self.points), dtype=bool)
        wanted = self._worth_measuring(point, first, group, boxes)
        if len(wanted):
            at, of = self.points[point[wanted]], group[wanted]
            squared, offset = _to_runs(self.runs, run[wanted], at)
            start = np.flatnonzero(is_new(of))
            least = np.minimum.reduceat(squared, start)
            best = np.flatnonzero(squared == np.repeat(least, np.diff(np.append(start, len(of)))))
            best = best[is_new(of[best])]
            gap[of[best]] = np.hypot(*offset[best].T)
            ground[of[best]] = crs.ground_distance_m(at[best], at[best] - offset[best])
            unsure[point[first[gap < ON_EDGE_M]]] = True
        return gap, ground, unsure

    def _worth_measuring(self, point: Keys, first: Keys, group: Keys, boxes: NDArray[np.float32]) -> Keys:
        """Pairs whose run may be the feature's nearest and within the reach, by the nearest and farthest of its box."""
        if not len(point):
            return point
        x, y = np.ascontiguousarray((self.points - BOX_ORIGIN).astype(np.float32).T).take(point, axis=1)
        west, south, east, north = boxes
        least = np.maximum(np.maximum(west - x, x - east), 0.0) ** 2
        least += np.maximum(np.maximum(south - y, y - north), 0.0) ** 2
        wanted = np.flatnonzero(least <= np.float32((self.reach_m + 0.1) ** 2))
        x, y, west, south, east, north = (values[wanted] for values in (x, y, west, south, east, north))
        most = np.maximum(x - west, east - x) ** 2 + np.maximum(y - south, north - y) ** 2
        groups = group[wanted]
        start = np.flatnonzero(is_new(groups))
        if len(start) == len(groups):
            return wanted
        cap = np.repeat(np.minimum.reduceat(most, start), np.diff(np.append(start, len(groups))))
        return wanted[least[wanted] <= cap * np.float32(1.0001)]

    def _crossed(
        self, point: Keys, run: Rows, group: Keys, groups: int, boxes: NDArray[np.float32]
    ) -> tuple[Flags, Flags]:
        """Which features are entered or left on the way from the centre of the cell, and which points are too near."""
        unsure = np.zeros(len(self.points), dtype=bool)
        if not len(point) or not self.runs.areal.any():
            return np.zeros(groups, dtype=bool), unsure
        ends = np.stack([self.centres, self.points])
        low = np.ascontiguousarray((ends.min(axis=0) - BOX_ORIGIN).astype(np.float32).T).take(point, axis=1)
        high = np.ascontiguousarray((ends.max(axis=0) - BOX_ORIGIN).astype(np.float32).T).take(point, axis=1)
        met = (boxes[0] <= high[0]) & (boxes[2] >= low[0]) & (boxes[1] <= high[1]) & (boxes[3] >= low[1])
        met &= self.runs.areal[self.runs.owner[run]]
        rows = np.flatnonzero(met)
        count, close = _crossings(self.runs, run[rows], self.centres[point[rows]], self.points[point[rows]])
        unsure[point[rows[close]]] = True
        return np.bincount(group[rows], count, groups).astype(np.int64) % 2 == 1, unsure


def _to_runs(runs: Runs, run: Rows, points: Floats) -> tuple[Floats, Floats]:
    """Of each point and run: the squared distance, by the scale around it, and the way from the nearest place."""
    x, y = np.ascontiguousarray(points[:, 0]), np.ascontiguousarray(points[:, 1])
    lean = (x - crs.PLANE_CENTRAL_EASTING_M) / crs.RADIUS_AT_REGION_M**2
    vertex, last = runs.first[run], runs.last[run]
    a_x, a_y = np.ascontiguousarray(runs.vertices.take(vertex, axis=0).T)
    best, best_x, best_y = np.full(len(run), np.inf), np.empty(len(run)), np.empty(len(run))
    for _ in range(max(int((last - vertex).max(initial=0)), 1)):
        vertex = np.minimum(vertex + 1, last)
        b_x, b_y = np.ascontiguousarray(runs.vertices.take(vertex, axis=0).T)
        e_x, e_y, p_x, p_y = b_x - a_x, b_y - a_y, x - a_x, y - a_y
        length = np.maximum(e_x * e_x + e_y * e_y, 1e-30)
        along = np.clip((p_x * e_x + p_y * e_y) / length, 0.0, 1.0)
        d_x, d_y = p_x - along * e_x, p_y - along * e_y
        squared = (d_x * d_x + d_y * d_y) * (1.0 + d_x * lean)
        nearer = squared < best
        np.copyto(best, squared, where=nearer)
        np.copyto(best_x, d_x, where=nearer)
        np.copyto(best_y, d_y, where=nearer)
        a_x, a_y = b_x, b_y
    return best, np.column_stack([best_x, best_y])


def _crossings(runs: Runs, run: Rows, start: Floats, end: Floats) -> tuple[Floats, Flags]:
    """How often the way from start to end crosses each run, and whether that is too close to tell.

    A vertex on the line of the way counts as left of it, so that two edges that meet there count once.
    """
    s_x, s_y = np.ascontiguousarray(start.T)
    w_x, w_y = np.ascontiguousarray((end - start).T)
    vertex, last = runs.first[run], runs.last[run]
    a_x, a_y = np.ascontiguousarray(runs.vertices.take(vertex, axis=0).T)
    a_left = w_x * (a_y - s_y) - w_y * (a_x - s_x) >= 0.0
    count, close = np.zeros(len(run)), np.zeros(len(run), dtype=bool)
    for _ in range(int((last - vertex).max(initial=0))):
        vertex = np.minimum(vertex + 1, last)
        b_x, b_y = np.ascontiguousarray(runs.vertices.take(vertex, axis=0).T)
        b_left = w_x * (b_y - s_y) - w_y * (b_x - s_x) >= 0.0
        e_x, e_y = b_x - a_x, b_y - a_y
        from_start = e_x * (s_y - a_y) - e_y * (s_x - a_x)
        from_end = from_start + e_x * w_y - e_y * w_x
        spans = a_left != b_left
        count += spans & ((from_start > 0.0) != (from_end > 0.0))
        noise = ON_EDGE_M * (np.abs(e_x) + np.abs(e_y))
        close |= spans & (np.minimum(np.abs(from_start), np.abs(from_end)) <= noise)
        a_x, a_y, a_left = b_x, b_y, b_left
    return count, close
