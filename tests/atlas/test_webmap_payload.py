"""What reaches the browser: one literal a layer, harmless, exact and small."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atlas.drawing import MapLayer
from atlas.webmap_payload import layer_strings, script_json, script_string
from layers.types import Style
from tests.atlas.hostile import PAYLOADS


def read_back(literal: str) -> str:
    """What JavaScript makes of a literal that holds no escape but \\uXXXX: UTF-16 units."""
    assert literal[0] == literal[-1] == "'"
    units = re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match.group(1), 16)), literal[1:-1])
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def layer_of(features: list[dict[str, object]], **changes: object) -> MapLayer:
    values: dict[str, object] = {
        "id": "parks",
        "title": "园区",
        "geojson": json.dumps({"type": "FeatureCollection", "features": features}),
        "columns": (("name", "名称"), ("size", "面积")),
        "tooltip_column": "name",
        "style": Style(),
    }
    return MapLayer(**{**values, **changes})  # type: ignore[arg-type]


def feature(kind: str, coordinates: object, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "geometry": {"type": kind, "coordinates": coordinates}, "properties": properties}


def decoded(layer: MapLayer) -> dict[str, object]:
    return json.loads(read_back(layer_strings(layer)[1]))


@given(st.text())
def test_any_text_is_read_back_as_it_was(text: str) -> None:
    assert read_back(script_string(text)) == text


@given(st.text())
def test_nothing_that_means_something_elsewhere_is_left(text: str) -> None:
    inside = re.sub(r"\\u[0-9a-f]{4}", "", script_string(text)[1:-1])
    assert not set(inside) & set("{}%#<>&$`'\\/_()=;\n\r\u2028\u2029")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_hostile_text_is_harmless_wherever_it_stands(payload: str) -> None:
    hostile = layer_of(
        [feature("Point", [120.3, 36.1], **{payload: payload, "id": payload})],
        id=payload,
        title=payload,
        columns=((payload, payload),),
        tooltip_column=payload,
        style=Style(
            category=payload, palette={payload: payload}, fill=payload, dash=payload, pattern=payload, label=payload
        ),
        source_line=payload,
        stamp=payload,
    )
    literal = layer_strings(hostile)[1]
    assert not set(re.sub(r"\\u[0-9a-f]{4}", "", literal[1:-1])) & set("{}%#<>&$`'\\/_()=;\u2028\u2029")
    found = decoded(hostile)
    assert found["labels"] == [payload]
    assert found["rows"] == [[payload, 0, [120300000, 36100000], [payload]]]
    assert found["palette"] == [[payload, Style.fill]]
    assert found["style"]["fill"] == Style.fill
    assert found["style"]["dash"] == ""


def test_geometries_travel_as_steps_in_millionths_of_a_degree() -> None:
    # 120.1 -> 120.3 is 200000 millionths, 36.0 -> 36.00001 is 10
    line = feature("LineString", [[120.1, 36.0], [120.3, 36.00001], [120.3, 36.0]])
    polygon = feature("Polygon", [[[120.0, 36.0], [120.1, 36.0], [120.0, 36.1], [120.0, 36.0]]])
    rows = decoded(layer_of([line, polygon]))["rows"]
    assert rows[0][1:3] == [2, [120100000, 36000000, 200000, 10, 0, -10]]
    assert rows[1][1:3] == [4, [[120000000, 36000000, 100000, 0, -100000, 100000, 0, -100000]]]


def test_rows_without_a_place_are_left_out_and_collections_are_split() -> None:
    collection = {
        "type": "Feature",
        "geometry": {
            "type": "GeometryCollection",
            "geometries": [
                {"type": "Point", "coordinates": [120, 36]},
                {"type": "MultiPoint", "coordinates": [[120, 36]]},
            ],
        },
        "properties": {"name": "甲"},
    }
    empty = {"type": "Feature", "geometry": None, "properties": {}}
    rows = decoded(layer_of([empty, collection]))["rows"]
    assert [(row[0], row[1], row[3]) for row in rows] == [("1", 0, ["甲", None]), ("1", 1, ["甲", None])]


@pytest.mark.parametrize(
    ("value", "sent"),
    [(None, None), (1.5, 1.5), (True, "True"), (2**53 + 1, "9007199254740993"), ({"a": 1}, '{"a": 1}'), ("", "")],
)
def test_values_are_read_back_the_same(value: object, sent: object) -> None:
    assert decoded(layer_of([feature("Point", [120, 36], name=value)]))["rows"][0][3][0] == sent


def test_an_unknown_number_is_blank_but_an_unknown_place_is_refused() -> None:
    text = '{"features": [{"geometry": {"type": "Point", "coordinates": [120, 36]}, "properties": {"name": NaN}}]}'
    assert decoded(layer_of([], geojson=text))["rows"][0][3] == [None, None]
    with pytest.raises((ValueError, TypeError)):
        layer_strings(layer_of([feature("LineString", [[120, 36], [float("nan"), 36]])]))
    with pytest.raises(ValueError, match="not JSON compliant"):
        script_json({"a": float("nan")})


def test_the_identifier_is_the_features_own_then_its_column_then_its_number() -> None:
    rows = decoded(
        layer_of(
            [
                {**feature("Point", [120, 36]), "id": 7},
                feature("Point", [120, 36], id="甲"),
                feature("Point", [120, 36]),
            ]
        )
    )["rows"]
    assert [row[0] for row in rows] == ["7", "甲", "2"]


def test_only_columns_that_are_shown_or_drawn_travel() -> None:
    found = decoded(layer_of([feature("Point", [120, 36], name="甲", size=3, inner="s")], style=Style(label="kind")))
    assert found["rows"][0][3] == ["甲", 3, None]
    assert "inner" not in json.dumps(found)
    assert (found["tooltip"], found["label"], found["category"]) == (0, 2, -1)


def test_the_digest_follows_content_and_look_but_not_opacity() -> None:
    plain = layer_of([feature("Point", [120, 36], name="甲")])
    digests = [
        layer_strings(layer)[0]
        for layer in (
            plain,
            layer_of([feature("Point", [120, 36], name="甲")], opacity=0.3),
            layer_of([feature("Point", [120, 36], name="乙")]),
            layer_of([feature("Point", [120, 36], name="甲")], title="别的"),
        )
    ]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3
