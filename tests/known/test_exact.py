"""Areas and distances of figures with whole-number corners, worked out in fractions: nothing rounded, no GEOS.

The area that two simple polygons share is the sum, over the triangles of a fan of each, of the signed area that two
triangles share; a triangle is clipped by the three sides of another (Sutherland and Hodgman 1974), which is exact.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import shapely
from tiny_world import R, ask, features

from geo.types import Condition, Outcome

Point = tuple[Fraction, Fraction]
Ring = list[Point]

CONFLICT, CLEAR = Outcome.CONFLICT, Outcome.CLEAR
#: What the way through degrees and back may change: a micrometre along a border of some hundred metres.
PLACE_NOISE_M = 1e-6


def cross(a: Point, b: Point, c: Point) -> Fraction:
    """Twice the signed area of a triangle."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def area(ring: Ring) -> Fraction:
    return sum((cross(ring[0], b, c) for b, c in pairwise(ring[1:])), Fraction(0)) / 2


def clipped(ring: Ring, a: Point, b: Point) -> Ring:
    """The part of a convex ring on the left of a line."""
    kept: Ring = []
    for start, end in pairwise([*ring, ring[0]]):
        left, right = cross(a, b, start), cross(a, b, end)
        if left >= 0:
            kept.append(start)
        if left * right < 0:
            share = left / (left - right)
            kept.append((start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])))
    return kept


def fan(ring: Ring) -> list[tuple[int, Ring]]:
    """The triangles of a ring from its first corner, each anticlockwise, with its sign."""
    triangles = []
    for b, c in pairwise(ring[1:]):
        turn = cross(ring[0], b, c)
        if turn:
            triangles.append((1, [ring[0], b, c]) if turn > 0 else (-1, [ring[0], c, b]))
    return triangles


def shared_area(first: Ring, second: Ring) -> Fraction:
    total = Fraction(0)
    for sign, triangle in fan(first):
        for other_sign, other in fan(second):
            part = triangle
            for a, b in pairwise([*other, other[0]]):
                part = clipped(part, a, b) if len(part) > 2 else []
            total += sign * other_sign * (area(part) if len(part) > 2 else 0)
    return abs(total)


def squared_distance(first: Ring, second: Ring) -> Fraction:
    """Between two rings that do not cross: from a corner of either to a side of the other."""
    return min(
        _to_side(corner, side)
        for corners, ring in ((first, second), (second, first))
        for corner in corners
        for side in pairwise([*ring, ring[0]])
    )


def _to_side(corner: Point, side: tuple[Point, Point]) -> Fraction:
    (ax, ay), (bx, by) = side
    dx, dy = bx - ax, by - ay
    along = Fraction((corner[0] - ax) * dx + (corner[1] - ay) * dy) / (dx * dx + dy * dy)
    along = min(max(along, Fraction(0)), Fraction(1))
    return (corner[0] - ax - along * dx) ** 2 + (corner[1] - ay - along * dy) ** 2


def star(random: np.random.Generator, x: int, y: int) -> Ring:
    """A simple polygon with whole-number corners: rays in rising angle round a whole-number centre."""
    count = int(random.integers(3, 10))
    angles = (np.arange(count) + random.uniform(-0.2, 0.2, count)) * 2 * math.pi / count
    rays = np.round(random.uniform(20, 90, count) * np.array([np.cos(angles), np.sin(angles)])).astype(int)
    return [(Fraction(x + int(dx)), Fraction(y + int(dy))) for dx, dy in rays.T]


def polygon(ring: Ring) -> shapely.Polygon:
    return shapely.Polygon([(float(x), float(y)) for x, y in ring])


def test_the_fractions_themselves() -> None:
    """Two squares of side 4 that share a square of side 2, a notch, and a 3-4-5 triangle's distance."""
    whole = [(Fraction(x), Fraction(y)) for x, y in ((0, 0), (4, 0), (4, 4), (0, 4))]
    moved = [(x + 2, y + 2) for x, y in whole]
    assert shared_area(whole, moved) == 4
    notched = [(Fraction(x), Fraction(y)) for x, y in ((0, 0), (4, 0), (4, 4), (2, 1), (0, 4))]
    assert shared_area(whole, notched) == area(notched) == 10
    far = [(x + 7, y + 8) for x, y in whole]
    assert squared_distance(whole, far) == 25


@pytest.mark.parametrize("seed", range(60))
def test_shared_areas(seed: int) -> None:
    random = np.random.default_rng(seed)
    site, other = star(random, 0, 0), star(random, *(int(at) for at in random.integers(-60, 60, 2)))
    exact = shared_area(site, other)
    finding = ask(polygon(site), Condition(R.NO_OVERLAP, "layer"), features([polygon(other)]))
    assert finding.deciding is not None
    assert finding.deciding.overlap_m2 is not None
    assert finding.deciding.overlap_m2[0] == pytest.approx(float(exact), rel=1e-9, abs=1e-6)
    if exact == 0 or exact > Fraction(1001, 1000):
        assert finding.outcome is (CONFLICT if exact else CLEAR)
    for limit in (Fraction(1, 10), Fraction(1, 2)):
        share = exact / area(site)
        if abs(share - limit) > Fraction(1, 10**8):
            asked = Condition(R.MAX_OVERLAP_SHARE, "layer", share_max=float(limit))
            assert ask(polygon(site), asked, features([polygon(other)])).outcome is (
                CONFLICT if share > limit else CLEAR
            )


@pytest.mark.parametrize("seed", range(60))
def test_distances_at_the_limit_itself(seed: int) -> None:
    """Two micrometres on either side of the exact distance the answer turns."""
    random = np.random.default_rng(seed)
    site, other = star(random, 0, 0), star(random, 190, int(random.integers(-90, 90)))
    square = squared_distance(site, other)
    exact = math.sqrt(square)
    layer = features([polygon(other)])
    for limit in (exact - 2 * PLACE_NOISE_M, exact + 2 * PLACE_NOISE_M):
        finding = ask(polygon(site), Condition(R.MIN_DISTANCE, "layer", distance_m=limit), layer)
        assert finding.deciding is not None
        assert finding.deciding.distance_m == pytest.approx(exact, abs=PLACE_NOISE_M)
        assert finding.outcome is (CONFLICT if square < Fraction(limit) ** 2 else CLEAR)


@pytest.mark.parametrize("triple", [(3, 4, 5), (5, 12, 13), (8, 15, 17), (20, 21, 29), (119, 120, 169)])
def test_whole_number_distances(triple: tuple[int, int, int]) -> None:
    """Corner to corner along the hypotenuse of a right triangle with whole sides.

    Within x of the central meridian the plane is longer than the ground by x² / 2R²: at 120 m by 2e-10, 0.03 µm here.
    """
    dx, dy, exact = triple
    layer = features([shapely.box(dx, dy, dx + 50, dy + 50)])
    finding = ask(shapely.box(-50, -50, 0, 0), Condition(R.MIN_DISTANCE, "layer", distance_m=exact + 1e-5), layer)
    assert finding.deciding is not None
    assert finding.deciding.distance_m == pytest.approx(exact, abs=PLACE_NOISE_M)
    assert finding.outcome is CONFLICT
