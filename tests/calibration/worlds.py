"""True worlds, drawn in metres: a site, a layer, a question, and by how much the truth complies.

Each family is a function of a clearance in metres: positive complies by that much, negative violates. Wrong answers
are commonest at the limit, and where every direction leads across it: in round holes, upon points, between teeth.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

from geo.types import Condition, Relation

#: Shared area that is a trace of drawing and neither complies nor violates, square metres.
SLIVER_M2 = 1.0
LIMIT_M = 100.0
DEEP = 20.0
SHALLOW = 10.0
LEAST_DEPTH = 15.0


@dataclass(frozen=True)
class World:
    """The truth. ``values`` has one number a feature where the question is about a value; ``grid`` makes them cells."""

    site: BaseGeometry
    layer: tuple[BaseGeometry, ...]
    condition: Condition
    values: tuple[float, ...] | None = None
    grid: bool = False

    @property
    def complies(self) -> bool | None:
        """The plain planar question at the true places; None for a sliver."""
        return _COMPLIES[self.condition.relation](self)


@dataclass(frozen=True)
class Family:
    """Worlds that differ by their clearance; ``just`` is a clearance close to the limit on either side."""

    relation: Relation
    name: str
    make: Callable[[float], World]
    just: float = 0.5

    @property
    def title(self) -> str:
        return f"{self.relation.value}: {self.name}"


def _nearest(world: World) -> float:
    return float(min(shapely.distance(world.site, list(world.layer))))


def _union(world: World) -> BaseGeometry:
    return shapely.union_all(list(world.layer))


def _apart(world: World) -> bool | None:
    shared = shapely.intersection(world.site, _union(world))
    if shapely.get_dimensions(world.site) < 2 or max(shapely.get_dimensions(list(world.layer))) < 2:
        return bool(shared.is_empty)
    return None if 0.0 < shared.area <= SLIVER_M2 else bool(shared.area == 0.0)


def _share(world: World) -> float:
    return float(shapely.intersection(world.site, _union(world)).area / world.site.area)


def _held(world: World) -> list[float]:
    assert world.values is not None
    touched = shapely.intersects(world.site, list(world.layer))
    return [value for value, is_touched in zip(world.values, touched, strict=True) if is_touched]


_COMPLIES: dict[Relation, Callable[[World], bool | None]] = {
    Relation.MIN_DISTANCE: lambda world: _nearest(world) >= (world.condition.distance_m or 0.0),
    Relation.MAX_DISTANCE: lambda world: _nearest(world) <= (world.condition.distance_m or 0.0),
    Relation.NO_OVERLAP: _apart,
    Relation.MAX_OVERLAP_SHARE: lambda world: _share(world) <= (world.condition.share_max or 0.0),
    Relation.INSIDE: lambda world: bool(_union(world).covers(world.site)),
    Relation.VALUE_AT_LEAST: lambda world: min(_held(world)) >= (world.condition.value or 0.0),
    Relation.VALUE_AT_MOST: lambda world: max(_held(world)) <= (world.condition.value or 0.0),
}

POINT = shapely.Point(0, 0)
SQUARE = shapely.box(-20, -20, 20, 20)
LINE = shapely.LineString([(-40, 0), (40, 0)])
ELL = shapely.Polygon([(0, 0), (300, 0), (300, 20), (20, 20), (20, 300), (0, 300)])
BIG = shapely.box(-900, -900, 900, 900)


def disc(radius: float, x: float = 0.0, y: float = 0.0) -> BaseGeometry:
    return shapely.Point(x, y).buffer(radius, quad_segs=64)


def square(half: float, x: float = 0.0, y: float = 0.0) -> BaseGeometry:
    return shapely.box(x - half, y - half, x + half, y + half)


def ring(count: int, radius: float) -> list[BaseGeometry]:
    angles = np.arange(count) * 2 * math.pi / count
    return [shapely.Point(radius * math.cos(a), radius * math.sin(a)) for a in angles]


def comb(gap: float) -> BaseGeometry:
    """Five teeth of 10 m, 20 m apart, each grown by a gap."""
    teeth = [shapely.box(x - 5, 0, x + 5, 60) for x in range(-40, 41, 20)]
    body = shapely.union_all([*teeth, shapely.box(-45, -10, 45, 0)])
    return body.buffer(gap, join_style="mitre") if gap else body


def star(seed: int, x: float = 0.0, y: float = 0.0) -> BaseGeometry:
    """A polygon of nine uneven rays."""
    random = np.random.default_rng(seed)
    angles = (np.arange(9) + random.uniform(-0.4, 0.4, 9)) * 2 * math.pi / 9
    radius = random.uniform(8, 60, 9)
    return shapely.Polygon(np.column_stack([x + radius * np.cos(angles), y + radius * np.sin(angles)]))


def _distance(
    relation: Relation, name: str, drawn: Callable[[float], tuple[BaseGeometry, list[BaseGeometry]]]
) -> Family:
    sign = 1.0 if relation is Relation.MIN_DISTANCE else -1.0
    condition = Condition(relation, "layer", distance_m=LIMIT_M)

    def make(clearance: float) -> World:
        site, layer = drawn(LIMIT_M + sign * clearance)
        return World(site, tuple(layer), condition)

    return Family(relation, name, make)


def _random_distance(relation: Relation, seed: int) -> Family:
    site, layer = star(seed), (star(seed + 1, 180, 40), star(seed + 2, -60, 190), star(seed + 3, -150, -130))
    true = float(min(shapely.distance(site, list(layer))))
    sign = -1.0 if relation is Relation.MIN_DISTANCE else 1.0

    def make(clearance: float) -> World:
        return World(site, layer, Condition(relation, "layer", distance_m=true + sign * clearance))

    return Family(relation, f"stars {seed}", make)


def _random_share(seed: int) -> Family:
    site, layer = star(seed), (star(seed + 1, 30, 10), star(seed + 2, -30, 20))
    true = float(shapely.intersection(site, shapely.union_all(list(layer))).area / site.area)

    def make(clearance: float) -> World:
        return World(site, layer, Condition(Relation.MAX_OVERLAP_SHARE, "layer", share_max=true + clearance / 50.0))

    return Family(Relation.MAX_OVERLAP_SHARE, f"stars {seed}", make)


def _of(
    relation: Relation, name: str, drawn: Callable[[float], tuple[BaseGeometry, Any]], just: float, **more: Any
) -> Family:
    condition = Condition(relation, "layer", **more)

    def make(clearance: float) -> World:
        site, layer = drawn(clearance)
        return World(site, tuple(layer) if isinstance(layer, list) else (layer,), condition)

    return Family(relation, name, make, just)


def _walls(d: float) -> list[BaseGeometry]:
    return [shapely.LineString([(x, -900), (x, 900)]) for x in (-d, d)]


def _corner(d: float) -> BaseGeometry:
    """A right angle whose tip points at the origin from a distance."""
    return shapely.Polygon([(d, 0), (d + 500, 500), (d + 500, -500)])


def _beside(d: float) -> list[BaseGeometry]:
    """Squares of 10 m all round the square site, each a distance from it."""
    offsets = (-15.0, -5.0, 5.0, 15.0)
    sides = [(25 + d, y) for y in offsets] + [(-25 - d, y) for y in offsets]
    return [square(5, *at) for at in sides + [(x, y) for y, x in sides]]


DISTANCES: dict[str, Callable[[float], tuple[BaseGeometry, list[BaseGeometry]]]] = {
    "point, point": lambda d: (POINT, [shapely.Point(d, 0)]),
    "point, line": lambda d: (POINT, [shapely.LineString([(d, -900), (d, 900)])]),
    "point, corner": lambda d: (POINT, [_corner(d)]),
    "point between two walls": lambda d: (POINT, _walls(d)),
    "point in a round hole": lambda d: (POINT, [disc(500) - disc(d)]),
    "20 points round a point": lambda d: (POINT, ring(20, d)),
    "100 points round a disc": lambda d: (disc(30), ring(100, 30 + d)),
    "line, thin strip": lambda d: (LINE, [shapely.box(-250, d, 250, d + 0.2)]),
    "bent site, square in its notch": lambda d: (ELL, [square(10, 30 + d, 30 + d)]),
    "square, 16 squares round it": lambda d: (SQUARE, _beside(d)),
    "two parts, two parts": lambda d: (
        shapely.MultiPolygon([square(10), square(10, 600)]),
        [shapely.MultiPolygon([square(10, 0, 20 + d), square(10, 600, -20 - d)])],
    ),
}

NO_OVERLAPS = [
    ("point, point", lambda t: (POINT, shapely.Point(max(t, 0), 0)), 0.01),
    ("point, line", lambda t: (POINT, shapely.LineString([(max(t, 0), -900), (max(t, 0), 900)])), 0.01),
    ("point, disc of 5 m", lambda t: (POINT, disc(5, 5 + t)), 0.5),
    ("point, corner", lambda t: (POINT, _corner(t)), 0.5),
    (
        "point, notch or spike",
        lambda t: (POINT, BIG - shapely.box(-t, -t, t, 900) if t > 0 else shapely.box(t, t, -t, 900)),
        0.5,
    ),
    ("point, round hole or dot", lambda t: (POINT, BIG - disc(t) if t > 0 else disc(-t)), 0.5),
    ("line, line", lambda t: (LINE, shapely.LineString([(0, t), (0, 900)])), 0.5),
    ("line, tip", lambda t: (LINE, translate(_corner(0), 40 + t)), 0.5),
    ("square, edge", lambda t: (SQUARE, shapely.box(20 + t, -900, 900, 900)), 0.5),
    ("square, corner", lambda t: (SQUARE, shapely.box(20 + t, 20 + t, 900, 900)), 1.5),
    ("square in a hole of its size", lambda t: (SQUARE, BIG - square(20 + t)), 0.5),
    ("disc in a hole of its size", lambda t: (disc(30), BIG - disc(30 + t)), 0.5),
    ("comb in its mould", lambda t: (comb(0), BIG - comb(t)), 0.5),
    ("thin strip, edge", lambda t: (shapely.box(-200, -0.5, 200, 0.5), shapely.box(-900, 0.5 + t, 900, 900)), 0.5),
    ("square, line", lambda t: (SQUARE, shapely.LineString([(20 + t, -900), (20 + t, 900)])), 0.5),
    ("square, point", lambda t: (SQUARE, shapely.Point(20 + t, 20 + t)), 0.5),
    ("square, 16 squares round it", lambda t: (SQUARE, _beside(t)), 0.5),
    (
        "two parts, each in its hole",
        lambda t: (
            shapely.MultiPolygon([square(20), square(20, 200)]),
            BIG - square(20 + t) - square(20 + t, 200),
        ),
        0.5,
    ),
]

INSIDES = [
    ("point, dot", lambda t: (POINT, disc(t) if t > 0 else disc(5, 5 - t)), 0.5),
    ("point, corner", lambda t: (POINT, _corner(-t)), 0.5),
    ("line in a thin strip", lambda t: (LINE, shapely.box(-40 - t, -abs(t), 40 + t, abs(t))), 0.5),
    ("square in a square of its size", lambda t: (SQUARE, square(20 + t)), 0.5),
    ("disc in a disc of its size", lambda t: (disc(30), disc(30 + t)), 0.5),
    ("comb in a comb", lambda t: (comb(0), comb(t)), 0.5),
    ("square beside a hole", lambda t: (SQUARE, BIG - disc(6, 26 + t)), 0.5),
    (
        "square in two neighbours",
        lambda t: (SQUARE, [shapely.box(-20 - t, -900, 0, 900), shapely.box(0, -900, 900, 900)]),
        0.5,
    ),
    (
        "two parts, each in its own",
        lambda t: (shapely.MultiPolygon([square(20), square(20, 200)]), [square(20 + t), square(20 + t, 200)]),
        0.5,
    ),
]

SHARES = [
    ("half of a square", lambda t: (SQUARE, shapely.box(t, -900, 900, 900)), 0.5),
    ("a stripe of half its width", lambda t: (SQUARE, shapely.box(t - 10, -900, 10 - t, 900)), 0.5),
    ("all but a middle of half its area", lambda t: (SQUARE, BIG - square(math.sqrt(200) + t)), 0.5),
    ("a disc of half its area", lambda t: (SQUARE, disc(math.sqrt(800 / math.pi) - t)), 0.5),
    (
        "25 squares of half its area",
        lambda t: (SQUARE, [square(math.sqrt(8) - t, x, y) for x in range(-16, 17, 8) for y in range(-16, 17, 8)]),
        0.2,
    ),
]


def _value(relation: Relation, name: str, grid: bool) -> Family:
    """Depths around a site: one cell that fails, at a clearance from the site's corner."""
    fails, holds = (SHALLOW, DEEP) if relation is Relation.VALUE_AT_LEAST else (DEEP, SHALLOW)
    condition = Condition(relation, "layer", value=LEAST_DEPTH)

    def make(clearance: float) -> World:
        site = square(20, -20 - clearance, -20 - clearance)
        corners = [(x, y) for y in range(300, -600, -300) for x in range(-600, 300, 300)]
        values = tuple(fails if corner == (0, 0) else holds for corner in corners)
        cells = tuple(shapely.box(x, y, x + 300, y + 300) for x, y in corners)
        return World(site, cells, condition, values, grid)

    return Family(relation, name, make)


def families() -> list[Family]:
    """Every family; each has a world on either side of its limit."""
    relations = (Relation.MIN_DISTANCE, Relation.MAX_DISTANCE)
    found = [_distance(relation, name, drawn) for relation in relations for name, drawn in DISTANCES.items()]
    found += [_random_distance(relation, seed) for relation in relations for seed in (10, 20)]
    found += [_of(Relation.NO_OVERLAP, name, drawn, just) for name, drawn, just in NO_OVERLAPS]
    found += [_of(Relation.INSIDE, name, drawn, just) for name, drawn, just in INSIDES]
    found += [_of(Relation.MAX_OVERLAP_SHARE, name, drawn, just, share_max=0.5) for name, drawn, just in SHARES]
    found += [_random_share(seed) for seed in (10, 20)]
    for relation in (Relation.VALUE_AT_LEAST, Relation.VALUE_AT_MOST):
        found += [_value(relation, "grid", True), _value(relation, "polygons", False)]
    return found
