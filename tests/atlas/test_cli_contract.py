"""The command line as other programs rely on it: keys, formats, exit codes, one line for what cannot be used."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.atlas.shell import Ran, run

#: Two sites far from any coast, in Pingdu; the first lies in the red line that ``red_line`` writes.
SITES = "id,name,lon,lat\nA,甲地,119.95,36.80\nB,乙地,120.05,36.70\n"

LAYER_KEYS = {
    "id", "theme", "title", "features", "without_geometry", "source", "licence", "attribution", "distribution",
    "as_of", "basis", "accuracy_m", "sha256",
}  # fmt: skip
EMBEDDED = {
    "districts", "towns", "land", "mainland_coast", "islands", "territorial_baseline", "airport_point", "parks",
    "plan_designations", "plan_targets", "plan_places", "offshore_wind_register", "offshore_wind_policy_sea",
    "network_totals", "charging_totals", "sample_firms", "sample_base_stations", "sample_edge_nodes",
    "sample_charging_stations",
}  # fmt: skip
DESIGNATION_KEYS = {
    "clause", "sector", "subsector", "place", "kind", "strength", "open_ended", "quote", "geometry", "ref",
}  # fmt: skip
TARGET_KEYS = {"clause", "indicator", "type", "bound", "value", "value_max", "unit", "year"}
ASSESSMENT_KEYS = {
    "verdict", "on", "region", "version", "computed_at", "rulebook_sha256", "inputs", "rejected", "proposals", "layers",
}  # fmt: skip
PROPOSAL_KEYS = {
    "id", "name", "use", "quantities", "geometry", "accuracy_m", "verdict", "counts", "context", "findings",
}  # fmt: skip
FINDING_KEYS = {
    "rule", "title", "outcome", "severity", "why", "layer", "features", "conditions", "limit_m", "distance_m",
    "margin_m", "overlap_m2", "overlap_share", "tolerance_m", "witness", "citation",
}  # fmt: skip
CITATION_KEYS = {"document", "number", "clause", "date", "evidence", "confidence", "quote"}

#: One rule that is met inland and broken at the shore.
SHORE_RULE = """
[[rule]]
id = "T1"
title = { zh = "距大陆海岸线", en = "Distance to the mainland coast" }
applies_to = ["factory"]
severity = "prohibit"
layer = "mainland_coast"
relation = "min_distance"
distance_m = 20000
citation = { document = "测试文件", number = "1", clause = "1", date = 2024-01-01, evidence = "V", confidence = "high" }
in_force_from = 2024-01-01
"""


@pytest.fixture
def sites(tmp_path: Path) -> Path:
    path = tmp_path / "sites.csv"
    path.write_text(SITES, encoding="utf-8")
    return path


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.toml"
    path.write_text(SHORE_RULE, encoding="utf-8")
    return path


def red_line(folder: Path) -> Path:
    """A red line around site A, 0.02 degrees to each side."""
    ring = [[119.93, 36.78], [119.97, 36.78], [119.97, 36.82], [119.93, 36.82], [119.93, 36.78]]
    feature = {"type": "Feature", "properties": {"id": "R1"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    path = folder / "red_line.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    return path


def check(sites: Path, *options: object) -> Ran:
    return run("check", sites, "--crs", "EPSG:4326", "--accuracy-m", "5", "--use", "factory", *options)


def assessed(sites: Path, *options: object) -> tuple[int, dict[str, Any]]:
    """The exit code and the assessment that a check writes."""
    out = sites.with_name("out.json")
    ran = check(sites, "--out", out, *options)
    return ran.code, json.loads(out.read_text(encoding="utf-8"))


# ---- layers, plan


def test_layers_as_json() -> None:
    ran = run("layers", "--json")
    assert ran.code == 0
    rows = json.loads(ran.out)
    assert all(set(row) == LAYER_KEYS for row in rows)
    assert {row["id"] for row in rows} >= EMBEDDED
    assert all(row["source"] and row["licence"] and row["attribution"] and row["as_of"] for row in rows)
    assert all(re.fullmatch("[0-9a-f]{64}", row["sha256"]) for row in rows)
    assert {row["distribution"] for row in rows} <= {"public", "internal"}
    assert next(row for row in rows if row["id"] == "sample_firms")["basis"] == "synthetic"


def test_plan_as_json() -> None:
    ran = run("plan", "--json")
    assert ran.code == 0
    plan = json.loads(ran.out)
    assert set(plan) == {"designations", "targets"}
    assert all(set(row) == DESIGNATION_KEYS for row in plan["designations"])
    assert all(set(row) == TARGET_KEYS for row in plan["targets"])
    assert {row["strength"] for row in plan["designations"]} == {"designation", "achievement", "support", "named"}
    assert {row["geometry"] for row in plan["designations"]} <= {"district", "park", "place", "sea", "city", "none"}
    assert {row["bound"] for row in plan["targets"]} <= {"at_least", "about", "range", "exact"}
    assert {row["type"] for row in plan["targets"]} <= {"target", "baseline", "growth"}
    assert all((row["value_max"] is not None) == (row["bound"] == "range") for row in plan["targets"])


def test_the_test_zones_of_automated_driving_and_the_pilots_are_different_statements() -> None:
    rows = json.loads(run("plan", "--json").out)["designations"]
    zones = {
        row["place"]: row["geometry"] for row in rows if row["kind"] == "test_zone" and row["clause"] == "三（五）2"
    }
    assert zones == {"青岛西海岸新区": "district", "即墨区": "district", "青岛蓝谷": "park"}
    pilots = [row["place"] for row in rows if row["kind"] == "pilot" and row["clause"] == "三（五）2"]
    assert len(pilots) == 5


def test_what_has_no_match_as_json() -> None:
    ran = run("plan", "--unmatched", "--json")
    assert ran.code == 0
    unmatched = json.loads(ran.out)
    assert set(unmatched) == {"clauses_without_geometry", "zones_without_clause"}
    assert "青岛蓝谷" in {row["place"] for row in unmatched["clauses_without_geometry"]}


@pytest.mark.parametrize(("language", "words"), [("zh", "规划期已于 2025 年结束"), ("en", "ended in 2025")])
def test_the_plan_in_words_says_that_its_period_has_ended(language: str, words: str) -> None:
    # the language is read when the process starts: it needs a process of its own
    done = subprocess.run(
        [sys.executable, "-m", "atlas", "--lang", language, "plan"], capture_output=True, text=True, check=True
    )
    assert words in done.stdout


# ---- check: formats and content


def _opened(path: Path) -> str:
    """What a file is, by opening it."""
    content = path.read_bytes()
    if content.startswith(b"%PDF"):
        return "pdf"
    if content.startswith(b"SQLite format 3"):
        with sqlite3.connect(path) as database:
            assert database.execute("SELECT count(*) FROM gpkg_contents").fetchone()[0] >= 2
        return "gpkg"
    if content.startswith(b"PK"):
        with zipfile.ZipFile(path) as archive:
            return "docx" if "word/document.xml" in archive.namelist() else "xlsx"
    if content.lower().startswith(b"<!doctype html"):
        return "html"
    if content.startswith(b"{"):
        return "json"
    return "csv" if content.startswith("\ufeff".encode()) else "unknown"


@pytest.mark.parametrize("suffix", ["json", "html", "pdf", "docx", "xlsx", "csv", "gpkg"])
def test_the_suffix_chooses_the_format_and_the_verdict_the_code(sites: Path, rules: Path, suffix: str) -> None:
    rules.write_text(SHORE_RULE.replace("20000", "200000"), encoding="utf-8")
    out = sites.with_name(f"report.{suffix}")
    ran = check(sites, "--rules", rules, "--out", out)
    assert (ran.code, ran.out) == (1, "")
    assert _opened(out) == suffix
    assert set(sites.parent.iterdir()) == {sites, rules, out}


def test_an_assessment_has_every_key_of_the_contract(sites: Path) -> None:
    code, document = assessed(sites, "--on", "2025-06-01", "--set", "project_class=ordinary", "--set", "capacity_mw=3")
    assert code == 2
    assert set(document) >= ASSESSMENT_KEYS
    assert document["on"] == "2025-06-01"
    assert document["inputs"][0]["crs"] == "EPSG:4326"
    assert document["inputs"][0]["accuracy_m"] == 5
    assert [proposal["id"] for proposal in document["proposals"]] == ["A", "B"]
    for proposal in document["proposals"]:
        assert set(proposal) >= PROPOSAL_KEYS
        assert proposal["quantities"] == {"project_class": "ordinary", "capacity_mw": 3.0}
        assert set(proposal["counts"]) == {"conflict", "uncertain", "not_assessed", "clear"}
        for finding in proposal["findings"]:
            assert set(finding) >= FINDING_KEYS
            assert set(finding["citation"]) >= CITATION_KEYS
            assert finding["citation"]["document"]
            assert (finding["why"] is not None) == (finding["outcome"] in ("uncertain", "not_assessed"))
    assert all(set(layer) >= {"id", "sha256", "as_of", "basis", "accuracy_m", "covers"} for layer in document["layers"])


def test_a_supplied_layer_decides_and_its_accuracy_is_kept(sites: Path) -> None:
    layer = f"ecological_red_line={red_line(sites.parent)}"
    code, document = assessed(sites, "--layer", layer, "--layer-accuracy-m", "ecological_red_line=10")
    assert (code, document["verdict"]) == (1, "conflict")
    outcomes = {
        proposal["id"]: finding["outcome"]
        for proposal in document["proposals"]
        for finding in proposal["findings"]
        if finding["rule"] == "E3.1"
    }
    assert outcomes == {"A": "conflict", "B": "clear"}
    used = next(layer for layer in document["layers"] if layer["id"] == "ecological_red_line")
    assert used["accuracy_m"] == 10
    # a shift of 3 km either way could take the site, 2 km from the edge, out of the line
    code, document = assessed(sites, "--layer", layer, "--layer-accuracy-m", "ecological_red_line=3000")
    assert (code, document["verdict"]) == (2, "uncertain")


def test_rules_of_a_file_replace_the_rulebook_and_a_day_before_them_finds_none(sites: Path, rules: Path) -> None:
    code, document = assessed(sites, "--rules", rules)
    assert (code, document["verdict"]) == (0, "clear")
    assert [finding["rule"] for finding in document["proposals"][0]["findings"]] == ["T1"]
    code, document = assessed(sites, "--rules", rules, "--on", "2023-12-31")
    assert (code, document["verdict"]) == (2, "not_assessed")


def test_a_bad_row_is_listed_and_the_code_is_never_0(sites: Path, rules: Path) -> None:
    sites.write_text(SITES + "C,丙地,12.0,36.3\n", encoding="utf-8")
    code, document = assessed(sites, "--rules", rules)
    assert (code, document["verdict"]) == (2, "not_assessed")
    assert [proposal["verdict"] for proposal in document["proposals"]] == ["clear", "clear"]
    assert [(row["row"], row["reason"]) for row in document["rejected"]] == [(3, "outside_region")]


def test_the_use_may_stand_in_a_column(sites: Path) -> None:
    sites.write_text("id,lon,lat,用途\nA,119.95,36.80,data_center\nB,120.05,36.70,factory\n", encoding="utf-8")
    out = sites.with_name("out.json")
    assert run("check", sites, "--crs", "EPSG:4326", "--use", "column:用途", "--out", out).code == 2
    assert [p["use"] for p in json.loads(out.read_text())["proposals"]] == ["data_center", "factory"]


def test_without_a_file_the_answer_is_printed(sites: Path, rules: Path) -> None:
    ran = check(sites, "--rules", rules)
    assert ran.code == 0
    assert "甲地" in ran.out
    assert "T1" in ran.out


def test_the_same_input_gives_the_same_bytes(sites: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1764000000")
    texts = []
    for _ in range(2):
        assessed(sites, "--on", "2025-06-01")
        texts.append(sites.with_name("out.json").read_bytes())
    assert texts[0] == texts[1]


def test_verify_tells_a_changed_file(sites: Path, rules: Path) -> None:
    _, document = assessed(sites, "--rules", rules)
    out = sites.with_name("out.json")
    assert run("verify", out).code == 0
    document["proposals"][0]["findings"][0]["distance_m"] += 500.0
    out.write_text(json.dumps(document), encoding="utf-8")
    ran = run("verify", out)
    assert ran.code == 1
    assert "距离（米）" in ran.out


# ---- what cannot be used

POLYGON = {
    "type": "Polygon",
    "coordinates": [[[119.9, 36.8], [119.91, 36.81], [119.91, 36.8], [119.9, 36.81], [119.9, 36.8]]],
}


def _geojson(geometry: object) -> str:
    return json.dumps(
        {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": geometry}]}
    )


BAD_SITES = {
    "no_rows.csv": "id,lon,lat\n",
    "swapped.csv": "id,lon,lat\nA,36.80,119.95\n",
    "outside.csv": "id,lon,lat\nA,116.4,39.9\n",
    "not_a_number.csv": "id,lon,lat\nA,NaN,36.8\n",
    "no_coordinates.csv": "id,name\nA,甲地\n",
    "empty.geojson": _geojson({"type": "Polygon", "coordinates": []}),
    "crossing.geojson": _geojson(POLYGON),
    "no_geometry.geojson": _geojson(None),
    "broken.geojson": '{"type": "FeatureCollection", "features": [',
    "picture.geojson": "\x89PNG\r\n",
    "map.vrt": "<VRTDataset/>",
    "nothing.csv": "",
}


def refused(ran: Ran, folder: Path, before: set[Path]) -> None:
    """Code 64, one line on stderr, no trace, nothing written."""
    assert ran.code == 64, ran
    assert ran.out == ""
    assert len(ran.err.strip().splitlines()) == 1, ran.err
    assert "Traceback" not in ran.err
    assert set(folder.iterdir()) == before


@pytest.mark.parametrize("name", BAD_SITES)
def test_sites_that_cannot_be_used(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(BAD_SITES[name], encoding="utf-8")
    ran = check(path, "--out", tmp_path / "out.pdf")
    refused(ran, tmp_path, {path})
    assert name in ran.err


def test_a_table_without_a_frame_is_a_question(sites: Path) -> None:
    ran = run("check", sites, "--use", "factory", "--out", sites.with_name("out.json"))
    refused(ran, sites.parent, {sites})
    assert "EPSG" in ran.err


@pytest.mark.parametrize(
    "options",
    [
        ("--use", "castle"),
        ("--use", "column:nope"),
        ("--crs", "EPSG:99999"),
        ("--crs", "北京"),
        ("--accuracy-m", "-1"),
        ("--accuracy-m", "nan"),
        ("--set", "capacity_mw"),
        ("--set", "=3"),
        ("--layer", "ecological_red_line"),
        ("--layer", "ecological_red_line=/nowhere/at_all.geojson"),
        ("--layer", "../up=sites.csv"),
        ("--layer-accuracy-m", "ecological_red_line=far"),
        ("--layer-accuracy-m", "ecological_red_line=-5"),
        ("--layer-accuracy-m", "ecological_red_line=nan"),
        ("--on", "yesterday"),
        ("--rules", "nowhere.toml"),
        ("--out", "out.doc"),
        ("--colour", "red"),
    ],
)
def test_options_that_cannot_be_used(options: tuple[str, str], sites: Path) -> None:
    refused(check(sites, "--out", sites.with_name("out.json"), *options), sites.parent, {sites})


@pytest.mark.parametrize(
    "content",
    [
        "[[rule]\n",
        "",
        SHORE_RULE.replace('"min_distance"', '"near"'),
        SHORE_RULE.replace("distance_m = 20000\n", ""),
        SHORE_RULE.replace("distance_m = 20000", "distance_m = -1"),
        SHORE_RULE.replace('applies_to = ["factory"]', 'applies_to = ["castle"]'),
        SHORE_RULE + SHORE_RULE,
    ],
)
def test_a_broken_rule_file_is_refused_as_a_whole(content: str, sites: Path, rules: Path) -> None:
    rules.write_text(content, encoding="utf-8")
    ran = check(sites, "--rules", rules, "--out", sites.with_name("out.json"))
    refused(ran, sites.parent, {sites, rules})
    assert "rules.toml" in ran.err


def test_a_file_of_300_mb_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as handle:
        handle.truncate(300_000_000)
    refused(check(path, "--out", tmp_path / "out.json"), tmp_path, {path})


# ---- map, import


@pytest.mark.parametrize("suffix", ["html", "png", "svg", "pdf"])
def test_a_map_in_each_format(suffix: str, tmp_path: Path) -> None:
    out = tmp_path / f"map.{suffix}"
    ran = run("map", "--layers", "land,districts", "--bbox", "120.2,36.0,120.6,36.3", "--title", "试图", "--out", out)
    assert (ran.code, ran.err) == (0, "")
    starts = {"html": b"<!DOCTYPE html>", "png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
    assert out.read_bytes().startswith(starts[suffix])
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize(
    "options",
    [
        ("--layers", "nothing_like_it", "--out", "map.pdf"),
        ("--layers", "", "--out", "map.pdf"),
        ("--layers", "land", "--out", "map.bmp"),
        ("--layers", "land", "--bbox", "1,2,3", "--out", "map.pdf"),
        ("--layers", "land", "--bbox", "121,36,120,37", "--out", "map.pdf"),
        ("--layers", "land", "--bbox", "nan,36,120,37", "--out", "map.pdf"),
    ],
)
def test_maps_that_cannot_be_drawn(options: tuple[str, ...], tmp_path: Path) -> None:
    refused(run("map", *options[:-1], tmp_path / options[-1]), tmp_path, set())


def test_an_imported_file_is_a_layer_of_the_workspace(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    given = ("--accuracy-m", "10", "--source", "测绘院", "--as-of", "2025-01-02", "--data", workspace)
    assert run("import", red_line(tmp_path), "--as", "ecological_red_line", *given).code == 0
    rows = json.loads(run("layers", "--json", "--data", workspace).out)
    row = next(row for row in rows if row["id"] == "ecological_red_line")
    assert (row["accuracy_m"], row["source"], row["as_of"], row["basis"]) == (10, "测绘院", "2025-01-02", "user")
