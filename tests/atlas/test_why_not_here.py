"""Why not here, where instead, asked in a shell; the matrix as files. One site in a red line of our own making."""

from __future__ import annotations

import csv
import json
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import shapely
from defusedxml import ElementTree
from shapely.geometry import mapping, shape

from atlas.cli import main
from atlas.journeys.alternatives import parse_within
from atlas.journeys.matrix import MatrixRequest, run_matrix
from atlas.report.matrix import render_matrix, table_rows
from atlas.wording_alternatives import explanation_lines
from atlas.workspace import open_store
from geo.types import Proposal, Use
from layers.errors import DataError
from layers.importing import import_layer

SITE = shapely.box(120.27, 36.36, 120.285, 36.37)
RED_LINE = shapely.box(120.22, 36.325, 120.28, 36.375)


def geojson(*shapes: Any) -> str:
    features = [
        {"type": "Feature", "properties": {"id": f"F{number}", "name": "=1+1"}, "geometry": mapping(one)}
        for number, one in enumerate(shapes)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "site.geojson").write_text(geojson(SITE))
    (tmp_path / "red.geojson").write_text(geojson(RED_LINE))
    return tmp_path


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(words))
    return int(left.value.code or 0)


def check(folder: Path, *more: str) -> dict[str, Any]:
    out = folder / "out.json"
    supplied = ("--layer", f"ecological_red_line={folder / 'red.geojson'}")
    accuracies = ("--accuracy-m", "5", "--layer-accuracy-m", "ecological_red_line=10")
    words = ("check", str(folder / "site.geojson"), "--use", "factory", "--out", str(out))
    assert run(*words, *supplied, *accuracies, *more) == 1
    return dict(json.loads(out.read_text("utf-8"))["proposals"][0])


def test_asked_for_it_stands_in_the_assessment_and_verify_still_agrees(folder: Path) -> None:
    entry = check(folder, "--within", "district")
    conflicts = entry["blocking"]["conflicts"]
    assert [blocker["rule"] for blocker in conflicts] == ["E3.1"]
    ((need,),) = conflicts[0]["ways"]
    # the strip within 11.2 m of the red line: 0.01 degrees of longitude by 0.01 of latitude, and a little more
    drawn = 1_110 * 0.01 * 89_700
    assert drawn < need["cut_m2"] < drawn * 1.03
    assert need["cut_m2"] + need["remaining_m2"] == pytest.approx(drawn * 1.5, rel=0.01)
    place = entry["alternative"]["place"]
    assert entry["alternative"]["within"]["name_zh"] == "即墨区"
    assert place["in_the_way"] == []
    assert {rule["outcome"] for rule in place["unassessed"]} == {"not_assessed"}
    assert shapely.distance(shape(place["geometry"]), RED_LINE) > 0.0
    assert conflicts[0]["move"]["distance_m"] <= place["distance_m"] + 32.0
    for language in ("zh", "en"):
        assert any("E3.1" in line for line in explanation_lines(entry, language))
    assert run("verify", str(folder / "out.json")) == 0


def test_not_asked_for_it_is_absent(folder: Path) -> None:
    entry = check(folder)
    assert "blocking" not in entry
    assert explanation_lines(entry, "zh") == []


@pytest.mark.parametrize(
    ("given", "code"),
    [("-5", "within_unreadable"), ("near", "within_unreadable"), ("inf", "within_unreadable"),
     ("district:0", "within_unknown"), ("district", "within_none_here")],
)  # fmt: skip
def test_where_to_look_is_refused_by_name(given: str, code: str) -> None:
    at_sea = Proposal("p", "", Use.FACTORY, shapely.Point(121.7, 35.3), 1.0)
    with pytest.raises(DataError) as refused:
        parse_within(given, at_sea, open_store())
    assert refused.value.code == code


def matrix() -> dict[str, Any]:
    store = open_store()
    own = import_layer(geojson(SITE).encode(), "own.geojson", layer_id="own_parcels", crs="EPSG:4326", accuracy_m=5.0)
    red = import_layer(
        geojson(RED_LINE).encode(), "red.geojson", layer_id="ecological_red_line", crs="EPSG:4326", accuracy_m=10.0
    )
    store = store.with_layer(own.layer).with_layer(red.layer)
    return run_matrix(MatrixRequest(store, date(2026, 11, 1), ("own_parcels",), Use.FACTORY))


