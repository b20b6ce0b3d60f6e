"""The table of contents of a series: a name, a page, and the page's number on the map beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from atlas.printmap.framing import Frame
from atlas.printmap.furniture import HEADING_POINTS, QUIET, Sheet
from atlas.printmap.labels import area_wish
from atlas.printmap.lettering import POINTS_A_MM, drawable, line_mm, shortened, width_mm
from atlas.printmap.page import Box
from atlas.printmap.placing import Wish
from atlas.texts import text

POINTS = 8.0
HEAD_MM, FOOT_MM = 9.0, 3.0
#: A column of an entry's name and page is no narrower.
COLUMN_MM = 54.0


@dataclass(frozen=True)
class ContentsLine:
    """What a page is about: its name, the number of the page, and its lon-lat geometry."""

    name: str
    page: int
    geometry: Any


def _columns(box: Box) -> int:
    return max(int(box.width // COLUMN_MM), 1)


def capacity(box: Box) -> int:
    """How many lines find room."""
    return max(int((box.height - HEAD_MM - FOOT_MM) / line_mm(POINTS)), 1) * _columns(box)


def draw_contents(drawn: Sheet, lines: Sequence[ContentsLine], box: Box, language: str) -> None:
    """Names with dots that lead to the page."""
    drawn.box(box, linewidth=0.5)
    drawn.write(box.x + 3.0, box.top - 5.6, text("printmap.contents", language), HEADING_POINTS, bold=True)
    rows, width = capacity(box) // _columns(box), (box.width - 3.0) / _columns(box)
    for number, line in enumerate(lines):
        column, row = divmod(number, rows)
        baseline = box.top - HEAD_MM - line_mm(POINTS) * row - POINTS / POINTS_A_MM
        _draw_line(drawn, line, box.x + 3.0 + column * width, baseline, width - 3.0)


def _draw_line(drawn: Sheet, line: ContentsLine, x: float, baseline: float, width: float) -> None:
    number = str(line.page)
    name = shortened(drawable(line.name), width - 12.0, POINTS)
    drawn.write(x, baseline, name, POINTS)
    drawn.write(x + width, baseline, number, POINTS, ha="right")
    start, end = x + width_mm(name, POINTS) + 1.5, x + width - width_mm(number, POINTS) - 1.5
    if end > start:
        drawn.line((start, end), (baseline, baseline), color=QUIET, linewidth=0.5, linestyle=(0, (0.6, 3.0)))


def wishes(lines: Sequence[ContentsLine], frame: Frame) -> list[Wish]:
    """Where each page's number stands on the map: with the name, or alone where the name finds no room."""
    found = (area_wish(f"{line.page} {drawable(line.name)}", line.geometry, frame) for line in lines)
    return [wish for wish in found if wish is not None]
