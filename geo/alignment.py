"""Is a sector where the plan wants it, and more than chance would put there?

Random labelling: the places of all firms stay, the labels of the sector are dealt anew. The number of the sector's
firms inside a place is then hypergeometric, which is exact and needs no simulation; amounts (employees, revenue) are
simulated. What is not sure (whether a firm belongs to the sector, on which side of an inexact outline it lies) is
carried through: a claim is as strong as in its least favourable reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.stats import hypergeom
from shapely.geometry.base import BaseGeometry

from geo.concentration import EXPECTED_COUNT_MIN
from geo.intervals import FALSE_DISCOVERY_RATE, LEVEL, Interval, quotient_interval
from geo.tessellation import NOWHERE, assign

Flags = NDArray[np.bool_]
Numbers = NDArray[np.float64]

LABELLINGS = 999


class Standing(StrEnum):
    """What the firms say of one place that the plan designates for a sector (or does not)."""

    CONCENTRATED = "concentrated"
    EMPTY = "empty"
    THIN = "thin"
    AS_EXPECTED = "as_expected"
    TOO_FEW = "too_few"


@dataclass(frozen=True)
class Inside:
    """Firms inside a place: by its outline as drawn, surely, and possibly within the outline's accuracy."""

    drawn: Flags
    surely: Flags
    possibly: Flags


@dataclass(frozen=True)
class Membership:
    """Firms that surely and that possibly belong to a sector (a code that counts in part is only possible)."""

    surely: Flags
    possibly: Flags


@dataclass(frozen=True)
class Alignment:
    """One sector in one place.

    ``firms`` are [surely, possibly] in place and sector, ``expected`` and ``chance`` (95 % interval) what random
    labelling brings, ``share`` the part of the sector's firms, ``quotient`` the location quotient, None where the
    expected count is too small. ``p`` is two-sided in the least favourable reading, ``p_drawn`` as drawn.
    ``rises`` whether the departure is upwards.
    """

    firms: tuple[int, int]
    firms_of_all_sectors: tuple[int, int]
    share: tuple[float, float]
    expected: float
    chance: tuple[int, int]
    quotient: float | None
    quotient_interval: tuple[float, float] | None
    p: float
    p_drawn: float
    rises: bool


@dataclass(frozen=True)
class AmountAlignment:
    """Employees or revenue of a sector in a place: sum, share of the sector's, quotient, chance interval, p."""

    amount: float
    share: float
    expected: float
    chance: tuple[float, float]
    quotient: float
    p: float


def firms_inside(points_plane: Numbers, outline_plane: BaseGeometry, band_m: float) -> Inside:
    """Which points (n, 2) of EPSG:4549 lie in an outline whose edge may be off by up to ``band_m`` metres."""
    drawn = assign(points_plane, np.array([outline_plane], dtype=object)) != NOWHERE
    near_edge = np.zeros(len(points_plane), dtype=bool)
    if band_m > 0:
        edge = shapely.boundary(outline_plane)
        shapely.prepare(edge)
        near_edge = np.asarray(shapely.dwithin(edge, shapely.points(points_plane), band_m), dtype=bool)
    return Inside(drawn, drawn & ~near_edge, drawn | near_edge)


def exactly(inside: Flags) -> Inside:
    """A place whose firms are stated (a column of the table), with no outline to be inexact."""
    return Inside(inside, inside, inside)


def labelling_p(
    firms: ArrayLike, inside: ArrayLike, sector: ArrayLike, of_sector_inside: ArrayLike
) -> tuple[Numbers, Numbers]:
    """Lower and upper tail of the number of a sector's firms inside under random labelling.

    ``firms`` in all, ``inside`` the place, ``sector`` of the sector, ``of_sector_inside`` of both as observed.
    """
    low = hypergeom.cdf(of_sector_inside, firms, sector, inside)
    high = hypergeom.sf(np.asarray(of_sector_inside) - 1, firms, sector, inside)
    return np.asarray(low, float), np.asarray(high, float)


