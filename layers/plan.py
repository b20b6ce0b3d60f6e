"""The plan as data: what it designates, where, by when; what has a shape and what has none.

Read from the curated tables in ``data/plan/source`` and ``data/parks/source``; no geometry is loaded here.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent.parent / "data"


@dataclass(frozen=True)
class Designation:
    """One statement of the plan that ties something to one place, in the plan's own words.

    ``geometry`` says what ``ref`` names: district (codes), park, place, sea, city (spread over it) or none.
    ``within`` is ``somewhere_within`` where the plan only says that it will lie inside the place.
    ``uses`` are the uses of a site that the statement supports there.
    """

    id: str
    clause: str
    sector: str
    subsector: str
    place: str
    place_key: str
    kind: str
    strength: str
    open_ended: bool
    within: str
    geometry: str
    ref: str
    quote: str
    uses: tuple[str, ...]

    @property
    def refs(self) -> tuple[str, ...]:
        """The ids that ``ref`` names."""
        return split(self.ref)


@dataclass(frozen=True)
class Target:
    """A number of the plan. ``type`` target, baseline or growth; ``bound`` at_least, about, range or exact."""

    id: str
    clause: str
    sector: str
    subsector: str
    indicator: str
    type: str
    bound: str
    value: float | None
    value_max: float | None
    unit: str
    year: int | None
    quote: str


@dataclass(frozen=True)
class Zone:
    """A park or functional zone; ``extent`` is district, anchor (a point somewhere in it) or none."""

    id: str
    name_zh: str
    name_en: str
    districts: tuple[str, ...]
    extent: str
    clauses: tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """A written place of the plan with the other names that the plan gives it."""

    key: str
    name: str
    aliases: tuple[str, ...]
    geometry: str
    ref: str


@dataclass(frozen=True)
class Plan:
    """Everything the plan says that can be put on a map or counted; ``located``: parks and places with a shape."""

    designations: tuple[Designation, ...]
    targets: tuple[Target, ...]
    zones: tuple[Zone, ...]
    places: Mapping[str, Place]
    located: frozenset[str]

    @property
    def sectors(self) -> tuple[str, ...]:
        """The sectors in the plan's order, chapter 3 only."""
        return tuple(dict.fromkeys(d.sector for d in self.designations if d.clause.startswith("三")))

    def names_of(self, designation: Designation) -> tuple[str, ...]:
        """The place as the statement writes it, its name and its other names."""
        place = self.places.get(designation.place_key)
        return (designation.place, *((place.name, *place.aliases) if place else ()))

    def undrawn(self, sector: str = "", subsector: str = "") -> tuple[Designation, ...]:
        """What the plan names and nobody has drawn: no district, no sea, no park or place with an extent or an anchor.

        A kind of site spread over the city (public car parks, edge nodes) is among them: nobody has drawn its sites.
        Of one sector and one of its items where they are given.
        """
        return tuple(
            d
            for d in self.designations
            if sector in ("", d.sector) and subsector in ("", d.subsector) and not self.is_drawn(d)
        )

    def is_drawn(self, designation: Designation) -> bool:
        """Whether at least one place of the designation has a shape or a sourced anchor."""
        if designation.geometry in ("district", "sea"):
            return bool(designation.ref)
        return designation.geometry in ("park", "place") and not self.located.isdisjoint(designation.refs)

    def zones_without_clause(self) -> tuple[Zone, ...]:
        """Zones on the map that no statement of the plan names."""
        named = {ref for d in self.designations if d.geometry == "park" for ref in d.refs}
        return tuple(zone for zone in self.zones if zone.id not in named and not zone.clauses)


def split(text: str) -> tuple[str, ...]:
    """The entries of a cell that holds a list."""
    return tuple(part.strip() for part in text.split(";") if part.strip())


def rows(path: Path) -> list[dict[str, str]]:
    """A curated table as dictionaries of text."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def number(text: str) -> float | None:
    """A number, or None for a blank cell."""
    return float(text) if text.strip() else None


def _designation(row: dict[str, str]) -> Designation:
    return Designation(**{**row, "open_ended": row["open_ended"] == "true", "uses": split(row["uses"])})  # type: ignore[arg-type]


def _target(row: dict[str, str]) -> Target:
    converted: dict[str, Any] = {
        **row,
        "value": number(row["value"]),
        "value_max": number(row["value_max"]),
        "year": int(row["year"]) if row["year"] else None,
    }
    return Target(**converted)


def _zone(row: dict[str, str]) -> Zone:
    lists = {key: split(row[key]) for key in ("districts", "clauses")}
    return Zone(row["id"], row["name_zh"], row["name_en"], lists["districts"], row["extent"], lists["clauses"])


def _place(row: dict[str, str]) -> Place:
    return Place(row["place_key"], row["name"], split(row["aliases"]), row["geometry"], row["ref"])


@lru_cache
def load_plan(data: Path = DATA) -> Plan:
    """The plan from its curated tables."""
    source = data / "plan" / "source"
    zones = tuple(_zone(row) for row in rows(data / "parks" / "source" / "zones.csv"))
    sited = {row["id"] for row in rows(source / "places.csv") if row["lon"]}
    return Plan(
        designations=tuple(_designation(row) for row in rows(source / "designations.csv")),
        targets=tuple(_target(row) for row in rows(source / "targets.csv")),
        zones=zones,
        places={row["place_key"]: _place(row) for row in rows(source / "gazetteer.csv")},
        located=frozenset(sited | {zone.id for zone in zones if zone.extent != "none"}),
    )
