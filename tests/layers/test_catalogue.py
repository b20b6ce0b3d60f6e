"""The catalogue refuses what is incomplete, says everything that is wrong at once, and the committed one is whole."""

from __future__ import annotations

import fnmatch
import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from layers.build.content import from_text
from layers.catalogue import DATA, THEMES, as_of_day, load_catalogue
from layers.errors import CatalogueFault, UnknownLayer
from layers.sources.files import read_layer
from layers.types import Basis, GeometryKind, LayerSpec

PROMISED = {
    "districts",
    "towns",
    "land",
    "mainland_coast",
    "islands",
    "territorial_baseline",
    "airport_point",
    "parks",
    "plan_designations",
    "plan_targets",
    "plan_places",
    "offshore_wind_register",
    "offshore_wind_policy_sea",
    "network_totals",
    "charging_totals",
    "sample_firms",
    "sample_base_stations",
    "sample_edge_nodes",
    "sample_charging_stations",
}

GOOD = """[[layer]]
id = "wells"
title = { zh = "井", en = "Wells" }
theme = "energy"
geometry = "point"
uri = "wells.geojson"
crs = "EPSG:4326"
publisher = "A bureau"
source = "A survey"
licence = "CC0"
attribution = "A bureau"
as_of = "2024-05"
basis = "official"
distribution = "public"
covers = "region"
accuracy_m = 5
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
description = { zh = "水井。", en = "Wells." }
"""


def folder_with(tmp_path: Path, text: str, name: str = "energy") -> Path:
    (tmp_path / name).mkdir(exist_ok=True)
    (tmp_path / name / "layer.toml").write_text(text, encoding="utf-8")
    return tmp_path


def faults_of(root: Path) -> set[tuple[str, str]]:
    with pytest.raises(CatalogueFault) as caught:
        load_catalogue(root)
    return {(fault.field, fault.code) for fault in caught.value.values["faults"]}


@pytest.fixture(scope="module")
def embedded() -> dict[str, LayerSpec]:
    return dict(load_catalogue().layers)


def test_every_layer_that_was_promised_is_there(embedded: dict[str, LayerSpec]) -> None:
    assert set(embedded) >= PROMISED


def test_entries_and_content_agree_with_each_other(embedded: dict[str, LayerSpec]) -> None:
    for spec in embedded.values():
        read_layer(spec)  # the sha256 is that of the content
        made = from_text(spec.path.read_text(encoding="utf-8"), table=spec.path.suffix == ".csv")
        assert set(spec.columns) == set(made.columns), spec.id
        named = {spec.id_column, spec.name_column, spec.style.label, spec.style.category, spec.accuracy_column} - {""}
        assert named <= set(made.columns), spec.id
        ids = [row[spec.id_column] for row in made.rows]
        assert len(set(ids)) == len(ids) and all(ids), spec.id


def test_what_has_a_place_has_an_accuracy_and_the_layer_states_its_worst(embedded: dict[str, LayerSpec]) -> None:
    for spec in embedded.values():
        if not spec.accuracy_column:
            continue
        made = from_text(spec.path.read_text(encoding="utf-8"), table=False)
        assert made.geometries is not None
        placed = [row for row, geometry in zip(made.rows, made.geometries, strict=True) if geometry is not None]
        assert max(row[spec.accuracy_column] for row in placed) == spec.accuracy_m, spec.id
        assert min(row[spec.accuracy_column] for row in placed) > 0, spec.id


def test_only_the_sample_is_synthetic_and_it_is_off_and_says_so(embedded: dict[str, LayerSpec]) -> None:
    synthetic = {spec.id for spec in embedded.values() if spec.basis is Basis.SYNTHETIC}
    assert synthetic == {spec.id for spec in embedded.values() if spec.theme == "sample"}
    for layer_id in synthetic:
        assert not embedded[layer_id].visible
        assert "虚构" in embedded[layer_id].title["zh"] and "虚构" in embedded[layer_id].attribution


def test_the_airport_point_carries_the_way_to_its_thresholds(embedded: dict[str, LayerSpec]) -> None:
    assert embedded["airport_point"].bias_m == 3000


def test_a_register_proves_no_absence(embedded: dict[str, LayerSpec]) -> None:
    registers = ("parks", "plan_designations", "plan_places", "towns", "offshore_wind_register", "sample_firms")
    assert {embedded[layer_id].covers for layer_id in registers} == {"none"}
    assert {embedded[i].covers for i in ("mainland_coast", "land", "islands", "districts")} == {"region"}


def test_every_file_of_data_is_named_with_its_licence(embedded: dict[str, LayerSpec]) -> None:
    page = (DATA / "SOURCES.md").read_text(encoding="utf-8")
    patterns = re.findall(r"`([^`\s]+/[^`\s]+)`", page)
    files = [path.relative_to(DATA).as_posix() for path in DATA.rglob("*") if path.is_file()]
    unnamed = [f for f in files if f != "SOURCES.md" and not any(fnmatch.fnmatch(f, p) for p in patterns)]
    assert unnamed == []
    rows = {line.split("`")[1]: line for line in page.splitlines() if line.startswith("| `")}
    for spec in embedded.values():
        row = rows[f"{spec.folder.name}/{spec.uri}"]
        for cell in (spec.source, spec.publisher, spec.licence, spec.attribution, spec.as_of):
            assert cell in row, (spec.id, cell)


