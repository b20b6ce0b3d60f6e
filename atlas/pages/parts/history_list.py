"""The list of earlier checks, and what narrows it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from atlas.journeys.history import TONES, Earlier
from atlas.pages.parts.choice import choice
from atlas.texts import text
from atlas.wording import known_or_code
from atlas.wording_history import at_words, file_words, sites_words, uses_words, verdict_words, who_words


def filters(entries: Sequence[Earlier], language: str) -> tuple[str, str, str]:
    """Words, verdict and use that are asked for; empty where any will do."""
    words, verdict, use = st.columns([4, 3, 3])
    with words:
        wanted = st.text_input(text("history.filter", language), key="history_filter", max_chars=100)
    with verdict:
        tone = choice(
            text("history.verdict", language),
            TONES,
            language,
            key="history_verdict",
            worded=lambda option: text(f"report.verdict_short.{option}", language),
            placeholder=text("history.all_verdicts", language),
        )
    with use:
        asked = choice(
            text("history.use", language),
            sorted({use for entry in entries for use in entry.uses}),
            language,
            key="history_use",
            worded=lambda option: text(f"use.{option}", language),
            placeholder=text("history.all_uses", language),
        )
    return wanted, tone or "", asked or ""


def history_table(entries: Sequence[Earlier], language: str) -> None:
    """A row a check, the latest first."""
    columns = {
        "number": [entry.number for entry in entries],
        "at": [at_words(entry, language) for entry in entries],
        "sites": [sites_words(entry, language) for entry in entries],
        "verdict": [verdict_words(entry, language) for entry in entries],
        "use": [uses_words(entry, language) for entry in entries],
        "who": [who_words(entry, language) for entry in entries],
        "via": [text(f"history.via_{entry.via}", language) for entry in entries],
        "rejected": [entry.rejected for entry in entries],
        "on": [entry.on for entry in entries],
        "inputs": [
            "; ".join(
                f"{known_or_code('report.input', given['name'], language)} {given['sha256'][:12]}"
                for given in entry.inputs
            )
            for entry in entries
        ],
        "rulebook": [entry.rulebook_sha256[:12] for entry in entries],
        "version": [entry.version for entry in entries],
        "file": [file_words(entry) for entry in entries],
    }
    table = pd.DataFrame({text(f"history.{name}", language): values for name, values in columns.items()})
    st.dataframe(table, hide_index=True, height=min(36 * len(table) + 40, 360))
