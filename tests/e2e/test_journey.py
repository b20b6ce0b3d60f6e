"""What a planner does, in a real browser that cannot leave the machine."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from atlas.texts import table, text
from tests.atlas.hostile import PAYLOADS
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.browser

CHINESE = re.compile("[\u4e00-\u9fff]")
#: Where a row of a layer on its way to the browser holds its attributes.
VALUES = 3

SECTOR, ITEM = "智能网联及新能源汽车", "无人驾驶"

#: A parcel in Chengyang, drawn by its corners: west, south, east, north.
PARCEL = (120.24, 36.345, 120.26, 36.355)

#: Inside Jimo and inside Huangdao, away from their edges: hatched when the test zones are "somewhere within".
JIMO = (120.45, 36.42, 120.55, 36.50)
HUANGDAO = (119.85, 35.8, 119.95, 35.88)
#: Inside Pingdu, which no statement of that item names.
PINGDU = (119.85, 36.75, 119.95, 36.83)


def red_share(visitor: Visitor, corners: tuple[float, float, float, float]) -> float:
    """How much of a place is painted clearly redder than green: the stripes of a statement are, those of a park not."""
    pixels = visitor.pixels(*corners).astype(int)
    return float(np.mean(pixels[:, :, 0] - pixels[:, :, 1] > 40))


def square(west: float, south: float, east: float, north: float) -> dict[str, object]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def red_line() -> bytes:
    """An ecological red line that covers the parcel."""
    west, south, east, north = PARCEL
    geometry = square(west - 0.02, south - 0.02, east + 0.02, north + 0.02)
    feature = {"type": "Feature", "properties": {"id": "R1", "name": "测试红线"}, "geometry": geometry}
    return json.dumps({"type": "FeatureCollection", "features": [feature]}, ensure_ascii=False).encode()


def draw_parcel(visitor: Visitor) -> None:
    """Draw the parcel with the mouse, corner by corner, and close it."""
    west, south, east, north = PARCEL
    visitor.look_at((west + east) / 2, (south + north) / 2, 12)
    visitor.map().locator(".leaflet-draw-draw-polygon").click()
    for corner in ((west, south), (east, south), (east, north), (west, north), (west, south)):
        visitor.click_at(*corner)
    visitor.page.get_by_text("120.25000°E").wait_for()
    visitor.rest()


def untroubled(visitor: Visitor) -> None:
    assert visitor.refused == []
    assert visitor.complaints == []


def test_the_sector_of_automated_driving_shows_two_hatched_districts_and_a_place_nobody_has_drawn(
    visitor: Visitor,
) -> None:
    visitor.open()
    assert red_share(visitor, JIMO) == red_share(visitor, HUANGDAO) == 0
    visitor.choose("规划产业", SECTOR)
    visitor.choose("细分领域", ITEM)
    within = visitor.layers()["plan_designations.within"]
    assert within["style"]["pattern"] == "hatch"
    assert {row[VALUES][within["labels"].index("地点")] for row in within["rows"]} == {"青岛西海岸新区", "即墨区"}
    for hatched in (JIMO, HUANGDAO):
        assert 0.1 < red_share(visitor, hatched) < 0.7
    assert red_share(visitor, PINGDU) == 0
    visitor.sees("青岛蓝谷 三（五）2")
    visitor.sees("规划期已于 2025 年结束")
    untroubled(visitor)


def test_a_layer_comes_and_goes_without_losing_the_view(
    visitor: Visitor, record_property: pytest.RecordProperty
) -> None:
    visitor.open()
    visitor.look_at(120.3, 36.2, 10)
    visitor.map().evaluate("() => { window.sameFrame = true; }")
    before = visitor.view()
    record_property("seconds_on", visitor.tick("城镇（地名）"))
    visitor.map().wait_for_function("() => [...map.atlas.groups].some((group) => group.atlas.spec.id === 'towns')")
    record_property("seconds_off", visitor.tick("城镇（地名）"))
    visitor.map().wait_for_function("() => ![...map.atlas.groups].some((group) => group.atlas.spec.id === 'towns')")
    assert visitor.view() == before
    assert visitor.map().evaluate("() => window.sameFrame")
    untroubled(visitor)


def test_a_drawn_site_gets_a_verdict_and_a_supplied_layer_wakes_its_rule(visitor: Visitor) -> None:
    visitor.open("check")
    draw_parcel(visitor)
    # 0.02 degrees of longitude at 36.35 N are 1 795 m, 0.01 of latitude 1 110 m; the mouse is good to a pixel of 30 m
    area = float(re.search(r"面积 ([\d,]+) m²", visitor.text())[1].replace(",", ""))
    assert area == pytest.approx(1795 * 1110, rel=0.04)
    visitor.sees("城阳区")
    visitor.press("核查")
    visitor.sees("未核查")
    visitor.page.get_by_role("tab", name=re.compile("^未核查")).click()
    waiting = visitor.finding("E3.1")
    assert "缺少图层" in waiting.inner_text()
    visitor.press("提供图层", waiting)
    dialog = visitor.page.get_by_role("dialog")
    visitor.upload(dialog, "red_line.geojson", red_line())
    visitor.answered(dialog.get_by_text("全市范围完整", exact=True).click)
    visitor.press("使用这个图层", dialog)
    visitor.page.get_by_role("tab", name=re.compile("^不符 1")).click()
    assert "生态保护红线" in visitor.finding("E3.1").inner_text()
    assert "ecological_red_line" in visitor.layers()
    untroubled(visitor)


def own_words(visitor: Visitor) -> list[str]:
    """What the page says in its own words, a line each: tables and the plan's own wording are data and left out."""
    return visitor.settled(
        """() => {
            const seen = document.querySelector('[data-testid=stApp]');
            const data = new Set(['stDataFrame']);
            const words = [];
            const walk = (node) => {
                if (node.nodeType === Node.TEXT_NODE) words.push(node.textContent.trim());
                if (node.nodeType !== Node.ELEMENT_NODE || data.has(node.dataset.testid)) return;
                if (node.matches('ul, style, script') || !node.checkVisibility()) return;
                const hints = ['placeholder', 'aria-label', 'title'];
                for (const name of hints) words.push((node.getAttribute(name) || '').trim());
                node.childNodes.forEach(walk);
            };
            walk(seen);
            for (const head of seen.querySelectorAll('[data-testid=stDataFrame] th')) words.push(head.textContent);
            return words.filter((word) => word);
        }"""
    )


