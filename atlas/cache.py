"""The only place that caches for the page. Keys are words: layer id, sha256, language, view; never a frame."""

from __future__ import annotations

import streamlit as st

from atlas.drawing import MapLayer
from atlas.journeys.explore import LayerView, map_layers
from atlas.journeys.export import MapRequest, export_map
from layers.store import Store
from layers.types import Layer


@st.cache_resource(max_entries=200, show_spinner=False)
def _display_layers(
    layer_id: str, sha256: str, language: str, view_words: str, _layer: Layer, _view: LayerView
) -> list[MapLayer]:
    """``sha256`` and ``view_words`` stand for the two that are not hashed."""
    return map_layers(_layer, language, _view)


def display_layers(store: Store, layer_id: str, language: str, view: LayerView) -> list[MapLayer]:
    """A layer made ready for the map, once for each content, language and view."""
    layer = store.layer(layer_id)
    return _display_layers(layer_id, layer.provenance.sha256, language, repr(view), layer, view)


@st.cache_data(max_entries=20, show_spinner=False)
def _map_file(request_words: str, sha256s: tuple[str, ...], suffix: str, _store: Store, _request: MapRequest) -> bytes:
    """``request_words`` and ``sha256s`` stand for the two that are not hashed."""
    return export_map(_request, suffix, _store)


def map_file(store: Store, request: MapRequest, suffix: str) -> bytes:
    """A map to be taken away."""
    sha256s = tuple(store.layer(layer_id).provenance.sha256 for layer_id in request.layer_ids)
    return _map_file(repr(request), sha256s, suffix, store, request)
