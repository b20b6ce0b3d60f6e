"""Proposals x rules x features -> findings: is this site, for this use, on this day, in conflict?

No conflict found and not looked at are never confused: what could not be looked at says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from geo import relations
from geo.errors import RuleError
from geo.matching import as_number, matches
from geo.measuring import PreparedLayer, Site, prepare_layer, prepare_site
from geo.types import (
    AllOf,
    Condition,
    ConditionResult,
    FeatureSet,
    Finding,
    Grid,
    Outcome,
    Proposal,
    Relation,
    Requirement,
    Rule,
    Severity,
    Why,
)
from geo.uncertainty import SLIVER_M2

LayerContent = FeatureSet | Grid | PreparedLayer
Answer = Callable[[Condition], ConditionResult]
Combined = tuple[ConditionResult, tuple[ConditionResult, ...]]

#: From the worst: what a verdict, and a combination whose truth is open, takes first.
VERDICT_ORDER = (Outcome.CONFLICT, Outcome.UNCERTAIN, Outcome.NOT_ASSESSED, Outcome.CLEAR)
ALL_OF_ORDER = VERDICT_ORDER
ANY_OF_ORDER = (Outcome.CLEAR, Outcome.UNCERTAIN, Outcome.NOT_ASSESSED, Outcome.CONFLICT)
#: Quantities that follow from a footprint with an area.
DERIVED = frozenset({"area_m2", "area_ha", "area_km2_per_100mw"})
ANSWERED = frozenset({Outcome.CONFLICT, Outcome.CLEAR})


def assess(
    proposal: Proposal,
    rules: Iterable[Rule],
    features_of: Callable[[str], LayerContent | None],
    on: date,
    sliver_m2: float = SLIVER_M2,
) -> tuple[Finding, ...]:
    """One finding for each rule that asks something of the proposal's use and is in force on a day, in their order.

    ``features_of`` gives a layer's content near the site, prepared or not, or None when there is no such layer.
    ``sliver_m2`` is the shared area up to which an overlap is no conflict.
    Raises GeometryError or RegionError for a footprint that cannot be measured, RuleError for a rule that cannot.
    """
    site = prepare_site(proposal.footprint, proposal.accuracy_m)
    quantities = quantities_of(proposal.quantities, site)
    contents: dict[str, PreparedLayer | Grid | None] = {}

    def content_of(layer: str) -> PreparedLayer | Grid | None:
        if layer not in contents:
            found = features_of(layer)
            contents[layer] = prepare_layer(found) if isinstance(found, FeatureSet) else found
        return contents[layer]

    findings = []
    for rule in rules:
        if proposal.use not in rule.applies_to or not rule.in_force(on):
            continue
        concerned = applies(rule, quantities)
        if concerned is False:
            continue
        if concerned is None:
            findings.append(Finding(rule, proposal.id, Outcome.NOT_ASSESSED, Why.VALUE_UNKNOWN))
            continue
        findings.append(_finding(rule, proposal.id, site, quantities, content_of, sliver_m2))
    return tuple(findings)


def verdict(findings: Iterable[Finding]) -> tuple[Outcome, Why | None]:
    """The worst outcome over prohibitions and restrictions, with the first reason for it; advice never counts.

    With no such finding the verdict is not_assessed, no_rule.
    """
    binding = [finding for finding in findings if finding.rule.severity is not Severity.ADVISE]
    for outcome in VERDICT_ORDER:
        for finding in binding:
            if finding.outcome is outcome:
                return outcome, finding.why
    return Outcome.NOT_ASSESSED, Why.NO_RULE


def counts(findings: Iterable[Finding]) -> dict[Outcome, int]:
    """How many findings there are of each outcome, advice included."""
    found = Counter(finding.outcome for finding in findings)
    return {outcome: found[outcome] for outcome in VERDICT_ORDER}


def layers_of(requirement: Requirement) -> tuple[str, ...]:
    """The layers that a requirement asks for, each once, in its order."""
    return tuple(dict.fromkeys(part.layer for part in conditions_of(requirement) if part.layer is not None))


def conditions_of(requirement: Requirement) -> tuple[Condition, ...]:
    """All conditions of a requirement, in its order."""
    if isinstance(requirement, Condition):
        return (requirement,)
    return tuple(condition for part in requirement.parts for condition in conditions_of(part))


def reach_m(requirement: Requirement) -> float:
    """How far from a site a requirement looks, without the band: what a source must deliver around it."""
    return max((condition.distance_m or 0.0 for condition in conditions_of(requirement)), default=0.0)


def quantities_of(stated: Mapping[str, Any], site: Site) -> dict[str, Any]:
    """What is stated of a site, and the numbers that follow from its footprint where they are not stated."""
    return {**derived_quantities(stated, site), **stated}


def derived_quantities(stated: Mapping[str, Any], site: Site) -> dict[str, float]:
    """Numbers that follow from the footprint: area_m2, area_ha, and area_km2_per_100mw where the capacity is known."""
    if site.dimension < 2:
        return {}
    area_m2 = float(site.plane.area)
    derived = {"area_m2": area_m2, "area_ha": area_m2 / 1e4}
    capacity_mw = as_number(stated.get("capacity_mw"))
    if capacity_mw is not None and capacity_mw > 0.0:
        derived["area_km2_per_100mw"] = area_m2 / 1e6 / capacity_mw * 100.0
    return derived


def combine(requirement: Requirement, answer: Answer) -> Combined:
    """Kleene's logic of compliance: the deciding condition's result, and the results of all.

    Clear is true, conflict is false, uncertain and not_assessed are open. A combination that stays open is
    uncertain when any open part is: something was looked at and could not be told.
    """
    if isinstance(requirement, Condition):
        result = answer(requirement)
        return result, (result,)
    if not requirement.parts:
        raise RuleError("rule_without_parts")
    parts = [combine(part, answer) for part in requirement.parts]
    order = ALL_OF_ORDER if isinstance(requirement, AllOf) else ANY_OF_ORDER
    deciding = min((part[0] for part in parts), key=lambda result: order.index(result.outcome))
    return deciding, tuple(result for part in parts for result in part[1])


def applies(rule: Rule, quantities: Mapping[str, Any]) -> bool | None:
    """Whether a rule's ``when`` holds; None when that is not known."""
    answers = [matches(quantities.get(name), wanted) for name, wanted in rule.when.items()]
    if False in answers:
        return False
    return None if None in answers else True


