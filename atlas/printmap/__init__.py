"""A map for paper: PNG, SVG or PDF with everything that lets a reader trust it, or know that it must not be published.

Drawn in EPSG:4549. Uses no clock: the same layers, words and date give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from threading import RLock
from typing import Any

from geopandas import GeoDataFrame
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from atlas.printmap import furniture
from atlas.printmap.features import PrintLayer, draw_layer
from atlas.printmap.framing import Bounds, Frame, frame_of
from atlas.printmap.labels import draw_labels, place_labels, symbol_places, wishes_of
from atlas.printmap.lettering import drawable, line_mm, wrapped
from atlas.printmap.page import SIZES, TITLE_LINES, Box, Page, inner_width, page_of, title_points
from atlas.texts import text
from layers.types import Style

__all__ = ["FORMATS", "PrintLayer", "print_map"]

FORMATS = ("png", "svg", "pdf")
SEA = "#e6eff3"
GROUND = "#f7f7f4"
LAND = Style(fill="#f4f1e8", fill_opacity=1.0, stroke="#c9c4b4", stroke_width=0.5)

#: matplotlib's settings belong to the whole process, so that one map is drawn at a time.
_DRAWING = RLock()

#: Type embedded whole as TrueType, signs of SVG as outlines, names inside SVG derived from the content.
SETTINGS: Any = {
    "pdf.fonttype": 42,
    "svg.fonttype": "path",
    "svg.hashsalt": "printed map",
    "axes.unicode_minus": False,
    "text.usetex": False,
    "path.simplify": True,
}


@dataclass(frozen=True)
class _Words:
    """Everything written on the map."""

    title: Sequence[str]
    title_points: float
    note: furniture.Note
    stamps: Sequence[str]
    language: str


def print_map(
    layers: Sequence[PrintLayer],
    *,
    bounds: Bounds,
    title: str,
    size: str = "A4",
    orientation: str = "landscape",
    language: str = "zh",
    fmt: str = "pdf",
    sources: Sequence[str] = (),
    compiler: str = "",
    date: str = "",
    approval_number: str | None = None,
    stamps: Sequence[str] = (),
    land: GeoDataFrame | None = None,
) -> bytes:
    """Layers on a sheet as the bytes of one file.

    ``bounds`` west, south, east, north in degrees; all of it is shown, with more beside it to fill the sheet. ``size``
    A4, A3, 16:9, or report for a picture on a page of text; ``fmt`` png, svg or pdf; ``date`` ISO. Without an
    ``approval_number`` of this very export the map says that it must not be published. ``land`` (lon-lat polygons),
    if given, is the pale ground under all layers.
    Raises ValueError for an unknown size or format.
    """
    if fmt not in FORMATS or size not in SIZES:
        raise ValueError(fmt if fmt not in FORMATS else size)
    words = _words(title, sources, compiler, date, approval_number, stamps, language, size, orientation)
    title_height = line_mm(words.title_points) * len(words.title) + 1.0
    page = page_of(size, orientation, title_height, words.note.height + 1.0)
    with _DRAWING, rc_context(SETTINGS):
        figure = _figure(page)
        frame = _draw_map(figure, page, layers, land, bounds, words)
        _draw_around(figure, page, layers, words, frame)
        return _written(figure, page, fmt, title, date)


def _words(
    title: str,
    sources: Sequence[str],
    compiler: str,
    date: str,
    approval_number: str | None,
    stamps: Sequence[str],
    language: str,
    size: str,
    orientation: str,
) -> _Words:
    width = inner_width(size, orientation)
    height = SIZES[size][0 if orientation == "portrait" else 1]
    facts = [text("printmap.date", language, date=date)] if date else []
    if compiler:
        facts.insert(0, text("printmap.compiler", language, compiler=compiler))
    if approval_number:
        facts.append(text("printmap.approval", language, number=approval_number))
    notes = [" · ".join(facts), text("printmap.frame", language)]
    if sources:
        notes += [text("printmap.sources", language), *sources]
    note = furniture.note_of([drawable(note) for note in notes if note], width, height * furniture.NOTES_SHARE)
    must = [] if approval_number else [text("stamp.not_approved", language)]
    shown = tuple(dict.fromkeys([*stamps, *must]))
    points = title_points(size)
    return _Words(wrapped(title, width, points, TITLE_LINES, bold=True).lines, points, note, shown, language)


def _figure(page: Page) -> Figure:
    figure = Figure(figsize=(page.width / 25.4, page.height / 25.4), dpi=page.dots_an_inch, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def _axes(figure: Figure, page: Page, frame: Frame) -> Axes:
    box = page.map
    axes = figure.add_axes((box.x / page.width, box.y / page.height, box.width / page.width, box.height / page.height))
    axes.set(xlim=(frame.west, frame.east), ylim=(frame.south, frame.north), xticks=(), yticks=())
    for spine in axes.spines.values():
        spine.set_visible(False)
    return axes


def _draw_map(
    figure: Figure, page: Page, layers: Sequence[PrintLayer], land: GeoDataFrame | None, bounds: Bounds, words: _Words
) -> Frame:
    frame = frame_of(bounds, page.map.width, page.map.height)
    axes = _axes(figure, page, frame)
    knows_land = land is not None or any(layer.id == "land" for layer in layers)
    axes.set_facecolor(SEA if knows_land else GROUND)
    if land is not None:
        draw_layer(axes, PrintLayer("land", "", land, LAND), frame, 0.0)
    ordered = sorted(layers, key=lambda layer: layer.style.z)
    for number, layer in enumerate(ordered):
        draw_layer(axes, layer, frame, 10.0 + number)
    drawn = furniture.Sheet(figure, page)
    furniture.draw_graticule(axes, drawn, frame, page.map)
    taken = _draw_on_map(drawn, frame, page, words)
    by_layer = [wish for layer in reversed(ordered) for wish in wishes_of(layer, frame)]
    wishes = sorted(by_layer, key=lambda wish: not wish.is_area)
    draw_labels(axes, place_labels(wishes, frame, [*taken, *symbol_places(ordered, frame)]), frame)
    return frame


def _draw_on_map(
    drawn: furniture.Sheet, frame: Frame, page: Page, words: _Words
) -> list[tuple[float, float, float, float]]:
    """Furniture inside the map; the rectangles (millimetres on the map) that no label may enter."""
    boxes = [
        *furniture.draw_stamps(drawn, words.stamps, page.map),
        furniture.draw_north(drawn, frame, page.map, words.language),
        furniture.draw_scale(drawn, frame, page.map, words.language),
    ]
    furniture.draw_frame(drawn, page.map)
    return [_within(box, page.map) for box in boxes]


def _within(box: Box, chart: Box) -> tuple[float, float, float, float]:
    return box.x - chart.x, box.y - chart.y, box.right - chart.x, box.top - chart.y


def _draw_around(figure: Figure, page: Page, layers: Sequence[PrintLayer], words: _Words, frame: Frame) -> None:
    drawn = furniture.Sheet(figure, page)
    furniture.draw_title(drawn, words.title, words.title_points, page.title)
    uppermost_first = sorted(layers, key=lambda layer: -layer.style.z)
    furniture.draw_legend(drawn, furniture.legend_entries(uppermost_first), page.legend, words.language)
    furniture.draw_note(drawn, words.note, page.notes)


def _moment(date: str) -> datetime | None:
    try:
        return datetime.fromisoformat(date).replace(tzinfo=UTC)
    except ValueError:
        return None


def _written(figure: Figure, page: Page, fmt: str, title: str, date: str) -> bytes:
    moment = _moment(date)
    about: dict[str, Any] = {"Title": drawable(title)[:200]}
    if fmt == "pdf":
        about |= {"CreationDate": moment, "Producer": None, "Creator": None}
    elif fmt == "svg":
        about |= {"Date": moment.date().isoformat() if moment else None, "Creator": None}
    else:
        about |= {"Software": None}
    target = BytesIO()
    figure.savefig(target, format=fmt, dpi=page.dots_an_inch, metadata=about)
    return target.getvalue()
