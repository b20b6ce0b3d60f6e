"""Every page as Streamlit runs it, in both languages: it holds, names nothing remote, and hostile data stays text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from atlas.texts import text
from layers.importing import import_layer, import_sites
from tests.atlas.hostile import PAYLOADS

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("map", "check", "plan", "data")
WITH_MAP = ("map", "check")

#: A parcel in Chengyang: 0.02 degrees by 0.01.
CORNERS = "120.24, 36.345\n120.26, 36.345\n120.26, 36.355\n120.24, 36.355"


def opened(page: str = "map", language: str = "zh", **held: Any) -> AppTest:
    """A page with what the session already holds."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=240)
    app.query_params["lang"] = language
    for key, value in held.items():
        app.session_state[f"atlas.{key}"] = value
    app.run()
    if page != "map":
        app.switch_page(f"atlas/pages/{page}.py").run()
    assert not app.exception, app.exception
    return app


def _walk(block: Any) -> Iterator[Any]:
    yield block
    for child in getattr(block, "children", {}).values():
        yield from _walk(child)


def map_arguments(app: AppTest) -> str:
    """What the page hands to the map, as JSON text."""
    (found,) = [element for element in _walk(app._tree) if getattr(element, "type", "") == "component_instance"]
    return str(found.proto.json_args)


def words(app: AppTest) -> str:
    """Everything that the page says, markup included."""
    said = []
    for element in _walk(app._tree):
        held = [getattr(element, name, "") for name in ("label", "value", "body", "help", "placeholder")]
        held.append(getattr(getattr(element, "proto", None), "body", ""))
        said += [part for part in held if isinstance(part, str)]
    return "\n".join(said)


def typed(app: AppTest, corners: str, frame: str = "EPSG:4326") -> AppTest:
    """Type corner points in a frame and use them."""
    next(box for box in app.sidebar.selectbox if frame in box.options).set_value(frame)
    app.sidebar.text_area[0].set_value(corners)
    return next(button for button in app.sidebar.button if "use_corners" in str(button.key)).click().run()


# ---- what every page owes


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_runs_and_speaks_its_language(page: str, language: str) -> None:
    app = opened(page, language)
    assert not app.error
    assert text("app.title", language) in words(app)
    other = {"zh": "en", "en": "zh"}[language]
    assert text("app.title", other) not in words(app)


@pytest.mark.parametrize("page", WITH_MAP)
def test_the_map_is_told_of_no_place_outside(page: str) -> None:
    arguments = map_arguments(opened(page))
    assert "Atlas.map(" in arguments
    assert "../../app/static/leaflet/leaflet.js" in arguments
    assert not re.search(r"(?<![.\w/])(https?:)?//\w", arguments)


def test_a_sector_shows_hatched_districts_and_lists_what_nobody_has_drawn() -> None:
    app = opened()
    app.sidebar.selectbox(key="sector").set_value("智能网联及新能源汽车").run()
    app.sidebar.selectbox(key="item").set_value("无人驾驶").run()
    assert not app.exception
    arguments = map_arguments(app)
    assert "plan\\\\u005fdesignations.within" in arguments
    assert "即墨区" in json.loads(arguments)["feature_group"]
    assert "青岛蓝谷</b>" in words(app)
    assert text("plan.ended", "zh") in words(app)


def test_an_indicator_colours_the_districts_and_says_where_none_is_known() -> None:
    app = opened()
    app.sidebar.selectbox(key="indicator").set_value("gdp_2023_yi").run()
    assert not app.exception
    assert text("map.no_value", "zh") in words(app)


def test_the_sample_is_one_click_and_is_marked_wherever_it_is_shown() -> None:
    app = opened("data")
    app.button(key="sample").click().run()
    for page in WITH_MAP:
        app.switch_page(f"atlas/pages/{page}.py").run()
        assert not app.exception
        assert text("stamp.synthetic", "zh") in [warning.value for warning in app.warning]


def test_a_search_finds_a_place_by_its_other_name() -> None:
    app = opened()
    app.sidebar.text_input(key="search").set_value("链湾").run()
    assert "中国链湾" in words(app)
    app.sidebar.text_input(key="search").set_value("没有这个地方").run()
    assert text("map.search_none", "zh") in words(app)


def test_the_plan_is_filtered_by_the_other_name_too() -> None:
    app = opened("plan")
    app.sidebar.text_input(key="plan_filter").set_value("中国链湾").run()
    places = {place.removesuffix("等") for place in app.dataframe[0].value.iloc[:, 3]}
    assert places == {"市北区“链湾”", "中国链湾"}


# ---- a check


