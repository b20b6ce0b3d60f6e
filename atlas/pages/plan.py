"""The plan: what it designates and where, its numbers, and the two unmatched lists."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from atlas import state
from atlas.journeys.plan import PLAN_FORMATS, export_plan
from atlas.report.content import Table
from atlas.report.plan import designation_table, target_table, zone_table
from atlas.texts import text
from layers.plan import load_plan

language = state.language()
plan = load_plan()


def words(name: str) -> str:
    return text(f"plan.{name}", language)


def shown(table: Table, height: int) -> None:
    """A table of the report on the page."""
    st.dataframe(pd.DataFrame(table.rows, columns=list(table.head)), hide_index=True, height=height)


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
    shown(designation_table(designations, language), 580)
with numbers:
    shown(target_table(targets, language), 580)
with unmatched:
    st.subheader(words("without_shape"))
    shown(designation_table(undrawn, language), 320)
    st.subheader(words("without_clause"))
    shown(zone_table(zones, language), 240)

with st.sidebar, st.container(border=True):
    suffix = st.segmented_control(words("report"), list(PLAN_FORMATS), default=".pdf", key="plan_format", required=True)
    st.download_button(
        words("report_download"),
        lambda: export_plan(suffix, language, state.store()),
        file_name=f"plan{suffix}",
        on_click="ignore",
        key="plan_download",
    )
