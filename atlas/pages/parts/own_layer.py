"""Bring a file of your own: it becomes a layer of this session, with a report of what was guessed and repaired."""

from __future__ import annotations

import re

import streamlit as st

from atlas import state
from atlas.pages.parts.frames import FRAMES
from atlas.pages.parts.markdown import literal
from atlas.texts import error_text, text
from atlas.wording import rejected_line, step_line
from geo.errors import GeoError
from layers.errors import DataError
from layers.importing import import_layer
from layers.shift_hint import shift_hint
from layers.store import Store


def _layer_id(filename: str) -> str:
    """An id of plain letters that no embedded layer has."""
    return "user_" + (re.sub(r"[^a-z0-9]+", "_", filename.rsplit(".", 1)[0].lower()).strip("_") or "layer")[:40]


def own_layer(store: Store, language: str) -> None:
    """The form, and under it the layers that this session has."""
    st.subheader(text("data.own", language))
    with st.form("own_layer", border=False):
        file = st.file_uploader(text("check.file", language), key="own_file", help=text("check.file_help", language))
        frame = st.selectbox(
            text("check.frame", language),
            FRAMES,
            format_func=lambda name: name or text("check.frame_in_file", language),
        )
        title = st.text_input(text("data.title", language), max_chars=100)
        accuracy = st.number_input(text("check.accuracy", language), 0.0, 100_000.0, 10.0)
        source = st.text_input(text("supply.source", language), max_chars=200)
        if st.form_submit_button(text("data.read", language), key="own_read", type="primary") and file:
            try:
                result = import_layer(
                    file.getvalue(),
                    file.name,
                    layer_id=_layer_id(file.name),
                    crs=frame or None,
                    title=title or file.name,
                    accuracy_m=accuracy,
                    source=source or None,
                )
            except (GeoError, DataError) as error:
                st.error(literal(error_text(error, language)))
                return
            earlier = state.supplied().get(result.layer.spec.id)
            state.supply(result.layer)
            state.switch_layer(result.layer.spec.id, True)
            rejected = [
                {"row": row.row, "field": row.field, "reason": row.reason, "values": row.values}
                for row in result.rejected
            ]
            said = [text("data.replaced_own", language, title=earlier.spec.titled(language))] if earlier else []
            state.tell(
                said
                + [step_line(step, language) for step in (*result.report, *shift_hint(result.layer, store))]
                + [rejected_line(row, language) for row in rejected]
            )
            st.rerun()
    for layer in state.supplied().values():
        name, remove = st.columns([5, 1], vertical_alignment="center")
        name.text(layer.spec.titled(language))
        remove.button(
            text("data.remove", language),
            key=f"withdraw.{layer.spec.id}",
            on_click=state.withdraw,
            args=(layer.spec.id,),
        )
