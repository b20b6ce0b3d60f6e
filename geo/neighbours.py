"""Which places are neighbours? Sparse lists for districts, cells of a grid, points within a distance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array

#: Outlines drawn apart by up to this are neighbours all the same.
TOUCH_TOLERANCE_M = 1.0

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Neighbours:
    """Neighbours of n places, none its own: those of place i are ``others[starts[i]:starts[i + 1]]``, rising."""

    starts: Indices
    others: Indices

    @property
    def places(self) -> int:
        """How many places there are."""
        return len(self.starts) - 1

    @cached_property
    def counts(self) -> Indices:
        """How many neighbours each place has; 0 is an island."""
        return np.diff(self.starts)

    @cached_property
    def matrix(self) -> csr_array:
        """The binary weights, (n, n)."""
        return csr_array((np.ones(len(self.others)), self.others, self.starts), shape=(self.places, self.places))


def of_pairs(first: NDArray[np.integer], second: NDArray[np.integer], places: int) -> Neighbours:
    """Neighbours from pairs of indices, each taken in both directions, doubles and selves dropped."""
    one, other = np.concatenate([first, second]), np.concatenate([second, first])
    apart = one != other
    keys = np.unique(one[apart].astype(np.int64) * places + other[apart])
    starts = np.zeros(places + 1, dtype=np.int64)
    np.cumsum(np.bincount(keys // max(places, 1), minlength=places), out=starts[1:])
    return Neighbours(starts, keys % max(places, 1))


def touching(outlines_plane: NDArray[np.object_], tolerance_m: float = TOUCH_TOLERANCE_M) -> Neighbours:
    """Outlines (EPSG:4549) that touch, a common corner included (queen)."""
    tree = shapely.STRtree(outlines_plane)
    first, second = tree.query(outlines_plane, predicate="dwithin", distance=tolerance_m)
    return of_pairs(first, second, len(outlines_plane))


def of_squares(columns: Indices, rows: Indices) -> Neighbours:
    """Cells of a square grid by column and row: the eight around each, where they are in the list (queen)."""
    width = int(np.ptp(columns)) + 3 if len(columns) else 1
    keys = (rows - rows.min()) * width + (columns - columns.min()) + 1 if len(columns) else np.array([], np.int64)
    order = np.argsort(keys, kind="stable")
    first, second = [], []
    for shift in (1, width - 1, width, width + 1):
        position = np.minimum(np.searchsorted(keys, keys + shift, sorter=order), max(len(keys) - 1, 0))
        found = np.flatnonzero(keys[order[position]] == keys + shift) if len(keys) else np.array([], np.int64)
        first.append(found)
        second.append(order[position[found]])
    return of_pairs(np.concatenate(first), np.concatenate(second), len(columns))