def _finding(
    rule: Rule,
    proposal_id: str,
    site: Site,
    quantities: Mapping[str, Any],
    content_of: Callable[[str], PreparedLayer | Grid | None],
    sliver_m2: float,
) -> Finding:
    for condition in conditions_of(rule.requirement):
        relations.check_condition(condition)

    def answer(condition: Condition) -> ConditionResult:
        content = content_of(condition.layer) if condition.layer is not None else None
        return _answer(condition, rule, site, quantities, content, sliver_m2)

    deciding, results = combine(rule.requirement, answer)
    outcome, why = deciding.outcome, deciding.why
    if rule.citation.is_weak and outcome in ANSWERED:
        outcome, why = Outcome.UNCERTAIN, Why.WEAK_SOURCE
    return Finding(rule, proposal_id, outcome, why, deciding, results)


def _answer(
    condition: Condition,
    rule: Rule,
    site: Site,
    quantities: Mapping[str, Any],
    content: PreparedLayer | Grid | None,
    sliver_m2: float,
) -> ConditionResult:
    as_of = None if content is None else content.as_of if isinstance(content, Grid) else content.source.as_of
    known = without_measuring(condition, rule, quantities, content is not None, as_of)
    if known is not None:
        return known
    if isinstance(content, Grid):
        return relations.of_grid(condition, site, content)
    assert content is not None  # noqa: S101 - a missing layer is answered without measuring
    return relations.of_layer(condition, site, content, sliver_m2)


def without_measuring(
    condition: Condition, rule: Rule, quantities: Mapping[str, Any], has_layer: bool, as_of: date | None
) -> ConditionResult | None:
    """The answer of a condition that no place changes: a study, a quantity, a layer that is missing or too old.

    None where the site must be measured. ``as_of`` is the layer's date.
    """
    if condition.relation is Relation.STUDY:
        return relations.not_assessed(condition, Why.NEEDS_STUDY)
    if condition.layer is None:
        return relations.of_quantity(condition, quantities)
    if not has_layer:
        return relations.not_assessed(condition, Why.MISSING_LAYER)
    if rule.layer_not_before is not None and (as_of is None or as_of < rule.layer_not_before):
        return relations.not_assessed(condition, Why.OUT_OF_DATE)
    return None
