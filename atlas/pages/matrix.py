"""The matrix: which layers lie in what the rules keep free; the patches on a map, the tables, a file to take away."""

from __future__ import annotations

import streamlit as st

from atlas import state
from atlas.journeys.matrix_map import patch_layer
from atlas.mapview import show_map
from atlas.pages.parts.basemap import chosen_basemap
from atlas.pages.parts.legend import map_legend
from atlas.pages.parts.markdown import literal
from atlas.pages.parts.matrix_form import matrix_form
from atlas.pages.parts.matrix_tables import matrix_download, matrix_tables
from atlas.pages.parts.shown_layers import drawn_layers, shown_specs
from atlas.report.matrix import notes_of
from atlas.texts import text

language = state.language()
store = state.store()

with st.sidebar:
    document = matrix_form(store, language)

layers = drawn_layers(store, shown_specs(store), language)
if document and document["patches"]:
    layers.append(patch_layer(document, language))
map_column, side = st.columns([6, 4], gap="small")
with map_column:
    show_map(layers, key="matrix", language=language, focus=state.focus(), basemap=chosen_basemap(), height=460)
    map_legend(layers)
with side:
    st.caption(text("matrix.intro", language))
    if document:
        for note in notes_of(document, language):
            st.caption(literal(note))
        matrix_download(document, language)
    else:
        st.info(text("matrix.empty", language))
if document:
    matrix_tables(document, language)
