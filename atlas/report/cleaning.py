"""Strings of users made fit for paper: what no page can show, or what would reorder the text around it, is replaced."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from atlas.printable import printable
from atlas.texts import text

#: Longer texts are cut on paper; the file of the same check has them whole.
LONGEST_ON_PAPER = 2_000


def one_line(value: str) -> str:
    """The printable text with newlines and tabs as blanks, for a cell or a heading."""
    return " ".join(printable(value).split())


def shortened(value: str, longest: int) -> str:
    """At most so many characters, the last an ellipsis where something was cut."""
    return value if len(value) <= longest else f"{value[: longest - 1]}…"


def cleaned(value: Any, shown: Callable[[str], str] = printable) -> Any:
    """Every string inside lists and dictionaries made printable, keys too; numbers that are none become None.

    ``shown`` says how a string that is no key is shown.
    """
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, dict):
        return {printable(str(key)): cleaned(part, shown) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [cleaned(part, shown) for part in value]
    return finite(value)


def on_paper(language: str) -> Callable[[str], str]:
    """How a string is shown where it takes room: what no reader would read to its end is cut, and that is said."""

    def shown(value: str) -> str:
        if len(value) <= LONGEST_ON_PAPER:
            return printable(value)
        more = len(value) - LONGEST_ON_PAPER
        return text("report.cut_text", language, begun=printable(value[:LONGEST_ON_PAPER]), more=f"{more:,}")

    return shown


def finite(value: Any) -> Any:
    """None for NaN and the infinities, which JSON and a sheet of paper cannot state."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
