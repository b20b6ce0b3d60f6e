"""The synthetic sample: off by default, one click to load, marked wherever it is shown."""

from __future__ import annotations

import streamlit as st

from atlas import state
from atlas.texts import text
from layers.store import Store
from layers.types import Basis


def _switch(layer_ids: tuple[str, ...], on: bool) -> None:
    for layer_id in layer_ids:
        state.switch_layer(layer_id, on)


def sample_data(store: Store, language: str) -> None:
    """What it is, and one button for all of it."""
    specs = [spec for spec in store.specs() if spec.basis is Basis.SYNTHETIC]
    ids = tuple(spec.id for spec in specs)
    st.subheader(text("data.sample", language))
    st.caption(text("data.sample_help", language))
    for spec in specs:
        st.text(f"· {spec.titled(language)}")
    loaded = set(ids) <= set(state.view().layers)
    label = text("data.sample_off" if loaded else "data.sample_on", language)
    st.button(label, key="sample", on_click=_switch, args=(ids, not loaded), disabled=not specs)