def test_a_matrix_names_patch_clause_and_what_was_not_checked(tmp_path: Path) -> None:
    document = matrix()
    (patch,) = [patch for patch in document["patches"] if patch["constraint_layer"] == "ecological_red_line"]
    (row,) = [row for row in document["overlaps"] if row["constraint_layer"] == "ecological_red_line"]
    assert (patch["rules"], patch["outcome"], patch["constraint_features"]) == (["E3.1"], "conflict", ["F0"])
    assert "142" in patch["clauses"][0]
    assert row["drawn_m2"] == pytest.approx(patch["area_m2"], abs=0.1)
    assert row["low_m2"] < row["drawn_m2"] < row["high_m2"]
    parted = shape(patch["geometry"]).symmetric_difference(shapely.intersection(SITE, RED_LINE)).area
    assert parted < 1e-8  # an edge drawn straight in degrees parts from the plane's by centimetres
    unseen = {row["layer"] for row in document["constraints"] if not row["assessed"]}
    assert "permanent_basic_farmland" in unseen
    checked = {row["constraint_layer"]: row for row in document["overview"]}
    assert checked["permanent_basic_farmland"]["not_assessed"] == 1
    assert checked["permanent_basic_farmland"]["clear"] == 0
    assert all("geometry" not in row for row in table_rows(document, "patches", "zh"))
    for fmt in ("csv", "xlsx", "gpkg", "json"):
        (tmp_path / f"m.{fmt}").write_bytes(render_matrix(document, fmt, "zh"))
    import geopandas
    import openpyxl

    drawn = geopandas.read_file(tmp_path / "m.gpkg", layer="patches")
    assert patch["patch"] in set(drawn["patch"])
    assert drawn.crs == "EPSG:4326"
    assert dict(zip(drawn["patch"], drawn["tone"], strict=True))[patch["patch"]] == "conflict"
    with sqlite3.connect(tmp_path / "m.gpkg") as database:
        (look,) = database.execute("SELECT styleQML FROM layer_styles WHERE f_table_name = 'patches'").fetchone()
    classes = {each.get("value"): each.get("label") for each in ElementTree.fromstring(look).iter("category")}
    assert set(classes) == set(drawn["tone"])
    assert classes["conflict"] == "冲突图斑（禁止性规则）"
    cells = [cell for sheet in openpyxl.load_workbook(tmp_path / "m.xlsx") for line in sheet for cell in line]
    assert "=1+1" in {cell.value for cell in cells}
    assert {cell.data_type for cell in cells if cell.value == "=1+1"} == {"s"}
    assert "'=1+1" in (tmp_path / "m.csv").read_text("utf-8-sig")
    assert json.loads((tmp_path / "m.json").read_bytes())["patches"][0]["patch"] == "P0001"


def test_a_matrix_for_readers_holds_words_and_rounded_numbers(tmp_path: Path) -> None:
    red = shapely.box(120.22, 36.325, 120.28, 36.375)
    feature = {"type": "Feature", "properties": {"id": "F0"}, "geometry": mapping(red)}
    (tmp_path / "red.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    layer = ("--layer", f"ecological_red_line={tmp_path / 'red.geojson'}", "--use", "factory")
    for suffix in ("json", "csv", "xlsx"):
        assert run("matrix", *layer, "--out", str(tmp_path / f"m.{suffix}")) == 0
    codes = {row["constraint"] for row in json.loads((tmp_path / "m.json").read_text("utf-8"))["constraints"]}
    with (tmp_path / "m.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    patches = [row for row in rows if row["table"] == "patches"]
    assert patches
    for row in patches:
        assert row["constraint"] not in codes and row["constraint_id"] in codes
        assert "min_distance" not in row["constraint"] and row["constraint_layer"] != row["constraint_id"].split(":")[0]
    assert {"True", "False"} & {cell for row in rows for cell in row.values()} == set()
    longest = max(len(row[name].partition(".")[2]) for row in rows for name in ("area_m2", "share_low", "share_high"))
    assert longest <= 4
    book = openpyxl.load_workbook(tmp_path / "m.xlsx")
    for sheet in book.worksheets[1:]:
        assert sheet.freeze_panes and sheet.auto_filter.ref, sheet.title
