"""What a measure looks like: the class and the colour of every place, and what the reader is told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from atlas.texts import text
from layers.style import QUALITATIVE, UNKNOWN, ramp

#: Classes of a quotient: below, about and above the mix of the base.
QUOTIENT_BREAKS = (0.5, 0.8, 1.25, 2.0, 4.0)
SHARE_BREAKS = (0.02, 0.05, 0.1, 0.25, 0.5)
#: So many classes of an amount, each about as full as the others.
AMOUNT_CLASSES = 5
#: A hot or cold spot that is believed at 5 % is drawn darker where it is at this rate too.
STRICT_RATE = 0.01
#: Units that are cut finely.
CELLS = ("grid", "h3")

SPOT_COLOURS = {
    "hot_strict": "#a8321a",
    "hot": "#e58a5b",
    "none": "#d5dade",
    "cold": "#7fb0d6",
    "cold_strict": "#1f5f9a",
    "untested": "#efede6",
}
CLUSTER_COLOURS = {
    "high_high": "#a8321a",
    "high_low": "#eab38f",
    "low_high": "#b9d3e8",
    "low_low": "#1f5f9a",
    "none": "#d5dade",
    "untested": "#efede6",
}
STANDING_COLOURS = {
    "concentrated": QUALITATIVE[2],
    "as_expected": QUALITATIVE[4],
    "thin": QUALITATIVE[1],
    "empty": QUALITATIVE[5],
    "too_few": UNKNOWN,
}
HIDDEN_COLOUR = "#e3d9c3"

#: Quotients and their colours in the table of places and sectors: neutral at the mix of the base.
HEAT_STOPS = (
    (0.125, "#1f5f9a"),
    (0.5, "#b9d3e8"),
    (1.0, "#f6f5f1"),
    (2.0, "#8cc3c8"),
    (4.0, "#0b6e7f"),
    (8.0, "#053b47"),
)

#: What can be shown of a place, and by what it can be weighed.
INDICATORS = ("quotient", "amount", "share", "hot_spot", "cluster", "density")
WEIGHTS = ("firms", "employees", "revenue_wan")

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Classed:
    """The class of each row as a word, and the colour of every class in the order of the legend."""

    words: Sequence[str]
    colours: Mapping[str, str]


def is_of_cells(unit: str) -> bool:
    """Whether a unit cuts the city into squares or hexagons."""
    return unit.startswith(CELLS)


def indicators_of(unit: str, has_points: bool) -> tuple[str, ...]:
    """What can be shown by a unit: hot spots of cells only, a density only of firms with coordinates."""
    spots = ("hot_spot", "cluster") if is_of_cells(unit) else ()
    return (*spots, "quotient", "amount", "share", *(("density",) if has_points else ()))


def weights_of(indicator: str) -> tuple[str, ...]:
    """By what an indicator can be weighed."""
    return WEIGHTS if indicator in ("quotient", "amount") else WEIGHTS[:1]


def column_of(indicator: str, weight: str) -> str:
    """The column of the table of places and sectors that an indicator shows."""
    if indicator == "share":
        return "share_of_sector"
    if weight == "firms":
        return "quotient_max" if indicator == "quotient" else "firms_high"
    return f"{weight}_quotient" if indicator == "quotient" else weight


def indicator_words(indicator: str, weight: str, language: str) -> str:
    """What is shown, in words."""
    if indicator in ("quotient", "amount"):
        return text(f"measurepage.indicator.{indicator}_{weight}", language)
    return text(f"measurepage.indicator.{indicator}", language)


def classed_rows(rows: Sequence[Row], unit: str, indicator: str, weight: str, language: str) -> Classed:
    """Rows of one sector by class."""
    if indicator == "hot_spot":
        return _worded([_spot(row) for row in rows], SPOT_COLOURS, "spot", language)
    if indicator == "cluster":
        return _worded([row.get("cluster") or "untested" for row in rows], CLUSTER_COLOURS, "cluster", language)
    column = column_of(indicator, weight)
    values = [row.get(column) for row in rows]
    labels, colours, numbers = _number_classes([v for v in values if v is not None], indicator)
    hidden = text(f"measurepage.class.{'few_or_hidden' if is_of_cells(unit) else 'hidden'}", language)
    few = text("measurepage.class.too_few", language)
    found = iter(numbers)
    words = [
        labels[next(found)] if value is not None else (hidden if row.get("hidden") else few)
        for row, value in zip(rows, values, strict=True)
    ]
    return Classed(words, {**dict(zip(labels, colours, strict=True)), hidden: HIDDEN_COLOUR, few: UNKNOWN})


def _spot(row: Row) -> str:
    spot = row.get("hot_spot") or "untested"
    q = row.get("hot_spot_q")
    return f"{spot}_strict" if spot in ("hot", "cold") and q is not None and q <= STRICT_RATE else spot


def _worded(codes: Sequence[str], colours: Mapping[str, str], kind: str, language: str) -> Classed:
    named = {code: text(f"measurepage.{kind}.{code}", language) for code in colours}
    return Classed([named[code] for code in codes], {named[code]: colour for code, colour in colours.items()})


def _number_classes(values: Sequence[float], indicator: str) -> tuple[list[str], tuple[str, ...], list[int]]:
    """Labels and colours of the classes, and the class of each value; a value on a bound is in the class above it."""
    breaks = _breaks(values, indicator)
    shown = [f"{100 * bound:g}%" if indicator == "share" else f"{bound:,.6g}" for bound in breaks]
    labels = [f"< {shown[0]}", *(f"{low} – {high}" for low, high in zip(shown, shown[1:], strict=False))]
    labels.append(f"≥ {shown[-1]}")
    numbers = np.searchsorted(breaks, np.asarray(values, dtype=float), side="right").tolist()
    return labels, ramp("teal", len(labels)), numbers


def _breaks(values: Sequence[float], indicator: str) -> tuple[float, ...]:
    if indicator == "quotient":
        return QUOTIENT_BREAKS
    if indicator == "share":
        return SHARE_BREAKS
    return amount_breaks(values)


def amount_breaks(values: Sequence[float]) -> tuple[float, ...]:
    """Round bounds between classes of an amount; at least one, however few values there are."""
    known = np.asarray([value for value in values if value > 0], dtype=float)
    if not len(known):
        return (1.0,)
    wanted = np.quantile(known, np.linspace(0.0, 1.0, AMOUNT_CLASSES + 1)[1:-1])
    return tuple(dict.fromkeys(_round(bound) for bound in wanted))


def _round(value: float) -> float:
    """To two figures."""
    size = 10.0 ** (np.floor(np.log10(value)) - 1)
    return float(max(np.round(value / size) * size, 1e-9))


def drawn_rows(document: Mapping[str, Any], code: str) -> list[dict[str, Any]]:
    """The rows of a sector, one a place that may be drawn.

    Of cells all those whose total may be shown, and a hidden one is the same as an empty one: a cell set apart
    would tell where a single firm is.
    """
    rows = {row["place"]: row for row in document["cells"] if row["code"] == code}
    if not is_of_cells(document["by"]):
        return list(rows.values())
    spots = {place for place, row in rows.items() if row["hot_spot"] in ("hot", "cold")}
    return [
        _cell(rows.get(place["place"]), place)
        for place in document["places"]
        if place["firms"] is not None or place["place"] in spots
    ]


def _cell(row: dict[str, Any] | None, place: Row) -> dict[str, Any]:
    if row is not None and not row["hidden"]:
        return row
    tested = {key: row[key] for key in ("hot_spot", "cluster")} if row else {"hot_spot": "none", "cluster": "none"}
    return {"place": place["place"], "place_name": place["place_name"], "hidden": "small", **tested}