def test_reading_the_catalogue_loads_no_heavy_package() -> None:
    code = "import sys, layers.catalogue as c; c.load_catalogue(); sys.exit('geopandas' in sys.modules)"
    root = DATA.parent
    assert (
        subprocess.run([sys.executable, "-c", code], cwd=root, env={**os.environ, "PYTHONPATH": str(root)}).returncode
        == 0
    )


def test_themes_stand_in_the_order_of_the_tree() -> None:
    themes = load_catalogue().themes()
    assert list(themes) == [theme for theme in THEMES if theme in themes]
    assert [spec.id for spec in themes["energy"]] == ["offshore_wind_register", "offshore_wind_policy_sea"]


def test_an_unknown_layer_is_an_error_of_its_own() -> None:
    with pytest.raises(UnknownLayer):
        load_catalogue()["no_such_layer"]


def test_a_whole_entry_is_read(tmp_path: Path) -> None:
    spec = load_catalogue(folder_with(tmp_path, GOOD))["wells"]
    assert (spec.geometry, spec.accuracy_m, spec.titled("en")) == (GeometryKind.POINT, 5, "Wells")
    assert spec.path == tmp_path / "energy" / "wells.geojson"


@pytest.mark.parametrize("key", ["source", "licence", "attribution", "as_of", "basis", "accuracy_m", "crs", "sha256"])
def test_an_entry_without_what_is_owed_to_the_reader_is_refused(tmp_path: Path, key: str) -> None:
    without = "\n".join(line for line in GOOD.splitlines() if not line.startswith(f"{key} ="))
    assert faults_of(folder_with(tmp_path, without)) == {(f"wells.{key}", "missing")}


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('source = "A survey"', 'source = "  "', ("wells.source", "empty")),
        (', en = "Wells" }', " }", ("wells.title.en", "missing")),
        ('crs = "EPSG:4326"', 'crs = "EPSG:4326"\ncolour = "red"', ("wells.colour", "unknown_key")),
        ('basis = "official"', 'basis = "hearsay"', ("wells.basis", "bad_choice")),
        ('as_of = "2024-05"', 'as_of = "2024-13"', ("wells.as_of", "bad_form")),
        ("accuracy_m = 5", 'accuracy_m = "5"', ("wells.accuracy_m", "wrong_type")),
        ("accuracy_m = 5", "accuracy_m = nan", ("wells.accuracy_m", "wrong_type")),
        ('covers = "region"', 'covers = "bbox:121,35,119,37"', ("wells.covers", "bad_form")),
    ],
)
def test_each_fault_is_named_by_its_field(tmp_path: Path, old: str, new: str, fault: tuple[str, str]) -> None:
    assert old in GOOD
    assert faults_of(folder_with(tmp_path, GOOD.replace(old, new))) == {fault}


@pytest.mark.parametrize(
    "uri",
    [
        "../wells.geojson",
        "/etc/wells.csv",
        "/vsizip/a.zip/b.csv",
        "vsicurl_x.csv",
        "C:wells.csv",
        "a\\\\b.csv",
        "x.vrt",
    ],
)
def test_content_outside_its_folder_or_behind_a_virtual_path_is_refused(tmp_path: Path, uri: str) -> None:
    assert faults_of(folder_with(tmp_path, GOOD.replace("wells.geojson", uri))) == {("wells.uri", "uri_outside")}


def test_all_faults_of_all_files_are_reported_at_once(tmp_path: Path) -> None:
    folder_with(tmp_path, GOOD.replace('licence = "CC0"', "").replace('"2024-05"', '"soon"'), "energy")
    folder_with(tmp_path, "[[layer]\n", "broken")
    folder_with(tmp_path, "", "blank")
    with pytest.raises(CatalogueFault) as caught:
        load_catalogue(tmp_path)
    found = {(fault.file, fault.code) for fault in caught.value.values["faults"]}
    assert found == {
        ("energy/layer.toml", "missing"),
        ("energy/layer.toml", "bad_form"),
        ("broken/layer.toml", "unreadable_toml"),
        ("blank/layer.toml", "missing"),
    }
    details = [f.detail for f in caught.value.values["faults"] if f.code == "unreadable_toml"]
    assert "line 1" in details[0]


def test_an_id_is_given_once(tmp_path: Path) -> None:
    folder_with(tmp_path, GOOD, "energy")
    assert faults_of(folder_with(tmp_path, GOOD, "wells")) == {("wells.id", "duplicate_id")}


@pytest.mark.parametrize(
    ("text", "day"), [("2024", (2024, 1, 1)), ("2024-05", (2024, 5, 1)), ("2024-05-09", (2024, 5, 9))]
)
def test_a_date_of_a_year_means_its_first_day_at_the_earliest(text: str, day: tuple[int, int, int]) -> None:
    assert as_of_day(text) == date(*day)
