"""Charts of a concentration for the page. Vega-Lite as Streamlit brings it: nothing is fetched from anywhere."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from atlas.drawing import MapLayer
from atlas.journeys.measure_classes import HEAT_STOPS
from atlas.journeys.measure_series import LorenzPoint, Ranked
from atlas.texts import text
from atlas.wording_measure import chance, number
from layers.style import ACCENT

#: What a click on a chart is called in what the page gets back.
CLICKED = "clicked"
PALE, INK, GROUND, PICKED = "#9aa7b0", "#22303a", "#efede6", "#b5543c"
HEAT_DOMAIN, HEAT_COLOURS = [value for value, _ in HEAT_STOPS], [colour for _, colour in HEAT_STOPS]
ROW_PIXELS, AXIS_PIXELS, LEGEND_PIXELS = 26, 50, 40
#: A quotient of zero has no place on a log axis: it is drawn at its foot.
FOOT = 0.05
_AXIS: dict[str, Any] = {
    "labelColor": INK,
    "titleColor": "#5b6b76",
    "titleFontWeight": "normal",
    "grid": False,
    "labelFlush": False,
}


def ranking_chart(entries: Sequence[Ranked], picked: str, language: str, plain: bool = False) -> alt.LayerChart:
    """Quotients on a log axis with their intervals; the chosen place in its own colour."""
    names = [text(f"measurepage.{key}", language) for key in ("axis_place", "axis_quotient")]
    frame = pd.DataFrame(
        {
            "place": [entry.place for entry in entries],
            "name": [entry.name for entry in entries],
            "value": [max(entry.value, FOOT) for entry in entries],
            "low": [max(entry.low, FOOT) for entry in entries],
            "high": [max(entry.high, FOOT) for entry in entries],
            "told": [f"{number(e.value)} ({number(e.low)} – {number(e.high)})" for e in entries],
            "q": [chance(entry.q) for entry in entries],
            "picked": [entry.place == picked for entry in entries],
        }
    )
    order = alt.Y(
        "name:N", sort=frame["name"].tolist(), title=None, axis=alt.Axis(**_AXIS, labelLimit=110, ticks=False)
    )
    title = "" if plain else text("measurepage.axis_quotient_log", language)
    scale = alt.Scale(type="log", nice=False)
    values = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20]
    base = alt.Chart(frame).encode(
        y=order,
        color=alt.condition("datum.picked", alt.value(PICKED), alt.value(ACCENT)),
        tooltip=[
            alt.Tooltip("name:N", title=names[0]),
            alt.Tooltip("told:N", title=names[1]),
            alt.Tooltip("q:N", title="q"),
        ],
    )
    axis = alt.Axis(**_AXIS, values=values, format="~g")
    bars = base.mark_rule(strokeWidth=3, opacity=0.45).encode(
        x=alt.X("low:Q", scale=scale, title=title, axis=axis), x2="high:Q"
    )
    click = alt.selection_point(name=CLICKED, fields=["place"], on="click", empty=False)
    dots = base.mark_circle(size=90, opacity=1).encode(x=alt.X("value:Q", scale=scale, title=title, axis=axis))
    one = alt.Chart(pd.DataFrame({"x": [1.0]})).mark_rule(strokeDash=[4, 3], color=INK, opacity=0.6).encode(x="x:Q")
    return (
        alt.layer(one, bars, dots.add_params(click))
        .properties(height=ROW_PIXELS * len(entries) + (30 if plain else AXIS_PIXELS))
        .configure_view(stroke=None)
    )


def lorenz_chart(points: Sequence[LorenzPoint], language: str) -> alt.LayerChart:
    """The curve against the diagonal."""
    frame = pd.DataFrame(
        {"base": [p.base for p in points], "sector": [p.sector for p in points], "name": [p.name for p in points]}
    )
    titles = [text(f"measurepage.{key}", language) for key in ("axis_base", "axis_sector", "axis_place")]
    x = alt.X("base:Q", title=titles[0], scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(**_AXIS, format="%"))
    y = alt.Y("sector:Q", title=titles[1], scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(**_AXIS, format="%"))
    tooltip = [
        alt.Tooltip("name:N", title=titles[2]),
        alt.Tooltip("base:Q", title=titles[0], format=".1%"),
        alt.Tooltip("sector:Q", title=titles[1], format=".1%"),
    ]
    even = pd.DataFrame({"base": [0.0, 1.0], "sector": [0.0, 1.0]})
    diagonal = alt.Chart(even).mark_line(strokeDash=[4, 3], color=PALE).encode(x=x, y=y)
    curve = alt.Chart(frame).encode(x=x, y=y)
    area = curve.mark_area(color=ACCENT, opacity=0.1)
    line = curve.mark_line(color=ACCENT, strokeWidth=2, point=alt.OverlayMarkDef(color=ACCENT, size=36))
    return alt.layer(diagonal, area, line.encode(tooltip=tooltip)).properties(height=330).configure_view(stroke=None)


def heat_chart(fields: Sequence[dict[str, Any]], picked: tuple[str, str], language: str) -> alt.LayerChart:
    """Categories down, places across, a dot where the plan names the category; the chosen field has a frame."""
    frame = pd.DataFrame(fields)
    frame["told"] = [number(value) for value in frame["quotient"]]
    frame["quotient"] = frame["quotient"].astype(float).clip(HEAT_DOMAIN[0], HEAT_DOMAIN[-1])
    frame["picked"] = [(row.place, row.code) == picked for row in frame.itertuples()]
    titles = [text(f"measurepage.{key}", language) for key in ("axis_place", "axis_category", "axis_quotient")]
    x = alt.X(
        "name:N", sort=frame["name"].unique().tolist(), title=None, axis=alt.Axis(**_AXIS, labelAngle=-35, ticks=False)
    )
    y = alt.Y(
        "category:N",
        sort=frame["category"].unique().tolist(),
        title=None,
        axis=alt.Axis(**_AXIS, labelLimit=230, ticks=False),
    )
    click = alt.selection_point(name=CLICKED, fields=["place", "code"], on="click", empty=False)
    base = alt.Chart(frame).encode(
        x=x,
        y=y,
        tooltip=[
            alt.Tooltip("name:N", title=titles[0]),
            alt.Tooltip("category:N", title=titles[1]),
            alt.Tooltip("told:N", title=titles[2]),
        ],
    )
    colour = alt.Color(
        "quotient:Q",
        title=titles[2],
        scale=alt.Scale(type="log", domain=HEAT_DOMAIN, range=HEAT_COLOURS, clamp=True),
        legend=alt.Legend(orient="top", gradientLength=220, values=HEAT_DOMAIN, format="~g", titleFontWeight="normal"),
    )
    fields_known = base.mark_rect(stroke="#ffffff", strokeWidth=1.5).encode(
        color=alt.condition("isValid(datum.quotient)", colour, alt.value("#ebeef0"))
    )
    frame_of_picked = base.transform_filter("datum.picked").mark_rect(fillOpacity=0, stroke=PICKED, strokeWidth=2.5)
    dots = base.transform_filter("datum.named").mark_circle(
        size=46, color=INK, stroke="#ffffff", strokeWidth=1, opacity=1
    )
    chart = alt.layer(fields_known.add_params(click), frame_of_picked, dots)
    height = ROW_PIXELS * frame["category"].nunique() + LEGEND_PIXELS + 2 * AXIS_PIXELS
    return chart.properties(height=height).configure_view(stroke=None)


def years_chart(rows: Sequence[dict[str, Any]], language: str) -> alt.Chart:
    """Firms of a category by year, from the sure to the possible."""
    frame = pd.DataFrame({"year": [str(row["year"]) for row in rows], "firms": [row["firms_high"] for row in rows]})
    return (
        alt.Chart(frame)
        .mark_bar(color=ACCENT, size=26)
        .encode(
            x=alt.X("firms:Q", title=text("measurepage.indicator.amount_firms", language), axis=alt.Axis(**_AXIS)),
            y=alt.Y("year:N", title=None, axis=alt.Axis(**_AXIS, ticks=False)),
            tooltip=[alt.Tooltip("year:N"), alt.Tooltip("firms:Q")],
        )
        .properties(height=2 * ROW_PIXELS * len(rows) + AXIS_PIXELS)
        .configure_view(stroke=None)
    )


def small_map(ground: Sequence[dict[str, Any]], layer: MapLayer, height: int) -> alt.LayerChart:
    """A map without a background, small enough to stand beside another one: outlines of the districts over classes.

    ``ground`` are GeoJSON features (lon-lat). Degrees are stretched to the latitude of the city and drawn as they are,
    so that neither a projection nor the order of a ring's corners matters.
    """
    features = json.loads(layer.geojson)["features"]
    palette = dict(layer.style.palette)
    below = alt.Chart(_flat(ground)).mark_geoshape(fill=GROUND, stroke="#b9c2c8", strokeWidth=0.6)
    above = alt.Chart(_flat(ground)).mark_geoshape(filled=False, stroke="#5b6b76", strokeWidth=0.7)
    colour = alt.Color(
        "properties._class:N",
        scale=alt.Scale(domain=list(palette), range=list(palette.values())),
        legend=None,
    )
    tooltip = [alt.Tooltip("properties.name:N", title=layer.title), alt.Tooltip("properties._class:N", title="")]
    places = (
        alt.Chart(_flat(features))
        .mark_geoshape(stroke="#ffffff", strokeWidth=0.3)
        .encode(color=colour, tooltip=tooltip)
    )
    layered = alt.layer(below, places, above).project(type="identity", reflectY=True)
    return layered.properties(height=height).configure_view(stroke=None)


#: Degrees of longitude at 36.3 N are this much shorter than those of latitude.
_SQUEEZE = 0.806


def _flat(features: Sequence[dict[str, Any]]) -> alt.Data:
    """Features with their longitudes squeezed."""
    return alt.Data(values=[{**feature, "geometry": _squeezed(feature["geometry"])} for feature in features])


def _squeezed(geometry: dict[str, Any]) -> dict[str, Any]:
    def squeeze(part: Any) -> Any:
        if isinstance(part[0], (int, float)):
            return [round(part[0] * _SQUEEZE, 4), round(part[1], 4)]
        return [squeeze(inner) for inner in part]

    return {"type": geometry["type"], "coordinates": squeeze(geometry["coordinates"])}
