"""How layers look, as data: palettes that colour-blind readers can tell apart, classes of a number, legend rows.

Nothing here draws. A page, an exported file and a printed map take the same rows and colours from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import ArrayLike, NDArray

from layers.types import GeometryKind, LayerSpec, Style

#: The one colour that asks for attention: a selected feature, a button.
ACCENT = "#0b6e7f"
#: Where a number or a category is not known.
UNKNOWN = "#c9d0d4"

#: What the plan says lies inside a place of which nothing else is known.
WITHIN = "somewhere_within"

#: Colours that stay apart under the three common kinds of colour blindness (Okabe and Ito 2008), black left out
#: because outlines and labels use it.
QUALITATIVE = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8a7a00")

#: In which direction the lines of a hatching run, degrees from the x-axis of paper; an even fill has none.
HATCHINGS: Mapping[str, float] = {"hatch": 45.0, "hatch_back": 135.0, "horizontal": 0.0, "vertical": 90.0}
PATTERNS = ("solid", *HATCHINGS, "none")
#: Symbols that every drawing knows: the screen, the exported file, paper, QGIS (which has no aeroplane).
SYMBOLS = ("circle", "square", "triangle", "diamond", "star", "cross", "airport")

#: Anchors of ramps from little to much; each falls steadily in luminance, so that it survives a grey print.
RAMPS: Mapping[str, tuple[str, ...]] = {
    "teal": ("#e2f0f0", "#6fb3bb", "#0b6e7f", "#053b47"),
    "ochre": ("#fbf1dc", "#e3b562", "#a9701a", "#57350a"),
    "slate": ("#eceff2", "#a9b6c1", "#5c6f7f", "#26323c"),
}


@dataclass(frozen=True)
class LegendRow:
    """One line of a legend. ``group`` is the title of its layer; colours as #rrggbb, widths in CSS pixels."""

    label: str
    colour: str
    stroke: str
    pattern: str = "solid"
    symbol: str = "circle"
    geometry: str = GeometryKind.POLYGON.value
    dash: str = ""
    fill_opacity: float = 1.0
    stroke_width: float = 1.2
    layer: str = ""
    group: str = ""


_KINDS = {
    "Point": GeometryKind.POINT,
    "LineString": GeometryKind.LINE,
    "LinearRing": GeometryKind.LINE,
    "Polygon": GeometryKind.POLYGON,
}


def drawn_kind(geometry_types: Iterable[str | None], otherwise: str) -> str:
    """What features of these GeoJSON types draw: point, line, polygon, or mixed; ``otherwise`` where there are none.

    A legend shows no more than is drawn: a register of areas of which only points are known has a symbol, no swatch.
    """
    found = {_KINDS.get(name.removeprefix("Multi"), GeometryKind.MIXED).value for name in geometry_types if name}
    return otherwise if not found else found.pop() if len(found) == 1 else GeometryKind.MIXED.value


