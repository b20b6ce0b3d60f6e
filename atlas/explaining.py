"""Why not here, where instead, as codes and numbers: what a proposal of an assessment carries when it was asked for.

Two keys of a proposal, both absent unless asked for (``check --alternatives``); metres, square metres, degrees from
north, lon-lat, and codes, never sentences::

    "blocking": {
        "verdict": "conflict",              # as it is
        "verdict_without": "not_assessed",  # if every rule of "conflicts" were waived
        "conflicts": [BLOCKER],             # the smallest set whose waiver leaves no conflict
        "uncertain": [BLOCKER],             # what besides keeps the site from being clear
        "weak": [RULE],                     # hold as measured, but their source is not verified: no place cures that
        "unassessed": [UNASSESSED]}         # nobody looked at these
    "alternative": {
        "within": {"kind": "radius" | "district" | "park", "radius_m", "id", "name_zh", "name_en"},
        "place": PLACE | null,     # the nearest where no assessed rule conflicts or is uncertain
        "best": PLACE | null,      # where "place" is null: the one with the least in its way, the site itself maybe
        "assured": PLACE | null,   # the nearest where the "lost" rules are clear as well
        "lost": ["E3.1"],          # rules assessed at the site and not at "place"
        "cell_m": 31.25,           # nearest within one cell of this side
        "best_cell_m": 800.0,      # "best" was sought on a grid of this spacing
        "no_nearer_m": null,       # a number: the search stopped early; all nearer than this was looked at
        "looked_at", "asked",      # cells screened, places put to the engine
        "plausibility": ["on_land" | "in_the_sea"]}
    RULE = {"rule", "title": {zh, en}, "severity", "outcome", "why", "layers": ["id"]}
    BLOCKER = RULE + {
        "verdict_without": "uncertain",     # if it alone were waived
        "move": {"distance_m", "azimuth_deg"} | null,  # to the nearest place where this rule alone is clear
        "ways": [[NEED]]}                   # each way: the conditions still to be met together; [] where nobody knows
    NEED = {"condition": as in a finding, "at_least_m", "azimuth_deg", "cut_m2", "remaining_m2", "limit", "band_m"}
    PLACE = {"geometry", "distance_m", "azimuth_deg", "line": LineString from site to place,
        "districts": [{"id", "name_zh", "name_en"}], "in_the_way": [RULE + measured], "weak": [RULE],
        "unassessed": [UNASSESSED]}
    UNASSESSED = RULE + {"missing_layers": ["id"], "missing_quantities": ["name"]}

``band_m`` is the combined accuracy of site and layer with which the site as drawn would be certain to comply.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import shapely

from atlas.assessment import condition_dict, geometry_dict, measured_dict
from geo import conflict
from geo.alternatives import Alternative
from geo.blocking import Blocker, Blocking, Need
from geo.matching import matches
from geo.search import Place
from geo.types import Finding, Outcome, Proposal, Why

Moves = Mapping[str, Place | None]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 2)


def rule_dict(finding: Finding) -> dict[str, Any]:
    """A rule with its outcome, without numbers."""
    return {
        "rule": finding.rule.id,
        "title": dict(finding.rule.title),
        "severity": finding.rule.severity.value,
        "outcome": finding.outcome.value,
        "why": finding.why.value if finding.why else None,
        "layers": list(conflict.layers_of(finding.rule.requirement)),
    }


def unassessed_dict(finding: Finding, stated: Mapping[str, Any]) -> dict[str, Any]:
    """A rule without an answer, with the layers that were not there and, apart, the numbers and classes not stated."""
    lacking = [result for result in finding.conditions if result.outcome is Outcome.NOT_ASSESSED]
    layers = [r.condition.layer for r in lacking if r.why is Why.MISSING_LAYER and r.condition.layer]
    quantities = [r.condition.quantity for r in lacking if r.why is Why.VALUE_UNKNOWN and r.condition.quantity]
    if not finding.conditions:
        quantities += [name for name, wanted in finding.rule.when.items() if matches(stated.get(name), wanted) is None]
    return {**rule_dict(finding), "missing_layers": _once(layers), "missing_quantities": _once(quantities)}


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _need_dict(need: Need) -> dict[str, Any]:
    return {
        "condition": condition_dict(need.condition),
        "at_least_m": _rounded(need.at_least_m),
        "azimuth_deg": _rounded(need.azimuth_deg),
        "cut_m2": _rounded(need.cut_m2),
        "remaining_m2": _rounded(need.remaining_m2),
        "limit": need.limit,
        "band_m": _rounded(need.band_m),
    }


def _blocker_dict(blocker: Blocker, moves: Moves) -> dict[str, Any]:
    place = moves.get(blocker.finding.rule.id)
    move = {"distance_m": _rounded(place.distance_m), "azimuth_deg": _rounded(place.azimuth_deg)} if place else None
    return {
        **rule_dict(blocker.finding),
        "verdict_without": blocker.verdict_without[0].value,
        "move": move,
        "ways": [[_need_dict(need) for need in way] for way in blocker.ways],
    }


def blocking_dict(blocking: Blocking, verdict: str, moves: Moves, stated: Mapping[str, Any]) -> dict[str, Any]:
    """The rules in the way of a site of which this is ``stated``.

    ``moves`` holds the nearest place for a rule alone, by the rule's id.
    """
    return {
        "verdict": verdict,
        "verdict_without": blocking.verdict_without_conflicts[0].value,
        "conflicts": [_blocker_dict(blocker, moves) for blocker in blocking.conflicts],
        "uncertain": [_blocker_dict(blocker, moves) for blocker in blocking.uncertain],
        "weak": [rule_dict(finding) for finding in blocking.weak],
        "unassessed": [unassessed_dict(finding, stated) for finding in blocking.unassessed],
    }


def place_dict(place: Place | None, site: Proposal, districts: Sequence[Mapping[str, str]]) -> dict[str, Any] | None:
    """A place with what stands in its way there, and the line that leads to it."""
    if place is None:
        return None
    ends = [shapely.centroid(proposal.footprint).coords[0] for proposal in (site, place.proposal)]
    return {
        "geometry": geometry_dict(place.proposal.footprint),
        "distance_m": _rounded(place.distance_m),
        "azimuth_deg": _rounded(place.azimuth_deg),
        "line": geometry_dict(shapely.LineString(ends)),
        "districts": [dict(district) for district in districts],
        "in_the_way": [{**rule_dict(f), **(measured_dict(f.deciding) if f.deciding else {})} for f in place.in_the_way],
        "weak": [rule_dict(finding) for finding in place.weak],
        "unassessed": [unassessed_dict(finding, place.proposal.quantities) for finding in place.unassessed],
    }


def alternative_dict(
    alternative: Alternative, within: Mapping[str, Any], places: Mapping[str, dict[str, Any] | None]
) -> dict[str, Any]:
    """The outcome of a search; ``places`` holds the dictionaries of ``place``, ``best`` and ``assured``."""
    return {
        "within": dict(within),
        **places,
        "lost": list(alternative.lost),
        "cell_m": alternative.cell_m,
        "best_cell_m": _rounded(alternative.best_cell_m),
        "no_nearer_m": _rounded(alternative.no_nearer_m),
        "looked_at": alternative.looked_at,
        "asked": alternative.asked,
        "plausibility": list(alternative.plausibility),
    }
