"""The panel of the page from which a map is taken away."""

import pytest
from streamlit.testing.v1 import AppTest

from atlas.mapview import MapEvent, _event
from atlas.texts import text


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
        widget = next(
            each for kind in ("selectbox", "number_input") for each in panel.get(kind) if each.key in (key, f"{key}.zh")
        )
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
    assert [each.key.removesuffix(".zh") for each in panel.get("selectbox")] == ["export_extent"]
    as_format(panel, ".png")
    boxes = [each.key.removesuffix(".zh") for each in panel.get("selectbox")]
    assert boxes == ["export_size", "export_turn", "export_scale", "export_extent"]
    as_format(panel, ".pdf")
    assert "export_series" in [each.key.removesuffix(".zh") for each in panel.get("selectbox")]


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


def test_the_map_can_be_of_what_the_reader_sees(panel, monkeypatch):
    asked = []
    monkeypatch.setattr("atlas.pages.parts.export_map.map_file", lambda _, request, __: asked.append(request) or b"map")
    make(panel)
    choose(panel, export_extent="view")
    assert panel.button(key="export_make").disabled, "the map has not told yet what it shows"
    assert text("export.extent_unknown", "zh") in [each.value for each in panel.caption]
    panel.session_state["atlas.seen"] = (120.1, 36.0, 120.6, 36.25)
    panel.run()
    assert any("120.100—120.600°E，36.000—36.250°N" in each.value for each in panel.caption)
    make(panel)
    panel.session_state["atlas.seen"] = (60.0, 36.0, 180.0, 36.25)
    make(panel)
    choose(panel, export_extent="all")
    make(panel)
    assert [request.bounds for request in asked] == [
        None,
        (120.1, 36.0, 120.6, 36.25),
        (119.3 - 5, 36.0, 121.8 + 5, 36.25),  # no more than a map may show
        None,
    ]


def test_a_series_has_its_own_extents(panel):
    as_format(panel, ".pdf")
    choose(panel, export_series="districts")
    assert "export_extent" not in [each.key.removesuffix(".zh") for each in panel.get("selectbox")]


@pytest.mark.parametrize(
    ("told", "view"),
    [
        ([120.1, 36.0, 120.6, 36.25], (120.1, 36.0, 120.6, 36.25)),
        ([120.6, 36.0, 120.1, 36.25], None),
        ([120.1, 36.0, 120.6], None),
        (["a", 36.0, 120.6, 36.25], None),
        ([120.1, float("nan"), 120.6, 36.25], None),
        (None, None),
    ],
)
def test_what_the_browser_tells_is_an_extent_or_nothing(told, view):
    assert _event({"last_active_drawing": {"view": told}}) == MapEvent(view=view)
