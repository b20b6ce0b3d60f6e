"""Say where: draw on the map, type corner points, or bring a file. The last step can be undone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from atlas import state
from atlas.journeys.context import context_of, notices_of
from atlas.journeys.site import drawn_site, size_of, typed_site
from atlas.journeys.stating import known_classes
from atlas.pages.parts.frames import FRAMES
from atlas.pages.parts.markdown import literal
from atlas.texts import error_text, text
from atlas.wording import rejected_line
from geo.errors import GeoError
from layers.errors import DataError
from layers.importing import import_sites, parse_corners
from layers.plan import load_plan
from layers.rulebook import load_rulebook
from layers.store import Store

#: The accuracy to propose for typed coordinates: those of a surveyed boundary point are good to some decimetres,
#: but only the user knows whence they are.
TYPED_ACCURACY_M = 1.0


def accept_drawing(geometry: dict[str, Any], zoom: float, language: str) -> None:
    """A new drawing becomes the site; the same drawing again changes nothing."""
    if not state.is_new_drawing(geometry):
        return
    try:
        state.propose(drawn_site(geometry, zoom, text("check.drawn_name", language)), how="drawing")
    except (GeoError, DataError) as error:
        st.error(literal(error_text(error, language)))
        return
    st.rerun()


def _typed(language: str) -> None:
    with st.form("typed_site", border=False):
        frame = st.selectbox(text("check.frame", language), FRAMES[1:6], key="typed_frame")
        north_first = _order(language, "typed_order")
        corners = st.text_area(
            text("check.corners", language),
            height=110,
            key="typed_corners",
            placeholder="120.20, 36.00",
            help=text("check.corners_help", language),
        )
        accuracy = st.number_input(
            text("check.accuracy", language), 0.0, 10_000.0, TYPED_ACCURACY_M, key="typed_accuracy"
        )
        if st.form_submit_button(text("check.use_corners", language), key="use_corners"):
            try:
                footprint = parse_corners(corners, frame, north_first)
                state.propose(
                    typed_site(footprint, accuracy, text("check.typed_name", language)), how="typed", frame=frame
                )
                state.show_sites()
            except (GeoError, DataError) as error:
                st.error(literal(error_text(error, language)))


def _uploaded(language: str) -> None:
    with st.form("uploaded_site", border=False):
        file = st.file_uploader(text("check.file", language), key="site_file", help=text("check.file_help", language))
        frame = st.selectbox(
            text("check.frame", language), FRAMES, format_func=lambda f: f or text("check.frame_in_file", language)
        )
        north_first = _order(language, "file_order")
        accuracy = st.number_input(text("check.accuracy", language), 0.0, 10_000.0, 10.0, key="site_file_accuracy")
        if st.form_submit_button(text("check.use_file", language), key="use_file") and file:
            _read_sites(file.getvalue(), file.name, frame or None, north_first, accuracy, language)


def _order(language: str, key: str) -> bool:
    """Whether the first number of a coordinate is the northing, as surveyors write X and Y."""
    chosen = st.selectbox(
        text("check.order", language),
        ("east_first", "north_first"),
        format_func=lambda one: text(f"check.{one}", language),
        key=f"{key}.{language}",
    )
    return chosen == "north_first"


def _read_sites(
    content: bytes, name: str, frame: str | None, north_first: bool, accuracy: float, language: str
) -> None:
    try:
        sites = import_sites(
            content,
            name,
            crs=frame,
            north_first=north_first,
            accuracy_m=accuracy,
            use=state.chosen_use(),
            classes=known_classes(load_rulebook()),
        )
    except (GeoError, DataError) as error:
        st.error(literal(error_text(error, language)))
        return
    for rejected in sites.rejected[:20]:
        st.warning(literal(rejected_line(vars(rejected), language)))
    if sites.proposals:
        state.propose(*sites.proposals, how="file", record=sites.record, rejected=sites.rejected)
        state.show_sites()


def site_input(language: str) -> None:
    """Three ways in, and one step back."""
    st.subheader(text("check.where", language))
    typed, uploaded = st.tabs([text("check.type", language), text("check.upload", language)])
    with typed:
        _typed(language)
    with uploaded:
        _uploaded(language)
    back, clear = st.columns(2)
    back.button(text("check.undo", language), on_click=state.undo_site, disabled=not state.can_undo(), width="stretch")
    clear.button(text("check.clear", language), on_click=state.propose, disabled=not state.sites(), width="stretch")


def _accuracy_changed() -> None:
    state.change_sites(tuple(replace(site, accuracy_m=state.widget("site_accuracy")) for site in state.sites()))


def site_summary(store: Store, language: str) -> None:
    """Size, place and accuracy of the site; what looks odd; an empty state that says what to do."""
    sites = state.sites()
    if not sites:
        st.info(text("check.no_site", language))
        return
    first = sites[0]
    if len(sites) > 1:
        st.markdown(text("check.many_sites", language, count=len(sites)))
        return
    size = size_of(first.footprint)
    context = context_of(first, store, load_plan())
    district = "、".join(entry[f"name_{language}"] for entry in context.districts)
    st.markdown(
        text(
            "check.site_line",
            language,
            lon=f"{first.footprint.centroid.x:.5f}",
            lat=f"{first.footprint.centroid.y:.5f}",
            district=district or text("check.no_district", language),
        )
    )
    if size.square_metres:
        st.markdown(
            text(
                "check.size_line",
                language,
                square_metres=f"{size.square_metres:,.0f}",
                mu=f"{size.mu:,.2f}",
                hectares=f"{size.hectares:,.3f}",
            )
        )
    st.number_input(
        text("check.accuracy", language),
        0.0,
        10_000.0,
        float(first.accuracy_m),
        key="site_accuracy",
        on_change=_accuracy_changed,
        help=text(f"check.accuracy_from_{state.site_origin()}", language),
    )
    for notice in notices_of(replace(first, use=state.chosen_use()), store):
        st.warning(text(f"notice.{notice}", language))
