"""Take a measure away: the map as a sheet or a page, the tables as the command line makes them."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from atlas.cache import measure_file, measured
from atlas.journeys.measure import Measured, outlines_by_id
from atlas.journeys.measure_layers import designation_outlines
from atlas.journeys.measure_map import export_concentration, map_title
from atlas.journeys.measure_report import REPORT_FORMATS, export_report
from atlas.pages.parts.markdown import literal
from atlas.pages.parts.measure_form import Question
from atlas.report.measures import notes_of, render_measures
from atlas.texts import error_text, text
from layers.errors import DataError

MAP_FORMATS = ("pdf", "png", "svg", "html")
TABLE_FORMATS = ("xlsx", "csv", "gpkg", "json", *(f"report.{fmt}" for fmt in REPORT_FORMATS.values()))


def export_view(found: Measured, question: Question, language: str) -> None:
    """Two boxes, and what every file says."""
    left, right = st.columns(2, gap="medium")
    with left, st.container(border=True):
        _map(found, question, language)
    with right, st.container(border=True):
        _tables(question, language)
    for note in notes_of(found.document, language):
        st.caption(literal(note))


def _map(found: Measured, question: Question, language: str) -> None:
    st.subheader(text("measurepage.export_map", language))
    st.text(map_title(found.document, question.shown, language))
    fmt = st.segmented_control(
        text("export.format", language), MAP_FORMATS, default="pdf", key="measure_map_format", required=True
    )
    size = st.selectbox(text("export.size", language), ("A4", "A3", "16:9"), disabled=fmt == "html")
    if not st.button(text("export.make", language), key="measure_map_make", type="primary"):
        return
    shown = replace(question.shown, picked="")
    try:
        with st.spinner(text("export.working", language)):
            content = measure_file(
                question.request,
                f"map {shown} {fmt} {size}",
                lambda: export_concentration(found, question.request, shown, fmt, size),
            )
    except DataError as error:
        st.error(literal(error_text(error, language)))
        return
    _download(content, f"concentration-map.{fmt}", "measure_map", language)


def _tables(question: Question, language: str) -> None:
    st.subheader(text("measurepage.export_tables", language))
    kinds = ("concentration", "alignment")
    kind = st.segmented_control(
        text("measurepage.export_what", language),
        kinds,
        default="concentration",
        key=f"measure_table_kind.{language}",
        required=True,
        format_func=lambda name: text(f"measurepage.export_{name}", language),
    )
    fmt = st.segmented_control(
        text("export.format", language), TABLE_FORMATS, default="xlsx", key="measure_table_format", required=True
    )
    st.caption(text("measurepage.export_note", language))
    if st.button(text("export.make", language), key="measure_table_make", type="primary"):
        with st.spinner(text("export.working", language)):
            if str(fmt).startswith("report."):
                content = _report(question, str(kind), str(fmt).removeprefix("report."))
            else:
                content = _table(question, str(kind), str(fmt), language)
        _download(content, f"{kind}.{fmt}", "measure_table", language)


def _table(question: Question, kind: str, fmt: str, language: str) -> bytes:
    """The whole table, with the permutations of every category, as the command line makes it."""
    request = replace(question.request, spatial=None)
    whole = measured(kind, request)
    outlines = (
        designation_outlines(whole.document, request.store) if kind == "alignment" else outlines_by_id(whole.places)
    )
    return measure_file(
        request, f"table {kind} {fmt}", lambda: render_measures(whole.document, fmt, language, outlines)
    )


def _report(question: Question, kind: str, fmt: str) -> bytes:
    """The report to read, with its charts."""
    request = replace(question.request, spatial=None)
    whole = measured(kind, request)
    code = question.shown.code if kind == "concentration" else ""
    return measure_file(request, f"report {kind} {fmt} {code}", lambda: export_report(whole, request, fmt, code))


def _download(content: bytes, name: str, key: str, language: str) -> None:
    st.download_button(
        text("export.download", language, size=f"{len(content) / 1e6:.2f}"),
        content,
        file_name=name,
        on_click="ignore",
        key=f"{key}_download",
    )
