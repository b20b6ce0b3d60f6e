"""A measure as layers of a map: places by class, bands of density, what the plan says, the ground and the outlines."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import shapely

from atlas.drawing import MapLayer
from atlas.journeys.explore import DISPLAY_TOLERANCE_M, LayerView, map_layers
from atlas.journeys.measure import Measured, MeasureRequest, outlines_by_id
from atlas.journeys.measure_classes import (
    STANDING_COLOURS,
    Classed,
    classed_rows,
    column_of,
    drawn_rows,
    indicator_words,
    is_of_cells,
)
from atlas.journeys.measure_density import Band, density_bands
from atlas.journeys.measure_series import category_of
from atlas.texts import text
from atlas.wording_measure import chance, number, place_words, span
from geo.display import display_copy
from layers.classification import Category, Classification
from layers.errors import DataError
from layers.store import Store
from layers.style import ACCENT, ramp
from layers.types import Style

#: Layers under and over a measure; the plan's own statements lie on top, so that what they name stays to be seen.
GROUND, OUTLINES, DESIGNATIONS = "land", "districts", "plan_designations"
MEASURE, PICKED = "measure", "measure_picked"
_CLASS = "_class"
HATCH_COLOUR = "#f0743a"
_Z = {MEASURE: 12, OUTLINES: 16, PICKED: 26}
_OUTLINE: Mapping[str, Any] = {"fill_opacity": 0.0, "pattern": "none", "stroke": "#5b6b76", "stroke_width": 1.0}

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Shown:
    """What a map of a concentration shows: a category, an indicator, a weight, and a place that is set apart."""

    code: str
    indicator: str = "quotient"
    weight: str = "firms"
    picked: str = ""


def place_layer(measured: Measured, shown: Shown, language: str) -> MapLayer:
    """The places in the colours of their classes. Raises DataError ``nothing_to_draw`` without outlines."""
    document = measured.document
    category_of(document, shown.code)
    outlines = outlines_by_id(measured.places)
    rows = [row for row in drawn_rows(document, shown.code) if row["place"] in outlines]
    if not rows:
        raise DataError("nothing_to_draw")
    classes = classed_rows(rows, document["by"], shown.indicator, shown.weight, language)
    totals = {place["place"]: place["firms"] for place in document["places"]}
    properties = [
        {**_told(row, totals, shown, language), _CLASS: word} for row, word in zip(rows, classes.words, strict=True)
    ]
    shapes = display_copy(_array([outlines[row["place"]] for row in rows]), DISPLAY_TOLERANCE_M)
    title = indicator_words(shown.indicator, shown.weight, language)
    stroke = 0.4 if is_of_cells(document["by"]) else 0.8
    return _layer(measured, title, [row["place"] for row in rows], shapes, properties, classes, stroke, language)


def _array(shapes: Sequence[Any]) -> Any:
    import numpy as np

    made = np.empty(len(shapes), dtype=object)
    made[:] = list(shapes)
    return made


#: What is told of a place when it is clicked, in this order.
_TOLD = ("value", "interval", "firms", "expected", "all", "p", "q", "spot", "class")


def _told(row: Mapping[str, Any], totals: Mapping[str, Any], shown: Shown, language: str) -> dict[str, str]:
    """The numbers of a place as they are read; blank ones are not shown."""
    column = column_of(shown.indicator, shown.weight)
    value = row.get(column)
    digits = 0 if shown.indicator == "amount" else 2
    ends = "" if shown.weight == "firms" else f"{shown.weight}_"
    interval = [row.get(f"{ends}quotient_low95"), row.get(f"{ends}quotient_high95")]
    spot = row.get("hot_spot") or ""
    return {
        "name": place_words(row, language),
        "value": _value_words(value, shown.indicator, digits),
        "interval": span(interval[0], interval[1], 2),
        "firms": span(row.get("firms_low"), row.get("firms_high")),
        "expected": number(row.get("expected"), 1),
        "all": number(totals.get(row["place"]), 0),
        "p": chance(row.get("p")),
        "q": chance(row.get("q") if row.get("q") is not None else row.get("hot_spot_q")),
        "spot": text(f"measurepage.spot.{spot}", language) if spot else "",
    }


def _value_words(value: float | None, indicator: str, digits: int) -> str:
    if value is None or indicator in ("hot_spot", "cluster"):
        return ""
    return f"{100 * value:.1f}%" if indicator == "share" else number(value, digits)


def _layer(
    measured: Measured,
    title: str,
    ids: Sequence[str],
    shapes: Any,
    properties: Sequence[Mapping[str, str]],
    classes: Classed,
    stroke_width: float,
    language: str,
) -> MapLayer:
    used = {word: colour for word, colour in classes.colours.items() if word in set(classes.words)}
    features = [
        {"type": "Feature", "id": name, "geometry": json.loads(shape), "properties": dict(told)}
        for name, shape, told in zip(ids, shapely.to_geojson(shapes), properties, strict=True)
    ]
    return MapLayer(
        id=MEASURE,
        title=title,
        geojson=json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False),
        columns=tuple((key, text(f"measurepage.told.{key}", language)) for key in _TOLD if key != "class"),
        tooltip_column="name",
        style=Style(
            category=_CLASS, palette=used, fill_opacity=0.82, stroke="#ffffff", stroke_width=stroke_width, z=_Z[MEASURE]
        ),
        source_line=text("measurepage.source", language, file=measured.document["input"]["name"]),
        stamp=" ".join(measured.document["stamps"]),
        z=_Z[MEASURE],
    )


def density_layer(measured: Measured, request: MeasureRequest, shown: Shown, language: str) -> MapLayer:
    """Bands of equal density. Raises DataError ``nothing_to_draw``."""
    bands = density_bands(request, shown.code)
    words = [_band_words(band) for band in bands]
    classes = Classed(words, dict(zip(words, ramp("teal", len(words) + 1)[1:], strict=True)))
    properties = [{"name": word, "value": word, _CLASS: word} for word in words]
    title = indicator_words("density", "firms", language)
    shapes = _array([band.outline for band in bands])
    return _layer(measured, title, [f"band {n}" for n in range(len(bands))], shapes, properties, classes, 0.6, language)


def _band_words(band: Band) -> str:
    return f"≥ {band.low:g}" if band.high is None else f"{band.low:g} – {band.high:g}"


def picked_layer(measured: Measured, place: str, language: str) -> list[MapLayer]:
    """The outline of the place that the reader chose; nothing where it has none."""
    outline = outlines_by_id(measured.places).get(place)
    if outline is None:
        return []
    shapes = display_copy(_array([outline]), DISPLAY_TOLERANCE_M)
    feature = {"type": "Feature", "id": place, "geometry": json.loads(shapely.to_geojson(shapes[0])), "properties": {}}
    return [
        MapLayer(
            id=PICKED,
            title=text("measurepage.picked", language),
            geojson=json.dumps({"type": "FeatureCollection", "features": [feature]}),
            columns=(),
            tooltip_column="",
            style=Style(fill_opacity=0.0, stroke=ACCENT, stroke_width=3.2, pattern="none", z=_Z[PICKED]),
            z=_Z[PICKED],
            clickable=False,
        )
    ]


def designation_view(category: Category | None, classes: Classification) -> LayerView | None:
    """The plan's statements of a category; None for one of the national classification, which has none."""
    if category is None or category.code not in classes.plan:
        return None
    parent = classes.plan.get(category.parent)
    if parent is None:
        return LayerView(sectors=(category.name_zh,))
    return LayerView(sectors=(parent.name_zh,), subsectors=(category.name_zh,))


