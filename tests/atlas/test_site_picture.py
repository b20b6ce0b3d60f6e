"""The picture of a report: the site large enough to be seen, with what stands in its way, and words for what is far."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import shapely
from shapely.geometry import mapping

from atlas.journeys.site_picture import FARTHEST_SHOWN_M, picture_sheet
from atlas.journeys.verify import request_of
from atlas.printmap.framing import ratio_of
from atlas.workspace import open_store
from geo.crs import geodesic_area_m2
from tests.atlas.shell import run

RED_LINE = shapely.Polygon([(120.22, 36.325), (120.26, 36.33), (120.28, 36.36), (120.27, 36.375), (120.23, 36.37)])
#: Reaches over the eastern edge of the red line.
SITE = shapely.box(120.268, 36.36, 120.2745, 36.365)


def collection(*shapes: Any) -> str:
    features = [
        {"type": "Feature", "properties": {"id": f"F{number}"}, "geometry": mapping(one)}
        for number, one in enumerate(shapes)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})


def checked(folder: Path, *sites: Any, more: tuple[str, ...] = ()) -> dict[str, Any]:
    (folder / "sites.geojson").write_text(collection(*sites))
    (folder / "red.geojson").write_text(collection(RED_LINE))
    layer = ("--layer", f"ecological_red_line={folder / 'red.geojson'}")
    asked = ("--use", "factory", "--accuracy-m", "5", "--layer-accuracy-m", "ecological_red_line=10")
    assert run("check", folder / "sites.geojson", *asked, *layer, *more, "--out", folder / "a.json").code in (0, 1, 2)
    return dict(json.loads((folder / "a.json").read_text("utf-8")))


def sheet_of(assessment: dict[str, Any], language: str = "zh") -> Any:
    request, _ = request_of(assessment, open_store(None))
    return picture_sheet(assessment, request.store, language)


@pytest.fixture(scope="module")
def close(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return checked(tmp_path_factory.mktemp("close"), SITE, more=("--within", "4000"))


def test_a_site_is_shown_close_up_at_a_round_scale(close: dict[str, Any]) -> None:
    sheet = sheet_of(close)
    assert 10_000 <= ratio_of(sheet.frame) <= 100_000
    assert shapely.box(*sheet.bounds).contains(SITE)
    assert sheet.has_inset


def test_what_stands_in_the_way_is_drawn_and_named_as_its_rule_does(close: dict[str, Any]) -> None:
    layers = {layer.id: layer for layer in sheet_of(close).layers}
    assert layers["ecological_red_line"].title == "生态保护红线"
    assert len(layers["ecological_red_line"].frame) == 1
    shared = layers["overlap"].frame.geometry.union_all()
    assert geodesic_area_m2(shared) == pytest.approx(geodesic_area_m2(SITE.intersection(RED_LINE)), rel=1e-3)
    assert "red" not in " ".join(line for line in sheet_of(close).sources if not line.startswith(("署名", "生态")))


def test_the_place_instead_is_drawn_with_its_line(close: dict[str, Any]) -> None:
    sheet = sheet_of(close)
    layers = {layer.id: layer for layer in sheet.layers}
    assert {"alternative", "way"} <= layers.keys()
    assert shapely.box(*sheet.bounds).contains(layers["alternative"].frame.geometry.union_all())


def test_what_is_far_is_named_with_its_direction(close: dict[str, Any]) -> None:
    """The airport lies some 16 km to the west, where its rule cannot be decided."""
    far = [
        finding
        for finding in close["proposals"][0]["findings"]
        if finding["outcome"] in ("conflict", "uncertain") and (finding["distance_m"] or 0.0) > FARTHEST_SHOWN_M
    ]
    assert far
    (lead,) = sheet_of(close).lead
    assert "西" in lead
    assert "公里" in lead
    (in_english,) = sheet_of(close, "en").lead
    assert "west" in in_english


def test_layers_that_do_not_come_into_the_picture_are_neither_drawn_nor_in_the_legend(close: dict[str, Any]) -> None:
    sheet = sheet_of(close)
    window = shapely.box(*sheet.bounds)
    for layer in sheet.layers:
        assert layer.id == "land" or layer.frame.intersects(window).any(), layer.id


def test_of_several_sites_all_are_shown_by_their_verdict(tmp_path: Path) -> None:
    away = shapely.Point(120.32, 36.40)
    assessment = checked(tmp_path, SITE, away, shapely.box(120.0, 36.2, 120.001, 36.201))
    sheet = sheet_of(assessment)
    (sites,) = [layer for layer in sheet.layers if layer.id == "sites"]
    assert len(sites.frame) == 3
    assert shapely.box(*sheet.bounds).contains(sites.frame.geometry.union_all())
    assert {layer.id for layer in sheet.layers} & {"witness", "overlap"} == set()
    assert sorted(sites.frame["id"]) == ["F0", "F1", "F2"]
    assert {row.label for row in sites.legend} >= {"冲突"}
    assert (sites.frame.geom_type == "Point").all()  # specks get a symbol
