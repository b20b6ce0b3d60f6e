"""A lattice of square cells over the region that knows for every cell which edges may come near a point in it.

A point in a cell with nothing near is answered at once; one in a cell that a polygon wholly fills is inside it; the
others are measured against the few runs of edges that their cell lists. All is EPSG:4549.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.runs import Floats, Keys, Rows, Runs, within_groups

#: The south-western corner of all lattices, well outside the region. The odd fraction keeps the centres of cells off
#: coordinates that somebody rounded.
ORIGIN = np.array([350_000.1371, 3_800_000.2913])
#: Cells from one row of the lattice to the next; a column never reaches it.
ROW = 1 << 15
SMALLEST_CELL_M = 32.0
LARGEST_CELL_M = 256.0
#: Every edge is taken to be this much nearer than it is, so that rounding never hides one.
MARGIN_M = 1e-3
#: Pairs of run and cell that are looked at in one go.
BLOCK = 1_000_000


@dataclass(frozen=True)
class Lists:
    """For each of some cells a list of rows: those of ``cells[i]`` are ``rows[start[i]:start[i + 1]]``, rising."""

    cells: Rows
    start: Keys
    rows: Rows

    def bounds(self, cells: Rows) -> tuple[Keys, Keys]:
        """Where in ``rows`` the list of each cell begins and ends; an unlisted cell's is empty."""
        if not len(self.cells):
            return np.zeros(len(cells), np.int64), np.zeros(len(cells), np.int64)
        place = np.minimum(np.searchsorted(self.cells, cells), len(self.cells) - 1)
        first = self.start[place]
        return first, np.where(self.cells[place] == cells, self.start[place + 1], first)


