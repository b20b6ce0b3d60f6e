"""The decision table on the square of README.md: every case worked out on paper."""

from __future__ import annotations

import pytest
import shapely
from tiny_world import SQUARE, R, ask, features

from geo.types import Condition, Outcome, Why

CONFLICT, CLEAR, UNCERTAIN = Outcome.CONFLICT, Outcome.CLEAR, Outcome.UNCERTAIN
STRIP = shapely.box(80, 0, 200, 100)


@pytest.mark.parametrize("point", [(150, 50), (130, 140)])
@pytest.mark.parametrize(
    ("limit", "band", "outcome"),
    [
        (60.01, 10, CONFLICT),  # 50 + 10 < 60.01
        (59.99, 10, UNCERTAIN),
        (40.01, 10, UNCERTAIN),  # 50 - 10 < 40.01
        (39.99, 10, CLEAR),
        (50.01, 0, CONFLICT),
        (49.99, 0, CLEAR),
    ],
)
def test_min_distance(point: tuple[float, float], limit: float, band: float, outcome: Outcome) -> None:
    finding = ask(SQUARE, Condition(R.MIN_DISTANCE, "layer", distance_m=limit), features([shapely.Point(point)], band))
    assert finding.outcome is outcome
    assert finding.deciding is not None
    assert finding.deciding.distance_m == pytest.approx(50, abs=1e-5)
    assert finding.deciding.margin_m == pytest.approx(50 - limit, abs=1e-5)
    assert finding.deciding.tolerance_m == band


@pytest.mark.parametrize(
    ("limit", "band", "outcome"),
    [(60.01, 10, CLEAR), (59.99, 10, UNCERTAIN), (40.01, 10, UNCERTAIN), (39.99, 10, CONFLICT)],
)
def test_max_distance(limit: float, band: float, outcome: Outcome) -> None:
    condition = Condition(R.MAX_DISTANCE, "layer", distance_m=limit)
    finding = ask(SQUARE, condition, features([shapely.Point(150, 50)], band))
    assert finding.outcome is outcome
    assert finding.deciding is not None
    assert finding.deciding.margin_m == pytest.approx(limit - 50, abs=1e-5)


def test_site_and_layer_accuracy_join_as_the_root_of_squares_and_the_bias_is_added() -> None:
    layer = features([shapely.Point(150, 50)], 8.0, bias_m=5.0)
    finding = ask(SQUARE, Condition(R.MIN_DISTANCE, "layer", distance_m=10.0), layer, accuracy_m=6.0)
    assert finding.deciding is not None
    assert finding.deciding.tolerance_m == pytest.approx(15.0)


@pytest.mark.parametrize(
    ("band", "low", "high", "outcome"), [(0, 2000, 2000, CONFLICT), (10, 800, 3000, CONFLICT), (20, 0, 4000, UNCERTAIN)]
)
def test_overlap_bounds(band: float, low: float, high: float, outcome: Outcome) -> None:
    finding = ask(SQUARE, Condition(R.NO_OVERLAP, "layer"), features([STRIP], band))
    assert finding.outcome is outcome
    assert finding.deciding is not None
    assert finding.deciding.overlap_m2 == pytest.approx((low, high), abs=1.0)
    assert finding.deciding.overlap_share == pytest.approx((low / 1e4, high / 1e4), abs=1e-4)


@pytest.mark.parametrize(
    ("share", "band", "outcome"),
    [(0.2, 0, CLEAR), (0.19, 0, CONFLICT), (0.31, 10, CLEAR), (0.29, 10, UNCERTAIN), (0.07, 10, CONFLICT)],
)
def test_max_overlap_share(share: float, band: float, outcome: Outcome) -> None:
    finding = ask(SQUARE, Condition(R.MAX_OVERLAP_SHARE, "layer", share_max=share), features([STRIP], band))
    assert finding.outcome is outcome


@pytest.mark.parametrize(
    ("low", "high", "band", "outcome"),
    [
        (-20, 120, 19.9, CLEAR),
        (-20, 120, 20.1, UNCERTAIN),
        (0, 100, 0, CLEAR),
        (40, 140, 56.5, CONFLICT),
        (40, 140, 56.7, UNCERTAIN),
        (40, 140, 0, CONFLICT),
    ],
)
def test_inside(low: float, high: float, band: float, outcome: Outcome) -> None:
    finding = ask(SQUARE, Condition(R.INSIDE, "layer"), features([shapely.box(low, low, high, high)], band))
    assert finding.outcome is outcome


@pytest.mark.parametrize(
    ("x", "band", "outcome"),
    [
        (50, 49.9, CONFLICT),
        (50, 50.1, UNCERTAIN),
        (0, 0, CONFLICT),  # the boundary counts
        (-10, 9.99, CLEAR),
        (-10, 10.01, UNCERTAIN),
    ],
)
def test_a_point_in_a_square(x: float, band: float, outcome: Outcome) -> None:
    finding = ask(shapely.Point(x, 50), Condition(R.NO_OVERLAP, "layer"), features([SQUARE], band))
    assert finding.outcome is outcome


@pytest.mark.parametrize(("band", "outcome"), [(0, CONFLICT), (49.9, CONFLICT), (50.1, UNCERTAIN)])
def test_a_point_feature_in_a_site_is_as_deep_as_a_point_site_in_a_feature(band: float, outcome: Outcome) -> None:
    finding = ask(SQUARE, Condition(R.NO_OVERLAP, "layer"), features([shapely.Point(50, 50)], band))
    assert finding.outcome is outcome


def test_adjoining_parcels_do_not_conflict_and_a_trace_is_told_apart() -> None:
    condition = Condition(R.NO_OVERLAP, "layer")
    neighbour = shapely.box(100, 0, 200, 100)
    assert ask(SQUARE, condition, features([neighbour])).outcome is CLEAR
    near = ask(SQUARE, condition, features([neighbour], 10.0))
    assert (near.outcome, near.why) == (UNCERTAIN, Why.WITHIN_TOLERANCE)
    trace = ask(SQUARE, condition, features([shapely.box(99.99, 0, 200, 50)]))
    assert (trace.outcome, trace.why) == (UNCERTAIN, Why.SLIVER)
    assert ask(SQUARE, condition, features([shapely.box(99.97, 0, 200, 50)])).outcome is CONFLICT  # 1.5 m²
