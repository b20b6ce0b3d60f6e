"""The plan's designations against the firms: where the plan wants a sector, where it is, where nobody named it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from atlas.journeys.concentration import AMOUNTS, Settings, count
from atlas.journeys.places import Places, by_district, located, lonlat
from geo import crs
from geo.alignment import Alignment, Inside, Membership, Standing, align, align_amounts, exactly, firms_inside, standing
from geo.disclosure import Rule, largest_shares
from geo.intervals import adjusted_p
from layers.classification import Classification, plain
from layers.firms import FirmTable
from layers.plan import DATA, Designation, Plan, Target, rows, split
from layers.store import Store

#: Why a designation cannot be measured, by what its place is.
_NOT_MEASURED = {"city": "whole_city", "sea": "at_sea", "place": "no_shape", "none": "no_place", "park": "no_extent"}

Test = tuple[str, str]


@dataclass(frozen=True)
class Subject:
    """What is compared: firms whose sector and place are known, the districts they lie in, the plan."""

    table: FirmTable
    store: Store
    plan: Plan
    classes: Classification
    settings: Settings
    language: str

    @cached_property
    def districts(self) -> Places:
        """The districts with the firms in them."""
        return by_district(self.table, self.store, self.language)

    @cached_property
    def has_subsectors(self) -> bool:
        """Whether any firm's subsector is known."""
        return self.table.has_subsectors

    @cached_property
    def codes_by_name(self) -> Mapping[str, str]:
        """Names of sectors and subsectors to their codes."""
        return {plain(category.name_zh): category.code for category in self.classes.plan.values()}

    def code_of(self, designation: Designation) -> str:
        """The finest category of the plan that the designation speaks of and the table knows; blank for none."""
        below = self.codes_by_name.get(plain(designation.subsector), "") if self.has_subsectors else ""
        return below or self.codes_by_name.get(plain(designation.sector), "")

    @cached_property
    def entries_by_code(self) -> Mapping[str, tuple[NDArray[np.int64], NDArray[np.bool_]]]:
        """The firms that each code counts for, and whether surely."""
        return {
            str(code): (rows["firm"].to_numpy(dtype=np.int64), rows["surely"].to_numpy(dtype=bool))
            for code, rows in self.table.members.groupby("code", sort=False)
        }

    def membership(self, code: str) -> Membership:
        """Which firms surely and possibly belong to a category."""
        surely, possibly = (np.zeros(len(self.table.frame), dtype=bool) for _ in range(2))
        firms, sure = self.entries_by_code.get(code, (np.empty(0, np.int64), np.empty(0, bool)))
        possibly[firms] = True
        surely[firms[sure]] = True
        return Membership(surely, possibly)

    def in_districts(self, codes: Sequence[str]) -> Inside:
        """The firms in one or several districts, within the accuracy of outlines and firms."""
        frame = self.store.layer("districts").frame
        spec = self.store.spec("districts")
        chosen = frame["id"].astype(str).isin(codes).to_numpy()
        drawn = np.isin(self.districts.of_firm, np.flatnonzero(chosen))
        outline = crs.to_plane(shapely.union_all(np.asarray(frame.geometry.array, dtype=object)[chosen]))
        accuracy = float(frame.loc[chosen, "accuracy_m"].astype(float).max())
        band = math.hypot(accuracy, self.table.accuracy_m) + spec.bias_m
        with_point = np.flatnonzero(located(self.table))
        near = firms_inside(crs.to_plane(lonlat(self.table)[with_point]), outline, band)
        surely, possibly = drawn.copy(), drawn.copy()
        surely[with_point] &= near.surely
        possibly[with_point] |= near.possibly
        return Inside(drawn, surely, possibly)


@dataclass(frozen=True)
class Measured:
    """A designation with the place it was measured on; ``on_district`` where the plan only says: somewhere within."""

    designation: Designation
    code: str
    place: str
    on_district: bool


def subject_of(
    table: FirmTable, store: Store, plan: Plan, classes: Classification, settings: Settings, language: str
) -> Subject:
    """The firms of a table that can be compared with the plan: of known sector, in the city."""
    subject = Subject(table, store, plan, classes, settings, language)
    usable = table.known & (subject.districts.of_firm >= 0)
    return replace(subject, table=table.chosen(usable))


def alignment_tables(subject: Subject) -> dict[str, list[dict[str, Any]]]:
    """Designations measured, those that cannot be, concentrations that nobody designated, and the targets."""
    measured, unmeasured = _sorted_out(subject)
    places = _places(subject, measured)
    tests = dict.fromkeys([(entry.code, entry.place) for entry in measured])
    tests |= dict.fromkeys((code, place) for code in _categories(subject) for place in subject.districts.ids)
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


