"""The web map, one definition for the live page and for the exported file. The only module that knows folium.

folium compiles every string it is given as a template, on the server, and most of its classes write strings into the
page as markup. So data never passes through its classes: a layer is one :class:`SafeLayer` whose script is constant but
for one harmless literal, the browser builds text nodes from it, and what a template could still do is boxed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

import branca.element
import folium
import folium.template
import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from atlas.assessment import stated_time
from atlas.drawing import Basemap, MapLayer
from atlas.texts import table
from atlas.webmap_assets import DRAWING_SCRIPTS, DRAWING_STYLES, FONT_STYLES, SCRIPTS, STYLES, links
from atlas.webmap_page import PageWords, page, spoken
from atlas.webmap_payload import layer_edition, layer_strings, script_json, style_values
from geo.types import REGION_BOUNDS
from layers.style import LegendRow
from layers.types import Style

__all__ = [
    "BaseMap",
    "Basemap",
    "Edition",
    "MapLayer",
    "SafeLayer",
    "ViewReport",
    "base_map",
    "feature_group",
    "html_export",
    "literal",
]

#: Where the page finds ``static/``, seen from the frame in which the map component lives.
ASSET_BASE = "../../app/static"
#: Zoom levels without a background; a basemap may go further.
MIN_ZOOM, MAX_ZOOM = 7, 18
#: How far the view may leave the region, degrees.
REGION_MARGIN = 0.6

#: Names that folium's own templates read although they begin with an underscore.
_OWN_NAMES = frozenset({"_parent", "_children", "_name", "_id"})


class _Sandbox(ImmutableSandboxedEnvironment):
    """Templates that can read folium's elements and nothing behind them."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.filters["tojavascript"] = folium.template.tojavascript

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if isinstance(obj, branca.element.Element) and attr in _OWN_NAMES:
            return True
        return super().is_safe_attribute(obj, attr, value)


class _SandboxedTemplate(jinja2.Template):
    environment_class = _Sandbox


def _box_in_templates() -> None:
    """From now on whatever folium compiles is compiled in the sandbox: the last line of defence."""
    setattr(branca.element, "Template", _SandboxedTemplate)  # noqa: B010
    setattr(folium.template.Template, "environment_class", _Sandbox)  # noqa: B010


_box_in_templates()


def literal(given: str) -> str:
    """A string that folium may be given: neither a template, nor markup, nor script; a reader sees the same text."""
    plain = escape(given, quote=True)
    return "".join(f"&#{ord(sign)};" if sign in "`${}\\%\u2028\u2029" else sign for sign in plain)


class BaseMap(folium.Map):
    """A map without folium's own assets: no jQuery, Bootstrap or icon fonts, only what ``static/`` holds."""

    _template = folium.template.Template(
        """
        {% macro html(this, kwargs) %}
            <div class="folium-map" id={{ this.get_name()|tojson }} ></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = Atlas.map({{ this.get_name()|tojson }}, {{ this.settings }});
            {%- if this.draw %}
            var drawnItems = Atlas.drawing({{ this.get_name() }});
            {%- endif %}
        {% endmacro %}
        """
    )

    def __init__(self, settings: str, draw: bool, centre: tuple[float, float], zoom: int | None) -> None:
        super().__init__(location=(centre[1], centre[0]), zoom_start=zoom or MIN_ZOOM, tiles=None)
        self.settings = settings
        self.draw = draw
        self.default_js: list[tuple[str, str]] = []
        self.default_css: list[tuple[str, str]] = []

    def script_text(self) -> str:
        """The script of the map alone."""
        return str(self._template.module.script(self, {}))


class _Verbatim(branca.element.Element):
    """Text that is written as it is; an ordinary element would compile it as a template."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self._content = content

    def render(self, **kwargs: Any) -> str:
        return self._content


class SafeLayer(folium.FeatureGroup):
    """A layer whose script is constant but for one literal; ready for ``feature_group_to_add``."""

    _template = folium.template.Template(
        """
        {% macro script(this, kwargs) %}{{ this.script_text() }}{% endmacro %}
        """
    )

    def __init__(self, layer: MapLayer) -> None:
        super().__init__(name=literal(layer.title))
        self.digest, self.payload = layer_strings(layer)
        self.opacity = min(max(float(layer.opacity), 0.0), 1.0)

    def script_text(self) -> str:
        """The script that adds the layer to the map it belongs to."""
        if self._parent is None:
            raise ValueError("a layer without a map has no script")
        parent = self._parent.get_name()
        call = f"Atlas.layer({parent}, '{self.digest}', {self.opacity:g}, {self.payload})"
        return f"var {self.get_name()} = {call}.addTo({parent});"

    def render(self, **kwargs: Any) -> str:
        figure = self.get_root()
        if isinstance(figure, branca.element.Figure):
            figure.script.add_child(_Verbatim(self.script_text()), name=self.get_name())
        return ""


class ViewReport(folium.FeatureGroup):
    """Nothing to see: while it is on the live map, the page is told what the reader sees, each time that it changes."""

    _template = folium.template.Template(
        """
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = Atlas.viewReport({{ this._parent.get_name() }});
        {% endmacro %}
        """
    )


def _words(language: str) -> dict[str, str]:
    """The sentences of the map, which the browser gets with the settings."""
    return {key: sentence for key, sentence in table(language)["webmap"].items() if isinstance(sentence, str)}


def _grown(bounds: Sequence[float], margin: float) -> list[float]:
    west, south, east, north = bounds
    return [west - margin, south - margin, east + margin, north + margin]


def _settings(
    centre: tuple[float, float],
    zoom: int | None,
    bounds: Sequence[float],
    language: str,
    images: str,
    basemap: Basemap | None,
    live: bool,
) -> str:
    """Everything that the map's own script needs to know, as one literal."""
    return script_json(
        {
            "centre": list(centre),
            "zoom": zoom,
            "bounds": list(bounds),
            "limits": _grown(REGION_BOUNDS, REGION_MARGIN),
            "min_zoom": MIN_ZOOM,
            "max_zoom": MAX_ZOOM,
            "words": _words(language),
            "images": images,
            "basemap": asdict(basemap) if basemap else None,
            "live": live,
            "region": list(REGION_BOUNDS),
        }
    )


