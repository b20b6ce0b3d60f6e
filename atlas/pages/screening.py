"""Screen a district or park for a use: a cell a site, the map, the shares, the rules behind them."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from atlas import state
from atlas.journeys.screening import Screening, screening_layer
from atlas.mapview import show_map
from atlas.pages.parts.basemap import chosen_basemap
from atlas.pages.parts.layer_tree import layer_tree
from atlas.pages.parts.legend import map_legend
from atlas.pages.parts.markdown import literal
from atlas.pages.parts.narrow_table import narrow_table
from atlas.pages.parts.screening_download import screening_download
from atlas.pages.parts.screening_form import screening_form
from atlas.pages.parts.shown_layers import drawn_layers, shown_specs
from atlas.report.screening import legend_words, notes_of
from atlas.texts import text
from atlas.wording import in_language

language = state.language()
store = state.store()


def say(key: str, **values: object) -> str:
    return text(f"screening.{key}", language, **values)


def shares(screening: Screening) -> pd.DataFrame:
    """How many cells of each standing."""
    rows = [row for row in screening.document["standings"] if row["cells"]]
    said = legend_words(screening.document, language)
    return pd.DataFrame(
        {
            say("head.standing"): [said[row["standing"]] for row in rows],
            say("cells"): [row["cells"] for row in rows],
            say("area"): [row["area_km2"] for row in rows],
            say("share"): [f"{100 * row['share']:.1f} %" for row in rows],
        }
    )


def restricting(screening: Screening) -> pd.DataFrame:
    """The rules that keep cells from passing, the commonest first."""
    rules = screening.document["deciding"]
    return pd.DataFrame(
        {
            say("rule"): [rule["rule"] for rule in rules],
            say("title_head"): [in_language(rule["title"], language) for rule in rules],
            say("severity"): [text(f"severity.{rule['severity']}", language) for rule in rules],
            say("cells"): [rule["cells"] for rule in rules],
        }
    )


def tables(screening: Screening) -> None:
    """What was screened, the shares, the rules, and what nobody looked at."""
    document = screening.document
    summary, *unseen = notes_of(document, language)
    st.markdown(literal(summary))
    narrow_table(shares(screening))
    if document["deciding"]:
        st.markdown(f"**{literal(say('deciding'))}**")
        narrow_table(restricting(screening))
    for line in unseen:
        st.info(literal(line))
    st.caption(say("asked", asked=document["asked"]))
    screening_download(screening, store, language)


with st.sidebar:
    screening = screening_form(store, language)
    st.divider()
    layer_tree(store, language)

layers = drawn_layers(store, shown_specs(store), language)
if screening:
    layers.append(screening_layer(screening, language))
map_column, side = st.columns([6, 4], gap="small")
with map_column:
    show_map(layers, key="screening", language=language, focus=state.focus(), basemap=chosen_basemap(), height=560)
    map_legend(layers)
with side:
    st.caption(say("intro"))
    if screening:
        tables(screening)
    else:
        st.info(say("empty"))
