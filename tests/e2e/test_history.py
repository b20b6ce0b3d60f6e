"""The record of checks as a reader meets it: nothing yet, then found, opened again, compared, taken away."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

sync_api = pytest.importorskip("playwright.sync_api")

from tests.e2e.conftest import Server, started  # noqa: E402 - after the check that playwright is there
from tests.e2e.test_journey import type_corners, untroubled  # noqa: E402
from tests.e2e.visitor import Visitor  # noqa: E402

pytestmark = pytest.mark.browser

INLAND = [(120.24, 36.345), (120.26, 36.345), (120.26, 36.355), (120.24, 36.355)]
BY_THE_SEA = [(120.38, 36.058)]


@pytest.fixture
def recording(tmp_path: Path) -> Iterator[Server]:
    """The atlas with an empty workspace."""
    with started(tmp_path, "--data", str(tmp_path / "workspace")) as running:
        yield running


@pytest.fixture
def clerk(browser: sync_api.Browser, recording: Server) -> Iterator[Visitor]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True, locale="zh-CN")
    context.set_default_timeout(60_000)
    yield Visitor(context.new_page(), recording.address)
    context.close()


def test_without_a_workspace_the_page_says_how_to_get_one(visitor: Visitor) -> None:
    visitor.open("history")
    assert "还没有指定工作区" in visitor.text()
    assert "--data" in visitor.text()
    untroubled(visitor)


def test_a_check_is_recorded_found_opened_compared_and_taken_away(clerk: Visitor, tmp_path: Path) -> None:
    clerk.open("history")
    assert "还没有核查记录" in clerk.text()
    clerk.go("选址核查")
    type_corners(clerk, "EPSG:4326", INLAND)
    clerk.page.get_by_role("textbox", name=re.compile("^核查人")).fill("张*三* <b>$x$")
    clerk.press("核查")
    type_corners(clerk, "EPSG:4326", BY_THE_SEA)
    clerk.press("核查")
    second = clerk.text()

    clerk.go("核查记录")
    assert "#2" in clerk.page.get_by_role("combobox", name="选择一次核查").input_value()
    entries = [json.loads(line) for line in (tmp_path / "workspace" / "record.jsonl").read_text().splitlines()]
    assert [entry["who"]["typed_name"] for entry in entries] == ["张*三* <b>$x$"] * 2
    assert [entry["who"]["via"] for entry in entries] == ["page", "page"]

    button = clerk.page.get_by_role("button", name="下载结果文件")
    taken = clerk.downloaded(button.click, tmp_path)
    assert json.loads(taken.read_bytes())["proposals"][0]["geometry"]["type"] == "Point"

    clerk.page.get_by_role("combobox", name=re.compile("与另一次比较")).click()
    clerk.answered(clerk.page.get_by_role("option", name=re.compile("^#1")).click)
    assert re.search(r"有 \d+ 处不同", clerk.text())
    assert "地址、用途或其数量不同" in clerk.text()

    clerk.page.get_by_role("textbox", name=re.compile("^查找")).fill("没有这个词")
    clerk.answered(lambda: clerk.page.keyboard.press("Enter"))
    assert "没有符合条件的记录" in clerk.text()
    clerk.page.get_by_role("textbox", name=re.compile("^查找")).fill("张*三*")
    clerk.answered(lambda: clerk.page.keyboard.press("Enter"))

    clerk.page.get_by_role("combobox", name=re.compile("选择一次核查")).click()
    clerk.answered(clerk.page.get_by_role("option", name=re.compile("^#1")).click)
    clerk.press("重新打开")
    clerk.page.get_by_text(re.compile("已打开第 1 次核查")).wait_for()
    clerk.rest()
    assert "亩" in clerk.text()
    assert clerk.text() != second
    untroubled(clerk)
