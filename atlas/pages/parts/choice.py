"""A box whose options are worded in the reader's language, and whose choice outlives a change of language.

Streamlit remembers a choice by the words that were shown, so a box of one key must not show others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from atlas import state


def _remember(key: str, widget: str) -> None:
    state.remember(key, state.widget(widget))


def choice(
    label: str,
    options: Sequence[str],
    language: str,
    *,
    key: str,
    worded: Callable[[str], str],
    first: str | None = None,
    placeholder: str | None = None,
) -> str | None:
    """The option that is chosen; ``first`` until the reader chooses, and with no ``first`` the box may stay empty."""
    widget = f"{key}.{language}"
    remembered = state.remembered(key, first)
    state.preset(widget, remembered if remembered in options else first)
    return st.selectbox(
        label,
        options,
        index=None if first is None else 0,
        key=widget,
        on_change=_remember,
        args=(key, widget),
        format_func=worded,
        placeholder=placeholder,
    )