def _used(basemap: Basemap | None) -> Basemap | None:
    """A basemap of kind ``none`` is none."""
    return None if basemap is None or basemap.kind == "none" else basemap


def base_map(
    *,
    centre: tuple[float, float] | None = None,
    zoom: int | None = None,
    bounds: Sequence[float] = REGION_BOUNDS,
    language: str = "zh",
    asset_base: str = ASSET_BASE,
    inline: bool = False,
    basemap: Basemap | None = None,
    draw: bool = False,
) -> BaseMap:
    """A map without layers, whose script is the same for the same arguments.

    ``centre`` is longitude, latitude in degrees; with no ``zoom`` the map opens on ``bounds``, which are west, south,
    east, north. With ``inline`` it names no asset at all, because the file it goes into holds them. Without a basemap,
    or with one of kind ``none``, no address outside ``asset_base`` is named.
    """
    basemap = _used(basemap)
    west, south, east, north = bounds
    middle = centre or ((west + east) / 2, (south + north) / 2)
    images = "" if inline else f"{asset_base}/leaflet/images/"
    settings = _settings(middle, zoom, bounds, language, images, basemap, live=not inline)
    made = BaseMap(settings, draw, middle, zoom)
    if not inline:
        made.default_js = links((*SCRIPTS, *(DRAWING_SCRIPTS if draw else ())), asset_base)
        made.default_css = links((*FONT_STYLES, *(DRAWING_STYLES if draw else ()), *STYLES), asset_base)
    return made


def feature_group(layer: MapLayer) -> SafeLayer:
    """A layer for the map; give several in the order of their ``z``."""
    return SafeLayer(layer)


def _in_order(layers: Iterable[MapLayer]) -> list[MapLayer]:
    return sorted(layers, key=lambda layer: layer.z)


def _legend_values(row: LegendRow) -> dict[str, Any]:
    """A legend row as the browser takes it: its label is text, everything else is checked like a style."""
    style = style_values(
        Style(fill=row.colour, stroke=row.stroke, pattern=row.pattern, symbol=row.symbol, dash=row.dash)
    )
    return {
        **asdict(row),
        "colour": style["fill"],
        "stroke": style["stroke"],
        "pattern": style["pattern"],
        "symbol": style["symbol"],
        "dash": style["dash"],
    }


@dataclass(frozen=True)
class Edition:
    """What an exported map says in one language; ``layers`` are the same in every edition but for their words."""

    layers: Sequence[MapLayer]
    title: str
    language: str = "zh"
    notes: Sequence[str] = ()
    stamps: Sequence[str] = ()
    attributions: Sequence[str] = ()
    legend: Sequence[LegendRow] = ()

    def page_words(self, basemap: Basemap | None) -> PageWords:
        """The words around the map."""
        names = [*self.attributions, *([basemap.attribution] if basemap else [])]
        return PageWords(self.title, self.language, self.stamps, self.notes, names, made_on=stated_time()[:10])


def html_export(
    first: Edition,
    *others: Edition,
    bounds: Sequence[float] = REGION_BOUNDS,
    basemap: Basemap | None = None,
) -> bytes:
    """The map as one HTML file that opens from disk; it asks for nothing unless a basemap was chosen.

    The file opens in the language of the ``first`` edition; a reader may change to one of the ``others``. The legend of
    a layer is read from the layer itself; an edition's ``legend`` adds rows for what is none of its layers.
    The same input gives the same bytes on the same day, or at any time with SOURCE_DATE_EPOCH set.
    """
    made = base_map(bounds=bounds, language=first.language, inline=True, basemap=basemap)
    made._id = "atlas"
    lines = [made.script_text()]
    groups = []
    for number, layer in enumerate(_in_order(first.layers)):
        group = feature_group(layer)
        group._id = str(number)
        group.add_to(made)
        groups.append(group.get_name())
        lines.append(group.script_text())
    basemap = _used(basemap)
    editions = script_json([_edition_values(edition, first, basemap) for edition in (first, *others)])
    lines.append(f"Atlas.page({made.get_name()}, [{', '.join(groups)}], {editions});")
    return page(first.page_words(basemap), "\n".join(lines), basemap)


def _edition_values(edition: Edition, first: Edition, basemap: Basemap | None) -> dict[str, Any]:
    """An edition as the browser takes it; its layers in the order in which those of the first are drawn."""
    drawn = {name for layer in edition.layers for name in (layer.id, layer.id.split(".")[0])}
    pairs = zip(_in_order(edition.layers), _in_order(first.layers), strict=True)
    return {
        **spoken(edition.page_words(basemap)),
        "words": _words(edition.language),
        "legend": [_legend_values(row) for row in edition.legend if row.layer not in drawn],
        "layers": [layer_edition(layer, other) for layer, other in pairs],
    }
