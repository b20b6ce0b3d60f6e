"""Do like values lie together? Moran's I, local Moran, Getis-Ord G, Gi and Gi*, with seeded permutations.

Own kernels in numpy, tested against esda: a place's neighbours weigh alike here (binary or row-standardised weights),
and then the sum over k neighbours drawn at random does not depend on the place but for its own value. One sorted list
of such sums a number k answers every place, instead of one simulation a place. What is shared between places is the
list of draws, as in esda: p-values of different places are not independent of each other, each is right by itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.stats import norm

from geo.errors import GeoError
from geo.intervals import two_sided
from geo.neighbours import Neighbours

Numbers = NDArray[np.float64]

PERMUTATIONS = 9999
#: Sums that differ by less than this share of the values' size are equal: the order of adding must not decide a tie.
_TIE = 1e-9
_VALUES_AT_ONCE = 20_000_000


@dataclass(frozen=True)
class Global:
    """A statistic of the whole map, its expectation under no pattern, z of the normal approximation, two p-values.

    ``p_normal`` and ``p_permutation`` are two-sided; the latter is None where no permutation was asked for.
    """

    statistic: float
    expected: float
    z: float
    p_normal: float
    p_permutation: float | None = None


@dataclass(frozen=True)
class Local:
    """A statistic a place with its two-sided permutation p, both NaN for a place that has no neighbour.

    ``quadrant`` (local Moran): 1 high among high, 2 low among high, 3 low among low, 4 high among low, 0 unknown.
    """

    statistic: Numbers
    p: Numbers
    quadrant: NDArray[np.int8] | None = None


def _values(values: ArrayLike, neighbours: Neighbours) -> Numbers:
    """Raises GeoError ``values_unlike_places``, ``values_constant`` (without a pattern), ``value_unknown``."""
    numbers = np.asarray(values, dtype=float)
    if numbers.shape != (neighbours.places,):
        raise GeoError("values_unlike_places", values=numbers.size, places=neighbours.places)
    if not np.isfinite(numbers).all():
        raise GeoError("value_unknown")
    if len(numbers) < 3 or np.ptp(numbers) == 0:
        raise GeoError("values_constant")
    return numbers


def moran(values: ArrayLike, neighbours: Neighbours, seed: int = 0, permutations: int = PERMUTATIONS) -> Global:
    """Moran's I with row-standardised weights (Cliff and Ord 1981); variance under normality.

    I = (n / S0) z'Wz / z'z with deviations z. Raises GeoError as ``_values``, and ``no_neighbours``.
    """
    numbers = _values(values, neighbours)
    deviations = numbers - numbers.mean()
    weights = _row_standardised(neighbours)
    total = float((neighbours.counts > 0).sum())
    if not total:
        raise GeoError("no_neighbours")
    scale = len(numbers) / total / float(deviations @ deviations)
    observed = scale * float(deviations @ (weights @ deviations))
    expected = -1.0 / (len(numbers) - 1)
    z = (observed - expected) / math.sqrt(_moran_variance(weights, total, len(numbers)))
    p = None
    if permutations:
        drawn = scale * _permuted_products(deviations, weights, seed, permutations)
        p = float(_tails(np.array([observed]), np.sort(drawn), abs(observed) + 1.0)[0])
    return Global(observed, expected, z, float(2.0 * norm.sf(abs(z))), p)


def _row_standardised(neighbours: Neighbours) -> csr_array:
    matrix = neighbours.matrix.copy()
    matrix.data = np.repeat(1.0 / np.maximum(neighbours.counts, 1), neighbours.counts)
    return matrix


def _moran_variance(weights: csr_array, total: float, n: int) -> float:
    """Var I = [n² S1 − n S2 + 3 S0²] / [(n² − 1) S0²] − E², with S1, S2 of Cliff and Ord."""
    both = weights + weights.T
    s1 = float((both.multiply(both)).sum()) / 2.0
    sums = np.asarray(weights.sum(axis=1)).ravel() + np.asarray(weights.sum(axis=0)).ravel()
    s2 = float((sums**2).sum())
    return (n * n * s1 - n * s2 + 3.0 * total**2) / ((n * n - 1.0) * total**2) - 1.0 / (n - 1) ** 2


def _permuted_products(deviations: Numbers, weights: csr_array, seed: int, permutations: int) -> Numbers:
    """d'Wd of so many permutations of the deviations."""
    found, block = [], max(1, _VALUES_AT_ONCE // len(deviations))
    for first in range(0, permutations, block):
        shuffled = deviations[_orders(len(deviations), seed, first, min(block, permutations - first))]
        found.append(np.einsum("ij,ij->j", shuffled, weights @ shuffled))
    return np.concatenate(found)


@lru_cache(maxsize=1)
def _orders(places: int, seed: int, first: int, permutations: int) -> NDArray[np.int32]:
    """Permutations of places, a column each; kept, for all sectors of a map are asked for the same."""
    random = np.random.default_rng([seed, first])
    columns = np.tile(np.arange(places, dtype=np.int32)[:, None], (1, permutations))
    return random.permuted(columns, axis=0)


def local_moran(values: ArrayLike, neighbours: Neighbours, seed: int = 0, permutations: int = PERMUTATIONS) -> Local:
    """Local Moran with row-standardised weights: z_i · mean of the neighbours' z (Anselin 1995), z of unit variance.

    ``p`` is two-sided from conditional permutations: the place keeps its value, its neighbours' are drawn from the
    others. Raises GeoError as ``_values``.
    """
    numbers = _values(values, neighbours)
    z = (numbers - numbers.mean()) / numbers.std()
    around = _mean_of_neighbours(z, neighbours)
    quadrant = np.select([(z > 0) & (around > 0), (z <= 0) & (around > 0), z <= 0], [1, 2, 3], 4).astype(np.int8)
    p = neighbour_sum_p(numbers, neighbours, seed, permutations)
    # a place of exactly average value is 0 whatever its neighbours are
    p = np.where((z == 0) & np.isfinite(p), 1.0, p)
    return Local(z * around, p, np.where(neighbours.counts > 0, quadrant, 0).astype(np.int8))


def _mean_of_neighbours(values: Numbers, neighbours: Neighbours) -> Numbers:
    sums = neighbours.matrix @ values
    return np.where(neighbours.counts > 0, sums / np.maximum(neighbours.counts, 1), np.nan)


def getis_ord(
    values: ArrayLike, neighbours: Neighbours, *, star: bool = True, seed: int = 0, permutations: int = PERMUTATIONS
) -> Local:
    """z of Getis-Ord Gi* (``star``: the place among its neighbours) or Gi, binary weights (Ord and Getis 1995).

    Positive where high values gather, negative where low ones do. ``p`` as for ``local_moran``: given the place's own
    value the statistic rises with the sum over its neighbours. Raises GeoError as ``_values``.
    """
    numbers = _values(values, neighbours)
    n, k = len(numbers), neighbours.counts.astype(float)
    sums = neighbours.matrix @ numbers
    if star:
        weight, sums, members = k + 1.0, sums + numbers, float(n)
        mean, spread = np.full(n, numbers.mean()), np.full(n, numbers.std())
    else:
        weight, members = k, float(n - 1)
        mean = (numbers.sum() - numbers) / members
        spread = np.sqrt(np.maximum((np.square(numbers).sum() - numbers**2) / members - mean**2, 0.0))
    variance = (members * weight - weight**2) / (members - 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (sums - weight * mean) / (spread * np.sqrt(variance))
    z = np.where((neighbours.counts > 0) & np.isfinite(z), z, np.nan)
    return Local(z, neighbour_sum_p(numbers, neighbours, seed, permutations))


def neighbour_sum_p(values: ArrayLike, neighbours: Neighbours, seed: int, permutations: int) -> Numbers:
    """Two-sided p a place of the sum over its neighbours, against as many values drawn from all other places.

    Drawn without replacement; (m + 1) / (permutations + 1) a side, doubled, at most 1; NaN without neighbours.
    """
    numbers = np.asarray(values, dtype=float)
    sums, size = neighbours.matrix @ numbers, float(np.abs(numbers).max()) or 1.0
    p = np.full(len(numbers), np.nan)
    random = np.random.default_rng(seed)
    for k in np.unique(neighbours.counts[neighbours.counts > 0]):
        places = np.flatnonzero(neighbours.counts == k)
        draws = _draws(random, len(numbers), int(k), permutations)
        p[places] = _tails_without_own(numbers, sums, places, draws, size * k)
    return p


def _draws(random: np.random.Generator, places: int, k: int, permutations: int) -> NDArray[np.int64]:
    """k + 1 different places a row (n − 1 of them where there is no more): the last one stands in for the asker.

    Rows with a repeated place are drawn again, which leaves every set equally likely.
    """
    wanted = min(k + 1, places)
    if wanted * wanted > places:
        return np.array([random.permutation(places)[:wanted] for _ in range(permutations)])
    drawn = random.integers(0, places, (permutations, wanted))
    while len(again := _rows_with_repeats(drawn)):
        drawn[again] = random.integers(0, places, (len(again), wanted))
    return drawn


def _rows_with_repeats(drawn: NDArray[np.int64]) -> NDArray[np.int64]:
    ordered = np.sort(drawn, axis=1)
    return np.flatnonzero((ordered[:, 1:] == ordered[:, :-1]).any(axis=1))


def _tails_without_own(
    values: Numbers, sums: Numbers, places: NDArray[np.int64], draws: NDArray[np.int64], size: float
) -> Numbers:
    """p of the places' sums among the draws; a draw that holds the place itself is mended with its spare."""
    k = draws.shape[1] - 1
    drawn, spare = values[draws[:, :k]].sum(axis=1), values[draws[:, k]]
    ordered, slack = np.sort(drawn), _TIE * size
    observed = sums[places]
    at_most = np.searchsorted(ordered, observed + slack, side="right")
    at_least = len(ordered) - np.searchsorted(ordered, observed - slack, side="left")
    row, column = np.nonzero(np.isin(draws[:, :k], places, assume_unique=False))
    slot = np.full(len(values), -1)
    slot[places] = np.arange(len(places))
    asker = draws[row, column]
    mended = drawn[row] - values[asker] + spare[row]
    own = sums[asker]
    np.add.at(at_most, slot[asker], (mended <= own + slack).astype(int) - (drawn[row] <= own + slack))
    np.add.at(at_least, slot[asker], (mended >= own - slack).astype(int) - (drawn[row] >= own - slack))
    return two_sided((at_most + 1) / (len(draws) + 1), (at_least + 1) / (len(draws) + 1))


def _tails(observed: Numbers, ordered: Numbers, size: float) -> Numbers:
    slack = _TIE * size
    at_most = np.searchsorted(ordered, observed + slack, side="right")
    at_least = len(ordered) - np.searchsorted(ordered, observed - slack, side="left")
    return two_sided((at_most + 1) / (len(ordered) + 1), (at_least + 1) / (len(ordered) + 1))
