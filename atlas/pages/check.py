"""Check a site: say where and for what, see the verdict, what it rests on, and what could not be checked."""

from __future__ import annotations

import streamlit as st

from atlas import state
from atlas.journeys.alternatives_map import alternative_layers
from atlas.journeys.sitemap import site_layers
from atlas.mapview import show_map
from atlas.pages.parts.alternatives import alternatives_panel
from atlas.pages.parts.basemap import chosen_basemap
from atlas.pages.parts.check_form import check_form
from atlas.pages.parts.findings import findings_panel
from atlas.pages.parts.layer_tree import layer_tree
from atlas.pages.parts.legend import map_legend
from atlas.pages.parts.reports import reports_panel
from atlas.pages.parts.shown_layers import drawn_layers, shown_specs
from atlas.pages.parts.site_input import accept_drawing, site_input, site_summary
from atlas.texts import text

language = state.language()
store = state.store()

with st.sidebar:
    site_input(language)
    st.divider()
    layer_tree(store, language)

layers = drawn_layers(store, shown_specs(store), language)
layers += site_layers(state.sites(), state.assessment(), language)
layers += alternative_layers(state.assessment(), language)

map_column, side = st.columns([6, 4], gap="small")
with map_column, st.container(key="check_map"):
    event = show_map(
        layers, key="check", language=language, focus=state.focus(), basemap=chosen_basemap(), draw=True, height=460
    )
    if event.drawing:
        accept_drawing(event.drawing, event.zoom, language)
    map_legend(layers)
    st.caption(text("check.draw_hint", language))
with side:
    site_summary(store, language)
    check_form(store, language)
alternatives_panel(findings_panel(store, language), store, language)
reports_panel(store, language)
