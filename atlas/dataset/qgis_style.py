"""A layer's look in QML, the style language of QGIS, so that a GeoPackage opens there as it looks here.

Written from the same ``Style`` that the screen and paper draw; sizes in CSS pixels become millimetres at 96 a inch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from atlas.dataset.parts import Part
from atlas.texts import has_text, text
from layers.style import HATCHINGS, UNKNOWN
from layers.types import Style

MILLIMETRES_A_PIXEL = 25.4 / 96.0
#: The oldest QGIS whose reading of these properties was seen.
VERSION = "3.22.0"
SYMBOL_TYPES = {"point": "marker", "line": "line", "area": "fill"}
MARKERS = ("circle", "square", "diamond", "triangle", "star", "cross", "pentagon", "hexagon")
HATCH_DISTANCE_MM = 2.0
LABEL_POINTS = 9
INK, HALO = "29,42,51,255", "255,255,255,230"

Element = ElementTree.Element


def qml(part: Part, language: str) -> str:
    """The style of a part as the text of a QML file."""
    style = part.layer.spec.style
    label = _label_column(part, language)
    root = Element(
        "qgis",
        version=VERSION,
        styleCategories="Symbology|Labeling|Fields",
        labelsEnabled="1" if label else "0",
    )
    root.append(_renderer(part, style, language))
    if label:
        root.append(_labeling(label))
    root.append(_aliases(part, language))
    return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" + ElementTree.tostring(
        root, encoding="unicode"
    )


def _renderer(part: Part, style: Style, language: str) -> Element:
    classed = bool(style.category and style.palette and style.category in part.columns)
    renderer = Element("renderer-v2", type="categorizedSymbol" if classed else "singleSymbol", symbollevels="0")
    symbols = Element("symbols")
    if not classed:
        symbols.append(_symbol("0", part.kind, style, style.fill))
        renderer.append(symbols)
        return renderer
    renderer.set("attr", style.category)
    categories = ElementTree.SubElement(renderer, "categories")
    for number, (value, colour) in enumerate(style.palette.items()):
        categories.append(_category(number, value, _class_words(part.layer.spec.id, value, language)))
        symbols.append(_symbol(str(number), part.kind, style, colour))
    number = len(style.palette)  # what no class names is drawn as unknown, never left out
    categories.append(_category(number, "", text("dataset.other_class", language)))
    symbols.append(_symbol(str(number), part.kind, style, UNKNOWN))
    renderer.append(symbols)
    return renderer


def _category(number: int, value: str, label: str) -> Element:
    return Element("category", symbol=str(number), value=value, label=label, render="true", type="string")


def _class_words(layer_id: str, value: str, language: str) -> str:
    key = f"category.{layer_id}.{value}"
    return text(key, language) if has_text(key, language) else value


def _symbol(name: str, kind: str, style: Style, colour: str) -> Element:
    symbol = Element("symbol", type=SYMBOL_TYPES[kind], name=name, alpha="1", clip_to_extent="1", force_rhr="0")
    if kind == "point":
        symbol.append(_marker(style, colour))
    elif kind == "line":
        symbol.append(_line(style, colour if style.category else style.stroke))
    else:
        if style.pattern != "none":
            symbol.append(_hatch(style, colour) if style.pattern in HATCHINGS else _fill(style, colour))
        symbol.append(_line(style, style.stroke))
    return symbol


def _marker(style: Style, colour: str) -> Element:
    return _drawn(
        "SimpleMarker",
        name=style.symbol if style.symbol in MARKERS else "circle",
        color=_rgba(colour),
        outline_color=_rgba(style.stroke),
        outline_style="solid",
        outline_width=_mm(style.stroke_width),
        outline_width_unit="MM",
        size=_mm(2 * style.radius),
        size_unit="MM",
    )


def _fill(style: Style, colour: str) -> Element:
    return _drawn("SimpleFill", color=_rgba(colour, style.fill_opacity), style="solid", outline_style="no")


def _hatch(style: Style, colour: str) -> Element:
    layer = _drawn(
        "LinePatternFill",
        angle=f"{HATCHINGS[style.pattern]:g}",
        color=_rgba(colour),
        distance=f"{HATCH_DISTANCE_MM:g}",
        distance_unit="MM",
    )
    line = Element("symbol", type="line", name="@0@0", alpha="1", clip_to_extent="1", force_rhr="0")
    line.append(_drawn("SimpleLine", line_color=_rgba(colour), line_width=_mm(1.0), line_width_unit="MM"))
    layer.append(line)
    return layer


def _line(style: Style, colour: str) -> Element:
    properties = {"line_color": _rgba(colour), "line_width": _mm(style.stroke_width), "line_width_unit": "MM"}
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


def _label_column(part: Part, language: str) -> str:
    """The column written beside a feature; its twin in the language where there is one."""
    label = part.layer.spec.style.label
    twin = label.replace("_zh", f"_{language}")
    return next((name for name in (twin, label) if name and name in part.columns), "")


def _aliases(part: Part, language: str) -> Element:
    """What the columns are called in words."""
    aliases = Element("aliases")
    titles: Mapping[str, Any] = part.layer.spec.columns
    for index, name in enumerate(part.columns, 1):
        if name in titles:
            words = titles[name].get(language) or titles[name]["zh"]
            ElementTree.SubElement(aliases, "alias", index=str(index), field=name, name=words)
    return aliases


def _mm(pixels: float) -> str:
    return f"{pixels * MILLIMETRES_A_PIXEL:.3f}"


def _rgba(colour: str, opacity: float = 1.0) -> str:
    """#rrggbb as QGIS writes it."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"{red},{green},{blue},{round(255 * opacity)}"
