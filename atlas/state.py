"""The only place that touches the session: what this reader looks at, proposes and has supplied."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import streamlit as st

from atlas.viewstate import ViewState, as_query, parsed
from atlas.workspace import open_store
from geo.types import Proposal, Use
from layers.store import Store
from layers.types import Layer, Rejected

if TYPE_CHECKING:
    from layers.firms import FirmsResult

_VIEW, _SUPPLIED, _ASSESSMENT, _FOCUS, _SELECTED = (
    f"atlas.{name}" for name in ("view", "supplied", "assessment", "focus", "selected")
)
_SITES, _EARLIER, _ORIGIN, _FRAME, _RECORD, _DRAWING, _USE, _QUESTION, _TOLD = (
    f"atlas.{name}" for name in ("sites", "earlier", "origin", "frame", "record", "drawing", "use", "question", "told")
)

#: How much ground the map shows around a site at least, degrees.
SITE_MARGIN = 0.02
_FIRMS, _PICKED, _SEEN = "atlas.firms", "atlas.picked", "atlas.seen"


def store() -> Store:
    """The embedded layers, those of the workspace, and those that this session supplied."""
    opened = open_store()
    for layer in st.session_state.get(_SUPPLIED, {}).values():
        opened = opened.with_layer(layer)
    return opened


def default_view() -> ViewState:
    """What a reader sees first: the layers that their entries make visible."""
    return ViewState(layers=tuple(spec.id for spec in open_store().specs() if spec.visible))


def view() -> ViewState:
    """The current view; the first time it is what the address asks for."""
    if _VIEW not in st.session_state:
        known = tuple(spec.id for spec in store().specs())
        st.session_state[_VIEW] = parsed(dict(st.query_params), known, default_view())
    return st.session_state[_VIEW]


def change_view(**changes: Any) -> None:
    """Change the view, and the address with it."""
    st.session_state[_VIEW] = replace(view(), **changes)
    keep_address()


def keep_address() -> None:
    """Write the view into the address, so that the page can be shared and survives a reload."""
    wanted = as_query(view(), default_view())
    if dict(st.query_params) != wanted:
        st.query_params.from_dict(wanted)


def language() -> str:
    """The reader's language."""
    return view().language


def switch_layer(layer_id: str, on: bool) -> None:
    """Show or hide a layer, keeping the others."""
    others = tuple(layer for layer in view().layers if layer != layer_id)
    change_view(layers=(*others, layer_id) if on else others)


def supply(layer: Layer) -> None:
    """Add or replace a layer for this session only."""
    st.session_state.setdefault(_SUPPLIED, {})[layer.spec.id] = layer


def withdraw(layer_id: str) -> None:
    """Take a supplied layer away again."""
    st.session_state.get(_SUPPLIED, {}).pop(layer_id, None)


def supplied() -> dict[str, Layer]:
    """The layers that this session supplied."""
    return dict(st.session_state.get(_SUPPLIED, {}))


def sites() -> tuple[Proposal, ...]:
    """The sites to be checked."""
    return st.session_state.get(_SITES, ())


def propose(
    *proposals: Proposal, how: str = "", frame: str = "", record: Any = None, rejected: tuple[Rejected, ...] = ()
) -> None:
    """Replace the sites to be checked, keeping the ones before for ``undo_site``."""
    st.session_state.setdefault(_EARLIER, []).append((sites(), site_origin(), site_frame()))
    st.session_state[_ORIGIN] = how
    st.session_state[_FRAME] = frame
    st.session_state[_RECORD] = (record, rejected)
    change_sites(tuple(proposals))


def change_sites(proposals: tuple[Proposal, ...]) -> None:
    """Change the sites in place; an older assessment no longer belongs to them."""
    st.session_state[_SITES] = proposals
    st.session_state.pop("site_accuracy", None)
    keep_assessment(None)


def undo_site() -> None:
    """Back to the sites before the last change."""
    earlier, origin, frame = st.session_state[_EARLIER].pop()
    st.session_state[_ORIGIN] = origin
    st.session_state[_FRAME] = frame
    st.session_state[_RECORD] = (None, ())
    change_sites(earlier)


def can_undo() -> bool:
    """Whether there is anything to go back to."""
    return bool(st.session_state.get(_EARLIER))


def site_origin() -> str:
    """How the sites came: drawing, typed or file."""
    return st.session_state.get(_ORIGIN) or "typed"


def site_frame() -> str:
    """The frame that the sites' coordinates were typed in; empty for any other site."""
    return st.session_state.get(_FRAME, "")


def site_record() -> tuple[Any, tuple[Rejected, ...]]:
    """The record of the file that brought the sites, and the rows of it that could not be used."""
    return st.session_state.get(_RECORD, (None, ()))


