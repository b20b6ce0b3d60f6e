"""The legend of what is on the map, under it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from itertools import groupby

import streamlit as st

from atlas.drawing import MapLayer
from atlas.journeys.explore import legend_of
from layers.style import LegendRow

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def _swatch(row: LegendRow) -> str:
    """A small picture of a legend row; only words of our own reach the style attribute."""
    colour = row.colour if _COLOUR.fullmatch(row.colour) else "#7a8794"
    stroke = row.stroke if _COLOUR.fullmatch(row.stroke) else "#4c5661"
    if row.geometry == "line":
        line = "dashed" if row.dash else "solid"
        return f'<i style="display:inline-block;width:20px;border-top:2px {line} {stroke};vertical-align:middle"></i>'
    colour += (
        f"{round(255 * max(row.fill_opacity, 0.12)):02x}" if row.pattern != "hatch" and row.geometry != "point" else ""
    )
    background = f"repeating-linear-gradient(45deg,{colour} 0 2px,#fff 2px 5px)" if row.pattern == "hatch" else colour
    shape = {"circle": "50%", "diamond": "1px;transform:rotate(45deg) scale(.75)"}.get(row.symbol, "2px")
    radius = shape if row.geometry == "point" else "2px"
    return (
        f'<i style="display:inline-block;width:14px;height:14px;border:1px solid {stroke};'
        f'background:{background};vertical-align:-2px;border-radius:{radius}"></i>'
    )


def legend_html(rows: Iterable[LegendRow]) -> str:
    """Rows as one line of swatches and words, classes behind the name of their layer; every word is escaped."""
    entries = []
    for group, members in groupby(rows, key=lambda row: row.group):
        listed = list(members)
        if len(listed) > 1:
            entries.append(f'<b style="font-weight:600">{escape(group)}</b>')
        entries += [
            f'<span style="white-space:nowrap">{_swatch(row)}&nbsp;{escape(row.label)}</span>' for row in listed
        ]
    return (
        f'<div style="font-size:.8rem;line-height:1.7;display:flex;flex-wrap:wrap;gap:0 1rem">{"".join(entries)}</div>'
    )


def map_legend(layers: list[MapLayer]) -> None:
    """The legend of the layers on the map, in the order in which they lie on one another."""
    st.html(legend_html(legend_of(layers)))
