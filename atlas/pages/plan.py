"""The plan: what it designates and where, its numbers, and the two unmatched lists."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from atlas import state
from atlas.texts import text
from layers.plan import Designation, Target, load_plan

language = state.language()
plan = load_plan()


def words(name: str) -> str:
    return text(f"plan.{name}", language)


def designation_table(designations: tuple[Designation, ...]) -> pd.DataFrame:
    """The statements as rows, in the plan's order."""
    rows = [
        {
            words("clause"): d.clause,
            words("sector"): d.sector,
            words("item"): d.subsector,
            words("place"): d.place + ("等" if d.open_ended else ""),
            words("kind"): text(f"kind.{d.kind}", language),
            words("strength"): text(f"strength.{d.strength}", language),
            words("geometry"): text(f"plan_geometry.{d.geometry}", language),
            words("quote"): d.quote,
        }
        for d in designations
    ]
    return pd.DataFrame(rows)


def target_table(targets: tuple[Target, ...]) -> pd.DataFrame:
    """The numbers as rows, in the plan's order."""
    rows = [
        {
            words("clause"): t.clause,
            words("indicator"): t.indicator,
            words("type"): text(f"target_type.{t.type}", language),
            words("bound"): text(f"bound.{t.bound}", language),
            words("value"): ""
            if t.value is None
            else f"{t.value:g}" + ("" if t.value_max is None else f"–{t.value_max:g}"),
            words("unit"): t.unit,
            words("year"): "" if t.year is None else str(t.year),
            words("quote"): t.quote,
        }
        for t in targets
    ]
    return pd.DataFrame(rows)


with st.sidebar:
    wanted = st.text_input(words("filter"), key="plan_filter", max_chars=60).strip()
    sector = st.selectbox(
        text("map.sector", language),
        list(dict.fromkeys([*(d.sector for d in plan.designations), *(t.sector for t in plan.targets)])),
        index=None,
        key="plan_sector",
        placeholder=text("map.all_sectors", language),
    )
    st.caption(words("ended"))
designations = tuple(
    d
    for d in plan.designations
    if sector in (None, d.sector) and wanted in " ".join((d.clause, d.sector, d.subsector, *plan.names_of(d), d.quote))
)
targets = tuple(
    t
    for t in plan.targets
    if sector in (None, t.sector) and wanted in f"{t.clause}{t.sector}{t.subsector}{t.indicator}{t.quote}"
)
undrawn = tuple(d for d in designations if not plan.is_drawn(d))
zones = plan.zones_without_clause()

statements, numbers, unmatched = st.tabs(
    [
        f"{words('statements')} {len(designations)}",
        f"{words('numbers')} {len(targets)}",
        f"{words('unmatched')} {len(undrawn)} + {len(zones)}",
    ]
)
with statements:
    st.dataframe(designation_table(designations), hide_index=True, height=580)
with numbers:
    st.dataframe(target_table(targets), hide_index=True, height=580)
with unmatched:
    st.subheader(words("without_shape"))
    st.dataframe(designation_table(undrawn), hide_index=True, height=320)
    st.subheader(words("without_clause"))
    names = pd.DataFrame({words("zone"): [zone.name_zh if language == "zh" else zone.name_en for zone in zones]})
    st.dataframe(names, hide_index=True, height=240)
