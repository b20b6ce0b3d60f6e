"""One earlier check: open it again, take it away, set another beside it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from atlas import state
from atlas.journeys.comparing import differences
from atlas.journeys.history import Earlier, opened
from atlas.journeys.table_result import TableResult
from atlas.journeys.verify import request_of, verify
from atlas.pages.parts.choice import choice
from atlas.pages.parts.markdown import literal
from atlas.pages.parts.reopening import reopen
from atlas.texts import error_text, text
from atlas.wording import layer_name
from atlas.wording_history import (
    at_words,
    compared_line,
    difference_line,
    sites_words,
    table_words,
    verdict_words,
    verification_lines,
)
from geo.errors import GeoError
from layers.errors import DataError
from layers.store import Store

#: Differences shown one by one; the rest is counted.
SHOWN = 200


def _label(entry: Earlier, language: str) -> str:
    said = {"sites": sites_words(entry, language), "verdict": verdict_words(entry, language)}
    return text("history.entry", language, number=entry.number, at=at_words(entry, language), **said)


def _by_number(entries: Sequence[Earlier]) -> dict[str, Earlier]:
    return {str(entry.number): entry for entry in entries}


def _worded(entries: dict[str, Earlier], language: str, number: str) -> str:
    return _label(entries[number], language)


def _content(entry: Earlier, store: Store, language: str) -> dict[str, Any] | None:
    """The check as it was made; None, and why, where it cannot be had."""
    try:
        return opened(store, entry)
    except DataError as error:
        st.error(literal(error_text(error, language)))
        return None


def entry_actions(entries: Sequence[Earlier], store: Store, language: str) -> Earlier:
    """Choose a check, open it on the check page, or take its file away."""
    by_number = _by_number(entries)
    number = choice(
        text("history.choose", language), list(by_number), language, key="history_chosen",
        worded=partial(_worded, by_number, language), first=next(iter(by_number)),
    )  # fmt: skip
    entry = by_number[number or next(iter(by_number))]
    if entry.table is not None:
        st.markdown(f"**{literal(verdict_words(entry, language))}**")
        _table(entry.number, entry.table, language)
        return entry
    opening, again, file = st.columns(3)
    if opening.button(text("history.open", language), key="history_open", type="primary", width="stretch"):
        _open(entry, store, language)
    file.download_button(
        text("history.download", language),
        partial(store.kept, entry.sha256),
        file_name=f"{entry.sha256[:12]}.json",
        mime="application/json",
        on_click="ignore",
        key="history_download",
        width="stretch",
    )
    if again.button(text("history.verify", language), key="history_verify", width="stretch"):
        _verify(entry, store, language)
    return entry


def _verify(entry: Earlier, store: Store, language: str) -> None:
    """Whether the same question is answered the same today, what differs and why, and what nobody could look at."""
    content = _content(entry, store, language)
    if content is None:
        return
    try:
        with st.spinner(text("saved.verifying", language)):
            answer = verify(content, store)
    except (GeoError, DataError) as error:
        st.error(literal(error_text(error, language)))
        return
    *found, unchecked = verification_lines(answer, language)
    show = st.warning if answer.differences else st.success
    show("\n".join(f"- {literal(line)}" for line in found) if answer.differences else literal(found[0]))
    st.caption(literal(unchecked))


def _table(number: int, table: TableResult, language: str) -> None:
    """Where the result of a large table stands; it can be taken from there as long as it is what was written."""
    state_now = table.state
    said = literal(table_words(number, table, state_now, language))
    if table.path is None or state_now != "whole":
        st.warning(said)
        return
    st.info(said)
    st.download_button(
        text("history.download_table", language, file=table.name),
        table.path.read_bytes,
        file_name=table.name,
        on_click="ignore",
        key="history_download",
        width="stretch",
    )


def _open(entry: Earlier, store: Store, language: str) -> None:
    """The check's sites and answers, as they were, on the check page."""
    content = _content(entry, store, language)
    if content is None:
        return
    try:
        request, _ = request_of(content, store)
    except (GeoError, DataError) as error:
        st.error(literal(error_text(error, language)))
        return
    said = [text("history.opened", language, number=entry.number, at=at_words(entry, language))]
    brought = reopen(content, request)
    if brought:
        names = text("report.list_separator", language).join(layer_name(layer, language) for layer in brought)
        said.append(text("history.layers_brought", language, layers=names))
    state.tell(said)
    st.switch_page("atlas/pages/check.py")


def compared(entry: Earlier, entries: Sequence[Earlier], store: Store, language: str) -> None:
    """Another check beside the chosen one: which finding differs, and why; the older of the two comes first."""
    if entry.table is not None:
        st.caption(text("history.table_not_compared", language))
        return
    others = _by_number([other for other in entries if other.number != entry.number and other.table is None])
    number = choice(
        text("history.compare_with", language), list(others), language, key="history_other",
        worded=partial(_worded, others, language), placeholder=text("history.compare_none", language),
    )  # fmt: skip
    if number is None:
        return
    other = others[number]
    older, newer = sorted((entry, other), key=lambda one: one.number)
    was, now = _content(older, store, language), _content(newer, store, language)
    if was is None or now is None:
        return
    found = differences(was, now)
    st.markdown(literal(compared_line(was, now, found, language)))
    if not found:
        st.success(text("history.same", language))
        return
    st.markdown(text("history.count_differences", language, count=len(found)))
    st.markdown("\n".join(f"- {literal(difference_line(one, language))}" for one in found[:SHOWN]))
