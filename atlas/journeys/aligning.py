"""The plan's designations against the firms: where the plan wants a sector, where it is, where nobody named it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from atlas.journeys.aligning_subject import Measured, Subject, categories, inside_of, sorted_out
from atlas.journeys.concentration import AMOUNTS, count
from geo.alignment import Alignment, Inside, Standing, align, align_amounts, standing
from geo.disclosure import Rule, largest_shares
from geo.intervals import adjusted_p
from layers.plan import DATA, Designation, rows, split

Test = tuple[str, str]


def alignment_tables(subject: Subject) -> dict[str, list[dict[str, Any]]]:
    """Designations measured, those that cannot be, concentrations that nobody designated, and the targets."""
    measured, unmeasured = sorted_out(subject)
    places = inside_of(subject, measured)
    tests = dict.fromkeys([(entry.code, entry.place) for entry in measured])
    tests |= dict.fromkeys((code, place) for code in categories(subject) for place in subject.districts.ids)
    found = {test: align(places[test[1]], subject.membership(test[0])) for test in tests}
    adjusted = dict(zip(found, adjusted_p([each.p for each in found.values()]).tolist(), strict=True))
    hidden = _hidden(subject)
    shown = [_designation_row(subject, entry, found, adjusted, places, hidden) for entry in measured]
    undesignated = _undesignated(subject, measured, unmeasured, found, adjusted, hidden)
    return {
        "lists": _lists(shown, undesignated),
        "designations": shown,
        "undesignated": undesignated,
        "not_measured": [_unmeasured_row(subject, designation, why) for designation, why in unmeasured],
    }


#: What both a designation and a concentration without one say in the three lists.
_LISTED = ("clause", "code", "place", "place_code", "firms_low", "firms_high", "expected", "quotient", "q", "hidden")


def _lists(
    designations: Sequence[Mapping[str, Any]], undesignated: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The three lists: designated and concentrated, designated but (nearly) empty, concentrated but undesignated."""
    by_standing = {
        Standing.CONCENTRATED: "designated_concentrated",
        Standing.EMPTY: "designated_empty",
        Standing.THIN: "designated_empty",
    }
    found = [
        {"list": by_standing[standing], "id": row["id"], "standing": standing.value, "category": _category(row), **row}
        for row in designations
        if (standing := Standing(row["standing"])) in by_standing
    ]
    found += [
        {"list": "concentrated_undesignated", "id": "", "standing": Standing.CONCENTRATED.value, **row}
        for row in undesignated
    ]
    order = ("designated_concentrated", "designated_empty", "concentrated_undesignated")
    head = ("list", "id", "standing", "category")
    rows = [{name: row[name] for name in (*head, *_LISTED)} for row in found]
    return sorted(rows, key=lambda row: order.index(row["list"]))


def _category(row: Mapping[str, Any]) -> str:
    return str(row["subsector"] or row["sector"])


def _hidden(subject: Subject) -> NDArray[np.str_]:
    """Tests (category, district) whose numbers must be hidden, as ``code|district``."""
    scheme = "subsector" if subject.has_subsectors else "sector"
    codes = categories(subject)
    counts = count(subject.table, subject.districts, codes, replace(subject.settings, scheme=scheme))
    at = np.argwhere(counts.hidden)
    return np.array([f"{codes[column]}|{subject.districts.ids[row]}" for row, column in at], dtype=str)


def _numbers(alignment: Alignment, adjusted: float, hide: bool) -> dict[str, Any]:
    """What is published of a test; the expectation of chance speaks of no firm and stays."""
    low, high = alignment.quotient_interval or (None, None)
    numbers: dict[str, Any] = {
        "firms_low": alignment.firms[0],
        "firms_high": alignment.firms[1],
        "share_low": alignment.share[0],
        "share_high": alignment.share[1],
        "quotient": alignment.quotient,
        "quotient_low95": low,
        "quotient_high95": high,
        "p": alignment.p,
        "p_as_drawn": alignment.p_drawn,
        "q": adjusted,
    }
    emptied = dict.fromkeys(numbers) if hide else numbers
    chance = {"expected": alignment.expected, "chance_low95": alignment.chance[0], "chance_high95": alignment.chance[1]}
    return {**emptied, **chance, "hidden": "small" if hide else ""}


def _is_small(subject: Subject, alignment: Alignment, test: Test, hidden: NDArray[np.str_]) -> bool:
    """Whether the numbers of a test are hidden; those of several districts are, if those of one of them must be.

    Else the hidden one could be had by taking the others off.
    """
    rule = subject.settings.rule
    few = rule is not None and 0 < alignment.firms[1] < rule.firms_min
    return bool(few or not {f"{test[0]}|{place}" for place in split(test[1])}.isdisjoint(hidden.tolist()))


