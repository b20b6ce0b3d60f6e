"""Where to screen, for what use, how finely; the answer stays until the next one."""

from __future__ import annotations

from datetime import date

import streamlit as st

from atlas import state
from atlas.journeys.screening import CELL_SIDES_M, Screening, ScreeningRequest, proposed_cell_m, screen_area
from atlas.pages.parts.area_choice import area_choice
from atlas.pages.parts.check_form import asked_quantities
from atlas.pages.parts.choice import choice
from atlas.pages.parts.markdown import literal
from atlas.texts import error_text, text
from geo.errors import GeoError
from geo.types import Use
from layers.store import Store

KINDS = ("district", "park")
RESULT = "screening"


def screening_form(store: Store, language: str) -> Screening | None:
    """The form; gives the last screening of this session, if any."""
    st.subheader(text("screening.title", language))
    kind = choice(
        text("screening.where", language), KINDS, language, key="screening_kind",
        worded=lambda option: text(f"alternatives.which_{option}", language), first="district",
    )  # fmt: skip
    within = area_choice(str(kind), store, language, "screening")
    use = Use(
        choice(
            text("check.use", language), [option.value for option in Use], language, key="screening_use",
            worded=lambda option: text(f"use.{option}", language), first=Use.FACTORY.value,
        )
        or Use.FACTORY
    )  # fmt: skip
    quantities = asked_quantities(use, language)
    sides = [str(side) for side in CELL_SIDES_M]
    side = choice(
        text("screening.cell", language), sides, language, key=f"screening_cell.{within.id if within else ''}",
        worded=lambda option: text("screening.cell_value", language, metres=option),
        first=str(proposed_cell_m(within)) if within else sides[-1],
    )  # fmt: skip
    on = st.date_input(text("check.on", language), date.today(), key="screening_on")
    pressed = st.button(
        text("screening.run", language), key="run_screening", type="primary", width="stretch", disabled=within is None
    )
    if pressed and within is not None and within.outline is not None:
        request = ScreeningRequest(within, use, float(side or sides[-1]), store, on, quantities=quantities)
        if _run(request, language):
            state.go_to(within.outline.bounds)
    return state.result(RESULT)


def _run(request: ScreeningRequest, language: str) -> bool:
    bar = st.progress(0.0, text("screening.working", language))

    def progress(done: int, total: int) -> None:
        bar.progress(done / total, text("screening.working", language))

    try:
        found = screen_area(request, progress)
    except GeoError as error:
        st.error(literal(error_text(error, language)))
        return False
    finally:
        bar.empty()
    state.keep_result(RESULT, found)
    return True
