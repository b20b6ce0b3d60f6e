"""The catalogue: every layer with its source, licence, date and accuracy; the user's own files come in here."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from atlas import state
from atlas.journeys.explore import catalogue_rows
from atlas.pages.parts.data_download import data_download
from atlas.pages.parts.markdown import literal
from atlas.pages.parts.own_layer import own_layer
from atlas.pages.parts.sample_data import sample_data
from atlas.texts import text

language = state.language()
store = state.store()

with st.sidebar:
    own_layer(store, language)
    st.divider()
    sample_data(store, language)

rows = catalogue_rows(store)
table = pd.DataFrame(
    {
        text("data.title", language): [row["title"].get(language) or row["title"]["zh"] for row in rows],
        text("data.theme", language): [text(f"theme.{row['theme']}", language) for row in rows],
        text("data.features", language): [row["features"] for row in rows],
        text("data.without_geometry", language): [row["without_geometry"] for row in rows],
        text("data.as_of", language): [row["as_of"] for row in rows],
        text("data.basis", language): [text(f"basis.{row['basis']}", language) for row in rows],
        text("data.accuracy", language): [
            "" if row["accuracy_m"] is None else f"{row['accuracy_m']:g}" for row in rows
        ],
        text("data.source", language): [row["source"] for row in rows],
        text("data.licence", language): [row["licence"] for row in rows],
        text("data.sha256", language): [row["sha256"][:12] for row in rows],
    }
)
if replaced := store.replaced():
    titles = text("report.list_separator", language).join(spec.titled(language) for spec in replaced)
    st.warning(literal(text("data.replaced", language, layers=titles)))
st.dataframe(table, hide_index=True, height=480)
with st.container(border=True):
    data_download(store, language)
