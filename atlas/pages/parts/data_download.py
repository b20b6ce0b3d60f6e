"""Take the data of layers away, with their manifest and where their licences allow it."""

from __future__ import annotations

import streamlit as st

from atlas.dataset import FORMATS, SINGLE
from atlas.dataset.manifest import limit_words
from atlas.journeys.data_export import DataRequest, bundled, export_data
from atlas.pages.parts.markdown import literal
from atlas.texts import error_text, text
from layers.errors import DataError
from layers.store import Store
from layers.types import GeometryKind


def data_download(store: Store, language: str) -> None:
    """Layers, format, who it is for; the file is made when asked for."""
    st.subheader(text("dataset.panel", language))
    st.caption(f"{text('dataset.panel_help', language)} {text('dataset.format_gpkg', language)}")
    titles = {spec.id: spec.titled(language) for spec in store.specs() if spec.geometry is not GeometryKind.RASTER}
    suffix = st.segmented_control(
        text("export.format", language), list(FORMATS), default=".gpkg", key="data_format", required=True
    )
    chosen = st.multiselect(
        text("dataset.layers", language),
        list(titles),
        format_func=titles.__getitem__,
        max_selections=1 if suffix in SINGLE else None,
        key=f"data_layers.{language}",
    )
    internal = st.checkbox(text("dataset.internal", language), key="data_internal")
    if not st.button(text("export.make", language), key="data_make", disabled=not chosen):
        return
    request = DataRequest(tuple(chosen), suffix, language, internal)
    name = f"{chosen[0] if len(chosen) == 1 else 'qingdao-atlas-data'}{suffix}"
    try:
        with st.spinner(text("export.working", language)):
            file = export_data(request, name, store)
    except DataError as error:
        st.error(literal(error_text(error, language)))
        return
    for limit in file.limits:
        st.caption(literal(limit_words(limit, language)))
    content, called = bundled(file, name)
    st.download_button(
        text("export.download", language, size=f"{len(content) / 1e6:.2f}"),
        content,
        file_name=called,
        on_click="ignore",
        key="data_download",
    )
