"""Lines and areas against runs of edges, in compiled loops as :mod:`geo.edges`: distances, touching, shared areas.

Both outlines are walked: what of each lies within the other bounds what they share, and the area follows from the
boundary (Green's theorem, ½ ∮ x dy - y dx). Edges so near one another that rounding might decide make a shape doubtful.
All is EPSG:4549.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geo.compiled import compiled
from geo.edges import Edges, Flags, Floats, Lattice, Rows, place_of

#: More crossings of one edge, or of one outline with one feature, are not followed.
MOST_CROSSINGS = 256
#: What is nearer in the plane by more than this is nearer on the ground, squared distances within a reach.
NEARER = 1.001


class Outlines(NamedTuple):
    """Shape i has the vertices ``start[i]`` to ``start[i + 1]``: a line, or a closed ring that runs anticlockwise.

    ``bounds`` (n, 4); the features in ``held[held_start[i]:held_start[i + 1]]`` hold its first vertex.
    """

    vertices: Floats
    start: Rows
    areal: Flags
    bounds: Floats
    held_start: Rows
    held: Rows


class Tolerances(NamedTuple):
    """How far is looked; the plane's scale at x is 1 + ``lean`` (x - ``central_m``)² / 2; nearer edges are doubtful."""

    reach_m: float
    lean: float
    central_m: float
    on_edge_m: float


class Touching(NamedTuple):
    """Pairs by shape. ``way`` leads to the shape from ``start``, the outline's nearest place; it is 0 where both meet.

    ``area`` is what both share and ``box`` (n, 4) where; both are 0 unless areas were asked for and both have one.
    """

    shape: Rows
    feature: Rows
    start: Floats
    way: Floats
    meets: Flags
    area: Floats
    box: Floats


@compiled
def pairs_of_outlines(
    edges: Edges, lattice: Lattice, shapes: Outlines, tolerances: Tolerances, with_areas: bool
) -> tuple[Touching, Flags, Flags]:
    """All pairs of shapes and features whose outlines come within the reach; doubtful shapes; shapes with any cell.

    A feature that holds a shape with its outline beyond the reach is not among them.
    """
    count, shapes_count = 0, len(shapes.areal)
    found = _room(4 * shapes_count + 16)
    doubtful, listed = np.zeros(shapes_count, np.bool_), np.zeros(shapes_count, np.bool_)
    seen = np.full(len(edges.first), -1, np.int32)
    runs = np.empty(1024, np.int32)
    work = _Work(np.empty(MOST_CROSSINGS), np.empty(MOST_CROSSINGS), np.empty(5), np.empty(4))
    for shape in range(shapes_count):
        runs, many = _runs_near(edges, lattice, shapes.bounds, shape, tolerances.reach_m, seen, runs)
        listed[shape] = many >= 0
        first = 0
        while first < many:
            feature, stop = edges.owner[runs[first]], first + 1
            while stop < many and edges.owner[runs[stop]] == feature:
                stop += 1
            near, meets, sure = _measured(edges, runs, first, stop, shapes, shape, tolerances, work.way)
            area = 0.0
            if sure and meets and with_areas and shapes.areal[shape] and edges.areal[feature]:
                held = False
                for place in range(shapes.held_start[shape], shapes.held_start[shape + 1]):
                    held |= shapes.held[place] == feature
                area, sure = _shared(edges, runs, first, stop, shapes, shape, tolerances.on_edge_m, held, work)
            if not sure:
                doubtful[shape] = True
            if near:
                if count == len(found.shape):
                    found = _larger(found)
                found.shape[count], found.feature[count], found.meets[count] = shape, feature, meets
                found.start[count, 0] = shapes.bounds[shape, 0] if meets else work.way[2]
                found.start[count, 1] = shapes.bounds[shape, 1] if meets else work.way[3]
                found.way[count, 0] = 0.0 if meets else work.way[0]
                found.way[count, 1] = 0.0 if meets else work.way[1]
                found.area[count] = area
                for side in range(4):
                    found.box[count, side] = work.box[side]
                count += 1
            first = stop
    return _cut(found, count), doubtful, listed


class _Work(NamedTuple):
    """Space that is used over and over: crossings along an edge and along a shape, a way with its start, a box."""

    along_edge: Floats
    along_shape: Floats
    way: Floats
    box: Floats


@compiled
def _room(size: int) -> Touching:
    return Touching(
        np.empty(size, np.int32), np.empty(size, np.int32), np.empty((size, 2)), np.empty((size, 2)),
        np.empty(size, np.bool_), np.empty(size), np.empty((size, 4)),
    )  # fmt: skip


