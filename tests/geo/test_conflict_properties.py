"""What must hold for any site and any layer: found by shifting them about, not by asking the engine again."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry
from tiny_world import R, ask, features

from geo.types import Condition, Outcome

SEEDS = st.integers(0, 10**6)
CONFLICT, CLEAR = Outcome.CONFLICT, Outcome.CLEAR


def figure(random: np.random.Generator, kind: int, span: float) -> BaseGeometry:
    """A point, a line of three corners, or a valid polygon somewhere within a span of metres."""
    centre = random.uniform(-span, span, 2)
    corners = centre + random.uniform(-80, 80, (6, 2))
    if kind == 0:
        return shapely.Point(centre)
    if kind == 1:
        return shapely.LineString(corners[:3])
    angles = np.argsort(np.arctan2(*(corners - corners.mean(axis=0)).T))
    polygon = shapely.Polygon(corners[angles])
    return polygon if polygon.is_valid else shapely.convex_hull(polygon)


def world(seed: int, site_kind: int, kinds: tuple[int, ...] = (0, 1, 2)) -> tuple[BaseGeometry, list[BaseGeometry]]:
    random = np.random.default_rng(seed)
    drawn = [figure(random, int(random.choice(kinds)), 150) for _ in range(random.integers(1, 4))]
    return figure(random, site_kind, 60), drawn


def truly_complies(condition: Condition, site: BaseGeometry, drawn: list[BaseGeometry]) -> bool:
    """The plain planar question, without any tolerance."""
    union = shapely.union_all([shape for shape in drawn if shapely.get_dimensions(shape) == 2])
    nearest = min(shapely.distance(site, shape) for shape in drawn)
    if condition.relation is R.MIN_DISTANCE:
        return bool(nearest >= condition.distance_m)
    if condition.relation is R.MAX_DISTANCE:
        return bool(nearest <= condition.distance_m)
    if condition.relation is R.INSIDE:
        return bool(shapely.covers(union, site))
    if condition.relation is R.MAX_OVERLAP_SHARE:
        return bool(shapely.intersection(site, union).area / site.area <= condition.share_max)
    if shapely.get_dimensions(site) < 2:
        return bool(nearest > 0)
    thin = any(shapely.get_dimensions(shape) < 2 and shapely.intersects(site, shape) for shape in drawn)
    return not thin and bool(shapely.intersection(site, union).area <= 1.0)


def shifts(band: float) -> list[tuple[float, float]]:
    angles = np.linspace(0, 2 * math.pi, 12, endpoint=False)
    return [(length * math.cos(a), length * math.sin(a)) for length in (band * 0.9999, band / 2) for a in angles]


@pytest.mark.parametrize(
    "condition",
    [
        Condition(R.MIN_DISTANCE, "layer", distance_m=60.0),
        Condition(R.MAX_DISTANCE, "layer", distance_m=60.0),
        Condition(R.NO_OVERLAP, "layer"),
        Condition(R.MAX_OVERLAP_SHARE, "layer", share_max=0.3),
        Condition(R.INSIDE, "layer"),
    ],
    ids=lambda condition: condition.relation.value,
)
@settings(max_examples=120)
@given(seed=SEEDS, band=st.floats(0.5, 40), site_kind=st.integers(0, 2))
def test_no_shift_up_to_the_band_changes_an_answer(
    condition: Condition, seed: int, band: float, site_kind: int
) -> None:
    areal = condition.relation in (R.MAX_OVERLAP_SHARE, R.INSIDE)
    kind = 2 if condition.relation is R.MAX_OVERLAP_SHARE else site_kind
    site, drawn = world(seed, kind, (2,) if areal else (0, 1, 2))
    outcome = ask(site, condition, features(drawn, band)).outcome
    assume(outcome in (CONFLICT, CLEAR))
    for dx, dy in [(0.0, 0.0), *shifts(band)]:
        moved = [translate(shape, dx, dy) for shape in drawn]
        assert truly_complies(condition, site, moved) is (outcome is CLEAR)


@settings(max_examples=60)
@given(seed=SEEDS, north=st.floats(-50_000, 50_000), band=st.floats(0, 20), kind=st.integers(0, 2))
def test_moving_site_and_layer_together_changes_nothing(seed: int, north: float, band: float, kind: int) -> None:
    site, drawn = world(seed, kind)
    for condition in (Condition(R.MIN_DISTANCE, "layer", distance_m=60.0), Condition(R.NO_OVERLAP, "layer")):
        here = ask(site, condition, features(drawn, band))
        there = ask(translate(site, 0, north), condition, features([translate(s, 0, north) for s in drawn], band))
        assert here.deciding is not None
        assert there.deciding is not None
        assert there.deciding.distance_m == pytest.approx(here.deciding.distance_m, abs=1e-4)
        if here.deciding.overlap_m2 is not None:
            assert there.deciding.overlap_m2 == pytest.approx(here.deciding.overlap_m2, abs=1e-2, rel=1e-5)
        far_from_limit = abs(abs(here.deciding.distance_m - 60.0) - band) > 1e-3
        if condition.relation is R.MIN_DISTANCE and far_from_limit:
            assert there.outcome is here.outcome


@pytest.mark.parametrize("rigid", [True, False])
@settings(max_examples=60)
@given(seed=SEEDS, limit=st.floats(1, 300), more=st.floats(0, 300), band=st.floats(0, 30))
def test_widening_a_distance_never_clears(rigid: bool, seed: int, limit: float, more: float, band: float) -> None:
    site, drawn = world(seed, 2)
    layer = features(drawn, band, rigid=rigid)
    narrow = ask(site, Condition(R.MIN_DISTANCE, "layer", distance_m=limit), layer).outcome
    wide = ask(site, Condition(R.MIN_DISTANCE, "layer", distance_m=limit + more), layer).outcome
    assert wide is not CLEAR or narrow is CLEAR
    assert narrow is not CONFLICT or wide is CONFLICT or (wide is Outcome.UNCERTAIN and not rigid)


@pytest.mark.parametrize("rigid", [True, False])
@settings(max_examples=60)
@given(seed=SEEDS, band=st.floats(0, 30), kind=st.integers(0, 2))
def test_adding_a_feature_never_clears(rigid: bool, seed: int, band: float, kind: int) -> None:
    """Where each errs on its own, one more that may err can make a conflict uncertain, never clear."""
    site, drawn = world(seed, kind)
    more = [*drawn, figure(np.random.default_rng(seed + 1), 2, 150)]
    for condition in (Condition(R.MIN_DISTANCE, "layer", distance_m=60.0), Condition(R.NO_OVERLAP, "layer")):
        before = ask(site, condition, features(drawn, band, rigid=rigid)).outcome
        after = ask(site, condition, features(more, band, rigid=rigid)).outcome
        assert after is not CLEAR or before is CLEAR
        assert before is not CONFLICT or after is CONFLICT or (after is Outcome.UNCERTAIN and not rigid)


@settings(max_examples=80)
@given(seed=SEEDS, band=st.floats(0, 30), more=st.floats(0.01, 30), kind=st.integers(0, 2))
def test_less_accuracy_never_makes_an_answer(seed: int, band: float, more: float, kind: int) -> None:
    site, drawn = world(seed, kind, (2,))
    for condition in (
        Condition(R.MIN_DISTANCE, "layer", distance_m=60.0),
        Condition(R.MAX_DISTANCE, "layer", distance_m=60.0),
        Condition(R.NO_OVERLAP, "layer"),
        Condition(R.INSIDE, "layer"),
    ):
        sharp = ask(site, condition, features(drawn, band)).outcome
        vague = ask(site, condition, features(drawn, band + more)).outcome
        assert vague is sharp or vague is Outcome.UNCERTAIN
