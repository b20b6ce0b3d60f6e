"""Patterns in space: agreement with esda, exactness of the drawing of neighbours, places of points, densities."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.autocorrelation import getis_ord, local_moran, moran, neighbour_sum_p
from geo.colocation import colocation_quotients
from geo.density import kernel_density
from geo.errors import GeoError
from geo.neighbours import Neighbours, of_pairs, of_squares, touching
from geo.tessellation import assign, hexagon_outlines, hexagons, square_cells, square_outlines

esda = pytest.importorskip("esda")
libpysal = pytest.importorskip("libpysal")


def as_weights(neighbours: Neighbours) -> object:
    ends = zip(neighbours.starts, neighbours.starts[1:], strict=False)
    lists = {place: neighbours.others[start:end].tolist() for place, (start, end) in enumerate(ends)}
    return libpysal.weights.W(lists, silence_warnings=True)


def of_weights(weights: object) -> Neighbours:
    pairs = [(weights.id2i[one], weights.id2i[other]) for one, others in weights.neighbors.items() for other in others]
    first, second = np.array(pairs).T
    return of_pairs(first, second, weights.n)


@pytest.fixture(scope="module")
def homicides() -> tuple[np.ndarray, Neighbours]:
    """Homicide rates of 78 counties round St. Louis, the data that esda's own examples use."""
    weights = libpysal.io.open(libpysal.examples.get_path("stl.gal")).read()
    table = libpysal.io.open(libpysal.examples.get_path("stl_hom.txt"))
    return np.array(table.by_col["HR8893"], dtype=float), of_weights(weights)


def test_morans_i_is_esdas(homicides: tuple[np.ndarray, Neighbours]) -> None:
    values, neighbours = homicides
    theirs = esda.Moran(values, as_weights(neighbours), permutations=0)
    ours = moran(values, neighbours, permutations=0)
    assert (ours.statistic, ours.expected) == pytest.approx((theirs.I, theirs.EI))
    assert (ours.z, ours.p_normal) == pytest.approx((theirs.z_norm, theirs.p_norm))


def test_permutation_p_of_morans_i_is_esdas(homicides: tuple[np.ndarray, Neighbours]) -> None:
    values, neighbours = homicides
    np.random.seed(1)
    theirs = esda.Moran(values, as_weights(neighbours), permutations=4999)
    ours = moran(values, neighbours, seed=1, permutations=4999)
    assert ours.p_permutation == pytest.approx(2 * theirs.p_sim, abs=0.02)


def test_local_moran_is_esdas(homicides: tuple[np.ndarray, Neighbours]) -> None:
    values, neighbours = homicides
    theirs = esda.Moran_Local(values, as_weights(neighbours), permutations=9999, seed=3)
    ours = local_moran(values, neighbours, seed=3, permutations=9999)
    # esda divides by the variance with n − 1
    assert ours.statistic * (len(values) - 1) / len(values) == pytest.approx(theirs.Is)
    assert ours.quadrant.tolist() == theirs.q.tolist()
    assert ours.p == pytest.approx(np.minimum(1, 2 * theirs.p_sim), abs=0.03)


@pytest.mark.parametrize("star", [True, False])
def test_local_g_is_esdas(homicides: tuple[np.ndarray, Neighbours], star: bool) -> None:
    values, neighbours = homicides
    theirs = esda.G_Local(values, as_weights(neighbours), transform="B", star=star, permutations=0)
    assert getis_ord(values, neighbours, star=star, permutations=99).statistic == pytest.approx(theirs.Zs)


def test_drawing_neighbours_is_exact() -> None:
    """The p of a place is that of all ways to choose its neighbours from the others: six places allow to count them."""
    values = np.array([5.0, 1.0, 2.0, 8.0, 3.0, 9.0])
    neighbours = of_pairs(np.array([0, 0, 3]), np.array([3, 5, 4]), 6)
    found = neighbour_sum_p(values, neighbours, seed=0, permutations=200_000)
    for place in (0, 3):
        own = neighbours.others[neighbours.starts[place] : neighbours.starts[place + 1]]
        others = np.delete(values, place)
        sums = np.array([sum(chosen) for chosen in combinations(others, len(own))])
        observed = values[own].sum()
        tails = [(sums <= observed + 1e-9).mean(), (sums >= observed - 1e-9).mean()]
        assert found[place] == pytest.approx(min(1.0, 2 * min(tails)), abs=0.01)
    assert np.isnan(found[1])


def test_no_pattern_gives_false_alarms_at_the_stated_rate() -> None:
    """Over many maps without a pattern, a place is called significant at 5 % in about 5 % of them."""
    column, row = (part.ravel() for part in np.meshgrid(np.arange(20), np.arange(20)))
    neighbours, random = of_squares(column, row), np.random.default_rng(11)
    alarms = [(local_moran(random.normal(size=400), neighbours, seed, 999).p <= 0.05).mean() for seed in range(40)]
    assert 0.035 < np.mean(alarms) < 0.065


def test_same_seed_same_answer(homicides: tuple[np.ndarray, Neighbours]) -> None:
    values, neighbours = homicides
    first, again = (local_moran(values, neighbours, seed=9, permutations=199).p for _ in range(2))
    assert np.array_equal(first, again)


