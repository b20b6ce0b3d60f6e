"""Say for what, with the quantities that the rules of that use ask for; run the check."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import streamlit as st

from atlas import state
from atlas.assessment import as_dict
from atlas.journeys.check import CheckRequest, run_check
from atlas.journeys.history import remember
from atlas.journeys.site import DRAWN_FRAME, input_record
from atlas.journeys.stating import CLASSES
from atlas.pages.parts.choice import choice
from atlas.pages.parts.markdown import literal
from atlas.texts import error_text, text
from atlas.wording_values import quantity_words
from geo.types import Use
from layers.errors import DataError
from layers.rulebook import load_rulebook
from layers.store import Store

#: What a use may be asked besides its place: a number, or one of some classes.
QUANTITIES: dict[Use, tuple[str, ...]] = {
    Use.OFFSHORE_WIND: ("status", "capacity_mw", "turbine_mw", "height_above_aerodrome_m"),
    Use.ONSHORE_WIND: ("capacity_mw", "height_above_aerodrome_m"),
    Use.DATA_CENTER: ("data_center_grade",),
    Use.HYDROGEN_STATION: ("station_grade", "distance_to_open_flame_m"),
    Use.BASE_STATION: (
        "height_above_aerodrome_m",
        "frequency_mhz",
        "electric_field_v_m",
        "power_density_w_m2",
        "project_power_density_w_m2",
    ),
    Use.FACTORY: ("industry", "height_above_aerodrome_m"),
    Use.CHEMICAL_PLANT: ("height_above_aerodrome_m",),
    Use.BUILDING: ("height_above_aerodrome_m",),
}
#: What any use may be asked: rules on farmland make an exception for some projects.
OF_ANY_USE = ("project_class",)


def _class_word(name: str, language: str, option: str) -> str:
    return text(f"quantity.{name}_{option}", language)


def asked_quantities(use: Use, language: str) -> dict[str, float | str]:
    """The quantities that were given; what was left blank stays unknown."""
    given: dict[str, float | str] = {}
    for asked in (*QUANTITIES.get(use, ()), *OF_ANY_USE):
        label = quantity_words(asked, language)
        label = label[:1].upper() + label[1:]  # the texts name it inside sentences
        if asked in CLASSES:
            name, options = CLASSES[asked]
            chosen = choice(
                label,
                options,
                language,
                key=f"quantity.{use.value}.{asked}",
                worded=partial(_class_word, name, language),
                first=options[0] if asked == "status" else None,
                placeholder=text("quantity.unknown", language),
            )
            if chosen:
                given[name] = chosen
        else:
            value = st.number_input(label, 0.0, value=None, key=f"quantity.{use.value}.{asked}")
            if value is not None:
                given[asked] = value
    return given


def check_form(store: Store, language: str) -> None:
    """Use, day, quantities, and the button."""
    use = Use(
        choice(
            text("check.use", language),
            [option.value for option in Use],
            language,
            key="use",
            worded=lambda option: text(f"use.{option}", language),
            first=Use.FACTORY.value,
        )
        or Use.FACTORY
    )
    if use is not state.chosen_use():
        state.choose_use(use)
    quantities = asked_quantities(use, language)
    on = st.date_input(text("check.on", language), date.today(), help=text("check.on_help", language))
    if store.workspace is not None:
        st.text_input(
            text("history.your_name", language),
            key="typed_name",
            max_chars=80,
            help=text("history.will_be_recorded", language),
        )
    if st.button(
        text("check.run", language), type="primary", disabled=not state.sites(), key="run_check", width="stretch"
    ):
        state.keep_question(quantities, on)
        answer(store, language)


def answer(store: Store, language: str) -> None:
    """Assess the sites with what was said last; also after a layer was supplied."""
    quantities, on = state.question()
    proposals = tuple(
        replace(site, use=state.chosen_use(), quantities={**site.quantities, **quantities}) for site in state.sites()
    )
    record, rejected = state.site_record()
    request = CheckRequest(
        proposals=proposals,
        store=store,
        on=on,
        inputs=(record or input_record(proposals[0], state.site_origin(), state.site_frame() or DRAWN_FRAME),),
        rejected=rejected,
        rulebook=load_rulebook(),
    )
    bar = st.progress(0.0, text("check.running", language))

    def progress(done: int, total: int) -> None:
        bar.progress(done / total, text("check.running", language))

    content = as_dict(run_check(request, progress))
    state.keep_assessment(content)
    _remember(content, store, language)
    bar.empty()


def _remember(content: dict[str, Any], store: Store, language: str) -> None:
    """Enter the check in the workspace's record; the answer stands even where that cannot be written."""
    if store.workspace is None:
        return
    try:
        remember(store, content, state.typed_name(), "page")
    except DataError as error:
        st.error(literal(error_text(error, language)))
