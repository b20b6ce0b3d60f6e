"""The loops that make an index, compiled: outlines into runs, and which runs the list of a cell keeps.

What they make is described by :class:`geo.runs.Runs` and :class:`geo.cells.Cells`. All is EPSG:4549.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.compiled import compiled

Floats = NDArray[np.float64]
Boxes = NDArray[np.float32]
Rows = NDArray[np.int32]
Keys = NDArray[np.int64]


@compiled
def runs_along(vertices: Floats, start: Keys, longest_m: float, most_edges: int) -> tuple[Rows, Rows, Rows]:
    """First and last vertex of each run, and its path; path i has the vertices ``start[i]`` to ``start[i + 1]``.

    Where no edge of a path is longer than a share of ``longest_m`` its runs have so many edges as that share says.
    """
    steps = np.empty(len(start) - 1, np.int64)
    count = 0
    for path in range(len(steps)):
        longest = 0.0
        for vertex in range(start[path], start[path + 1] - 1):
            x, y = vertices[vertex + 1, 0] - vertices[vertex, 0], vertices[vertex + 1, 1] - vertices[vertex, 1]
            longest = max(longest, x * x + y * y)
        steps[path] = min(max(int(longest_m / max(np.sqrt(longest), 1e-9)), 1), most_edges)
        count += _runs_of(start[path + 1] - start[path], steps[path])
    first, last, of = np.empty(count, np.int32), np.empty(count, np.int32), np.empty(count, np.int32)
    run = 0
    for path in range(len(steps)):
        for place in range(_runs_of(start[path + 1] - start[path], steps[path])):
            first[run] = start[path] + place * steps[path]
            last[run] = min(first[run] + steps[path], start[path + 1] - 1)
            of[run] = path
            run += 1
    return first, last, of


@compiled
def _runs_of(vertices: int, step: int) -> int:
    """How many runs a path of so many vertices has; a single point has one."""
    return (max(vertices - 1, 1) + step - 1) // step


@compiled
def boxes_around(vertices: Floats, first: Rows, last: Rows) -> tuple[Floats, Floats]:
    """The south-western and the north-eastern corner of the box of each run, (n, 2) each."""
    low, high = np.empty((len(first), 2)), np.empty((len(first), 2))
    for run in range(len(first)):
        for axis in range(2):
            least = most = vertices[first[run], axis]
            for vertex in range(first[run] + 1, last[run] + 1):
                least, most = min(least, vertices[vertex, axis]), max(most, vertices[vertex, axis])
            low[run, axis], high[run, axis] = least, most
    return low, high


@compiled
def kept_entries(
    near: Keys, owner: Rows, boxes: Boxes, ends: Boxes, origin: Floats, size_m: float, row: int, reach_m: float
) -> int:
    """Moves to the front of ``near``, keys of (cell, run) in order, those that some point of the cell needs; how many.

    Not needed is a run that is farther from all of the cell than the reach, or than the farthest end of another run of
    its feature from any point of the cell. ``boxes`` and ``ends`` (both ends of each run, n × 4) have single precision.
    """
    kept, first = 0, 0
    half = size_m / 2.0
    while first < len(near):
        cell, feature, stop = near[first] >> 32, owner[near[first] & 0x7FFFFFFF], first
        x = origin[0] + (cell % row + 0.5) * size_m
        y = origin[1] + (cell // row + 0.5) * size_m
        bound = (reach_m + 0.1) ** 2
        while stop < len(near) and near[stop] >> 32 == cell and owner[near[stop] & 0x7FFFFFFF] == feature:
            run = near[stop] & 0x7FFFFFFF
            for end in range(0, 4, 2):
                farthest = (abs(ends[run, end] - x) + half) ** 2 + (abs(ends[run, end + 1] - y) + half) ** 2
                bound = min(bound, farthest * 1.0001 + 1.0)
            stop += 1
        for place in range(first, stop):
            run = near[place] & 0x7FFFFFFF
            across = max(boxes[run, 0] - x, x - boxes[run, 2]) - half
            along = max(boxes[run, 1] - y, y - boxes[run, 3]) - half
            if max(across, 0.0) ** 2 + max(along, 0.0) ** 2 <= bound:
                near[kept] = near[place]
                kept += 1
        first = stop
    return kept


@compiled
def occupied_cells(near: Keys, holders: Keys) -> tuple[NDArray[np.uint64], Rows, Rows]:
    """A bit for each cell that a key of either list names, and where the lists of each such cell begin.

    Both hold the cell in their upper half, rising.
    """
    highest = np.int64(-1)
    if len(near):
        highest = max(highest, near[-1] >> 32)
    if len(holders):
        highest = max(highest, holders[-1] >> 32)
    words = np.zeros(highest // 64 + 1, np.uint64)
    for keys in (near, holders):
        for key in keys:
            words[key >> 38] |= np.uint64(1) << np.uint64((key >> 32) & 63)
    count = 0
    for word in words:
        while word:
            word &= word - np.uint64(1)
            count += 1
    return words, _starts(near, holders, count), _starts(holders, near, count)


@compiled
def _starts(keys: Keys, others: Keys, count: int) -> Rows:
    """Where in ``keys`` the list of each cell begins that they or the others name, and the end of the last."""
    start = np.empty(count + 1, np.int32)
    place = other = 0
    for cell in range(count):
        start[cell] = place
        last = np.int64(0x7FFFFFFFFFFFFFFF)
        if place < len(keys):
            last = min(last, keys[place] >> 32)
        if other < len(others):
            last = min(last, others[other] >> 32)
        while place < len(keys) and keys[place] >> 32 == last:
            place += 1
        while other < len(others) and others[other] >> 32 == last:
            other += 1
    start[count] = len(keys)
    return start
