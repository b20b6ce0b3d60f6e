"""Choose a district or park that has an outline."""

from __future__ import annotations

import streamlit as st

from atlas.journeys.alternatives import Within, outlines
from atlas.pages.parts.choice import choice
from atlas.texts import text
from layers.store import Store


def area_choice(kind: str, store: Store, language: str, key: str, first: str = "") -> Within | None:
    """One of the outlines of a kind, ``first`` until the reader chooses; None, and a hint, where there are none."""
    known = {one.id: one for one in outlines(store, kind)}
    if not known:
        st.caption(text("alternatives.no_park_outline", language))
        return None
    chosen = choice(
        text(f"alternatives.which_{kind}", language),
        list(known),
        language,
        key=f"{key}_{kind}",
        worded=lambda option: known[option].name_en if language == "en" else known[option].name_zh,
        first=first if first in known else next(iter(known)),
    )
    return known.get(str(chosen))
