"""What makes a drawing a map: title, legend, scale bar, north arrow, graticule, frame, sources, stamps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon, Rectangle
from numpy.typing import ArrayLike

from atlas.printmap.framing import Frame, ScaleBar, convergence_deg, degrees_words, graticule, round_ratio, scale_bar
from atlas.printmap.lettering import FEATURES, drawable, face, line_mm, shortened, width_mm, wrapped
from atlas.printmap.page import Box, Page
from atlas.texts import text

INK = "#22303a"
QUIET = "#5b6a75"
HAIRLINE = "#8fa0ab"
STAMP_COLOUR = "#a3231a"
FURNITURE_Z = 8000

NOTE_POINTS = 6.4
SMALLEST_NOTE_POINTS = 4.2
HEADING_POINTS = 8.6
#: The notes may take this share of the sheet's height.
NOTES_SHARE = 0.26
#: From this width on small print stands in two columns.
TWO_COLUMNS_FROM_MM = 240.0
COLUMN_GAP_MM = 6.0


@dataclass(frozen=True)
class Note:
    """Lines of small print in one size, read column by column."""

    lines: tuple[str, ...]
    points: float
    columns: int = 1

    @property
    def rows(self) -> int:
        """Lines of the longest column."""
        return -(-len(self.lines) // self.columns)

    @property
    def height(self) -> float:
        """Millimetres that the lines take."""
        return self.rows * line_mm(self.points)


class Sheet:
    """Writes and draws on a page in millimetres from its lower left corner."""

    def __init__(self, figure: Figure, page: Page) -> None:
        self.figure = figure
        self.axes: Axes = figure.add_axes((0.0, 0.0, 1.0, 1.0), zorder=10)
        self.axes.set(xlim=(0, page.width), ylim=(0, page.height))
        self.axes.axis("off")
        self.axes.patch.set_alpha(0.0)

    def write(self, x: float, y: float, words: str, points: float, **how: Any) -> None:
        """One line of text with its baseline at y; dollar signs and braces are what they are."""
        how = {"color": INK, "bold": False, "ha": "left", "va": "baseline", **how}
        how["fontproperties"] = face(points, how.pop("bold"))
        self.axes.text(x, y, words, fontfeatures=FEATURES, parse_math=False, zorder=FURNITURE_Z + 2, **how)

    def box(self, box: Box, **how: Any) -> None:
        """A rectangle."""
        how = {"facecolor": "white", "edgecolor": HAIRLINE, "linewidth": 0.5, "zorder": FURNITURE_Z, **how}
        self.axes.add_patch(Rectangle((box.x, box.y), box.width, box.height, **how))

    def line(self, xs: ArrayLike, ys: ArrayLike, **how: Any) -> None:
        """A line through points."""
        self.axes.add_line(Line2D(xs, ys, **{"color": INK, "linewidth": 0.5, "zorder": FURNITURE_Z + 1, **how}))


def note_of(paragraphs: Sequence[str], width: float, highest: float) -> Note:
    """All paragraphs in the largest small print in which they fit; only below the smallest is anything cut."""
    columns = 2 if width >= TWO_COLUMNS_FROM_MM else 1
    wide = (width - (columns - 1) * COLUMN_GAP_MM) / columns
    points = NOTE_POINTS
    while True:
        lines = tuple(line for paragraph in paragraphs for line in wrapped(paragraph, wide, points, 99).lines)
        note = Note(lines, points, columns)
        if note.height <= highest:
            return note
        if points <= SMALLEST_NOTE_POINTS:
            fitting = max(int(highest / line_mm(points)), 1) * columns
            last = shortened(f"{lines[fitting - 1]} …", wide, points)
            return Note((*lines[: fitting - 1], last), points, columns)
        points = max(points - 0.4, SMALLEST_NOTE_POINTS)


def draw_note(drawn: Sheet, note: Note, box: Box) -> None:
    """Small print from the top of a box."""
    shift = (box.width + COLUMN_GAP_MM) / note.columns
    for number, line in enumerate(note.lines):
        column, row = divmod(number, note.rows)
        y = box.top - line_mm(note.points) * (row + 0.8)
        drawn.write(box.x + column * shift, y, line, note.points, color=QUIET)


def draw_page_number(drawn: Sheet, words: str, page: Page) -> None:
    """Which page of a series this is, in the lower right margin."""
    rim = page.width - page.notes.right
    drawn.write(page.notes.right, rim * 0.4, words, NOTE_POINTS, ha="right", color=QUIET)


def draw_title(drawn: Sheet, lines: Sequence[str], points: float, box: Box) -> None:
    """The title from the top of its box."""
    for number, line in enumerate(lines):
        drawn.write(box.x, box.top - line_mm(points) * (number + 0.75), line, points, bold=True)


def draw_stamps(drawn: Sheet, stamps: Sequence[str], chart: Box) -> list[Box]:
    """Red stamps inside the map, so that no crop loses them; the boxes that they take."""
    x, y, points = chart.x + 3.0, chart.top - 3.0, 9.0
    boxes: list[Box] = []
    for stamp in stamps:
        words = shortened(drawable(stamp), chart.width - 12.0, points, bold=True)
        box = Box(x, y - 6.4, width_mm(words, points, bold=True) + 5.0, 6.4)
        if box.right > chart.right - 20.0 and boxes:
            y -= 8.0
            box = Box(chart.x + 3.0, y - 6.4, box.width, box.height)
        drawn.box(box, edgecolor=STAMP_COLOUR, linewidth=1.1, alpha=0.92)
        drawn.write(box.x + 2.5, box.y + 2.0, words, points, bold=True, color=STAMP_COLOUR)
        boxes.append(box)
        x = box.right + 2.5
    return boxes


def draw_north(drawn: Sheet, frame: Frame, chart: Box, language: str) -> Box:
    """An arrow to true north, turned by the convergence of the grid, which is told below it; the box that it takes."""
    box = Box(chart.right - 17.0, chart.top - 24.5, 14.0, 21.5)
    drawn.box(box, alpha=0.85, linewidth=0.0)
    middle = np.array([box.x + box.width / 2, box.y + 11.5])
    leans = convergence_deg(frame)
    turned = math.radians(leans)
    turn = np.array([[math.cos(turned), math.sin(turned)], [-math.sin(turned), math.cos(turned)]])
    tip, left, heel, right = (middle + turn @ np.array(corner) for corner in ((0, 6), (-2.6, -5), (0, -3), (2.6, -5)))
    for corners, colour in (((tip, left, heel), INK), ((tip, right, heel), "white")):
        drawn.axes.add_patch(
            Polygon(
                np.array(corners), closed=True, facecolor=colour, edgecolor=INK, linewidth=0.6, zorder=FURNITURE_Z + 1
            )
        )
    drawn.write(float(tip[0]), float(tip[1]) + 0.9, text("printmap.north", language), 8.0, bold=True, ha="center")
    told = (text("printmap.convergence", language), convergence_words(-leans))
    for row, words in enumerate(told):
        drawn.write(float(middle[0]), box.y + 3.4 - 2.3 * row, words, 4.8, ha="center", color=QUIET)
    return box


def convergence_words(degrees: float) -> str:
    """Degrees and minutes from true north to the grid's north, east of it with a plus."""
    minutes = round(abs(degrees) * 60)
    sign = "" if not minutes else "+" if degrees > 0 else "−"
    return f"{sign}{minutes // 60}°{minutes % 60:02d}′"


