"""Choose a sector of the plan, one of its items, and an indicator of the districts."""

from __future__ import annotations

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


def plan_filter(plan: Plan, store: Store, language: str) -> None:
    """Three boxes; each may stay empty."""
    view = state.view()
    sectors = list(plan.sectors)
    state.preset("sector", view.sector or None)
    st.selectbox(
        text("map.sector", language),
        sectors,
        index=None,
        key="sector",
        on_change=_sector_chosen,
        placeholder=text("map.all_sectors", language),
    )
    if view.sector:
        items = list(dict.fromkeys(d.subsector for d in plan.designations if d.sector == view.sector and d.subsector))
        state.preset("item", view.subsector or None)
        st.selectbox(
            text("map.item", language),
            items,
            index=None,
            key="item",
            on_change=_item_chosen,
            placeholder=text("map.all_items", language),
        )
        st.caption(text("plan.ended", language))
    columns = store.spec("districts").columns
    indicators = [key for key in INDICATORS if key in columns]
    state.preset("indicator", view.indicator if view.indicator in indicators else None)
    st.selectbox(
        text("map.indicator", language),
        indicators,
        index=None,
        key="indicator",
        on_change=_indicator_chosen,
        format_func=lambda key: columns[key].get(language) or columns[key]["zh"],
        placeholder=text("map.no_indicator", language),
    )
