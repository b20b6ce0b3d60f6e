"""What the plan names and nobody has drawn, beside the map."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from atlas.texts import text
from layers.plan import Designation, Plan


def chosen_designations(plan: Plan, sector: str, subsector: str) -> tuple[Designation, ...]:
    """The designations of a sector and item; all where none is chosen."""
    return tuple(
        d for d in plan.designations if (not sector or d.sector == sector) and (not subsector or d.subsector == subsector)
    )


def _table(designations: list[Designation], language: str) -> pd.DataFrame:
    columns = {
        text("plan.place", language): [d.place for d in designations],
        text("plan.clause", language): [d.clause for d in designations],
        text("plan.kind", language): [text(f"kind.{d.kind}", language) for d in designations],
        text("plan.quote", language): [d.quote for d in designations],
    }
    return pd.DataFrame(columns)


def undrawn_list(plan: Plan, sector: str, subsector: str, language: str) -> None:
    """The list, and what it means."""
    chosen = chosen_designations(plan, sector, subsector)
    undrawn = [d for d in chosen if not plan.is_drawn(d)]
    st.subheader(text("map.undrawn", language, count=len(undrawn)), help=text("map.undrawn_help", language))
    if not undrawn:
        st.caption(text("map.undrawn_none", language))
        return
    widths = {
        text("plan.place", language): st.column_config.Column(width=165),
        text("plan.clause", language): st.column_config.Column(width=80),
    }
    height = min(36 * (len(undrawn) + 1) + 4, 330)
    st.dataframe(_table(undrawn, language), hide_index=True, height=height, column_config=widths)
