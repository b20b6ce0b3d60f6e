"""The names that layers want written, and how they are written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patheffects import Stroke, withStroke
from numpy.typing import NDArray

from atlas.printmap.features import POINTS_A_PIXEL, PrintLayer
from atlas.printmap.framing import Frame
from atlas.printmap.lettering import FEATURES, POINTS_A_MM, drawable, face, shortened
from atlas.printmap.placing import AREA_LABEL_POINTS, CLEARANCE_MM, LABEL_POINTS, Place, Placed, Rectangle, Wish
from geo.crs import to_plane

WIDEST_LABEL_MM = 42.0
MOST_SYMBOLS = 20_000
LABEL_Z = 5000
LEADER_POINTS, LEADER_DOT_POINTS = 0.45, 1.6
NAMED, DIMMED = "#22303a", "#8b969e"


def wishes_of(layer: PrintLayer, frame: Frame, focus: Any = None) -> list[Wish]:
    """The names that a layer wants written, those of large features first, then those of the first rank.

    With a ``focus`` (lon-lat) the names of what lies outside it are dimmed, as the map is there.
    """
    column = layer.style.label
    if not column or column not in layer.frame or not len(layer.frame):
        return []
    rows = layer.frame[layer.frame.geometry.notna() & layer.frame[column].notna()]
    shapes = to_plane(rows.geometry.to_numpy())
    window = shapely.box(frame.west, frame.south, frame.east, frame.north)
    clear = None if focus is None else to_plane(np.atleast_1d(focus))[0]
    found = []
    for order in np.lexsort((-_ranks(rows, layer.style.label_rank), -shapely.area(shapes))):
        words = shortened(drawable(str(rows[column].iloc[order])), WIDEST_LABEL_MM, LABEL_POINTS)
        if words and shapely.intersects(shapes[order], window):
            found.append(_wish(words, shapes[order], layer, frame, window, clear))
    return found


def _ranks(rows: GeoDataFrame, column: str) -> NDArray[np.float64]:
    """How much comes first; what is not known comes last."""
    if column not in rows:
        return np.zeros(len(rows))
    return pd.to_numeric(rows[column], errors="coerce").fillna(-np.inf).to_numpy(float)


def symbol_places(layers: Iterable[PrintLayer], frame: Frame) -> list[Rectangle]:
    """Where the symbols of named points stand, so that no name is written upon another point."""
    found: list[Rectangle] = []
    for layer in layers:
        reach = layer.style.radius * POINTS_A_PIXEL / POINTS_A_MM
        points = layer.frame.geometry[layer.frame.geom_type == "Point"].to_numpy() if layer.style.label else ()
        if not len(points):
            continue
        for x, y in frame.on_paper(shapely.get_coordinates(to_plane(points))):
            if 0 <= x <= frame.width_mm and 0 <= y <= frame.height_mm and len(found) < MOST_SYMBOLS:
                found.append((x - reach, y - reach, x + reach, y + reach))
    return found


def _wish(
    words: str, geometry: shapely.Geometry, layer: PrintLayer, frame: Frame, window: shapely.Geometry, clear: Any
) -> Wish:
    is_area = geometry.geom_type in ("Polygon", "MultiPolygon")
    point, room = _roomiest_point(geometry, window) if is_area else (shapely.point_on_surface(geometry), 0.0)
    place = frame.on_paper(shapely.get_coordinates(point))[0]
    away = layer.style.radius * POINTS_A_PIXEL / POINTS_A_MM + CLEARANCE_MM + 0.1
    is_dimmed = clear is not None and not shapely.intersects(clear, point)
    return Wish(words, (float(place[0]), float(place[1])), away, is_area, is_dimmed, room / frame.metres_a_mm)


def _roomiest_point(geometry: shapely.Geometry, window: shapely.Geometry) -> tuple[shapely.Geometry, float]:
    """Where an area has most room for its name: the middle and radius of the largest circle inside what is shown."""
    shown = shapely.intersection(shapely.make_valid(geometry), window)
    parts = [part for part in shapely.get_parts(shapely.get_parts(shown)) if part.geom_type == "Polygon"]
    if not parts:
        return shapely.point_on_surface(geometry), 0.0
    largest = max(parts, key=lambda part: part.area)
    west, south, east, north = largest.bounds
    # to a hundredth of the area's size: a finer search takes long and moves no name
    largest = shapely.simplify(largest, max(east - west, north - south) / 200)
    if largest.is_empty or not largest.area:
        return shapely.point_on_surface(max(parts, key=lambda part: part.area)), 0.0
    radius = shapely.maximum_inscribed_circle(largest, max(east - west, north - south) / 100)
    return shapely.get_point(radius, 0), radius.length


def area_wish(words: str, geometry: Any, frame: Frame) -> Wish | None:
    """The name of one lon-lat geometry as that of an area; None where the frame does not show it."""
    shape = to_plane(np.atleast_1d(geometry))[0]
    window = shapely.box(frame.west, frame.south, frame.east, frame.north)
    if not shapely.intersects(shape, window):
        return None
    point, room = _roomiest_point(shape, window)
    x, y = (float(side) for side in frame.on_paper(shapely.get_coordinates(point))[0])
    written = shortened(words, WIDEST_LABEL_MM, AREA_LABEL_POINTS)
    return Wish(written, (x, y), 1.0, True, room_mm=room / frame.metres_a_mm)


def draw_labels(axes: Axes, placed: Iterable[Placed], frame: Frame) -> None:
    """Each name twice: a pale rim as an outline, the name itself on it as text that can be found and copied."""
    for label in placed:
        x, y = frame.in_plane(label.middle)
        if label.leader:
            _draw_leader(axes, label.leader, label.wish.is_area, frame)
        common: dict[str, Any] = {
            "fontproperties": face(label.wish.points, bold=label.wish.is_area),
            "ha": "center",
            "va": "center_baseline",
            "fontfeatures": FEATURES,
            "parse_math": False,
        }
        rim = axes.text(x, y, label.wish.words, color="white", zorder=LABEL_Z, alpha=0.85, **common)
        rim.set_path_effects([Stroke(linewidth=1.6, foreground="white")])
        axes.text(x, y, label.wish.words, color=DIMMED if label.wish.is_dimmed else NAMED, zorder=LABEL_Z + 1, **common)


def _draw_leader(axes: Axes, leader: tuple[Place, Place], is_area: bool, frame: Frame) -> None:
    """The line from a feature to its name; a dot where it begins inside an area."""
    (start_x, start_y), (end_x, end_y) = (frame.in_plane(end) for end in leader)
    rim = [withStroke(linewidth=LEADER_POINTS + 1.0, foreground="white", alpha=0.85)]
    style: dict[str, Any] = {"color": NAMED, "zorder": LABEL_Z - 1}
    axes.add_line(Line2D((start_x, end_x), (start_y, end_y), linewidth=LEADER_POINTS, path_effects=rim, **style))
    if is_area:
        axes.plot(start_x, start_y, "o", markersize=LEADER_DOT_POINTS, markeredgewidth=0, **style)
