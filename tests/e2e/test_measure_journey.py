"""A planner asks where a sector is, in a real browser that cannot leave the machine."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.test_journey import HUANGDAO, JIMO, PINGDU, VALUES, red_share, untroubled
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.browser

SECTOR, ITEM = "智能网联及新能源汽车", "无人驾驶"
STAMP = "示例数据（虚构）"
#: How the rows of a layer on its way to the browser call an area of one part and of several.
POLYGONS = {4, 5}
VIEWS = ("地图", "图表", "比较", "与规划对照", "导出")


def load_sample(visitor: Visitor) -> None:
    visitor.open("measure")
    visitor.page.get_by_role("button", name="加载示例数据（虚构）", exact=True).click()
    # everything is measured for the first time, on a machine that may do other things
    visitor.page.get_by_role("radio", name="地图", exact=True).wait_for(timeout=180_000)
    visitor.rest()


def choose_item(visitor: Visitor) -> None:
    visitor.choose("规划产业", SECTOR)
    visitor.choose("细分领域", ITEM)


def see(visitor: Visitor, view: str) -> None:
    visitor.page.get_by_role("radio", name=view, exact=True).click()
    visitor.rest()


def taken(visitor: Visitor, box: str, folder: Path) -> Path:
    """The file that one of the two boxes of the export makes."""
    place = visitor.page.locator("[data-testid=stColumn]").filter(has=visitor.page.get_by_role("heading", name=box))
    visitor.press("生成文件", place)
    return visitor.downloaded(lambda: place.get_by_role("button", name=re.compile("^下载")).click(), folder)


def test_a_sectors_concentration_lies_beneath_the_plans_hatching_and_leaves_as_map_and_table(
    visitor: Visitor, tmp_path: Path
) -> None:
    load_sample(visitor)
    choose_item(visitor)
    layers = visitor.layers()
    measure, within = layers["measure"], layers["plan_designations.within"]
    assert measure["z"] < within["z"]
    assert within["style"]["pattern"] == "hatch"
    assert {row[VALUES][within["labels"].index("地点")] for row in within["rows"]} == {"青岛西海岸新区", "即墨区"}
    assert {row[0]: row[VALUES][-1] for row in measure["rows"]}["370215"] == "≥ 4"
    for hatched in (JIMO, HUANGDAO):
        assert red_share(visitor, hatched) > 0.05
    assert red_share(visitor, PINGDU) == 0
    assert STAMP in visitor.map().locator(".atlas-stamps").inner_text()
    assert "青岛蓝谷 三（五）2" in visitor.text()
    assert "规划期已于 2025 年结束" in visitor.text()

    visitor.click_at(120.5, 36.46)
    visitor.page.get_by_text("高于偶然").wait_for()
    visitor.rest()
    # 134 of 165 firms where 23.0 are expected: the quotient of the sample's planted cluster, far beyond chance
    assert "134 / 23.0" in visitor.text()
    assert re.search(r"高于偶然：随机标签下几乎不会这么多（q < 0\.001）", visitor.text())
    assert "规划点名：三（五）2" in visitor.text()
    assert "measure_picked" in visitor.layers()

    if not shutil.which("pdftotext"):
        pytest.fail("pdftotext (poppler-utils) is not installed")
    see(visitor, "导出")
    sheet = taken(visitor, "地图", tmp_path)
    words = subprocess.run(["pdftotext", "-raw", str(sheet), "-"], capture_output=True, check=True).stdout.decode()
    assert all(said in words for said in (ITEM, STAMP, "未经审图", "即墨区", "区位商", "2025"))
    book = openpyxl.load_workbook(taken(visitor, "数据表", tmp_path))
    assert all(STAMP in {cell.value for row in tab.iter_rows(max_row=3) for cell in row} for tab in book.worksheets)
    rows = list(book["产业与地方"].iter_rows(values_only=True))
    heads = list(rows[1])
    jimo = [r for r in rows if ITEM in r and "370215" in r]
    assert [row[heads.index("企业数（上限）")] for row in jimo] == [134]
    untroubled(visitor)


def test_every_screen_that_shows_the_sample_says_so_and_nothing_is_wider_than_the_screen(visitor: Visitor) -> None:
    load_sample(visitor)
    for view in VIEWS:
        see(visitor, view)
        assert visitor.page.get_by_text(STAMP, exact=True).first.is_visible()
        assert visitor.page.evaluate("() => document.documentElement.scrollWidth") == 1280
    untroubled(visitor)


def test_no_firms_place_is_in_an_exported_page(visitor: Visitor, tmp_path: Path) -> None:
    load_sample(visitor)
    see(visitor, "导出")
    visitor.page.get_by_role("radio", name="html", exact=True).click()
    visitor.rest()
    saved = taken(visitor, "地图", tmp_path)
    untroubled(visitor)
    visitor.page.goto(saved.as_uri())
    visitor.page.wait_for_function("() => typeof map_atlas !== 'undefined' && map_atlas.atlas.groups.size > 0")
    kinds = visitor.page.evaluate(
        "() => [...map_atlas.atlas.groups].map(({ atlas }) => [atlas.spec.id, atlas.spec.rows.map((row) => row[1])])"
    )
    assert STAMP in visitor.page.locator("body").inner_text()
    assert {"land", "districts", "measure"} <= {layer for layer, _ in kinds}
    assert {kind for layer, found in kinds for kind in found if not layer.startswith("plan_")} <= POLYGONS


def mark(visitor: Visitor, kind: str, *words: str) -> Locator:
    """A mark of a chart by its kind and the words that describe it."""
    described = "".join(f"[aria-label*='{word}']" for word in words)
    return visitor.page.locator(f"[data-testid=stVegaLiteChart] path[aria-roledescription='{kind}']{described}").first


def test_a_chart_brings_the_map_to_what_was_clicked(visitor: Visitor) -> None:
    load_sample(visitor)
    choose_item(visitor)
    mark(visitor, "circle", "即墨区").click()
    visitor.page.get_by_text("高于偶然").wait_for()
    assert "measure_picked" in visitor.layers()
    visitor.rest()
    see(visitor, "图表")
    mark(visitor, "rect mark", "黄岛区", "现代海洋").click()
    expect(visitor.page.get_by_role("radio", name="地图", exact=True)).to_be_checked(timeout=60_000)
    visitor.rest()
    words = visitor.page.locator("[data-testid=stMain]").inner_text()
    assert "现代海洋" in words
    assert "取消选择" in words
    assert "measure_picked" in visitor.layers()
    untroubled(visitor)


def test_a_bad_table_is_answered_with_every_fault_at_once(visitor: Visitor) -> None:
    good = [f"{n},即墨区,生物,2024" for n in range(30)]
    bad = ["a,天津市,生物,2024", "b,即墨区,没有这个产业,2024", "c,即墨区,生物,05/06/23"]
    table = "\n".join(["id,district,plan_sector,year", *good, *bad])
    visitor.open("measure")
    visitor.upload(visitor.page.locator("[data-testid=stSidebar]"), "企业.csv", table.encode("gb18030"))
    visitor.press("读入")
    visitor.page.get_by_text("有 3 行未采用").click()
    visitor.rest()
    assert STAMP not in visitor.text()
    assert "企业.csv" in visitor.text()
    assert visitor.page.locator("[data-testid=stTable]").filter(visible=True).count() == 1
    untroubled(visitor)