def test_a_typed_site_is_measured_checked_and_kept_when_the_next_one_is_wrong() -> None:
    app = typed(opened("check"), CORNERS)
    # 0.02 degrees of longitude at 36.35 N are 1 795.6 m, 0.01 of latitude 1 109.6 m: 1.99 km2, 2 989 mu, 199 ha
    area = float(re.search(r"面积 \*\*([\d,]+) m²", words(app))[1].replace(",", ""))
    assert area == pytest.approx(1795.6 * 1109.6, rel=1e-3)
    assert f"{area / 10_000 * 15:,.2f} 亩"[:6] in words(app)
    app.button(key="run_check").click().run()
    assert not app.exception
    assert "缺少图层" in words(app)
    assert any(button.key.startswith("supply.E3.1") for button in app.button)
    typed(app, "36.345, 120.24")
    assert "写反了" in words(app)
    assert "120.25000°E" in words(app)


def test_a_factory_in_the_sea_is_noticed() -> None:
    app = typed(opened("check"), "120.90, 35.80")
    assert text("notice.in_the_sea", "zh") in [warning.value for warning in app.warning]


@pytest.mark.parametrize(
    ("frame", "corners", "east", "north"),
    [
        # the hand answer of geo: (120.3826 E, 36.0671 N) is E 534467.459, N 3993055.813 in EPSG:4549
        ("EPSG:4549", "534467.459, 3993055.813", 120.3826, 36.0671),
        ("EPSG:4326", "120.3826, 36.0671", 120.3826, 36.0671),
    ],
)
def test_a_coordinate_in_each_frame_is_where_it_should_be(frame: str, corners: str, east: float, north: float) -> None:
    app = typed(opened("check"), corners, frame)
    assert f"{east:.5f}°E, {north:.5f}°N" in words(app)


# ---- hostile data


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A folder that exists only once a template of ours has run on the server."""
    return tmp_path / "ran"


def hostile_words(canary: Path) -> list[str]:
    """Every known attack, and one that would leave a trace wherever the page was started from."""
    escape = f"{{{{ cycler.__init__.__globals__.os.mkdir('{canary}') }}}}"
    marked = f'<img src=x onerror="window.pwned=1">[a](javascript:alert(1)) $x$ :red[x] **b** `c` # {escape}'
    return [escape, marked, *(payload.encode("utf-8", "replace").decode() for payload in PAYLOADS)]


def hostile_collection(canary: Path) -> bytes:
    """A point an attack: as value, as column name and as id."""
    features = [
        {
            "type": "Feature",
            "id": word,
            "properties": {"name": word, word: word, "id": word},
            "geometry": {"type": "Point", "coordinates": [120.3 + number / 1000, 36.3]},
        }
        for number, word in enumerate(hostile_words(canary))
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()


#: Signs with which something of the page's own language begins; data may show them only behind an escape.
MARKUP = re.compile(r"(?<!\\)(<img|<script|\[a\]\(javascript|\{\{|\{%)")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_hostile_data_is_text_on_every_page_and_nothing_runs(language: str, canary: Path) -> None:
    content = hostile_collection(canary)
    title = hostile_words(canary)[1]
    layer = import_layer(content, "a.geojson", layer_id="user_a", title=title, source=title, accuracy_m=5).layer
    sites = import_sites(content, "sites.geojson", use="factory", accuracy_m=5, quantities={})
    held = {"supplied": {"user_a": layer}, "sites": sites.proposals[:2], "selected": ("user_a", title)}
    app = opened("map", language, **held)
    app.sidebar.checkbox(key="on.user_a").check().run()
    app.sidebar.text_input(key="search").set_value("img").run()
    assert not app.exception
    shown = [map_arguments(app)]
    for page in PAGES[1:]:
        app.switch_page(f"atlas/pages/{page}.py").run()
        if page == "check":
            app.button(key="run_check").click().run()
            assert app.session_state["atlas.assessment"]["proposals"]
            shown.append(map_arguments(app))
        assert not app.exception, app.exception
        for element in (*app.markdown, *app.caption, *app.warning, *app.info, *app.error, *app.success):
            assert not MARKUP.search(str(element.value)), element.value
    for arguments in shown:
        assert "onerror" in arguments
        assert not MARKUP.search(arguments)
    assert not canary.exists()


def test_no_page_keeps_the_session_of_another_reader() -> None:
    first, second = opened("check"), opened("check")
    typed(first, CORNERS)
    second.run()
    assert "120.25000°E" in words(first)
    assert "120.25000°E" not in words(second)


def test_a_supplied_layer_without_accuracy_is_said_where_its_finding_stands() -> None:
    area = '{"type":"Polygon","coordinates":[[[120.4,36.5],[120.5,36.5],[120.5,36.6],[120.4,36.5]]]}'
    content = f'{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{}},"geometry":{area}}}]}}'
    supplied = import_layer(content.encode(), "red.geojson", layer_id="ecological_red_line", covers="region").layer
    app = typed(opened("check", supplied={"ecological_red_line": supplied}), CORNERS)
    app.button(key="run_check").click().run()
    exact, whole = (text(f"report.assumption.{code}", "zh") for code in ("accuracy_exact", "covers_region"))
    assert any("生态保护红线" in caption.value and exact in caption.value for caption in app.caption)
    finding = [part.value for part in app.markdown if part.value.startswith(text("report.head.assumed", "zh"))]
    assert len(finding) == 1
    assert exact in finding[0]
    assert whole not in words(app)