@dataclass(frozen=True)
class Cells:
    """``near`` lists the runs that come within ``reach_m`` of a cell, ``holders`` the polygons that hold its centre.

    ``occupied`` has a bit a cell of the lattice: set where either list has an entry.
    """

    size_m: float
    reach_m: float
    occupied: NDArray[np.uint8]
    near: Lists
    holders: Lists

    def of(self, points: Floats) -> Rows:
        """The cell of each point of the region, (n, 2)."""
        place = ((points - ORIGIN) / self.size_m).astype(np.int32)
        return place[:, 1] * np.int32(ROW) + place[:, 0]

    def centres(self, cells: Rows) -> Floats:
        """The centres of cells, (n, 2)."""
        return ORIGIN + (np.column_stack([cells % ROW, cells // ROW]) + 0.5) * self.size_m

    def are_occupied(self, cells: Rows) -> NDArray[np.bool_]:
        """Whether anything may be near a point in each cell."""
        if not len(self.occupied):
            return np.zeros(len(cells), dtype=bool)
        byte = np.minimum(cells >> 3, len(self.occupied) - 1)
        bit = (self.occupied[byte] >> (cells & 7).astype(np.uint8)) & 1
        return (bit > 0) & (cells >> 3 == byte)


def cell_size(reach_m: float) -> float:
    """The size of cells for a reach: about the reach, SMALLEST_CELL_M times a power of two."""
    wanted = np.clip(reach_m, SMALLEST_CELL_M, LARGEST_CELL_M)
    return float(SMALLEST_CELL_M * 2.0 ** np.round(np.log2(wanted / SMALLEST_CELL_M)))


def build_cells(runs: Runs, reach_m: float, chosen: NDArray[np.bool_] | None = None) -> Cells:
    """The cells for a question that reaches so far (plane metres), over all features or those chosen."""
    size = cell_size(reach_m)
    wanted = np.arange(len(runs)) if chosen is None else np.flatnonzero(chosen[runs.owner])
    near = _lists(_near(runs, wanted, reach_m + MARGIN_M, size))
    holders = _lists(_holders(runs, wanted, size))
    return Cells(size, reach_m, _bits(near.cells, holders.cells), near, holders)


def _bits(*cells: Rows) -> NDArray[np.uint8]:
    highest = max((int(some[-1]) for some in cells if len(some)), default=-1)
    flags = np.zeros(highest + 1, dtype=bool)
    for some in cells:
        flags[some] = True
    return np.packbits(flags, bitorder="little")


def _lists(pairs: Iterator[Keys]) -> Lists:
    """Lists from keys that hold the cell in their upper half and the row in their lower."""
    blocks = list(pairs)
    keys = np.concatenate(blocks) if blocks else np.empty(0, np.int64)
    keys.sort()
    keys = keys[_is_new(keys)]
    cell = (keys >> 32).astype(np.int32)
    first = np.flatnonzero(_is_new(cell))
    return Lists(cell[first], np.append(first, len(cell)).astype(np.int64), keys.astype(np.int32))


def _is_new(values: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Which values differ from the one before."""
    new = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=new[1:])
    return new


def _near(runs: Runs, wanted: Keys, reach_m: float, size: float) -> Iterator[Keys]:
    """Keys of (cell, run) wherever the box of a run, or of a piece of a long one, comes within the reach."""
    low, high, row = _boxes(runs, wanted, size)
    first = ((low - reach_m - ORIGIN) / size).astype(np.int64)
    span = ((high + reach_m - ORIGIN) / size).astype(np.int64) - first + 1
    base = (first[:, 1] * ROW + first[:, 0]) << 32 | row
    count = span[:, 0] * span[:, 1]
    for block in _blocks(count):
        inner = within_groups(count[block])
        line = inner // np.repeat(span[block, 0], count[block])
        inner += line * np.repeat(ROW - span[block, 0], count[block])
        yield np.repeat(base[block], count[block]) + (inner << 32)


def _blocks(count: Keys) -> Iterator[slice]:
    """Slices of about BLOCK pairs each."""
    total = np.cumsum(count)
    start = 0
    while start < len(count):
        done = total[start - 1] if start else 0
        stop = max(int(np.searchsorted(total, done + BLOCK, side="right")), start + 1)
        yield slice(start, stop)
        start = stop


def _boxes(runs: Runs, wanted: Keys, size: float) -> tuple[Floats, Floats, Keys]:
    """Boxes that together hold the wanted runs, and the run of each: one a run, several along a long edge."""
    first, last = runs.first[wanted], runs.last[wanted]
    low = high = runs.vertices[first]
    for step in range(1, int((last - first).max(initial=0)) + 1):
        vertex = runs.vertices[np.minimum(first + step, last)]
        low, high = np.minimum(low, vertex), np.maximum(high, vertex)
    far = ((high - low).max(axis=1, initial=0.0) > 4.0 * size) & (last - first == 1)
    start, stop = runs.vertices[first[far]], runs.vertices[last[far]]
    pieces = np.ceil(np.abs(stop - start).max(axis=1, initial=0.0) / (2.0 * size)).astype(np.int64)
    edge, number = np.repeat(np.arange(len(pieces)), pieces), within_groups(pieces)[:, None]
    step = (stop - start)[edge] / pieces[edge, None]
    one, other = start[edge] + step * number, start[edge] + step * (number + 1)
    return (
        np.concatenate([low[~far], np.minimum(one, other)]),
        np.concatenate([high[~far], np.maximum(one, other)]),
        np.concatenate([wanted[~far], wanted[far][edge]]),
    )


def _holders(runs: Runs, wanted: Keys, size: float) -> Iterator[Keys]:
    """Keys of (cell, polygon) for cells whose centre a polygon holds, by the even-odd rule along rows of centres."""
    solid = wanted[runs.areal[runs.owner[wanted]]]
    crossings = [_crossings(runs, solid[first : first + BLOCK], size) for first in range(0, len(solid), BLOCK)]
    if not crossings:
        return
    feature, row, x = (np.concatenate(some) for some in zip(*crossings, strict=True))
    order = np.lexsort((x, feature << 32 | row))
    column = np.ceil((x[order] - ORIGIN[0]) / size - 0.5).astype(np.int64)
    enter, count = column[::2], column[1::2] - column[::2]
    base = (row[order][::2] * ROW + enter) << 32 | feature[order][::2]
    for block in _blocks(count):
        yield np.repeat(base[block], count[block]) + (within_groups(count[block]) << 32)


def _crossings(runs: Runs, rows: Keys, size: float) -> tuple[Keys, Keys, Floats]:
    """Where edges cross the rows of centres: feature, row of the lattice, x. Half-open, so a vertex counts once."""
    edges = (runs.last - runs.first)[rows].astype(np.int64)
    one = np.repeat(runs.first[rows], edges) + within_groups(edges)
    owner = np.repeat(runs.owner[rows], edges)
    low, high = _levels(runs.vertices[one, 1], size), _levels(runs.vertices[one + 1, 1], size)
    crossed = np.flatnonzero(low != high)
    low, high, one = low[crossed], high[crossed], one[crossed]
    count = np.abs(high - low)
    edge = np.repeat(np.arange(len(count)), count)
    row = np.minimum(low, high)[edge] + within_groups(count)
    (x_a, y_a), (x_b, y_b) = runs.vertices[one[edge]].T, runs.vertices[one[edge] + 1].T
    x = x_a + (ORIGIN[1] + (row + 0.5) * size - y_a) * (x_b - x_a) / (y_b - y_a)
    return owner[crossed][edge].astype(np.int64), row, x


def _levels(y: Floats, size: float) -> Keys:
    """The first row whose centre is not below each height."""
    return np.ceil((y - ORIGIN[1]) / size - 0.5).astype(np.int64)
