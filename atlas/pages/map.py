"""The atlas: layers on a map, the plan's sectors to choose from, and what nobody has drawn."""

from __future__ import annotations

import streamlit as st

from atlas import state
from atlas.mapview import show_map
from atlas.pages.parts.basemap import basemap_choice, chosen_basemap
from atlas.pages.parts.export_map import export_panel
from atlas.pages.parts.feature_details import feature_details
from atlas.pages.parts.layer_tree import layer_tree
from atlas.pages.parts.legend import map_legend
from atlas.pages.parts.plan_filter import plan_filter
from atlas.pages.parts.search import search_box
from atlas.pages.parts.shown_layers import drawn_layers, shown_specs, views_of
from atlas.pages.parts.undrawn import undrawn_list
from atlas.texts import text
from layers.plan import load_plan

language = state.language()
store = state.store()
plan = load_plan()
view = state.view()

with st.sidebar:
    search_box(store, language)
    plan_filter(plan, store, language)
    layer_tree(store, language)
    basemap_choice(language)

shown = shown_specs(store)
layers = drawn_layers(store, shown, language)

map_column, side = st.columns([7, 3], gap="small")
with map_column, st.container(key="tall_map"):
    event = show_map(
        layers,
        key="atlas",
        language=language,
        focus=state.focus(),
        basemap=chosen_basemap(),
        reports_view=state.wants_view(),
    )
    map_legend(layers)
    if not shown:
        st.info(text("map.empty", language))
    if event.clicked:
        state.select(*event.clicked)
    if event.view:
        state.see(event.view)
with side:
    feature_details(store, language)
    undrawn_list(plan, view.sector, view.subsector, language)
    export_panel(store, shown, views_of(shown), language)
