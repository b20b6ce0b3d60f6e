"""The conflict engine against its peers: 12 layers, 12 rules, points by the ten thousand and the million."""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet
import shapely

from benchmarks.conflict_parts.worker import Worker, keep_workload
from benchmarks.conflict_parts.workload import KINDS, generated, hard_sites, sites_lonlat

ROOT = Path(__file__).resolve().parent.parent
COUNTS = (10_000, 100_000, 1_000_000)
ROUNDS = 3
#: Peers that are slower by orders of magnitude are asked for fewer points; their cost grows with the points.
POSTGIS_POINTS, GEOPANDAS_POINTS = 20_000, 2_000
HARD_SITES = 3_000
SQUARES = 10_000

Costs = list[dict[str, float]]


def run() -> list[str]:
    """The lines of the report, printed as they come."""
    lines = []
    with tempfile.TemporaryDirectory(prefix="atlas-benchmark-") as name:
        folder = Path(name)
        os.environ["ATLAS_CACHE"] = str(folder / "cache")
        for line in _report(folder):
            print(line, flush=True)
            lines.append(line)
    return lines


def _report(folder: Path) -> Iterator[str]:
    layers = {kind.id: generated(kind) for kind in KINDS}
    vertices = sum(int(shapely.get_num_coordinates(some).sum()) for some in layers.values())
    yield f"{sum(map(len, layers.values())):,} features, {vertices / 1e6:.1f} M vertices, {len(KINDS)} layers and rules"
    keep_workload(folder, layers, sites_lonlat(max(COUNTS)), hard_sites(HARD_SITES))
    del layers
    atlas, duckdb = Worker("atlas_itself", folder, ROOT), Worker("duckdb_peer", folder, ROOT)
    yield "CPU seconds of all threads, median of three (each), from points in memory to written Parquet"
    yield from _against_duckdb(atlas, duckdb)
    yield from _squares(atlas, duckdb, folder)
    yield from _same_answers(atlas, duckdb, folder)
    atlas.end()
    duckdb.end()
    again = Worker("atlas_itself", folder, ROOT)
    again.do("take_points", COUNTS[0])
    yield _line("atlas, first 10,000 points with the index read from disk", [again.do("answer")])
    again.end()
    yield from _slower_peers(folder)


def _against_duckdb(atlas: Worker, duckdb: Worker) -> Iterator[str]:
    atlas.do("take_points", COUNTS[0])
    made, built = atlas.do("answer"), duckdb.do("build")
    warm: dict[int, tuple[float, float]] = {}
    for count in COUNTS:
        atlas.do("take_points", count)
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(atlas.do("answer"))
            theirs.append(duckdb.do("points", count))
        yield _line(f"atlas, {count:,} points, warm", ours)
        yield _line(f"DuckDB spatial 1.5.5, {count:,} points, warm", theirs)
        warm[count] = _median(ours), _median(theirs)
        yield f"    DuckDB / atlas: {warm[count][1] / warm[count][0]:.1f}"
    few, many = warm[COUNTS[0]], warm[COUNTS[-1]]
    index = made["cpu"] - few[0]
    yield _line(
        "atlas, making the index of all layers (first 10,000 points less the warm ones)", [{**made, "cpu": index}]
    )
    yield _line("DuckDB, subdividing and loading", [built])
    cold = index + many[0], built["cpu"] + many[1]
    ratio = cold[1] / cold[0]
    yield f"cold, {COUNTS[-1]:,} points: atlas {cold[0]:.1f}, DuckDB {cold[1]:.1f}; DuckDB / atlas: {ratio:.2f}"
    growth = many[0] / few[0] / (COUNTS[-1] / COUNTS[0])
    yield f"growth from {COUNTS[0]:,} to {COUNTS[-1]:,} points: {growth:.2f} of linear"


def _squares(atlas: Worker, duckdb: Worker, folder: Path) -> Iterator[str]:
    atlas.do("take_squares", SQUARES)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(atlas.do("answer"))
        theirs.append(duckdb.do("squares", SQUARES))
    yield _line(f"atlas, {SQUARES:,} squares of 200 m, ids and areas", ours)
    yield _line(f"DuckDB spatial 1.5.5, {SQUARES:,} squares of 200 m", theirs)
    yield f"    DuckDB / atlas: {_median(theirs) / _median(ours):.1f}"
    yield "  " + _compared_squares(folder)


def _same_answers(atlas: Worker, duckdb: Worker, folder: Path) -> Iterator[str]:
    yield f"answers, {COUNTS[1]:,} random points and {HARD_SITES:,} adversarial ones, against DuckDB"
    atlas.do("take_points", COUNTS[1])
    atlas.do("answer")
    duckdb.do("points", COUNTS[1])
    yield "  random: " + _compared(folder)
    atlas.do("take_hard")
    cost = atlas.do("answer")
    duckdb.do("hard")
    yield "  adversarial: " + _compared(folder)
    yield _line("atlas, the adversarial points", [cost])


