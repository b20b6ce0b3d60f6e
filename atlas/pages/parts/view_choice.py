"""Which view of an answer: a row of words of which only the chosen one's content is made."""

from __future__ import annotations

import streamlit as st

from atlas import state
from atlas.texts import text

VIEWS = ("map", "charts", "compare", "alignment", "export")
_KEY = "measure.view"


def _chosen(widget: str) -> None:
    state.remember(_KEY, state.widget(widget))


def view_choice(language: str) -> str:
    """The chosen view; a click in a chart or a list may choose the map."""
    widget = f"{_KEY}.{language}"
    state.preset(widget, state.remembered(_KEY, VIEWS[0]))
    st.segmented_control(
        text("measurepage.views", language),
        VIEWS,
        key=widget,
        format_func=lambda name: text(f"measurepage.view.{name}", language),
        on_change=_chosen,
        args=(widget,),
        label_visibility="collapsed",
        required=True,
    )
    return str(state.remembered(_KEY, VIEWS[0]))
