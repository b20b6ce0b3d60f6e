"""Choose a background map among those that the workspace sets up; without any there is nothing to choose."""

from __future__ import annotations

import streamlit as st

from atlas import state
from atlas.basemaps import BasemapEntry, basemaps
from atlas.drawing import Basemap
from atlas.pages.parts.markdown import literal
from atlas.texts import error_text, text
from atlas.webmap import ASSET_BASE
from atlas.workspace import workspace_folder
from layers.errors import CatalogueFault


def _entries() -> tuple[BasemapEntry, ...]:
    return basemaps(workspace_folder())


def chosen_basemap() -> Basemap | None:
    """The basemap of the view, or none."""
    try:
        entries = _entries()
    except CatalogueFault:
        return None
    return next((entry.basemap(ASSET_BASE) for entry in entries if entry.id == state.view().basemap), None)


def _chosen() -> None:
    state.change_view(basemap=state.widget("basemap") or "")


def basemap_choice(language: str) -> None:
    """A box with the basemaps; what is wrong with the settings is said here."""
    try:
        entries = {entry.id: entry for entry in _entries()}
    except CatalogueFault as error:
        st.error(literal(error_text(error, language)))
        return
    if not entries:
        return
    state.preset("basemap", state.view().basemap if state.view().basemap in entries else None)
    st.selectbox(
        text("map.basemap", language),
        list(entries),
        index=None,
        key="basemap",
        on_change=_chosen,
        format_func=lambda name: entries[name].title,
        placeholder=text("map.no_basemap", language),
    )
