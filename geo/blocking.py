"""Why not here: the rules in the way, the least that would have to be waived, and what each would take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import shapely

from geo import conflict, crs, measuring, uncertainty
from geo.matching import as_number
from geo.measuring import PreparedLayer, Site
from geo.types import (
    AllOf,
    Condition,
    ConditionResult,
    Finding,
    Grid,
    Outcome,
    Proposal,
    Relation,
    Requirement,
    Severity,
    Why,
)

Content = PreparedLayer | Grid | None
Results = tuple[ConditionResult, ...]

#: An area to cut may be too large by a strip of this share of the distance that is asked for.
CUT_PRECISION = 1e-3
#: A rule may be met in several ways; more than this are not spelt out.
WAYS_SPELT_OUT = 6


@dataclass(frozen=True)
class Need:
    """What one condition asks for beyond what there is; what does not apply is None.

    ``at_least_m``: limit + band − distance, the least move, away from the feature that was measured
    (``azimuth_deg``, degrees from north; None where the site lies on it). ``cut_m2``: area of the site that may not
    comply under some shift; without it (``remaining_m2``) the rest does. ``limit``: the bound of a quantity.
    ``band_m``: with a band no longer than this the answer as drawn, which complies, would be certain.
    """

    condition: Condition
    at_least_m: float | None = None
    azimuth_deg: float | None = None
    cut_m2: float | None = None
    remaining_m2: float | None = None
    limit: float | None = None
    band_m: float | None = None


@dataclass(frozen=True)
class Blocker:
    """A rule in the way: the verdict if it alone were waived, and the ways in which the site could meet it."""

    finding: Finding
    verdict_without: tuple[Outcome, Why | None]
    ways: tuple[tuple[Need, ...], ...]


@dataclass(frozen=True)
class Blocking:
    """``conflicts`` is the smallest set of rules whose waiver leaves no conflict: every rule must hold, so it is all
    that conflict. ``uncertain`` are those that besides keep the site from being found clear, ``weak`` those of them
    that no place would cure because their source is not verified, ``unassessed`` those that nobody looked at.
    """

    conflicts: tuple[Blocker, ...]
    uncertain: tuple[Blocker, ...]
    weak: tuple[Finding, ...]
    unassessed: tuple[Finding, ...]
    verdict_without_conflicts: tuple[Outcome, Why | None]


def binding(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Findings of prohibitions and restrictions: only these decide."""
    return tuple(finding for finding in findings if finding.rule.severity is not Severity.ADVISE)


def settled(finding: Finding) -> Outcome:
    """The outcome as measured, whatever the rank of the rule's source."""
    if finding.why is Why.WEAK_SOURCE and finding.deciding is not None:
        return finding.deciding.outcome
    return finding.outcome


def blocking(
    proposal: Proposal,
    findings: Sequence[Finding],
    content_of: Callable[[str], Content],
) -> Blocking:
    """The rules in the way of a proposal, from its findings; ``content_of`` as the engine had it.

    Raises GeometryError, RegionError as the engine does.
    """
    site = measuring.prepare_site(proposal.footprint, proposal.accuracy_m)
    quantities = conflict.quantities_of(proposal.quantities, site)
    decisive = binding(findings)
    conflicts = tuple(finding for finding in decisive if finding.outcome is Outcome.CONFLICT)
    uncertain = tuple(finding for finding in decisive if finding.outcome is Outcome.UNCERTAIN)
    weak = tuple(finding for finding in uncertain if settled(finding) is Outcome.CLEAR)

    def blocker(finding: Finding) -> Blocker:
        others = [other for other in findings if other is not finding]
        return Blocker(finding, conflict.verdict(others), _ways(finding, site, quantities, content_of))

    return Blocking(
        conflicts=tuple(blocker(finding) for finding in conflicts),
        uncertain=tuple(blocker(finding) for finding in uncertain if finding not in weak),
        weak=weak,
        unassessed=tuple(finding for finding in decisive if finding.outcome is Outcome.NOT_ASSESSED),
        verdict_without_conflicts=conflict.verdict([finding for finding in findings if finding not in conflicts]),
    )


def _ways(
    finding: Finding, site: Site, quantities: Mapping[str, object], content_of: Callable[[str], Content]
) -> tuple[tuple[Need, ...], ...]:
    """The combinations of conditions that would have to be met, fewest conditions first."""
    ways = _ways_of(finding.rule.requirement, iter(finding.conditions)) if finding.conditions else None
    return tuple(tuple(_need(result, site, quantities, content_of) for result in way) for way in ways or () if way)


def _ways_of(requirement: Requirement, results: Iterator[ConditionResult]) -> list[Results] | None:
    """Each way as the conditions still to be met; None where nobody knows what it would take."""
    if isinstance(requirement, Condition):
        result = next(results)
        if result.outcome is Outcome.NOT_ASSESSED:
            return None
        return [()] if result.outcome is Outcome.CLEAR else [(result,)]
    parts = [_ways_of(part, results) for part in requirement.parts]
    known = [part for part in parts if part is not None]
    if not known:
        return None
    if isinstance(requirement, AllOf):
        return _shortest(reduce(_joined, known))
    return _shortest([way for part in known for way in part])


