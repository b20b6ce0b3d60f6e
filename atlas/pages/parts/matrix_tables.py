"""The tables of a matrix, and the file that holds them all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from atlas.report.matrix import columns_of, constraint_words, head, render_matrix, table_rows
from atlas.texts import text
from atlas.wording import in_language

FORMATS = (".xlsx", ".gpkg", ".csv", ".json")
SQUARE_METRES_A_HECTARE = 10_000.0


def matrix_tables(document: Mapping[str, Any], language: str) -> None:
    """Layers against constraint layers first, then feature by feature, patch by patch."""
    names = ("overview", "overlaps", "patches", "constraints", "left_out")
    tabs = st.tabs([f"{text(f'matrix.table.{name}', language)} {len(document[name])}" for name in names])
    for tab, name in zip(tabs, names, strict=True):
        with tab:
            if name == "overview":
                st.caption(text("matrix.overview_note", language))
                st.dataframe(_crossed(document, language), hide_index=True)
            elif document[name]:
                rows = table_rows(document, name, language)
                frame = pd.DataFrame(rows, columns=columns_of(rows))
                st.dataframe(frame.rename(columns=lambda column: head(column, language)), hide_index=True)
            else:
                st.caption(text("matrix.none", language))


def _crossed(document: Mapping[str, Any], language: str) -> pd.DataFrame:
    """A row a constraint, a column a compared layer."""
    constraints = {row["constraint"]: row for row in document["constraints"]}
    rows: dict[str, dict[str, str]] = {}
    for row in document["overview"]:
        asked = constraints[row["constraint"]]
        line = rows.setdefault(row["constraint"], _asked(asked, language))
        title = in_language(row["title"], language)
        if not asked["assessed"]:
            line[title] = text("matrix.not_assessed", language)
            continue
        area = f"{row['area_m2'] / SQUARE_METRES_A_HECTARE:,.1f}"
        line[title] = text("matrix.cell", language, area=area, conflict=row["conflict"], uncertain=row["uncertain"])
    ordered = sorted(rows.items(), key=lambda item: not constraints[item[0]]["assessed"])
    return pd.DataFrame([line for _, line in ordered])


def _asked(constraint: Mapping[str, Any], language: str) -> dict[str, str]:
    return {
        head("constraint", language): constraint_words(constraint, language),
        head("rules", language): " ".join(rule["rule"] for rule in constraint["rules"]),
    }


def matrix_download(document: Mapping[str, Any], language: str) -> None:
    """Choose a format, make the file, take it."""
    suffix = st.segmented_control(
        text("export.format", language), FORMATS, default=FORMATS[0], key="matrix_format", required=True
    )
    if st.button(text("export.make", language), key="matrix_make"):
        content = render_matrix(document, str(suffix).removeprefix("."), language)
        st.download_button(
            text("export.download", language, size=f"{len(content) / 1e6:.2f}"),
            content,
            file_name=f"matrix{suffix}",
            on_click="ignore",
            key="matrix_download",
        )
