"""The panel of the page from which a map is taken away."""

import pytest
from streamlit.testing.v1 import AppTest


def page():
    """The panel alone, with the districts and two places that the plan names."""
    from atlas.journeys.explore import LayerView
    from atlas.pages.parts.export_map import export_panel
    from atlas.workspace import open_store

    store = open_store(None)
    shown = [store.spec("districts"), store.spec("plan_designations")]
    views = {"plan_designations": LayerView(sectors=("新一代信息技术",))}
    export_panel(store, shown, views, "zh")


@pytest.fixture
def panel():
    return AppTest.from_function(page, default_timeout=240).run()


def choose(panel, **keys):
    """Widgets set by their key."""
    for key, value in keys.items():
        widget = next(each for kind in ("selectbox", "number_input") for each in panel.get(kind) if each.key == key)
        widget.set_value(value)
        panel.run()
    return panel


def as_format(panel, suffix):
    panel.session_state["export_format"] = suffix
    return panel.run()


def make(panel):
    panel.button(key="export_make").click()
    panel.run()
    assert not panel.exception
    return panel


def test_only_what_a_format_knows_is_asked(panel):
    assert not [each.key for each in panel.get("selectbox")]
    as_format(panel, ".png")
    assert [each.key for each in panel.get("selectbox")] == ["export_size", "export_turn", "export_scale"]
    as_format(panel, ".pdf")
    assert "export_series" in [each.key for each in panel.get("selectbox")]


def test_a_scale_that_is_too_large_is_refused_with_the_one_that_fits(panel):
    as_format(panel, ".pdf")
    choose(panel, export_scale="stated", export_scale_number=5000)
    make(panel)
    (error,) = panel.error
    assert "1:5,000" in error.value.replace("\\", "")  # a colon is escaped, so that Markdown reads no icon into it
    assert not panel.get("download_button")


def test_a_series_is_made_and_offered(panel):
    as_format(panel, ".pdf")
    choose(panel, export_series="designations", export_turn="portrait")
    make(panel)
    assert not panel.error
    assert len(panel.get("download_button")) == 1
