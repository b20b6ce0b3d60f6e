"""What is set against the plan: the firms, and which of its designations can be measured on which place."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from atlas.journeys.concentration import Settings
from atlas.journeys.places import Places, by_district, located, lonlat
from geo import crs
from geo.alignment import Inside, Membership, exactly, firms_inside
from layers.classification import Classification, plain
from layers.firms import FirmTable
from layers.plan import Designation, Plan, split
from layers.store import Store

#: Why a designation cannot be measured, by what its place is.
_NOT_MEASURED = {"city": "whole_city", "sea": "at_sea", "place": "no_shape", "none": "no_place", "park": "no_extent"}


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


def categories(subject: Subject) -> tuple[str, ...]:
    """The categories of the plan at the finest level that the table knows."""
    wanted = subject.has_subsectors
    return tuple(code for code, category in subject.classes.plan.items() if bool(category.parent) == wanted)


def sorted_out(subject: Subject) -> tuple[list[Measured], list[tuple[Designation, str]]]:
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


def inside_of(subject: Subject, measured: Sequence[Measured]) -> dict[str, Inside]:
    """Who is inside each place that a test needs."""
    names = {entry.place for entry in measured} | set(subject.districts.ids)
    parks = subject.table.frame["park"].map(plain)
    return {
        name: exactly((parks == plain(name.removeprefix("park:"))).to_numpy(dtype=bool))
        if name.startswith("park:")
        else subject.in_districts(split(name))
        for name in sorted(names)
    }
