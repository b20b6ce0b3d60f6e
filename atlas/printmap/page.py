"""Sheets of paper and where things stand on them, in millimetres from the lower left corner."""

from __future__ import annotations

from dataclasses import dataclass

#: Width and height in landscape; ``report`` is a picture for a page of text.
SIZES = {"A4": (297.0, 210.0), "A3": (420.0, 297.0), "16:9": (338.667, 190.5), "report": (200.0, 138.0)}
DOTS_AN_INCH = {"A4": 300, "A3": 300, "16:9": 192, "report": 220}

GAP = 4.0
#: Room left and below the map for the labels of the graticule.
GRATICULE_RIM = 5.0
#: The legend's share of the sheet: beside the map, or below it on an upright sheet.
LEGEND_WIDTH = 62.0
LARGEST_LEGEND_SHARE = 0.25
LEGEND_HEIGHT_SHARE = 0.18
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
    """A sheet with a place for each part of the map."""

    width: float
    height: float
    dots_an_inch: int
    title: Box
    map: Box
    legend: Box
    notes: Box


def page_of(size: str, orientation: str, title_height: float, notes_height: float) -> Page:
    """The sheet with title above, notes below, the legend beside the map or, upright, between map and notes.

    Raises KeyError for an unknown size.
    """
    width, height = SIZES[size] if orientation != "portrait" else SIZES[size][::-1]
    rim = margin(size)
    inner = width - 2 * rim
    beside = min(LEGEND_WIDTH, width * LARGEST_LEGEND_SHARE)
    title = Box(rim, height - rim - title_height, inner, title_height)
    notes = Box(rim, rim, inner, notes_height)
    below, above = notes.top + GAP, title.y - GAP / 2
    if width > height:
        legend = Box(width - rim - beside, below + GRATICULE_RIM, beside, above - below - GRATICULE_RIM)
        chart = Box(
            rim + GRATICULE_RIM,
            below + GRATICULE_RIM,
            inner - beside - GAP - GRATICULE_RIM,
            above - below - GRATICULE_RIM,
        )
    else:
        legend = Box(rim, below, inner, height * LEGEND_HEIGHT_SHARE)
        bottom = legend.top + GAP + GRATICULE_RIM
        chart = Box(rim + GRATICULE_RIM, bottom, inner - GRATICULE_RIM, above - bottom)
    return Page(width, height, DOTS_AN_INCH[size], title, chart, legend, notes)


def inner_width(size: str, orientation: str) -> float:
    """How wide text across the sheet may be."""
    width, height = SIZES[size]
    return (height if orientation == "portrait" else width) - 2 * margin(size)