def sentences(language: str) -> set[str]:
    """Every text of a language that is said as it stands."""

    def leaves(entries: Mapping[str, Any]) -> Iterator[str]:
        for entry in entries.values():
            yield from leaves(entry) if isinstance(entry, Mapping) else [entry]

    return {sentence for sentence in leaves(table(language)) if "{" not in sentence}


@pytest.mark.parametrize("page", ["", "check", "screening", "matrix", "measure", "plan", "data"])
def test_every_sentence_of_a_page_changes_with_the_language(visitor: Visitor, page: str) -> None:
    visitor.open(page)
    chinese = own_words(visitor)
    assert not {word for word in chinese if word in sentences("en") - sentences("zh")}
    visitor.language("English")
    english = [word for word in own_words(visitor) if word != "中文"]
    assert not [word for word in english if CHINESE.search(word)]
    assert len(english) > 10
    visitor.language("中文")
    assert sorted(own_words(visitor)) == sorted(chinese)
    untroubled(visitor)


def type_corners(visitor: Visitor, frame: str, corners: list[tuple[float, float]]) -> None:
    visitor.choose("坐标系", frame)
    visitor.page.get_by_role("textbox", name="坐标或界址点").fill("\n".join(f"{x}, {y}" for x, y in corners))
    visitor.press("使用这些坐标")


def chosen(visitor: Visitor, label: str) -> str:
    """What a box shows as chosen."""
    box = visitor.page.locator("[data-testid=stSelectbox]").filter(has=visitor.page.get_by_text(label, exact=True))
    return box.locator("input").input_value().strip()


def test_a_verdict_is_worded_again_in_the_other_language_and_the_choices_stay(visitor: Visitor) -> None:
    west, south, east, north = PARCEL
    visitor.open("check")
    type_corners(visitor, "EPSG:4326", [(west, south), (east, south), (east, north), (west, north)])
    visitor.choose("用途", "数据中心")
    visitor.choose("数据中心等级", "A 级")
    visitor.press("核查")
    assert visitor.page.get_by_role("tab", name=re.compile("^未核查 [1-9]")).is_visible()
    visitor.language("English")
    assert chosen(visitor, "Use") == "Data centre"
    assert chosen(visitor, "Data centre grade") == "Grade A"
    assert visitor.page.get_by_role("tab", name=re.compile("^Not checked [1-9]")).is_visible()
    visitor.language("中文")
    assert chosen(visitor, "用途") == "数据中心"
    assert chosen(visitor, "数据中心等级") == "A 级"
    untroubled(visitor)


