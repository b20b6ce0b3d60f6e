"""The map on folium: no address from outside, no template from data, one file that holds everything."""

from __future__ import annotations

import ast
import hashlib
import json
import re
import tomllib
from base64 import b64decode
from io import BytesIO
from pathlib import Path

import branca.element
import folium
import jinja2
import pytest
from fontTools.ttLib import TTFont

from atlas.drawing import Basemap, MapLayer
from atlas.webmap import ASSET_BASE, Edition, base_map, feature_group, html_export, literal
from layers.style import LegendRow
from layers.types import Style
from tests.atlas.hostile import PAYLOADS

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"
XYZ = Basemap("xyz", "https://t{s}.tiles.example/{z}/{x}/{y}.png", "gcj02", "示例底图 <b>", 18)


def hostile_layer(payload: str) -> MapLayer:
    place = {"type": "Point", "coordinates": [120.3, 36.1]}
    features = [{"type": "Feature", "id": payload, "geometry": place, "properties": {payload: payload}}]
    return MapLayer(
        id=payload,
        title=payload,
        geojson=json.dumps({"type": "FeatureCollection", "features": features}),
        columns=((payload, payload),),
        tooltip_column=payload,
        style=Style(category=payload, palette={payload: "#0072b2"}, label=payload),
        source_line=payload,
        stamp=payload,
    )


def plain_layer(number: int = 0) -> MapLayer:
    place = {"type": "Point", "coordinates": [120.3, 36.1]}
    features = [{"type": "Feature", "geometry": place, "properties": {"name": "甲"}}]
    text = json.dumps({"type": "FeatureCollection", "features": features})
    return MapLayer(f"layer{number}", f"图层{number}", text, (("name", "名称"),), "name", Style(), z=number)


