"""Layers and settings as one harmless JavaScript string each.

A string that reaches folium is compiled as a template on the server and parsed as script in the browser. What leaves
here can be neither: apart from letters, digits, Chinese characters and a few separators every character is written as
``\\uXXXX``, so there is no brace, percent sign, angle bracket, quote or underscore to be read as anything.
"""

from __future__ import annotations

import gc
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, cast

import numpy as np

from atlas.drawing import MapLayer
from layers.style import PATTERNS, SYMBOLS
from layers.types import Style

#: Coordinates travel as whole millionths of a degree (0.1 m).
SCALE = 1e6

#: Whole numbers above this are not exact in JavaScript and travel as text.
EXACT_INTEGER = 2**53

KINDS = {"Point": 0, "MultiPoint": 1, "LineString": 2, "MultiLineString": 3, "Polygon": 4, "MultiPolygon": 5}

_UNSAFE = re.compile(r'[^A-Za-z0-9 ,.:"\[\]+\-\u3001-\u301b\u3041-\u30fe\u3400-\u4dbf\u4e00-\u9fff\uff01-\uff5e]')
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_DASH = re.compile(r"[0-9., ]*")


def _escaped(match: re.Match[str]) -> str:
    units = match.group().encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[k]:02x}{units[k + 1]:02x}" for k in range(0, len(units), 2))


def script_string(text: str) -> str:
    """A JavaScript string literal that stands for the text and holds no character with a meaning elsewhere."""
    return f"'{_UNSAFE.sub(_escaped, text)}'"


def script_json(value: Any) -> str:
    """A JavaScript string literal that holds a value as JSON. Raises ValueError for NaN."""
    return script_string(json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False))


def layer_strings(layer: MapLayer) -> tuple[str, str]:
    """A layer as a digest by which the browser knows it again, and the literal that holds everything but its opacity.

    Raises ValueError for a coordinate that is not finite, KeyError for a geometry type that GeoJSON does not know.
    """
    look = json.dumps(_look(layer), ensure_ascii=False, separators=(",", ":"))
    return _layer_strings(layer.geojson, look, _keys(layer))


