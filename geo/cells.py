"""A lattice of square cells over the region that knows for every cell which edges may come near a point in it.

A point in a cell with nothing near is answered at once; one in a cell that a polygon wholly fills is inside it; the
others are measured against the few runs of edges that their cell lists. All is EPSG:4549.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.runs import BOX_ORIGIN, Floats, Keys, Rows, Runs, within_groups

#: The south-western corner of all lattices, outside the region. The odd fraction keeps the centres of cells off
#: coordinates that somebody rounded.
ORIGIN = np.array([420_000.1371, 3_880_000.2913])
#: The lattice ends so far from its corner, east and north; nothing beyond is listed, for no site stands there.
EXTENT_M = 260_000.0
#: Cells from one row of the lattice to the next; a column never reaches it.
ROW = 1 << 13
SMALLEST_CELL_M = 32.0
LARGEST_CELL_M = 256.0
#: Every edge is taken to be this much nearer than it is, so that rounding never hides one.
MARGIN_M = 1e-3
#: More entries than this in a list, of runs near cells or of polygons that hold them, and the cells are taken larger.
MOST_ENTRIES = 24_000_000
#: Pairs of run and cell that are looked at in one go.
BLOCK = 1_000_000


@dataclass(frozen=True)
class Cells:
    """``near`` lists the runs that come within ``reach_m`` of a cell, ``holders`` the polygons that hold its centre.

    ``occupied`` has a bit a cell of the lattice, set where either list has an entry. The i-th occupied cell's lists
    are ``near[near_start[i]:near_start[i + 1]]`` and likewise, rising.
    """

    size_m: float
    reach_m: float
    occupied: NDArray[np.uint64]
    near_start: Rows
    near: Rows
    holders_start: Rows
    holders: Rows

    def of(self, points: Floats) -> Rows:
        """The cell of each point of the region, (n, 2)."""
        place = ((points - ORIGIN) * (1.0 / self.size_m)).astype(np.int32)  # a power of two: exact
        return place[:, 1] * np.int32(ROW) + place[:, 0]

    def centres(self, cells: Rows) -> Floats:
        """The centres of cells, (n, 2)."""
        return ORIGIN + (np.column_stack([cells % ROW, cells // ROW]) + 0.5) * self.size_m

    @cached_property
    def before(self) -> Rows:
        """How many cells are occupied before each word of ``occupied``."""
        counts = np.bitwise_count(self.occupied).astype(np.int32)
        return (np.cumsum(counts) - counts).astype(np.int32)

    def look_up(self, cells: Rows) -> tuple[Keys, Rows]:
        """Which of some cells are occupied, and the place of each of those among all occupied ones."""
        word = cells >> 6
        busy = np.flatnonzero(word < len(self.occupied))
        bits = self.occupied[word[busy]] << (63 - (cells[busy] & 63)).astype(np.uint64)
        set_ = bits >= np.uint64(1) << np.uint64(63)
        busy = busy[set_]
        return busy, self.before[word[busy]] + np.bitwise_count(bits[set_]).astype(np.int32) - np.int32(1)


def cells_under(cells: Cells, bounds: Floats) -> tuple[Keys, Rows]:
    """All cells that boxes (n, 4) lie in, and the box of each."""
    low, span = _blocks_under(cells, bounds)
    count = span[:, 0] * span[:, 1]
    box, inner = np.repeat(np.arange(len(bounds)), count), within_groups(count)
    line, column = np.divmod(inner, span[box, 0])
    return box, ((low[box, 1] + line) * ROW + low[box, 0] + column).astype(np.int32)


def how_many_under(cells: Cells, bounds: Floats) -> Keys:
    """How many cells each box lies in."""
    return _blocks_under(cells, bounds)[1].prod(axis=1)


def _blocks_under(cells: Cells, bounds: Floats) -> tuple[Keys, Keys]:
    """Column and row of the first cell of each box, and how many columns and rows."""
    last_cell = np.int64(EXTENT_M // cells.size_m) - 1
    low = np.clip(((bounds[:, :2] - ORIGIN) // cells.size_m).astype(np.int64), 0, last_cell)
    return low, np.clip(((bounds[:, 2:] - ORIGIN) // cells.size_m).astype(np.int64), 0, last_cell) - low + 1


def cell_size(reach_m: float) -> float:
    """The size of cells for a reach: small ones, for the fewer edges are near a cell the less is measured."""
    if reach_m < SMALLEST_CELL_M / 2.0:
        return SMALLEST_CELL_M
    return float(np.clip(2.0 ** np.round(np.log2(reach_m / 8.0)), 2.0 * SMALLEST_CELL_M, LARGEST_CELL_M))


def build_cells(runs: Runs, reach_m: float, chosen: NDArray[np.bool_] | None = None) -> Cells:
    """The cells for a question that reaches so far (plane metres), over all features or those chosen."""
    from geo import listing  # the compiler is only loaded where there is something to index

    size = cell_size(reach_m)
    wanted = np.arange(len(runs)) if chosen is None else np.flatnonzero(chosen[runs.owner])
    while True:
        windows, spans = _windows(runs, wanted, reach_m + MARGIN_M, size), _spans(runs, wanted, size)
        if max(int(windows.area.sum()), int(spans[1].sum())) <= MOST_ENTRIES or size >= LARGEST_CELL_M:
            break
        size *= 2.0
    near, holders = _sorted(_near(windows)), _sorted(_held(*spans))
    near = near[
        : listing.kept_entries(near, runs.owner, runs.boxes, _ends(runs), ORIGIN - BOX_ORIGIN, size, ROW, reach_m)
    ]
    occupied, near_start, holders_start = listing.occupied_cells(near, holders)
    return Cells(size, reach_m, occupied, near_start, near.astype(np.int32), holders_start, holders.astype(np.int32))


def _ends(runs: Runs) -> NDArray[np.float32]:
    """Both ends of each run from BOX_ORIGIN, (n, 4)."""
    ends = [runs.vertices.take(end, axis=0) - BOX_ORIGIN for end in (runs.first, runs.last)]
    return np.hstack(ends).astype(np.float32)


def _sorted(pairs: Iterator[Keys]) -> Keys:
    """Keys that hold the cell in their upper half and the row in their lower, each once."""
    blocks = list(pairs)
    keys = np.concatenate(blocks) if blocks else np.empty(0, np.int64)
    keys.sort()
    return keys[is_new(keys)]


def is_new(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Which values differ from the one before."""
    new = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=new[1:])
    return new


