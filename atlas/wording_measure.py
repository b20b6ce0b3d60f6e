"""Numbers, chances and places of a measure as a reader reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atlas.texts import text


def number(value: float | None, digits: int = 2) -> str:
    """A number for a reader; blank where there is none."""
    return "" if value is None else f"{value:,.{digits}f}"


def span(low: float | None, high: float | None, digits: int = 0) -> str:
    """Two ends, or one number where they are the same."""
    first, last = number(low, digits), number(high, digits)
    return first if first == last else f"{first} – {last}"


def chance(p: float | None) -> str:
    """A p or q with three decimals; what is smaller is only called small."""
    if p is None:
        return ""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def unit_words(unit: str, language: str) -> str:
    """A kind of place in words."""
    kind, _, size = unit.partition(":")
    return text(f"measure.unit.{kind}", language, size=size)


def place_words(row: Mapping[str, Any], language: str) -> str:
    """The name of a place; a cell is called by its id."""
    name = str(row.get("place_name") or row["place"])
    return text("measurepage.cell", language, name=name) if name == row["place"] else name
