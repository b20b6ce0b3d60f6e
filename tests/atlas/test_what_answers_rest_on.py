"""What an answer takes for granted, and what looks odd about a site, stand beside it on the screen and on paper."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from shapely.geometry import Point
from shell import run

from atlas.journeys.context import context_of
from atlas.report.overview import report_of
from atlas.texts import text
from atlas.workspace import open_store
from geo.types import Proposal, Use
from layers.plan import load_plan

AREA = {"type": "Polygon", "coordinates": [[[120.4, 36.3], [120.5, 36.3], [120.5, 36.4], [120.4, 36.3]]]}
IN_THE_SEA = (121.2, 35.6)


@pytest.fixture
def red_line(tmp_path: Path) -> Path:
    file = tmp_path / "red.geojson"
    feature = {"type": "Feature", "properties": {"id": "a", "zone": "core"}, "geometry": AREA}
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    return file


@pytest.fixture
def sites(tmp_path: Path) -> Path:
    file = tmp_path / "sites.csv"
    file.write_text("id,lon,lat\n1,{},{}\n".format(*IN_THE_SEA), encoding="utf-8")
    return file


def ask(sites: Path, red_line: Path) -> list[str]:
    layer = f"ecological_red_line={red_line}"
    return ["check", str(sites), "--crs", "EPSG:4326", "--use", "factory", "--layer", layer]


def test_the_screen_says_first_what_looks_odd_and_what_is_assumed(sites: Path, red_line: Path) -> None:
    lines = run(*ask(sites, red_line)).out.splitlines()
    assert text("notice.in_the_sea", "zh") in lines[1]
    assert "生态保护红线" in lines[2]
    assert text("report.assumption.covers_region", "zh") in lines[2]
    assert text("report.assumption.accuracy_exact", "zh") in lines[2]
    assumed = [line for line in lines[3:] if text("report.assumption.covers_region", "zh") in line]
    assert len(assumed) == 1
    assert " E3.1 " in assumed[0]


def test_what_the_sidecar_or_an_option_states_is_not_assumed(sites: Path, red_line: Path) -> None:
    said = run(*ask(sites, red_line), "--layer-accuracy-m", "ecological_red_line=10").out
    assert text("report.assumption.accuracy_exact", "zh") not in said
    assert text("report.assumption.covers_region", "zh") in said
    red_line.with_name("red.layer.toml").write_text('accuracy_m = 10\ncovers = "region"\n', encoding="utf-8")
    assert text("report.assumption.covers_region", "zh") not in run(*ask(sites, red_line)).out


def test_paper_says_it_on_the_cover_and_with_the_finding(sites: Path, red_line: Path) -> None:
    out = sites.with_suffix(".json")
    run(*ask(sites, red_line), "--out", out)
    for language in ("zh", "en"):
        report = report_of(json.loads(out.read_text(encoding="utf-8")), language)
        whole = text("report.assumption.covers_region", language)
        assert whole in report.caution
        assert text("notice.in_the_sea", language) in report.caution
        (site,) = report.sites
        assert text("notice.in_the_sea", language) in site.notices[0]
        findings = {finding.rule: finding for group in site.groups for finding in group.findings}
        assert any(whole in value for _, value in findings["E3.1"].facts)
        (line,) = findings["E3.1"].layers
        region = text("report.covers.region", language)
        assert text("report.taken_for_granted", language, said=region) in line
        (coast,) = findings["C3"].layers
        assert text("report.taken_for_granted", language, said=region) not in coast
        assert not any(text("report.head.assumed", language) == label for label, _ in findings["C3"].facts)


@pytest.mark.parametrize(("use", "supported"), [(Use.FACTORY, False), (Use.TEST_ZONE, True)])
def test_the_plan_supports_a_use_only_of_its_own_sector(use: Use, supported: bool) -> None:
    """Clause 3(5)2 wants driverless cars tried in Chengyang: no reason for any factory."""
    site = Proposal("a", "a", use, Point(120.40, 36.31), 0.0)
    context = context_of(site, open_store(), load_plan())
    driverless = [d for d in context.designations if d["subsector"] == "无人驾驶" and d["place"] == "城阳区"]
    assert [d["supports_use"] for d in driverless] == [supported]
