"""A map for paper: PNG, SVG or PDF with everything that lets a reader trust it, or know that it must not be published.

Drawn in EPSG:4549. Uses no clock: the same layers, words and date give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from threading import RLock
from typing import Any

from matplotlib import rc_context
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

from atlas.printmap.bookmarks import add_bookmarks
from atlas.printmap.contents import ContentsLine, capacity
from atlas.printmap.features import PrintLayer
from atlas.printmap.inset import Overview
from atlas.printmap.lettering import drawable
from atlas.printmap.sheet import MapSheet, draw
from atlas.texts import text

__all__ = ["FORMATS", "ContentsLine", "MapSheet", "Overview", "PrintLayer", "print_map", "print_maps", "print_series"]

FORMATS = ("png", "svg", "pdf")

#: matplotlib's settings belong to the whole process, so that one map is drawn at a time.
_DRAWING = RLock()

#: Type embedded as TrueType, signs of SVG as outlines, names inside SVG derived from the content. How many signs one
#: embedded typeface holds matplotlib reads from the PostScript setting, for PDF too: left at its default, a typeface of
#: more than 256 signs is embedded several times over.
SETTINGS: Any = {
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
    "svg.fonttype": "path",
    "svg.hashsalt": "printed map",
    "axes.unicode_minus": False,
    "text.usetex": False,
    "path.simplify": True,
}


def print_map(sheet: MapSheet, fmt: str = "pdf") -> bytes:
    """A sheet as the bytes of one file; raises as ``print_maps`` does."""
    return print_maps(sheet, (fmt,))[0]


def print_maps(sheet: MapSheet, formats: Sequence[str]) -> list[bytes]:
    """A sheet, drawn once, as the bytes of one file a format: png, svg or pdf.

    Raises ValueError for an unknown size or format, DataError ``scale_too_large``.
    """
    if unknown := [fmt for fmt in formats if fmt not in FORMATS]:
        raise ValueError(unknown[0])
    with _DRAWING, rc_context(SETTINGS):
        figure = draw(sheet)
        return [_saved(figure, sheet, fmt) for fmt in formats]


def _saved(figure: Figure, sheet: MapSheet, fmt: str) -> bytes:
    target = BytesIO()
    figure.savefig(target, format=fmt, dpi=sheet.page.dots_an_inch, metadata=_about(sheet, fmt))
    return target.getvalue()


def print_series(
    cover: MapSheet, pages: Sequence[tuple[str, MapSheet]], on_progress: Callable[[int, int], None] | None = None
) -> bytes:
    """Named sheets as one PDF: first the contents with a map on which each page's number stands, then a page a sheet.

    The cover shows its layers and, instead of a legend, the contents; more names than it has room for go on on a
    further sheet like it. Each sheet needs a ``focus``. A viewer lists the names as bookmarks.
    """
    fronts, numbered = _numbered(cover, pages)
    sheets = [*fronts, *numbered]
    target = BytesIO()
    with _DRAWING, rc_context(SETTINGS), PdfPages(target, metadata=_about(cover, "pdf")) as book:
        for number, sheet in enumerate(sheets, start=1):
            if on_progress:
                on_progress(number - 1, len(sheets))
            words = text("printmap.page", cover.language, number=number, count=len(sheets))
            book.savefig(draw(replace(sheet, page_words=words)), dpi=sheet.page.dots_an_inch)
        contents = [text("printmap.contents", cover.language)] * len(fronts)
        add_bookmarks(book._file, [*contents, *(drawable(name) for name, _ in pages)])
    if on_progress:
        on_progress(len(sheets), len(sheets))
    return target.getvalue()


def _numbered(cover: MapSheet, pages: Sequence[tuple[str, MapSheet]]) -> tuple[list[MapSheet], list[MapSheet]]:
    """The sheets of the contents, and the pages."""
    room = capacity(replace(cover, contents=[ContentsLine("", 0, None)]).page.legend)
    fronts = max(-(-len(pages) // room), 1)
    lines = [ContentsLine(name, fronts + number, sheet.focus) for number, (name, sheet) in enumerate(pages, start=1)]
    covers = [replace(cover, contents=lines[start * room : (start + 1) * room]) for start in range(fronts)]
    return covers, [sheet for _, sheet in pages]


def _moment(date: str) -> datetime | None:
    try:
        return datetime.fromisoformat(date).replace(tzinfo=UTC)
    except ValueError:
        return None


def _about(sheet: MapSheet, fmt: str) -> dict[str, Any]:
    """What the file says of itself: no clock, no version of a library."""
    moment = _moment(sheet.date)
    about: dict[str, Any] = {"Title": drawable(sheet.title)[:200]}
    if fmt == "pdf":
        return about | {"CreationDate": moment, "Producer": None, "Creator": None}
    if fmt == "svg":
        return about | {"Date": moment.date().isoformat() if moment else None, "Creator": None}
    return about | {"Software": None}
