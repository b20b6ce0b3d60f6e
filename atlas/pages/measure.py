"""Concentration: where is a sector, is that where the plan wants it, and is it more than chance?"""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from atlas import state
from atlas.cache import measured
from atlas.pages.parts.firms_in import empty_state, faults_panel, firms_in
from atlas.pages.parts.markdown import literal
from atlas.pages.parts.measure_alignment import alignment_view
from atlas.pages.parts.measure_charts_view import charts_view
from atlas.pages.parts.measure_compare import compare_view, pair_of_cuts
from atlas.pages.parts.measure_export import export_view
from atlas.pages.parts.measure_form import SCHEMES, Question, measure_form
from atlas.pages.parts.measure_heading import measure_heading
from atlas.pages.parts.measure_map_view import map_view
from atlas.pages.parts.view_choice import view_choice
from atlas.texts import error_text, text
from geo.errors import GeoError
from layers.errors import DataError
from layers.plan import load_plan

language = state.language()
store = state.store()
plan = load_plan()


def show(question: Question) -> None:
    """The answer in the view that the reader chose."""
    with st.spinner(text("measurepage.working", language)):
        found = measured("concentration", question.request)
        aligned = measured("alignment", replace(question.request, scheme="sector", unit="district", spatial=()))
    measure_heading(found.document, aligned, question, language)
    view = view_choice(language)
    districts = replace(question.request, unit="district", spatial=())
    if view == "map":
        map_view(found, question, store, plan, language)
        pair_of_cuts(found, question, language)
    elif view == "charts":
        sector_scheme = next(pair[0] for pair in SCHEMES.values() if question.request.scheme in pair)
        overview = measured("concentration", replace(districts, scheme=sector_scheme))
        charts_view(found, overview, question, plan, language)
    elif view == "compare":
        compare_view(question, language)
    elif view == "alignment":
        alignment_view(aligned, measured("concentration", districts), question, language)
    else:
        export_view(found, question, language)


with st.sidebar:
    firms_in(store, language)
firms = state.firms()
if firms is None:
    empty_state(language)
else:
    with st.sidebar:
        asked = measure_form(firms, store, language)
    faults_panel(firms, language)
    try:
        show(asked)
    except (GeoError, DataError) as error:
        st.error(literal(error_text(error, language)))