@dataclass(frozen=True)
class _Windows:
    """Blocks of cells that a row of some list is to be listed in: the first cell, how many columns, how many cells."""

    row: Keys
    first: Keys
    columns: Keys
    area: Keys


def _windows(runs: Runs, wanted: Keys, reach_m: float, size: float) -> _Windows:
    """Wherever the box of a run, or of a piece of a long one, comes within the reach."""
    low, high, row = _boxes(runs, wanted, size)
    first = np.maximum(np.floor((low - reach_m - ORIGIN) / size), 0.0).astype(np.int64)
    last = np.minimum(np.floor((high + reach_m - ORIGIN) / size), EXTENT_M // size - 1.0).astype(np.int64)
    inside = (last >= first).all(axis=1)
    first, span, row = first[inside], (last - first + 1)[inside], row[inside]
    return _Windows(row, first[:, 1] * ROW + first[:, 0], span[:, 0], span[:, 0] * span[:, 1])


def _near(windows: _Windows) -> Iterator[Keys]:
    """Keys of (cell, run)."""
    base = windows.first << 32 | windows.row
    for block in blocks(windows.area):
        count, columns = windows.area[block], windows.columns[block]
        inner = within_groups(count)
        line = inner // np.repeat(columns, count)
        inner += line * np.repeat(ROW - columns, count)
        yield np.repeat(base[block], count) + (inner << 32)


def blocks(count: Keys, size: int = BLOCK) -> Iterator[slice]:
    """Slices of things with so many pairs each, about ``size`` pairs a slice and at least one thing."""
    total = np.cumsum(count)
    start = 0
    while start < len(count):
        done = total[start - 1] if start else 0
        stop = max(int(np.searchsorted(total, done + size, side="right")), start + 1)
        yield slice(start, stop)
        start = stop


def _boxes(runs: Runs, wanted: Keys, size: float) -> tuple[Floats, Floats, Keys]:
    """Boxes that together hold the wanted runs, and the run of each: one a run, several along a long edge."""
    first, last = runs.first[wanted], runs.last[wanted]
    low, high = (corner[wanted] for corner in runs.bounds)
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


def _spans(runs: Runs, wanted: Keys, size: float) -> tuple[Keys, Keys]:
    """Cells in a row whose centre a polygon holds, by the even-odd rule: the key of (first cell, polygon), how many."""
    solid = wanted[runs.areal[runs.owner[wanted]]]
    crossings = [_crossings(runs, solid[first : first + BLOCK], size) for first in range(0, len(solid), BLOCK)]
    if not crossings:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    feature, row, x = (np.concatenate(some) for some in zip(*crossings, strict=True))
    order = np.lexsort((x, feature << 32 | row))
    column = np.clip(np.ceil((x[order] - ORIGIN[0]) / size - 0.5), 0.0, EXTENT_M // size).astype(np.int64)
    enter, count = column[::2], column[1::2] - column[::2]
    return (row[order][::2] * ROW + enter) << 32 | feature[order][::2], count


def _held(base: Keys, count: Keys) -> Iterator[Keys]:
    """Keys of (cell, polygon) for cells whose centre a polygon holds."""
    for block in blocks(count):
        yield np.repeat(base[block], count[block]) + (within_groups(count[block]) << 32)


def _crossings(runs: Runs, rows: Keys, size: float) -> tuple[Keys, Keys, Floats]:
    """Where edges cross the rows of centres: feature, row of the lattice, x. Half-open, so a vertex counts once."""
    edges = (runs.last - runs.first)[rows].astype(np.int64)
    one = np.repeat(runs.first[rows], edges) + within_groups(edges)
    owner = np.repeat(runs.owner[rows], edges)
    low, high = (_levels(runs.vertices[end, 1], size) for end in (one, one + 1))
    crossed = np.flatnonzero(low != high)
    low, high, one = low[crossed], high[crossed], one[crossed]
    count = np.abs(high - low)
    edge = np.repeat(np.arange(len(count)), count)
    row = np.minimum(low, high)[edge] + within_groups(count)
    (x_a, y_a), (x_b, y_b) = runs.vertices[one[edge]].T, runs.vertices[one[edge] + 1].T
    x = x_a + (ORIGIN[1] + (row + 0.5) * size - y_a) * (x_b - x_a) / (y_b - y_a)
    return owner[crossed][edge].astype(np.int64), row, x


def _levels(y: Floats, size: float) -> Keys:
    """The first row of the lattice whose centre is not below each height."""
    return np.clip(np.ceil((y - ORIGIN[1]) / size - 0.5), 0.0, EXTENT_M // size).astype(np.int64)