def _joined(first: list[Results], second: list[Results]) -> list[Results]:
    """Every way of the one with every way of the other."""
    return _shortest([(*one, *other) for one in first for other in second])


def _shortest(ways: list[Results]) -> list[Results]:
    """Few enough to be said, at every step: the ways of a rule multiply."""
    return sorted(ways, key=len)[:WAYS_SPELT_OUT]


def _need(
    result: ConditionResult, site: Site, quantities: Mapping[str, object], content_of: Callable[[str], Content]
) -> Need:
    condition = result.condition
    if condition.layer is None:
        return _of_quantity(condition, site, quantities)
    move, azimuth = _least_move(result)
    cut = _cut(result, site, content_of(condition.layer))
    remaining = None if cut is None else max(site.plane.area - cut, 0.0)
    return Need(condition, move, azimuth, cut, remaining, condition.value, _band_needed(result))


def _of_quantity(condition: Condition, site: Site, quantities: Mapping[str, object]) -> Need:
    """A bound on a number of the site; on its area, also what to cut."""
    limit = float(condition.value or 0.0)
    value = as_number(quantities.get(condition.quantity or ""))
    grows_with_area = condition.quantity in ("area_m2", "area_ha", "area_km2_per_100mw")
    if grows_with_area and condition.relation is Relation.VALUE_AT_MOST and value and value > limit:
        cut = site.plane.area * (1.0 - limit / value)
        return Need(condition, cut_m2=cut, remaining_m2=site.plane.area - cut, limit=limit)
    return Need(condition, limit=limit)


def _least_move(result: ConditionResult) -> tuple[float | None, float | None]:
    """How far at least, and away from (for a farthest distance: towards) the feature that was measured."""
    relation, limit = result.condition.relation, result.limit_m or 0.0
    if result.distance_m is None or result.tolerance_m is None or not np.isfinite(result.tolerance_m):
        return None, None
    if relation in (Relation.MIN_DISTANCE, Relation.NO_OVERLAP):
        return limit + result.tolerance_m - result.distance_m, _azimuth(result, away=True)
    if relation is Relation.MAX_DISTANCE:
        return result.distance_m + result.tolerance_m - limit, _azimuth(result, away=False)
    return None, None


def _azimuth(result: ConditionResult, away: bool) -> float | None:
    if result.witness is None or result.witness.geom_type != "LineString":
        return None
    ends = shapely.get_coordinates(result.witness)
    start, end = (ends[-1], ends[0]) if away else (ends[0], ends[-1])
    return float(crs.geodesic_azimuth_deg(start, end)) % 360.0


def _cut(result: ConditionResult, site: Site, content: Content) -> float | None:
    """The area of a site within the limit and the band of any feature, or of what a share allows too much."""
    condition = result.condition
    if site.dimension < 2 or not isinstance(content, PreparedLayer):
        return None
    if condition.relation is Relation.MAX_OVERLAP_SHARE and result.overlap_m2 is not None:
        share = float(condition.share_max or 0.0)
        excess = (result.overlap_m2[1] - share * site.plane.area) / max(1.0 - share, 1e-9)
        return min(max(excess, 0.0), site.plane.area)
    if condition.relation not in (Relation.MIN_DISTANCE, Relation.NO_OVERLAP):
        return None
    picked = content.picked(condition.where)
    return None if picked is None else _area_within(site, picked[1], condition.distance_m or 0.0)


def _area_within(site: Site, layer: PreparedLayer, limit_m: float) -> float | None:
    """None where only features without an area stand in the way and no strip around them has to be kept free."""
    near = measuring.distances(site, layer, limit_m)
    reach = layer.bands(site)[near.index] + limit_m
    close = near.distance_m <= reach
    if not np.isfinite(reach[close]).all():
        return float(site.plane.area)
    if (layer.dimensions[near.index[close & (reach == 0.0)]] < 2).any():
        return None
    span = 2.0 * float(shapely.minimum_bounding_radius(site.plane))
    if (near.distance_m + span < reach).any():
        return float(site.plane.area)
    coarse = CUT_PRECISION * reach[close]
    outlines = shapely.simplify(layer.plane[near.index[close]], coarse)
    zones = uncertainty.grow(outlines, (reach[close] + coarse) * site.scale)
    return float(shapely.intersection(site.plane, shapely.union_all(zones)).area)


def _band_needed(result: ConditionResult) -> float | None:
    """Only where the site complies as drawn and the band alone keeps that from being certain."""
    if result.outcome is not Outcome.UNCERTAIN or result.why is not Why.WITHIN_TOLERANCE:
        return None
    if result.margin_m is not None:
        return result.margin_m if result.margin_m > 0.0 else None
    apart = result.condition.relation is Relation.NO_OVERLAP and (result.distance_m or 0.0) > 0.0
    return result.distance_m if apart else None
