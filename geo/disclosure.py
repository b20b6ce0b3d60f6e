"""Which cells of a table must be hidden so that no single firm can be read from it?

The rules that statistical offices keep: a cell with fewer than three firms or with one that dominates it is hidden,
and a second one of its row and column where a published total would give the first away. Exact protection of linked
tables is a harder problem (several tables of the same firms, finely cut by other places, can be subtracted).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FIRMS_MIN = 3
DOMINANT_SHARE = 0.8

Flags = NDArray[np.bool_]
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Rule:
    """Fewer firms than ``firms_min``, or one firm with ``dominant_share`` of the cell's amount or more, hide a cell."""

    firms_min: int = FIRMS_MIN
    dominant_share: float = DOMINANT_SHARE


@dataclass(frozen=True)
class Hidden:
    """Which cells (places × sectors) are hidden for themselves, and which to protect another."""

    primary: Flags
    complementary: Flags

    @property
    def cells(self) -> Flags:
        """All hidden cells."""
        return self.primary | self.complementary


def largest_shares(amounts: ArrayLike, cells: NDArray[np.integer], cell_count: int) -> Numbers:
    """The share of the largest firm in each cell, 0 where a cell has nothing; one amount and one cell a firm."""
    each = np.asarray(amounts, dtype=float)
    known = np.isfinite(each)
    sums = np.bincount(cells[known], weights=each[known], minlength=cell_count)
    largest = np.zeros(cell_count)
    np.maximum.at(largest, cells[known], each[known])
    return np.divide(largest, sums, out=np.zeros(cell_count), where=sums > 0)


def hidden_cells(firms: ArrayLike, largest_share: ArrayLike, rule: Rule | None = None) -> Hidden:
    """What to hide in a table of places (rows) × sectors (columns) whose row and column totals are published.

    ``firms`` counts firms; where membership is open, the number that is possible. An empty cell reveals nobody and is
    shown, unless it has to protect another one.
    """
    rule = rule or Rule()
    counts, dominance = np.asarray(firms, dtype=float), np.asarray(largest_share, dtype=float)
    primary = (counts > 0) & ((counts < rule.firms_min) | (dominance >= rule.dominant_share))
    hidden = primary.copy()
    while _protect(hidden, counts) or _protect(hidden.T, counts.T):
        continue
    return Hidden(primary, hidden & ~primary)


def _protect(hidden: Flags, counts: Numbers) -> bool:
    """Hide a second cell in every row that has one hidden; whether anything was changed. ``hidden`` is changed."""
    changed = False
    for row in np.flatnonzero(hidden.sum(axis=1) == 1):
        shown = np.flatnonzero(~hidden[row])
        if not len(shown):
            continue
        # the smallest cell that is not empty loses the least; an empty one only where there is no other
        cost = np.where(counts[row, shown] > 0, counts[row, shown], np.inf)
        hidden[row, shown[int(np.argmin(cost))]] = True
        changed = True
    return changed
