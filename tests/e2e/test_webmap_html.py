"""An exported map in a real browser: opened from disk, nothing asked for, nothing run, everything readable."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from atlas.drawing import Basemap, MapLayer
from atlas.webmap import Edition, html_export
from geo.gcj02 import wgs84_to_gcj02
from layers.style import SYMBOLS, LegendRow
from layers.types import Style
from tests.atlas.hostile import PAYLOADS

sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser

#: How many features the map shows, alone or gathered, and as how many shapes.
COUNT = """(() => {
    let features = 0, shapes = 0;
    for (const group of map_atlas.atlas.groups) {
        group.eachLayer((shape) => { features += shape.options.count || 1; shapes += 1; });
    }
    return [features, shapes];
})()"""

SQUARE = [[120.2, 36.0], [120.4, 36.0], [120.4, 36.2], [120.2, 36.2], [120.2, 36.0]]


class Visit:
    """An opened page with everything it asked for, complained of, or let run."""

    def __init__(self, page: sync_api.Page) -> None:
        self.page = page
        self.refused: list[str] = []
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (self.complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.route("**/*", self._answer)

    def _answer(self, route: sync_api.Route) -> None:
        if route.request.url.startswith("file:") and route.request.resource_type == "document":
            route.continue_()
        else:
            self.refused.append(route.request.url)
            route.abort()

    def open(self, path: Path) -> None:
        self.page.goto(path.as_uri())
        self.page.wait_for_timeout(600)

    def click_at(self, longitude: float, latitude: float) -> None:
        point = self.page.evaluate(
            "([x, y]) => { const p = map_atlas.latLngToContainerPoint([y, x]);"
            " const box = map_atlas.getContainer().getBoundingClientRect(); return [p.x + box.x, p.y + box.y]; }",
            [longitude, latitude],
        )
        self.page.mouse.move(*point)
        self.page.wait_for_timeout(120)
        self.page.mouse.click(*point)
        self.page.wait_for_timeout(400)

    def pixels(self, west: float, south: float, east: float, north: float) -> np.ndarray:
        """Red, green, blue and alpha of our canvas between two corners."""
        values = self.page.evaluate(
            """([w, s, e, n]) => {
                const a = map_atlas.latLngToLayerPoint([n, w]), b = map_atlas.latLngToLayerPoint([s, e]);
                const canvas = map_atlas.atlas.renderer._container;
                const origin = map_atlas.atlas.renderer._bounds.min, ratio = window.devicePixelRatio;
                const at = [a.x - origin.x, a.y - origin.y, b.x - a.x, b.y - a.y].map((v) => Math.round(v * ratio));
                return [at[2], ...canvas.getContext("2d").getImageData(...at).data];
            }""",
            [west, south, east, north],
        )
        return np.array(values[1:]).reshape(-1, values[0], 4)


@pytest.fixture
def visit(browser: sync_api.Browser) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    yield Visit(context.new_page())
    context.close()


def layer(identifier: str, features: list[dict[str, object]], columns: tuple[str, ...], **changes: object) -> MapLayer:
    values: dict[str, object] = {
        "id": identifier,
        "title": f"图层 {identifier}",
        "geojson": json.dumps({"type": "FeatureCollection", "features": features}),
        "columns": tuple((column, column) for column in columns),
        "tooltip_column": columns[0],
        "style": Style(),
        "source_line": "来源：测试",
    }
    return MapLayer(**{**values, **changes})  # type: ignore[arg-type]


def feature(kind: str, coordinates: object, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": properties}


def write(path: Path, layers: list[MapLayer], basemap: Basemap | None = None, **words: object) -> Path:
    edition = Edition(layers, **{"title": "测试图", **words})  # type: ignore[arg-type]
    return write_editions(path, edition, basemap=basemap)


def write_editions(path: Path, *editions: Edition, basemap: Basemap | None = None) -> Path:
    path.write_bytes(html_export(*editions, bounds=(120.1, 35.9, 120.5, 36.3), basemap=basemap))
    return path


def test_hostile_text_is_shown_literally_and_nothing_runs(visit: Visit, tmp_path: Path) -> None:
    named = {f"{payload} {number}": payload for number, payload in enumerate(PAYLOADS)}
    properties: dict[str, object] = {"name": PAYLOADS[5], "__proto__": "原型", **named}
    evil = layer(
        PAYLOADS[6],
        [feature("Polygon", [SQUARE], **properties)],
        tuple(properties),
        title=PAYLOADS[5],
        style=Style(label="name", category="name", palette={PAYLOADS[5]: "#0072b2", PAYLOADS[7]: "red;}"}),
        source_line=PAYLOADS[9],
        stamp=PAYLOADS[10],
    )
    legend = [LegendRow(PAYLOADS[5], "#112233", "#112233", layer="other")]
    visit.open(
        write(
            tmp_path / "evil.html",
            [evil],
            title=PAYLOADS[7],
            notes=list(PAYLOADS),
            stamps=list(PAYLOADS),
            attributions=list(PAYLOADS),
            legend=legend,
        )
    )
    visit.click_at(120.25, 36.05)
    popup = visit.page.locator(".leaflet-popup-content").text_content() or ""
    for payload in (*PAYLOADS[:-2], "__proto__", "原型"):
        assert payload in popup
    assert visit.page.locator("h1").inner_text() == PAYLOADS[7]
    assert visit.page.locator(".atlas-label").first.text_content() == PAYLOADS[5]
    assert PAYLOADS[5] in visit.page.locator("#panel").inner_text()
    visit.page.locator("input[type=search]").fill("img")
    assert PAYLOADS[5] in visit.page.locator(".atlas-hits").inner_text()
    assert visit.page.locator("img, script[src], iframe").count() == 0
    assert visit.page.evaluate("window.pwned === undefined && ({}).pwned === undefined")
    assert visit.complaints == []
    assert visit.refused == []


def test_a_hatched_area_is_striped_and_a_plain_one_is_not(visit: Visit, tmp_path: Path) -> None:
    east = [[x + 0.2, y] for x, y in SQUARE]
    hatched = layer("a", [feature("Polygon", [SQUARE], name="甲")], ("name",), style=Style(pattern="hatch"))
    plain = layer("b", [feature("Polygon", [east], name="乙")], ("name",), style=Style(pattern="solid"))
    visit.open(write(tmp_path / "hatch.html", [hatched, plain]))
    striped = visit.pixels(120.22, 36.02, 120.38, 36.18)[:, :, 3]
    even = visit.pixels(120.42, 36.02, 120.58, 36.18)[:, :, 3]
    assert np.ptp(striped) > 100
    assert 0.15 < np.mean(striped > 40) < 0.6
    assert np.ptp(even) == 0
    assert even.max() > 0


def test_each_hatching_runs_its_own_way_and_each_symbol_has_its_own_shape(visit: Visit, tmp_path: Path) -> None:
    """Seen from the canvas: how alike the picture is to itself when it is moved along the lines, or across them."""
    for pattern, along in {"hatch": (2, -2), "hatch_back": (2, 2), "horizontal": (2, 0), "vertical": (0, 2)}.items():
        area = layer("a", [feature("Polygon", [SQUARE], name="甲")], ("name",), style=Style(pattern=pattern))
        visit.open(write(tmp_path / f"{pattern}.html", [area]))
        inked = visit.pixels(120.22, 36.02, 120.38, 36.18)[:, :, 3].astype(int)
        moved = np.abs(inked - np.roll(inked, along[::-1], (0, 1)))[8:-8, 8:-8]
        turned = np.abs(inked - np.roll(inked, (along[0], -along[1]), (0, 1)))[8:-8, 8:-8]
        assert moved.mean() < 2, pattern
        assert turned.mean() > 20, pattern
    inks = set()
    for symbol in SYMBOLS:
        style = Style(symbol=symbol, radius=20, fill_opacity=1.0)
        visit.open(
            write(
                tmp_path / "symbol.html",
                [layer("a", [feature("Point", [120.3, 36.1], name="")], ("name",), style=style)],
            )
        )
        inks.add(int((visit.pixels(120.2, 36.0, 120.4, 36.2)[:, :, 3] > 128).sum()))
    assert len(inks) == len(SYMBOLS)
    assert visit.complaints == []


def test_a_switch_hides_its_layer_and_only_that(visit: Visit, tmp_path: Path) -> None:
    east = [[x + 0.2, y] for x, y in SQUARE]
    layers = [
        layer("a", [feature("Polygon", [SQUARE], name="甲")], ("name",), z=1),
        layer("b", [feature("Polygon", [east], name="乙")], ("name",), z=2),
    ]
    visit.open(write(tmp_path / "switch.html", layers))
    visit.page.get_by_label("图层 a").uncheck()
    visit.page.wait_for_timeout(200)
    assert visit.pixels(120.22, 36.02, 120.38, 36.18).max() == 0
    assert visit.pixels(120.42, 36.02, 120.58, 36.18).max() > 0
    visit.page.get_by_label("图层 a").check()
    visit.page.wait_for_timeout(200)
    assert visit.pixels(120.22, 36.02, 120.38, 36.18).max() > 0


def test_a_name_is_found_with_the_keyboard_alone(visit: Visit, tmp_path: Path) -> None:
    points = [feature("Point", [120.2 + k / 100, 36.1], name=f"园区{k}") for k in range(5)]
    visit.open(write(tmp_path / "search.html", [layer("a", points, ("name",))]))
    visit.page.locator("input[type=search]").focus()
    visit.page.keyboard.type("园区3")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_timeout(400)
    assert visit.page.locator(".atlas-popup h2").inner_text() == "园区3"
    visit.page.keyboard.press("Escape")


def test_a_reader_changes_the_language_of_everything(visit: Visit, tmp_path: Path) -> None:
    """Panel, popup, labels, stamps, sources, footer; back again; and a name is found in the other language too."""
    rows = [feature("Polygon", [SQUARE], name_zh="甲区", name_en="Jia", sort="a", note=note) for note in ("注", "note")]
    style = Style(label="name_zh", category="sort", palette={"a": "#0072b2"})
    chinese = layer("a", rows[:1], ("name_zh", "note"), title="区", style=style, words=(("a", "第一类"),))
    english = layer(
        "a",
        rows[1:],
        ("name_en", "note"),
        title="Areas",
        style=replace(style, label="name_en"),
        words=(("a", "First kind"),),
        source_line="Source: test",
    )
    path = write_editions(
        tmp_path / "two.html",
        Edition([chinese], "图", "zh", notes=["来源甲"], stamps=["内部资料"], attributions=["某某"]),
        Edition([english], "Map", "en", notes=["Source A"], stamps=["Internal"], attributions=["Someone"]),
    )
    visit.open(path)
    visit.page.get_by_label("区", exact=True).uncheck()
    visit.page.get_by_role("button", name="English").click()
    visit.page.wait_for_timeout(200)
    assert not visit.page.get_by_label("Areas").is_checked()
    visit.page.get_by_label("Areas").check()
    visit.click_at(120.25, 36.05)
    shown = visit.page.locator("body").inner_text()
    for word in ("Jia", "Areas", "First kind", "note", "Source: test", "Source A", "Internal", "Someone", "Layers"):
        assert word in shown, word
    assert not [word for word in ("甲区", "第一类", "来源", "内部资料", "署名", "图层") if word in shown]
    assert visit.page.evaluate("document.documentElement.lang") == "en"
    assert visit.page.title() == "Map"
    visit.page.locator("input[type=search]").fill("甲")
    assert "Jia" in visit.page.locator(".atlas-hits").inner_text()
    visit.page.get_by_role("button", name="中文").press("Enter")
    visit.page.wait_for_timeout(200)
    shown = visit.page.locator("body").inner_text()
    assert all(word in shown for word in ("甲区", "第一类", "来源甲", "内部资料", "署名：某某"))
    assert "First kind" not in shown
    assert visit.complaints == []
    assert visit.refused == []


def test_many_points_are_gathered_and_none_is_lost(visit: Visit, tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    places = np.column_stack([random.uniform(120.15, 120.45, 6000), random.uniform(35.95, 36.25, 6000)])
    points = [feature("Point", place.round(6).tolist(), name=f"企业{k}") for k, place in enumerate(places)]
    visit.open(write(tmp_path / "crowd.html", [layer("a", points, ("name",))]))
    gathered, shapes = visit.page.evaluate(COUNT)
    assert gathered == 6000
    assert shapes < 400
    visit.page.evaluate("void map_atlas.setView([36.1, 120.3], 15, {animate: false})")
    visit.page.wait_for_timeout(300)
    seen, shapes = visit.page.evaluate(COUNT)
    assert seen == shapes < 1200
    assert visit.complaints == []


def test_a_background_in_gcj02_is_met_by_shifting_the_projection(visit: Visit, tmp_path: Path) -> None:
    basemap = Basemap("xyz", "https://tiles.example/{z}/{x}/{y}.png", "gcj02", "底图 <b>署名</b>", 18)
    point = feature("Point", [120.3, 36.1], name="甲")
    visit.open(write(tmp_path / "gcj.html", [layer("a", [point], ("name",))], basemap=basemap))
    assert visit.refused
    assert all(address.startswith("https://tiles.example/") for address in visit.refused)
    shifted = visit.page.evaluate("(({lng, lat}) => [lng, lat])(Atlas.toGcj02(L.latLng(36.0671, 120.3826)))")
    assert np.allclose(shifted, [float(part) for part in wgs84_to_gcj02(120.3826, 36.0671)], rtol=0, atol=1e-9)
    there_and_back = "map_atlas.unproject(map_atlas.project([36.1, 120.3], 18), 18)"
    back = visit.page.evaluate(f"(({{lng, lat}}) => [lng, lat])({there_and_back})")
    assert np.allclose(back, [120.3, 36.1], rtol=0, atol=1e-8)
    assert visit.page.locator("footer").inner_text().count("底图 <b>署名</b>") == 1


def test_nothing_is_cut_off_on_a_small_screen(visit: Visit, tmp_path: Path) -> None:
    long_title = "青岛市战略性新兴产业空间布局与选址核查示意图（征求意见稿）" * 2
    stamps = ["未经审图，不得公开", "内部资料", "示例数据（虚构）"]
    visit.open(
        write(
            tmp_path / "small.html",
            [layer("a", [feature("Polygon", [SQUARE], name="甲" * 60)], ("name",), style=Style(label="name"))],
            title=long_title,
            stamps=stamps,
            notes=["来源：" + "很长的来源说明" * 20],
        )
    )
    visit.click_at(120.3, 36.19)
    sizes = visit.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert sizes == [1280, 720]
    frame = visit.page.locator("main").bounding_box()
    popup = visit.page.locator(".leaflet-popup").bounding_box()
    assert frame and popup
    assert popup["y"] >= frame["y"]
    assert popup["x"] >= frame["x"]
    for stamp in stamps:
        assert visit.page.locator("header").get_by_text(stamp).is_visible()
