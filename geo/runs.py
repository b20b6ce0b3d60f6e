"""Outlines and lines cut into short runs of edges, so that what is nearest is found without touching a whole shape.

No vertex is added or moved: a run is a few consecutive edges of a ring or line as they are. Outer rings run
anticlockwise, holes clockwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import crs

#: A run ends where it would have more edges, or might be longer; a longer edge stands alone.
MOST_EDGES = 8
LONGEST_RUN_M = 64.0
#: Boxes are kept from here in single precision, which is good to 0.03 m within the region; the margin is larger.
BOX_ORIGIN = np.array([500_000.0, 4_000_000.0])
BOX_MARGIN_M = 0.125

#: How finely neighbourhoods are told apart, south to north and west to east.
STRIPS_A_DEGREE, STEPS_A_DEGREE = 200, 1_000

Floats = NDArray[np.float64]
Rows = NDArray[np.int32]
Keys = NDArray[np.int64]


@dataclass(frozen=True)
class Runs:
    """``vertices`` (n, 2) in EPSG:4549; run i has the vertices ``first[i]`` to ``last[i]``, both included.

    ``owner`` is the row of the feature of each run, all runs of a feature together and neighbours near one another;
    ``areal`` says which features are polygons.
    """

    vertices: Floats
    first: Rows
    last: Rows
    owner: Rows
    areal: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.owner)

    @cached_property
    def boxes(self) -> NDArray[np.float32]:
        """West, south, east, north of each run from BOX_ORIGIN, in metres and a little too large."""
        low, high = self.bounds
        return np.hstack([low - BOX_ORIGIN - BOX_MARGIN_M, high - BOX_ORIGIN + BOX_MARGIN_M]).astype(np.float32)

    @cached_property
    def bounds(self) -> tuple[Floats, Floats]:
        """The south-western and north-eastern corner of each run's box, (n, 2) each."""
        low = high = self.vertices[self.first]
        for step in range(1, int((self.last - self.first).max(initial=0)) + 1):
            vertex = self.vertices[np.minimum(self.first + step, self.last)]
            low, high = np.minimum(low, vertex), np.maximum(high, vertex)
        return low, high


def runs_of(lonlat: NDArray[np.object_]) -> Runs:
    """The runs of lon-lat features, each one geometry with a place."""
    areal = np.asarray(shapely.get_dimensions(lonlat) == 2)
    paths, owner = _paths(shapely.orient_polygons(lonlat), areal)
    coordinates = shapely.get_coordinates(paths)
    plane = crs.to_plane(coordinates) if len(coordinates) else coordinates
    first, last, path = _spans(plane, shapely.get_num_coordinates(paths).astype(np.int64))
    return Runs(plane, first.astype(np.int32), last.astype(np.int32), owner[path].astype(np.int32), areal)


def _paths(lonlat: NDArray[np.object_], areal: NDArray[np.bool_]) -> tuple[NDArray[np.object_], Keys]:
    """Rings, lines and single points, and the feature of each: all of a feature together, neighbours near."""
    parts, part_owner = shapely.get_parts(lonlat, return_index=True)
    is_ring = areal[part_owner]
    rings, ring_part = shapely.get_rings(parts[is_ring], return_index=True)
    paths = np.concatenate([rings, parts[~is_ring]])
    owner = np.concatenate([part_owner[is_ring][ring_part], part_owner[~is_ring]])
    order = np.lexsort((owner, _neighbourhood(lonlat)[owner]))
    return paths[order], owner[order]


def _neighbourhood(lonlat: NDArray[np.object_]) -> Keys:
    """Of each feature a number that is alike where features are near: narrow strips, and the place along them.

    Sites are asked in such an order too, so what one has read the next finds at hand.
    """
    west, south, east, north = shapely.bounds(lonlat).reshape(-1, 4).T
    strip = np.floor((south + north) / 2.0 * STRIPS_A_DEGREE).astype(np.int64)
    return strip * (360 * STEPS_A_DEGREE) + np.floor((west + east) / 2.0 * STEPS_A_DEGREE).astype(np.int64)


def _spans(plane: Floats, count: Keys) -> tuple[Keys, Keys, Keys]:
    """The first and last vertex of every run, and its path."""
    start = np.cumsum(count) - count
    edges = np.maximum(count - 1, 1)
    step = np.clip(LONGEST_RUN_M // np.maximum(_longest_edges(plane, start), 1e-9), 1, MOST_EDGES).astype(np.int64)
    runs = -(-edges // step)
    path = np.repeat(np.arange(len(count)), runs)
    first = start[path] + within_groups(runs) * step[path]
    return first, np.minimum(first + step[path], start[path] + count[path] - 1), path


def _longest_edges(plane: Floats, start: Keys) -> Floats:
    """The longest edge of each path; 0 for a single point."""
    if not len(start):
        return np.empty(0)
    length = np.zeros(len(plane))
    length[:-1] = np.hypot(*np.diff(plane, axis=0).T)
    length[start[1:] - 1] = 0.0
    return np.maximum.reduceat(length, start)


def within_groups(count: Keys) -> Keys:
    """0, 1, 2 … within each of some groups of so many: [2, 3] gives [0, 1, 0, 1, 2]."""
    return np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
