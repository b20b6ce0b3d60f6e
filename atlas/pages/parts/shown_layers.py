"""The layers that the reader has switched on, made ready for the map; the same on every page that has one."""

from __future__ import annotations

import streamlit as st

from atlas import state
from atlas.cache import display_layers
from atlas.drawing import MapLayer
from atlas.journeys.explore import LayerView, can_be_drawn, stamps_of
from layers.store import Store
from layers.types import LayerSpec


def shown_specs(store: Store) -> list[LayerSpec]:
    """The entries of the layers that are switched on and can be drawn."""
    on = state.view().layers
    return [spec for spec in store.specs() if spec.id in on and can_be_drawn(spec)]


def views_of(specs: list[LayerSpec]) -> dict[str, LayerView]:
    """How the reader wants each layer: opacity, sectors, indicator."""
    view = state.view()
    return {
        spec.id: LayerView(
            opacity=view.opacities.get(spec.id, 1.0),
            sectors=(view.sector,) if view.sector else (),
            subsectors=(view.subsector,) if view.subsector else (),
            indicator=view.indicator if spec.id == "districts" else "",
        )
        for spec in specs
    }


def drawn_layers(store: Store, specs: list[LayerSpec], language: str) -> list[MapLayer]:
    """The layers for the map; what must be said of them is said above it."""
    for stamp in stamps_of(specs, language):
        st.warning(stamp)
    views = views_of(specs)
    return [drawn for spec in specs for drawn in display_layers(store, spec.id, language, views[spec.id])]
