"""The small map of a sheet: where the sheet lies in the city or, where it shows all of the city, its crowded middle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from geopandas import GeoDataFrame
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.patches import Rectangle

from atlas.printmap.features import Ink, path_of, seen
from atlas.printmap.framing import Bounds, Frame, frame_of, plane_bounds
from atlas.printmap.furniture import INK, STAMP_COLOUR, Sheet
from atlas.printmap.lettering import width_mm
from atlas.printmap.page import Box

#: A sheet that shows this share of the city's width and height needs no map of where it lies.
WHOLE_CITY_SHARE = 0.8
FOCUS = "#7f929e"
OUTLINE = Ink("#dfe3e1", 1.0, "#7d8a92", 0.7, "", "solid", "circle", 1.0)


@dataclass(frozen=True)
class Overview:
    """What the small map is drawn from: outlines (lon-lat polygons), what they span, and the crowded middle of it."""

    outlines: GeoDataFrame
    middle: Bounds

    @property
    def bounds(self) -> Bounds:
        """What the outlines span: west, south, east, north in degrees."""
        west, south, east, north = (float(side) for side in self.outlines.total_bounds)
        return west, south, east, north


def is_whole_city(frame: Frame, overview: Overview) -> bool:
    """Whether a sheet shows so much of the city that a map of where it lies would say nothing."""
    west, south, east, north = plane_bounds(overview.bounds)
    across = min(frame.east, east) - max(frame.west, west)
    upwards = min(frame.north, north) - max(frame.south, south)
    return across > WHOLE_CITY_SHARE * (east - west) and upwards > WHOLE_CITY_SHARE * (north - south)


def detail_frame(overview: Overview, box: Box) -> Frame:
    """The frame of the crowded middle."""
    return frame_of(overview.middle, box.width, box.height)


def city_frame(overview: Overview, box: Box) -> Frame:
    """The frame of the whole city."""
    return frame_of(overview.bounds, box.width, box.height)


def draw_locator(axes: Axes, overview: Overview, city: Frame, shown: Frame, focus: Any = None) -> None:
    """The outlines, what the sheet is about in dark, and the sheet's frame."""
    for geometries, face, z in ((overview.outlines.geometry.to_numpy(), OUTLINE.face, 100.0), (focus, FOCUS, 101.0)):
        if geometries is None:
            continue
        parts = [part for part in seen(np.atleast_1d(geometries), city) if part.geom_type == "Polygon"]
        paths = [path_of(part) for part in parts]
        axes.add_collection(
            PathCollection(paths, facecolor=face, edgecolor=OUTLINE.edge, linewidth=OUTLINE.points, zorder=z),
            autolim=False,
        )
    draw_extent(axes, shown)


def draw_extent(axes: Axes, shown: Frame) -> None:
    """The frame of another map as a red rectangle."""
    width, height = shown.east - shown.west, shown.north - shown.south
    axes.add_patch(
        Rectangle(
            (shown.west, shown.south),
            width,
            height,
            facecolor="none",
            edgecolor=STAMP_COLOUR,
            linewidth=0.9,
            zorder=4500,
        )
    )


def draw_rim(drawn: Sheet, box: Box, words: str) -> Box:
    """The neat line of the small map and its name; the box that the name takes."""
    name = Box(box.x, box.top - 4.6, min(width_mm(words, 6.0, bold=True) + 3.2, box.width), 4.6)
    drawn.box(name, alpha=0.9, linewidth=0.0)
    drawn.box(box, facecolor="none", edgecolor=INK, linewidth=0.6)
    drawn.write(box.x + 1.6, box.top - 3.3, words, 6.0, bold=True)
    return name
