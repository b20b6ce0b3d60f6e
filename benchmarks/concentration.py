"""A million firms counted, compared and smoothed, against pandas + sjoin + KDEpy; local Moran against esda.

Times are CPU seconds of all threads, the median of some runs in turn, after loading: both sides begin with longitude,
latitude and sector of every firm in memory. Every answer is compared with the peer's before its time is told.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame, points_from_xy
from numpy.typing import NDArray

from atlas.workspace import embedded_catalogue
from geo import crs
from geo.autocorrelation import local_moran
from geo.concentration import herfindahl, location_quotients
from geo.density import kernel_density
from geo.neighbours import Neighbours, of_squares
from geo.tessellation import assign, square_cells
from layers.store import Store

Numbers = NDArray[np.float64]

SEED = 20_261_126
FIRMS, SECTORS, RUNS = 1_000_000, 53, 3
GRID_M, CELL_M, BANDWIDTH_M = 500.0, 100.0, 1000.0
#: How far generated firms lie from the sample's.
SPREAD_DEGREES = 0.02
#: KDEpy's density and ours are of the same binned points; they part by how a point is shared between cells.
DENSITY_TOLERANCE = 0.02
MORAN_SIDE, MORAN_PERMUTATIONS = 316, 999
PARTS = ("districts", "quotients and HHI", "500 m grid", "100 m density")


@dataclass
class Clock:
    """CPU seconds of the parts of a way, one entry a run."""

    parts: dict[str, list[float]] = field(default_factory=dict)

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Add the CPU seconds of what is done within."""
        began = time.process_time()
        yield
        self.parts.setdefault(name, []).append(time.process_time() - began)

    def median(self, name: str) -> float:
        """The median of a part."""
        return statistics.median(self.parts[name])

    @property
    def total(self) -> float:
        """The median of all parts together."""
        return statistics.median(sum(run) for run in zip(*self.parts.values(), strict=True))


@dataclass(frozen=True)
class Answers:
    """What both ways must agree on: counts and quotients by district, counts of grid cells, a density."""

    counts: Numbers
    quotients: Numbers
    hhi: Numbers
    grid: NDArray[np.int64]
    density: Numbers


@cache
def _store() -> Store:
    return Store(embedded_catalogue())


@cache
def _firms() -> pd.DataFrame:
    """Firms gathered round the sample's, as they lie in cities; sectors at random."""
    random = np.random.default_rng(SEED)
    seats = _store().layer("sample_firms").frame.geometry
    chosen = random.integers(0, len(seats), FIRMS)
    shift = random.normal(0.0, SPREAD_DEGREES, (2, FIRMS))
    return pd.DataFrame(
        {
            "lon": seats.x.to_numpy()[chosen] + shift[0],
            "lat": seats.y.to_numpy()[chosen] + shift[1],
            "sector": random.integers(0, SECTORS, FIRMS),
        }
    )


def _ours(clock: Clock) -> Answers:
    firms, districts = _firms(), _store().layer("districts").frame
    outlines = np.asarray(districts.geometry.array, dtype=object)
    with clock(PARTS[0]):
        points = firms[["lon", "lat"]].to_numpy()
        district = assign(points, outlines)
    with clock(PARTS[1]):
        sector = firms["sector"].to_numpy()
        inside = district >= 0
        cell = district[inside] * SECTORS + sector[inside]
        counts = np.bincount(cell, minlength=len(outlines) * SECTORS).reshape(-1, SECTORS)
        quotients, hhi = location_quotients(counts), herfindahl(counts, axis=0)
    with clock(PARTS[2]):
        plane = crs.to_plane(points)
        cells = square_cells(plane, GRID_M)
        grid = np.bincount(cells.of_point * SECTORS + sector, minlength=len(cells.ids) * SECTORS)
    with clock(PARTS[3]):
        surface = kernel_density(plane, BANDWIDTH_M, CELL_M, _bounds(plane))
    return Answers(counts.astype(float), quotients, hhi, np.sort(grid[grid > 0]), surface.values[::-1])


def _bounds(plane: Numbers) -> tuple[float, float, float, float]:
    west, south = np.floor(plane.min(axis=0) / CELL_M) * CELL_M
    east, north = np.ceil(plane.max(axis=0) / CELL_M) * CELL_M
    return float(west), float(south), float(east), float(north)


def _peers(clock: Clock) -> Answers:
    firms, districts = _firms(), _store().layer("districts").frame[["id", "geometry"]]
    with clock(PARTS[0]):
        points = GeoDataFrame(firms, geometry=points_from_xy(firms["lon"], firms["lat"]), crs="EPSG:4326")
        joined = points.sjoin(districts, how="inner", predicate="intersects")
        joined = joined[~joined.index.duplicated()]
    with clock(PARTS[1]):
        table = joined.groupby(["id", "sector"]).size().unstack(fill_value=0)
        table = table.reindex(index=districts["id"], columns=range(SECTORS), fill_value=0)
        share = table.div(table.sum(axis=1), axis=0)
        quotients = share / (table.sum() / table.to_numpy().sum())
        hhi = ((table / table.sum()) ** 2).sum()
    with clock(PARTS[2]):
        plane = points.to_crs("EPSG:4549")
        x, y = plane.geometry.x, plane.geometry.y
        grid = firms.groupby([np.floor(x / GRID_M), np.floor(y / GRID_M), "sector"]).size()
    with clock(PARTS[3]):
        density = _peers_density(np.column_stack([x, y]))
    return Answers(table.to_numpy(float), quotients.to_numpy(), hhi.to_numpy(), np.sort(grid.to_numpy()), density)


