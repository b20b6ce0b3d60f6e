"""A large table of sites: the file says what the sites alone are answered, whole or not at all."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet
import pytest
import shapely
from geopandas import GeoDataFrame

from atlas.assessment import as_dict
from atlas.commands import check_table
from atlas.journeys import table
from atlas.journeys.check import CheckRequest, run_check
from atlas.workspace import embedded_catalogue
from geo.batch import grouped
from geo.types import Proposal, Use
from layers.importing import import_layer
from layers.rulebook import load_rulebook
from layers.store import Store
from layers.types import Rejected

ON = date(2026, 11, 1)


def store_with_red_line() -> Store:
    """The embedded layers and a made-up red line of two squares, one of whose names a spreadsheet would compute."""
    squares = [shapely.box(120.1, 36.0, 120.2, 36.1), shapely.box(120.15, 36.05, 120.3, 36.2)]
    frame = GeoDataFrame({"id": ["=1+1", "b"], "zone": ["core", "core"]}, geometry=squares, crs=4326)
    read = import_layer(
        frame.to_json().encode(), "red.geojson", layer_id="ecological_red_line", crs="EPSG:4326", accuracy_m=20.0
    )
    return Store(embedded_catalogue()).with_layer(read.layer)


def proposals() -> tuple[Proposal, ...]:
    random = np.random.default_rng(2)
    points = random.uniform((120.05, 35.95), (120.35, 36.25), (40, 2))
    shapes = [*shapely.points(points), shapely.box(120.12, 36.02, 120.121, 36.021)]
    names = ["=cmd", *(f"p{row}" for row in range(1, len(shapes)))]
    return tuple(Proposal(name, "", Use.FACTORY, shape, 10.0) for name, shape in zip(names, shapes, strict=True))


def written(tmp_path: Path, suffix: str, chunk: int, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(table, "CHUNK", chunk)
    target, rulebook = tmp_path / f"out{suffix}", load_rulebook()
    groups = [sites for _, sites in grouped(proposals(), rulebook.rules)]
    rejected = (Rejected(7, "lon", "coordinates_unreadable", {"value": "x"}),)
    request = table.TableRequest(groups, store_with_red_line(), ON, (), rejected, rulebook)
    assert table.check_table(request, target, "en").value == "conflict"
    assert [path.name for path in tmp_path.iterdir()] == [target.name]
    return target


def alone() -> dict[str, Any]:
    return as_dict(run_check(CheckRequest(proposals(), store_with_red_line(), ON)))


def test_the_table_says_what_each_site_alone_is_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = pyarrow.parquet.read_table(written(tmp_path, ".parquet", 9, monkeypatch)).to_pylist()
    sites = {row["site"]: row for row in rows if row["kind"] == "site"}
    found = {(row["site"], row["rule"]): row for row in rows if row["kind"] == "finding"}
    expected = alone()["proposals"]
    answered: Counter[tuple[str, str]] = Counter()
    for site in expected:
        row = sites.pop(site["id"])
        assert (row["verdict"], row["why"]) == (site["verdict"], site["why"])
        assert {name: row[name] for name in site["counts"]} == site["counts"]
        for finding in site["findings"]:
            answered[finding["rule"], finding["outcome"]] += 1
            if finding["outcome"] not in ("conflict", "uncertain") or not finding["features"]:
                continue
            if finding["conditions"] and all(part["outcome"] == "clear" for part in finding["conditions"]):
                continue
            said = found.pop((site["id"], finding["rule"]))
            assert (said["outcome"], said["why"], said["layer"], said["features"]) == tuple(
                finding[name] for name in ("outcome", "why", "layer", "features")
            )
            assert said["distance_m"] == pytest.approx(finding["distance_m"], abs=1.1e-3)
            assert said["tolerance_m"] == finding["tolerance_m"]
    assert not sites
    assert all(row["distance_m"] is None for row in found.values()), "nothing was measured that the sites alone lack"
    tallies = {row["site"]: json.loads(row["detail"])["answers"] for row in rows if row["kind"] == "rule"}
    summed: Counter[tuple[str, str]] = Counter()
    for rule, tally in tallies.items():
        for words, count in tally.items():
            summed[rule, words.partition(":")[0]] += count
    assert summed == answered
    kinds = Counter(row["kind"] for row in rows)
    assert kinds["run"] == kinds["rejected"] == 1
    assert kinds["layer"] >= 1


def test_the_csv_holds_the_same_and_computes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = written(tmp_path, ".csv", 1000, monkeypatch)
    assert target.read_bytes().startswith(b"\xef\xbb\xbf"), "Excel reads Chinese only with the mark"
    rows = list(csv.DictReader(target.read_text(encoding="utf-8-sig").splitlines()))
    assert {row["site"] for row in rows if row["kind"] == "site"} >= {"'=cmd", "p1"}
    features = {name for row in rows if row["kind"] == "finding" for name in [row["features"]]}
    assert "'=1+1" in features
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row.values())


def test_a_run_that_breaks_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "CHUNK", 10)

    def stop(done: int, _total: int) -> None:
        if done >= 20:
            raise KeyboardInterrupt

    groups = [sites for _, sites in grouped(proposals(), load_rulebook().rules)]
    request = table.TableRequest(groups, store_with_red_line(), ON)
    with pytest.raises(KeyboardInterrupt):
        table.check_table(request, tmp_path / "out.parquet", "zh", stop)
    assert list(tmp_path.iterdir()) == []


def test_which_results_are_tables() -> None:
    assert check_table.is_table(Path("a.parquet"), 1)
    assert check_table.is_table(Path("a.csv"), check_table.TABLE_SITES + 1)
    assert not check_table.is_table(Path("a.csv"), check_table.TABLE_SITES)
    assert not check_table.is_table(Path("a.json"), 10**6)
    assert not check_table.is_table(None, 10**6)
