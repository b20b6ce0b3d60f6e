"""Take the map away: one HTML file, or a page as PDF, PNG or SVG."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from atlas.cache import map_file
from atlas.journeys.explore import LayerView
from atlas.journeys.export import MAP_FORMATS, MapRequest
from atlas.texts import text
from layers.store import Store
from layers.types import LayerSpec

_TYPES = {".html": "text/html", ".png": "image/png", ".svg": "image/svg+xml", ".pdf": "application/pdf"}


def export_panel(store: Store, shown: list[LayerSpec], views: Mapping[str, LayerView], language: str) -> None:
    """Title, page, approval number; the file is made when asked for."""
    with st.expander(text("export.map", language), expanded=False):
        if not shown:
            st.caption(text("map.empty", language))
            return
        suffix = st.segmented_control(
            text("export.format", language), list(MAP_FORMATS), default=".html", key="export_format", required=True
        )
        title = st.text_input(text("export.title", language), text("app.title", language), max_chars=500)
        size = st.selectbox(text("export.size", language), ("A4", "A3", "16:9"), disabled=suffix == ".html")
        turns = ("landscape", "portrait")
        turn = st.selectbox(
            text("export.turn", language),
            turns,
            format_func=lambda name: text(f"export.{name}", language),
            disabled=suffix == ".html" or size == "16:9",
        )
        compiler = st.text_input(text("export.compiler", language), max_chars=100)
        approval = st.text_input(
            text("export.approval", language), help=text("export.approval_help", language), max_chars=60
        )
        request = MapRequest(
            layer_ids=tuple(spec.id for spec in shown),
            title=title,
            size=size,
            orientation=turn,
            language=language,
            approval_number=approval.strip(),
            compiler=compiler,
            views=dict(views),
        )
        if st.button(text("export.make", language), key="export_make", type="primary"):
            with st.spinner(text("export.working", language)):
                content = map_file(store, request, suffix)
            st.download_button(
                text("export.download", language, size=f"{len(content) / 1e6:.1f}"),
                content,
                file_name=f"qingdao-atlas{suffix}",
                mime=_TYPES[suffix],
                on_click="ignore",
                key="export_download",
            )
