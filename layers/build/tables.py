"""Curated source tables: text in, typed cells out. A blank cell is unknown, never zero."""

from __future__ import annotations

import csv
from pathlib import Path

Table = list[dict[str, str]]


def read_table(path: Path) -> Table:
    """The rows of a CSV as text, cells trimmed."""
    with path.open(encoding="utf-8", newline="") as handle:
        return [{key: (cell or "").strip() for key, cell in row.items()} for row in csv.DictReader(handle)]


def number(cell: str) -> float | None:
    """A number, or None for a blank cell."""
    return float(cell) if cell else None


def whole(cell: str) -> int | None:
    """A whole number, or None for a blank cell."""
    return int(cell) if cell else None


def listed(cell: str) -> tuple[str, ...]:
    """The entries of a cell that holds a list joined by semicolons."""
    return tuple(part.strip() for part in cell.split(";") if part.strip())
