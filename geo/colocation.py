"""Do firms of one sector lie next to firms of another more often than chance would have it?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from geo.errors import GeoError
from geo.intervals import two_sided

Numbers = NDArray[np.float64]

#: Points this close in metres are one place: the same building, or the same geocoded street number.
SAME_PLACE_M = 0.01
#: Nearest places whose distances differ by less than this share are equally near.
_EQUALLY_NEAR = 1e-9
_NEAREST_LOOKED_AT = 8


@dataclass(frozen=True)
class Colocation:
    """Quotients ``values[a, b]``: how often the nearest firm of a firm of sector a is of sector b, over chance.

    Above 1 they attract, below 1 they avoid each other; the table is not symmetric. ``p`` two-sided under random
    labelling, NaN where no quotient can be formed.
    """

    values: Numbers
    p: Numbers


def colocation_quotients(
    points_plane: Numbers, sectors: NDArray[np.integer], sector_count: int, seed: int = 0, permutations: int = 499
) -> Colocation:
    """Co-location quotients (Leslie and Kronenfeld 2011) of points (n, 2) in metres with one sector each.

    CLQ(a→b) = (C(a→b) / N_a) / (N'_b / (N − 1)), where C counts the nearest neighbours of sector b, equally near ones
    shared, and N'_b = N_b, or N_b − 1 for a itself. Raises GeoError ``points_too_few``.
    """
    labels = np.asarray(sectors)
    if len(points_plane) < 3:
        raise GeoError("points_too_few", points=len(points_plane))
    nearest = _Nearest.of(np.asarray(points_plane, dtype=float))
    observed = _quotients(nearest.joins(labels, sector_count), labels, sector_count)
    if not permutations:
        return Colocation(observed, np.full_like(observed, np.nan))
    random = np.random.default_rng(seed)
    at_most, at_least = np.zeros_like(observed), np.zeros_like(observed)
    for _ in range(permutations):
        shuffled = random.permutation(labels)
        drawn = _quotients(nearest.joins(shuffled, sector_count), shuffled, sector_count)
        at_most += drawn <= observed + 1e-12
        at_least += drawn >= observed - 1e-12
    p = two_sided((at_most + 1) / (permutations + 1), (at_least + 1) / (permutations + 1))
    return Colocation(observed, np.where(np.isfinite(observed), p, np.nan))


def _quotients(joins: Numbers, labels: NDArray[np.integer], sector_count: int) -> Numbers:
    counts = np.bincount(labels, minlength=sector_count).astype(float)
    others = counts[None, :] - np.eye(sector_count)
    chance = counts[:, None] * others / (len(labels) - 1)
    return np.divide(joins, chance, out=np.full(joins.shape, np.nan), where=chance > 0)


@dataclass(frozen=True)
class _Nearest:
    """Where the nearest others of each firm are: places are points that coincide.

    A firm that shares its place has the others there as its nearest; one alone has those of the nearest places.
    """

    place: NDArray[np.int64]
    sizes: NDArray[np.int64]
    lonely: csr_array

    @classmethod
    def of(cls, points: Numbers) -> _Nearest:
        keys = np.round(points / SAME_PLACE_M).astype(np.int64)
        _, first, place, sizes = np.unique(keys, axis=0, return_index=True, return_inverse=True, return_counts=True)
        place, middles = place.ravel(), points[first]
        count = len(middles)
        if count == 1:
            return cls(place, sizes, csr_array((1, 1)))
        looked = min(_NEAREST_LOOKED_AT + 1, count)
        distance, near = cKDTree(middles).query(middles, k=looked)
        near_enough = distance[:, 1:] <= distance[:, 1:2] * (1.0 + _EQUALLY_NEAR)
        alone = sizes == 1
        rows, columns = np.nonzero(near_enough & alone[:, None])
        pairs = csr_array((np.ones(len(rows)), (rows, near[rows, columns + 1])), shape=(count, count))
        return cls(place, sizes, pairs)

    def joins(self, labels: NDArray[np.integer], sector_count: int) -> Numbers:
        """How many nearest neighbours of sector b the firms of sector a have, (a, b)."""
        count = len(self.sizes)
        cell = self.place * sector_count + labels
        held = np.bincount(cell, minlength=count * sector_count).reshape(count, sector_count).astype(float)
        around = self.lonely @ held
        total = around.sum(axis=1, keepdims=True)
        away = np.divide(around, total, out=np.zeros_like(around), where=total > 0)
        shared = self.sizes > 1
        joins = held[~shared].T @ away[~shared]
        # at a shared place each firm has its place's others: n_a (n_b − [a = b]) / (size − 1)
        here, less = held[shared], 1.0 / (self.sizes[shared] - 1.0)
        joins += (here * less[:, None]).T @ here
        joins -= np.diag((here * less[:, None]).sum(axis=0))
        return joins