def _categories(subject: Subject) -> tuple[str, ...]:
    """The categories of the plan at the finest level that the table knows."""
    wanted = subject.has_subsectors
    return tuple(code for code, category in subject.classes.plan.items() if bool(category.parent) == wanted)


def _sorted_out(subject: Subject) -> tuple[list[Measured], list[tuple[Designation, str]]]:
    """Designations that can be measured, and the others with the reason."""
    measured, unmeasured = [], []
    zones = {zone.id: zone for zone in subject.plan.zones}
    labels = {plain(name) for name in subject.table.frame["park"].unique()} - {""}
    for designation in subject.plan.designations:
        code = subject.code_of(designation)
        refs = designation.refs
        if not code:
            unmeasured.append((designation, "no_sector"))
        elif designation.geometry == "district" and refs:
            on_district = designation.within == "somewhere_within"
            measured.append(Measured(designation, code, ";".join(refs), on_district))
        elif designation.geometry == "park" and refs and plain(zones[refs[0]].name_zh) in labels:
            measured.append(Measured(designation, code, f"park:{zones[refs[0]].name_zh}", False))
        elif designation.geometry == "park" and refs and all(zones[ref].extent == "district" for ref in refs):
            codes = ";".join(code for ref in refs for code in zones[ref].districts)
            measured.append(Measured(designation, code, codes, designation.within == "somewhere_within"))
        else:
            anchored = designation.geometry in ("park", "place") and not subject.plan.located.isdisjoint(refs)
            unmeasured.append((designation, "anchor_only" if anchored else _NOT_MEASURED[designation.geometry]))
    return measured, unmeasured


def _places(subject: Subject, measured: Sequence[Measured]) -> dict[str, Inside]:
    """Who is inside each place that a test needs."""
    names = {entry.place for entry in measured} | set(subject.districts.ids)
    parks = subject.table.frame["park"].map(plain)
    return {
        name: exactly((parks == plain(name.removeprefix("park:"))).to_numpy(dtype=bool))
        if name.startswith("park:")
        else subject.in_districts(split(name))
        for name in sorted(names)
    }


def _hidden(subject: Subject) -> NDArray[np.str_]:
    """Tests (category, district) whose numbers must be hidden, as ``code|district``."""
    scheme = "subsector" if subject.has_subsectors else "sector"
    codes = _categories(subject)
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


@dataclass(frozen=True)
class LayerCount:
    """How many sites a loaded layer holds, and of when."""

    layer: str
    sites: int
    as_of: str


def target_rows(
    subject: Subject, layer_counts: Mapping[str, LayerCount], year: int | None = None
) -> list[dict[str, Any]]:
    """Every target of the plan with what the loaded data counts for it, None where they count nothing of the kind.

    ``layer_counts`` maps a kind of site (edge_nodes) to what was loaded of it, ``year`` is that of the firms.
    """
    wanted = {row["target"]: row for row in rows(DATA / "statistics" / "classification" / "target_counts.csv")}
    return [
        _target_row(subject, target, wanted.get(target.id), layer_counts, year)
        for target in subject.plan.targets
        if target.type == "target"
    ]


def _target_row(
    subject: Subject,
    target: Target,
    how: Mapping[str, str] | None,
    layer_counts: Mapping[str, LayerCount],
    year: int | None,
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": target.id,
        "clause": target.clause,
        "indicator": target.indicator,
        "bound": target.bound,
        "value": target.value,
        "value_max": target.value_max,
        "unit": target.unit,
        "year": target.year,
        "counted_low": None,
        "counted_high": None,
        "counted_from": "",
        "counted_as_of": "",
        "caveat": "",
    }
    if how is None:
        return row
    if how["counts"] == "layer" and how["key"] in layer_counts:
        found = layer_counts[how["key"]]
        row |= {"counted_low": found.sites, "counted_high": found.sites, "caveat": how["caveat"]}
        row |= {"counted_from": found.layer, "counted_as_of": found.as_of}
    if how["counts"] == "firms" and (subject.has_subsectors or "." not in how["key"]):
        member = subject.membership(how["key"])
        low, high = int(member.surely.sum()), int(member.possibly.sum())
        if subject.settings.rule and 0 < high < subject.settings.rule.firms_min:
            return row | {"caveat": "hidden_small"}
        row |= {
            "counted_low": low,
            "counted_high": high,
            "counted_from": subject.table.name,
            "counted_as_of": "" if year is None else str(year),
            "caveat": how["caveat"],
        }
    return row