def align(inside: Inside, sector: Membership) -> Alignment:
    """The firms of a sector inside a place against random labelling of all firms of the table."""
    readings = [(place, label) for place in _readings(inside) for label in (sector.surely, sector.possibly)]
    total = len(sector.surely)
    in_place = np.array([place.sum() for place, _ in readings])
    of_sector = np.array([label.sum() for _, label in readings])
    both = np.array([(place & label).sum() for place, label in readings])
    low, high = labelling_p(total, in_place, of_sector, both)
    rises = bool(high.max() <= low.max())
    p = min(1.0, 2.0 * min(float(low.max()), float(high.max())))
    first = (float(low[0]), float(high[0]))
    expected = float(in_place[0] * of_sector[0] / total) if total else 0.0
    chance = hypergeom.interval(LEVEL, total, of_sector[0], in_place[0]) if total else (0, 0)
    parts = np.divide(both, of_sector, out=np.zeros(len(both)), where=of_sector > 0)
    quotient, interval = _quotient(in_place, of_sector, both, total, expected)
    return Alignment(
        firms=(int(both.min()), int(both.max())),
        firms_of_all_sectors=(int(in_place.min()), int(in_place.max())),
        share=(float(parts.min()), float(parts.max())),
        expected=expected,
        chance=(int(np.nan_to_num(chance[0])), int(np.nan_to_num(chance[1]))),
        quotient=quotient,
        quotient_interval=interval,
        p=p,
        p_drawn=min(1.0, 2.0 * min(first)),
        rises=rises,
    )


def _readings(inside: Inside) -> tuple[Flags, Flags, Flags]:
    return inside.drawn, inside.surely, inside.possibly


def _quotient(
    in_place: NDArray[np.int64], of_sector: NDArray[np.int64], both: NDArray[np.int64], total: int, expected: float
) -> tuple[float | None, tuple[float, float] | None]:
    """The quotient as drawn, and an interval around every reading; None where chance alone would decide it."""
    if expected < EXPECTED_COUNT_MIN:
        return None, None
    known = in_place > 0
    ends: Interval = quotient_interval(
        both[known], both[known], in_place[known], int(of_sector.min()), int(of_sector.max()), total
    )
    return float(both[0] / expected), (float(np.min(ends[0])), float(np.max(ends[1])))


def standing(alignment: Alignment, adjusted_p: float, rate: float = FALSE_DISCOVERY_RATE) -> Standing:
    """What may be said of a place once its p is adjusted for all tests of the table.

    Empty needs no test: no firm of the sector in any reading. Thin are fewer than chance would bring.
    """
    if alignment.firms[1] == 0:
        return Standing.EMPTY
    if adjusted_p <= rate:
        return Standing.CONCENTRATED if alignment.rises else Standing.THIN
    return Standing.TOO_FEW if alignment.expected < EXPECTED_COUNT_MIN else Standing.AS_EXPECTED


def align_amounts(
    inside: Flags, sector: Flags, amounts: ArrayLike, seed: int, labellings: int = LABELLINGS
) -> AmountAlignment:
    """Employees or revenue of a sector in a place against seeded random labelling.

    One entry a firm; unknown amounts (NaN) and their firms are left out. How many of the place's firms get the label
    is drawn first, then which.
    """
    each = np.asarray(amounts, dtype=float)
    known = np.isfinite(each)
    each, inside, sector = each[known], inside[known], sector[known]
    observed, whole = float(each[inside & sector].sum()), float(each[sector].sum())
    there = each[inside]
    random = np.random.default_rng(seed)
    counts = random.hypergeometric(int(sector.sum()), int((~sector).sum()), len(there), labellings)
    sums = np.array([there[random.choice(len(there), count, replace=False)].sum() for count in counts if len(there)])
    if not len(sums) or not whole:
        return AmountAlignment(observed, 0.0, 0.0, (0.0, 0.0), float("nan"), float("nan"))
    expected = float(there.sum() * sector.mean())
    tails = [((sums <= observed).sum() + 1) / (len(sums) + 1), ((sums >= observed).sum() + 1) / (len(sums) + 1)]
    low, high = np.quantile(sums, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    base = float(there.sum() / each.sum())
    quotient = observed / whole / base if base else float("nan")
    p = min(1.0, 2.0 * float(min(tails)))
    return AmountAlignment(observed, observed / whole, expected, (float(low), float(high)), quotient, p)