def length_words(metres: float, language: str) -> str:
    """A round length in kilometres from 1,000 m on."""
    if metres >= 1000:
        return text("printmap.kilometres", language, value=f"{metres / 1000:,g}")
    return text("printmap.metres", language, value=f"{metres:,g}")


def ratio_words(ratio: float, language: str) -> str:
    """1:50,000, or about 1:51,300 where the number is not round."""
    three_digits = round(ratio, -int(math.log10(ratio)) + 2)
    is_exact = abs(ratio - round_ratio(ratio)) < 1e-6 * ratio
    key = "printmap.ratio_exact" if is_exact else "printmap.ratio"
    return text(key, language, ratio=f"{three_digits:,.0f}")


def _bar_of(frame: Frame, chart: Box) -> ScaleBar:
    return scale_bar(frame, min(chart.width * 0.3, 60.0))


def scale_boxes(frame: Frame, chart: Box, language: str) -> tuple[Box, Box]:
    """Where the scale bar may stand: in the lower left corner of the map, or in the lower right."""
    bar = _bar_of(frame, chart)
    width = max(bar.paper_mm, width_mm(ratio_words(bar.ratio, language), 6.6)) + 16.0
    left, right = chart.x + 3.0, chart.right - 3.0 - width
    return Box(left, chart.y + 3.0, width, 12.5), Box(right, chart.y + 3.0, width, 12.5)


