"""Alignment: random labelling is exact, uncertainty only ever weakens a claim, false alarms stay at their rate."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import shapely

from geo.alignment import Membership, Standing, align, align_amounts, exactly, firms_inside, labelling_p, standing
from geo.intervals import adjusted_p


def sure(flags: np.ndarray) -> Membership:
    return Membership(flags, flags)


def test_labelling_is_the_count_of_all_labellings() -> None:
    """Six firms, three inside, two labels: of 15 labellings 3 put both inside and 3 none."""
    inside = {0, 1, 2}
    both = [len(inside & set(labels)) for labels in combinations(range(6), 2)]
    for observed in (0, 1, 2):
        low, high = labelling_p(6, 3, 2, observed)
        assert low == pytest.approx(np.mean(np.array(both) <= observed))
        assert high == pytest.approx(np.mean(np.array(both) >= observed))


def test_a_planted_cluster_is_found() -> None:
    inside, sector = np.arange(1000) < 100, np.arange(1000) % 20 == 0
    sector[:40] = True
    found = align(exactly(inside), sure(sector))
    assert found.rises
    assert standing(found, found.p) is Standing.CONCENTRATED
    assert found.quotient == pytest.approx(found.firms[0] / found.expected)


def test_no_firm_at_all_is_empty_and_few_are_thin() -> None:
    inside, sector = np.arange(1000) < 400, np.arange(1000) >= 900
    assert standing(align(exactly(inside), sure(sector)), 1.0) is Standing.EMPTY
    sector[0] = True
    found = align(exactly(inside), sure(sector))
    assert standing(found, found.p) is Standing.THIN


def test_no_quotient_where_fewer_than_five_are_expected() -> None:
    inside, sector = np.arange(100) < 10, np.arange(100) % 10 == 0
    found = align(exactly(inside), sure(sector))
    assert (found.expected, found.quotient) == (1.0, None)
    assert standing(found, found.p) is Standing.TOO_FEW


def test_an_inexact_outline_weakens_the_claim() -> None:
    """A cluster on the edge of the place: drawn it lies inside, but the outline is known to 100 m only."""
    random = np.random.default_rng(1)
    spread = random.uniform(-5000, 5000, (1000, 2))
    cluster = np.column_stack([np.full(30, 990.0), np.linspace(-800, 800, 30)])
    points = np.vstack([spread, cluster])
    sector = np.concatenate([np.arange(1000) % 25 == 0, np.ones(30, dtype=bool)])
    box = shapely.box(-1000, -1000, 1000, 1000)
    exact = align(firms_inside(points, box, 0.0), sure(sector))
    inexact = align(firms_inside(points, box, 100.0), sure(sector))
    assert exact.p < 1e-6 < 0.05 < inexact.p
    assert inexact.p_drawn == pytest.approx(exact.p)
    assert inexact.firms[0] < exact.firms[0] == exact.firms[1] <= inexact.firms[1]


def test_codes_that_count_in_part_make_an_interval() -> None:
    inside, possibly = np.arange(200) < 50, np.arange(200) % 4 == 0
    surely = possibly & (np.arange(200) % 8 == 0)
    found = align(exactly(inside), Membership(surely, possibly))
    assert found.firms == (7, 13)


def test_amounts_follow_the_seed_and_the_cluster() -> None:
    random = np.random.default_rng(8)
    amounts = random.lognormal(3, 1, 600)
    inside, sector = np.arange(600) < 100, np.arange(600) < 60
    first, again = (align_amounts(inside, sector, amounts, seed=2) for _ in range(2))
    assert first == again
    assert first.p == pytest.approx(2 / 1000)
    assert first.chance[0] < first.expected < first.chance[1] < first.amount


def test_unknown_amounts_are_left_out() -> None:
    amounts = np.array([np.nan, 2.0, 3.0, 5.0])
    found = align_amounts(np.array([True, True, False, False]), np.array([True, True, True, False]), amounts, seed=0)
    assert (found.amount, found.share) == (2.0, 0.4)


def test_false_alarms_stay_below_the_stated_rate() -> None:
    """100 tables without any cluster, 30 sectors in 10 places each: some finding is believed in at most about 5 %."""
    random = np.random.default_rng(21)
    alarmed = 0
    for _ in range(100):
        place, sector = random.integers(0, 10, 1500), random.integers(0, 30, 1500)
        inside = np.bincount(place, minlength=10)[:, None]
        labels = np.bincount(sector, minlength=30)[None, :]
        both = np.bincount(place * 30 + sector, minlength=300).reshape(10, 30)
        low, high = labelling_p(1500, inside, labels, both)
        alarmed += bool((adjusted_p(np.minimum(1, 2 * np.minimum(low, high)).ravel()) <= 0.05).any())
    assert alarmed <= 10
