"""After a verdict: one button that says why not here and where instead, and a place to adopt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st
from shapely.geometry import shape

from atlas import state
from atlas.journeys.alternatives import USUAL_RADIUS_M, Explainer, Within, parse_within
from atlas.journeys.alternatives_map import bounds_of, shown_place
from atlas.journeys.verify import proposal_of, request_of
from atlas.pages.parts.area_choice import area_choice
from atlas.pages.parts.check_form import answer
from atlas.pages.parts.choice import choice
from atlas.pages.parts.markdown import literal
from atlas.texts import text
from atlas.wording_alternatives import (
    alternative_notes,
    alternative_sentence,
    blocker_line,
    blocking_sentence,
    cure_lines,
)
from geo.types import Proposal
from layers.errors import DataError
from layers.store import Store

KINDS = ("radius", "district", "park")
LARGEST_RADIUS_KM = 150.0


def _say(key: str, language: str) -> str:
    return text(f"alternatives.{key}", language)


def alternatives_panel(entry: dict[str, Any] | None, store: Store, language: str) -> None:
    """Where to look, the button, and what came of it."""
    if entry is None:
        return
    with st.container(border=True, key="alternatives"):
        st.subheader(_say("title", language))
        kind_column, which_column, button_column = st.columns([3, 4, 3], vertical_alignment="bottom")
        with kind_column:
            kind = choice(
                _say("within", language), KINDS, language, key="within_kind",
                worded=lambda option: _say(f"within_{option}_choice", language), first="radius",
            )  # fmt: skip
        with which_column:
            within = _within(str(kind), proposal_of(entry), store, language)
        pressed = button_column.button(
            _say("button", language), key="explain", type="primary", width="stretch", disabled=within is None,
            help=_say("button_help", language),
        )  # fmt: skip
        if pressed and within is not None:
            _explain(entry, within, store, language)
        if entry.get("blocking"):
            _answer(entry, store, language)


def _within(kind: str, site: Proposal, store: Store, language: str) -> Within | None:
    """A radius, or one of the districts or parks that have an outline: at first the one that holds the site."""
    if kind == "radius":
        radius = st.number_input(
            _say("radius_km", language), 0.5, LARGEST_RADIUS_KM, USUAL_RADIUS_M / 1000.0, key="within_radius"
        )
        return Within("radius", radius * 1000.0)
    try:
        first = parse_within(kind, site, store).id
    except DataError:
        first = ""
    return area_choice(kind, store, language, "within", first)


def _explain(entry: dict[str, Any], within: Within, store: Store, language: str) -> None:
    """Search, with progress; the answer stays with the assessment, so that a report has it too."""
    assessment = state.assessment()
    if assessment is None:
        return
    bar = st.progress(0.0, _say("working", language))

    def progress(done: int, total: int) -> None:
        bar.progress(min(done / total, 1.0), _say("working", language))

    request, _ = request_of(assessment, store)
    explainer = Explainer(request.store, request.rulebook.rules, request.on)
    entry.update(explainer.explain(proposal_of(entry), within, progress))
    state.keep_assessment(assessment)
    if bounds := bounds_of(entry):
        state.go_to(bounds)
    st.rerun()


def _answer(entry: Mapping[str, Any], store: Store, language: str) -> None:
    why, where = st.columns(2, gap="medium")
    with why:
        st.markdown(f"**{literal(_say('why_not', language))}**")
        blocking = entry["blocking"]
        st.markdown(literal(blocking_sentence(blocking, language)))
        for blocker in (*blocking["conflicts"], *blocking["uncertain"]):
            lines = [f"- {literal(blocker_line(blocker, language))}"]
            lines += [f"    - {literal(line)}" for line in cure_lines(blocker, language)]
            st.markdown("\n".join(lines))
    with where:
        st.markdown(f"**{literal(_say('where_instead', language))}**")
        if not entry.get("alternative"):
            return
        st.markdown(literal(alternative_sentence(entry["alternative"], language)))
        for note in alternative_notes(entry["alternative"], language):
            st.caption(literal(note))
        if shown_place(entry) and st.button(_say("adopt", language), key="adopt_alternative"):
            _adopt(entry, store, language)


def _adopt(entry: Mapping[str, Any], store: Store, language: str) -> None:
    """The place becomes the site, and is checked at once."""
    place = shown_place(entry)
    if place is None:
        return
    footprint = shape(place["geometry"])
    name = _say("adopted_name", language)
    moved = [
        replace(site, footprint=footprint, name=name) if site.id == entry["id"] else site for site in state.sites()
    ]
    state.propose(*moved, how="alternative")
    answer(store, language)
    st.rerun()
