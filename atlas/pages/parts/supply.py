"""Supply a layer that a rule waits for: for this session only, with its frame, accuracy and extent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from atlas import state
from atlas.pages.parts.check_form import answer
from atlas.pages.parts.frames import FRAMES
from atlas.pages.parts.markdown import literal
from atlas.texts import error_text, text
from atlas.wording import layer_name, rejected_line, step_line
from geo.errors import GeoError
from layers.errors import DataError
from layers.importing import import_layer
from layers.shift_hint import shift_hint
from layers.store import Store


def awaited(finding: Mapping[str, Any], store: Store) -> list[str]:
    """The layers that would let the rule answer, or answer better."""
    known = {spec.id for spec in store.specs()}
    layers = [condition.get("layer") for condition in finding["conditions"]]
    return list(dict.fromkeys(layer for layer in layers if layer and layer not in known))


def supply_button(finding: Mapping[str, Any], store: Store, language: str) -> None:
    """A button for each layer that the rule waits for."""
    for layer_id in awaited(finding, store):
        label = text("supply.button", language)
        if st.button(label, key=f"supply.{finding['rule']}.{layer_id}", help=literal(layer_name(layer_id, language))):
            supply_dialog(layer_id, language)


def supply_dialog(layer_id: str, language: str) -> None:
    """The dialog, titled in the reader's language."""
    st.dialog(text("supply.title", language, layer=literal(layer_name(layer_id, language))))(_dialog)(
        layer_id, language
    )


def _dialog(layer_id: str, language: str) -> None:
    st.caption(text("supply.help", language))
    file = st.file_uploader(text("check.file", language), key=f"supply_file.{layer_id}")
    frame = st.selectbox(
        text("check.frame", language), FRAMES, format_func=lambda name: name or text("check.frame_in_file", language)
    )
    accuracy = st.number_input(
        text("supply.accuracy", language),
        0.0,
        100_000.0,
        None,
        key="supply_accuracy",
        placeholder=text("supply.accuracy_unknown", language),
    )
    covers = st.radio(
        text("supply.covers", language),
        ("region", "none"),
        index=None,  # no answer is assumed: a layer wrongly taken as complete would prove that nothing is there
        format_func=lambda choice: text(f"supply.covers_{choice}", language),
    )
    source = st.text_input(text("supply.source", language), max_chars=200)
    as_of = st.text_input(text("supply.as_of", language), placeholder="2025-02-17", max_chars=10)
    unready = file is None or covers is None
    if st.button(text("supply.use", language), type="primary", disabled=unready, key="supply_use") and file:
        try:
            result = import_layer(
                file.getvalue(),
                file.name,
                layer_id=layer_id,
                crs=frame or None,
                title=layer_name(layer_id, language),
                accuracy_m=accuracy,
                covers=covers,
                source=source or None,
                as_of=as_of or None,
            )
        except (GeoError, DataError) as error:
            st.error(literal(error_text(error, language)))
            return
        state.supply(result.layer)
        state.tell(
            [step_line(step, language) for step in (*result.report, *shift_hint(result.layer, state.store()))]
            + [_rejected(row, language) for row in result.rejected]
        )
        state.switch_layer(layer_id, True)
        answer(state.store(), language)
        st.rerun()


def _rejected(rejected: Any, language: str) -> str:
    return rejected_line(vars(rejected), language)