def ground_layers(store: Store, language: str) -> list[MapLayer]:
    """The land beneath and the districts' outlines above, for the reader's bearings; neither answers a click."""
    land = map_layers(store.layer(GROUND), language)
    outlines = [
        replace(
            layer,
            style=replace(layer.style, z=_Z[OUTLINES], **_OUTLINE),
            z=_Z[OUTLINES],
            clickable=False,
        )
        for layer in map_layers(store.layer(OUTLINES), language)
    ]
    return [*land, *outlines]


def concentration_layers(
    measured: Measured, request: MeasureRequest, shown: Shown, ground: Sequence[MapLayer], planned: Sequence[MapLayer]
) -> list[MapLayer]:
    """A whole map: ground, measure, outlines, what the plan says, the place set apart."""
    language = request.language
    if shown.indicator == "density":
        measure = density_layer(measured, request, shown, language)
    else:
        measure = place_layer(measured, shown, language)
    return [*ground, measure, *planned, *picked_layer(measured, shown.picked, language)]


def planned_layers(request: MeasureRequest, code: str) -> list[MapLayer]:
    """What the plan says of a category, hatched where it only says somewhere within."""
    view = designation_view(request.classes.plan.get(code), request.classes)
    return over_measure(map_layers(request.store.layer(DESIGNATIONS), request.language, view)) if view else []


def over_measure(layers: Sequence[MapLayer]) -> list[MapLayer]:
    """The plan's statements as they lie over classes: without words, for the districts are named already, and hatched
    in a colour that is seen on dark classes too."""
    bright: dict[str, Any] = {"fill": HATCH_COLOUR, "label": ""}
    return [
        replace(layer, style=replace(layer.style, **(bright if layer.style.pattern == "hatch" else {"label": ""})))
        for layer in layers
    ]


def standing_layer(measured: Measured, store: Store, language: str, code: str = "") -> MapLayer:
    """Designated places in the colour of what the firms say of them; a place has its strongest word.

    Raises DataError ``nothing_to_draw``.
    """
    outlines = designation_outlines(measured.document, store)
    order = {name: index for index, name in enumerate(("too_few", "as_expected", "empty", "thin", "concentrated"))}
    rows = sorted(measured.document["designations"], key=lambda row: order[row["standing"]])
    wanted = [row for row in rows if row["id"] in outlines and code in ("", row["code"])]
    drawn = list({row["place_code"]: row for row in wanted}.values())
    if not drawn:
        raise DataError("nothing_to_draw")
    named = {key: text(f"measure.word.{key}", language) for key in STANDING_COLOURS}
    classes = Classed(
        [named[row["standing"]] for row in drawn], {named[key]: colour for key, colour in STANDING_COLOURS.items()}
    )
    properties = [
        {"name": row["place"], "firms": span(row["firms_low"], row["firms_high"]), "q": chance(row["q"]), _CLASS: word}
        for row, word in zip(drawn, classes.words, strict=True)
    ]
    shapes = display_copy(_array([outlines[row["id"]] for row in drawn]), DISPLAY_TOLERANCE_M)
    title = text("measure.legend_standing", language)
    return _layer(measured, title, [row["id"] for row in drawn], shapes, properties, classes, 0.8, language)


def designation_outlines(document: Mapping[str, Any], store: Store) -> dict[str, Any]:
    """Outlines of the measured designations by id, as the plan's layer draws them."""
    frame = store.layer(DESIGNATIONS).frame
    wanted = {row["id"] for row in document["designations"]}
    pairs = zip(frame["id"].astype(str), frame.geometry, strict=True)
    return {name: outline for name, outline in pairs if name in wanted and outline is not None}
