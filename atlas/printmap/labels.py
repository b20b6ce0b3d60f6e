"""Names beside features, none upon another: the more important is placed first, one that finds no room is left out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.patheffects import Stroke

from atlas.printmap.features import POINTS_A_PIXEL, PrintLayer
from atlas.printmap.framing import Frame
from atlas.printmap.lettering import FEATURES, POINTS_A_MM, drawable, face, shortened, width_mm
from geo.crs import to_plane

LABEL_POINTS = 6.6
AREA_LABEL_POINTS = 7.6
WIDEST_LABEL_MM = 42.0
MOST_LABELS = 400
MOST_SYMBOLS = 1000
CLEARANCE_MM = 0.5
LABEL_Z = 5000
NAMED, DIMMED = "#22303a", "#8b969e"
#: The same name is not written twice so near.
SAME_NAME_MM = 30.0

Rectangle = tuple[float, float, float, float]


@dataclass(frozen=True)
class Wish:
    """A name that wants a place: where its feature is (millimetres on the map), and how near it may come."""

    words: str
    place: tuple[float, float]
    away_mm: float
    is_area: bool
    is_dimmed: bool = False

    @property
    def points(self) -> float:
        """The size of its type."""
        return AREA_LABEL_POINTS if self.is_area else LABEL_POINTS

    @property
    def size(self) -> tuple[float, float]:
        """Width and height on paper."""
        return width_mm(self.words, self.points), self.points / POINTS_A_MM


@dataclass(frozen=True)
class Placed:
    """A name with its place: millimetres of its middle on the map."""

    wish: Wish
    middle: tuple[float, float]


def _overlap(a: Rectangle, b: Rectangle) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _rectangle(middle: tuple[float, float], size: tuple[float, float]) -> Rectangle:
    half_x, half_y = size[0] / 2 + CLEARANCE_MM, size[1] / 2 + CLEARANCE_MM
    return middle[0] - half_x, middle[1] - half_y, middle[0] + half_x, middle[1] + half_y


def _middles(wish: Wish) -> Iterator[tuple[float, float]]:
    """Places for a name, the best first: an area's in its middle, a point's to the right, left, above, below."""
    x, y = wish.place
    width, height = wish.size
    if wish.is_area:
        yield from ((x, y + rows * height) for rows in (0.0, 1.0, -1.0, 1.8, -1.8))
        yield from ((x + side * width / 2, y) for side in (0.6, -0.6))
        return
    aside, above = wish.away_mm + width / 2, wish.away_mm + height / 2
    yield from ((x + aside, y), (x - aside, y), (x, y + above), (x, y - above))
    yield from ((x + aside, y + above), (x + aside, y - above), (x - aside, y + above), (x - aside, y - above))


def place_labels(wishes: Iterable[Wish], frame: Frame, taken: Sequence[Rectangle] = ()) -> list[Placed]:
    """Greedy placement in the order of ``wishes``; no name overlaps another, a ``taken`` place, or the frame's edge."""
    used = list(taken)
    placed: list[Placed] = []
    for wish in dict.fromkeys(wishes):
        if _is_repeated(wish, placed):
            continue
        for middle in _middles(wish):
            rectangle = _rectangle(middle, wish.size)
            inside = (
                rectangle[0] > 0
                and rectangle[1] > 0
                and rectangle[2] < frame.width_mm
                and rectangle[3] < frame.height_mm
            )
            if inside and not any(_overlap(rectangle, other) for other in used):
                used.append(rectangle)
                placed.append(Placed(wish, middle))
                break
        if len(placed) >= MOST_LABELS:
            break
    return placed


def _is_repeated(wish: Wish, placed: Sequence[Placed]) -> bool:
    """Whether the same name stands already where this one would: a district, and what the plan says of all of it."""
    return any(
        other.wish.words == wish.words and math.dist(other.wish.place, wish.place) < SAME_NAME_MM for other in placed
    )


def wishes_of(layer: PrintLayer, frame: Frame, focus: Any = None) -> list[Wish]:
    """The names that a layer wants written, those of large features first.

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
    for order in np.argsort(-shapely.area(shapes), kind="stable"):
        words = shortened(drawable(str(rows[column].iloc[order])), WIDEST_LABEL_MM, LABEL_POINTS)
        if words and shapely.intersects(shapes[order], window):
            found.append(_wish(words, shapes[order], layer, frame, window, clear))
    return found


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
    point = _roomiest_point(geometry, window) if is_area else shapely.point_on_surface(geometry)
    place = frame.on_paper(shapely.get_coordinates(point))[0]
    away = layer.style.radius * POINTS_A_PIXEL / POINTS_A_MM + CLEARANCE_MM + 0.1
    is_dimmed = clear is not None and not shapely.intersects(clear, point)
    return Wish(words, (float(place[0]), float(place[1])), away, is_area, is_dimmed)


def _roomiest_point(geometry: shapely.Geometry, window: shapely.Geometry) -> shapely.Geometry:
    """Where an area has most room for its name: the middle of the largest circle inside its largest shown part."""
    shown = shapely.intersection(shapely.make_valid(geometry), window)
    parts = [part for part in shapely.get_parts(shapely.get_parts(shown)) if part.geom_type == "Polygon"]
    if not parts:
        return shapely.point_on_surface(geometry)
    largest = max(parts, key=lambda part: part.area)
    west, south, east, north = largest.bounds
    # to a hundredth of the area's size: a finer search takes long and moves no name
    largest = shapely.simplify(largest, max(east - west, north - south) / 200)
    if largest.is_empty or not largest.area:
        return shapely.point_on_surface(max(parts, key=lambda part: part.area))
    radius = shapely.maximum_inscribed_circle(largest, max(east - west, north - south) / 100)
    return shapely.get_point(radius, 0)


def area_wish(words: str, geometry: Any, frame: Frame) -> Wish | None:
    """The name of one lon-lat geometry as that of an area; None where the frame does not show it."""
    shape = to_plane(np.atleast_1d(geometry))[0]
    window = shapely.box(frame.west, frame.south, frame.east, frame.north)
    if not shapely.intersects(shape, window):
        return None
    place = frame.on_paper(shapely.get_coordinates(_roomiest_point(shape, window)))[0]
    return Wish(shortened(words, WIDEST_LABEL_MM, AREA_LABEL_POINTS), (float(place[0]), float(place[1])), 1.0, True)


def draw_labels(axes: Axes, placed: Iterable[Placed], frame: Frame) -> None:
    """Each name twice: a pale rim as an outline, the name itself on it as text that can be found and copied."""
    for label in placed:
        x = frame.west + label.middle[0] * frame.metres_a_mm
        y = frame.south + label.middle[1] * frame.metres_a_mm
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
