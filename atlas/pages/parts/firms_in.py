"""Firms in: the sample with one click, or a table of one's own with everything that is wrong in it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from atlas import state
from atlas.cache import sample_firms
from atlas.pages.parts.frames import FRAMES
from atlas.pages.parts.markdown import literal
from atlas.pages.parts.narrow_table import narrow_table
from atlas.report.firm_template import firm_template
from atlas.texts import error_text, text
from atlas.wording import reason_words, step_line
from geo.errors import GeoError
from layers.errors import DataError
from layers.firms import FirmsResult, read_firms
from layers.store import Store


def firms_in(store: Store, language: str) -> None:
    """The table that is measured, or the ways to bring one."""
    st.subheader(text("measurepage.start", language))
    firms = state.firms()
    if firms is not None:
        _loaded(firms, language)
        return
    label = text("measurepage.load_sample", language)
    st.button(label, key="load_sample", on_click=_load_sample, args=(store, language), type="primary", width="stretch")
    _upload(language)
    _templates(language)


def _load_sample(store: Store, language: str) -> None:
    with st.spinner(text("measurepage.working", language)):
        state.keep_firms(sample_firms(store))


def _loaded(firms: FirmsResult, language: str) -> None:
    table = firms.table
    name, other = st.columns([5, 4], vertical_alignment="center")
    name.markdown(text("measurepage.loaded", language, name=literal(table.name), firms=f"{len(table.frame):,}"))
    other.button(
        text("measurepage.replace", language),
        key="replace_firms",
        on_click=state.keep_firms,
        args=(None,),
        width="stretch",
    )


def _upload(language: str) -> None:
    with st.form("own_firms", border=True):
        file = st.file_uploader(
            text("measurepage.upload", language), key="firms_file", help=text("measurepage.file_help", language)
        )
        frame = st.selectbox(
            text("check.frame", language),
            FRAMES,
            format_func=lambda name: name or text("check.frame_in_file", language),
        )
        accuracy = st.number_input(text("measurepage.accuracy", language), 0.0, 100_000.0, 100.0)
        if st.form_submit_button(text("measurepage.read", language), key="read_firms", width="stretch") and file:
            _read(file.getvalue(), file.name, frame or None, accuracy, language)


def _read(content: bytes, name: str, frame: str | None, accuracy_m: float, language: str) -> None:
    """Read the table; a table without a single usable row says why and changes nothing."""
    try:
        with st.spinner(text("measurepage.working", language)):
            result = read_firms(content, name, crs=frame, accuracy_m=accuracy_m)
    except (GeoError, DataError) as error:
        st.error(literal(error_text(error, language)))
        return
    state.keep_firms(result)
    st.rerun()


def _templates(language: str) -> None:
    st.caption(text("measurepage.templates", language))
    for column, fmt in zip(st.columns(2), ("xlsx", "csv"), strict=True):
        column.download_button(
            fmt.upper(),
            firm_template(fmt, language),
            file_name=f"firms-template.{fmt}",
            on_click="ignore",
            key=f"template.{fmt}",
            width="stretch",
        )


def faults_panel(firms: FirmsResult, language: str) -> None:
    """Every row that was refused, with its field and reason; what was noticed and assumed."""
    for step in (*firms.assumed, *firms.report):
        st.info(literal(step_line(step, language)))
    if not firms.refused:
        return
    with st.expander(text("measurepage.refused", language, rows=firms.refused), expanded=False):
        rows = pd.DataFrame(
            {
                text("measurepage.bad_row", language): [fault.row for fault in firms.rejected],
                text("measurepage.bad_field", language): [fault.field for fault in firms.rejected],
                text("measurepage.bad_reason", language): [
                    reason_words({"reason": fault.reason, "values": dict(fault.values)}, language)
                    for fault in firms.rejected
                ],
            }
        )
        narrow_table(rows)
        if firms.refused > len({fault.row for fault in firms.rejected}):
            st.caption(text("measurepage.refused_more", language, shown=len(rows)))


def empty_state(language: str) -> None:
    """What this page answers, and what to do first."""
    st.subheader(text("measurepage.start_long", language))
    for column, question in zip(st.columns(3), ("where", "plan", "chance"), strict=True):
        with column, st.container(border=True, height="stretch"):
            st.markdown(f"**{text(f'measurepage.start_{question}', language)}**")
            st.markdown(text(f"measurepage.start_{question}_how", language))
    st.info(text("measurepage.start_how", language))
    st.caption(text("measurepage.start_privacy", language))
