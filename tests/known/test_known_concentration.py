"""Concentration: answers worked out by hand or computed elsewhere, see ``README.md``."""

from __future__ import annotations

import numpy as np
import pytest

from geo.autocorrelation import getis_ord
from geo.concentration import (
    ellison_glaeser,
    entropy,
    gini,
    herfindahl,
    krugman,
    location_quotients,
    theil,
)
from geo.intervals import adjusted_p
from geo.neighbours import of_pairs

SIX_POINTS = np.array([(10, 10), (20, 10), (40, 10), (15, 20), (30, 20), (30, 30)], dtype=float)
SIX_VALUES = np.array([2, 3, 3.2, 5, 8, 7])

FIVE_REGIONS = np.array(
    [[100, 0, 0, 0, 0], [0, 15, 5, 70, 10], [0, 20, 10, 20, 50], [0, 25, 30, 5, 40], [0, 40, 55, 5, 0]], dtype=float
)


@pytest.mark.parametrize(
    ("star", "expected"),
    [
        (False, [-1.0136729, -0.0436159, 1.3155870, -0.3141268, 1.1537399, 1.7783394]),
        (True, [-1.3972763, -0.2891776, 0.6506496, -0.2891776, 1.2345209, 2.0242433]),
    ],
)
def test_local_g(star: bool, expected: list[float]) -> None:
    apart = np.linalg.norm(SIX_POINTS[:, None] - SIX_POINTS, axis=2)
    near = of_pairs(*np.nonzero(apart <= 15.0), len(SIX_POINTS))
    assert len(near.others) == 14, "7 of the 15 pairs are no farther apart than 15"
    found = getis_ord(SIX_VALUES, near, star=star, permutations=99)
    assert found.statistic == pytest.approx(expected, abs=5e-8)


def test_quotients_of_five_regions() -> None:
    """Every region has 100 of 500, so a quotient is the region's number over a fifth of the column's sum."""
    by_hand = """
        5  0     0     0     0
        0  0.75  0.25  3.5   0.5
        0  1     0.5   1     2.5
        0  1.25  1.5   0.25  2
        0  2     2.75  0.25  0
    """
    expected = np.array(by_hand.split(), dtype=float).reshape(5, 5)
    assert location_quotients(FIVE_REGIONS) == pytest.approx(expected)


def test_a_base_counts_firms_of_no_known_sector_too() -> None:
    """Place 1 has 4 of the 6 firms, so 4/3 of a sector's 2 are expected there, and both lie there: 2 / (4/3)."""
    found = location_quotients([[2, 0], [0, 2]], [4, 2])
    assert found == pytest.approx(np.array([[1.5, 0.0], [0.0, 3.0]]))
    assert np.isnan(location_quotients([[0, 0]], [0])).all()


def test_indices_of_five_regions() -> None:
    assert herfindahl(FIVE_REGIONS) == pytest.approx([1, 0.525, 0.34, 0.315, 0.465])
    assert herfindahl(FIVE_REGIONS, axis=0) == pytest.approx([1, 0.285, 0.405, 0.535, 0.42])
    assert entropy(FIVE_REGIONS) == pytest.approx([0, 0.914286, 1.220607, 1.224068, 0.845113], abs=5e-7)
    assert krugman(FIVE_REGIONS) == pytest.approx([1.6, 1, 0.6, 0.7, 1.1])


@pytest.mark.parametrize(("places", "expected"), [([0, 0, 0, 0], 1.0), ([0, 1, 2, 3], -1 / 3), ([0, 0, 1, 1], 1 / 9)])
def test_ellison_glaeser_of_four_equal_plants(places: list[int], expected: float) -> None:
    assert ellison_glaeser([1, 1, 1, 1], places, [1, 1, 1, 1]) == pytest.approx(expected)


def test_gini() -> None:
    assert gini([1, 2, 3, 4, 5]) == pytest.approx(4 / 15)
    assert gini([0, 0, 0, 0, 1]) == pytest.approx(0.8)
    assert gini([7, 7, 7]) == pytest.approx(0.0)


def test_theil() -> None:
    assert theil([1, 2, 3, 4, 5]) == pytest.approx(0.11968759, abs=5e-9)


def test_false_discovery_rate() -> None:
    p = [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216]
    assert (adjusted_p(p) <= 0.05).sum() == 2