def test_corner_points_typed_in_the_plane_of_the_city_are_where_they_should_be(visitor: Visitor) -> None:
    # the hand answer of geo: (120.3826 E, 36.0671 N) is E 534467.459, N 3993055.813; 300 m by 200 m from there
    x, y = 534467.459, 3993055.813
    visitor.open("check")
    type_corners(visitor, "EPSG:4549", [(x, y), (x + 300, y), (x + 300, y + 200), (x, y + 200)])
    words = visitor.text()
    assert "60,000 m²" in words
    assert "90.00 亩" in words
    assert "6.000 公顷" in words
    longitude, latitude = re.search(r"中心 ([\d.]+)°E, ([\d.]+)°N", words).groups()
    # half of 300 m is 0.00167 degrees of longitude there, half of 200 m is 0.00090 degrees of latitude
    assert float(longitude) == pytest.approx(120.3826 + 0.00167, abs=3e-5)
    assert float(latitude) == pytest.approx(36.0671 + 0.00090, abs=3e-5)
    untroubled(visitor)


def test_corner_points_that_are_none_get_an_answer_and_nothing_is_lost(visitor: Visitor) -> None:
    visitor.open("check")
    type_corners(visitor, "EPSG:4326", [(120.24, 36.345)])
    visitor.sees("120.24000°E")
    type_corners(visitor, "EPSG:4326", [(36.345, 120.24)])
    visitor.sees("写反了")
    visitor.sees("120.24000°E")


def test_a_step_can_be_undone(visitor: Visitor) -> None:
    visitor.open("check")
    type_corners(visitor, "EPSG:4326", [(120.24, 36.345)])
    type_corners(visitor, "EPSG:4326", [(120.40, 36.30)])
    visitor.sees("120.40000°E")
    visitor.press("撤销")
    visitor.sees("120.24000°E")
    visitor.press("撤销")
    visitor.sees("还没有地址")


def test_sites_of_a_file_are_checked_and_its_bad_row_is_named(visitor: Visitor) -> None:
    table_of_sites = "id,name,lon,lat\nA,甲地,120.25,36.35\nB,乙地,12.0,36.30\nC,丙地,120.05,36.28\n"
    visitor.open("check")
    visitor.page.get_by_role("tab", name="上传文件").click()
    form = visitor.page.get_by_role("tabpanel", name="上传文件")
    visitor.upload(form, "sites.csv", table_of_sites.encode())
    visitor.choose_in(form, "坐标系", "EPSG:4326")
    visitor.press("读取地址")
    visitor.sees("第 2 行")
    visitor.sees("共 2 个地址")
    visitor.press("核查")
    assert "甲地" in chosen(visitor, "查看哪个地址")
    untroubled(visitor)


def test_a_saved_check_comes_back_and_a_changed_one_is_told(visitor: Visitor, tmp_path: Path) -> None:
    visitor.open("check")
    type_corners(visitor, "EPSG:4326", [(120.24, 36.345)])
    visitor.press("核查")
    visitor.page.get_by_role("radio", name=".json").click()
    visitor.rest()
    visitor.press("生成文件")
    saved = visitor.downloaded(lambda: visitor.page.get_by_role("button", name=re.compile("^下载")).click(), tmp_path)
    recorded = json.loads(saved.read_text("utf-8"))
    visitor.open("check")
    visitor.sees("还没有地址")
    open_saved(visitor, saved.read_bytes())
    visitor.sees("120.24000°E")
    visitor.sees(text("cli.verify_same", "zh"))
    finding = next(f for f in recorded["proposals"][0]["findings"] if f["distance_m"] is not None)
    finding["distance_m"] += 1000.0
    visitor.open("check")
    open_saved(visitor, json.dumps(recorded).encode())
    visitor.sees(f"{finding['rule']} 距离（米）：")
    untroubled(visitor)


def open_saved(visitor: Visitor, content: bytes) -> None:
    uploader = visitor.page.locator("[data-testid=stFileUploader]").filter(has_text="核查结果")
    visitor.upload(uploader, "assessment.json", content)
    visitor.press("打开并重新核对")


def test_a_link_brings_back_what_was_looked_at(visitor: Visitor) -> None:
    visitor.open()
    visitor.choose("规划产业", SECTOR)
    visitor.choose("细分领域", ITEM)
    visitor.tick("城镇（地名）")
    visitor.language("English")
    address, layers = visitor.page.url, set(visitor.layers())
    visitor.page.goto("about:blank")
    visitor.open(address.removeprefix(f"{visitor.address}/"))
    assert set(visitor.layers()) == layers
    assert chosen(visitor, "Item") == ITEM
    visitor.sees("Check a site")


