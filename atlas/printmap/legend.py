"""The legend of a printed map: the rows of the screen's legend, in columns, in the largest type in which all fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from atlas.printmap import page as sheet
from atlas.printmap.features import HATCH_POINTS, HATCH_SPACING_MM, Ink, PrintLayer, draw_symbols
from atlas.printmap.furniture import FURNITURE_Z, HEADING_POINTS, QUIET, Sheet
from atlas.printmap.hatching import hatch_lines
from atlas.printmap.lettering import POINTS_A_MM, drawable, line_mm, wrapped
from atlas.printmap.page import Box
from atlas.texts import text
from layers.style import LegendRow

LEGEND_POINTS = 7.2
SMALLEST_LEGEND_POINTS = 4.8
SWATCH_MM = 8.0
#: Room for the heading above the rows, and for the line that counts what found no room below them.
HEAD_MM, FOOT_MM = 9.0, 3.5
#: No column of a legend in several columns is narrower.
COLUMN_MM = sheet.LEGEND_WIDTH - 6.0


@dataclass(frozen=True)
class LegendEntry:
    """A line of the legend: a heading has no row."""

    words: str
    row: LegendRow | None
    radius: float = 5.0


def legend_entries(layers: Sequence[PrintLayer]) -> list[LegendEntry]:
    """Each layer's rows; a layer of several rows gets its title as a heading."""
    entries = []
    for layer in layers:
        if len(layer.legend) > 1:
            entries.append(LegendEntry(drawable(layer.title), None))
        entries += [LegendEntry(drawable(row.label), row, layer.style.radius) for row in layer.legend]
    return entries


def _swatch(drawn: Sheet, box: Box, row: LegendRow, radius: float) -> None:
    """A specimen of how a feature looks; a layer of areas and points shows both."""
    ink = Ink(row.colour, row.fill_opacity, row.stroke, row.stroke_width, row.dash, row.pattern, row.symbol, radius)
    middle = box.y + box.height / 2
    if row.geometry == "line":
        style = {"color": ink.edge, "linewidth": max(ink.points, 0.5), "linestyle": ink.line}
        drawn.line((box.x, box.right), (middle, middle), **style)
        return
    if row.geometry != "point":
        drawn.box(box, facecolor=ink.face, edgecolor="none")
        area = shapely.box(box.x, box.y, box.right, box.top)
        for course in hatch_lines(area, row.pattern, HATCH_SPACING_MM):
            drawn.line(course[:, 0], course[:, 1], color=ink.hatching, linewidth=HATCH_POINTS)
        drawn.box(box, facecolor="none", edgecolor=ink.edge, linewidth=ink.points, linestyle=ink.line)
    if row.geometry in ("point", "mixed"):
        draw_symbols(drawn.axes, np.array([[box.x + box.width / 2, middle]]), ink, FURNITURE_Z + 1)


@dataclass(frozen=True)
class Shelved:
    """An entry of the legend with its lines and the place of its upper left corner."""

    entry: LegendEntry
    lines: tuple[str, ...]
    x: float
    y: float


@dataclass(frozen=True)
class Shelves:
    """A legend laid out: its type, the entries with their places, how many rows found no room, the height it takes."""

    points: float
    placed: tuple[Shelved, ...]
    left: int
    height: float


def _indent(entry: LegendEntry) -> float:
    return 0.0 if entry.row is None else SWATCH_MM + 2.5


def shelves_of(entries: Sequence[LegendEntry], width: float, highest: float) -> Shelves:
    """The legend in the largest type in which every row finds room in a box of this width; places are measured from
    the box's upper left corner, upwards. Only below the smallest type are rows left out, and counted."""
    points = LEGEND_POINTS
    placed, left = shelve(entries, Box(0.0, -highest, width, highest), points)
    while left and points > SMALLEST_LEGEND_POINTS:
        points = max(points - 0.4, SMALLEST_LEGEND_POINTS)
        placed, left = shelve(entries, Box(0.0, -highest, width, highest), points)
    if left:
        return Shelves(points, tuple(placed), left, highest)
    for height in np.arange(HEAD_MM + FOOT_MM, highest, 1.0).tolist():
        lower, left = shelve(entries, Box(0.0, -height, width, height), points)
        if not left:
            return Shelves(points, tuple(lower), 0, height)
    return Shelves(points, tuple(placed), 0, highest)


def shelve(entries: Sequence[LegendEntry], box: Box, points: float = LEGEND_POINTS) -> tuple[list[Shelved], int]:
    """Entries in columns from the top, a heading never parted from its first row; and how many rows found no room."""
    columns = max(int(box.width // (COLUMN_MM * points / LEGEND_POINTS)), 1)
    width = (box.width - 6.0) / columns
    step, top, bottom = line_mm(points), box.top - HEAD_MM, box.y + FOOT_MM
    column, y = 0, top
    placed: list[Shelved] = []
    for number, entry in enumerate(entries):
        bold = entry.row is None
        lines = wrapped(entry.words, width - _indent(entry) - 3.0, points, 2, bold=bold).lines
        height = step * max(len(lines), 1) + 1.3
        needed = height + (step if bold else 0.0)
        if y - needed < bottom:
            column, y = column + 1, top
            if column == columns:
                return placed, sum(other.row is not None for other in entries[number:])
        placed.append(Shelved(entry, lines, box.x + 3.0 + column * width, y))
        y -= height
    return placed, 0


def draw_legend(drawn: Sheet, shelves: Shelves, box: Box, language: str) -> None:
    """The legend in its box; what found no room is counted in the last line."""
    drawn.box(box, linewidth=0.5)
    drawn.write(box.x + 3.0, box.top - 5.6, text("printmap.legend", language), HEADING_POINTS, bold=True)
    for shelved in shelves.placed:
        _draw_entry(drawn, shelved, shelves.points, box)
    if shelves.left:
        words = text("printmap.more", language, count=shelves.left)
        drawn.write(box.x + 3.0, box.y + 1.4, words, 5.6, color=QUIET)


def _draw_entry(drawn: Sheet, shelved: Shelved, points: float, box: Box) -> None:
    entry, step = shelved.entry, line_mm(points)
    x, y = box.x + shelved.x, box.top + shelved.y
    if entry.row is not None:
        _swatch(drawn, Box(x, y - step + 0.1, SWATCH_MM, 3.0 * points / LEGEND_POINTS), entry.row, entry.radius)
    for number, line in enumerate(shelved.lines):
        baseline = y - step * number - points / POINTS_A_MM
        drawn.write(x + _indent(entry), baseline, line, points, bold=entry.row is None)
