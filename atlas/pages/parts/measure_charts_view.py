"""The charts of a measure: ranking, Lorenz curve, the table of places and sectors, years; each can be taken away."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from io import StringIO
from typing import Any

import streamlit as st

from atlas import state
from atlas.cache import measure_file
from atlas.journeys.measure import Measured
from atlas.journeys.measure_figures import heat_figure, lorenz_figure, ranking_figure
from atlas.journeys.measure_series import category_of, gini_of, heat, lorenz, over_time, ranking
from atlas.pages.parts.measure_form import Question
from atlas.pages.parts.measure_map_view import show_place, take_chart_click
from atlas.pages.parts.measure_marks import CLICKED, heat_chart, lorenz_chart, ranking_chart, years_chart
from atlas.report.as_csv import literal as cell_literal
from atlas.texts import text
from atlas.wording_measure import number, unit_words
from layers.plan import Plan

Rows = Sequence[Mapping[str, Any]]


def charts_view(measured: Measured, overview: Measured, question: Question, plan: Plan, language: str) -> None:
    """Ranking and Lorenz curve side by side, the table of all sectors below; ``overview`` is by district."""
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True):
        _ranking(measured, question, language)
    with right, st.container(border=True):
        _lorenz(measured, question, language)
    with st.container(border=True):
        _heat(measured, overview, question, plan, language)
    years = over_time(measured.document, question.shown.code)
    if len(years) > 1:
        with st.container(border=True):
            st.subheader(text("measurepage.over_time", language))
            st.altair_chart(years_chart(years, language))


def _note(measured: Measured, language: str, more: str = "") -> str:
    """What stands under a picture that leaves: invented or not, of what, how cut."""
    document = measured.document
    return " · ".join(
        [
            *document["stamps"],
            document["input"]["name"],
            unit_words(document["by"], language),
            *([more] if more else []),
        ]
    )


def _ranking(measured: Measured, question: Question, language: str) -> None:
    shown = question.shown
    title = text("measurepage.chart_ranking", language)
    st.subheader(title, help=text("measurepage.help.ranking", language))
    entries = ranking(measured.document, shown.code, shown.weight, language)[:30]
    if not entries:
        st.caption(text("measurepage.chart_none", language))
        return
    event = st.altair_chart(
        ranking_chart(entries, shown.picked, language),
        on_select="rerun",
        selection_mode=CLICKED,
        key=f"ranking_all.{shown.code}.{shown.weight}.{measured.document['by']}.{measured.document['year']}.{language}",
    )
    title = f"{category_of(measured.document, shown.code)} · {title}"
    note = _note(measured, language)
    rows = [asdict(entry) for entry in entries]
    _take(
        "ranking", question, rows, lambda fmt: ranking_figure(entries, title, note, language, fmt), language, measured
    )
    take_chart_click(event, measured, "ranking_all")


def _lorenz(measured: Measured, question: Question, language: str) -> None:
    title = text("measurepage.chart_lorenz", language)
    st.subheader(title, help=text("measurepage.help.lorenz", language))
    code = question.shown.code
    points = lorenz(measured.document, code, text("measurepage.hidden_together", language), language)
    if not points:
        st.caption(text("measurepage.chart_none", language))
        return
    st.altair_chart(lorenz_chart(points, language))
    said = text("measurepage.chart_lorenz_note", language, gini=number(gini_of(measured.document, code)) or "—")
    st.caption(said)
    title, note = f"{category_of(measured.document, code)} · {title}", _note(measured, language, said)
    rows = [asdict(point) for point in points]
    _take("lorenz", question, rows, lambda fmt: lorenz_figure(points, title, note, language, fmt), language, measured)


def _heat(measured: Measured, overview: Measured, question: Question, plan: Plan, language: str) -> None:
    title = text("measurepage.chart_heat", language)
    st.subheader(title, help=text("measurepage.help.heat", language))
    names = {category.name_zh: category.code for category in question.request.classes.plan.values()}
    fields = heat(overview.document, plan, names, language)
    sector = question.category.parent or question.shown.code
    event = st.altair_chart(
        heat_chart(fields, (question.shown.picked, sector), language),
        on_select="rerun",
        selection_mode=CLICKED,
        key=f"heat.{overview.document['scheme']}.{overview.document['year']}.{language}",
    )
    st.caption(text("measurepage.chart_heat_note", language))
    note = _note(overview, language)
    _take("heat", question, fields, lambda fmt: heat_figure(fields, title, note, language, fmt), language, overview)
    _take_field(event, measured, question)


def _take_field(event: Any, measured: Measured, question: Question) -> None:
    """A click on a field brings its sector and its place onto the map, once."""
    clicked = event.selection.get(CLICKED, [])
    field = clicked[0] if clicked else {}
    words = f"{field.get('place', '')} {field.get('code', '')}"
    if not field or state.remembered("measure.heat", "") == words:
        return
    state.remember("measure.heat", words)
    kind = "plan" if field["code"] in question.request.classes.plan else "sei"
    state.remember(f"measure.sector.{kind}", field["code"])
    state.remember(f"measure.item.{field['code']}", None)
    state.remember("measure.unit", "district")
    state.remember("measure.view", "map")
    show_place(measured, field["place"])
    st.rerun()


def _take(
    name: str,
    question: Question,
    rows: Rows,
    draw: Callable[[str], bytes],
    language: str,
    measured: Measured,
) -> None:
    """Three ways to take a chart away; a picture is drawn when it is asked for."""
    words = f"{name} {question.shown} {measured.document['by']} {measured.document['scheme']}"
    with st.popover(text("measurepage.take", language), icon=":material/download:", type="tertiary"):
        for fmt in ("png", "svg"):
            st.download_button(
                text(f"measurepage.take_{fmt}", language),
                partial(measure_file, question.request, f"{words} {fmt}", partial(draw, fmt)),
                file_name=f"{name}.{fmt}",
                on_click="ignore",
                key=f"take.{name}.{fmt}",
            )
        st.download_button(
            text("measurepage.take_table", language),
            _csv(rows, measured.document["stamps"]),
            file_name=f"{name}.csv",
            on_click="ignore",
            key=f"take.{name}.csv",
        )


def _csv(rows: Rows, stamps: Sequence[str]) -> bytes:
    """The numbers of a chart, each row with its stamp."""
    target = StringIO(newline="")
    writer = csv.DictWriter(target, ["stamps", *rows[0]], restval="")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: cell_literal(value) for key, value in {"stamps": " ".join(stamps), **row}.items()})
    return target.getvalue().encode("utf-8-sig")