@compiled
def _larger(found: Touching) -> Touching:
    """The same with room for as many again."""
    count = len(found.shape)
    larger = _room(2 * count)
    larger.shape[:count], larger.feature[:count], larger.meets[:count] = found.shape, found.feature, found.meets
    larger.start[:count], larger.way[:count] = found.start, found.way
    larger.area[:count], larger.box[:count] = found.area, found.box
    return larger


@compiled
def _cut(found: Touching, count: int) -> Touching:
    return Touching(
        found.shape[:count], found.feature[:count], found.start[:count], found.way[:count], found.meets[:count],
        found.area[:count], found.box[:count],
    )  # fmt: skip


@compiled
def _runs_near(
    edges: Edges, lattice: Lattice, bounds: Floats, shape: int, reach_m: float, seen: Rows, runs: Rows
) -> tuple[Rows, int]:
    """The runs whose box comes within the reach of a shape's, by feature, and how many; -1 when no cell is occupied."""
    west, south = bounds[shape, 0] - lattice.origin[0], bounds[shape, 1] - lattice.origin[1]
    east, north = bounds[shape, 2] - lattice.origin[0], bounds[shape, 3] - lattice.origin[1]
    low_x, low_y = bounds[shape, 0] - edges.box_origin[0], bounds[shape, 1] - edges.box_origin[1]
    high_x, high_y = bounds[shape, 2] - edges.box_origin[0], bounds[shape, 3] - edges.box_origin[1]
    within, count = (reach_m + 0.1) ** 2, -1
    for line in range(int(south / lattice.size_m), int(north / lattice.size_m) + 1):
        for column in range(int(west / lattice.size_m), int(east / lattice.size_m) + 1):
            place = place_of(lattice, line * lattice.row + column)
            if place < 0:
                continue
            count = max(count, 0)
            for entry in range(lattice.near_start[place], lattice.near_start[place + 1]):
                run = lattice.near[entry]
                if seen[run] == shape:
                    continue
                seen[run] = shape
                across = max(edges.boxes[run, 0] - high_x, low_x - edges.boxes[run, 2], 0.0)
                along = max(edges.boxes[run, 1] - high_y, low_y - edges.boxes[run, 3], 0.0)
                if across * across + along * along > within:
                    continue
                if count == len(runs):
                    runs = np.concatenate((runs, np.empty(count, np.int32)))
                runs[count] = run
                count += 1
    if count > 1:
        runs[:count].sort()
    return runs, count


@compiled
def _measured(
    edges: Edges, runs: Rows, first: int, stop: int, shapes: Outlines, shape: int, tolerances: Tolerances, way: Floats
) -> tuple[bool, bool, bool]:
    """Whether a feature's outline comes within the reach, whether both meet, and whether that is certain.

    ``way`` becomes the way from the nearest place of an outline that does not meet the shape, and where it starts.
    """
    reach, on_edge_m = tolerances.reach_m, tolerances.on_edge_m
    west, south, east, north = shapes.bounds[shape]
    begin, end = shapes.start[shape], shapes.start[shape + 1] - 1
    way[4] = np.inf
    for place in range(first, stop):
        vertex, last = edges.first[runs[place]], edges.last[runs[place]]
        a_x, a_y = edges.vertices[vertex, 0], edges.vertices[vertex, 1]
        if shapes.areal[shape]:
            inside = _holds(shapes.vertices, begin, end, a_x, a_y, on_edge_m)
            if inside != 0:
                return True, True, inside == 1
        while True:
            vertex = min(vertex + 1, last)
            b_x, b_y = edges.vertices[vertex, 0], edges.vertices[vertex, 1]
            across = max(min(a_x, b_x) - east, west - max(a_x, b_x), 0.0)
            along = max(min(a_y, b_y) - north, south - max(a_y, b_y), 0.0)
            if across * across + along * along <= min(reach * reach, way[4] * NEARER):
                for side in range(begin, end):
                    c_x, c_y = shapes.vertices[side, 0], shapes.vertices[side, 1]
                    d_x, d_y = shapes.vertices[side + 1, 0], shapes.vertices[side + 1, 1]
                    crossing = _crossing(a_x, a_y, b_x, b_y, c_x, c_y, d_x, d_y, on_edge_m)
                    if crossing != 0:
                        return True, True, crossing == 1
                    _nearer(way, a_x, a_y, c_x, c_y, d_x, d_y, tolerances, True)
                    _nearer(way, b_x, b_y, c_x, c_y, d_x, d_y, tolerances, True)
                    _nearer(way, c_x, c_y, a_x, a_y, b_x, b_y, tolerances, False)
                    _nearer(way, d_x, d_y, a_x, a_y, b_x, b_y, tolerances, False)
            if vertex == last:
                break
            a_x, a_y = b_x, b_y
    gap = np.sqrt(way[0] * way[0] + way[1] * way[1]) if way[4] < np.inf else np.inf
    return gap <= reach, False, gap > on_edge_m