def _is_dominated(rule: Rule | None, amounts: NDArray[np.float64], inside: NDArray[np.bool_]) -> bool:
    """Whether one firm has so much of what is in a place that its amount could be read off."""
    if rule is None or not inside.any():
        return False
    share = largest_shares(amounts[inside], np.zeros(int(inside.sum()), dtype=np.int64), 1)
    return bool(share[0] >= rule.dominant_share)


def _designation_row(
    subject: Subject,
    entry: Measured,
    found: Mapping[Test, Alignment],
    adjusted: Mapping[Test, float],
    places: Mapping[str, Inside],
    hidden: NDArray[np.str_],
) -> dict[str, Any]:
    test = (entry.code, entry.place)
    alignment, hide = found[test], _is_small(subject, found[test], test, hidden)
    row = {
        **_named(subject, entry.designation),
        "code": entry.code,
        "measured_on": "park_column" if entry.place.startswith("park:") else "district",
        "somewhere_within": entry.on_district,
        "place_code": entry.place,
        "standing": standing(alignment, adjusted[test]).value,
        **_numbers(alignment, adjusted[test], hide),
    }
    member = subject.membership(entry.code)
    for name in AMOUNTS:
        amounts = subject.table.frame[name].to_numpy(dtype=float)
        if not np.isfinite(amounts).any():
            continue
        inside = places[entry.place].drawn
        measured = align_amounts(inside, member.possibly, amounts, subject.settings.seed)
        parts = {
            name: measured.amount,
            f"{name}_share": measured.share,
            f"{name}_quotient": measured.quotient if alignment.quotient is not None else None,
            f"{name}_p": measured.p,
        }
        hide_amount = hide or _is_dominated(subject.settings.rule, amounts, inside & member.possibly)
        row |= dict.fromkeys(parts) if hide_amount else parts
    return row


def _named(subject: Subject, designation: Designation) -> dict[str, Any]:
    return {
        "id": designation.id,
        "clause": designation.clause,
        "sector": designation.sector,
        "subsector": designation.subsector,
        "place": designation.place,
        "kind": designation.kind,
        "strength": designation.strength,
        "quote": designation.quote,
    }


def _unmeasured_row(subject: Subject, designation: Designation, why: str) -> dict[str, Any]:
    return {**_named(subject, designation), "code": subject.code_of(designation), "why": why}


def _undesignated(
    subject: Subject,
    measured: Sequence[Measured],
    unmeasured: Sequence[tuple[Designation, str]],
    found: Mapping[Test, Alignment],
    adjusted: Mapping[Test, float],
    hidden: NDArray[np.str_],
) -> list[dict[str, Any]]:
    """Concentrations in a district that no measured designation covers, and what the plan says near them."""
    covered = {(entry.code, code) for entry in measured for code in split(entry.place)}
    names = dict(zip(subject.districts.ids, subject.districts.names, strict=True))
    listed = []
    for (code, place), alignment in found.items():
        category = subject.classes.plan[code]
        is_covered = (code, place) in covered or (category.parent, place) in covered
        if place not in names or is_covered or standing(alignment, adjusted[code, place]) is not Standing.CONCENTRATED:
            continue
        hide = _is_small(subject, alignment, (code, place), hidden)
        listed.append(
            {
                "code": code,
                "category": category.named(subject.language),
                "clause": category.clause,
                "place_code": place,
                "place": names[place],
                **_numbers(alignment, adjusted[code, place], hide),
                "named_without_outline": [d.id for d, why in unmeasured if _is_near(subject, d, why, code, place)],
                "named_for_the_city": [
                    d.id
                    for d, why in unmeasured
                    if why == "whole_city" and subject.code_of(d) in (code, category.parent)
                ],
            }
        )
    return listed


def _is_near(subject: Subject, designation: Designation, why: str, code: str, place: str) -> bool:
    """Whether an unmeasured designation of the category names a place that is known to lie in the district."""
    if why not in ("no_shape", "no_extent", "anchor_only") or subject.code_of(designation) != code:
        return False
    return any(place in districts for ref in designation.refs for districts in (_district_of(subject, ref),))


def _district_of(subject: Subject, ref: str) -> tuple[str, ...]:
    zone = next((zone.districts for zone in subject.plan.zones if zone.id == ref), ())
    stated = next((row["district"] for row in rows(DATA / "plan" / "source" / "places.csv") if row["id"] == ref), "")
    return (*zone, *split(stated))
