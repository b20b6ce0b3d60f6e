"""The line above every page: style sheet and language switch."""

from __future__ import annotations

import streamlit as st

from atlas import state
from atlas.texts import text

_STYLE = """
<style>
.block-container {padding-top: 3.4rem; padding-bottom: 1rem; max-width: 100%;}
[data-testid="stSidebar"] {min-width: 300px; max-width: 340px;}
[data-testid="stSidebarContent"] .stCheckbox {margin-bottom: -0.6rem;}
h1 {font-size: 1.5rem !important; padding: 0 0 .2rem 0 !important;}
h2 {font-size: 1.15rem !important; padding: .3rem 0 !important;}
h3 {font-size: 1rem !important; padding: .2rem 0 !important;}
</style>
"""


def _switch() -> None:
    state.change_view(language=state.widget("language_choice"))


def heading(language: str) -> None:
    """Draw it; the style sheet is ours and constant."""
    st.html(_STYLE)
    with st.sidebar:
        st.segmented_control(
            text("app.language", language),
            ("zh", "en"),
            default=language,
            key="language_choice",
            format_func={"zh": "中文", "en": "English"}.get,
            on_change=_switch,
            label_visibility="collapsed",
            required=True,
        )
