"""The only place that caches for the page. Keys are words: layer id, sha256, language, view; never a frame.

Every page imports this module, so that what only measuring needs is imported when something is measured.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from atlas.drawing import MapLayer
from atlas.journeys.explore import LayerView, map_layers
from atlas.journeys.export import MapRequest, export_map
from atlas.workspace import SAMPLE_LAYERS
from layers.store import Store
from layers.types import Layer

if TYPE_CHECKING:
    from atlas.journeys.measure import Measured, MeasureRequest
    from layers.firms import FirmsResult


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


@st.cache_resource(max_entries=4, show_spinner=False)
def _sample_firms(sha256: str, _store: Store) -> FirmsResult:
    from atlas.journeys.measure import open_firms

    return open_firms("sample:firms", _store)


def sample_firms(store: Store) -> FirmsResult:
    """The synthetic sample of firms, read once."""
    return _sample_firms(store.layer(SAMPLE_LAYERS["firms"]).provenance.sha256, store)


@st.cache_resource(max_entries=40, show_spinner=False)
def _measured(kind: str, request_words: str, _request: MeasureRequest) -> Measured:
    """``request_words`` stand for the request, whose table is not hashed."""
    from atlas.journeys.measure import measure_alignment, measure_concentration

    return (measure_alignment if kind == "alignment" else measure_concentration)(_request)


def measured(kind: str, request: MeasureRequest) -> Measured:
    """A document of ``concentration`` or ``alignment``, measured once for each content and way of measuring.

    Nobody changes what comes back: sessions share it.
    """
    return _measured(kind, _words_of(request), request)


def _words_of(request: MeasureRequest) -> str:
    """The request as words: the table by its checksum and by what was stated of it."""
    from atlas.journeys.measure_layers import DESIGNATIONS, OUTLINES

    firms, store = request.firms, request.store
    layers = [store.layer(name).provenance.sha256 for name in (OUTLINES, DESIGNATIONS)]
    table = (firms.table.name, firms.table.sha256, firms.table.accuracy_m, firms.table.synthetic, firms.assumed)
    how = (request.settings, request.unit, request.measured_year, request.language)
    return repr((table, how, layers, len(request.classes.of_code)))


@st.cache_data(max_entries=30, show_spinner=False)
def _measure_file(words: str, _make: Callable[[], bytes]) -> bytes:
    return _make()


def measure_file(request: MeasureRequest, words: str, make: Callable[[], bytes]) -> bytes:
    """A file made of a measure, once for each request and the words that say which file."""
    return _measure_file(f"{_words_of(request)} {words}", make)


@st.cache_resource(max_entries=60, show_spinner=False)
def _measure_layers(words: str, _make: Callable[[], list[MapLayer]]) -> list[MapLayer]:
    return _make()


def measure_layers(request: MeasureRequest, words: str, make: Callable[[], list[MapLayer]]) -> list[MapLayer]:
    """Map layers of a measure, once for each request and the words that say which layers."""
    return _measure_layers(f"{_words_of(request)} {words}", make)
