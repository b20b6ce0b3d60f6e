"""Features that each err on their own: the more of them may decide, the wider the bands an answer must survive."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from tiny_world import SQUARE, R, ask, features

from geo import uncertainty
from geo.types import Condition, Outcome

CONFLICT, CLEAR, UNCERTAIN = Outcome.CONFLICT, Outcome.CLEAR, Outcome.UNCERTAIN
CENTRE = shapely.Point(0, 0)
FAR = Condition(R.MIN_DISTANCE, "layer", distance_m=200)
NEAR = Condition(R.MAX_DISTANCE, "layer", distance_m=200)


def ring(distances: list[float]) -> list[shapely.Point]:
    """Points all round the centre at these distances, in metres."""
    angles = np.arange(len(distances)) * 2 * np.pi / len(distances)
    return [shapely.Point(d * math.cos(a), d * math.sin(a)) for d, a in zip(distances, angles, strict=True)]


def test_the_widening_leaves_each_shift_its_part_of_five_percent() -> None:
    """0.05^(w²) = 0.05/n: for 20, w² = ln 400 / ln 20 = 2, exactly; for 1, 1."""
    assert uncertainty.widening(1) == 1.0
    assert uncertainty.widening(20) == pytest.approx(math.sqrt(2.0))
    for count in (2, 7, 500):
        assert 0.05 ** (uncertainty.widening(count) ** 2) == pytest.approx(0.05 / count)


@pytest.mark.parametrize(
    ("nearest", "rigid", "outcome"),
    [
        (169.9, True, CONFLICT),  # 169.9 + 30 < 200
        (169.9, False, UNCERTAIN),  # 169.9 + 30 √2 = 212.3
        (157.5, False, CONFLICT),  # 157.5 + 42.43 < 200
        (157.6, False, UNCERTAIN),
    ],
)
def test_one_of_twenty_must_be_nearer_than_one_alone(nearest: float, rigid: bool, outcome: Outcome) -> None:
    layer = features(ring([nearest, *[200.0] * 19]), 30.0, rigid=rigid)
    finding = ask(CENTRE, FAR, layer)
    assert finding.outcome is outcome
    assert finding.deciding is not None
    expected = 30.0 if outcome is CONFLICT else 30.0 * math.sqrt(2.0)
    assert finding.deciding.tolerance_m == pytest.approx(expected)


def test_what_is_far_beyond_the_limit_does_not_count() -> None:
    """The other nineteen are more than two bands beyond: none of them may be at the limit."""
    assert ask(CENTRE, FAR, features(ring([169.9, *[262.0] * 19]), 30.0)).outcome is CONFLICT


def test_when_all_seem_too_near_each_need_not_stand_alone() -> None:
    assert ask(CENTRE, FAR, features(ring([169.9] * 20), 30.0)).outcome is CONFLICT


def test_exact_features_share_the_shift_of_the_site() -> None:
    layer = features(ring([169.9, *[200.0] * 19]), 0.0)
    assert ask(CENTRE, FAR, layer, accuracy_m=30.0).outcome is CONFLICT


def test_near_enough_is_guarded_like_too_near() -> None:
    rest = [300.0 - 42.0] * 19
    assert ask(CENTRE, NEAR, features(ring([169.9, *rest]), 30.0)).outcome is UNCERTAIN
    assert ask(CENTRE, NEAR, features(ring([169.9, *rest]), 30.0, rigid=True)).outcome is CLEAR
    assert ask(CENTRE, NEAR, features(ring([157.0, *rest]), 30.0)).outcome is CLEAR


def test_far_enough_needs_no_guard() -> None:
    """All must seem far: a feature that is truly too near seems far no more often because there are others."""
    assert ask(CENTRE, FAR, features(ring([230.1] * 20), 30.0)).outcome is CLEAR


@pytest.mark.parametrize(("depth", "outcome"), [(31.0, UNCERTAIN), (44.0, CONFLICT)])
def test_neighbours_all_round_a_site(depth: float, outcome: Outcome) -> None:
    """Nineteen parcels that only touch the square, and one drawn across its edge by this much, each known to 30 m."""
    touching = [shapely.box(100, 5 * row, 140, 5 * row + 5) for row in range(19)]
    layer = [shapely.box(-200, 100 - depth, 300, 300), *touching]
    assert ask(SQUARE, Condition(R.NO_OVERLAP, "layer"), features(layer, 30.0)).outcome is outcome
    assert ask(SQUARE, Condition(R.NO_OVERLAP, "layer"), features(layer, 30.0, rigid=True)).outcome is CONFLICT