def draw_scale(drawn: Sheet, frame: Frame, chart: Box, box: Box, language: str) -> None:
    """A bar of four parts with its length on the ground, and the ratio, in its box."""
    bar = _bar_of(frame, chart)
    drawn.box(box, alpha=0.85, linewidth=0.0)
    x, y, part = box.x + 5.0, box.y + 5.6, bar.paper_mm / 4
    for number in range(4):
        colour = INK if number % 2 == 0 else "white"
        drawn.box(Box(x + number * part, y, part, 1.4), facecolor=colour, edgecolor=INK, zorder=FURNITURE_Z + 1)
    for share in (0.0, 0.5, 1.0):
        words = "0" if share == 0 else length_words(bar.length_m * share, language)
        drawn.write(x + share * bar.paper_mm, y + 2.4, words, 6.6, ha="center")
    drawn.write(x, box.y + 1.7, ratio_words(bar.ratio, language), 6.6, color=QUIET)


def draw_graticule(axes: Axes, drawn: Sheet, frame: Frame, chart: Box) -> None:
    """Thin meridians and parallels, named where they meet the edges."""
    for line in graticule(frame):
        axes.add_line(
            Line2D(line.course[:, 0], line.course[:, 1], color="#6f8794", linewidth=0.3, alpha=0.55, zorder=4000)
        )
        words = degrees_words(line.degrees, line.is_meridian)
        for place, is_first in zip(line.edges, (True, False), strict=True):
            if place is not None and line.is_meridian:
                _name_meridian(drawn, chart, (place - frame.west) / frame.metres_a_mm, is_first, words)
            elif place is not None:
                _name_parallel(drawn, chart, (place - frame.south) / frame.metres_a_mm, is_first, words)


def _name_meridian(drawn: Sheet, chart: Box, along: float, is_below: bool, words: str) -> None:
    x = chart.x + along
    edge, outwards = (chart.y, -1.0) if is_below else (chart.top, 1.0)
    drawn.line((x, x), (edge, edge + outwards))
    if _is_clear_of_corners(along, chart.width, words):
        drawn.write(x, chart.y - 3.4 if is_below else chart.top + 1.6, words, 6.0, ha="center", color=QUIET)


def _name_parallel(drawn: Sheet, chart: Box, along: float, is_left: bool, words: str) -> None:
    y = chart.y + along
    edge, outwards = (chart.x, -1.0) if is_left else (chart.right, 1.0)
    drawn.line((edge, edge + outwards), (y, y))
    if _is_clear_of_corners(along, chart.height, words):
        style = {"ha": "right" if is_left else "left", "va": "center", "rotation": 90, "color": QUIET}
        drawn.write(edge + 1.6 * outwards, y, words, 6.0, **style)


def _is_clear_of_corners(along: float, length: float, words: str) -> bool:
    half = width_mm(words, 6.0) / 2
    return half < along < length - half


def draw_frame(drawn: Sheet, chart: Box) -> None:
    """The neat line around the map."""
    drawn.box(chart, facecolor="none", edgecolor=INK, linewidth=0.9)
