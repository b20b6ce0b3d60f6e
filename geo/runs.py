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

#: Kinds of geometry that are taken together, by the number of their type.
POINTS = (0, 4)
KINDS = (POINTS, (1, 5), (3, 6))
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
        from geo import listing  # the compiler is only loaded where there is something to index

        return listing.boxes_around(self.vertices, self.first, self.last)


def runs_of(lonlat: NDArray[np.object_]) -> Runs:
    """The runs of lon-lat features, each one geometry with a place, of parts of one kind."""
    from geo import listing

    areal = np.asarray(shapely.get_dimensions(lonlat) == 2)
    coordinates, start, owner = _paths(shapely.orient_polygons(lonlat))
    plane = crs.to_plane(coordinates) if len(coordinates) else coordinates
    first, last, path = listing.runs_along(plane, start, LONGEST_RUN_M, MOST_EDGES)
    return Runs(plane, first, last, owner[path].astype(np.int32), areal)


def _paths(lonlat: NDArray[np.object_]) -> tuple[Floats, Keys, Keys]:
    """Coordinates of rings, lines and single points, where each begins, and its feature.

    All paths of a feature follow one another, and of neighbours if they are of one kind.
    """
    order = np.argsort(neighbourhood(shapely.bounds(lonlat).reshape(-1, 4)), kind="stable")
    kind = shapely.get_type_id(lonlat[order])
    coordinates, counts, owners = [np.empty((0, 2))], [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for kinds in KINDS:
        rows = order[np.isin(kind, kinds)]
        if not len(rows):
            continue
        _, places, offsets = shapely.to_ragged_array(lonlat[rows], include_z=False)
        start = np.arange(len(places) + 1) if kinds == POINTS else offsets[0]
        paths = offsets if kinds == POINTS else offsets[1:]
        of_feature = np.arange(len(rows) + 1)
        for parts in reversed(paths):
            of_feature = parts[of_feature]
        coordinates.append(places)
        counts.append(np.diff(start))
        owners.append(np.repeat(rows, np.diff(of_feature)))
    start = np.concatenate([[0], np.cumsum(np.concatenate(counts))]).astype(np.int64)
    return np.concatenate(coordinates), start, np.concatenate(owners)


def neighbourhood(bounds: Floats) -> Keys:
    """Of each lon-lat box (n, 4) a number that is alike where boxes are near: narrow strips, and the place along them.

    Sites are asked in the order in which features are kept, so what one has read the next finds at hand.
    """
    west, south, east, north = np.nan_to_num(bounds).T
    strip = np.floor((south + north) / 2.0 * STRIPS_A_DEGREE).astype(np.int64)
    return strip * (360 * STEPS_A_DEGREE) + np.floor((west + east) / 2.0 * STEPS_A_DEGREE).astype(np.int64)


def within_groups(count: Keys) -> Keys:
    """0, 1, 2 … within each of some groups of so many: [2, 3] gives [0, 1, 0, 1, 2]."""
    return np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
