"""Type on a printed map: the vendored typeface, how wide words are, where a line breaks, what no font can draw."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, takewhile

from matplotlib import font_manager
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties

from atlas.fonts import FAMILY, font_files

#: matplotlib's own typeface, for signs that the Chinese one lacks.
SPARE_FAMILY = "DejaVu Sans"
ELLIPSIS = "…"
#: Stands where neither typeface has a sign.
UNKNOWN_SIGN = "\N{WHITE SQUARE}"
#: Digits beside Latin letters look like those beside Chinese ones: the typeface has lower ones for European languages.
FEATURES = ("-locl",)
POINTS_A_MM = 72.0 / 25.4

#: Widths are measured at this many dots an inch and told in millimetres.
_RULER_DPI = 288.0


@cache
def _families() -> tuple[str, ...]:
    """The families to write in, the vendored one made known to matplotlib first."""
    for path in font_files():
        font_manager.fontManager.addfont(str(path))
    return (FAMILY, SPARE_FAMILY) if font_files() else (SPARE_FAMILY,)


@cache
def _drawable() -> frozenset[int]:
    """Code points that a typeface at hand can draw."""
    found: set[int] = set()
    for family in _families():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            path = font_manager.findfont(FontProperties(family=family), fallback_to_default=True)
        found |= set(font_manager.get_font(path).get_charmap())
    return frozenset(found)


def drawable(text: str) -> str:
    """The text on one line, with a white square for every sign that no typeface has."""
    line = " ".join(text.split())
    return "".join(sign if ord(sign) in _drawable() else UNKNOWN_SIGN for sign in line)


def unknown_signs(text: str) -> tuple[str, ...]:
    """Each sign once that no typeface has, in the order of appearance."""
    line = "".join(text.split())
    return tuple(dict.fromkeys(sign for sign in line if ord(sign) not in _drawable()))


def face(points: float, bold: bool = False) -> FontProperties:
    """The typeface in a size."""
    return FontProperties(family=list(_families()), size=points, weight="bold" if bold else "normal")


@cache
def _renderer() -> RendererAgg:
    return RendererAgg(16, 16, _RULER_DPI)


@cache
def _sign_mm(sign: str, bold: bool) -> float:
    """The advance of one sign at 10 points."""
    width = _renderer().get_text_width_height_descent(f"|{sign}|", face(10.0, bold), ismath=False)[0]
    rim = _renderer().get_text_width_height_descent("||", face(10.0, bold), ismath=False)[0]
    return float(width - rim) / _RULER_DPI * 25.4


def width_mm(text: str, points: float, bold: bool = False) -> float:
    """How wide a line is on paper; the sum of its signs, which is exact enough without kerning."""
    return sum(_sign_mm(sign, bold) for sign in text) * points / 10.0


def line_mm(points: float) -> float:
    """From one line of text to the next."""
    return points / POINTS_A_MM * 1.42


def shortened(text: str, width: float, points: float, bold: bool = False) -> str:
    """The text, cut with an ellipsis where it is wider than ``width`` millimetres."""
    if width_mm(text, points, bold) <= width:
        return text
    while text and width_mm(text + ELLIPSIS, points, bold) > width:
        text = text[:-1]
    return text + ELLIPSIS


def _breaks_after(text: str, end: int) -> bool:
    """Whether a line may end before ``text[end]``: at a blank, or beside a Chinese character."""
    before, after = text[end - 1], text[end]
    if after in "，。；：、！？）》”…,.;:!?)" or before in "（《“(":
        return False
    return " " in (before, after) or ord(before) > 0x2E7F or ord(after) > 0x2E7F


def _line_end(text: str, width: float, points: float, bold: bool) -> int:
    """How many signs fit, moved back to a place where a line may break if there is one."""
    ends = accumulate(_sign_mm(sign, bold) * points / 10.0 for sign in text)
    fitting = max(sum(1 for _ in takewhile(lambda end: end <= width, ends)), 1)
    if fitting >= len(text):
        return len(text)
    for end in range(fitting, max(fitting // 2, 1), -1):
        if _breaks_after(text, end):
            return end
    return fitting


@dataclass(frozen=True)
class Wrapped:
    """Lines of a text, and whether all of it is there."""

    lines: tuple[str, ...]
    complete: bool


def wrapped(text: str, width: float, points: float, lines: int, bold: bool = False) -> Wrapped:
    """The text in at most ``lines`` lines of ``width`` millimetres; what does not fit ends in an ellipsis."""
    rest = drawable(text)
    found: list[str] = []
    while rest and len(found) < lines - 1:
        end = _line_end(rest, width, points, bold)
        found.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    last = shortened(rest, width, points, bold)
    return Wrapped((*found, *([last] if last else [])), last == rest)
