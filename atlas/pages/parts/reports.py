"""Save a check, open one again, verify it, and take it away as a report."""

from __future__ import annotations

import streamlit as st

from atlas import state
from atlas.assessment_file import read_assessment
from atlas.journeys.export import ASSESSMENT_FORMATS, Template, export_assessment
from atlas.journeys.verify import request_of, verify
from atlas.pages.parts.markdown import literal
from atlas.pages.parts.reopening import reopen
from atlas.report.docx_template import REQUIRED, example_template
from atlas.texts import error_text, text
from atlas.wording_history import verification_lines
from geo.errors import GeoError
from layers.errors import DataError
from layers.store import Store

#: What a report may be written in: one language, or both one after the other.
REPORT_LANGUAGES = ("zh", "en", "both")


def reports_panel(store: Store, language: str) -> None:
    """Two boxes: what leaves, and what comes back."""
    out, back = st.columns(2)
    with out, st.container(border=True):
        _download(store, language)
    with back, st.container(border=True):
        _open(store, language)


def _download(store: Store, language: str) -> None:
    st.subheader(text("saved.take_away", language))
    assessment = state.assessment()
    if not assessment:
        st.caption(text("saved.nothing_yet", language))
        return
    suffix = st.segmented_control(
        text("export.format", language), list(ASSESSMENT_FORMATS), default=".pdf", key="report_format", required=True
    )
    spoken = st.segmented_control(
        text("saved.language", language),
        REPORT_LANGUAGES,
        default=language,
        format_func=lambda name: text(f"saved.in_{name}", language),
        key="report_language",
        required=True,
    )
    template = _template(language) if suffix == ".docx" else None
    if st.button(text("export.make", language), key="report_make", type="primary"):
        try:
            with st.spinner(text("export.working", language)):
                content = export_assessment(assessment, suffix, spoken, store, template)
        except DataError as error:
            st.error(literal(error_text(error, language)))
            return
        st.download_button(
            text("export.download", language, size=f"{len(content) / 1e6:.2f}"),
            content,
            file_name=f"assessment{suffix}",
            on_click="ignore",
            key="report_download",
        )


def _template(language: str) -> Template | None:
    """The bureau's own Word document, if one was given; an example to start from otherwise."""
    file = st.file_uploader(text("template.use", language), type=["docx"], key="report_template")
    needed = " ".join(f"{{{{{text(f'template.{key}', language)}}}}}" for key in REQUIRED)
    st.caption(literal(text("template.help", language, names=needed)))
    st.download_button(
        text("template.example", language),
        lambda: example_template(language),
        file_name="template.docx",
        on_click="ignore",
        key="template_example",
    )
    return Template(file.name, file.getvalue()) if file else None


def _open(store: Store, language: str) -> None:
    st.subheader(text("saved.open", language))
    file = st.file_uploader(text("saved.open_file", language), type=["json"], key="open_assessment")
    if not file or not st.button(text("saved.open_button", language), key="open_button"):
        return
    try:
        recorded = read_assessment(file.getvalue(), file.name)
        with st.spinner(text("saved.verifying", language)):
            answer = verify(recorded, store, file.name)
        request, _ = request_of(recorded, store)
    except (GeoError, DataError) as error:
        st.error(literal(error_text(error, language)))
        return
    reopen(recorded, request)
    state.tell(verification_lines(answer, language))
    st.rerun()
