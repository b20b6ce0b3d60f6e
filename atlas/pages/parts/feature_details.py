"""What is known of the feature that was clicked, and where that comes from."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from atlas import state
from atlas.journeys.explore import shown_columns, source_line
from atlas.pages.parts.markdown import literal
from atlas.pages.parts.narrow_table import narrow_table
from atlas.texts import text
from atlas.wording_cells import cell_words
from layers.features import accuracies
from layers.store import Store


def feature_details(store: Store, language: str) -> None:
    """A table of the attributes; a word on what to do before anything was clicked."""
    selected = state.selected()
    if not selected:
        st.caption(text("map.click_hint", language))
        return
    layer_id, feature_id = selected
    if layer_id not in {spec.id for spec in store.specs()}:
        return
    layer = store.layer(layer_id)
    identifier = layer.spec.id_column
    if identifier not in layer.frame.columns:
        return
    rows = layer.frame[layer.frame[identifier].astype(str) == feature_id]
    if not len(rows):
        return
    row = rows.iloc[0]
    own = float(accuracies(layer)[layer.frame.index.get_loc(rows.index[0])])
    st.subheader(literal(layer.spec.titled(language)))
    labels, values = zip(
        *[(label, cell_words(layer.spec, key, row[key], language)) for key, label in shown_columns(layer, language)],
        strict=True,
    )
    filled = [(label, value) for label, value in zip(labels, values, strict=True) if value]
    narrow_table(pd.DataFrame(filled, columns=[text("map.attribute", language), text("map.value", language)]))
    st.caption(literal(source_line(layer.spec, language, None if math.isnan(own) else own)))
