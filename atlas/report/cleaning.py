"""Strings of users made fit for paper: what no page can show, or what would reorder the text around it, is replaced."""

from __future__ import annotations

import math
from typing import Any

from atlas.printable import printable


def one_line(value: str) -> str:
    """The printable text with newlines and tabs as blanks, for a cell or a heading."""
    return " ".join(printable(value).split())


def shortened(value: str, longest: int) -> str:
    """At most so many characters, the last an ellipsis where something was cut."""
    return value if len(value) <= longest else f"{value[: longest - 1]}…"


def cleaned(value: Any) -> Any:
    """Every string inside lists and dictionaries made printable, keys too; numbers that are none become None."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {printable(str(key)): cleaned(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [cleaned(part) for part in value]
    return finite(value)


def finite(value: Any) -> Any:
    """None for NaN and the infinities, which JSON and a sheet of paper cannot state."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
