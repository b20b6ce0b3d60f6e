"""The record of checks: find an earlier one, open it again, take it away, compare two."""

from __future__ import annotations

import streamlit as st

from atlas import state
from atlas.journeys.history import chosen, earlier
from atlas.pages.parts.history_entry import compared, entry_actions
from atlas.pages.parts.history_list import filters, history_table
from atlas.pages.parts.markdown import literal
from atlas.texts import text

language = state.language()
store = state.store()

if store.workspace is None:
    st.info(text("history.no_workspace", language))
    st.caption(text("history.no_workspace_help", language))
    st.stop()

entries = earlier(store)
if not entries:
    st.info(text("history.empty", language))
    st.stop()
if broken := [str(entry.number) for entry in entries if not entry.chained]:
    st.warning(literal(text("history.broken_record", language, numbers=", ".join(reversed(broken)))))

found = chosen(entries, *filters(entries, language))
history_table(found, language)
if not found:
    st.caption(text("history.none_found", language))
    st.stop()
one, two = st.columns(2)
with one, st.container(border=True):
    entry = entry_actions(found, store, language)
with two, st.container(border=True):
    compared(entry, entries, store, language)
