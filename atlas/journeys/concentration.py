"""One table of firms, one kind of place: every measure of every sector, what may be shown of it, and what may not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from atlas.journeys.places import Places, located, lonlat
from geo import crs
from geo.alignment import labelling_p
from geo.autocorrelation import getis_ord, local_moran, moran
from geo.concentration import (
    EXPECTED_COUNT_MIN,
    ellison_glaeser,
    entropy,
    expected_counts,
    gini,
    herfindahl,
    krugman,
    location_quotients,
    theil,
)
from geo.density import kernel_density
from geo.disclosure import Hidden, Rule, hidden_cells, largest_shares
from geo.intervals import FALSE_DISCOVERY_RATE, Members, adjusted_p, bootstrap_quotients, quotient_interval, two_sided
from geo.neighbours import Neighbours
from layers.firms import FirmTable

Numbers = NDArray[np.float64]

#: Local statistics on fewer places say nothing (convention of the field); Moran's I needs at least some.
LOCAL_PLACES_MIN, MORAN_PLACES_MIN = 30, 10
#: How mixed a place is tells who is there where it has fewer firms than this.
MIX_FIRMS_MIN = 10
#: The density at a cell is that of a grid so many times finer than the kernel.
DENSITY_STEPS = 8
AMOUNTS = ("employees", "revenue_wan")


@dataclass(frozen=True)
class Settings:
    """How to measure: which classification, with which seed and how many permutations; ``rule`` None shows all.

    ``spatial`` are the codes whose statistics by permutation (Moran's I, hot spots) are wanted, None for all of them.
    ``bandwidth_m`` is the standard deviation of the kernel of densities.
    """

    scheme: str
    seed: int = 20_261_124
    permutations: int = 9999
    rule: Rule | None = Rule()
    bandwidth_m: float = 2000.0
    spatial: tuple[str, ...] | None = None

    def is_spatial(self, code: str) -> bool:
        """Whether the statistics by permutation are wanted of this category."""
        return self.spatial is None or code in self.spatial


@dataclass(frozen=True)
class Counts:
    """Firms by place and sector: sure and possible ones, and what their row and column add up to.

    ``cell`` is the place × sector of each membership in ``members`` (possible ones), in the order of ``codes``.
    """

    codes: tuple[str, ...]
    low: Numbers
    high: Numbers
    base: Numbers
    members: Members
    cell: NDArray[np.int64]
    places: NDArray[np.int64]
    hidden: NDArray[np.bool_]
    primary: NDArray[np.bool_]
    base_hidden: NDArray[np.bool_]


def count(table: FirmTable, places: Places, codes: Sequence[str], settings: Settings) -> Counts:
    """Counts of the firms whose sector and place are known, and which cells must be hidden."""
    usable = table.known_in(settings.scheme) & (places.of_firm >= 0)
    entries = table.members[(table.members["scheme"] == settings.scheme) & usable[table.members["firm"]]]
    number = {code: index for index, code in enumerate(codes)}
    firms = entries["firm"].to_numpy(dtype=np.int64)
    sectors = entries["code"].map(number).to_numpy(dtype=np.int64)
    shape = (len(places.ids), len(codes))
    cell = places.of_firm[firms] * shape[1] + sectors
    size = shape[0] * shape[1]
    high = np.bincount(cell, minlength=size).reshape(shape).astype(float)
    low = np.bincount(cell[entries["surely"].to_numpy(dtype=bool)], minlength=size).reshape(shape).astype(float)
    base = np.bincount(places.of_firm[usable], minlength=shape[0]).astype(float)
    hidden, base_hidden = _hidden(table, high, base, cell, firms, settings.rule)
    kept = np.where(usable, places.of_firm, -1)
    return Counts(
        tuple(codes), low, high, base, Members(firms, sectors), cell, kept, hidden.cells, hidden.primary, base_hidden
    )


def _hidden(
    table: FirmTable,
    high: Numbers,
    base: Numbers,
    cell: NDArray[np.int64],
    firms: NDArray[np.int64],
    rule: Rule | None,
) -> tuple[Hidden, NDArray[np.bool_]]:
    """Hidden cells, and places whose total of all sectors is hidden too."""
    if rule is None:
        nothing = np.zeros(high.shape, dtype=bool)
        return Hidden(nothing, nothing), np.zeros(len(base), dtype=bool)
    dominance = np.zeros(high.size)
    for name in AMOUNTS:
        amounts = table.frame[name].to_numpy(dtype=float)[firms]
        dominance = np.maximum(dominance, largest_shares(amounts, cell, high.size))
    total = hidden_cells(base[None, :], np.zeros((1, len(base))), rule).cells[0]
    return hidden_cells(high, dominance.reshape(high.shape), rule), total


def cell_table(table: FirmTable, places: Places, counts: Counts, settings: Settings) -> pd.DataFrame:
    """One row a place and sector: all of them by district or park, of cells those with firms or in a hot or cold spot.

    Hidden numbers are empty.
    """
    expected = expected_counts(counts.high, counts.base)
    local = _local(places, counts, expected, settings)
    everything = not places.unit.startswith(("grid", "h3"))
    believed = np.isin(local["hot_spot"].astype(str), ("hot", "cold"))
    rows, columns = np.nonzero(np.ones_like(believed) if everything else (counts.high > 0) | believed)
    frame = pd.DataFrame(
        {
            "place": np.array(places.ids, dtype=object)[rows],
            "place_name": np.array(places.names, dtype=object)[rows],
            "code": np.array(counts.codes, dtype=object)[columns],
            "firms_low": counts.low[rows, columns],
            "firms_high": counts.high[rows, columns],
            "firms_of_all_sectors": counts.base[rows],
            "share_of_sector": _ratio(counts.high[rows, columns], counts.high.sum(axis=0)[columns]),
            "expected": expected[rows, columns],
        }
    )
    _add_quotients(frame, counts, rows, columns)
    _add_amounts(frame, table, counts, (rows, columns), settings)
    for name, matrix in local.items():
        frame[name] = matrix[rows, columns]
    if everything:
        for name, matrix in zip(("p", "q"), _labelling(counts), strict=True):
            frame[name] = matrix[rows, columns]
    else:
        frame["density_per_km2"] = _densities(table, places, counts, settings)[rows, columns]
    return _shown(frame, counts, rows, columns)


def _labelling(counts: Counts) -> tuple[Numbers, Numbers]:
    """Two-sided p of every cell under random labelling, in its least favourable reading, and p adjusted over the table.

    The same question as that of a designation, asked of every place and sector.
    """
    tails = [
        labelling_p(counts.base.sum(), counts.base[:, None], matrix.sum(axis=0)[None, :], matrix)
        for matrix in (counts.low, counts.high)
    ]
    low, high = (np.maximum(first, second) for first, second in zip(*tails, strict=True))
    p = two_sided(low, high)
    return p, adjusted_p(p.ravel()).reshape(p.shape)


def _ratio(above: Numbers, below: Numbers) -> Numbers:
    return np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)


def _add_quotients(frame: pd.DataFrame, counts: Counts, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> None:
    """Quotients of firm counts: the least and the most that open membership allows, and the 95 % interval."""
    total = counts.base.sum()
    readings = [location_quotients(matrix, counts.base)[rows, columns] for matrix in (counts.low, counts.high)]
    low_total, high_total = counts.low.sum(axis=0)[columns], counts.high.sum(axis=0)[columns]
    base = counts.base[rows]
    ends = quotient_interval(counts.low[rows, columns], counts.high[rows, columns], base, low_total, high_total, total)
    enough = frame["expected"].to_numpy() >= EXPECTED_COUNT_MIN
    values = (np.fmin(*readings), np.fmax(*readings), *ends)
    names = ("quotient_min", "quotient_max", "quotient_low95", "quotient_high95")
    for name, value in zip(names, values, strict=True):
        frame[name] = np.where(enough & np.isfinite(value), value, np.nan)


def _add_amounts(
    frame: pd.DataFrame,
    table: FirmTable,
    counts: Counts,
    at: tuple[NDArray[np.int64], NDArray[np.int64]],
    settings: Settings,
) -> None:
    """Employees and revenue of the possible members: sums, quotients, bootstrap intervals where the count allows."""
    enough = np.flatnonzero(frame["expected"].to_numpy() >= EXPECTED_COUNT_MIN)
    counted = counts.places >= 0
    for name in AMOUNTS:
        amounts = np.where(counted, np.nan_to_num(table.frame[name].to_numpy(dtype=float)), 0.0)
        added = np.bincount(counts.cell, weights=amounts[counts.members.firms], minlength=counts.high.size)
        sums: Numbers = np.asarray(added, dtype=np.float64).reshape(counts.high.shape)
        inside = np.bincount(counts.places[counted], weights=amounts[counted], minlength=len(counts.base))
        base: Numbers = np.asarray(inside, dtype=np.float64)
        quotient = location_quotients(sums, base)[at]
        frame[name] = np.where(table.frame[name].notna().any(), sums[at], np.nan)
        for part in ("quotient", "quotient_low95", "quotient_high95"):
            frame[f"{name}_{part}"] = np.nan
        if not len(enough) or not amounts.any():
            continue
        wanted = (at[0][enough], at[1][enough])
        places = np.where(counted, counts.places, 0)
        ends = bootstrap_quotients(amounts, places, counts.members, wanted, settings.seed)
        for part, value in zip(
            ("quotient", "quotient_low95", "quotient_high95"), (quotient[enough], *ends), strict=True
        ):
            frame.loc[enough, f"{name}_{part}"] = value


def _densities(table: FirmTable, places: Places, counts: Counts, settings: Settings) -> Numbers:
    """Kernel density of every sector's possible firms at the middle of each cell, per km², (places, sectors).

    NaN where so few firms lie near that the density would show where a single one is.
    """
    middles = crs.to_plane(shapely.get_coordinates(shapely.centroid(places.outlines)))
    margin = 3.0 * settings.bandwidth_m
    bounds = (*(middles.min(axis=0) - margin).tolist(), *(middles.max(axis=0) + margin).tolist())
    firms, sectors = counts.members.firms, counts.members.sectors
    with_point = located(table)[firms]
    points, sectors = crs.to_plane(lonlat(table)[firms[with_point]]), sectors[with_point]
    found = np.full(counts.high.shape, np.nan)
    for column in range(counts.high.shape[1]):
        if not settings.is_spatial(counts.codes[column]):
            continue
        step = settings.bandwidth_m / DENSITY_STEPS
        surface = kernel_density(points[sectors == column], settings.bandwidth_m, step, bounds)
        shown = surface.shown(settings.rule.firms_min) if settings.rule else surface.values
        at = np.floor((middles - (surface.bounds[0], surface.bounds[1])) / surface.cell_m).astype(np.int64)
        found[:, column] = shown[len(shown) - 1 - at[:, 1], at[:, 0]]
    return found


def departures(counts: Counts, expected: Numbers, column: int) -> Numbers:
    """How far each place departs from its expected count, in units of its chance: (observed − expected) / √expected."""
    return np.where(
        expected[:, column] > 0,
        (counts.high[:, column] - expected[:, column]) / np.sqrt(np.maximum(expected[:, column], 1e-12)),
        0.0,
    )


def _local(places: Places, counts: Counts, expected: Numbers, settings: Settings) -> dict[str, NDArray[Any]]:
    """Hot and cold spots, Gi* and the quadrant of local Moran, (places, sectors), believed at the false discovery rate.

    Whether a spot is hot is decided by random labelling of the firms in the cell and its neighbours, which is exact:
    permuting values would take cells with two firms and with two hundred for the same kind of thing. Gi* is given
    beside it, with the p of its own permutations.
    """
    shape = counts.high.shape
    found: dict[str, NDArray[Any]] = {name: np.full(shape, "", dtype=object) for name in ("hot_spot", "cluster")}
    numbers = ("gi_star_z", "gi_star_p", "hot_spot_q", "local_moran_i", "local_moran_q")
    found |= {name: np.full(shape, np.nan) for name in numbers}
    if places.neighbours is None or len(places.ids) < LOCAL_PLACES_MIN:
        return found
    for column in range(shape[1]):
        values = departures(counts, expected, column)
        if np.ptp(values) == 0 or not settings.is_spatial(counts.codes[column]):
            continue
        spots = getis_ord(values, places.neighbours, seed=settings.seed, permutations=settings.permutations)
        low, high = _around_p(places.neighbours, counts, column)
        q = adjusted_p(two_sided(low, high))
        found["gi_star_z"][:, column], found["gi_star_p"][:, column] = spots.statistic, spots.p
        found["hot_spot_q"][:, column], found["hot_spot"][:, column] = q, _spot_words(high < low, q)
        clusters = local_moran(values, places.neighbours, settings.seed, settings.permutations)
        q = adjusted_p(clusters.p)
        found["local_moran_i"][:, column], found["local_moran_q"][:, column] = clusters.statistic, q
        found["cluster"][:, column] = _cluster_words(np.asarray(clusters.quadrant), q)
    return found


def _cluster_words(quadrant: NDArray[np.int8], q: Numbers) -> NDArray[np.object_]:
    believed = np.where(q <= FALSE_DISCOVERY_RATE, quadrant, 0)
    return np.array(["none", "high_high", "low_high", "low_low", "high_low"], dtype=object)[believed]


def _around_p(neighbours: Neighbours, counts: Counts, column: int) -> tuple[Numbers, Numbers]:
    """Tails of the sector's firms in each place and its neighbours under random labelling of all firms."""
    inside = counts.base + neighbours.matrix @ counts.base
    observed = counts.high[:, column] + neighbours.matrix @ counts.high[:, column]
    return labelling_p(counts.base.sum(), inside, counts.high[:, column].sum(), observed)


def _spot_words(rises: NDArray[np.bool_], q: Numbers) -> NDArray[np.object_]:
    believed = q <= FALSE_DISCOVERY_RATE
    return np.select([believed & rises, believed & ~rises], ["hot", "cold"], "none").astype(object)


def _shown(frame: pd.DataFrame, counts: Counts, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> pd.DataFrame:
    """The table with hidden cells emptied; whether a spot is hot stays, for it speaks of a whole neighbourhood."""
    hidden = counts.hidden[rows, columns]
    words = np.where(counts.primary[rows, columns], "small", np.where(hidden, "protects", ""))
    kept = {"place", "place_name", "code", "hot_spot", "cluster", "firms_of_all_sectors"}
    numbers = [name for name in frame.columns if name not in kept]
    frame.loc[hidden, numbers] = np.nan
    frame.loc[counts.base_hidden[rows], ["firms_of_all_sectors", "expected"]] = np.nan
    return frame.assign(hidden=words)


def sector_table(table: FirmTable, places: Places, counts: Counts, settings: Settings) -> pd.DataFrame:
    """One row a sector: how uneven it is over the places of this kind."""
    expected = expected_counts(counts.high, counts.base)
    plants = _plants(table, places, counts)
    rows = [_sector_row(places, counts, expected, column, plants, settings) for column in range(len(counts.codes))]
    frame = pd.DataFrame(rows)
    every = settings.spatial is None
    frame["moran_q"] = adjusted_p(frame["moran_p"].to_numpy(dtype=float)) if every else np.nan
    if settings.rule:
        totals = frame["firms_high"].to_numpy(dtype=float)[None, :]
        few = hidden_cells(totals, np.zeros_like(totals), settings.rule).cells[0]
        frame.loc[few, [name for name in frame.columns if name not in ("unit", "places", "code")]] = np.nan
    return frame


def _sector_row(
    places: Places, counts: Counts, expected: Numbers, column: int, plants: Plants, settings: Settings
) -> dict[str, Any]:
    values = counts.high[:, column]
    row: dict[str, Any] = {
        "unit": places.unit,
        "places": len(places.ids),
        "code": counts.codes[column],
        "firms_low": float(counts.low[:, column].sum()),
        "firms_high": float(values.sum()),
        "hhi": float(herfindahl(values)),
        "entropy_nats": float(entropy(values)),
        "gini_locational": gini(values, counts.base),
        "theil_nats": theil(values, counts.base),
        "ellison_glaeser": _agglomeration(counts, plants, column),
        "moran_i": np.nan,
        "moran_p": np.nan,
    }
    departed = departures(counts, expected, column)
    wanted = settings.is_spatial(counts.codes[column]) and len(places.ids) >= MORAN_PLACES_MIN
    if wanted and places.neighbours is not None and np.ptp(departed) > 0:
        found = moran(departed, places.neighbours, settings.seed, min(settings.permutations, 999))
        row["moran_i"], row["moran_p"] = found.statistic, found.p_permutation
    return row


@dataclass(frozen=True)
class Plants:
    """The size of every firm as a plant, and what all firms of a place add up to."""

    sizes: Numbers
    base: Numbers


def _plants(table: FirmTable, places: Places, counts: Counts) -> Plants:
    """Every firm a plant of its employees; equal plants where nobody states them."""
    employees = table.frame["employees"].to_numpy(dtype=float)
    sizes = np.nan_to_num(employees) if np.isfinite(employees).any() else np.ones(len(employees))
    counted = counts.places >= 0
    base = np.bincount(counts.places[counted], weights=sizes[counted], minlength=len(places.ids))
    return Plants(sizes, np.asarray(base, dtype=np.float64))


def _agglomeration(counts: Counts, plants: Plants, column: int) -> float:
    firms = counts.members.firms[counts.members.sectors == column]
    return ellison_glaeser(plants.sizes[firms], counts.places[firms], plants.base)


def place_table(places: Places, counts: Counts, settings: Settings) -> pd.DataFrame:
    """One row a place: how many firms, how mixed they are, how unlike the whole; empty where the total is hidden."""
    frame = pd.DataFrame({"place": places.ids, "place_name": places.names, "firms": counts.base})
    mix = counts.high
    frame["hhi_of_sectors"], frame["entropy_nats"], frame["krugman"] = herfindahl(mix), entropy(mix), krugman(mix)
    if settings.rule:
        frame.loc[counts.base_hidden, "firms"] = np.nan
        frame.loc[counts.base_hidden | (counts.base < MIX_FIRMS_MIN), list(frame.columns[3:])] = np.nan
    return frame