def _peers_density(plane: Numbers) -> Numbers:
    """Firms per km². In kilometres: in metres KDEpy cuts its kernel off where a fifth of it is still missing."""
    from KDEpy import FFTKDE

    west, south, east, north = _bounds(plane)
    # it refuses points on the rim of its grid
    x = np.arange(west - CELL_M / 2, east + CELL_M, CELL_M)
    y = np.arange(south - CELL_M / 2, north + CELL_M, CELL_M)
    grid = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1).reshape(-1, 2)
    found = FFTKDE(kernel="gaussian", bw=BANDWIDTH_M / 1000).fit(plane / 1000).evaluate(grid / 1000)
    return np.asarray(FIRMS * found.reshape(len(x), len(y)).T[1:-1, 1:-1])


def _compare(ours: Answers, theirs: Answers) -> None:
    assert np.array_equal(ours.counts, theirs.counts)
    assert np.allclose(ours.quotients, theirs.quotients, equal_nan=True)
    assert np.allclose(ours.hhi, theirs.hhi)
    assert np.array_equal(ours.grid, theirs.grid)
    assert ours.density.shape == theirs.density.shape
    assert np.abs(ours.density - theirs.density).max() < DENSITY_TOLERANCE * theirs.density.max()


def _in_turn(ways: dict[str, Callable[[Clock], Any]]) -> tuple[dict[str, Clock], dict[str, Any]]:
    """Every way once to warm up, then some times in turn, so that a busy minute falls on all."""
    answers = {name: way(Clock()) for name, way in ways.items()}
    clocks = {name: Clock() for name in ways}
    for _ in range(RUNS):
        for name, way in ways.items():
            way(clocks[name])
    return clocks, answers


def _concentration_lines() -> list[str]:
    clocks, answers = _in_turn({"ours": _ours, "peer": _peers})
    _compare(answers["ours"], answers["peer"])
    ours, peer = clocks["ours"], clocks["peer"]
    lines = [f"{FIRMS:,} firms, {SECTORS} sectors, {len(answers['ours'].counts)} districts; CPU seconds after loading"]
    lines += [_line(name, ours.median(name), peer.median(name)) for name in PARTS]
    return [*lines, _line("together", ours.total, peer.total), ""]


def _line(name: str, ours: float, peer: float) -> str:
    return f"{name:<40} atlas {ours:7.3f} s   peer {peer:7.3f} s   peer / atlas {peer / ours:6.1f}"


def _moran_lines() -> list[str]:
    from esda import Moran_Local
    from libpysal.weights import W

    column, row = (part.ravel() for part in np.meshgrid(np.arange(MORAN_SIDE), np.arange(MORAN_SIDE)))
    values = np.random.default_rng(SEED).poisson(20.0, len(column)).astype(float)
    neighbours = of_squares(column, row)
    weights = W(_lists(neighbours), silence_warnings=True)
    weights.transform = "r"

    def first(clock: Clock) -> Any:
        with clock("local Moran"):
            return local_moran(values, neighbours, SEED, MORAN_PERMUTATIONS)

    def second(clock: Clock) -> Any:
        with clock("local Moran"):
            return Moran_Local(values, weights, permutations=MORAN_PERMUTATIONS, seed=SEED, n_jobs=1)

    # the peer takes a quarter of a minute a run: once for the first use, once warm
    first_use, warm = (Clock(), Clock()), (Clock(), Clock())
    for clocks in (first_use, warm):
        ours, theirs = first(clocks[0]), second(clocks[1])
    assert np.allclose(ours.statistic * (len(values) - 1) / len(values), theirs.Is)
    apart = np.abs(ours.p - np.minimum(1.0, 2.0 * theirs.p_sim))
    return [
        f"local Moran, {len(values):,} cells, {MORAN_PERMUTATIONS} permutations; peer esda, {_compiler()}",
        _line("first use", first_use[0].total, first_use[1].total),
        _line("warm", warm[0].total, warm[1].total),
        f"p-values part by {np.median(apart):.3f} in the middle, {np.quantile(apart, 0.99):.3f} at the 99th of 100",
    ]


def _lists(neighbours: Neighbours) -> dict[int, list[int]]:
    ends = zip(neighbours.starts, neighbours.starts[1:], strict=False)
    return {place: neighbours.others[start:end].tolist() for place, (start, end) in enumerate(ends)}


def _compiler() -> str:
    """Whether esda has its compiler here; without it the peer is several times slower."""
    try:
        import numba
    except ImportError:
        return "without numba"
    return f"with numba {numba.__version__}"


def run() -> list[str]:
    """The lines of the report."""
    return [*_concentration_lines(), *_moran_lines()]
