"""A site in conflict with a supplied layer: what is in the way, and the line to where it may stand instead."""

from __future__ import annotations

import re

import pytest
import shapely

from geo.crs import geodesic_distance_m
from tests.e2e.test_journey import PARCEL, red_line, red_share, type_corners, untroubled
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.browser


def check_in_conflict(visitor: Visitor) -> None:
    """A parcel, checked, then a red line that covers it."""
    west, south, east, north = PARCEL
    visitor.page.set_default_timeout(60_000)
    visitor.open("check")
    type_corners(visitor, "EPSG:4326", [(west, south), (east, south), (east, north), (west, north)])
    visitor.press("核查")
    visitor.page.get_by_role("tab", name=re.compile("^未核查")).click()
    visitor.press("提供图层", visitor.finding("E3.1"))
    dialog = visitor.page.get_by_role("dialog")
    visitor.upload(dialog, "red_line.geojson", red_line())
    visitor.answered(dialog.get_by_text("全市范围完整", exact=True).click)
    visitor.press("使用这个图层", dialog)


def drawn_way(visitor: Visitor) -> list[tuple[float, float]]:
    """The ends of the line from the site to the place, as the browser draws it."""
    visitor.map().wait_for_function("() => [...map.atlas.groups].some((g) => g.atlas.spec.id === 'way')")
    ((_, _, ends, _),) = visitor.layers()["way"]["rows"]
    return [(end["lng"], end["lat"]) for end in ends]


def explain(visitor: Visitor) -> str:
    """Press the button and wait for the words."""
    visitor.press("为何不行、哪里可以")
    visitor.page.get_by_text(re.compile("最小阻碍集共|smallest blocking set")).wait_for()
    visitor.rest()
    return visitor.page.locator(".st-key-alternatives").inner_text()


def test_why_not_here_and_where_instead(visitor: Visitor) -> None:
    check_in_conflict(visitor)
    words = explain(visitor)
    assert "最小阻碍集共 1 条规则" in words
    assert "冲突：E3.1 生态保护红线" in words
    assert "缩小用地无法满足" in words
    assert "条规则未核查，不等于没有问题" in words
    start, end = drawn_way(visitor)
    west, south, east, north = PARCEL
    assert start == pytest.approx(((west + east) / 2, (south + north) / 2), abs=1e-5)
    said = float(re.search(r"最近的可行位置在.*?距离 ([\d,]+) m", words)[1].replace(",", ""))
    assert said == pytest.approx(float(geodesic_distance_m(start, end)), abs=1.0)
    # the red line reaches 0.02 degrees beyond the parcel: at least 2.2 km to the north or south, 3.6 km to a side
    assert 2 * 1_100 < said < 5_000
    moved = shapely.box(*(value + end[k % 2] - start[k % 2] for k, value in enumerate(PARCEL)))
    zone = shapely.box(west - 0.02, south - 0.02, east + 0.02, north + 0.02)
    assert shapely.area(shapely.intersection(moved, zone)) < 1e-9
    visitor.press("改用这个位置")
    visitor.page.get_by_role("tab", name="不符 0").wait_for()
    assert f"{end[0]:.3f}" in visitor.text()
    untroubled(visitor)


def test_within_the_district_of_the_site(visitor: Visitor) -> None:
    check_in_conflict(visitor)
    visitor.choose("查找范围", "区市内")
    assert "在城阳区范围内" in explain(visitor)
    visitor.language("English")
    visitor.page.get_by_text(re.compile("Within Chengyang District")).wait_for()
    place = visitor.layers()["alternative"]
    assert len(place["rows"]) == 1
    untroubled(visitor)


def test_a_district_screened_for_a_use(visitor: Visitor) -> None:
    check_in_conflict(visitor)
    visitor.go("分区筛查")
    visitor.choose("区市", "城阳区")
    visitor.press("开始筛查")
    visitor.page.get_by_text(re.compile("城阳区 · 工厂：[0-9]+ 格")).wait_for()
    visitor.map().wait_for_function("() => [...map.atlas.groups].some((g) => g.atlas.spec.id === 'screening')")
    words = visitor.text()
    assert "在整个范围内都未核查，不等于没有问题" in words
    assert "冲突（禁止）" in words
    assert "未发现冲突（全部规则已核查）" not in words
    drawn = visitor.layers()["screening"]
    place = drawn["labels"].index("相关规则")
    assert any("E3.1" in row[3][place].split() for row in drawn["rows"])
    west, south, east, north = PARCEL
    assert red_share(visitor, (west, south, east, north)) > 0.9
    untroubled(visitor)
