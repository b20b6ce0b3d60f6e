"""How sure is a number? Intervals of shares and quotients, and which of many p-values may be believed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.stats import beta, poisson

Numbers = NDArray[np.float64]
Interval = tuple[Numbers, Numbers]

LEVEL = 0.95
FALSE_DISCOVERY_RATE = 0.05
BOOTSTRAPS = 499
#: Weights drawn at once, so that memory stays small however many firms there are.
_DRAWN_AT_ONCE = 4_000_000
#: Weights are drawn by 16 bits: rarer ones than 1 in 65,536 (8 and more) do not come.
_LOOKED_UP, _WEIGHT_MAX = 65_536, 12


def clopper_pearson(successes: ArrayLike, trials: ArrayLike, level: float = LEVEL) -> Interval:
    """Exact interval of a binomial share (Clopper and Pearson 1934), ends in [0, 1]; NaN for no trials."""
    hits, total = np.broadcast_arrays(np.asarray(successes, float), np.asarray(trials, float))
    tail = (1.0 - level) / 2.0
    with np.errstate(invalid="ignore"):
        low = np.where(hits > 0, beta.ppf(tail, hits, total - hits + 1.0), 0.0)
        high = np.where(hits < total, beta.ppf(1.0 - tail, hits + 1.0, total - hits), 1.0)
    unknown = total <= 0
    return np.where(unknown, np.nan, low), np.where(unknown, np.nan, high)


def quotient_interval(
    lower: ArrayLike, upper: ArrayLike, base: ArrayLike, lower_total: float, upper_total: float, base_total: float
) -> Interval:
    """Interval of a location quotient of firm counts, places in an array.

    ``lower`` and ``upper`` are the firms that surely and possibly belong to the sector, ``base`` all firms of the
    place. The place's share has the Clopper-Pearson interval; the share in all places is taken as known, and is the
    one that makes the interval wider where membership is open.
    """
    low = clopper_pearson(lower, base)[0]
    high = clopper_pearson(upper, base)[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        known_low, known_high = (np.divide(total, base_total) for total in (lower_total, upper_total))
        return low / known_high, high / known_low


@dataclass(frozen=True)
class Members:
    """Which firms count for which sector: one entry a pair, as indices of firms and sectors."""

    firms: NDArray[np.integer]
    sectors: NDArray[np.integer]


def bootstrap_quotients(
    amounts: ArrayLike,
    places: NDArray[np.integer],
    members: Members,
    wanted: tuple[NDArray[np.integer], NDArray[np.integer]],
    seed: int,
    replications: int = BOOTSTRAPS,
    level: float = LEVEL,
) -> Interval:
    """Percentile intervals of quotients of employees or revenue, by drawing the firms again (Efron 1979).

    ``amounts`` and ``places`` have one entry a firm (a place's index); ``wanted`` are the (place, sector) pairs to
    answer. Firms are drawn by Poisson weights of mean 1, which needs no list of who was drawn; the same seed gives
    the same intervals.
    """
    each = np.asarray(amounts, float)
    at_place, of_sector = wanted
    place_count, sector_count = int(places.max()) + 1, int(members.sectors.max()) + 1
    cell = places[members.firms] * sector_count + members.sectors
    by_cell = _sums_of(each, cell, members.firms, place_count * sector_count)
    by_place = _sums_of(each, places, np.arange(len(each)), place_count)
    found = []
    for weights in _weights(len(each), seed, replications):
        inside = (by_cell @ weights).reshape(place_count, sector_count, -1)
        base, totals = by_place @ weights, inside.sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            expected = base[at_place] * totals[of_sector] / base.sum(axis=0)
            found.append(inside[at_place, of_sector] / expected)
    tail = (1.0 - level) / 2.0
    table = np.concatenate(found, axis=1)
    known = np.isfinite(table).any(axis=1)
    low, high = np.full(len(at_place), np.nan), np.full(len(at_place), np.nan)
    low[known], high[known] = np.nanquantile(table[known], [tail, 1.0 - tail], axis=1)
    return low, high


def _sums_of(amounts: Numbers, group: NDArray[np.integer], firms: NDArray[np.integer], group_count: int) -> csr_array:
    """The matrix that adds up weighted amounts of firms by group, (groups, firms)."""
    return csr_array((amounts[firms], (group, firms)), shape=(group_count, len(amounts)))


def _weights(firms: int, seed: int, replications: int) -> Iterator[Numbers]:
    """Poisson weights of mean 1, (firms, some replications): a uniform number of 16 bits looked up in its quantiles."""
    random = np.random.default_rng(seed)
    steps = np.round(poisson.cdf(np.arange(_WEIGHT_MAX), 1.0) * _LOOKED_UP)
    weight = np.searchsorted(steps, np.arange(_LOOKED_UP), side="right").astype(float)
    columns = max(1, _DRAWN_AT_ONCE // max(firms, 1))
    for first in range(0, replications, columns):
        drawn = random.integers(0, _LOOKED_UP, (firms, min(columns, replications - first)), dtype=np.uint16)
        yield weight[drawn]


def two_sided(low_tail: ArrayLike, high_tail: ArrayLike) -> Numbers:
    """A two-sided p from both one-sided ones: twice the smaller, at most 1."""
    return np.minimum(1.0, 2.0 * np.minimum(np.asarray(low_tail, float), np.asarray(high_tail, float)))


def adjusted_p(p_values: ArrayLike) -> Numbers:
    """p-values adjusted for their number (Benjamini and Hochberg 1995): believe those at most at the rate.

    NaN is not counted as a test and stays NaN.
    """
    p = np.asarray(p_values, dtype=float)
    adjusted = np.full(p.shape, np.nan)
    tested = np.flatnonzero(np.isfinite(p))
    if not len(tested):
        return adjusted
    order = tested[np.argsort(p[tested], kind="stable")]
    scaled = p[order] * len(order) / np.arange(1, len(order) + 1)
    adjusted[order] = np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1])
    return adjusted