def is_new_drawing(geometry: dict[str, Any]) -> bool:
    """Whether the map reports a drawing that it has not reported before."""
    words = repr(geometry)
    if st.session_state.get(_DRAWING) == words:
        return False
    st.session_state[_DRAWING] = words
    return True


def chosen_use() -> Use:
    """The use that the site is checked for."""
    return st.session_state.get(_USE, Use.FACTORY)


def choose_use(use: Use) -> None:
    """Check for another use; an older assessment no longer belongs to it."""
    st.session_state[_USE] = use
    keep_assessment(None)


def typed_name() -> str:
    """The name that the reader typed for the record of checks; nobody verifies it."""
    return str(st.session_state.get("typed_name", ""))


def assessment() -> dict[str, Any] | None:
    """The last assessment of this session, in the form of its file."""
    return st.session_state.get(_ASSESSMENT)


def keep_assessment(content: dict[str, Any] | None) -> None:
    """Keep an assessment, just made or opened from a file."""
    if content is None:
        st.session_state.pop(_ASSESSMENT, None)
    else:
        st.session_state[_ASSESSMENT] = content


def focus() -> tuple[float, float, float, float] | None:
    """Where the map was last asked to go."""
    return st.session_state.get(_FOCUS)


def show_sites() -> None:
    """Ask the map to show the sites, with some ground around them."""
    if sites():
        shapes = [site.footprint.bounds for site in sites()]
        west, south = (min(bounds[k] for bounds in shapes) for k in (0, 1))
        east, north = (max(bounds[k] for bounds in shapes) for k in (2, 3))
        margin = max(SITE_MARGIN, east - west, north - south)
        go_to((west - margin, south - margin, east + margin, north + margin))


def go_to(bounds: tuple[float, float, float, float]) -> None:
    """Ask the map to show these bounds."""
    st.session_state[_FOCUS] = bounds


def wants_view() -> bool:
    """Whether the reader wants to take away what the map shows, so that the page must know it."""
    return bool(remembered("export_extent", "all") == "view")


def see(bounds: tuple[float, float, float, float]) -> None:
    """Remember what the map shows."""
    st.session_state[_SEEN] = bounds


def seen() -> tuple[float, float, float, float] | None:
    """What the map showed when it last told."""
    return st.session_state.get(_SEEN)


def selected() -> tuple[str, str] | None:
    """The feature that was clicked last: layer id and feature id."""
    return st.session_state.get(_SELECTED)


def select(layer_id: str, feature_id: str) -> None:
    """Remember the feature that was clicked."""
    st.session_state[_SELECTED] = (layer_id, feature_id)


def widget(key: str) -> Any:
    """The value of a widget, for the callback that answers to it."""
    return st.session_state[key]


def remembered(key: str, otherwise: Any) -> Any:
    """What the reader chose under this key, in the language of that moment or another."""
    return st.session_state.get(f"atlas.choice.{key}", otherwise)


def remember(key: str, value: Any) -> None:
    """Remember a choice."""
    st.session_state[f"atlas.choice.{key}"] = value


def keep_question(quantities: dict[str, float | str], on: date) -> None:
    """Remember what was asked besides the place, so that it can be asked again."""
    st.session_state[_QUESTION] = (quantities, on)


def question() -> tuple[dict[str, float | str], date]:
    """What was asked last besides the place; nothing, today, at first."""
    return st.session_state.get(_QUESTION, ({}, date.today()))


def tell(sentences: list[str]) -> None:
    """Sentences to show on the next run, once."""
    st.session_state[_TOLD] = sentences


def told() -> list[str]:
    """The sentences left for this run."""
    return st.session_state.pop(_TOLD, [])


def preset(key: str, value: Any) -> None:
    """Give a widget its value before it is drawn, so that it shows the view and not what it last held."""
    st.session_state[key] = value


def firms() -> FirmsResult | None:
    """The table of firms of this session."""
    return st.session_state.get(_FIRMS)


def keep_firms(result: FirmsResult | None) -> None:
    """Measure another table, or none; a place that was chosen in the one before means nothing now."""
    st.session_state[_FIRMS] = result
    pick("")


def picked() -> str:
    """The place whose numbers the reader looks at; blank for none."""
    return st.session_state.get(_PICKED, "")


def pick(place: str) -> None:
    """Look at the numbers of a place."""
    st.session_state[_PICKED] = place


def result(name: str) -> Any:
    """The last result of a page that computes something, or None."""
    return st.session_state.get(f"atlas.result.{name}")


def keep_result(name: str, value: Any) -> None:
    """Keep what a page has computed until it computes again."""
    st.session_state[f"atlas.result.{name}"] = value