@compiled
def _nearer(
    way: Floats,
    x: float,
    y: float,
    a_x: float,
    a_y: float,
    b_x: float,
    b_y: float,
    tolerances: Tolerances,
    starts: bool,
) -> None:
    """Makes ``way`` the way between a point and an edge when that is shorter; it starts at the point or at the edge."""
    e_x, e_y, p_x, p_y = b_x - a_x, b_y - a_y, x - a_x, y - a_y
    part = min(max((p_x * e_x + p_y * e_y) / max(e_x * e_x + e_y * e_y, 1e-30), 0.0), 1.0)
    d_x, d_y = p_x - part * e_x, p_y - part * e_y
    middle = x - d_x / 2.0 - tolerances.central_m
    squared = (d_x * d_x + d_y * d_y) * (1.0 - middle * middle * tolerances.lean)
    if squared < way[4]:
        way[4] = squared
        if starts:
            way[0], way[1], way[2], way[3] = -d_x, -d_y, x, y
        else:
            way[0], way[1], way[2], way[3] = d_x, d_y, x - d_x, y - d_y


@compiled
def _crossing(
    a_x: float, a_y: float, b_x: float, b_y: float, c_x: float, c_y: float, d_x: float, d_y: float, on_edge_m: float
) -> int:
    """1 when two edges cross, 0 when not, -1 when that is too close to tell."""
    if min(a_x, b_x) > max(c_x, d_x) + on_edge_m or max(a_x, b_x) < min(c_x, d_x) - on_edge_m:
        return 0
    if min(a_y, b_y) > max(c_y, d_y) + on_edge_m or max(a_y, b_y) < min(c_y, d_y) - on_edge_m:
        return 0
    e_x, e_y, f_x, f_y = b_x - a_x, b_y - a_y, d_x - c_x, d_y - c_y
    c_side, d_side = e_x * (c_y - a_y) - e_y * (c_x - a_x), e_x * (d_y - a_y) - e_y * (d_x - a_x)
    a_side, b_side = f_x * (a_y - c_y) - f_y * (a_x - c_x), f_x * (b_y - c_y) - f_y * (b_x - c_x)
    of_e, of_f = on_edge_m * (abs(e_x) + abs(e_y)), on_edge_m * (abs(f_x) + abs(f_y))
    apart = (c_side > of_e and d_side > of_e) or (c_side < -of_e and d_side < -of_e)
    apart |= (a_side > of_f and b_side > of_f) or (a_side < -of_f and b_side < -of_f)
    if apart:
        return 0
    if min(abs(c_side), abs(d_side)) <= of_e or min(abs(a_side), abs(b_side)) <= of_f:
        return -1
    return 1


@compiled
def _holds(vertices: Floats, begin: int, end: int, x: float, y: float, on_edge_m: float) -> int:
    """1 when the ring from begin to end holds a point, 0 when not, -1 when that is too close to tell (even-odd)."""
    inside = 0
    for side in range(begin, end):
        a_x, a_y, b_x, b_y = vertices[side, 0], vertices[side, 1], vertices[side + 1, 0], vertices[side + 1, 1]
        if (a_y > y) == (b_y > y):
            continue
        e_x, e_y = b_x - a_x, b_y - a_y
        left = e_x * (y - a_y) - e_y * (x - a_x)
        if abs(left) <= on_edge_m * (abs(e_x) + abs(e_y)):
            return -1
        if (left > 0.0) == (e_y > 0.0):
            inside ^= 1
    return inside


