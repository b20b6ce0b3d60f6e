"""Of many drawings of a true world, in how many is the answer wrong? Never in more than 5 %."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from scipy.stats import binom
from shapely.geometry.base import BaseGeometry
from simulator import CE95_PER_SIGMA, Errors, shift, tally, tally_combined
from worlds import BIG, LIMIT_M, POINT, Family, World, disc, families, ring

from geo.types import AllOf, AnyOf, Condition, Relation

DRAWS = 100
#: A share of 5 % gives a count above this once in 100,000 runs.
MOST = int(binom.ppf(1 - 1e-5, DRAWS, 0.05))
FAMILIES = families()


@pytest.mark.parametrize("family", FAMILIES, ids=[family.title for family in FAMILIES])
@pytest.mark.parametrize("side", [1.0, -1.0], ids=["complies", "violates"])
def test_a_wrong_answer_is_rarer_than_one_in_twenty(family: Family, side: float) -> None:
    world = family.make(side * family.just)
    assert world.complies is (side > 0)
    assert tally(world, DRAWS, seed=2026).wrong <= MOST


@pytest.mark.parametrize("relation", [Relation.NO_OVERLAP, Relation.INSIDE])
@pytest.mark.parametrize("side", [1.0, -1.0])
def test_away_from_the_limit_there_is_an_answer(relation: Relation, side: float) -> None:
    """A margin of three bands is more than two, so that a drawing that is one band off is told: at least 95 % are."""
    east = 180.0 if (relation is Relation.NO_OVERLAP) is (side > 0) else 0.0
    found = tally(World(POINT, (disc(90, east),), Condition(relation, "layer")), DRAWS, seed=3)
    assert found.complies is (side > 0)
    assert (found.clear if found.complies else found.conflict) >= binom.ppf(1e-5, DRAWS, 0.95)


@pytest.mark.parametrize(("count", "unguarded"), [(1, 0.0072), (20, 0.134), (100, 0.51)])
def test_features_that_err_separately(count: int, unguarded: float) -> None:
    """A layer that wrongly says that it errs as one gives 1 - (1 - 0.0072)^n false conflicts; unsaid, it does not.

    The site's own error is nil here, so that the features' are all there is, and the limit is 100 bands away.
    """
    far = Condition(Relation.MIN_DISTANCE, "layer", distance_m=3000.0)
    world = World(POINT, tuple(ring(count, 3000.001)), far)
    draws = 600
    wrong = tally(world, draws, 5, Errors(0.0, 30.0, separate=True, stated_rigid=True)).wrong
    assert binom.ppf(1e-4, draws, unguarded * 0.9) <= wrong <= binom.ppf(1 - 1e-4, draws, unguarded * 1.1)
    assert tally(world, draws, 5, Errors(0.0, 30.0, separate=True)).wrong <= binom.ppf(1 - 1e-5, draws, 0.05)


@pytest.mark.parametrize("relation", [Relation.MIN_DISTANCE, Relation.MAX_DISTANCE])
@pytest.mark.parametrize("count", [5, 60])
def test_separate_errors_beside_the_error_of_the_site(relation: Relation, count: int) -> None:
    """Just beyond the limit they comply with the one and violate the other."""
    world = World(POINT, tuple(ring(count, LIMIT_M + 0.5)), Condition(relation, "layer", distance_m=LIMIT_M))
    assert tally(world, DRAWS, 8, Errors(separate=True)).wrong <= MOST


@pytest.mark.parametrize("joined", [AllOf, AnyOf])
def test_a_rule_over_two_layers(joined: type[AllOf | AnyOf]) -> None:
    """Of many layers that are all at the limit one errs more often: docs/uncertainty.md says how often."""
    assert tally_combined(joined, 2, DRAWS, 4).wrong <= MOST


@pytest.mark.parametrize(
    ("figure", "at", "sigma", "share"),
    [
        (shapely.box(0, -5000, 5000, 5000), 0.0, 30.0, 0.5),
        (shapely.box(-30, -5000, 5000, 5000), 0.0, 30.0, 0.841345),
        (shapely.box(-60, -5000, 5000, 5000), 0.0, 30.0, 0.977250),
        (shapely.box(60, -5000, 5000, 5000), 0.0, 30.0, 0.022750),
        (disc(50), 0.0, 25.0, 0.864665),
        (shapely.box(-50, -50, 50, 50), 0.0, 25.0, 0.911070),
        (shapely.box(0, 0, 100, 100), 0.0, 25.0, 0.249968),
    ],
)
def test_exactly_drawn_closed_forms_of_overlap(figure: BaseGeometry, at: float, sigma: float, share: float) -> None:
    """Stated as exact, what is drawn decides: a point is drawn inside as often as the closed form says."""
    _as_often(World(shapely.Point(at, 0), (figure,), Condition(Relation.NO_OVERLAP, "layer")), sigma, share)


@pytest.mark.parametrize(("at", "share"), [(1000.0, 0.044726), (900.0, 0.486695), (800.0, 0.948587)])
def test_exactly_drawn_closed_forms_of_distance(at: float, share: float) -> None:
    """Drawn nearer than 900 m: at a true 900 m in less than half, for the circle curves away."""
    near = Condition(Relation.MIN_DISTANCE, "layer", distance_m=900.0)
    _as_often(World(POINT, (shapely.Point(at, 0),), near), 60.0, share)


def _as_often(world: World, sigma: float, share: float) -> None:
    draws = 1500
    errors = Errors(0.6 * CE95_PER_SIGMA * sigma, 0.8 * CE95_PER_SIGMA * sigma, stated=False)
    inside = tally(world, draws, 12, errors).conflict
    assert binom.ppf(1e-4, draws, share) <= inside <= binom.ppf(1 - 1e-4, draws, share)


def test_the_simulator_finds_the_fault_of_a_one_sided_bound() -> None:
    """d ± 1.645 s holds for a straight edge; in a round hole it is wrong in exp(-1.645²/2) = 26 % of cases.

    A point in a hole of no size complies; the drawing seems 1.645 s or more within the solid that often.
    """
    random = np.random.default_rng(1)
    drawn = np.array([shift(random, CE95_PER_SIGMA) for _ in range(20_000)])
    seems_within = np.hypot(*drawn.T) > 1.645
    assert seems_within.mean() == pytest.approx(math.exp(-(1.645**2) / 2), abs=0.012)
    hole = World(POINT, (BIG - disc(0.01),), Condition(Relation.NO_OVERLAP, "layer"))
    assert tally(hole, DRAWS, 1).wrong <= MOST
