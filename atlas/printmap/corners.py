"""Where the furniture of a map hides least of what the map is about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from atlas.printmap.features import PrintLayer, seen
from atlas.printmap.framing import Frame
from atlas.printmap.page import Box

#: What everything lies on hides nothing when it is hidden.
GROUND = "land"
#: The inside of an area is the same everywhere: where it is hidden, only its outline is missed. As many points, or so
#: much line as a share of the box's width, weigh as much as all of what a page is about.
POINTS_A_FULL_BOX, WIDTHS_A_FULL_BOX = 4.0, 4.0


def emptiest(boxes: Sequence[Box], chart: Box, frame: Frame, layers: Sequence[PrintLayer], focus: Any = None) -> Box:
    """The first of the boxes inside the map that hides least: of the focus (lon-lat) where there is one, else of all
    layers but the ground, each of which counts the same."""
    shown = [_drawn(layer.frame.geometry.to_numpy()) for layer in layers if layer.id != GROUND]
    contents = shown if focus is None else [np.atleast_1d(focus)]
    hidden = [sum(_filling(_window(box, chart, frame), contents)) for box in boxes]
    return boxes[int(np.argmin(np.round(hidden, 2)))]


def _drawn(geometries: NDArray[np.object_]) -> NDArray[np.object_]:
    """Areas as their outlines."""
    return np.where(shapely.get_dimensions(geometries) == 2, shapely.boundary(geometries), geometries)


def _window(box: Box, chart: Box, frame: Frame) -> Frame:
    """The box as a frame of its own."""
    west, south = frame.in_plane((box.x - chart.x, box.y - chart.y))
    east, north = frame.in_plane((box.right - chart.x, box.top - chart.y))
    return Frame(west, south, east, north, box.width, box.height)


def _filling(window: Frame, contents: Sequence[Any]) -> Iterator[float]:
    """How full of each content the window is, from nothing to one."""
    whole = (window.east - window.west) * (window.north - window.south)
    for geometries in contents:
        parts = seen(geometries, window)
        dimensions = shapely.get_dimensions(parts)
        area = shapely.area(shapely.union_all(parts[dimensions == 2])) / whole
        line = shapely.length(parts[dimensions == 1]).sum() / (window.east - window.west) / WIDTHS_A_FULL_BOX
        yield min(area + line + (dimensions == 0).sum() / POINTS_A_FULL_BOX, 1.0)