@compiled
def _shared(
    edges: Edges,
    runs: Rows,
    first: int,
    stop: int,
    shapes: Outlines,
    shape: int,
    on_edge_m: float,
    held: bool,
    work: _Work,
) -> tuple[float, bool]:
    """The area that a shape shares with a feature, its box in ``work``, and whether it is certain.

    ``held`` says whether the feature holds the shape's first vertex.
    """
    begin, end = shapes.start[shape], shapes.start[shape + 1] - 1
    work.box[0] = work.box[1] = np.inf
    work.box[2] = work.box[3] = -np.inf
    doubled, met = 0.0, 0
    for place in range(first, stop):
        one, last = edges.first[runs[place]], edges.last[runs[place]]
        inside = _holds(shapes.vertices, begin, end, edges.vertices[one, 0], edges.vertices[one, 1], on_edge_m)
        if inside < 0:
            return 0.0, False
        for vertex in range(one, last):
            part, crossings = _inside_shape(edges.vertices, vertex, shapes, begin, end, inside, met, on_edge_m, work)
            if crossings < 0:
                return 0.0, False
            doubled += part
            met += crossings
            inside ^= crossings & 1
    crossed = work.along_shape[:met]
    crossed.sort()
    doubled += _inside_feature(shapes.vertices, begin, end, crossed, held, work.box)
    return doubled / 2.0, met % 2 == 0 and doubled >= 0.0


@compiled
def _inside_shape(
    vertices: Floats,
    vertex: int,
    shapes: Outlines,
    begin: int,
    end: int,
    inside: int,
    met: int,
    on_edge_m: float,
    work: _Work,
) -> tuple[float, int]:
    """Twice the area under the pieces of an edge in a shape, and how often the edge crosses it; -1: not certain.

    ``inside`` says where the edge begins. The crossings are put down along the shape after the ``met`` earlier ones.
    """
    a_x, a_y, b_x, b_y = vertices[vertex, 0], vertices[vertex, 1], vertices[vertex + 1, 0], vertices[vertex + 1, 1]
    e_x, e_y = b_x - a_x, b_y - a_y
    count = 0
    for side in range(begin, end):
        c_x, c_y = shapes.vertices[side, 0], shapes.vertices[side, 1]
        d_x, d_y = shapes.vertices[side + 1, 0], shapes.vertices[side + 1, 1]
        crossing = _crossing(a_x, a_y, b_x, b_y, c_x, c_y, d_x, d_y, on_edge_m)
        if crossing == 0:
            continue
        if crossing < 0 or met + count == MOST_CROSSINGS:
            return 0.0, -1
        f_x, f_y = d_x - c_x, d_y - c_y
        turn = e_x * f_y - e_y * f_x
        work.along_edge[count] = ((c_x - a_x) * f_y - (c_y - a_y) * f_x) / turn
        work.along_shape[met + count] = side - begin + ((c_x - a_x) * e_y - (c_y - a_y) * e_x) / turn
        count += 1
    work.along_edge[:count].sort()
    origin_x, origin_y = shapes.vertices[begin, 0], shapes.vertices[begin, 1]
    doubled, before = 0.0, 0.0
    for number in range(count + 1):
        after = work.along_edge[number] if number < count else 1.0
        if inside ^ (number & 1):
            doubled += _piece(a_x - origin_x, a_y - origin_y, e_x, e_y, before, after, origin_x, origin_y, work.box)
        before = after
    return doubled, count


@compiled
def _inside_feature(vertices: Floats, begin: int, end: int, crossed: Floats, held: bool, box: Floats) -> float:
    """Twice the area under the pieces of a ring that lie in a feature, by where its outline is crossed."""
    origin_x, origin_y = vertices[begin, 0], vertices[begin, 1]
    doubled, number, inside = 0.0, 0, held
    for side in range(begin, end):
        a_x, a_y = vertices[side, 0], vertices[side, 1]
        e_x, e_y = vertices[side + 1, 0] - a_x, vertices[side + 1, 1] - a_y
        before = 0.0
        while True:
            more = number < len(crossed) and crossed[number] < side - begin + 1
            after = crossed[number] - (side - begin) if more else 1.0
            if inside:
                doubled += _piece(a_x - origin_x, a_y - origin_y, e_x, e_y, before, after, origin_x, origin_y, box)
            if not more:
                break
            inside = not inside
            number += 1
            before = after
    return doubled


@compiled
def _piece(
    a_x: float,
    a_y: float,
    e_x: float,
    e_y: float,
    before: float,
    after: float,
    origin_x: float,
    origin_y: float,
    box: Floats,
) -> float:
    """Twice the area between the origin and a piece of an edge, which the box is made to hold."""
    p_x, p_y, q_x, q_y = a_x + before * e_x, a_y + before * e_y, a_x + after * e_x, a_y + after * e_y
    box[0], box[1] = min(box[0], origin_x + min(p_x, q_x)), min(box[1], origin_y + min(p_y, q_y))
    box[2], box[3] = max(box[2], origin_x + max(p_x, q_x)), max(box[3], origin_y + max(p_y, q_y))
    return p_x * q_y - p_y * q_x
