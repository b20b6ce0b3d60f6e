"""A hint that a user's polygons are in GCJ-02 though the file says another frame, as many from web maps are.

Only polygons that show a district can tell: their outlines are compared with the embedded ones.
"""

from __future__ import annotations

import numpy as np
import shapely

from geo.crs import looks_like_gcj02
from layers.formats.raw import Step
from layers.store import Store
from layers.types import Layer

TRUSTED = "districts"
#: The part of two polygons together that both cover, from which on they show the same district; shifted ones have 0.8.
SAME_FROM = 0.7


def shift_hint(layer: Layer, store: Store) -> tuple[Step, ...]:
    """The step ``looks_like_gcj02``, where the layer seems shifted; nothing where it is not or nobody can tell."""
    if layer.grid is not None or "geometry" not in layer.frame:
        return ()
    trusted = store.layer(TRUSTED).frame.geometry.to_numpy()
    own = layer.frame.geometry.to_numpy()
    own = own[~shapely.is_missing(own) & (shapely.get_dimensions(own) == 2)]
    row, district = shapely.STRtree(trusted).query(own)
    areas = shapely.area(own[row]), shapely.area(trusted[district])
    alike = np.minimum(*areas) >= SAME_FROM * np.maximum(*areas)  # the cheap question first
    row, district = row[alike], district[alike]
    shared = shapely.area(shapely.intersection(own[row], trusted[district]))
    same = shared >= SAME_FROM * (shapely.area(own[row]) + shapely.area(trusted[district]) - shared)
    if not looks_like_gcj02(own[row[same]], trusted[district[same]]):
        return ()
    return (Step("looks_like_gcj02"),)