def test_a_map_without_differences_has_no_pattern(homicides: tuple[np.ndarray, Neighbours]) -> None:
    with pytest.raises(GeoError, match="values_constant"):
        moran(np.ones(78), homicides[1])


def test_squares_have_up_to_eight_neighbours() -> None:
    column, row = (part.ravel() for part in np.meshgrid(np.arange(4), np.arange(3)))
    counts = of_squares(column, row).counts.reshape(3, 4)
    assert counts.tolist() == [[3, 5, 5, 3], [5, 8, 8, 5], [3, 5, 5, 3]]
    boxes = np.asarray(shapely.box(column, row, column + 1, row + 1))
    assert touching(boxes, 1e-6).counts.reshape(3, 4).tolist() == counts.tolist()


def test_points_in_many_and_few_are_assigned_alike() -> None:
    random = np.random.default_rng(4)
    outlines = np.array(
        [shapely.Point(0, 0).buffer(3), shapely.box(3, -3, 8, 3), shapely.box(20, 20, 21, 21)], dtype=object
    )
    points = random.uniform(-5, 10, (30_000, 2))
    few = np.concatenate([assign(part, outlines) for part in np.array_split(points, 10)])
    assert np.array_equal(assign(points, outlines), few)
    assert set(few) == {-1, 0, 1}


def test_a_point_on_a_common_edge_belongs_to_the_first() -> None:
    boxes = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)], dtype=object)
    assert assign(np.array([[1.0, 0.5], [2.0, 1.0], [2.1, 0.5]]), boxes).tolist() == [0, 1, -1]


@given(st.lists(st.tuples(st.floats(-1e5, 1e5), st.floats(-1e5, 1e5)), min_size=1, max_size=40), st.floats(10, 5e4))
def test_every_point_lies_in_its_square(points: list[tuple[float, float]], side: float) -> None:
    places = np.array(points)
    cells = square_cells(places, side)
    outlines = square_outlines(cells, side)[cells.of_point]
    assert (shapely.distance(outlines, shapely.points(places)) <= 1e-6).all()
    assert len(set(cells.ids)) == len(cells.ids)


def test_every_point_lies_in_its_hexagon() -> None:
    points = np.random.default_rng(2).uniform((119.6, 35.6), (121.0, 37.0), (300, 2))
    cells = hexagons(points, 7)
    assert shapely.contains_xy(hexagon_outlines(cells.ids)[cells.of_point], points[:, 0], points[:, 1]).all()


def test_density_of_one_point_is_the_gaussian() -> None:
    """A single point in the middle of a cell: the peak is 1 / (2 π σ²), and the surface sums to one point."""
    surface = kernel_density(np.array([[50.0, 50.0]]), 1000.0, 100.0, (-6000.0, -6000.0, 6100.0, 6100.0))
    assert surface.values.max() == pytest.approx(1e6 / (2 * np.pi * 1000.0**2), rel=1e-3)
    assert surface.values.sum() * 0.01 == pytest.approx(1.0, rel=1e-3)
    row, column = np.unravel_index(surface.values.argmax(), surface.values.shape)
    assert (row, column) == (60, 60)


def test_density_of_few_points_is_not_shown() -> None:
    crowd = np.full((3, 2), 50.0)
    surface = kernel_density(np.vstack([crowd, [[9050.0, 9050.0]]]), 500.0, 100.0, (0.0, 0.0, 10_000.0, 10_000.0))
    shown = surface.shown()
    assert np.isfinite(shown[-1, 0])
    assert np.isnan(shown[9, 90])


def test_north_is_the_first_row() -> None:
    surface = kernel_density(np.array([[50.0, 9950.0]]), 300.0, 100.0, (0.0, 0.0, 10_000.0, 10_000.0))
    assert surface.values[0, 0] == surface.values.max()


def test_colocation_by_hand() -> None:
    """Two pairs, each one a and one b: every nearest neighbour is of the other sector.

    C(a→b) = 2 of N_a = 2, and chance is N_b / (N − 1) = 2/3: the quotient is 3/2, and that of a with itself 0.
    """
    points = np.array([[0, 0], [1, 0], [100, 0], [101, 0]], dtype=float)
    found = colocation_quotients(points, np.array([0, 1, 0, 1]), 2, permutations=0)
    assert found.values == pytest.approx(np.array([[0, 1.5], [1.5, 0]]))


def test_firms_of_one_building_are_each_others_nearest() -> None:
    """a, a, b in one place: of a's two nearest others one is a and one b, of b's both are a; the fourth is alone.

    C(a→a) = 2 · 1/2, C(a→b) = 2 · 1/2, C(b→a) = 1 + the lone b's 2/3, C(b→b) = its 1/3; with N = 4 the chances are
    2·1/3, 2·2/3, 2·2/3, 2·1/3.
    """
    points = np.array([[0, 0], [0, 0], [0, 0], [50, 0]], dtype=float)
    found = colocation_quotients(points, np.array([0, 0, 1, 1]), 2, permutations=0)
    assert found.values == pytest.approx(np.array([[1.5, 0.75], [1.25, 0.5]]))
