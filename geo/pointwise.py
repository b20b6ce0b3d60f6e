"""Points against features, many at once: which features come within a reach of each, how near, and which hold it.

The cells say which runs of edges to look at; those are measured with plain arithmetic. All is EPSG:4549.
Whatever arithmetic cannot tell for certain, a point on an edge above all, is *doubtful*: GEOS is to be asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from geo import crs
from geo.cells import ORIGIN, ROW, Cells
from geo.runs import BOX_ORIGIN, Floats, Keys, Rows, Runs, within_groups

if TYPE_CHECKING:
    from geo import edges

#: A point nearer to an edge than this may be on it.
ON_EDGE_M = 1e-6

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
    from geo import edges  # the compiler is only loaded where there is something to measure

    lean = 1.0 / crs.RADIUS_AT_REGION_M**2
    found, doubtful = edges.pairs_of_points(
        compiled_runs(runs), compiled_cells(cells), points, reach_m, lean, crs.PLANE_CENTRAL_EASTING_M, ON_EDGE_M
    )
    return Pairs(found.point, found.feature, found.gap_m, found.ground_m, found.holds, doubtful)


def compiled_runs(runs: Runs) -> edges.Edges:
    """Runs as the compiled loops take them."""
    from geo import edges

    return edges.Edges(runs.vertices, runs.first, runs.last, runs.owner, runs.areal, runs.boxes, BOX_ORIGIN)


def compiled_cells(cells: Cells) -> edges.Lattice:
    """Cells as the compiled loops take them."""
    from geo import edges

    lists = cells.near_start, cells.near, cells.holders_start, cells.holders
    return edges.Lattice(ORIGIN, cells.size_m, ROW, cells.occupied, cells.before, *lists)


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
