"""The legend of what is on the map, under it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from itertools import groupby

import streamlit as st

from atlas.drawing import MapLayer
from atlas.journeys.explore import legend_of
from layers.style import HATCHINGS, LegendRow

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def _cut(corners: str) -> str:
    return f"0;clip-path:polygon({corners})"


#: How a box becomes a symbol: the radius of its corners, and what is cut away; CSS values of our own.
_SHAPES = {
    "circle": "50%",
    "diamond": "1px;transform:rotate(45deg) scale(.75)",
    "triangle": _cut("50% 0,100% 100%,0 100%"),
    "cross": _cut("33% 0,67% 0,67% 33%,100% 33%,100% 67%,67% 67%,67% 100%,33% 100%,33% 67%,0 67%,0 33%,33% 33%"),
    "star": _cut("50% 0,62% 35%,100% 36%,70% 58%,81% 95%,50% 73%,19% 95%,30% 58%,0 36%,38% 35%"),
    "airport": _cut(
        "50% 0,58% 36%,100% 62%,100% 73%,58% 58%,57% 83%,70% 100%,30% 100%,43% 83%,42% 58%,0 73%,0 62%,42% 36%"
    ),
}


def _swatch(row: LegendRow) -> str:
    """A small picture of a legend row; only words of our own reach the style attribute."""
    colour = row.colour if _COLOUR.fullmatch(row.colour) else "#7a8794"
    stroke = row.stroke if _COLOUR.fullmatch(row.stroke) else "#4c5661"
    if row.geometry == "line":
        line = "dashed" if row.dash else "solid"
        return f'<i style="display:inline-block;width:20px;border-top:2px {line} {stroke};vertical-align:middle"></i>'
    is_even = row.pattern not in HATCHINGS and row.geometry != "point"
    colour += f"{round(255 * max(row.fill_opacity, 0.12)):02x}" if is_even else ""
    background = colour
    if row.pattern in HATCHINGS and row.geometry != "point":
        turned = 180 - HATCHINGS[row.pattern]
        background = f"repeating-linear-gradient({turned:g}deg,{colour} 0 2px,#fff 2px 5px)"
    shape = _SHAPES.get(row.symbol, "2px")
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