@lru_cache(maxsize=24)
def _layer_strings(geojson: str, look: str, keys: tuple[str, ...]) -> tuple[str, str]:
    """The costly part of a layer; the page asks for the same layers again at every rerun."""
    with _without_collection():
        features = json.loads(geojson, parse_constant=lambda name: None)["features"]
        rows = [row for number, feature in enumerate(features) for row in _rows(feature, number, keys)]
    body = json.dumps(rows, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    literal = script_string(f'{look[:-1]},"rows":{body}}}')
    return hashlib.sha256(literal.encode("ascii", "backslashreplace")).hexdigest()[:20], literal


def layer_edition(layer: MapLayer, drawn: MapLayer) -> dict[str, Any]:
    """What another language changes about a layer that is drawn already: its words and, where they differ, its values.

    ``values`` is None, or those of each row of the drawn layer. Raises ValueError where the two have not the same rows.
    """
    values, before = (_all_values(each) for each in (layer, drawn))
    if len(values) != len(before):
        raise ValueError(f"{layer.id}: {len(values)} rows in one language, {len(before)} in the other")
    look = {key: value for key, value in _look(layer).items() if key in _SPOKEN}
    return {**look, "values": None if values == before else values}


#: What of a layer's look depends on the language.
_SPOKEN = ("title", "labels", "tooltip", "label", "category", "words", "source", "stamp")


def _all_values(layer: MapLayer) -> list[list[Any]]:
    """The values of each row, as :func:`_rows` has them."""
    keys = _keys(layer)
    with _without_collection():
        features = json.loads(layer.geojson, parse_constant=lambda name: None)["features"]
        return [values for feature in features for values in _row_values(feature, keys)]


def _row_values(feature: Mapping[str, Any], keys: Sequence[str]) -> Iterator[list[Any]]:
    properties = feature.get("properties") or {}
    for _ in _simple(feature.get("geometry")):
        yield [_plain(properties.get(key)) for key in keys]


def _keys(layer: MapLayer) -> tuple[str, ...]:
    """The properties that travel: those of the popup first, then what only the drawing needs."""
    drawn = (layer.tooltip_column, layer.style.label, layer.style.category)
    return tuple(dict.fromkeys([*(key for key, _ in layer.columns), *(key for key in drawn if key)]))


def _look(layer: MapLayer) -> dict[str, Any]:
    """Everything about a layer but its features; columns are named by their position."""
    keys = _keys(layer)
    position = {key: number for number, key in enumerate(keys)}
    return {
        "id": layer.id,
        "title": layer.title,
        "labels": [label for _, label in dict(layer.columns).items()],
        "tooltip": position.get(layer.tooltip_column, -1),
        "label": position.get(layer.style.label, -1),
        "category": position.get(layer.style.category, -1),
        "palette": [[str(value), colour_of(colour)] for value, colour in layer.style.palette.items()],
        "words": [[value, word] for value, word in layer.words],
        "style": style_values(layer.style),
        "source": layer.source_line,
        "stamp": layer.stamp,
        "z": layer.z,
        "clickable": layer.clickable,
    }


def colour_of(text: str) -> str:
    """A colour as #rrggbb; anything else is drawn in a plain grey."""
    return text if _COLOUR.fullmatch(text) else Style.fill


def style_values(style: Style) -> dict[str, Any]:
    """A style as the browser takes it: only colours, numbers and our own words."""
    return {
        "fill": colour_of(style.fill),
        "fillOpacity": float(style.fill_opacity),
        "stroke": colour_of(style.stroke),
        "width": float(style.stroke_width),
        "dash": style.dash if _DASH.fullmatch(style.dash) else "",
        "pattern": style.pattern if style.pattern in PATTERNS else "solid",
        "symbol": style.symbol if style.symbol in SYMBOLS else "circle",
        "radius": float(style.radius),
    }


def _rows(feature: Mapping[str, Any], number: int, keys: Sequence[str]) -> Iterator[list[Any]]:
    """A feature as [id, kind, coordinates, values]; one row a part of a collection, none without a geometry."""
    properties = feature.get("properties") or {}
    identifier = feature.get("id", properties.get("id", number))
    values = [_plain(properties.get(key)) for key in keys]
    for geometry in _simple(feature.get("geometry")):
        yield [str(identifier), KINDS[geometry["type"]], _coordinates(geometry), values]


def _simple(geometry: Mapping[str, Any] | None) -> Iterator[Mapping[str, Any]]:
    if geometry is None:
        return
    if geometry["type"] == "GeometryCollection":
        for part in geometry["geometries"]:
            yield from _simple(part)
    elif geometry["coordinates"]:
        yield geometry


def _plain(value: Any) -> Any:
    """A property as JSON that JavaScript reads back the same: text, small numbers, blank."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool) or (isinstance(value, int) and abs(value) > EXACT_INTEGER):
        return str(value)
    return value if isinstance(value, (int, float)) else json.dumps(value, ensure_ascii=False)


def _coordinates(geometry: Mapping[str, Any]) -> list[Any]:
    coordinates = geometry["coordinates"]
    match geometry["type"]:
        case "Point":
            return [round(coordinates[0] * SCALE), round(coordinates[1] * SCALE)]
        case "MultiPoint" | "LineString":
            return _steps(coordinates)
        case "MultiLineString" | "Polygon":
            return [_steps(part) for part in coordinates if part]
        case _:
            return [[_steps(ring) for ring in polygon if ring] for polygon in coordinates if polygon]


def _steps(places: Iterable[Sequence[float]]) -> list[int]:
    """A path as the steps from place to place, x and y in turn: short numbers instead of long ones."""
    scaled = np.rint(np.array([place[:2] for place in places], dtype=np.float64) * SCALE)
    if not np.isfinite(scaled).all():
        raise ValueError("coordinate is not finite")
    steps = scaled.astype(np.int64)
    steps[1:] -= steps[:-1].copy()
    return cast(list[int], steps.ravel().tolist())


@contextmanager
def _without_collection() -> Iterator[None]:
    """Reading a large text makes a million small lists, which the collector would search again and again in vain."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
