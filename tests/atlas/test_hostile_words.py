"""What is wrong with a file is said whole and in the reader's words; what replaces something says what."""

from __future__ import annotations

import json
import re
import sqlite3
import zipfile
from pathlib import Path

import geopandas
import pytest
import shapely

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