def _compared(folder: Path) -> str:
    """Pairs of site and rule that both find, that one alone finds, and how far the distances part.

    DuckDB measures in the plane, which is longer than the ground by up to 0.03 %: pairs so near the limit may differ.
    """
    ours, theirs = _ours(folder), _theirs(folder)
    both = ours.keys() & theirs.keys()
    alone = ours.keys() ^ theirs.keys()
    limit = {f"B-{kind.id}": kind.distance_m for kind in KINDS}
    explained = sum(_near_limit(ours.get(pair) or theirs[pair], limit[pair[1]]) for pair in alone)
    plain = [pair for pair in both if not _near_limit(theirs[pair], limit[pair[1]])]
    other = sum(ours[pair][1] != theirs[pair][1] for pair in plain)
    apart = max((abs(ours[pair][0] - theirs[pair][0]) / max(ours[pair][0], 1.0) for pair in both), default=0.0)
    return (
        f"{len(both):,} conflicts in both; {len(alone)} in one only, {explained} of them within 0.05 % of the limit or "
        f"1e-6 m of an edge; other features in {other}; distances part by {apart:.5%} at most"
    )


def _compared_squares(folder: Path) -> str:
    """As :func:`_compared`; areas of both are of the plane.

    Only where one feature is touched: DuckDB adds up what several share, the atlas counts what they share once.
    """
    ours, theirs = _ours(folder, "overlap_low_m2"), _theirs(folder, "area_m2")
    both, alone = ours.keys() & theirs.keys(), ours.keys() ^ theirs.keys()
    limit = {f"B-{kind.id}": kind.distance_m for kind in KINDS}
    areas = [pair for pair in both if limit[pair[1]] is None and len(ours[pair][1]) == 1]
    apart = max((abs(ours[pair][0] - theirs[pair][0]) for pair in areas), default=0.0)
    near = [pair for pair in alone if _near_square(pair in ours, theirs.get(pair), limit[pair[1]])]
    other = [pair for pair in both if ours[pair][1] != theirs[pair][1]]
    return (
        f"{len(both):,} conflicts in both; {len(alone)} in one only, {len(near)} of them a shared sliver of 1 m² or "
        f"within 0.05 % of the limit; other features in {len(other)}; {len(areas):,} areas with one feature part by "
        f"{apart:.4f} m² at most (the table holds three decimals)"
    )


Answer = tuple[float, frozenset[int]]


def _near_square(is_ours: bool, theirs: Answer | None, limit_m: float | None) -> bool:
    """Whether a pair that one alone finds may be told either way: the plane is longer, so only ours may be nearer."""
    if limit_m is not None:
        return is_ours or (theirs is not None and theirs[0] > limit_m * 0.9995)
    return theirs is not None and theirs[0] <= 1.000001


def _near_limit(answer: Answer, limit_m: float | None) -> bool:
    return limit_m is None or answer[0] > limit_m * 0.9995


def _ours(folder: Path, number: str = "distance_m") -> dict[tuple[int, str], Answer]:
    table = pyarrow.parquet.read_table(folder / "atlas.parquet")
    rows = table.filter(pyarrow.compute.equal(table["kind"].cast("string"), "finding"))
    columns = (rows[name].to_pylist() for name in ("site", "rule", "outcome", number, "features"))
    found = {}
    for site, rule, outcome, figure, features in zip(*columns, strict=True):
        if outcome != "conflict":  # on an edge to the last digit: the engine does not decide
            continue
        found[int(site), rule] = (figure, frozenset(int(name.rpartition("-")[2]) for name in features))
    return found


def _theirs(folder: Path, number: str = "distance_m") -> dict[tuple[int, str], Answer]:
    rows = pyarrow.parquet.read_table(folder / "duckdb.parquet")
    columns = (rows[name].to_pylist() for name in ("site", "rule", number, "features"))
    return {(site, f"B-{rule}"): (far, frozenset(features)) for site, rule, far, features in zip(*columns, strict=True)}


def _slower_peers(folder: Path) -> Iterator[str]:
    frames = Worker("geopandas_peer", folder, ROOT)
    frames.do("points", 100)
    yield from _extrapolated("geopandas sjoin, dwithin", frames, GEOPANDAS_POINTS)
    frames.end()
    server = Worker("postgis_peer", folder, ROOT)
    yield _line("PostGIS, subdividing, loading, indexing", [server.do("build")])
    yield from _extrapolated("PostGIS", server, POSTGIS_POINTS)
    server.do("stop")
    server.end()


def _extrapolated(name: str, worker: Worker, count: int) -> Iterator[str]:
    cost = worker.do("points", count)
    yield _line(f"{name}, {count:,} points, once", [cost])
    yield f"    extrapolated to {COUNTS[-1]:,} points: {cost['cpu'] * COUNTS[-1] / count:,.0f} CPU s"


def _median(costs: Costs) -> float:
    return statistics.median(cost["cpu"] for cost in costs)


def _line(name: str, costs: Costs) -> str:
    each = " ".join(f"{cost['cpu']:.2f}" for cost in costs)
    return f"{name:<62} {_median(costs):9.2f} CPU s  ({each})  peak {costs[-1]['peak_gb']:.2f} GB"
