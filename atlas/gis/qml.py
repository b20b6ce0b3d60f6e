"""How a table looks, in QML, the style language of QGIS, so that a GeoPackage opens there as it looks here.

Written from the same ``Style`` that the screen and paper draw; sizes in CSS pixels become millimetres at 96 a inch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree

from layers.style import HATCHINGS
from layers.types import Style

MILLIMETRES_A_PIXEL = 25.4 / 96.0
#: The oldest QGIS whose reading of these properties was seen.
VERSION = "3.22.0"
#: What a geometry type is drawn as.
KINDS = {
    "Point": "point",
    "MultiPoint": "point",
    "LineString": "line",
    "MultiLineString": "line",
    "LinearRing": "line",
    "Polygon": "area",
    "MultiPolygon": "area",
}

SYMBOL_TYPES = {"point": "marker", "line": "line", "area": "fill"}
MARKERS = ("circle", "square", "diamond", "triangle", "star", "cross", "pentagon", "hexagon")
HATCH_DISTANCE_MM = 2.0
LABEL_POINTS = 9
INK, HALO = "29,42,51,255", "255,255,255,230"

Element = ElementTree.Element


@dataclass(frozen=True)
class LookClass:
    """Rows of one value: how they look, and the words for it. A blank value is whatever no other class names."""

    value: str
    words: str
    style: Style


@dataclass(frozen=True)
class Look:
    """How a table of one kind of geometry (point, line, area) looks in a GIS.

    ``attribute`` is a column or an expression of QGIS whose value chooses the class; ``label`` the column that is
    written beside a feature; ``columns`` all columns in their order, ``aliases`` what some of them are called in words.
    """

    title: str
    kind: str
    style: Style
    attribute: str = ""
    classes: Sequence[LookClass] = ()
    label: str = ""
    columns: Sequence[str] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)


def qml(look: Look) -> str:
    """The look as the text of a QML file."""
    root = Element(
        "qgis",
        version=VERSION,
        styleCategories="Symbology|Labeling|Fields",
        labelsEnabled="1" if look.label else "0",
    )
    root.append(_classed(look) if look.classes else _single(look))
    if look.label:
        root.append(_labeling(look.label))
    root.append(_aliases(look))
    return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" + ElementTree.tostring(
        root, encoding="unicode"
    )


def _single(look: Look) -> Element:
    renderer = Element("renderer-v2", type="singleSymbol", symbollevels="0")
    ElementTree.SubElement(renderer, "symbols").append(_symbol("0", look.kind, look.style))
    return renderer


def _classed(look: Look) -> Element:
    renderer = Element("renderer-v2", type="categorizedSymbol", symbollevels="0", attr=look.attribute)
    categories = ElementTree.SubElement(renderer, "categories")
    symbols = ElementTree.SubElement(renderer, "symbols")
    for number, each in enumerate(look.classes):
        symbol = {"symbol": str(number), "value": each.value, "label": each.words}
        ElementTree.SubElement(categories, "category", symbol, render="true", type="string")
        symbols.append(_symbol(str(number), look.kind, each.style))
    return renderer


def _symbol(name: str, kind: str, style: Style) -> Element:
    symbol = Element("symbol", type=SYMBOL_TYPES[kind], name=name, alpha="1", clip_to_extent="1", force_rhr="0")
    if kind == "point":
        symbol.append(_marker(style))
    elif kind == "line":
        symbol.append(_line(style))
    else:
        if style.pattern != "none":
            symbol.append(_hatch(style) if style.pattern in HATCHINGS else _fill(style))
        symbol.append(_line(style))
    return symbol


def _marker(style: Style) -> Element:
    return _drawn(
        "SimpleMarker",
        name=style.symbol if style.symbol in MARKERS else "circle",
        color=_rgba(style.fill),
        outline_color=_rgba(style.stroke),
        outline_style="solid",
        outline_width=_mm(style.stroke_width),
        outline_width_unit="MM",
        size=_mm(2 * style.radius),
        size_unit="MM",
    )


def _fill(style: Style) -> Element:
    return _drawn("SimpleFill", color=_rgba(style.fill, style.fill_opacity), style="solid", outline_style="no")


def _hatch(style: Style) -> Element:
    layer = _drawn(
        "LinePatternFill",
        angle=f"{HATCHINGS[style.pattern]:g}",
        color=_rgba(style.fill),
        distance=f"{HATCH_DISTANCE_MM:g}",
        distance_unit="MM",
    )
    line = Element("symbol", type="line", name="@0@0", alpha="1", clip_to_extent="1", force_rhr="0")
    line.append(_drawn("SimpleLine", line_color=_rgba(style.fill), line_width=_mm(1.0), line_width_unit="MM"))
    layer.append(line)
    return layer


def _line(style: Style) -> Element:
    properties = {"line_color": _rgba(style.stroke), "line_width": _mm(style.stroke_width), "line_width_unit": "MM"}
    if style.dash:
        dashes = ";".join(_mm(float(length)) for length in style.dash.split())
        properties |= {"use_custom_dash": "1", "customdash": dashes, "customdash_unit": "MM"}
    return _drawn("SimpleLine", **properties)


def _drawn(kind: str, **properties: str) -> Element:
    """A symbol layer with its properties, as QGIS 3.20 and later write them."""
    layer = Element("layer", {"class": kind, "enabled": "1", "locked": "0", "pass": "0"})
    options = ElementTree.SubElement(layer, "Option", type="Map")
    for name, value in properties.items():
        ElementTree.SubElement(options, "Option", name=name, value=value, type="QString")
    return layer


def _labeling(column: str) -> Element:
    labeling = Element("labeling", type="simple")
    settings = ElementTree.SubElement(labeling, "settings", calloutType="simple")
    written = ElementTree.SubElement(
        settings,
        "text-style",
        fieldName=column,
        isExpression="0",
        fontSize=str(LABEL_POINTS),
        fontSizeUnit="Point",
        textColor=INK,
    )
    ElementTree.SubElement(
        written, "text-buffer", bufferDraw="1", bufferSize="0.7", bufferSizeUnits="MM", bufferColor=HALO
    )
    return labeling


def _aliases(look: Look) -> Element:
    """What the columns are called in words."""
    aliases = Element("aliases")
    for index, name in enumerate(look.columns, 1):
        if name in look.aliases:
            ElementTree.SubElement(aliases, "alias", index=str(index), field=name, name=look.aliases[name])
    return aliases


def _mm(pixels: float) -> str:
    return f"{pixels * MILLIMETRES_A_PIXEL:.3f}"


def _rgba(colour: str, opacity: float = 1.0) -> str:
    """#rrggbb as QGIS writes it."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"{red},{green},{blue},{round(255 * opacity)}"
