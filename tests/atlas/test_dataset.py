"""Data leaves whole, styled, with its manifest, the same twice, and only where its licence lets it."""

import csv
import json
import sqlite3
import zipfile
from io import BytesIO, StringIO
from pathlib import Path

import geopandas
import pyarrow.parquet
import pyogrio
import pytest
from defusedxml import ElementTree
from openpyxl import load_workbook
from streamlit.testing.v1 import AppTest

from atlas.dataset import BARE, FORMATS, SINGLE
from atlas.dataset.manifest import limit_words
from atlas.dataset.parts import parts_of, unique_names
from atlas.dataset.shapefile import shortened_text
from atlas.journeys.data_export import DataRequest, bundled, export_data
from atlas.workspace import open_store
from layers.catalogue import load_catalogue
from layers.errors import DataError
from layers.importing import import_layer
from layers.types import Redistribution

ROOT = Path(__file__).resolve().parents[2]
FORMULA = '=HYPERLINK("http://example.invalid","x")'
MARKUP = "<b>&amp; {{7*7}} ]]> #eval($x$) 😀 𠮷"
LONG = "长" * 500


@pytest.fixture(autouse=True)
def _stated_time(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1764028800")


@pytest.fixture(scope="module")
def store():
    """The embedded layers, and one of a user with kinds mixed, hostile texts and columns that formats reserve."""
    shapes = [
        {"type": "Point", "coordinates": [120.3, 36.1]},
        {"type": "Polygon", "coordinates": [[[120.3, 36.2], [120.4, 36.2], [120.4, 36.3], [120.3, 36.2]]]},
        {"type": "LineString", "coordinates": [[120.1, 36.0], [120.2, 36.1]]},
    ]
    rows = [
        {"name": FORMULA, "fid": "a", "a_long_column_name": LONG, "A_LONG_COLUMN_OTHER": 1},
        {"name": MARKUP, "fid": "b", "a_long_column_name": "x", "A_LONG_COLUMN_OTHER": 2},
        {"name": LONG, "fid": "b", "a_long_column_name": "x", "A_LONG_COLUMN_OTHER": 3},
    ]
    features = [{"type": "Feature", "properties": row, "geometry": g} for row, g in zip(rows, shapes, strict=True)]
    content = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    return open_store().with_layer(import_layer(content, "mine.geojson", layer_id="mine").layer)


def made(store, layers, suffix, internal=True):
    return export_data(DataRequest(layers, suffix, "zh", internal), f"data{suffix}", store)


def opened(content, suffix, tmp_path):
    path = tmp_path / f"data{suffix}"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_same_layers_give_the_same_bytes(suffix, store):
    layers = ("towns",) if suffix in SINGLE else ("towns", "mine", "plan_targets")
    first, second = made(store, layers, suffix), made(store, layers, suffix)
    assert first.content == second.content
    assert first.beside == second.beside


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_file_names_source_licence_and_attribution(suffix, store):
    file = made(store, ("towns",), suffix)
    manifest = json.loads(file.beside[f"data{suffix}.manifest.json"])
    spec = store.spec("towns")
    entry = manifest["layers"][0]
    assert (entry["source"], entry["licence"], entry["attribution"]) == (spec.source, spec.licence, spec.attribution)
    assert (entry["as_of"], entry["accuracy_m"], entry["sha256"]) == (spec.as_of, spec.accuracy_m, spec.sha256)
    words = file.beside[f"data{suffix}.manifest.txt"].decode()
    assert spec.source in words and spec.licence in words and spec.sha256 in words
    assert manifest["file"]["sha256"] in words
    assert spec.attribution in _inside(file.content, suffix) or suffix in BARE


def _inside(content, suffix):
    if suffix == ".xlsx":
        return "\n".join(str(c.value) for row in load_workbook(BytesIO(content)).worksheets[0] for c in row)
    if suffix == ".zip":
        return zipfile.ZipFile(BytesIO(content)).read("manifest.txt").decode()
    if suffix == ".parquet":
        return pyarrow.parquet.read_metadata(BytesIO(content)).metadata[b"atlas"].decode()
    return content.decode("utf-8", "ignore")


def test_a_file_without_room_for_a_manifest_is_downloaded_with_it(store):
    content, name = bundled(made(store, ("towns",), ".csv"), "towns.csv")
    assert name == "towns.zip"
    assert zipfile.ZipFile(BytesIO(content)).namelist() == [
        "towns.csv",
        "data.csv.manifest.json",
        "data.csv.manifest.txt",
    ]


@pytest.mark.parametrize("layer_id", ["districts", "parks", "plan_designations", "mine"])
def test_the_gate_names_the_layer_and_lets_it_pass_inside_the_unit_only(layer_id, store):
    with pytest.raises(DataError) as caught:
        made(store, ("land", layer_id), ".gpkg", internal=False)
    assert caught.value.code == "licence_gate"
    assert layer_id in caught.value.values["layers"] and "land" not in caught.value.values["layers"]
    stamps = json.loads(made(store, (layer_id,), ".geojson").content)["manifest"]["stamps"]
    assert stamps == [("内部资料" if layer_id == "mine" else "再分发许可未经确认，仅供本单位内部使用")]


def test_a_licence_that_forbids_is_not_overcome_by_saying_internal(store):
    from dataclasses import replace

    layer = store.layer("towns")
    forbidden = replace(layer, spec=replace(layer.spec, redistribution=Redistribution.FORBIDDEN))
    with pytest.raises(DataError, match="licence_gate"):
        made(store.with_layer(forbidden), ("towns",), ".gpkg")


def test_what_the_licence_text_leaves_open_is_not_marked_as_allowed():
    for spec in load_catalogue():
        doubtful = "未经确认" in spec.licence or "同 districts" in spec.licence or "同所引图层" in spec.licence
        assert (spec.redistribution is Redistribution.UNCONFIRMED) == doubtful, spec.id


def test_geopackage_holds_every_row_and_a_style_that_qgis_looks_up(store, tmp_path):
    path = opened(made(store, ("mine", "offshore_wind_policy_sea", "plan_targets"), ".gpkg").content, ".gpkg", tmp_path)
    kinds = dict(pyogrio.list_layers(path).tolist())
    assert {"mine_area", "mine_line", "mine_point", "offshore_wind_policy_sea", "layer_styles", "manifest"} <= set(
        kinds
    )
    assert kinds["mine_area"] == "Polygon"
    assert kinds["plan_targets"] is None
    assert pyogrio.read_dataframe(path, layer="mine_area").loc[0, "name"] == MARKUP
    with sqlite3.connect(path) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(layer_styles)")]
        styles = database.execute(
            "SELECT f_table_name, styleQML FROM layer_styles WHERE f_table_catalog = '' AND f_table_schema = ''"
            " AND f_geometry_column = 'geom' AND useAsDefault = 1"
        ).fetchall()
    assert columns[:9] == [
        "id", "f_table_catalog", "f_table_schema", "f_table_name", "f_geometry_column", "styleName", "styleQML",
        "styleSLD", "useAsDefault",
    ]  # fmt: skip
    assert {name for name, _ in styles} == {name for name, kind in kinds.items() if kind}
    qml = ElementTree.fromstring(dict(styles)["offshore_wind_policy_sea"])
    spec = store.spec("offshore_wind_policy_sea")
    assert [c.get("value") for c in qml.iter("category")] == [*spec.style.palette, ""]
    fills = [o.get("value") for o in qml.iter("Option") if o.get("name") == "color"]
    red, green, blue = (int(next(iter(spec.style.palette.values()))[at : at + 2], 16) for at in (1, 3, 5))
    assert fills[0].startswith(f"{red},{green},{blue},")


def test_statements_of_the_plan_are_hatched_only_where_something_lies_within(store, tmp_path):
    path = opened(made(store, ("plan_designations",), ".gpkg").content, ".gpkg", tmp_path)
    with sqlite3.connect(path) as database:
        found = database.execute("SELECT styleQML FROM layer_styles WHERE f_table_name = 'plan_designations_area'")
        qml = ElementTree.fromstring(found.fetchone()[0])
    renderer = qml.find("renderer-v2")
    assert renderer.get("attr") == "within"
    assert [each.get("value") for each in renderer.iter("category")] == ["somewhere_within", ""]
    drawn = [[layer.get("class") for layer in symbol.findall("layer")] for symbol in renderer.find("symbols")]
    assert drawn == [["LinePatternFill", "SimpleLine"], ["SimpleFill", "SimpleLine"]]


def test_shapefile_says_what_it_could_not_hold(store, tmp_path):
    file = made(store, ("mine",), ".zip")
    said = "\n".join(limit_words(limit, "zh") for limit in file.limits)
    assert "a_long_col = a_long_column_name" in said
    assert "254" in said
    path = opened(file.content, ".zip", tmp_path)
    inside = zipfile.ZipFile(path)
    assert inside.read("mine_point.cpg") == b"UTF-8"
    assert said.splitlines()[0] in inside.read("manifest.txt").decode()
    frame = pyogrio.read_dataframe(f"/vsizip/{path}/mine_point.shp")
    assert frame.loc[0, "a_long_col"] == "长" * 84  # 84 characters of three bytes are 252 of 254
    assert {"a_long_col", "A_LONG_C_1"} <= set(frame.columns) or {"a_long_col", "A_LONG_CO_"} <= set(frame.columns)


def test_a_text_is_cut_between_characters():
    assert shortened_text("长" * 85) == "长" * 84
    assert len(shortened_text("a" * 300)) == 254
    assert shortened_text(None) is None


def test_names_stay_apart_whatever_their_case():
    names = unique_names(["Name", "name", "NAME_long_one", "name_long_two", "fid"], 10, taken=("fid",))
    assert len({new.lower() for new in names.values()} | {"fid"}) == 6
    assert max(map(len, names.values())) <= 10


def test_geoparquet_and_geojson_give_the_layer_back(store, tmp_path):
    layer = store.layer("parks")
    back = geopandas.read_parquet(opened(made(store, ("parks",), ".parquet").content, ".parquet", tmp_path))
    assert back.crs.to_epsg() == 4326
    assert back["id"].tolist() == layer.frame["id"].tolist()
    assert back.geometry.isna().tolist() == layer.frame.geometry.isna().tolist()
    placed = layer.frame.geometry.notna()
    assert back.geometry[placed].geom_equals(layer.frame.geometry[placed]).all()
    features = json.loads(made(store, ("parks",), ".geojson").content)["features"]
    assert [feature["geometry"] is None for feature in features] == layer.frame.geometry.isna().tolist()


def test_kml_names_its_placemarks_and_credits_its_source(store, tmp_path):
    root = ElementTree.fromstring(made(store, ("towns", "mine"), ".kml").content)
    names = [element.text for element in root.iter("{http://www.opengis.net/kml/2.2}name")]
    assert MARKUP in names
    described = [element.text or "" for element in root.iter("{http://www.opengis.net/kml/2.2}description")]
    assert any(store.spec("towns").attribution in text for text in described)
    path = opened(made(store, ("mine",), ".kml").content, ".kml", tmp_path)
    assert [len(pyogrio.read_dataframe(path, layer=name)) for name, _ in pyogrio.list_layers(path)] == [1, 1, 1]


def test_no_cell_of_a_table_is_computed(store):
    content = made(store, ("mine",), ".csv").content
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(StringIO(content.decode("utf-8-sig"), newline="")))
    assert rows[0]["name"] == f"'{FORMULA}"
    assert rows[0]["lon"] == "120.3" and rows[1]["lon"] == ""
    sheet = load_workbook(BytesIO(made(store, ("mine",), ".xlsx").content))["mine"]
    cell = next(cell for row in sheet for cell in row if cell.value == FORMULA)
    assert cell.data_type == "s" and cell.quotePrefix


def test_several_layers_do_not_go_into_a_file_of_one(store):
    with pytest.raises(DataError, match="one_layer_only"):
        made(store, ("towns", "land"), ".geojson")


def test_rows_without_a_place_are_a_table_of_their_own_where_kinds_mix(store):
    parts = {part.name: part for part in parts_of(store.layer("parks"))}
    assert set(parts) == {"parks_area", "parks_point", "parks_unplaced"}
    assert sum(len(part.frame) for part in parts.values()) == len(store.layer("parks").frame)


def test_the_page_makes_the_file_or_says_why_not():
    page = AppTest.from_file(str(ROOT / "atlas" / "pages" / "data.py"), default_timeout=240).run()
    page.multiselect(key="data_layers.zh").set_value(["districts"]).run()
    page.button(key="data_make").click().run()
    assert any("districts" in error.value for error in page.error)
    page.checkbox(key="data_internal").check().run()
    page.button(key="data_make").click().run()
    assert not page.exception and not page.error
    assert page.get("download_button")