def test_a_map_taken_away_opens_from_disk(visitor: Visitor, tmp_path: Path) -> None:
    visitor.open()
    visitor.choose("规划产业", SECTOR)
    visitor.choose("细分领域", ITEM)
    visitor.page.get_by_text("导出地图").click()
    visitor.press("生成文件")
    saved = visitor.downloaded(lambda: visitor.page.get_by_role("button", name=re.compile("^下载")).click(), tmp_path)
    untroubled(visitor)
    visitor.page.goto(saved.as_uri())
    visitor.page.wait_for_function("() => typeof map_atlas !== 'undefined' && map_atlas.atlas.groups.size > 0")
    names = visitor.page.evaluate("() => [...map_atlas.atlas.groups].map((group) => group.atlas.spec.id)")
    assert "plan_designations.within" in names
    words = visitor.page.locator("body").inner_text()
    assert "未经审图，不得公开" in words
    assert "青岛蓝谷" in words
    assert visitor.read_from_disk == [saved.as_uri()]
    untroubled(visitor)


def test_a_map_of_what_the_reader_sees_opens_where_they_looked(visitor: Visitor, tmp_path: Path) -> None:
    visitor.open()
    visitor.page.get_by_text("导出地图").click()
    visitor.answered(lambda: visitor.choose("范围", "地图的当前视图"))
    visitor.answered(lambda: visitor.look_at(120.25, 36.35, 12))
    visitor.tick("城镇（地名）")
    longitude, latitude, zoom = visitor.view()
    assert (longitude, latitude, zoom) == (120.25, 36.35, 12), "a layer comes without moving the map"
    visitor.press("生成文件")
    saved = visitor.downloaded(lambda: visitor.page.get_by_role("button", name=re.compile("^下载")).click(), tmp_path)
    untroubled(visitor)
    visitor.page.goto(saved.as_uri())
    visitor.page.wait_for_function("() => typeof map_atlas !== 'undefined' && map_atlas.atlas.groups.size > 0")
    east, north = visitor.page.evaluate("() => [map_atlas.getCenter().lng, map_atlas.getCenter().lat]")
    assert abs(east - 120.25) < 0.01
    assert abs(north - 36.35) < 0.01


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_is_wider_than_a_small_screen(visitor: Visitor, language: str) -> None:
    for page in ("", "check", "screening", "matrix", "measure", "plan", "data"):
        visitor.open(f"{page}?lang={language}")
        assert visitor.page.evaluate("() => document.documentElement.scrollWidth") == 1280


def hostile_points(words: list[str]) -> bytes:
    """A point for each text, which is its name, its id and the name of a column."""
    features = [
        {
            "type": "Feature",
            "id": word,
            "properties": {"name": word, "id": word, word: word},
            "geometry": {"type": "Point", "coordinates": [120.20 + 0.01 * number, 36.30]},
        }
        for number, word in enumerate(words)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()


def test_hostile_data_is_text_on_the_live_page_and_runs_nowhere(visitor: Visitor, tmp_path: Path) -> None:
    canary = tmp_path / "ran"
    escape = f"{{{{ cycler.__init__.__globals__.os.mkdir('{canary}') }}}}"
    marked = "{{7*7}} {% x %} <img src=x onerror=window.pwned=1> ${alert(1)} [a](javascript:alert(1)) `b`"
    words = [marked, escape, *(payload.encode("utf-8", "replace").decode() for payload in PAYLOADS)]
    visitor.open("data")
    sidebar = visitor.page.locator("[data-testid=stSidebar]")
    visitor.upload(sidebar, "a.geojson", hostile_points(words))
    sidebar.get_by_role("textbox", name="图层").fill(marked)
    visitor.press("读入", sidebar)
    visitor.go("图谱")
    layer = visitor.layers()["user_a"]
    assert layer["title"] == marked
    assert [row[VALUES][layer["tooltip"]] for row in layer["rows"]][:2] == [marked, escape]
    visitor.look_at(120.20, 36.30, 12)
    visitor.click_at(120.20, 36.30)
    popup = visitor.map().locator(".atlas-popup")
    popup.wait_for()
    assert marked in popup.inner_text()
    visitor.sees(marked)
    assert visitor.page.evaluate("() => window.pwned") is None
    assert visitor.map().evaluate("() => window.pwned") is None
    assert not canary.exists()
    untroubled(visitor)
