"""Features of a layer drawn on the sheet: areas, lines and symbols in the colours of its style."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from geopandas import GeoDataFrame
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_rgba
from matplotlib.path import Path
from numpy.typing import NDArray

from atlas.printmap.framing import Frame
from atlas.printmap.hatching import hatch_lines
from geo.crs import from_plane, to_plane
from layers.style import HATCHINGS, UNKNOWN, LegendRow
from layers.types import Style

#: matplotlib draws some markers smaller than their size says.
MARKER_SCALES = {"star": 1.7, "cross": 1.25, "airport": 1.5, "diamond": 0.9}

#: Paper is read closer than a screen: a CSS pixel becomes this many points.
POINTS_A_PIXEL = 0.55
#: Hatching stands for "somewhere within": the area under it stays nearly clear.
HATCH_SPACING_MM = 1.5
HATCH_FILL_SHARE = 0.25
HATCH_POINTS = 0.55

#: An aeroplane seen from above, as it heads north.
_AEROPLANE = [(0, 1.3), (0.2, 0.95), (0.2, 0.35), (1.25, -0.3), (1.25, -0.6), (0.2, -0.2), (0.15, -0.85), (0.5, -1.15)]
_AEROPLANE += [(0.5, -1.35), (0, -1.2)]

MARKERS: dict[str, Any] = {
    "circle": "o",
    "square": "s",
    "triangle": "^",
    "diamond": "D",
    "star": "*",
    "cross": "P",
    "ring": "o",
    "pentagon": "p",
    "hexagon": "h",
    "pin": "v",
    "airport": Path([*_AEROPLANE, *((-x, y) for x, y in reversed(_AEROPLANE[1:-1])), (0, 1.3)], closed=True),
}


@dataclass(frozen=True)
class PrintLayer:
    """A layer ready for paper: its rows that have a place, lon-lat, and its rows of the legend."""

    id: str
    title: str
    frame: GeoDataFrame
    style: Style
    legend: Sequence[LegendRow] = ()
    opacity: float = 1.0


@dataclass(frozen=True)
class Ink:
    """How one feature, or one swatch, is drawn."""

    fill: str
    fill_opacity: float
    stroke: str
    width: float
    dash: str
    pattern: str
    symbol: str
    radius: float
    opacity: float = 1.0

    @property
    def face(self) -> tuple[float, ...]:
        """The fill with its opacity; hatching leaves the ground nearly clear."""
        share = 0.0 if self.pattern == "none" else HATCH_FILL_SHARE if self.pattern in HATCHINGS else 1.0
        return to_rgba(self.fill, self.fill_opacity * share * self.opacity)

    @property
    def edge(self) -> tuple[float, ...]:
        """The outline with its opacity."""
        return to_rgba(self.stroke, self.opacity)

    @property
    def hatching(self) -> tuple[float, ...]:
        """The lines of a hatching."""
        return to_rgba(self.fill, 0.9 * self.opacity)

    @property
    def points(self) -> float:
        """Width of the outline in points."""
        return self.width * POINTS_A_PIXEL

    @property
    def line(self) -> Any:
        """A dash pattern of CSS pixels as matplotlib takes it: in widths of the line."""
        try:
            lengths = [max(float(part) / max(self.width, 0.1), 0.1) for part in self.dash.replace(",", " ").split()]
        except ValueError:
            return "-"
        return (0.0, lengths if len(lengths) % 2 == 0 else lengths * 2) if lengths else "-"


def ink_of(style: Style, colour: str, opacity: float = 1.0, stroke: str = "") -> Ink:
    """The ink of a style in one of its colours."""
    return Ink(
        fill=colour,
        fill_opacity=style.fill_opacity,
        stroke=stroke or style.stroke,
        width=style.stroke_width,
        dash=style.dash,
        pattern=style.pattern,
        symbol=style.symbol,
        radius=style.radius,
        opacity=opacity,
    )


def _coloured(layer: PrintLayer) -> Iterator[tuple[Ink, NDArray[np.object_]]]:
    """The layer's geometries by colour."""
    style = layer.style
    geometries = layer.frame.geometry.to_numpy()
    if not (style.category and style.palette and style.category in layer.frame):
        yield ink_of(style, style.fill, layer.opacity), geometries
        return
    values = layer.frame[style.category].astype(str).to_numpy()
    colours = np.array([style.palette.get(value, UNKNOWN) for value in values])
    for colour in dict.fromkeys(colours.tolist()):
        yield ink_of(style, colour, layer.opacity), geometries[colours == colour]


