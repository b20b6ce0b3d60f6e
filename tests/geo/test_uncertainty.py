"""Bands, buffers that err on the careful side, and decisions at their edges."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import uncertainty as u


def star(seed: int, corners: int) -> shapely.Polygon:
    """A polygon with many notches and spikes, away from the origin as real coordinates are."""
    random = np.random.default_rng(seed)
    angle = np.sort(random.uniform(0, 2 * np.pi, corners))
    radius = random.uniform(5, 100, corners)
    polygon = shapely.Polygon(np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]) + (534_467, 3_993_055))
    return polygon if polygon.is_valid else shapely.convex_hull(polygon)


def test_band() -> None:
    assert u.band_m(3.0, [4.0, 0.0], 1.0) == pytest.approx([6.0, 4.0])
    assert np.isinf(u.band_m(3.0, np.nan))


@settings(max_examples=200)
@given(seed=st.integers(0, 10**6), corners=st.integers(3, 60), band=st.floats(0.01, 80))
def test_a_grown_figure_holds_the_disc_round_each_of_its_points(seed: int, corners: int, band: float) -> None:
    polygon = star(seed, corners)
    rim = u.grow(polygon, band).boundary
    assert band <= shapely.distance(rim, polygon) <= band * 1.0002 * 1.0001 + 1e-6


@settings(max_examples=200)
@given(seed=st.integers(0, 10**6), corners=st.integers(3, 60), band=st.floats(0.01, 30))
def test_a_shrunk_figure_keeps_only_what_is_deeper_than_the_band(seed: int, corners: int, band: float) -> None:
    polygon = star(seed, corners)
    core = u.shrink(polygon, band)
    assert core.is_empty or shapely.distance(core.boundary, polygon.boundary) >= band
    assert u.shrink(polygon, 0.0) is polygon


def test_equality_belongs_to_the_side_that_the_table_says() -> None:
    assert u.decide_min_distance(50.0, 10.0, 40.0) == (False, True)  # d - b = L is clear
    assert u.decide_min_distance(50.0, 10.0, 60.0) == (False, False)  # d + b = L is not a conflict
    assert u.decide_max_distance(50.0, 10.0, 60.0) == (False, True)  # d + b = L is clear
    assert u.decide_max_distance(50.0, 10.0, 40.0) == (False, False)  # d - b = L is not a conflict
    assert u.decide_overlap_area(1.0, 5.0, 1.0) == (False, False)  # the threshold itself is a sliver
    assert u.decide_overlap_area(0.0, 0.0, 1.0) == (False, True)
    assert u.decide_overlap_share(20.0, 20.0, 100.0, 0.2) == (False, True)
    assert u.decide_at_least(30.0, 30.0, 30.0) == (False, True)
    assert u.decide_at_most(30.0, 30.0, 30.0) == (False, True)


NUMBERS = st.floats(0, 1e5)


@given(distance=NUMBERS, band=NUMBERS, limit=NUMBERS, more=NUMBERS)
def test_distance_decisions_are_consistent_and_only_get_more_careful(
    distance: float, band: float, limit: float, more: float
) -> None:
    for decide in (u.decide_min_distance, u.decide_max_distance):
        conflict, clear = decide(distance, band, limit)
        assert not (conflict and clear)
        wider = decide(distance, band + more, limit)
        assert not wider.conflict or conflict
        assert not wider.clear or clear
    assert (
        not u.decide_min_distance(distance, band, limit + more).clear
        or u.decide_min_distance(distance, band, limit).clear
    )


def test_decisions_take_a_million_sites_at_once() -> None:
    distance = np.linspace(0, 100, 1_000_000)
    conflict, clear = u.decide_min_distance(distance, 5.0, 50.0)
    assert conflict.sum() == (distance < 45).sum()
    assert clear.sum() == (distance >= 55).sum()


def test_overlap_of_features_that_touch_is_that_of_their_union() -> None:
    site = shapely.box(0, 0, 100, 100)
    halves = np.array([shapely.box(-50, -50, 50, 150), shapely.box(50, -50, 150, 150)], dtype=object)
    shared = u.overlap(site, halves, np.array([20.0, 20.0]))
    assert shared.low == pytest.approx(1e4)
    assert shared.high == pytest.approx(1e4)


def test_a_vague_feature_beside_does_not_weaken_what_an_exact_one_proves() -> None:
    site = shapely.box(0, 0, 100, 100)
    both = np.array([shapely.box(50, -50, 150, 150), shapely.box(40, 0, 60, 100)], dtype=object)
    shared = u.overlap(site, both, np.array([1.0, 1000.0]))
    assert shared.low == pytest.approx(4900, abs=1)
    assert shared.high == pytest.approx(1e4)
    assert u.overlap(site, both, np.array([np.inf, np.inf])).low == 0.0


def test_sizes_of_a_line_and_of_points() -> None:
    square = np.array([shapely.box(0, 0, 100, 100)], dtype=object)
    line = u.overlap(shapely.LineString([(-50, 50), (50, 50)]), square, np.array([10.0]))
    assert (line.low, line.drawn, line.high, line.total) == pytest.approx((40, 50, 60, 100), abs=0.01)
    points = u.overlap(shapely.MultiPoint([(50, 50), (5, 5), (-5, 5), (-50, 50)]), square, np.array([10.0]))
    assert (points.low, points.drawn, points.high, points.total) == (1, 2, 3, 4)


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**6), band=st.floats(0.1, 40), dimension=st.integers(0, 2))
def test_no_shift_leaves_the_bounds_of_the_overlap(seed: int, band: float, dimension: int) -> None:
    figure, other = star(seed, 12), star(seed + 1, 9)
    site = (shapely.MultiPoint(other.exterior.coords), other.exterior, other)[dimension]
    site = shapely.LineString(site.coords) if dimension == 1 else site
    shared = u.overlap(site, np.array([figure], dtype=object), np.array([band]))
    for angle in np.linspace(0, 2 * math.pi, 8, endpoint=False):
        for length in (band, band / 2):
            shift = (length * math.cos(angle), length * math.sin(angle))
            moved = shapely.transform(figure, lambda xy, s=shift: xy + s)
            held = u.size(shapely.intersection(site, moved), dimension)
            assert shared.low - 1e-6 <= held <= shared.high + 1e-6
