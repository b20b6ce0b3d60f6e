"""How uneven is a sector over places? Quotients, indices of specialisation and inequality, agglomeration of plants.

Pure functions of numbers: counts, employees or revenue of places (rows) and sectors (columns). What the base is (all
firms of the table, never "the economy") is the caller's to say.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import GeoError

Numbers = NDArray[np.float64]

#: A quotient on a smaller expected count says more about chance than about the place (convention of the field).
EXPECTED_COUNT_MIN = 5.0


@dataclass(frozen=True)
class Lorenz:
    """A Lorenz curve: cumulative shares of the base and of the sector, both from 0 to 1, places by rising quotient.

    ``order`` is the place behind each step.
    """

    base: Numbers
    sector: Numbers
    order: NDArray[np.int64]


def _not_negative(values: ArrayLike) -> Numbers:
    """An array of amounts. Raises GeoError ``amount_negative`` for a negative or unknown one."""
    amounts = np.asarray(values, dtype=float)
    if not np.isfinite(amounts).all() or (amounts < 0).any():
        raise GeoError("amount_negative")
    return amounts


def _divided(above: ArrayLike, below: ArrayLike) -> Numbers:
    """A ratio, NaN where the divisor is 0."""
    above, below = np.broadcast_arrays(np.asarray(above, float), np.asarray(below, float))
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=below != 0)


def shares(values: ArrayLike, axis: int | None = None) -> Numbers:
    """Amounts as shares of their sum along an axis; NaN where the sum is 0."""
    amounts = _not_negative(values)
    return _divided(amounts, amounts.sum(axis=axis, keepdims=axis is not None))


def expected_counts(matrix: ArrayLike, base: ArrayLike | None = None) -> Numbers:
    """What each place (row) would have of each sector (column) if every place had the same mix.

    ``base`` is the size of each place in all sectors, those without a column included; by default what the columns sum
    up to. Nothing is expected where there is nothing at all.
    """
    amounts = _not_negative(matrix)
    sizes = amounts.sum(axis=1) if base is None else _not_negative(base)
    return np.nan_to_num(_divided(sizes[:, None] * amounts.sum(axis=0)[None, :], sizes.sum()))


def location_quotients(matrix: ArrayLike, base: ArrayLike | None = None) -> Numbers:
    """Share of the sector in the place over its share in all places, for places (rows) × sectors (columns).

    1 is the mix of the base, 0 none; NaN where the place or the sector is empty. LQ = (e_ir / e_r) / (e_i / e), with
    ``base`` as for the expectation.
    """
    amounts = _not_negative(matrix)
    return _divided(amounts, expected_counts(amounts, base))


def herfindahl(values: ArrayLike, axis: int = -1) -> Numbers:
    """Herfindahl-Hirschman index Σ s², from 1/n (even) to 1 (all in one); NaN for nothing."""
    return np.square(shares(values, axis)).sum(axis=axis)


def entropy(values: ArrayLike, axis: int = -1) -> Numbers:
    """Shannon entropy −Σ s ln s in nats, from 0 (all in one) to ln n (even); NaN for nothing."""
    parts = shares(values, axis)
    logs = np.log(parts, out=np.zeros_like(parts), where=parts > 0)
    return -(parts * logs).sum(axis=axis) + 0.0


def krugman(matrix: ArrayLike) -> Numbers:
    """Krugman's specialisation Σ |s_ir − s_i| of each place (row) against all places, from 0 to 2 (Krugman 1991)."""
    amounts = _not_negative(matrix)
    return np.abs(shares(amounts, axis=1) - shares(amounts.sum(axis=0))).sum(axis=1)


def lorenz(values: ArrayLike, base: ArrayLike | None = None) -> Lorenz:
    """The Lorenz curve of a sector over places against a base (every place alike where none is given).

    Places without base are left out. Raises GeoError ``amount_negative``.
    """
    amounts = _not_negative(values)
    weights = np.ones_like(amounts) if base is None else _not_negative(base)
    order = np.argsort(_divided(amounts, weights), kind="stable")
    order = order[weights[order] > 0]
    parts = [np.concatenate([[0.0], np.cumsum(shares(column[order]))]) for column in (weights, amounts)]
    return Lorenz(parts[0], parts[1], order)


def gini(values: ArrayLike, base: ArrayLike | None = None) -> float:
    """Gini coefficient, population form: 0 for the mix of the base, at most (n − 1)/n; NaN for nothing.

    Without a base it is that of the values themselves, with one the locational Gini. Twice the area between the
    Lorenz curve and the diagonal.
    """
    curve = lorenz(values, base)
    steps = np.diff(curve.base)
    return float(1.0 - (steps * (curve.sector[1:] + curve.sector[:-1])).sum()) if len(steps) else float("nan")


def theil(values: ArrayLike, base: ArrayLike | None = None) -> float:
    """Theil's T, Σ s ln(s / x): 0 for the mix of the base (even shares where none is given), in nats.

    NaN for nothing; infinite where a place has some of the sector and nothing of the base.
    """
    parts = shares(values)
    against = shares(np.ones_like(parts) if base is None else base)
    present = parts > 0
    if not present.any():
        return float("nan")
    with np.errstate(divide="ignore"):
        return float((parts[present] * np.log(parts[present] / against[present])).sum())


def ellison_glaeser(plants: ArrayLike, places: ArrayLike, base: ArrayLike) -> float:
    """Agglomeration of a sector beyond what the size of its plants brings (Ellison and Glaeser 1997).

    ``plants`` is the size of every plant (employees, or 1 each), ``places`` the index of its place, ``base`` the size
    of every place in all sectors. γ = [G − (1 − Σx²) H] / [(1 − Σx²)(1 − H)], with G = Σ(s − x)² over places and
    H = Σz² over **plants**. 0 means as if plants had fallen at random; NaN for one plant or one place.
    """
    sizes = _not_negative(plants)
    sizes, where = sizes[sizes > 0], np.asarray(places)[sizes > 0]
    against = shares(base)
    if not len(sizes):
        return float("nan")
    inside = shares(np.bincount(where, weights=sizes, minlength=len(against)))
    spread, plant_concentration = 1.0 - np.square(against).sum(), float(herfindahl(sizes))
    divisor = spread * (1.0 - plant_concentration)
    if not divisor > 1e-12:
        return float("nan")
    return float((np.square(inside - against).sum() - spread * plant_concentration) / divisor)
