"""What is wrong with a file is said whole and in the reader's words; what replaces something says what."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine

from atlas.assessment_file import read_assessment
from atlas.pages.parts.markdown import literal
from atlas.printable import REPLACEMENT
from atlas.texts import error_text, text
from atlas.workspace import open_store
from geo.conflict import DERIVED, conditions_of
from layers.columns import QUANTITIES
from layers.errors import DataError, UnreadableFile
from layers.importing import import_layer, import_sites
from layers.rulebook import load_rulebook
from tests.atlas.shell import run

BLANK = re.compile('“”|""|：。|: \\.|, ,|、、')
#: English words of Python that a Chinese sentence must not hold.
ENGLISH = re.compile("[A-Za-z]+ [a-z]+ [a-z]+")
ONE = "id,name,lon,lat\n1,甲,120.4,36.4\n"
POINT = {"type": "Point", "coordinates": [120.4, 36.4]}
REORDERING = "\u202e\u2066\u200f\u061c"


def archive(folder: Path, *members: str) -> bytes:
    path = folder / "x.zip"
    with zipfile.ZipFile(path, "w") as file:
        for member in members:
            file.writestr(member, b"")
    return path.read_bytes()


def without_features(folder: Path) -> bytes:
    path = folder / "x.gpkg"
    geopandas.GeoDataFrame({"id": ["1"]}, geometry=[shapely.Point(120.4, 36.4)], crs=4326).to_file(path, driver="GPKG")
    with sqlite3.connect(path) as database:
        database.execute("DELETE FROM gpkg_geometry_columns")
        database.execute("DELETE FROM gpkg_contents")
    return path.read_bytes()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_file_with_no_layer_is_refused_in_a_whole_sentence(tmp_path: Path, language: str) -> None:
    given = {
        "a.zip": archive(tmp_path),
        "b.zip": archive(tmp_path, "readme.txt", "a.dbf"),
        "c.gpkg": without_features(tmp_path),
    }
    for name, content in given.items():
        with pytest.raises(UnreadableFile) as refused:
            import_sites(content, name, use="factory", crs="EPSG:4326")
        sentence = error_text(refused.value, language)
        assert name in sentence
        assert not BLANK.search(sentence)


@pytest.mark.parametrize("metres", [-1.0, 100_000.1, 1e308, float("inf"), float("nan")])
def test_an_accuracy_beyond_the_region_is_refused(metres: float) -> None:
    for read in (
        lambda: import_sites(ONE.encode(), "a.csv", use="factory", crs="EPSG:4326", accuracy_m=metres),
        lambda: import_layer(ONE.encode(), "a.csv", layer_id="x", crs="EPSG:4326", accuracy_m=metres),
    ):
        with pytest.raises(DataError) as refused:
            read()
        assert refused.value.code == "accuracy_invalid"
        assert "100,000" in error_text(refused.value, "zh")


def test_an_accuracy_of_a_row_beyond_the_region_refuses_the_row() -> None:
    table = "id,lon,lat,accuracy_m\n1,120.4,36.4,1e308\n2,120.4,36.4,100000\n"
    result = import_sites(table.encode(), "a.csv", use="factory", crs="EPSG:4326")
    assert [site.accuracy_m for site in result.proposals] == [100_000.0]
    assert [fault.reason for fault in result.rejected] == ["accuracy_unreadable"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"a":', "第 1 行第 6 个字符"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b'{"verdict": NaN}', "不允许的数"),
        (b"[]", "最外层"),
        (b"{}", "缺少 verdict"),
        (b"[" * 100_000, "层层嵌套"),
        (b'{"a": ' + b"9" * 5000 + b"}", "不允许的数"),
    ],
)
def test_what_is_no_assessment_is_said_in_the_readers_words(content: bytes, said: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read_assessment(content, "甲.json")
    sentence = error_text(refused.value, "zh")
    assert said in sentence
    assert not ENGLISH.search(sentence)


def test_a_name_does_not_turn_the_words_around_it() -> None:
    table = f"id,name,lon,lat\n1{REORDERING},甲{REORDERING}乙,120.4,36.4\n"
    (site,) = import_sites(table.encode(), "a.csv", use="factory", crs="EPSG:4326").proposals
    assert (site.id, site.name) == ("1", "甲乙")
    layer = import_layer(table.encode(), "a.csv", layer_id="x", crs="EPSG:4326", title=f"题{REORDERING}").layer
    assert list(layer.frame["name"]) == ["甲乙"]
    assert layer.spec.titled("zh") == "题"
    for said in (text("errors.no_shapefile", "zh", file=f"a{REORDERING}b"), literal(f"a{REORDERING}b")):
        assert not set(REORDERING) & set(said)
        assert REPLACEMENT * len(REORDERING) in said


def test_a_table_may_state_everything_that_the_rules_read_of_a_site() -> None:
    for rule in load_rulebook().rules:
        read = {part.quantity for part in conditions_of(rule.requirement) if part.quantity and not part.layer}
        assert {*rule.when, *read} - DERIVED <= QUANTITIES, rule.id


def test_numbers_and_classes_of_a_table_are_read_by_their_columns() -> None:
    table = "id,lon,lat,industry,frequency_mhz\n1,120.4,36.4,chemical,3500\n"
    (site,) = import_sites(table.encode(), "a.csv", use="factory", crs="EPSG:4326").proposals
    assert site.quantities == {"industry": "chemical", "frequency_mhz": 3500.0}


def test_a_link_is_replaced_and_what_it_pointed_to_stays(tmp_path: Path) -> None:
    sites, target, link = tmp_path / "a.csv", tmp_path / "target.json", tmp_path / "link.json"
    sites.write_text(ONE)
    target.write_text("kept")
    for pointed in (target, tmp_path / "nowhere" / "x.json"):
        link.unlink(missing_ok=True)
        link.symlink_to(pointed)
        assert run("check", sites, "--use", "factory", "--crs", "EPSG:4326", "--out", link).code in (1, 2)
        assert not link.is_symlink()
        assert json.loads(link.read_text())["proposals"]
    assert target.read_text() == "kept"


def test_a_layer_that_takes_an_embedded_ones_place_says_so(tmp_path: Path) -> None:
    sites, workspace = tmp_path / "a.csv", tmp_path / "ws"
    sites.write_text(ONE)
    asked = ("import", sites, "--crs", "EPSG:4326", "--accuracy-m", "5", "--data", workspace)
    embedded = open_store(None).spec("districts").titled("zh")
    for _ in range(2):
        said = run(*asked, "--as", "districts")
        assert said.code == 0
        assert text("cli.replaces_embedded", "zh", title=embedded) in said.out
    first, second = (run(*asked, "--as", "mine").out for _ in range(2))
    assert text("cli.replaces_own", "zh", title="a") not in first
    assert text("cli.replaces_own", "zh", title="a") in second
    assert [spec.id for spec in open_store(workspace).replaced()] == ["districts"]


@pytest.mark.parametrize(
    ("text_of_file", "said"),
    [
        (b"accuracy_m = \xff", "不是 UTF-8 文本"),
        (b"accuracy_m = [", "在第 1:1 处"),
        (b"\naccuracy_m = 1 2", "在第 2:16 处"),
        (b"accuracy_m = " + b"9" * 5000, "不是有效的 TOML"),
        (b"accuracy_m = " + b"9" * 400, "有误或不认识：accuracy_m。"),
        (b'title = { zh = 1 }\nid_column = ""', "有误或不认识：id_column; title。"),
        (b'columns = { geometry = "name" }', "列名重复或不可用：geometry。"),
        (b"#" * 70_000, "65536"),
    ],
)
def test_a_faulty_description_of_a_layer_is_said_in_the_readers_words(
    tmp_path: Path, text_of_file: bytes, said: str
) -> None:
    file = tmp_path / "a.csv"
    file.write_text(ONE)
    (tmp_path / "a.layer.toml").write_bytes(text_of_file)
    for asked in (
        ("import", file, "--as", "x", "--crs", "EPSG:4326", "--data", tmp_path / "ws"),
        ("check", file, "--use", "factory", "--crs", "EPSG:4326", "--layer", f"x={file}"),
    ):
        ran = run(*asked)
        assert ran.code == 64
        assert said in ran.err
        assert not ENGLISH.search(ran.err.replace(str(tmp_path), ""))


def test_what_is_written_beside_a_file_counts_when_it_is_imported(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(ONE)
    (tmp_path / "a.layer.toml").write_text('accuracy_m = 7\nas_of = 2025-01-01\nsource = "测绘院"\n')
    assert run("import", file, "--as", "x", "--crs", "EPSG:4326", "--data", tmp_path / "ws").code == 0
    spec = open_store(tmp_path / "ws").spec("x")
    assert (spec.accuracy_m, spec.as_of, spec.source) == (7.0, "2025-01-01", "测绘院")


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (b"[[rule]]\nid = 1\n", "r.toml / 1 / id：类型不对（1）"),
        (b"x = \xff", "第 4 个字节起不是 UTF-8 文本"),
        (b"\nx = 1 2", "r.toml：在第 2:7 处"),
        (b"", "没有规则"),
        (b"[[rule]]\n" * 40, "另有 220 处"),
    ],
)
def test_a_faulty_rule_file_is_said_in_the_readers_words(tmp_path: Path, rules: bytes, said: str) -> None:
    sites, file = tmp_path / "a.csv", tmp_path / "r.toml"
    sites.write_text(ONE)
    file.write_bytes(rules)
    ran = run("check", sites, "--use", "factory", "--crs", "EPSG:4326", "--rules", file)
    assert ran.code == 64
    assert "规则文件有误" in ran.err
    assert said in ran.err


def test_names_that_are_no_utf8_do_no_harm(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path)
    sites = Path(os.fsdecode(folder + b"/\xb2\xe2.csv"))
    sites.write_text(ONE)
    asked = ("check", sites, "--use", "factory", "--crs", "EPSG:4326")
    written = Path(os.fsdecode(folder + b"/\xb2\xe2.json"))
    assert run(*asked, "--out", written).code in (1, 2)
    assert json.loads(written.read_text())["proposals"]
    table = Path(os.fsdecode(folder + b"/\xb2\xe2.parquet"))
    ran = run(*asked, "--out", table)
    assert ran.code == 64
    assert "UTF-8" in ran.err
    assert not table.exists()


def broken_gpkg(folder: Path) -> bytes:
    path = folder / "x.gpkg"
    geopandas.GeoDataFrame({"zone": ["a"]}, geometry=[shapely.Point(120.4, 36.4)], crs=4326).to_file(
        path, driver="GPKG"
    )
    return path.read_bytes().replace(b"CREATE TRIGGER", b"CREATE TRIGGE\xee")


def broken_parquet(folder: Path) -> bytes:
    path = folder / "x.parquet"
    geopandas.GeoDataFrame({"zone": ["zone-of-x"]}, geometry=[shapely.Point(120.4, 36.4)], crs=4326).to_parquet(
        path, compression=None
    )
    return path.read_bytes().replace(b"zone-of-x", b"zone-of-\xff")


@pytest.mark.parametrize(("make", "code"), [(broken_gpkg, "gpkg_broken"), (broken_parquet, "parquet_broken")])
def test_text_that_is_no_utf8_inside_a_file_refuses_it(
    tmp_path: Path, make: Callable[[Path], bytes], code: str
) -> None:
    name = f"a.{code.split('_')[0]}"
    with pytest.raises(UnreadableFile) as refused:
        import_layer(make(tmp_path), name, layer_id="x")
    assert refused.value.code == code


def test_a_number_beyond_all_floats_refuses_its_row() -> None:
    features = [
        {"type": "Feature", "properties": {"accuracy_m": metres, "id": str(metres)[:3]}, "geometry": POINT}
        for metres in (int("9" * 400), 5)
    ]
    content = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    result = import_layer(content, "a.geojson", layer_id="x")
    assert [fault.reason for fault in result.rejected] == ["accuracy_unreadable"]
    assert list(result.layer.frame["accuracy_m"]) == [5.0]


@pytest.mark.parametrize(
    ("cells", "code"),
    [(Affine(1e-20, 0, 120, 0, -1e-20, 36), "raster_broken"), (Affine.identity(), "raster_turned")],
)
def test_a_grid_of_impossible_cells_is_refused_without_a_murmur(tmp_path: Path, cells: Affine, code: str) -> None:
    path = tmp_path / "d.tif"
    about = {"driver": "GTiff", "height": 20, "width": 20, "count": 1, "dtype": "float32", "crs": "EPSG:4326"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with rasterio.open(path, "w", transform=cells, **about) as file:
            file.write(np.full((20, 20), np.nan, dtype="float32"), 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DataError) as refused:
            import_layer(path.read_bytes(), "d.tif", layer_id="x")
    assert refused.value.code == code


@pytest.mark.parametrize("name", ["a.kmz", "a.zip", "a.xlsx"])
def test_a_member_without_a_name_refuses_its_archive(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / name, "w") as file:
        file.writestr("doc.kml", b"")
        file.writestr(zipfile.ZipInfo(""), b"x")
    with pytest.raises(UnreadableFile) as refused:
        import_layer((tmp_path / name).read_bytes(), name, layer_id="x")
    assert refused.value.code == "archive_path"
    assert not BLANK.search(error_text(refused.value, "zh"))
