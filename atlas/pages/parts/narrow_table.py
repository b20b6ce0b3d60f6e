"""A table for a narrow column: its cells wrap, where those of a data grid would be cut off."""

from __future__ import annotations

import re

import pandas as pd
import streamlit as st

from atlas.pages.parts.markdown import literal

#: The blank of a share, which is not to be broken at.
_PERCENT = re.compile(r"(?<=\d) %$")
#: Above this many rows a table scrolls in a box of its own, pixels high.
ROWS_WHOLE, BOX = 12, 420


def narrow_table(table: pd.DataFrame) -> None:
    """Show a table whose cells are data: wrapped, and in a box that scrolls where there are many rows."""
    shown = table.map(lambda cell: _PERCENT.sub("\u00a0%", literal(str(cell)))).rename(columns=literal)
    with st.container(height=BOX if len(table) > ROWS_WHOLE else "content", border=False):
        st.table(shown, hide_index=True)
