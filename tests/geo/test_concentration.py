"""Indices and intervals: what must hold for any numbers, and what a known share must give."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.concentration import ellison_glaeser, entropy, gini, herfindahl, location_quotients, lorenz, theil
from geo.disclosure import Rule, hidden_cells, largest_shares
from geo.errors import GeoError
from geo.intervals import Members, adjusted_p, bootstrap_quotients, clopper_pearson, quotient_interval

amounts = st.lists(st.integers(0, 1000), min_size=2, max_size=12).filter(any)


@given(amounts, st.integers(1, 50))
def test_indices_do_not_depend_on_the_unit(values: list[int], factor: int) -> None:
    scaled = [factor * value for value in values]
    assert gini(scaled) == pytest.approx(gini(values))
    assert theil(scaled) == pytest.approx(theil(values))
    assert herfindahl(scaled) == pytest.approx(herfindahl(values))


@given(amounts)
def test_indices_stay_in_their_ranges(values: list[int]) -> None:
    n = len(values)
    assert -1e-12 <= gini(values) <= (n - 1) / n + 1e-12
    assert 1 / n - 1e-12 <= herfindahl(values) <= 1 + 1e-12
    assert -1e-12 <= entropy(values) <= np.log(n) + 1e-12
    assert -1e-12 <= theil(values) <= np.log(n) + 1e-12


@given(amounts)
def test_a_sector_spread_like_its_base_is_not_concentrated(values: list[int]) -> None:
    assert gini(values, values) == pytest.approx(0.0, abs=1e-12)
    assert theil(values, values) == pytest.approx(0.0, abs=1e-12)


@given(st.lists(st.lists(st.integers(0, 99), min_size=3, max_size=3).filter(any), min_size=2, max_size=5))
def test_quotients_average_to_one(rows: list[list[int]]) -> None:
    """Weighted by the places' sizes, the quotients of a sector have mean 1."""
    matrix = np.array(rows, dtype=float)
    quotients, size = location_quotients(matrix), matrix.sum(axis=1)
    for column in np.flatnonzero(matrix.sum(axis=0)):
        assert np.average(quotients[:, column], weights=size) == pytest.approx(1.0)


def test_lorenz_ends_at_everything() -> None:
    curve = lorenz([3, 0, 1], [1, 1, 2])
    assert (curve.base[0], curve.sector[0]) == (0.0, 0.0)
    assert (curve.base[-1], curve.sector[-1]) == pytest.approx((1.0, 1.0))
    assert curve.order.tolist() == [1, 2, 0]


def test_negative_amounts_are_refused() -> None:
    with pytest.raises(GeoError, match="amount_negative"):
        gini([1, -1])


def test_one_plant_has_no_agglomeration_index() -> None:
    assert np.isnan(ellison_glaeser([5], [0], [1, 1]))


def test_exact_interval_of_none_and_all() -> None:
    """No success in n trials: the upper end u has (1 − u)^n = 2.5 %."""
    low, high = clopper_pearson([0, 10], [10, 10])
    assert (low[0], high[1]) == (0.0, 1.0)
    assert high[0] == pytest.approx(1 - 0.025 ** (1 / 10))
    assert low[1] == pytest.approx(0.025 ** (1 / 10))


def test_exact_interval_covers_at_least_its_level() -> None:
    random = np.random.default_rng(7)
    hits = random.binomial(30, 0.2, 4000)
    low, high = clopper_pearson(hits, 30)
    assert ((low <= 0.2) & (high >= 0.2)).mean() >= 0.95


def test_open_membership_widens_a_quotient() -> None:
    closed = quotient_interval([6], [6], [30], 20, 20, 300)
    opened = quotient_interval([4], [8], [30], 15, 25, 300)
    assert opened[0][0] < closed[0][0] < 3.0 < closed[1][0] < opened[1][0]


def test_bootstrap_is_seeded_and_holds_the_quotient() -> None:
    random = np.random.default_rng(3)
    size, places = random.lognormal(3, 1, 400), random.integers(0, 4, 400)
    sectors = Members(np.arange(400), random.integers(0, 2, 400))
    wanted = (np.array([0, 1]), np.array([0, 1]))
    first = bootstrap_quotients(size, places, sectors, wanted, seed=5, replications=200)
    again = bootstrap_quotients(size, places, sectors, wanted, seed=5, replications=200)
    assert np.array_equal(first, again)
    inside = size[(places == 0) & (sectors.sectors == 0)].sum() / size[places == 0].sum()
    quotient = inside / (size[sectors.sectors == 0].sum() / size.sum())
    assert first[0][0] < quotient < first[1][0]


def test_adjusted_p_leaves_out_what_was_not_tested() -> None:
    found = adjusted_p([0.01, np.nan, 0.04])
    assert np.isnan(found[1])
    assert found[[0, 2]] == pytest.approx([0.02, 0.04])


def test_small_cells_are_hidden_with_a_second_one() -> None:
    """Rows and columns have totals: the 1 alone could be read off them, so that a rectangle of four is hidden."""
    found = hidden_cells([[1, 10, 20], [5, 6, 7], [8, 9, 30]], np.zeros((3, 3)))
    assert found.primary.sum() == 1
    assert found.cells.sum() == 4
    assert set(found.cells.sum(axis=0)) | set(found.cells.sum(axis=1)) == {0, 2}


@given(st.lists(st.lists(st.integers(0, 12), min_size=4, max_size=4), min_size=4, max_size=4))
def test_no_total_gives_a_hidden_cell_away(table: list[list[int]]) -> None:
    hidden = hidden_cells(table, np.zeros((4, 4))).cells
    assert 1 not in hidden.sum(axis=0)
    assert 1 not in hidden.sum(axis=1)
    small = (np.array(table) > 0) & (np.array(table) < 3)
    assert hidden[small].all()


def test_one_dominant_firm_hides_a_cell() -> None:
    dominance = largest_shares([80, 10, 5, 5, 50, 50, 50], np.array([0, 0, 0, 0, 1, 1, 1]), 2)
    assert dominance == pytest.approx([0.8, 1 / 3])
    assert hidden_cells([[4], [3]], dominance[:, None], Rule()).primary.ravel().tolist() == [True, False]
