"""What is looked at, and the answer in two lines; whatever is invented says so here, above every view."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from atlas.journeys.measure import Measured
from atlas.journeys.measure_layers import Document
from atlas.journeys.measure_series import category_of, ranking, rows_of, summary_of
from atlas.pages.parts.markdown import literal
from atlas.pages.parts.measure_form import Question
from atlas.report.measures import word
from atlas.texts import text
from atlas.wording_measure import chance, number, span, unit_words
from geo.intervals import FALSE_DISCOVERY_RATE


def measure_heading(document: Document, aligned: Measured, question: Question, language: str) -> None:
    """The title with its marks, and what was found."""
    code = question.shown.code
    year = document["year"]
    parts = [unit_words(document["by"], language), text("measurepage.year", language, year=year) if year else ""]
    marks = "".join(
        f'<span style="border:1px solid #a8321a;color:#a8321a;border-radius:3px;padding:.05rem .5rem;'
        f'font-size:.8rem;font-weight:600">{escape(stamp)}</span>'
        for stamp in document["stamps"]
    )
    st.html(
        f'<div style="display:flex;flex-wrap:wrap;align-items:baseline;gap:.2rem .8rem">'
        f'<span style="font-size:1.25rem;font-weight:700">{escape(category_of(document, code))}</span>'
        f'<span style="color:#5b6b76;font-size:.9rem">{escape(" · ".join(part for part in parts if part))}</span>'
        f"{marks}</div>"
    )
    st.markdown(
        " ".join(
            [
                _count(document, code, language),
                _finding(document, code, language),
                *_planned(aligned, question, language),
            ]
        )
    )


def _count(document: Document, code: str, language: str) -> str:
    summary, year = summary_of(document, code), document["year"]
    low, high = number(summary.get("firms_low"), 0), number(summary.get("firms_high"), 0)
    firms = low if low == high else f"{low} – {high}"
    firms = firms or text("measure.word.small", language)
    if year is None:
        return text("measurepage.headline_no_year", language, firms=firms)
    return text("measurepage.headline", language, firms=firms, year=year)


def _finding(document: Document, code: str, language: str) -> str:
    """Where the sector is more than chance would bring."""
    rows = rows_of(document, code)
    spots = Counter(row["hot_spot"] for row in rows)
    if any(row["hot_spot"] for row in rows):
        return text("measurepage.headline_spots", language, hot=spots["hot"], cold=spots["cold"])
    ranked = ranking(document, code, "firms", language)
    if not ranked or ranked[0].q is None or ranked[0].q > FALSE_DISCOVERY_RATE or ranked[0].value < 1:
        return text("measurepage.headline_none", language)
    top, row = ranked[0], next(row for row in rows if row["place"] == ranked[0].place)
    return text(
        "measurepage.headline_top",
        language,
        place=literal(top.name),
        inside=span(row["firms_low"], row["firms_high"]),
        share=f"{100 * row['share_of_sector']:.0f}%",
        quotient=number(top.value),
        low=number(top.low),
        high=number(top.high),
        q=literal(chance(top.q)),
    )


def _planned(aligned: Measured, question: Question, language: str) -> list[str]:
    """How the places that the plan names stand."""
    named: Mapping[str, Mapping[str, Any]] = {
        row["place_code"]: row for row in aligned.document["designations"] if row["code"] == question.shown.code
    }
    if not named:
        return []
    # the plan writes in Chinese: another language calls a district by its own name for it
    names = {} if language == "zh" else dict(zip(aligned.places.ids, aligned.places.names, strict=True))
    listed = [
        f"{literal(names.get(code, row['place']))} {word('standing', row['standing'], language)}"
        for code, row in named.items()
    ]
    separator = "、" if language == "zh" else ", "
    return [text("measurepage.headline_planned", language, count=len(named), standings=separator.join(listed))]
