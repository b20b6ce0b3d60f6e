"""What is said of a site beside its place: words of both languages are understood, others are refused and say why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from shell import run

from atlas.journeys.stating import CLASSES, known_classes
from atlas.texts import text
from geo.types import Use
from layers.rulebook import load_rulebook

POINT = "id,lon,lat\n1,121.2,35.7\n"


@pytest.fixture
def sites(tmp_path: Path) -> Path:
    file = tmp_path / "sites.csv"
    file.write_text(POINT, encoding="utf-8")
    return file


def stated(sites: Path, use: str, *given: str) -> dict[str, object]:
    out = sites.with_suffix(".json")
    options = [part for pair in given for part in ("--set", pair)]
    ran = run("check", sites, "--crs", "EPSG:4326", "--use", use, *options, "--out", out)
    assert ran.code in (0, 1, 2), ran.err
    (site,) = json.loads(out.read_text(encoding="utf-8"))["proposals"]
    return {"use": site["use"], "rules": {f["rule"] for f in site["findings"]}, **site["quantities"]}


@pytest.mark.parametrize("word", ["new", "新建", "NEW"])
def test_the_words_of_the_page_are_as_good_as_the_codes(sites: Path, word: str) -> None:
    told = stated(sites, "海上风电", f"status={word}")
    assert (told["use"], told["status"]) == ("offshore_wind", "new")
    assert "W1" in told["rules"]  # type: ignore[operator]
    assert "W3" not in told["rules"]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("use", "given", "said"),
    [
        ("offshore_wind", "status=xyz", "legacy"),
        ("data_center", "grade=甲", "A 级"),
        ("hydrogen_station", "grade=A", "一级"),
        ("factory", "industry=xyz", "造纸"),
        ("factory", "industri=paper", "industry"),
        ("offshore_wind", "turbine_mw=abc", "abc"),
        ("工场", "industry=paper", "工厂"),
    ],
)
def test_a_word_that_no_rule_knows_is_refused_with_those_that_are_known(
    sites: Path, use: str, given: str, said: str
) -> None:
    ran = run("check", sites, "--crs", "EPSG:4326", "--use", use, "--set", given)
    assert (ran.code, ran.out) == (64, "")
    assert said in ran.err


def test_a_name_that_no_rule_for_the_use_reads_is_said(sites: Path) -> None:
    ran = run("check", sites, "--crs", "EPSG:4326", "--use", "factory", "--set", "grade=A")
    assert text("check.unread", "zh", name="grade", said="等级") in ran.err
    ran = run("check", sites, "--crs", "EPSG:4326", "--use", "hydrogen_station", "--set", "grade=1")
    assert ran.err == ""


def test_a_row_with_such_a_word_is_refused_and_the_others_go_on(tmp_path: Path) -> None:
    table, out = tmp_path / "rows.csv", tmp_path / "rows.json"
    table.write_text(
        "id,lon,lat,use,status,grade,industry\n1,120.4,36.4,海上风电,新建,,\n2,120.4,36.4,factory,,,甲\n"
        "3,120.4,36.4,factory,,,造纸\n4,120.4,36.4,加氢站,,A,\n5,120.4,36.4,数据中心,,A 级,\n",
        encoding="utf-8",
    )
    run("check", table, "--crs", "EPSG:4326", "--use", "column:use", "--out", out)
    document = json.loads(out.read_text(encoding="utf-8"))
    kept = {site["id"]: site["quantities"] for site in document["proposals"]}
    assert kept == {"1": {"status": "new"}, "3": {"industry": "paper"}, "5": {"grade": "A"}}
    assert [(row["row"], row["field"]) for row in document["rejected"]] == [(2, "industry"), (4, "grade")]
    shown = run("check", table, "--crs", "EPSG:4326", "--use", "column:use").out
    assert "1（一级）、2（二级）、3（三级）" in shown


def test_every_option_of_the_page_is_understood_where_a_rule_asks() -> None:
    classes = known_classes(load_rulebook())
    asked = {name for use in Use for name in classes[use]}
    assert asked == {name for name, _ in CLASSES.values()}
    assert classes[Use.HYDROGEN_STATION]["grade"]["一级"] == "1"
    assert "grade" not in classes[Use.FACTORY]


def test_a_layer_that_no_rule_reads_is_said_with_the_nearest_id(sites: Path) -> None:
    layer = sites.with_name("line.geojson")
    layer.write_text('{"type": "FeatureCollection", "features": []}', encoding="utf-8")
    ask = ("check", sites, "--crs", "EPSG:4326", "--use", "factory", "--layer")
    ran = run(*ask, f"ecological_redline={layer}")
    said = text(
        "check.layer_unread_near", "zh", layer="ecological_redline", file="line.geojson", known="ecological_red_line"
    )
    assert (ran.code, said in ran.err) == (2, True)
    assert "railways" in run(*ask, f"xyz={layer}").err
    for known in ("ecological_red_line", "mainland_coast"):
        assert "没有规则使用" not in run(*ask, f"{known}={layer}").err


def test_missing_layers_and_missing_numbers_are_listed_apart_and_advice_is_counted(sites: Path) -> None:
    out = sites.with_suffix(".json")
    ask = ("check", sites, "--crs", "EPSG:4326", "--use", "offshore_wind", "--alternatives", "--within", 2000)
    (unchecked,) = [line for line in run(*ask).out.splitlines() if line.startswith("  未核查 ")]
    rules, layers, numbers = unchecked.split("；")
    run(*ask, "--out", out)
    (entry,) = json.loads(out.read_text(encoding="utf-8"))["proposals"]
    unanswered = [f for f in entry["findings"] if f["outcome"] == "not_assessed"]
    advice = sum(f["severity"] == "advise" for f in unanswered)
    assert rules.startswith(f"  未核查 {len(unanswered)} 条（其中建议性 {advice} 条")
    assert len(rules.split("：")[1].split("、")) == len(unanswered)
    assert layers.startswith("缺少的图层：")
    assert not {"大陆海岸线", "陆地"} & set(layers.split("：")[1].split("、"))
    assert "项目状态" in numbers
    missing = {name for rule in entry["alternative"]["place"]["unassessed"] for name in rule["missing_layers"]}
    assert not missing & {"mainland_coast", "land"}
