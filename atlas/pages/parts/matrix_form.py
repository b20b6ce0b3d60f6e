"""Which layers to compare with the rules of which use; the answer stays until the next one."""

from __future__ import annotations

from datetime import date
from typing import Any

import streamlit as st

from atlas import state
from atlas.journeys.matrix import MatrixRequest, possible_subjects, run_matrix, usual_subjects
from atlas.pages.parts.choice import choice
from atlas.pages.parts.markdown import literal
from atlas.texts import error_text, text
from geo.errors import GeoError
from geo.types import Use
from geo.uncertainty import SLIVER_M2
from layers.errors import DataError
from layers.store import Store

RESULT = "matrix"
ALL_USES = "all"


def matrix_form(store: Store, language: str) -> dict[str, Any] | None:
    """The form; gives the last matrix of this session, if any."""
    st.subheader(text("matrix.title", language))
    titles = {spec.id: spec.titled(language) for spec in possible_subjects(store)}
    usual = [layer for layer in usual_subjects(store) if layer in titles]
    subjects = st.multiselect(
        text("matrix.subjects", language), list(titles), usual, key=f"matrix_subjects.{language}",
        format_func=lambda layer: titles[layer],
    )  # fmt: skip
    use = choice(
        text("matrix.use", language), [*(use.value for use in Use), ALL_USES], language, key="matrix_use",
        worded=lambda option: text("matrix.all_uses" if option == ALL_USES else f"use.{option}", language),
        first=Use.FACTORY.value,  # with all uses a park on land would fall short of the distance of a wind farm
    )  # fmt: skip
    sliver = st.number_input(
        text("matrix.sliver", language), 0.0, 1e6, SLIVER_M2, key="matrix_sliver",
        help=text("matrix.sliver_help", language),
    )  # fmt: skip
    on = st.date_input(text("check.on", language), date.today(), key="matrix_on")
    pressed = st.button(
        text("matrix.run", language), key="run_matrix", type="primary", width="stretch", disabled=not subjects
    )
    if pressed:
        wanted = None if use in (None, ALL_USES) else Use(str(use))
        _run(MatrixRequest(store, on, tuple(subjects), wanted, sliver, language), language)
    document: dict[str, Any] | None = state.result(RESULT)
    return document


def _run(request: MatrixRequest, language: str) -> None:
    bar = st.progress(0.0, text("matrix.working", language))

    def progress(done: int, total: int) -> None:
        bar.progress(done / total, text("matrix.working", language))

    try:
        state.keep_result(RESULT, run_matrix(request, progress))
    except (GeoError, DataError) as error:
        st.error(literal(error_text(error, language)))
    finally:
        bar.empty()
