"""Hatching as lines of its own, cut at the outline: every viewer and printer draws them alike, in any size.

A tiling pattern of a PDF would be shorter, but viewers draw it in their own way, and some not at all.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.style import HATCHINGS

#: More lines than this are drawn wider apart.
MOST_LINES = 2000


def hatch_lines(area: Any, pattern: str, spacing: float) -> list[NDArray[np.float64]]:
    """Courses (n, 2) of the lines that fill an area, ``spacing`` apart in its units; none for a pattern without lines.

    The lines of one spacing lie on one grid whatever the area, so that neighbours match.
    """
    if pattern not in HATCHINGS or shapely.is_empty(area):
        return []
    ruled = _ruled(shapely.bounds(area), HATCHINGS[pattern], spacing)
    shapely.prepare(area)
    cut = shapely.intersection(shapely.linestrings(ruled), area)
    parts = shapely.get_parts(shapely.get_parts(cut))
    parts = parts[(shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING) & ~shapely.is_empty(parts)]
    return [shapely.get_coordinates(part) for part in parts]


def _ruled(bounds: NDArray[np.float64], degrees: float, spacing: float) -> NDArray[np.float64]:
    """Parallel lines (n, 2, 2) over a rectangle."""
    along = np.array([math.cos(math.radians(degrees)), math.sin(math.radians(degrees))])
    across = np.array([-along[1], along[0]])
    west, south, east, north = bounds
    corners = np.array([(west, south), (west, north), (east, south), (east, north)])
    reach, offsets = corners @ along, corners @ across
    spacing *= max(1, math.ceil(np.ptp(offsets) / spacing / MOST_LINES))
    rows = np.arange(math.floor(offsets.min() / spacing), math.ceil(offsets.max() / spacing) + 1) * spacing
    middles = rows[:, None] * across
    return np.stack([middles + reach.min() * along, middles + reach.max() * along], axis=1)