def own_style(layer_id: str) -> Style:
    """The look of a layer that comes without one: by its id, so that it stays, and unlike what lies beside it.

    Colour, hatching, dashes and symbol all differ from layer to layer, so that most pairs can be told apart without
    colour; the hatching of what lies "somewhere within" a place is left to that.
    """
    number = crc32(layer_id.encode())
    colour = QUALITATIVE[number % len(QUALITATIVE)]
    patterns = [name for name in HATCHINGS if name != "hatch"]
    symbols = [name for name in SYMBOLS if name != "airport"]
    return Style(
        fill=colour,
        fill_opacity=0.5,
        stroke=colour,
        stroke_width=1.6,
        dash=("", "6 3", "2 3", "8 3 2 3")[number // 7 % 4],
        pattern=patterns[number // 7 % len(patterns)],
        symbol=symbols[number // 49 % len(symbols)],
    )


def designation_style(style: Style, within: bool) -> Style:
    """How a statement of the plan is drawn: hatched where something lies within a place, nearly clear where it *is*."""
    kept = replace(style, category="", palette={}, label="place")
    return replace(kept, pattern="hatch") if within else replace(kept, pattern="solid", fill_opacity=0.05, label="")


class Classes(NamedTuple):
    """Classes of a number: ``breaks`` are the n + 1 bounds in ascending order, ``colours`` the n fills."""

    breaks: tuple[float, ...]
    colours: tuple[str, ...]


def legend_rows(spec: LayerSpec, language: str) -> tuple[LegendRow, ...]:
    """One row a colour of the palette, or one row for a layer drawn in one colour."""
    style = spec.style
    title = spec.titled(language)
    if not (style.category and style.palette):
        return (_row(spec, style, title, style.fill, title),)
    return tuple(_row(spec, style, value, colour, title) for value, colour in style.palette.items())


def _row(spec: LayerSpec, style: Style, label: str, colour: str, title: str) -> LegendRow:
    is_line = spec.geometry is GeometryKind.LINE
    return LegendRow(
        label=label,
        colour=colour,
        stroke=colour if is_line and style.category else style.stroke,
        pattern=style.pattern,
        symbol=style.symbol,
        geometry=spec.geometry.value,
        dash=style.dash,
        fill_opacity=style.fill_opacity,
        stroke_width=style.stroke_width,
        layer=spec.id,
        group=title,
    )


def classed_style(values: ArrayLike, n_classes: int = 5, palette: str = "teal") -> Classes:
    """Classes with about equally many values each, and a ramp of colours.

    ``values`` is one-dimensional; NaN is left out. Ties are never split, so there may be fewer classes than asked for;
    with no value at all both parts are empty. Raises KeyError for an unknown palette.
    """
    known = np.asarray(values, dtype=np.float64)
    known = known[np.isfinite(known)]
    if not len(known):
        return Classes((), ())
    bounds = np.unique(np.quantile(known, np.linspace(0.0, 1.0, n_classes + 1), method="lower"))
    if len(bounds) == 1:
        bounds = np.repeat(bounds, 2)
    return Classes(tuple(float(bound) for bound in bounds), ramp(palette, len(bounds) - 1))


def class_numbers(values: ArrayLike, breaks: Iterable[float]) -> NDArray[np.int64]:
    """The class of each value, counted from 0; -1 where it is unknown. A value on a bound is in the class above it."""
    numbers = np.asarray(values, dtype=np.float64)
    bounds = np.asarray(tuple(breaks), dtype=np.float64)
    if not len(bounds):
        return np.full(numbers.shape, -1, dtype=np.int64)
    found = np.clip(np.searchsorted(bounds, numbers, side="right") - 1, 0, len(bounds) - 2)
    return np.where(np.isfinite(numbers), found, -1).astype(np.int64)


def class_labels(breaks: Iterable[float]) -> tuple[str, ...]:
    """``low – high`` for each class, in the same order as its colours."""
    bounds = [f"{bound:,.6g}" if abs(bound) < 1e6 else f"{bound:,.0f}" for bound in breaks]
    return tuple(f"{low} – {high}" for low, high in zip(bounds, bounds[1:], strict=False))


def ramp(name: str, count: int) -> tuple[str, ...]:
    """``count`` colours from little to much, evenly spaced along a ramp of :data:`RAMPS`."""
    anchors = np.array([_channels(colour) for colour in RAMPS[name]], dtype=np.float64)
    places = np.linspace(0.0, 1.0, count) if count > 1 else np.array([0.6])
    steps = np.linspace(0.0, 1.0, len(anchors))
    mixed = np.column_stack([np.interp(places, steps, anchors[:, channel]) for channel in range(3)])
    return tuple("#{:02x}{:02x}{:02x}".format(*np.rint(colour).astype(int)) for colour in mixed)


def _channels(colour: str) -> tuple[int, int, int]:
    """Red, green and blue of #rrggbb, 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
