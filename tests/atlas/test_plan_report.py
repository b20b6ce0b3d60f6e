"""The plan as a report: every statement, number and unmatched entry is read back, in every format."""

import csv
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from streamlit.testing.v1 import AppTest
from test_report import squeezed, words_of

from atlas.journeys.plan import PLAN_FORMATS, PLAN_LAYERS, export_plan
from atlas.workspace import open_store
from layers.errors import DataError
from layers.plan import load_plan
from tests.atlas.shell import run_elsewhere

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _stated_time(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1764028800")


@pytest.mark.parametrize("suffix", PLAN_FORMATS)
def test_every_entry_of_the_plan_is_there_and_the_bytes_are_the_same_elsewhere(suffix, tmp_path):
    store, plan = open_store(), load_plan()
    content = export_plan(suffix, "zh", store)
    again = tmp_path / f"plan{suffix}"
    run_elsewhere("plan", "--out", again)
    assert again.read_bytes() == content
    words = words_of(content, suffix[1:], tmp_path)
    for designation in plan.designations:
        assert squeezed(designation.place) in words
        assert squeezed(designation.clause) in words
        assert squeezed(designation.quote) in words
    for target in plan.targets:
        assert squeezed(target.indicator) in words
    for zone in plan.zones_without_clause():
        assert squeezed(zone.name_zh) in words
    if suffix != ".csv":
        assert "2025年结束" in words
        for layer_id in PLAN_LAYERS:
            spec = store.catalogue[layer_id]
            assert spec.sha256 in words and squeezed(spec.source) in words


def test_the_unmatched_lists_are_lists_of_their_own():
    plan = load_plan()
    rows = list(csv.DictReader(StringIO(export_plan(".csv", "zh", open_store()).decode("utf-8-sig"), newline="")))
    of_table = {name: [row for row in rows if row["table"] == name] for name in {row["table"] for row in rows}}
    assert [row["id"] for row in of_table["clauses_without_geometry"]] == [d.id for d in plan.undrawn()]
    assert [row["id"] for row in of_table["zones_without_clause"]] == [z.id for z in plan.zones_without_clause()]
    book = load_workbook(BytesIO(export_plan(".xlsx", "both", open_store())))
    assert len(book.sheetnames) == 10
    assert book["没有图形的条文"].max_row == len(plan.undrawn()) + 1


def test_another_format_is_refused():
    with pytest.raises(DataError, match="unknown_format"):
        export_plan(".exe", "zh", open_store())


def test_the_page_shows_the_tables_and_offers_the_report():
    page = AppTest.from_file(str(ROOT / "atlas" / "pages" / "plan.py"), default_timeout=240).run()
    assert not page.exception
    assert len(page.dataframe[0].value) == len(load_plan().designations)
    assert page.get("download_button")
