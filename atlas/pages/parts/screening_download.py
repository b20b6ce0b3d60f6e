"""Take a screening away: the map on paper, the cells as a table."""

from __future__ import annotations

import streamlit as st

from atlas.journeys.screening import Screening
from atlas.journeys.screening_export import MAP_FORMATS, TABLE_FORMATS, export_screening
from atlas.texts import text
from layers.store import Store


def screening_download(screening: Screening, store: Store, language: str) -> None:
    """Choose a format, make the file, take it."""
    fmt = st.segmented_control(
        text("screening.take", language),
        (*MAP_FORMATS, *TABLE_FORMATS),
        default=MAP_FORMATS[0],
        key="screening_format",
        required=True,
    )
    if not st.button(text("export.make", language), key="screening_make"):
        return
    with st.spinner(text("export.working", language)):
        content = export_screening(screening, str(fmt), store, language)
    st.download_button(
        text("export.download", language, size=f"{len(content) / 1e6:.2f}"),
        content,
        file_name=f"screening.{fmt}",
        on_click="ignore",
        key="screening_download",
    )
