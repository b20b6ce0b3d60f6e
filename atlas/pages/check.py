"""Check a site: say where and for what, see the verdict, what it rests on, and what could not be checked."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from atlas import state
from atlas.cache import display_layers
from atlas.journeys.explore import LayerView, can_be_drawn, stamps_of
from atlas.journeys.sitemap import site_layers
from atlas.mapview import show_map
from atlas.pages.parts.check_form import check_form
from atlas.pages.parts.findings import findings_panel
from atlas.pages.parts.layer_tree import layer_tree
from atlas.pages.parts.reports import reports_panel
from atlas.pages.parts.site_input import accept_drawing, site_input, site_summary
from atlas.texts import text

language = state.language()
store = state.store()

with st.sidebar:
    site_input(language)
    st.divider()
    layer_tree(store, language)

shown = [spec for spec in store.specs() if spec.id in state.view().layers and can_be_drawn(spec)]
for stamp in stamps_of(shown, language):
    st.warning(stamp)

map_column, side = st.columns([6, 4], gap="small")
with map_column:
    opacities = state.view().opacities
    drawn = [
        layer
        for spec in shown
        for layer in display_layers(store, spec.id, language, LayerView(opacity=opacities.get(spec.id, 1.0)))
    ]
    drawn += [replace(layer, z=90) for layer in site_layers(state.sites(), state.assessment(), language)]
    event = show_map(drawn, key="check", language=language, draw=True, height=460)
    if event.drawing:
        accept_drawing(event.drawing, event.zoom, language)
    st.caption(text("check.draw_hint", language))
with side:
    site_summary(store, language)
    check_form(store, language)
findings_panel(store, language)
reports_panel(store, language)
