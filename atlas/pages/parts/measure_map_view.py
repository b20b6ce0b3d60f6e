"""The map of a measure, the ranking beside it, and the place that was clicked in either of them."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from atlas import state
from atlas.cache import display_layers, measure_layers
from atlas.drawing import MapLayer
from atlas.journeys.explore import LayerView
from atlas.journeys.measure import Measured, outlines_by_id
from atlas.journeys.measure_classes import is_of_cells
from atlas.journeys.measure_layers import (
    DESIGNATIONS,
    GROUND,
    MEASURE,
    density_layer,
    designation_view,
    ground_layers,
    over_measure,
    picked_layer,
    place_layer,
)
from atlas.journeys.measure_series import designations_here, place_of_designation, ranking, rows_of
from atlas.mapview import show_map
from atlas.pages.parts.basemap import chosen_basemap
from atlas.pages.parts.legend import map_legend
from atlas.pages.parts.markdown import literal
from atlas.pages.parts.measure_form import Question
from atlas.pages.parts.measure_marks import CLICKED, ranking_chart
from atlas.pages.parts.undrawn import undrawn_list
from atlas.texts import text
from atlas.wording_measure import chance, number, place_words, span
from geo.intervals import FALSE_DISCOVERY_RATE
from layers.errors import DataError
from layers.plan import Plan
from layers.store import Store

MAP_HEIGHT = 430
#: So many places stand in the ranking beside the map; all of them in the charts.
RANKED = 12


def map_view(measured: Measured, question: Question, store: Store, plan: Plan, language: str) -> None:
    """Map to the left, what it says to the right."""
    view = designation_view(question.category, question.request.classes)
    map_column, side = st.columns([6, 4], gap="small")
    with map_column:
        layers = _layers(measured, question, store, view, language)
        event = show_map(
            layers,
            key="measure",
            language=language,
            focus=state.focus(),
            basemap=chosen_basemap(),
            height=MAP_HEIGHT,
        )
        map_legend([layer for layer in layers if layer.id != GROUND])
        st.caption(text(f"measurepage.help.{question.shown.indicator}", language))
        if event.clicked:
            _take_click(event.clicked, measured, plan)
    with side:
        place_details(measured, question, plan, language)
        _ranking(measured, question, language)
        if view is None:
            st.caption(text("measurepage.plan_none", language))
        else:
            undrawn_list(plan, view.sectors[0], view.subsectors[0] if view.subsectors else "", language)
            st.caption(text("plan.ended", language))


def _layers(
    measured: Measured, question: Question, store: Store, view: LayerView | None, language: str
) -> list[MapLayer]:
    request, shown = question.request, question.shown
    ground = measure_layers(request, "ground", lambda: ground_layers(store, language))
    planned = over_measure(display_layers(store, DESIGNATIONS, language, view)) if view else []
    return [*ground, *_measure(measured, question, language), *planned, *picked_layer(measured, shown.picked, language)]


def _measure(measured: Measured, question: Question, language: str) -> list[MapLayer]:
    """The layer of the measure; a word instead where nothing can be drawn."""
    request, shown = question.request, question.shown
    words = f"{shown.code} {shown.indicator} {shown.weight}"
    is_dense = shown.indicator == "density"
    try:
        if is_dense:
            return measure_layers(request, words, lambda: [density_layer(measured, request, shown, language)])
        return measure_layers(request, words, lambda: [place_layer(measured, shown, language)])
    except DataError:
        st.info(text("measurepage.no_density" if is_dense else "measurepage.no_outline", language))
        return []


def _take_click(clicked: tuple[str, str], measured: Measured, plan: Plan) -> None:
    """A click on a place, or on a statement of the plan that lies over it, chooses the place once."""
    layer, name = clicked
    place = name if layer == MEASURE else place_of_designation(plan, name)
    if place in measured.places.ids and state.remembered("measure.click", "") != f"{layer} {name}":
        state.remember("measure.click", f"{layer} {name}")
        state.pick(place)
        st.rerun()


def show_place(measured: Measured, place: str) -> None:
    """Choose a place from a chart or a list, and bring the map to it."""
    state.pick(place)
    outline = outlines_by_id(measured.places).get(place)
    if outline is not None:
        west, south, east, north = outline.bounds
        state.go_to((west - 0.12, south - 0.12, east + 0.12, north + 0.12))


def place_details(measured: Measured, question: Question, plan: Plan, language: str) -> None:
    """The chosen place in numbers and a sentence; before a choice, what can be done."""
    document, shown = measured.document, question.shown
    place = next((entry for entry in document["places"] if entry["place"] == shown.picked), None)
    if place is None:
        st.caption(text("measurepage.detail_hint", language))
        return
    row = next((row for row in rows_of(document, shown.code) if row["place"] == shown.picked), {})
    name, close = st.columns([7, 3], vertical_alignment="center")
    name.markdown(f"**{literal(place_words(place, language))}**")
    close.button(
        text("measurepage.clear_picked", language), key="clear_picked", on_click=state.pick, args=("",), type="tertiary"
    )
    figures = {
        text("measurepage.indicator.quotient", language): number(row.get("quotient_max")) or "—",
        text("measurepage.seen", language): _seen(row),
        "q": chance(_q(row)) or "—",
    }
    st.html(_figures_html(figures))
    st.markdown(_verdict(row, document["by"], language))
    if not is_of_cells(document["by"]):
        st.caption(_planned_here(plan, shown.picked, question, language))


def _figures_html(figures: Mapping[str, str]) -> str:
    """Numbers in a row, each under its name."""
    entries = "".join(
        f'<div><div style="color:#5b6b76;font-size:.78rem">{escape(name)}</div>'
        f'<div style="font-size:1.3rem;line-height:1.5;white-space:nowrap">{escape(value)}</div></div>'
        for name, value in figures.items()
    )
    return f'<div style="display:flex;gap:.2rem 1.6rem;flex-wrap:wrap">{entries}</div>'


def _seen(row: Mapping[str, Any]) -> str:
    firms = span(row.get("firms_low"), row.get("firms_high"))
    return f"{firms} / {number(row.get('expected'), 1)}" if firms else "—"


def _q(row: Mapping[str, Any]) -> float | None:
    return row.get("q") if row.get("q") is not None else row.get("hot_spot_q")


def _verdict(row: Mapping[str, Any], unit: str, language: str) -> str:
    """What may be said of the place, with its interval where it has one."""
    q = literal(chance(_q(row)))
    spot = row.get("hot_spot")
    if row.get("hidden"):
        key = {"hot": "verdict_hot", "cold": "verdict_cold"}.get(str(spot), "verdict_hidden")
        return text(f"measurepage.{key}", language, **({"q": "≤ 0.05"} if key != "verdict_hidden" else {}))
    if is_of_cells(unit):
        key = {"hot": "verdict_hot", "cold": "verdict_cold"}.get(str(spot), "verdict_none")
        return text(f"measurepage.{key}", language, **({"q": q} if key != "verdict_none" else {}))
    adjusted = _q(row)
    if adjusted is None:
        return text("measurepage.verdict_few", language)
    key = "verdict_chance"
    if adjusted <= FALSE_DISCOVERY_RATE:
        key = "verdict_above" if row["firms_high"] > row["expected"] else "verdict_below"
    words = text(f"measurepage.{key}", language, q=q)
    if row["quotient_low95"] is None:
        return f"{words} {text('measurepage.verdict_few', language)}"
    interval = span(row["quotient_low95"], row["quotient_high95"], 2)
    return f"{words} {text('measurepage.told.interval', language)} {interval}"


def _planned_here(plan: Plan, place: str, question: Question, language: str) -> str:
    view = designation_view(question.category, question.request.classes)
    if view is None:
        return ""
    clauses = designations_here(plan, place, view.sectors[0], view.subsectors[0] if view.subsectors else "")
    if not clauses:
        return text("measurepage.not_planned_here", language)
    return text("measurepage.planned_here", language, clauses=literal("; ".join(clauses)))


def _ranking(measured: Measured, question: Question, language: str) -> None:
    """The ranking; a click on a dot chooses its place."""
    shown = question.shown
    entries = ranking(measured.document, shown.code, shown.weight, language)[:RANKED]
    st.subheader(text("measurepage.chart_ranking", language), help=text("measurepage.help.ranking", language))
    if not entries:
        st.caption(text("measurepage.chart_none", language))
        return
    event = st.altair_chart(
        ranking_chart(entries, shown.picked, language, plain=True),
        on_select="rerun",
        selection_mode=CLICKED,
        key=f"ranking.{shown.code}.{shown.weight}.{measured.document['by']}.{measured.document['year']}.{language}",
    )
    take_chart_click(event, measured, "ranking")


def take_chart_click(event: Any, measured: Measured, chart: str) -> None:
    """The place that a chart reports, once: a chart goes on reporting what was clicked last."""
    clicked = [entry.get("place", "") for entry in event.selection.get(CLICKED, [])]
    place = clicked[0] if clicked else ""
    if place and state.remembered(f"measure.{chart}", "") != place:
        state.remember(f"measure.{chart}", place)
        show_place(measured, place)
        st.rerun()
    if not place:
        state.remember(f"measure.{chart}", "")
