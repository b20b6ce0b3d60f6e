"""Bad rows, bad layers, bad rules: each gets a clear answer of its own, and what is good is answered all the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from atlas.wording import why_sentence
from tests.atlas.shell import Ran, run

GOOD = [[[120.2, 36.3], [120.21, 36.3], [120.21, 36.31], [120.2, 36.31], [120.2, 36.3]]]
BOW_TIE = [[[120.2, 36.3], [120.21, 36.31], [120.21, 36.3], [120.2, 36.31], [120.2, 36.3]]]
SLIVER = [[[120.2, 36.3], [120.21, 36.3], [120.205, 36.300000001], [120.2, 36.3]]]
REGION = [[[110, 30], [130, 30], [130, 40], [110, 40], [110, 30]]]
EDGE = [[[121.7, 36.3], [121.9, 36.3], [121.9, 36.4], [121.7, 36.4], [121.7, 36.3]]]

RULE = """
[[rule]]
id = "{id}"
title = {{ zh = "{id}" }}
applies_to = ["factory"]
severity = "prohibit"
citation = {{ document = "试验", evidence = "V", confidence = "high" }}
layer = "{layer}"
{asks}
"""


def rule(name: str, asks: str, layer: str = "wells") -> str:
    return RULE.format(id=name, asks=asks.replace("; ", "\n"), layer=layer)


NEAR = rule("NEAR", 'relation = "min_distance"; distance_m = 500')


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def polygon(coordinates: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": coordinates}


def point(*coordinates: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": list(coordinates)}


def collection(*features: dict[str, Any]) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).replace("Infinity", "1e999")


WELL = collection(feature(point(120.205, 36.305), id="well"))


def check(
    folder: Path, sites: str, rules: str = NEAR, wells: str = WELL, *more: object, about: str = ""
) -> tuple[Ran, dict[str, Any]]:
    """Check sites against a rulebook and a layer ``wells``; what was left, and the assessment."""
    for name, content in (("s.geojson", sites), ("r.toml", rules), ("w.geojson", wells), ("w.layer.toml", about)):
        (folder / name).write_text(content, encoding="utf-8")
    out = folder / "o.json"
    given = ("--layer", f"wells={folder / 'w.geojson'}", "--rules", folder / "r.toml", "--out", out, *more)
    ran = run("check", folder / "s.geojson", "--use", "factory", "--on", "2026-11-01", *given)
    return ran, json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}


@pytest.mark.parametrize(
    ("geometry", "reason"),
    [
        (polygon(BOW_TIE), "geometry_self_crossing"),
        (point(534467.459, 3993055.813), "metres_declared_as_degrees"),
        (point(36.3, 120.3), "axes_swapped"),
        (polygon(REGION), "crosses_edge"),
        (polygon(EDGE), "crosses_edge"),
        (point(2.35, 48.85), "outside_region"),
        (point(float("inf"), 36.3), "geometry_not_finite"),
        (None, "geometry_missing"),
        (polygon([]), "geometry_empty"),
        ({"type": "GeometryCollection", "geometries": []}, "geometry_empty"),
        ({"type": "LineString", "coordinates": [[120.2, 36.3], [120.2, 36.3]]}, "geometry_invalid"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_row_is_answered_and_the_others_go_on(geometry: Any, reason: str, tmp_path: Path) -> None:
    sites = collection(feature(polygon(GOOD), id="A"), feature(geometry, id="B"), feature(point(120.4, 36.4), id="C"))
    ran, content = check(tmp_path, sites)
    assert [(row["row"], row["field"], row["reason"]) for row in content["rejected"]] == [(2, "geometry", reason)]
    assert [(site["id"], site["verdict"]) for site in content["proposals"]] == [("A", "conflict"), ("C", "clear")]
    assert ran.code == 1
    ran, _ = check(tmp_path, collection(feature(point(120.4, 36.4), id="C"), feature(geometry, id="B")))
    assert ran.code == 2  # never 0 where a row was left out


def test_a_sliver_of_a_site_is_measured_as_what_it_is(tmp_path: Path) -> None:
    """900 m long and a tenth of a millimetre wide: the well stands 555 m north of it."""
    _, content = check(tmp_path, collection(feature(polygon(SLIVER), id="A")))
    (finding,) = content["proposals"][0]["findings"]
    assert finding["outcome"] == "clear"
    assert finding["distance_m"] == pytest.approx(0.005 * 110_970, rel=1e-3)


def test_a_sliver_of_an_overlap_is_its_own_answer(tmp_path: Path) -> None:
    west = polygon(
        [[[120.199, 36.3], [120.2000000001, 36.3], [120.2000000001, 36.31], [120.199, 36.31], [120.199, 36.3]]]
    )
    over = rule("OVER", 'relation = "no_overlap"')
    _, content = check(tmp_path, collection(feature(polygon(GOOD), id="A")), over, collection(feature(west, id="w")))
    (finding,) = content["proposals"][0]["findings"]
    assert (finding["outcome"], finding["why"]) == ("uncertain", "sliver")


def test_ids_that_repeat_are_told_apart_and_both_answered(tmp_path: Path) -> None:
    _, content = check(tmp_path, collection(*(feature(point(120.4, lat), id="A") for lat in (36.4, 36.5, 36.6))))
    assert len({site["id"] for site in content["proposals"]}) == 3
    assert content["proposals"][0]["id"] == "A"
    assert any(said.startswith("ids_renamed") for said in content["inputs"][0]["assumed"])


def test_degrees_declared_as_metres(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("id,x,y\nA,120.2,36.3\nB,534467.459,3993055.813\n")
    out = tmp_path / "o.json"
    run("check", tmp_path / "s.csv", "--use", "factory", "--crs", "EPSG:4549", "--out", out)
    content = json.loads(out.read_text())
    assert [row["reason"] for row in content["rejected"]] == ["degrees_declared_as_metres"]
    assert [site["id"] for site in content["proposals"]] == ["B"]


SITE = collection(feature(polygon(GOOD), id="A"), feature(point(120.4, 36.4), id="B"))


def test_an_empty_layer_proves_nothing_unless_it_is_said_where_it_is_complete(tmp_path: Path) -> None:
    ran, content = check(tmp_path, SITE, NEAR, collection())
    assert ran.code == 2
    for site in content["proposals"]:
        assert [(f["outcome"], f["why"]) for f in site["findings"]] == [("not_assessed", "not_covered")]
    assert any(said == "layer_empty" for layer in content["layers"] for said in layer["assumed"])
    ran, content = check(tmp_path, SITE, NEAR, collection(), about='covers = "region"\n')
    assert ran.code == 0
    assert run("verify", tmp_path / "o.json").code == 0


@pytest.mark.parametrize(
    "asks",
    ['relation = "inside"', 'relation = "max_overlap_share"; share_max = 0.5'],
    ids=["inside", "share"],
)
def test_a_rule_for_areas_of_a_layer_of_points_says_so_and_the_other_rules_answer(asks: str, tmp_path: Path) -> None:
    ran, content = check(tmp_path, SITE, NEAR + rule("AREA", asks))
    for site, near in zip(content["proposals"], ("conflict", "clear"), strict=True):
        first, second = site["findings"]
        assert first["outcome"] == near
        assert (second["outcome"], second["why"]) == ("not_assessed", "value_unknown")
        assert "图形类型" in why_sentence(second, "zh")
    assert ran.code == 1


@pytest.mark.parametrize(
    "asks",
    [
        'relation = "value_at_least"; value = 3; unit = "m"',
        'relation = "value_at_least"; quantity = "depth"; value = 3; unit = "m"',
        'relation = "no_overlap"; where = { zone = "core" }',
    ],
    ids=["no value", "no column", "no zone"],
)
def test_a_rule_for_a_column_that_the_layer_lacks(asks: str, tmp_path: Path) -> None:
    _, content = check(tmp_path, SITE, NEAR + rule("COLUMN", asks))
    for site in content["proposals"]:
        assert (site["findings"][1]["outcome"], site["findings"][1]["why"]) == ("not_assessed", "value_unknown")


def test_rules_that_contradict_each_other_are_both_answered(tmp_path: Path) -> None:
    """At least 500 m and at most 100 m from the well: no place meets both, and each says which it breaks."""
    far = rule("FAR", 'relation = "max_distance"; distance_m = 100')
    ran, content = check(tmp_path, SITE, NEAR + far)
    answers = [{f["rule"]: f["outcome"] for f in site["findings"]} for site in content["proposals"]]
    assert answers == [{"NEAR": "conflict", "FAR": "clear"}, {"NEAR": "clear", "FAR": "conflict"}]
    assert ran.code == 1


@pytest.mark.parametrize(
    "rules",
    [
        NEAR + NEAR,
        NEAR.replace("distance_m = 500", ""),
        NEAR.replace("distance_m = 500", "distance_m = -5"),
        NEAR + "in_force_from = 2025-01-02\nin_force_to = 2025-01-01\n",
        NEAR.replace('"min_distance"', '"nearby"'),
        rule("ZONE", 'relation = "no_overlap"; where = { zone = { stated = ["core"] } }'),
    ],
    ids=[
        "the same id twice",
        "no number",
        "below nothing",
        "ends before it begins",
        "no such relation",
        "claim of a feature",
    ],
)
def test_a_rulebook_that_contradicts_itself_is_refused_whole(rules: str, tmp_path: Path) -> None:
    ran, content = check(tmp_path, SITE, rules)
    assert ran.code == 64
    assert content == {}
    assert len(ran.err.strip().splitlines()) == 1
    assert "r.toml" in ran.err


def test_a_layer_whose_rows_cross_themselves_is_repaired_and_said(tmp_path: Path) -> None:
    ran, content = check(tmp_path, SITE, NEAR, collection(feature(polygon(BOW_TIE), id="w")))
    assert ran.code == 1
    assert content["proposals"][0]["verdict"] == "conflict"
    (layer,) = [layer for layer in content["layers"] if layer["id"] == "wells"]
    assert layer["sha256"]


def test_a_bad_row_of_a_layer_takes_its_completeness_not_its_conflicts(tmp_path: Path) -> None:
    wells = collection(feature(point(120.205, 36.305), id="w"), feature(point(36.3, 120.3), id="turned"))
    _, content = check(tmp_path, SITE, NEAR, wells)
    answers = [(f["outcome"], f["why"]) for site in content["proposals"] for f in site["findings"]]
    assert answers == [("conflict", None), ("not_assessed", "not_covered")]


@pytest.mark.parametrize("frame", ["EPSG:4326", "EPSG:4549", "EPSG:4528", "gcj02", "bd09"])
def test_numbers_that_are_no_place_are_refused_without_a_warning(
    frame: str, tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    (tmp_path / "far.csv").write_text("id,lon,lat\nA,1e308,36\nB,-1e308,1e308\nC,120.2,36.3\n")
    asked = ("--use", "factory", "--crs", frame, "--accuracy-m", "5", "--out", tmp_path / "far.json")
    left = run("check", tmp_path / "far.csv", *asked)
    assert left.code in (2, 64)
    assert [str(one.message) for one in recwarn if issubclass(one.category, RuntimeWarning)] == []
