"""One sheet: what stands on it, and how it is put together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from geopandas import GeoDataFrame
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure

from atlas.printmap import contents, furniture, inset, legend
from atlas.printmap.contents import ContentsLine
from atlas.printmap.corners import emptiest
from atlas.printmap.features import PrintLayer, draw_layer, path_of, seen
from atlas.printmap.framing import RIM, Bounds, Frame, at_scale, frame_of, ratio_of, round_ratio
from atlas.printmap.inset import Overview
from atlas.printmap.labels import draw_labels, symbol_places, wishes_of
from atlas.printmap.lettering import drawable, line_mm, unknown_signs, wrapped
from atlas.printmap.page import (
    SIZES,
    TITLE_LINES,
    Box,
    Heights,
    Page,
    inner_width,
    legend_room,
    legend_width,
    page_of,
    paper,
    title_points,
)
from atlas.printmap.placing import Rectangle, Wish, place_labels
from atlas.texts import text
from layers.errors import DataError
from layers.types import Style

#: What is not land is sea as far as the land layer reaches; beyond it nothing is known.
SEA = Style(fill="#d8e7ee", fill_opacity=1.0, stroke_width=0.0)
UNKNOWN_GROUND = "#f7f7f4"
#: What a page of a series is not about fades this much, below its labels.
VEIL_OPACITY, VEIL_Z = 0.62, 4600
FOCUS_COLOUR, FOCUS_POINTS = "#22303a", 1.1
#: Outlines that may be farther off than this on paper look more exact than they are.
COARSE_MM = 2.0
#: As many signs without a glyph are named; the rest is counted.
SIGNS_NAMED = 12


@dataclass(frozen=True)
class MapSheet:
    """Everything that one sheet shows and says.

    ``bounds`` west, south, east, north in degrees; all of it is shown, with more beside it to fill the sheet, unless
    ``scale`` states the n of 1:n; with ``round_scale`` the largest round scale is taken that shows all of it.
    ``size`` A4, A3, 16:9, or report for a picture on a page of text; ``date`` ISO. Without an ``approval_number`` of
    this very export the sheet says that it must not be published. ``overview`` is what the small map is drawn from.
    ``focus`` is the lon-lat geometry that a page of a series is about: the rest is dimmed. ``lead`` stands before the
    sources; ``contents``, where given, takes the place of the legend. ``accuracy_m`` is the worst CE95 of the outlines.
    """

    layers: Sequence[PrintLayer]
    bounds: Bounds
    title: str
    size: str = "A4"
    orientation: str = "landscape"
    language: str = "zh"
    scale: float | None = None
    round_scale: bool = False
    sources: Sequence[str] = ()
    compiler: str = ""
    date: str = ""
    approval_number: str | None = None
    stamps: Sequence[str] = ()
    overview: Overview | None = None
    focus: Any = None
    lead: Sequence[str] = ()
    page_words: str = ""
    contents: Sequence[ContentsLine] = ()
    accuracy_m: float | None = None

    @property
    def has_inset(self) -> bool:
        """Whether there is a small map."""
        return self.overview is not None

    @property
    def all_stamps(self) -> tuple[str, ...]:
        """The stamps, that the map has not been approved where it has not, and that its scale asks too much of it."""
        must = [] if self.approval_number else [text("stamp.not_approved", self.language)]
        return tuple(dict.fromkeys([*self.stamps, *must, *self._coarse()]))

    def _coarse(self) -> list[str]:
        on_paper = 0.0 if self.accuracy_m is None else self.accuracy_m * 1_000.0 / ratio_of(self.frame)
        if on_paper <= COARSE_MM:
            return []
        return [text("printmap.coarse", self.language, accuracy=f"{self.accuracy_m:,.0f}", paper=f"{on_paper:.0f}")]

    @cached_property
    def title_lines(self) -> tuple[str, ...]:
        """The title as it is set."""
        width = inner_width(self.size, self.orientation)
        return wrapped(self.title, width, title_points(self.size), TITLE_LINES, bold=True).lines

    @cached_property
    def note(self) -> furniture.Note:
        """The small print below the map."""
        width = inner_width(self.size, self.orientation)
        highest = paper(self.size, self.orientation)[1] * furniture.NOTES_SHARE
        return furniture.note_of([drawable(note) for note in self._notes() if note], width, highest)

    def _notes(self) -> list[str]:
        facts = [text("printmap.date", self.language, date=self.date)] if self.date else []
        if self.compiler:
            facts.insert(0, text("printmap.compiler", self.language, compiler=self.compiler))
        if self.approval_number:
            facts.append(text("printmap.approval", self.language, number=self.approval_number))
        notes = [*self.lead, " · ".join(facts), text("printmap.frame", self.language), self._unknown_signs()]
        return [*notes, text("printmap.sources", self.language), *self.sources] if self.sources else notes

    def _unknown_signs(self) -> str:
        """Which signs are drawn as squares because no typeface has them; a reader must not take a square for a sign."""
        signs = unknown_signs(" ".join(self._words()))
        if not signs:
            return ""
        named = ", ".join(f"U+{ord(sign):04X}" for sign in signs[:SIGNS_NAMED])
        return text("printmap.unknown_signs", self.language, count=len(signs), signs=named)

    def _words(self) -> Iterable[str]:
        yield from (self.title, self.compiler, *self.sources, *self.lead, *self.stamps)
        yield from (line.name for line in self.contents)
        for layer in self.layers:
            yield layer.title
            yield from (row.label for row in layer.legend)
            if layer.style.label in layer.frame:
                yield from layer.frame[layer.style.label].dropna().astype(str)

    @cached_property
    def shelves(self) -> legend.Shelves:
        """The legend as it is set."""
        uppermost_first = sorted(self.layers, key=lambda layer: -layer.style.z)
        width = legend_width(self.size, self.orientation, self.has_inset)
        return legend.shelves_of(legend.legend_entries(uppermost_first), width, self._legend_room())

    def _legend_room(self) -> float:
        return legend_room(self.size, self.orientation, self._heights(0.0), self.has_inset)

    def _heights(self, legend_height: float) -> Heights:
        title = line_mm(title_points(self.size)) * len(self.title_lines) + 1.0
        return Heights(title, self.note.height + 1.0, legend_height)

    @cached_property
    def page(self) -> Page:
        """Where everything stands. Raises ValueError for an unknown size."""
        if self.size not in SIZES:
            raise ValueError(self.size)
        height = self._legend_room() if self.contents else self.shelves.height
        return page_of(self.size, self.orientation, self._heights(height), self.has_inset)

    @cached_property
    def frame(self) -> Frame:
        """What the map shows. Raises DataError ``scale_too_large`` where the stated scale cannot show all of it."""
        fitted = frame_of(self.bounds, self.page.map.width, self.page.map.height)
        if self.round_scale:
            return at_scale(fitted, round_ratio(ratio_of(fitted) / (1 + 2 * RIM)))
        if self.scale is None:
            return fitted
        smallest = ratio_of(fitted) / (1 + 2 * RIM)
        if self.scale < smallest * (1 - 1e-6):
            needed = f"1:{round_ratio(smallest):,.0f}"
            raise DataError("scale_too_large", scale=f"1:{self.scale:,.0f}", smallest=needed, size=self.size)
        return at_scale(fitted, self.scale)


def draw(sheet: MapSheet) -> Figure:
    """The sheet as a figure of matplotlib; call with the settings of the package in force."""
    page = sheet.page
    figure = Figure(figsize=(page.width / 25.4, page.height / 25.4), dpi=page.dots_an_inch, facecolor="white")
    FigureCanvasAgg(figure)
    axes = _map_axes(figure, page, page.map, sheet.frame)
    _draw_ground_and_layers(axes, sheet, sheet.frame)
    drawn = furniture.Sheet(figure, page)
    furniture.draw_graticule(axes, drawn, sheet.frame, page.map)
    detail = _draw_inset(figure, drawn, sheet)
    if detail is not None:
        inset.draw_extent(axes, detail)
    if sheet.focus is not None:
        _draw_focus(axes, sheet)
    taken = _draw_on_map(drawn, sheet)
    _draw_names(axes, sheet, taken)
    _draw_around(drawn, sheet)
    return figure


def _map_axes(figure: Figure, page: Page, box: Box, frame: Frame) -> Axes:
    axes = figure.add_axes((box.x / page.width, box.y / page.height, box.width / page.width, box.height / page.height))
    axes.set(xlim=(frame.west, frame.east), ylim=(frame.south, frame.north), xticks=(), yticks=())
    for spine in axes.spines.values():
        spine.set_visible(False)
    return axes


def _draw_ground_and_layers(axes: Axes, sheet: MapSheet, frame: Frame) -> None:
    axes.set_facecolor(UNKNOWN_GROUND)
    reaches = [shapely.box(*layer.frame.total_bounds) for layer in sheet.layers if layer.id == "land"]
    sea = GeoDataFrame(geometry=shapely.segmentize(reaches, 0.05), crs="EPSG:4326")
    draw_layer(axes, PrintLayer("sea", "", sea, SEA), frame, 0.0)
    for number, layer in enumerate(_from_below(sheet)):
        draw_layer(axes, layer, frame, 10.0 + number)


def _from_below(sheet: MapSheet) -> list[PrintLayer]:
    return sorted(sheet.layers, key=lambda layer: layer.style.z)


def _draw_inset(figure: Figure, drawn: furniture.Sheet, sheet: MapSheet) -> Frame | None:
    """The small map; the frame of its enlarged part where it is one, to be marked on the large map."""
    overview, box = sheet.overview, sheet.page.inset
    if overview is None or box is None:
        return None
    if inset.is_whole_city(sheet.frame, overview):
        detail = inset.detail_frame(overview, box)
        axes = _map_axes(figure, sheet.page, box, detail)
        _draw_ground_and_layers(axes, sheet, detail)
        wishes = [wish for layer in reversed(_from_below(sheet)) for wish in wishes_of(layer, detail) if wish.is_area]
        rim = inset.draw_rim(drawn, box, text("printmap.inset_detail", sheet.language))
        draw_labels(axes, place_labels(wishes, detail.paper_mm, [_within(rim, box)]), detail)
        return detail
    city = inset.city_frame(overview, box)
    axes = _map_axes(figure, sheet.page, box, city)
    _draw_ground_and_layers(axes, replace(sheet, layers=[layer for layer in sheet.layers if layer.id == "land"]), city)
    inset.draw_locator(axes, overview, city, sheet.frame, sheet.focus)
    inset.draw_rim(drawn, box, text("printmap.inset_locator", sheet.language))
    return None


def _draw_focus(axes: Axes, sheet: MapSheet) -> None:
    """A veil over all that the page is not about, and a firm outline around what it is about."""
    frame = sheet.frame
    parts = [part for part in seen(np.atleast_1d(sheet.focus), frame) if part.geom_type == "Polygon"]
    if not parts:
        return
    rest = shapely.difference(shapely.box(frame.west, frame.south, frame.east, frame.north), shapely.union_all(parts))
    veil = [path_of(part) for part in shapely.get_parts(rest) if part.geom_type == "Polygon"]
    axes.add_collection(
        PathCollection(veil, facecolor="white", edgecolor="none", alpha=VEIL_OPACITY, zorder=VEIL_Z), autolim=False
    )
    outline = [path_of(part) for part in parts]
    axes.add_collection(
        PathCollection(outline, facecolor="none", edgecolor=FOCUS_COLOUR, linewidth=FOCUS_POINTS, zorder=VEIL_Z + 1),
        autolim=False,
    )


def _draw_on_map(drawn: furniture.Sheet, sheet: MapSheet) -> list[Rectangle]:
    """Furniture inside the map; the rectangles (millimetres on the map) that no label may enter."""
    chart, frame = sheet.page.map, sheet.frame
    scale = emptiest(furniture.scale_boxes(frame, chart, sheet.language), chart, frame, sheet.layers, sheet.focus)
    furniture.draw_scale(drawn, frame, chart, scale, sheet.language)
    stamps = furniture.draw_stamps(drawn, sheet.all_stamps, chart)
    north = furniture.draw_north(drawn, frame, chart, sheet.language)
    furniture.draw_frame(drawn, chart)
    return [_within(box, chart) for box in (*stamps, north, scale)]


def _within(box: Box, chart: Box) -> Rectangle:
    return box.x - chart.x, box.y - chart.y, box.right - chart.x, box.top - chart.y


def _draw_names(axes: Axes, sheet: MapSheet, taken: Sequence[Rectangle]) -> None:
    ordered = _from_below(sheet)
    if sheet.contents:
        numbers = contents.wishes(sheet.contents, sheet.frame)
        draw_labels(axes, place_labels(numbers, sheet.frame.paper_mm, taken), sheet.frame)
        return
    by_layer = [wish for layer in reversed(ordered) for wish in wishes_of(layer, sheet.frame, sheet.focus)]
    wishes: list[Wish] = sorted(by_layer, key=lambda wish: (wish.is_dimmed, not wish.is_area))
    symbols = symbol_places(ordered, sheet.frame)
    draw_labels(axes, place_labels(wishes, sheet.frame.paper_mm, taken, symbols), sheet.frame)


def _draw_around(drawn: furniture.Sheet, sheet: MapSheet) -> None:
    page = sheet.page
    furniture.draw_title(drawn, sheet.title_lines, title_points(sheet.size), page.title)
    furniture.draw_note(drawn, sheet.note, page.notes)
    if sheet.page_words:
        furniture.draw_page_number(drawn, sheet.page_words, page)
    if sheet.contents:
        contents.draw_contents(drawn, sheet.contents, page.legend, sheet.language)
    else:
        legend.draw_legend(drawn, sheet.shelves, page.legend, sheet.language)
