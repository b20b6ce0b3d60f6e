"""Two maps side by side, of the same classes: two cuts of the city, two sectors, or two years."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from atlas.cache import measure_layers, measured
from atlas.drawing import MapLayer
from atlas.journeys.explore import legend_of
from atlas.journeys.measure import DISTRICT_BESIDE, GRID_BESIDE, Measured
from atlas.journeys.measure_classes import is_of_cells
from atlas.journeys.measure_layers import Shown, ground_layers, place_layer
from atlas.journeys.measure_series import category_of, summary_of, units_of
from atlas.pages.parts.choice import choice
from atlas.pages.parts.legend import legend_html
from atlas.pages.parts.measure_form import UNITS, Question, unit_name
from atlas.pages.parts.measure_marks import small_map
from atlas.texts import text
from atlas.wording_measure import number, unit_words
from layers.errors import DataError

SMALL, LARGE = 230, 400


def pair_of_cuts(measured_now: Measured, question: Question, language: str) -> None:
    """The same measure by another cut beside this one, with what the two say."""
    document, code = measured_now.document, question.shown.code
    units = units_of(document)
    if len(units) < 2 or question.shown.indicator == "density":
        return
    st.subheader(text("measurepage.maup", language))
    first, second = (summary_of(document, code, unit) for unit in units[:2])
    words = {
        "first": unit_words(units[0], language),
        "first_gini": number(first.get("gini_locational")) or "—",
        "first_eg": number(first.get("ellison_glaeser")) or "—",
        "second": unit_words(units[1], language),
        "second_gini": number(second.get("gini_locational")) or "—",
        "second_eg": number(second.get("ellison_glaeser")) or "—",
    }
    st.markdown(text("measurepage.maup_sentence", language, **words))
    other = replace(question, request=replace(question.request, unit=units[1]))
    _pair([(question, unit_words(units[0], language)), (other, unit_words(units[1], language))], SMALL, language)


def compare_view(question: Question, language: str) -> None:
    """What to compare, and the two maps."""
    kinds = ("units", "sectors", "years")
    what, with_what = st.columns(2)
    with what:
        kind = choice(
            text("measurepage.compare_what", language),
            kinds,
            language,
            key="measure.compare",
            worded=lambda name: text(f"measurepage.compare_{name}", language),
            first="units",
        )
    with with_what:
        pair = {"units": _units, "sectors": _sectors, "years": _years}[kind or "units"](question, language)
    if not pair:
        st.info(text("measurepage.one_year", language))
        return
    _pair(pair, LARGE, language)


Side = tuple[Question, str]


def _units(question: Question, language: str) -> list[Side]:
    now = question.request.unit
    others = [unit for unit in UNITS if unit not in (now, "park")]
    if not question.request.firms.table.has_places:
        others = [unit for unit in others if unit == DISTRICT_BESIDE]
    if not others:
        return []
    first = GRID_BESIDE if GRID_BESIDE in others else others[0]
    other = choice(
        text("measurepage.compare_with", language),
        others,
        language,
        key=f"measure.compare.unit.{now}",
        worded=lambda unit: unit_name(unit, language),
        first=first,
    )
    changed = replace(question, request=replace(question.request, unit=other or first))
    return [(question, unit_name(now, language)), (changed, unit_name(other or first, language))]


def _sectors(question: Question, language: str) -> list[Side]:
    request, code = question.request, question.shown.code
    categories = {**request.classes.plan, **request.classes.sei}
    members = set(request.firms.table.members["code"])
    alike = [
        name
        for name, category in categories.items()
        if name != code
        and name in members
        and name.startswith("P") == code.startswith("P")
        and bool(category.parent) == bool(question.category.parent)
    ]
    if not alike:
        return []
    other = (
        choice(
            text("measurepage.compare_with", language),
            alike,
            language,
            key=f"measure.compare.sector.{code}",
            worded=lambda name: categories[name].named(language),
            first=alike[0],
        )
        or alike[0]
    )
    changed = replace(
        question, request=replace(request, spatial=(other,)), shown=replace(question.shown, code=other, picked="")
    )
    return [(question, question.category.named(language)), (changed, categories[other].named(language))]


def _years(question: Question, language: str) -> list[Side]:
    request = question.request
    now = request.measured_year
    others = [str(year) for year in request.firms.table.years if year != now]
    if not others:
        return []
    other = (
        choice(
            text("measurepage.compare_with", language),
            others,
            language,
            key=f"measure.compare.year.{now}",
            worded=str,
            first=others[0],
        )
        or others[0]
    )
    sides = sorted([now or 0, int(other)])
    return [
        (replace(question, request=replace(request, year=year)), text("measurepage.year", language, year=year))
        for year in sides
    ]


def _pair(sides: list[Side], height: int, language: str) -> None:
    for column, (question, title) in zip(st.columns(2, gap="medium"), sides, strict=True):
        with column:
            _side(question, title, height, language)


def _side(question: Question, title: str, height: int, language: str) -> None:
    """One of the two maps with its legend and its summary."""
    st.markdown(f"**{title}**")
    try:
        with st.spinner(text("measurepage.working", language)):
            found = measured("concentration", question.request)
        layer = _layer(found, question, language)
    except DataError:
        st.info(text("measurepage.no_outline", language))
        return
    st.altair_chart(small_map(_district_features(question, language), layer, height))
    st.html(legend_html(legend_of([layer])))
    summary = summary_of(found.document, question.shown.code)
    words = {
        "gini": number(summary.get("gini_locational")) or "—",
        "eg": number(summary.get("ellison_glaeser")) or "—",
        "firms": number(summary.get("firms_high"), 0) or text("measure.word.small", language),
    }
    st.caption(" · ".join([*found.document["stamps"], text("measurepage.side_gini", language, **words)]))


def _layer(found: Measured, question: Question, language: str) -> MapLayer:
    """The measure of one side: hot spots of cells where the other side shows a quotient, which cells seldom have."""
    shown = question.shown
    if shown.indicator in ("hot_spot", "cluster", "quotient", "density"):
        shown = Shown(shown.code, "hot_spot" if is_of_cells(found.document["by"]) else "quotient", "firms")
    category_of(found.document, shown.code)
    make = partial(place_layer, found, shown, language)
    return measure_layers(question.request, f"side {shown.code} {shown.indicator} {shown.weight}", lambda: [make()])[0]


def _district_features(question: Question, language: str) -> list[dict[str, Any]]:
    ground = measure_layers(question.request, "ground", lambda: ground_layers(question.request.store, language))
    districts = next(layer for layer in ground if layer.id == "districts")
    return list(json.loads(districts.geojson)["features"])
