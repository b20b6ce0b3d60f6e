"""What the charts of a concentration draw: rankings, Lorenz curves, the table of places and sectors, years.

Everything comes from the document, in which small numbers are hidden already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from atlas.wording_measure import place_words
from layers.errors import DataError
from layers.plan import Plan

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Ranked:
    """A place in a ranking: its quotient with the 95 % interval."""

    place: str
    name: str
    value: float
    low: float
    high: float
    firms: float | None
    q: float | None


@dataclass(frozen=True)
class LorenzPoint:
    """A corner of a Lorenz curve: cumulative shares of all firms and of the sector's; the place that ends there."""

    base: float
    sector: float
    name: str


def rows_of(document: Document, code: str) -> list[dict[str, Any]]:
    """The rows of one category."""
    return [row for row in document["cells"] if row["code"] == code]


def ranking(document: Document, code: str, weight: str, language: str) -> list[Ranked]:
    """Places by their quotient, the largest first; those without one are left out."""
    before = "" if weight == "firms" else f"{weight}_"
    value = "quotient_max" if weight == "firms" else f"{weight}_quotient"
    found = [
        Ranked(
            row["place"],
            place_words(row, language),
            row[value],
            row[f"{before}quotient_low95"],
            row[f"{before}quotient_high95"],
            row["firms_high"],
            row.get("q"),
        )
        for row in rows_of(document, code)
        if row.get(value) is not None and row.get(f"{before}quotient_low95") is not None
    ]
    return sorted(found, key=lambda entry: -entry.value)


def lorenz(document: Document, code: str, hidden_name: str, language: str) -> list[LorenzPoint]:
    """The Lorenz curve of a category against all firms, from the least quotient to the largest.

    Places whose numbers are hidden are one piece together, so that no corner of the curve tells what is hidden.
    """
    totals = {place["place"]: place["firms"] for place in document["places"]}
    names = {place["place"]: place_words(place, language) for place in document["places"]}
    shown = {row["place"]: row["firms_high"] for row in rows_of(document, code) if row["firms_high"] is not None}
    hidden = {row["place"] for row in rows_of(document, code) if row["hidden"]}
    open_places = [
        (names[place], float(total), float(shown.get(place, 0.0)))
        for place, total in totals.items()
        if total and place not in hidden
    ]
    firms = next((r["firms_high"] for r in document["sectors"] if r["code"] == code and r["unit"] == document["by"]), 0)
    base_left = document["firms_counted"] - sum(entry[1] for entry in open_places)
    sector_left = (firms or 0) - sum(entry[2] for entry in open_places)
    if base_left > 0 and sector_left >= 0:
        open_places.append((hidden_name, float(base_left), float(sector_left)))
    return _cumulated(sorted(open_places, key=lambda entry: entry[2] / entry[1]))


def _cumulated(pieces: Sequence[tuple[str, float, float]]) -> list[LorenzPoint]:
    base, sector = sum(piece[1] for piece in pieces), sum(piece[2] for piece in pieces)
    if not base or not sector:
        return []
    points, x, y = [LorenzPoint(0.0, 0.0, "")], 0.0, 0.0
    for name, of_base, of_sector in pieces:
        x, y = x + of_base, y + of_sector
        points.append(LorenzPoint(x / base, y / sector, name))
    return points


def gini_of(document: Document, code: str) -> float | None:
    """The locational Gini of a category by the document's own kind of place."""
    return summary_of(document, code).get("gini_locational")


def summary_of(document: Document, code: str, unit: str = "") -> Mapping[str, Any]:
    """The row of a category for a kind of place, the document's own by default; empty where there is none."""
    wanted = unit or document["by"]
    return next((row for row in document["sectors"] if row["code"] == code and row["unit"] == wanted), {})


def units_of(document: Document) -> tuple[str, ...]:
    """The kinds of place that the document summarises, its own first."""
    return tuple(dict.fromkeys(row["unit"] for row in document["sectors"]))


def heat(document: Document, plan: Plan, names: Mapping[str, str], language: str) -> list[dict[str, Any]]:
    """A field for each place and category: its quotient, and whether the plan names the category there.

    ``names`` maps the plan's names of sectors and subsectors to codes.
    """
    named = {
        (code, district)
        for designation in plan.designations
        for code in {names.get(designation.sector, ""), names.get(designation.subsector, "")} - {""}
        for district in _districts(plan, designation.geometry, designation.refs)
    }
    return [
        {
            "place": row["place"],
            "name": place_words(row, language),
            "code": row["code"],
            "category": row["category"],
            "quotient": row["quotient_max"],
            "firms": row["firms_high"],
            "hidden": row["hidden"],
            "named": (row["code"], row["place"]) in named,
        }
        for row in document["cells"]
    ]


def _districts(plan: Plan, geometry: str, refs: Sequence[str]) -> tuple[str, ...]:
    """The districts that a statement names as such, or as a zone that is a whole district."""
    if geometry == "district":
        return tuple(refs)
    if geometry != "park":
        return ()
    whole = {zone.id: zone.districts for zone in plan.zones if zone.extent == "district"}
    return tuple(district for ref in refs for district in whole.get(ref, ()))


def designations_here(plan: Plan, place: str, sector: str, subsector: str) -> list[str]:
    """The clauses by which the plan names a category in a district."""
    found = [
        designation.clause
        for designation in plan.designations
        if designation.sector == sector
        and (not subsector or designation.subsector == subsector)
        and place in _districts(plan, designation.geometry, designation.refs)
    ]
    return list(dict.fromkeys(found))


def over_time(document: Document, code: str) -> list[dict[str, Any]]:
    """The years of a category, with its firms and how uneven it was."""
    return [row for row in document["over_time"] if row["code"] == code]


def place_of_designation(plan: Plan, designation_id: str) -> str:
    """The district that a clicked statement lies in; blank where it is none or several."""
    found = next((d for d in plan.designations if d.id == designation_id), None)
    districts = _districts(plan, found.geometry, found.refs) if found else ()
    return districts[0] if len(districts) == 1 else ""


def category_of(document: Mapping[str, Any], code: str) -> str:
    """The name of a category of the document. Raises DataError ``sector_not_measured``."""
    found = next((row["category"] for row in document["sectors"] if row["code"] == code), None)
    if found is None:
        raise DataError("sector_not_measured", given=code)
    return str(found)


def most_concentrated(document: Mapping[str, Any]) -> str:
    """The sector with the largest Ellison-Glaeser index in the first unit. Raises DataError ``nothing_to_draw``."""
    unit = document["by"]
    rows = [row for row in document["sectors"] if row["unit"] == unit and row["ellison_glaeser"] is not None]
    if not rows:
        raise DataError("nothing_to_draw")
    return str(max(rows, key=lambda row: row["ellison_glaeser"])["code"])