def seen(geometries: NDArray[np.object_], frame: Frame) -> NDArray[np.object_]:
    """Geometries in the plane, single parts only, cut a little beyond the frame."""
    rim = 0.03 * max(frame.east - frame.west, frame.north - frame.south)
    window = (frame.west - rim, frame.south - rim, frame.east + rim, frame.north + rim)
    lonlat = shapely.bounds(from_plane(shapely.segmentize(shapely.box(*window), rim)))
    near = geometries[shapely.intersects(geometries, shapely.box(*lonlat))]
    if not len(near):
        return near
    near = _distinct(near)
    cut = shapely.clip_by_rect(shapely.make_valid(to_plane(near)), *window)
    parts = shapely.get_parts(shapely.get_parts(cut))
    return np.asarray(parts[~shapely.is_empty(parts)], object)


def _distinct(geometries: NDArray[np.object_]) -> NDArray[np.object_]:
    """Each shape once: many statements about one district must not darken it."""
    first = np.unique(shapely.to_wkb(geometries), return_index=True)[1]
    return geometries[np.sort(first)]


def path_of(polygon: Any) -> Path:
    """A polygon with its holes as one path."""
    rings = [np.asarray(ring.coords)[:, :2] for ring in (polygon.exterior, *polygon.interiors)]
    codes = [np.full(len(ring), Path.LINETO, dtype=Path.code_type) for ring in rings]
    for code in codes:
        code[0], code[-1] = Path.MOVETO, Path.CLOSEPOLY
    return Path(np.concatenate(rings), np.concatenate(codes))


def _draw_areas(axes: Axes, polygons: Sequence[Any], ink: Ink, z: float, frame: Frame) -> None:
    _draw_hatching(axes, polygons, ink, z, frame)
    collection = PathCollection(
        [path_of(polygon) for polygon in polygons],
        facecolor=ink.face,
        edgecolor=ink.edge,
        linewidth=ink.points,
        linestyle=ink.line,
        zorder=z,
    )
    axes.add_collection(collection, autolim=False)


def _draw_hatching(axes: Axes, polygons: Sequence[Any], ink: Ink, z: float, frame: Frame) -> None:
    spacing = HATCH_SPACING_MM * frame.metres_a_mm
    courses = hatch_lines(shapely.union_all(polygons), ink.pattern, spacing) if ink.pattern in HATCHINGS else []
    if courses:
        lines = LineCollection(courses, colors=[ink.hatching], linewidth=HATCH_POINTS, zorder=z + 0.1)
        axes.add_collection(lines, autolim=False)


def _draw_lines(axes: Axes, lines: Sequence[Any], ink: Ink, z: float) -> None:
    courses = [np.asarray(line.coords)[:, :2] for line in lines]
    collection = LineCollection(
        courses, colors=[ink.edge], linewidth=max(ink.points, 0.4), linestyle=ink.line, zorder=z, capstyle="round"
    )
    axes.add_collection(collection, autolim=False)


def draw_symbols(axes: Axes, places: NDArray[np.float64], ink: Ink, z: float) -> None:
    """Symbols at points (n, 2) of the axes; a ring is a circle without a fill."""
    is_ring = ink.symbol == "ring"
    axes.scatter(
        places[:, 0],
        places[:, 1],
        s=(2.0 * ink.radius * POINTS_A_PIXEL * MARKER_SCALES.get(ink.symbol, 1.0)) ** 2,
        marker=MARKERS.get(ink.symbol, "o"),
        facecolor="none" if is_ring else to_rgba(ink.fill, max(ink.fill_opacity, 0.75) * ink.opacity),
        edgecolor=ink.edge,
        linewidth=max(ink.points, 0.35),
        zorder=z,
    )


def line_ink(layer: PrintLayer, ink: Ink) -> Ink:
    """Lines of a layer with categories take the colour of their category."""
    if not (layer.style.category and layer.style.palette):
        return ink
    return ink_of(layer.style, ink.fill, ink.opacity, stroke=ink.fill)


def draw_layer(axes: Axes, layer: PrintLayer, frame: Frame, z: float) -> None:
    """All features of a layer that the frame shows: areas below, lines on them, symbols on top."""
    for ink, geometries in _coloured(layer):
        parts = seen(geometries, frame)
        kinds: Mapping[str, list[Any]] = {"Polygon": [], "LineString": [], "Point": []}
        for part in parts:
            kinds["LineString" if part.geom_type == "LinearRing" else part.geom_type].append(part)
        if kinds["Polygon"]:
            _draw_areas(axes, kinds["Polygon"], ink, z, frame)
        if kinds["LineString"]:
            _draw_lines(axes, kinds["LineString"], line_ink(layer, ink), z + 0.2)
        if kinds["Point"]:
            draw_symbols(axes, shapely.get_coordinates(kinds["Point"]), ink, z + 0.4)
