"""Points against runs of edges: the loops that decide most of what a million points cost, compiled.

Plain loops over arrays; what they are for is said in :mod:`geo.pointwise`, which calls them. All is EPSG:4549.
Compiled code is kept beside this file, so that only the first run on a machine waits for it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo import crs
from geo.compiled import compiled

mean_scale = compiled(crs.mean_scale)

Floats = NDArray[np.float64]
Boxes = NDArray[np.float32]
Rows = NDArray[np.int32]
Flags = NDArray[np.bool_]


class Edges(NamedTuple):
    """As :class:`geo.runs.Runs`, with ``boxes`` west, south, east, north of each run, from ``box_origin``."""

    vertices: Floats
    first: Rows
    last: Rows
    owner: Rows
    areal: Flags
    boxes: Boxes
    box_origin: Floats


class Lattice(NamedTuple):
    """As :class:`geo.cells.Cells`; ``before`` counts the occupied cells before each word of ``occupied``."""

    origin: Floats
    size_m: float
    row: int
    occupied: NDArray[np.uint64]
    before: Rows
    near_start: Rows
    near: Rows
    holders_start: Rows
    holders: Rows


class Found(NamedTuple):
    """Pairs by point, then feature, as :class:`geo.pointwise.Pairs` has them."""

    point: Rows
    feature: Rows
    gap_m: Floats
    ground_m: Floats
    holds: Flags


@compiled
def pairs_of_points(
    edges: Edges, lattice: Lattice, points: Floats, reach_m: float, lean: float, central_m: float, on_edge_m: float
) -> tuple[Found, Flags]:
    """All pairs of ``points`` (n, 2) and features within the reach or holding the point, and which points are doubtful.

    Nearest is least in squared metres of the plane times 1 + dx · ``lean`` · (x - ``central_m``), the scale around it.
    """
    doubtful = np.zeros(len(points), np.bool_)
    cells_a_metre = 1.0 / lattice.size_m  # a power of two: exact
    found = _room(len(points) // 4 + 16)
    count = 0
    way, centre = np.empty(2), np.empty(2)
    met = np.zeros(_most_holders(lattice), np.bool_)
    for row in range(len(points)):
        x, y = points[row, 0], points[row, 1]
        column, line = int((x - lattice.origin[0]) * cells_a_metre), int((y - lattice.origin[1]) * cells_a_metre)
        place = place_of(lattice, line * lattice.row + column)
        if place < 0:
            continue
        centre[0] = lattice.origin[0] + (column + 0.5) * lattice.size_m
        centre[1] = lattice.origin[1] + (line + 0.5) * lattice.size_m
        near, near_end = lattice.near_start[place], lattice.near_start[place + 1]
        holder, holder_end = lattice.holders_start[place], lattice.holders_start[place + 1]
        met[: holder_end - holder] = False
        first = count
        if count + (near_end - near) + (holder_end - holder) > len(found.point):
            found = _larger(found, count + (near_end - near) + (holder_end - holder))
        while near < near_end:
            start, feature = near, edges.owner[lattice.near[near]]
            while near < near_end and edges.owner[lattice.near[near]] == feature:
                near += 1
            holds = False
            for place in range(holder, holder_end):
                if lattice.holders[place] == feature:
                    holds = met[place - holder] = True
            within = _nearest(edges, lattice.near, start, near, x, y, reach_m, lean * (x - central_m), way)
            if within and way[0] * way[0] + way[1] * way[1] < on_edge_m * on_edge_m:
                doubtful[row] = True
            if edges.areal[feature]:
                crossed = _crossings(edges, lattice.near, start, near, centre, x, y, on_edge_m)
                if crossed < 0:
                    doubtful[row] = True
                elif crossed % 2 == 1:
                    holds = not holds
            if holds or within:
                gap = np.sqrt(way[0] * way[0] + way[1] * way[1]) if within else np.inf
                ground = 0.0 if holds else gap / mean_scale(x, y, x - way[0])
                _put(found, first, count, row, feature, gap, ground, holds)
                count += 1
        for place in range(holder, holder_end):
            if not met[place - holder]:
                _put(found, first, count, row, lattice.holders[place], np.inf, 0.0, True)
                count += 1
    return Found(
        found.point[:count], found.feature[:count], found.gap_m[:count], found.ground_m[:count], found.holds[:count]
    ), doubtful


@compiled
def _most_holders(lattice: Lattice) -> int:
    """The length of the longest list of holders."""
    most = 0
    for place in range(len(lattice.holders_start) - 1):
        most = max(most, lattice.holders_start[place + 1] - lattice.holders_start[place])
    return most


@compiled
def _room(size: int) -> Found:
    rows = np.empty(size, np.int32)
    return Found(rows, np.empty_like(rows), np.empty(size), np.empty(size), np.empty(size, np.bool_))


@compiled
def _larger(found: Found, size: int) -> Found:
    """The same with room for twice so many."""
    larger, count = _room(2 * size), len(found.point)
    larger.point[:count] = found.point
    larger.feature[:count] = found.feature
    larger.gap_m[:count] = found.gap_m
    larger.ground_m[:count] = found.ground_m
    larger.holds[:count] = found.holds
    return larger


@compiled
def _put(
    found: Found, first: int, last: int, row: int, feature: int, gap_m: float, ground_m: float, holds: bool
) -> None:
    """Puts a pair of a point at its place by the feature among those of the point, which stand from first to last."""
    while last > first and found.feature[last - 1] > feature:
        found.point[last] = found.point[last - 1]
        found.feature[last] = found.feature[last - 1]
        found.gap_m[last] = found.gap_m[last - 1]
        found.ground_m[last] = found.ground_m[last - 1]
        found.holds[last] = found.holds[last - 1]
        last -= 1
    found.point[last] = row
    found.feature[last] = feature
    found.gap_m[last] = gap_m
    found.ground_m[last] = ground_m
    found.holds[last] = holds


@compiled
def place_of(lattice: Lattice, cell: int) -> int:
    """The place of a cell among the occupied ones, -1 when it is not."""
    word = cell >> 6
    if word >= len(lattice.occupied):
        return -1
    bits = lattice.occupied[word] << np.uint64(63 - (cell & 63))
    if not bits >> np.uint64(63):
        return -1
    return lattice.before[word] + _bits_set(bits) - 1


@compiled
def _bits_set(word: np.uint64) -> int:
    """How many bits are set: pairs, fours and bytes counted at once, then the bytes added up by a product."""
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return int((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@compiled
def _nearest(
    edges: Edges, listed: Rows, start: int, stop: int, x: float, y: float, reach_m: float, lean: float, way: Floats
) -> bool:
    """Whether one of a feature's runs comes within the reach; ``way`` becomes the way from its nearest place.

    Boxes are of single precision and a little too large, so a run whose box is farther than what was found is not met.
    """
    box_x, box_y = np.float32(x - edges.box_origin[0]), np.float32(y - edges.box_origin[1])
    least = np.inf
    bound = np.float32((reach_m + 0.1) ** 2)
    for place in range(start, stop):
        run = listed[place]
        west, south, east, north = edges.boxes[run, 0], edges.boxes[run, 1], edges.boxes[run, 2], edges.boxes[run, 3]
        across = max(west - box_x, box_x - east, np.float32(0.0))
        along = max(south - box_y, box_y - north, np.float32(0.0))
        if across * across + along * along > bound:
            continue
        vertex, last = edges.first[run], edges.last[run]
        a_x, a_y = edges.vertices[vertex, 0], edges.vertices[vertex, 1]
        while True:
            vertex = min(vertex + 1, last)
            b_x, b_y = edges.vertices[vertex, 0], edges.vertices[vertex, 1]
            e_x, e_y, p_x, p_y = b_x - a_x, b_y - a_y, x - a_x, y - a_y
            length = max(e_x * e_x + e_y * e_y, 1e-30)
            part = min(max((p_x * e_x + p_y * e_y) / length, 0.0), 1.0)
            d_x, d_y = p_x - part * e_x, p_y - part * e_y
            squared = (d_x * d_x + d_y * d_y) * (1.0 + d_x * lean)
            if squared < least:
                least = squared
                way[0], way[1] = d_x, d_y
            if vertex == last:
                break
            a_x, a_y = b_x, b_y
        bound = min(bound, np.float32(least * 1.0001 + 0.01))
    return way[0] * way[0] + way[1] * way[1] <= reach_m * reach_m if least < np.inf else False


@compiled
def _crossings(
    edges: Edges, listed: Rows, start: int, stop: int, centre: Floats, x: float, y: float, on_edge_m: float
) -> int:
    """How often the way from a cell's centre to a point crosses a feature's outline; -1 where too close to tell.

    A vertex on the line of the way counts as left of it, so that two edges that meet there count once.
    """
    s_x, s_y = centre[0], centre[1]
    w_x, w_y = x - s_x, y - s_y
    low_x, high_x = np.float32(min(x, s_x) - edges.box_origin[0]), np.float32(max(x, s_x) - edges.box_origin[0])
    low_y, high_y = np.float32(min(y, s_y) - edges.box_origin[1]), np.float32(max(y, s_y) - edges.box_origin[1])
    count = 0
    for place in range(start, stop):
        run = listed[place]
        if edges.boxes[run, 0] > high_x or edges.boxes[run, 2] < low_x:
            continue
        if edges.boxes[run, 1] > high_y or edges.boxes[run, 3] < low_y:
            continue
        a_x, a_y = edges.vertices[edges.first[run], 0], edges.vertices[edges.first[run], 1]
        a_left = w_x * (a_y - s_y) - w_y * (a_x - s_x) >= 0.0
        for vertex in range(edges.first[run] + 1, edges.last[run] + 1):
            b_x, b_y = edges.vertices[vertex, 0], edges.vertices[vertex, 1]
            b_left = w_x * (b_y - s_y) - w_y * (b_x - s_x) >= 0.0
            if a_left != b_left:
                e_x, e_y = b_x - a_x, b_y - a_y
                from_start = e_x * (s_y - a_y) - e_y * (s_x - a_x)
                from_end = from_start + e_x * w_y - e_y * w_x
                if min(abs(from_start), abs(from_end)) <= on_edge_m * (abs(e_x) + abs(e_y)):
                    return -1
                if (from_start > 0.0) != (from_end > 0.0):
                    count += 1
            a_x, a_y, a_left = b_x, b_y, b_left
    return count
