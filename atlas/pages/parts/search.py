"""Find a feature by name and go there."""

from __future__ import annotations

import streamlit as st

from atlas import state
from atlas.journeys.explore import named_features
from atlas.pages.parts.markdown import literal
from atlas.texts import text
from layers.store import Store

#: The smallest side of the view that a hit is shown in, degrees.
VIEW_SIDE = 0.05
#: So many hits are listed; of the rest it is said how many there are.
SHOWN = 12


def _around(bounds: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    west, south, east, north = bounds
    margin_x, margin_y = (max(VIEW_SIDE - size, 0.0) / 2 for size in (east - west, north - south))
    return west - margin_x, south - margin_y, east + margin_x, north + margin_y


def search_box(store: Store, language: str) -> None:
    """A box, and under it what was found."""
    wanted = st.text_input(
        text("map.search", language),
        key="search",
        placeholder=text("map.search", language),
        label_visibility="collapsed",
        max_chars=60,
    )
    if not wanted:
        return
    hits = named_features(store, tuple(spec.id for spec in store.specs()), wanted, language)
    if not hits:
        st.caption(text("map.search_none", language))
    for number, hit in enumerate(hits[:SHOWN]):
        if hit["bounds"] is None:
            st.text(text("map.hit_undrawn", language, name=hit["name"], layer=hit["layer"]))
            continue
        label = text("map.hit", language, name=hit["name"], layer=hit["layer"])
        st.button(
            literal(label),
            key=f"hit.{number}",
            on_click=state.go_to,
            args=(_around(hit["bounds"]),),
            width="stretch",
            type="tertiary",
        )
    if len(hits) > SHOWN:
        st.caption(text("map.search_more", language, count=len(hits) - SHOWN))
