"""Why not here, where instead: the rules in the way of a site, and the nearest place where none of them stands."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from atlas.explaining import alternative_dict, blocking_dict, place_dict
from atlas.journeys.context import holding
from geo import alternatives, blocking, conflict
from geo.alternatives import Surrounding
from geo.blocking import Blocking
from geo.search import Place, Progress, SearchArea
from geo.types import Finding, Proposal, Rule, Use
from layers.errors import DataError
from layers.prepared import prepared_contents
from layers.store import Store

#: How far is looked where nothing else was said, and how far for one rule alone, metres.
USUAL_RADIUS_M = 20_000.0
RULE_RADIUS_M = 50_000.0
#: Rules in the way for which the move that each asks for is sought.
RULES_MOVED = 8
#: The layers whose outlines a search may be kept within.
OUTLINE_LAYERS = {"district": "districts", "park": "parks"}


@dataclass(frozen=True)
class Within:
    """Where to look: ``kind`` radius, district or park; an outline with its id and names, or a radius in metres."""

    kind: str
    radius_m: float | None = None
    id: str = ""
    name_zh: str = ""
    name_en: str = ""
    outline: BaseGeometry | None = None

    @property
    def area(self) -> SearchArea:
        """As the search takes it."""
        return SearchArea(self.radius_m, self.outline)

    def as_dict(self) -> dict[str, Any]:
        """As the assessment records it, the outline by its id."""
        names = {"id": self.id, "name_zh": self.name_zh, "name_en": self.name_en}
        return {"kind": self.kind, "radius_m": self.radius_m, **names}


def outlines(store: Store, kind: str) -> list[Within]:
    """The districts or parks that have an outline: a park known by a point only cannot be searched."""
    layer = store.layer(OUTLINE_LAYERS[kind])
    names = layer.spec.name_column
    found = []
    for position, row in enumerate(layer.frame.to_dict("records")):
        shape = row["geometry"]
        if shape is None or shapely.get_dimensions(shape) != 2:
            continue
        name = str(row.get("name_zh") or row.get(names) or position + 1)
        row_id = str(row.get(layer.spec.id_column) or position + 1)
        found.append(Within(kind, None, row_id, name, str(row.get("name_en") or name), shape))
    return found


def parse_within(given: str, proposal: Proposal, store: Store) -> Within:
    """A radius in metres, ``district`` or ``park`` (the one that holds the site), or ``district:ID``, ``park:ID``.

    Raises DataError ``within_unreadable``, ``within_unknown`` (no such id), ``within_none_here`` (none holds the site).
    """
    kind, _, wanted = given.strip().partition(":")
    if kind in OUTLINE_LAYERS:
        known = outlines(store, kind)
        if wanted:
            chosen = [one for one in known if wanted in (one.id, one.name_zh, one.name_en)]
            if not chosen:
                raise DataError("within_unknown", given=given, known=", ".join(one.id for one in known))
            return chosen[0]
        middle = proposal.footprint.representative_point()
        holds = [one for one in known if one.outline is not None and one.outline.intersects(middle)]
        if not holds:
            raise DataError("within_none_here", given=given)
        return min(holds, key=lambda one: shapely.area(one.outline))
    try:
        radius = float(given)
    except ValueError:
        raise DataError("within_unreadable", given=given) from None
    if not (math.isfinite(radius) and radius > 0.0):
        raise DataError("within_unreadable", given=given)
    return Within("radius", radius)


def within_again(recorded: Mapping[str, Any], store: Store) -> Within | None:
    """Where an assessment says that was looked; None where there is no such outline any more."""
    if recorded["kind"] == "radius":
        return Within("radius", float(recorded["radius_m"]))
    return next((one for one in outlines(store, recorded["kind"]) if one.id == recorded["id"]), None)


def surroundings_of(use: Use, store: Store) -> tuple[Surrounding, ...]:
    """What nobody would propose: a factory in the sea, a wind farm at sea on land."""
    land = tuple(store.layer("land").frame.geometry.dropna())
    if use is Use.OFFSHORE_WIND:
        return (Surrounding("in_the_sea", land, inside=False),)
    return (Surrounding("on_land", land, inside=True),)


class Explainer:
    """Answers for many sites over the same store, rules and day; layers are prepared once."""

    def __init__(self, store: Store, rules: Iterable[Rule], on: date) -> None:
        self.store, self.rules, self.on = store, tuple(rules), on
        self.content_of = alternatives.prepared(prepared_contents(store))

    def explain(
        self, proposal: Proposal, within: Within | None, progress: Progress | None = None
    ) -> dict[str, dict[str, Any] | None]:
        """The keys ``blocking`` and ``alternative`` of a proposal, as ``atlas.explaining`` describes them.

        With nowhere to look ``alternative`` is None.
        """
        findings = conflict.assess(proposal, self.rules, self.content_of, self.on)
        found = blocking.blocking(proposal, findings, self.content_of)
        verdict = conflict.verdict(findings)[0].value
        return {
            "blocking": blocking_dict(found, verdict, self._moves(proposal, found), proposal.quantities),
            "alternative": self._alternative(proposal, findings, within, progress) if within else None,
        }

    def _alternative(
        self, proposal: Proposal, findings: tuple[Finding, ...], within: Within, progress: Progress | None
    ) -> dict[str, Any]:
        """The nearest place within an area, or the best."""
        surroundings = surroundings_of(proposal.use, self.store)
        found = alternatives.nearest_place(
            proposal, findings, self.content_of, self.on, within.area, surroundings, progress=progress
        )
        places = {name: self._place(getattr(found, name), proposal) for name in ("place", "best", "assured")}
        return alternative_dict(found, within.as_dict(), places)

    def _moves(self, proposal: Proposal, found: Blocking) -> dict[str, Place | None]:
        """The nearest place for each rule alone."""
        blockers = (*found.conflicts, *found.uncertain)[:RULES_MOVED]
        content: Any = self.content_of
        return {
            blocker.finding.rule.id: alternatives.nearest_for_rule(
                proposal, blocker.finding, content, self.on, RULE_RADIUS_M
            )
            for blocker in blockers
        }

    def _place(self, place: Place | None, proposal: Proposal) -> dict[str, Any] | None:
        if place is None:
            return None
        rows = holding(self.store, "districts", place.proposal.footprint)
        districts = [{key: str(row[key]) for key in ("id", "name_zh", "name_en")} for row in rows]
        return place_dict(place, proposal, districts)
