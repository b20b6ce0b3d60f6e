"""What the plan names and nobody has drawn, beside the map."""

from __future__ import annotations

from html import escape

import streamlit as st

from atlas.texts import text
from layers.plan import Designation, Plan


def _entry(designation: Designation, language: str) -> str:
    """One statement as markup of our own around escaped words of the plan."""
    kind = text(f"kind.{designation.kind}", language)
    place, clause, quote = (escape(words) for words in (designation.place, designation.clause, designation.quote))
    return (
        f'<li style="margin:0 0 .55rem"><b style="font-weight:600">{place}</b> <span style="opacity:.75">{clause} · '
        f'{escape(kind)}</span><br><span style="opacity:.75">{quote}</span></li>'
    )


def undrawn_list(plan: Plan, sector: str, subsector: str, language: str) -> None:
    """The list, and what it means."""
    undrawn = plan.undrawn(sector, subsector)
    st.subheader(text("map.undrawn", language, count=len(undrawn)), help=text("map.undrawn_help", language))
    if not undrawn:
        st.caption(text("map.undrawn_none", language))
        return
    entries = "".join(_entry(designation, language) for designation in undrawn)
    with st.container(border=True, key="undrawn_box"):
        st.html(f'<ul style="list-style:none;margin:0;padding:0;font-size:.86rem;line-height:1.45">{entries}</ul>')
