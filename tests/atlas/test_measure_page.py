"""The page on concentration without a browser: nothing loaded, the sample, a user's table, both languages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from layers.firms import FirmsResult, read_firms

PAGE = str(Path(__file__).resolve().parents[2] / "atlas" / "pages" / "measure.py")
STAMP = "示例数据（虚构）"


def page(language: str = "zh", firms: FirmsResult | None = None, **choices: str) -> AppTest:
    """The page as it is drawn for a reader who chose these things before."""
    opened = AppTest.from_file(PAGE, default_timeout=240)
    opened.query_params["lang"] = language
    if firms is not None:
        opened.session_state["atlas.firms"] = firms
    for key, value in choices.items():
        opened.session_state[f"atlas.choice.measure.{key.replace('__', '.')}"] = value
    return opened.run()


def words(opened: AppTest) -> str:
    """Everything that the page says."""
    kinds = (opened.markdown, opened.caption, opened.warning, opened.info, opened.error, opened.subheader)
    said = [element.value for kind in kinds for element in kind]
    return "\n".join([*said, *(element.proto.body for element in opened.get("html"))])


def small_table(*extra: str) -> FirmsResult:
    lines = ["id,district,plan_sector,year"]
    lines += [f"{n},{'即墨区' if n % 3 else '黄岛区'},{'生物' if n % 2 else '新能源'},2024" for n in range(80)]
    return read_firms("\n".join([*lines, *extra]).encode(), "firms.csv")


@pytest.fixture(scope="module")
def sample_page() -> Iterator[AppTest]:
    opened = page()
    opened.button(key="load_sample").click().run()
    yield opened


@pytest.mark.parametrize(
    ("language", "said"), [("zh", "请先在左侧加载示例数据"), ("en", "Load the sample on the left")]
)
def test_an_empty_page_says_what_to_do(language: str, said: str) -> None:
    opened = page(language)
    assert not opened.exception
    assert said in words(opened)
    assert opened.button(key="load_sample")


def test_one_click_loads_the_sample_and_says_that_it_is_invented(sample_page: AppTest) -> None:
    assert not sample_page.exception
    assert STAMP in words(sample_page)
    assert "家（2024）" in words(sample_page)


@pytest.mark.parametrize("view", ["charts", "compare", "alignment", "export", "map"])
def test_every_view_of_the_sample_says_that_it_is_invented(sample_page: AppTest, view: str) -> None:
    sample_page.session_state["atlas.choice.measure.view"] = view
    sample_page.run()
    assert not sample_page.exception
    assert STAMP in words(sample_page)


def test_a_table_without_coordinates_is_measured_by_district_and_its_bad_row_is_named() -> None:
    opened = page(firms=small_table("x,天津市,生物,2024"))
    assert not opened.exception
    assert STAMP not in words(opened)
    units = next(box for box in opened.selectbox if box.label == "分区")
    assert units.options == ["区市", "园区"]
    assert any("有 1 行未采用" in box.label for box in opened.expander)
    faults = next(table.value for table in opened.table if "原因" in table.value)
    assert faults["行"].tolist() == ["81"]
    assert "看不出区市" in faults["原因"].iloc[0]


def test_a_tables_name_is_shown_and_not_obeyed() -> None:
    content = small_table()
    hostile = replace(content, table=replace(content.table, name="**a**[x](javascript:1)<b>.csv"))
    opened = page(firms=hostile, view="export")
    assert not opened.exception
    assert "**a**[x](javascript:1)" not in words(opened)


def test_showing_small_numbers_is_said_on_the_page() -> None:
    opened = page(firms=small_table())
    opened.toggle(key="show_small").set_value(True).run()
    assert not opened.exception
    assert "未隐藏小数目，不得公开" in words(opened)


def test_the_page_speaks_english() -> None:
    opened = page("en", small_table())
    assert not opened.exception
    assert "firms in 2024" in words(opened)
    assert next(box for box in opened.selectbox if box.label == "Sector of the plan")
