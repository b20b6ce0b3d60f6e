"""Sheets of paper and where things stand on them, in millimetres from the lower left corner."""

from __future__ import annotations

from dataclasses import dataclass

#: Width and height in landscape.
SIZES = {"A4": (297.0, 210.0), "A3": (420.0, 297.0), "16:9": (338.667, 190.5)}
DOTS_AN_INCH = {"A4": 300, "A3": 300, "16:9": 192}

MARGIN = 9.0
GAP = 4.0
#: Room left and below the map for the labels of the graticule.
GRATICULE_RIM = 5.0
#: The legend's share of the sheet: beside the map, or below it on an upright sheet.
LEGEND_WIDTH = 62.0
LEGEND_HEIGHT_SHARE = 0.18
TITLE_POINTS = 16.0
TITLE_LINES = 2


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
    inner = width - 2 * MARGIN
    title = Box(MARGIN, height - MARGIN - title_height, inner, title_height)
    notes = Box(MARGIN, MARGIN, inner, notes_height)
    below, above = notes.top + GAP, title.y - GAP / 2
    if width > height:
        legend = Box(width - MARGIN - LEGEND_WIDTH, below + GRATICULE_RIM, LEGEND_WIDTH, above - below - GRATICULE_RIM)
        chart = Box(
            MARGIN + GRATICULE_RIM,
            below + GRATICULE_RIM,
            inner - LEGEND_WIDTH - GAP - GRATICULE_RIM,
            above - below - GRATICULE_RIM,
        )
    else:
        legend = Box(MARGIN, below, inner, height * LEGEND_HEIGHT_SHARE)
        bottom = legend.top + GAP + GRATICULE_RIM
        chart = Box(MARGIN + GRATICULE_RIM, bottom, inner - GRATICULE_RIM, above - bottom)
    return Page(width, height, DOTS_AN_INCH[size], title, chart, legend, notes)


def inner_width(size: str, orientation: str) -> float:
    """How wide text across the sheet may be."""
    width, height = SIZES[size]
    return (height if orientation == "portrait" else width) - 2 * MARGIN
