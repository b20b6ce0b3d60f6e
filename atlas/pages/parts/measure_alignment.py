"""The plan against the firms: kept, missed, not written down; what cannot be measured; targets beside counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from atlas import state
from atlas.journeys.measure import Measured
from atlas.pages.parts.measure_form import Question
from atlas.pages.parts.measure_map_view import show_place
from atlas.report.measures import head, word
from atlas.texts import text
from atlas.wording_measure import chance, number, span

Row = Mapping[str, Any]

ROW_HEIGHT, HEAD_HEIGHT, LIST_HEIGHT = 35, 40, 260


def alignment_view(aligned: Measured, places: Measured, question: Question, language: str) -> None:
    """The lists, of the chosen sector or of all of them."""
    document = aligned.document
    st.markdown(text("measurepage.help.alignment", language))
    st.caption(text("measurepage.align_note", language, firms=f"{document['firms_compared']:,}"))
    only = st.toggle(text("measurepage.align_only", language), key="align_only")
    codes = _family(question) if only else None
    named = [row for row in document["designations"] if codes is None or row["code"] in codes]
    unnamed = [row for row in document["undesignated"] if codes is None or row["code"] in codes]
    _named_list("both", _standing(named, "concentrated"), places, language)
    _named_list("empty", _standing(named, "empty", "thin"), places, language)
    _unnamed_list(unnamed, places, language)
    _named_list("undecided", _standing(named, "as_expected", "too_few"), places, language)
    unmeasured = [row for row in document["not_measured"] if codes is None or row["code"] in codes]
    _unmeasured_list(unmeasured, language)
    _targets(document["targets"], language)


def _family(question: Question) -> set[str]:
    """The codes of the chosen sector: itself, what it is part of, its parts."""
    category = question.category
    sector = category.parent or category.code
    return {sector, *(code for code, other in question.request.classes.plan.items() if other.parent == sector)}


def _standing(rows: Sequence[Row], *standings: str) -> list[Row]:
    return [row for row in rows if row["standing"] in standings]


def _on(row: Row, language: str) -> str:
    """What a designation was measured on."""
    if row["measured_on"] == "park_column":
        return text("measurepage.on_park", language)
    return text("measurepage.on_district_within" if row["somewhere_within"] else "measurepage.on_district", language)


def _numbers(row: Row, language: str) -> dict[str, str]:
    """Firms against chance, quotient with interval, p and q, as they are read."""
    firms = span(row["firms_low"], row["firms_high"]) or text("measure.word.small", language)
    quotient = ""
    if row["quotient"] is not None:
        quotient = f"{number(row['quotient'])}（{span(row['quotient_low95'], row['quotient_high95'], 2)}）"
        quotient = quotient if language == "zh" else quotient.replace("（", " (").replace("）", ")")
    return {
        text("measurepage.seen", language): f"{firms} / {number(row['expected'], 1)}",
        text("measurepage.quotient_95", language): quotient,
        "p": chance(row["p"]),
        "q": chance(row["q"]),
    }


def _named_list(name: str, rows: Sequence[Row], places: Measured, language: str) -> None:
    table = [
        {
            head("place", language): row["place"],
            head("subsector", language): row["subsector"] or row["sector"],
            head("clause", language): row["clause"],
            head("standing", language): word("standing", row["standing"], language),
            **_numbers(row, language),
            text("measurepage.measured_on", language): _on(row, language),
            head("quote", language): row["quote"],
        }
        for row in rows
    ]
    _list(name, rows, table, places, language)


def _unnamed_list(rows: Sequence[Row], places: Measured, language: str) -> None:
    table = [
        {
            head("place", language): row["place"],
            head("category", language): row["category"],
            head("clause", language): row["clause"],
            **_numbers(row, language),
            head("named_without_outline", language): "; ".join(row["named_without_outline"]),
            head("named_for_the_city", language): "; ".join(row["named_for_the_city"]),
        }
        for row in rows
    ]
    _list("unnamed", rows, table, places, language)


def _list(name: str, rows: Sequence[Row], table: Sequence[Mapping[str, str]], places: Measured, language: str) -> None:
    """A list with its meaning; a row that is chosen goes to the map."""
    title = text(f"measurepage.list_{name}", language)
    st.subheader(f"{title} {len(rows)}", help=text(f"measurepage.list_{name}_help", language))
    if not rows:
        st.caption(text("measurepage.list_nothing", language))
        return
    event = st.dataframe(
        pd.DataFrame(table),
        hide_index=True,
        height=min(ROW_HEIGHT * len(table) + HEAD_HEIGHT, LIST_HEIGHT),
        on_select="rerun",
        selection_mode="single-row",
        key=f"list.{name}.{language}",
    )
    chosen = event.selection.rows
    if chosen and state.remembered(f"measure.list.{name}", None) != chosen[0]:
        state.remember(f"measure.list.{name}", chosen[0])
        _go(rows[chosen[0]], places)
    if not chosen:
        state.remember(f"measure.list.{name}", None)


def _go(row: Row, places: Measured) -> None:
    """Show the category and the place of a row on the map, by district."""
    sector, _, item = str(row["code"]).partition(".")
    state.remember("measure.scheme", "plan")
    state.remember("measure.sector.plan", sector)
    state.remember(f"measure.item.{sector}", row["code"] if item else None)
    state.remember("measure.unit", "district")
    state.remember("measure.view", "map")
    show_place(places, str(row["place_code"]).split(";")[0])
    st.rerun()


def _unmeasured_list(rows: Sequence[Row], language: str) -> None:
    with st.expander(text("measurepage.list_unmeasured", language, count=len(rows))):
        st.caption(text("measurepage.list_unmeasured_help", language))
        table = [
            {
                head("place", language): row["place"],
                head("why", language): word("why", row["why"], language),
                head("subsector", language): row["subsector"] or row["sector"],
                head("clause", language): row["clause"],
                head("quote", language): row["quote"],
            }
            for row in rows
        ]
        st.dataframe(pd.DataFrame(table), hide_index=True, height=LIST_HEIGHT)


def _targets(rows: Sequence[Row], language: str) -> None:
    with st.expander(text("measurepage.list_targets", language, count=len(rows))):
        st.caption(text("measurepage.list_targets_help", language))
        table = [
            {
                head("clause", language): row["clause"],
                head("indicator", language): row["indicator"],
                text("measurepage.target", language): _target(row, language),
                head("year", language): "" if row["year"] is None else str(row["year"]),
                text("measurepage.counted", language): span(row["counted_low"], row["counted_high"]),
                head("counted_from", language): row["counted_from"],
                head("caveat", language): word("caveat", row["caveat"], language),
            }
            for row in sorted(rows, key=lambda row: row["counted_low"] is None)
        ]
        st.dataframe(pd.DataFrame(table), hide_index=True, height=LIST_HEIGHT)


def _target(row: Row, language: str) -> str:
    value = "" if row["value"] is None else f"{row['value']:g}"
    value += "" if row["value_max"] is None else f"–{row['value_max']:g}"
    return f"{word('bound', row['bound'], language)} {value} {row['unit']}"
