"""Choose a sector of the plan, one of its items, and an indicator of the districts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from atlas import state
from atlas.texts import text
from layers.plan import Plan
from layers.store import Store

#: Columns of the districts that are numbers to be compared.
INDICATORS = (
    "population_2020",
    "population_2010",
    "population_change_percent",
    "density_2020_per_km2",
    "area_km2_2019",
    "gdp_2020_yi",
    "gdp_2023_yi",
)


def _sector_chosen() -> None:
    """Show the designations when a sector is chosen; a new sector starts without an item."""
    state.change_view(sector=state.widget("sector") or "", subsector="")
    if state.view().sector:
        state.switch_layer("plan_designations", True)


def _item_chosen() -> None:
    state.change_view(subsector=state.widget("item") or "")


def _indicator_chosen() -> None:
    state.change_view(indicator=state.widget("indicator") or "")
    if state.view().indicator:
        state.switch_layer("districts", True)


def _box(key: str, options: Sequence[str], shown: str, chosen: Callable[[], None], language: str, **more: Any) -> None:
    """A box that may stay empty; ``shown`` is what the address asks for."""
    state.preset(key, shown or None)
    st.selectbox(text(f"map.{key}", language), options, index=None, key=key, on_change=chosen, **more)


def plan_filter(plan: Plan, store: Store, language: str) -> None:
    """Three boxes; each may stay empty."""
    view = state.view()
    every = text("map.all_sectors", language)
    _box("sector", list(plan.sectors), view.sector, _sector_chosen, language, placeholder=every)
    if view.sector:
        items = list(dict.fromkeys(d.subsector for d in plan.designations if d.sector == view.sector and d.subsector))
        every = text("map.all_items", language)
        _box("item", items, view.subsector, _item_chosen, language, placeholder=every)
        st.caption(text("plan.ended", language))
    columns = store.spec("districts").columns
    indicators = [key for key in INDICATORS if key in columns]
    _box(
        "indicator", indicators, view.indicator if view.indicator in indicators else "", _indicator_chosen, language,
        format_func=lambda key: columns[key].get(language) or columns[key]["zh"],
        placeholder=text("map.no_indicator", language),
    )  # fmt: skip
