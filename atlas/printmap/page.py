"""Sheets of paper and where things stand on them, in millimetres from the lower left corner."""

from __future__ import annotations

from dataclasses import dataclass

#: Width and height in landscape; ``report`` is a picture for a page of text.
SIZES = {"A4": (297.0, 210.0), "A3": (420.0, 297.0), "16:9": (338.667, 190.5), "report": (200.0, 138.0)}
DOTS_AN_INCH = {"A4": 300, "A3": 300, "16:9": 300, "report": 220}

GAP = 4.0
#: Room on every side of the map for the labels of the graticule.
GRATICULE_RIM = 5.0
#: The legend's share of the sheet: beside the map, or below it on an upright sheet.
LEGEND_WIDTH = 62.0
LARGEST_LEGEND_SHARE = 0.25
LEGEND_HEIGHT_SHARE = 0.2
#: The side of the small map on an upright sheet, and its largest share of the column beside the map.
INSET_MM = 42.0
LARGEST_INSET_SHARE = 0.38
TITLE_LINES = 2


def margin(size: str) -> float:
    """White around the sheet; a picture stands on a page that has its own."""
    return 1.0 if size == "report" else 9.0


def title_points(size: str) -> float:
    """The size of the title."""
    return 11.0 if size == "report" else 16.0


@dataclass(frozen=True)
class Box:
    """A rectangle on the sheet."""

    x: float
    y: float
    width: float
    height: float

    @property
    def top(self) -> float:
        """The upper edge."""
        return self.y + self.height

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + self.width


@dataclass(frozen=True)
class Page:
    """A sheet with a place for each part of the map; ``inset`` is for the small map, if the sheet has one."""

    width: float
    height: float
    dots_an_inch: int
    title: Box
    map: Box
    legend: Box
    notes: Box
    inset: Box | None = None


@dataclass(frozen=True)
class Heights:
    """What the words of a sheet need, in millimetres."""

    title: float
    notes: float
    legend: float


def paper(size: str, orientation: str) -> tuple[float, float]:
    """Width and height of a sheet. Raises KeyError for an unknown size."""
    width, height = SIZES[size]
    return (height, width) if orientation == "portrait" else (width, height)


def inner_width(size: str, orientation: str) -> float:
    """How wide text across the sheet may be."""
    return paper(size, orientation)[0] - 2 * margin(size)


def legend_width(size: str, orientation: str, has_inset: bool) -> float:
    """How wide the legend is: beside the map, or below it on an upright sheet, where the small map stands beside it."""
    width, height = paper(size, orientation)
    if width > height:
        return min(LEGEND_WIDTH, width * LARGEST_LEGEND_SHARE)
    return inner_width(size, orientation) - (INSET_MM + GAP if has_inset else 0.0)


def legend_room(size: str, orientation: str, heights: Heights, has_inset: bool) -> float:
    """How high the legend may be."""
    width, height = paper(size, orientation)
    if width <= height:
        return height * LEGEND_HEIGHT_SHARE
    column = height - 2 * margin(size) - heights.title - heights.notes - 1.5 * GAP - 2 * GRATICULE_RIM
    return column - (_inset_height(legend_width(size, orientation, True), column) + GAP if has_inset else 0.0)


def _inset_height(width: float, column: float) -> float:
    return min(width, column * LARGEST_INSET_SHARE)


def page_of(size: str, orientation: str, heights: Heights, has_inset: bool = False) -> Page:
    """The sheet with title above, notes below, the legend beside the map or, upright, between map and notes.

    Raises KeyError for an unknown size.
    """
    width, height = paper(size, orientation)
    rim, inner = margin(size), inner_width(size, orientation)
    title = Box(rim, height - rim - heights.title, inner, heights.title)
    notes = Box(rim, rim, inner, heights.notes)
    parts = _beside if width > height else _below
    chart, legend, inset = parts(rim, inner, notes.top + GAP, title.y - GAP / 2 - GRATICULE_RIM, heights, has_inset)
    return Page(width, height, DOTS_AN_INCH[size], title, chart, legend, notes, inset)


def _beside(
    rim: float, inner: float, below: float, above: float, heights: Heights, has_inset: bool
) -> tuple[Box, Box, Box | None]:
    """Map, legend and small map of a sheet on its side: legend and small map in a column."""
    column = min(LEGEND_WIDTH, (inner + 2 * rim) * LARGEST_LEGEND_SHARE)
    bottom = below + GRATICULE_RIM
    chart = Box(rim + GRATICULE_RIM, bottom, inner - column - GAP - 2 * GRATICULE_RIM, above - bottom)
    left = rim + inner - column
    inset = Box(left, bottom, column, _inset_height(column, above - bottom)) if has_inset else None
    return chart, Box(left, above - heights.legend, column, heights.legend), inset


def _below(
    rim: float, inner: float, below: float, above: float, heights: Heights, has_inset: bool
) -> tuple[Box, Box, Box | None]:
    """Map, legend and small map of an upright sheet: a band under the map."""
    band = max(heights.legend, INSET_MM if has_inset else 0.0)
    inset = Box(rim + inner - INSET_MM, below, INSET_MM, band) if has_inset else None
    legend = Box(rim, below, inner - (INSET_MM + GAP if has_inset else 0.0), band)
    bottom = legend.top + GAP + GRATICULE_RIM
    return Box(rim + GRATICULE_RIM, bottom, inner - 2 * GRATICULE_RIM, above - bottom), legend, inset