def rendered(layer: MapLayer) -> str:
    made = base_map()
    feature_group(layer).add_to(made)
    return made.get_root().render()


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_hostile_text_runs_nowhere_on_the_server(
    payload: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = rendered(hostile_layer(payload))
    edition = Edition(
        [hostile_layer(payload)],
        title=payload,
        notes=[payload],
        stamps=[payload],
        attributions=[payload],
        legend=[LegendRow(payload, payload, payload, payload, payload, payload, payload, group=payload)],
    )
    file = html_export(edition, edition).decode()
    assert list(tmp_path.iterdir()) == []
    assert "Atlas.layer(" in file
    script = re.findall(r"Atlas\.layer\([^']*'[0-9a-f]{20}', 1, ('.*?')\)\.addTo", page)
    assert len(script) == 1
    assert not set(re.sub(r"\\u[0-9a-f]{4}", "", script[0][1:-1])) & set("{}%#<>&$`'\\_()=;\u2028")


def test_what_folium_compiles_is_compiled_in_a_sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for template in (branca.element.Template, folium.template.Template):
        escape = "{{ cycler.__init__.__globals__.os.mkdir('pwned') }}"
        with pytest.raises(jinja2.exceptions.SecurityError):
            template(escape).render()
    with pytest.raises(jinja2.exceptions.SecurityError):
        branca.element.Element("{{ this.__class__.__mro__ }}").render()
    assert list(tmp_path.iterdir()) == []


def test_folium_itself_still_works_in_the_sandbox() -> None:
    page = rendered(plain_layer())
    assert page.count("Atlas.map(") == 1
    assert page.count("Atlas.layer(") == 1


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_literal_is_neither_template_nor_markup_nor_script(payload: str) -> None:
    assert not set(literal(payload)) & set("`${}\\%<>\"'\u2028")


def test_the_map_names_only_our_own_assets() -> None:
    made = base_map(draw=True)
    addresses = [address for _, address in made.default_js + made.default_css]
    assert addresses
    for address in addresses:
        path, _, digest = address.removeprefix(f"{ASSET_BASE}/").partition("?v=")
        assert hashlib.sha256((STATIC / path).read_bytes()).hexdigest().startswith(digest)
    page = made.get_root().render()
    assert not re.search(r"(https?:)?//[a-z0-9]", re.sub(r"\\u[0-9a-f]{4}", "", page))


def test_adding_a_link_to_one_map_leaves_the_others_alone() -> None:
    base_map().default_js.append(("x", "https://example.org/x.js"))
    assert all("example" not in address for _, address in base_map().default_js)
    assert folium.Map.default_js


def test_the_script_of_the_base_map_depends_on_its_arguments_only() -> None:
    def script(**arguments: object) -> str:
        made = base_map(**arguments)  # type: ignore[arg-type]
        made._id = "div"
        return made.script_text()

    assert script() == script()
    assert len({script(), script(language="en"), script(draw=True), script(basemap=XYZ), script(zoom=12)}) == 5


def test_a_basemap_of_kind_none_names_no_address() -> None:
    none = base_map(basemap=Basemap("none", "https://example.org", "wgs84", ""))
    assert "example" not in none.get_root().render()


def test_the_same_input_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    arguments = {"title": "图", "stamps": ["内部资料"], "notes": ["来源"]}
    first, second = (html_export(Edition([plain_layer(2), plain_layer(1)], **arguments)) for _ in range(2))
    assert first == second
    assert "1970-01-02" in first.decode()


def test_layers_are_drawn_in_the_order_of_their_z() -> None:
    page = html_export(Edition([plain_layer(3), plain_layer(1), plain_layer(2)], title="图")).decode()
    calls = page[page.rindex("Atlas.map(") :]
    order = re.findall(r"layer\d", calls[: calls.index("Atlas.page(")])
    assert order == ["layer1", "layer2", "layer3"]


def test_the_file_holds_everything_and_lets_nothing_else_run() -> None:
    page = html_export(Edition([plain_layer()], title="图", language="en")).decode()
    assert '<html lang="en">' in page
    assert not re.search(r"""(src|href)=["'](?!data:)""", page.split("<script>")[0])
    assert not re.search(r"url\((?!data:|#default)", page.split("<script>")[0])
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    assert "default-src 'none'" in policy[1]
    assert "unsafe-inline" not in policy[1].split("style-src")[0]
    assert policy[1].endswith("img-src data:; font-src data:; base-uri 'none'")


def test_the_file_holds_the_chinese_signs_that_it_writes_and_few_more() -> None:
    page = html_export(Edition([plain_layer()], title="崂山区")).decode()
    held = re.search(r"font/woff;base64,([^)]*)\)", page)
    assert held
    signs = set(TTFont(BytesIO(b64decode(held[1]))).getBestCmap())
    assert {ord(sign) for sign in "崂山区图层"} <= signs
    assert ord("龘") not in signs
    assert len(held[1]) < 200_000


def test_only_the_host_of_the_basemap_may_be_asked() -> None:
    page = html_export(Edition([plain_layer()], title="图"), basemap=XYZ).decode()
    assert "img-src data: https://*.tiles.example;" in page


def test_vendored_files_are_what_the_manifest_says() -> None:
    manifest = tomllib.loads((STATIC / "MANIFEST.toml").read_text(encoding="utf-8"))
    listed = set()
    for package in manifest["package"]:
        folder = STATIC / package["folder"]
        assert (folder / package["licence_file"]).is_file()
        for entry in package["files"]:
            assert hashlib.sha256((folder / entry["path"]).read_bytes()).hexdigest() == entry["sha256"], entry["path"]
            listed.add(folder / entry["path"])
    folders = [STATIC / package["folder"] for package in manifest["package"]]
    found = {path for folder in folders for path in folder.rglob("*") if path.is_file()}
    assert found == listed


def _modules() -> list[Path]:
    return [ROOT / "app.py", *(path for name in ("atlas", "layers", "geo") for path in (ROOT / name).rglob("*.py"))]


def _imported(tree: ast.AST) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def test_folium_is_known_to_one_module_and_its_dangerous_classes_to_none() -> None:
    dangerous = {"Marker", "Popup", "DivIcon", "Tooltip", "GeoJson", "GeoJsonPopup", "GeoJsonTooltip", "Choropleth"}
    users = {}
    for path in _modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if _imported(tree) & {"folium", "branca"}:
            users[path.relative_to(ROOT).as_posix()] = {
                node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)
            } | {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert set(users) == {"atlas/webmap.py"}
    assert not users["atlas/webmap.py"] & dangerous


def test_our_scripts_never_write_markup() -> None:
    for path in sorted((STATIC / "atlas").glob("*.js")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function|bindPopup", text
        ), path


def test_a_legend_row_is_added_only_for_what_is_no_layer_of_the_map() -> None:
    rows = [
        LegendRow("图层1", "#112233", "#112233", layer="layer1"),
        LegendRow("选址", "#112233", "#112233", layer="site"),
    ]
    page = html_export(Edition([plain_layer(1)], title="图", legend=rows)).decode()
    settings = page[page.index("Atlas.page(map_atlas") :]
    settings = settings[settings.index('"legend":[') : settings.index('"layers":[')]
    assert "选址" in settings
    assert "图层1" not in settings
