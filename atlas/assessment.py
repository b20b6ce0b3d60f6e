"""An assessment: what was asked, what was answered, from which data, by which rules, when.

``as_dict`` is the file format that other programs rely on; it speaks codes, never sentences.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import shapely
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from atlas import VERSION
from geo.matching import matches
from geo.types import REGION_BOUNDS, Condition, ConditionResult, Finding, Outcome, Proposal, Why
from layers.types import InputRecord, Rejected

#: What a condition measured, by its names in the file.
NUMBERS = ("limit_m", "distance_m", "margin_m", "overlap_m2", "overlap_share", "value", "tolerance_m")


@dataclass(frozen=True)
class LayerRecord:
    """A layer that a rule read. ``held`` is its content as GeoJSON where the atlas does not embed it."""

    id: str
    title: Mapping[str, str]
    sha256: str
    as_of: str
    basis: str
    accuracy_m: float | None
    covers: str
    source: str
    licence: str
    attribution: str
    distribution: str
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Context:
    """What holds the site: districts, zones with a known extent, and the plan's designations there."""

    districts: tuple[Mapping[str, str], ...] = ()
    zones: tuple[Mapping[str, str], ...] = ()
    designations: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class AssessedSite:
    """A site with its findings, its verdict, what holds it, and codes of what looks odd about it."""

    proposal: Proposal
    findings: tuple[Finding, ...]
    verdict: Outcome
    why: Why | None
    counts: Mapping[str, int]
    context: Context
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Assessment:
    """The whole of one run. ``holds`` is what a later run needs and the atlas does not embed."""

    on: date
    computed_at: str
    rulebook_sha256: str
    inputs: tuple[InputRecord, ...]
    rejected: tuple[Rejected, ...]
    sites: tuple[AssessedSite, ...]
    layers: tuple[LayerRecord, ...]
    holds: Mapping[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> Outcome:
        """The worst verdict of all sites; a rejected row is a site that was not assessed."""
        return worst_verdict([site.verdict for site in self.sites], len(self.rejected))


def worst_verdict(verdicts: Iterable[str], rejected: int) -> Outcome:
    """The worst of the sites' verdicts, each rejected row being one that was not assessed."""
    found = {Outcome(verdict) for verdict in verdicts} | ({Outcome.NOT_ASSESSED} if rejected else set())
    for outcome in (Outcome.CONFLICT, Outcome.UNCERTAIN, Outcome.NOT_ASSESSED):
        if outcome in found:
            return outcome
    return Outcome.CLEAR if found else Outcome.NOT_ASSESSED


def stated_time() -> str:
    """Now in UTC, or the time that SOURCE_DATE_EPOCH states, so that a run can be repeated to the byte."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    moment = datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _rounded(value: float | None, digits: int = 3) -> float | None:
    return None if value is None else round(float(value), digits)


def _pair(values: tuple[float, float] | None, digits: int) -> list[float | None] | None:
    return None if values is None else [_rounded(value, digits) for value in values]


def geometry_dict(geometry: BaseGeometry | None) -> dict[str, Any] | None:
    """GeoJSON of a geometry, lon-lat; None stays None. Polygons, which may be long, are read ring by ring."""
    if geometry is None:
        return None
    if geometry.geom_type != "Polygon" or geometry.is_empty:
        return dict(mapping(geometry))
    rings = (geometry.exterior, *geometry.interiors)
    return {"type": "Polygon", "coordinates": tuple(_positions(ring) for ring in rings)}


def _positions(line: BaseGeometry) -> tuple[tuple[float, ...], ...]:
    return tuple(map(tuple, shapely.get_coordinates(line, include_z=line.has_z).tolist()))


def condition_dict(condition: Condition) -> dict[str, Any]:
    """What a condition asks, without empty fields."""
    asked = {
        "relation": condition.relation.value,
        "layer": condition.layer,
        "quantity": condition.quantity,
        "distance_m": condition.distance_m,
        "share_max": condition.share_max,
        "value": condition.value,
        "unit": condition.unit,
        "where": dict(condition.where),
    }
    return {key: value for key, value in asked.items() if value not in (None, "", {})}


def measured_dict(result: ConditionResult) -> dict[str, Any]:
    """What was measured for a condition: metres, square metres, shares."""
    return {
        "layer": result.condition.layer,
        "features": [str(feature) for feature in result.features],
        "limit_m": _rounded(result.limit_m),
        "distance_m": _rounded(result.distance_m),
        "margin_m": _rounded(result.margin_m),
        "overlap_m2": _pair(result.overlap_m2, 3),
        "overlap_share": _pair(result.overlap_share, 6),
        "value": _rounded(result.value, 6),
        "tolerance_m": _rounded(result.tolerance_m),
        "witness": geometry_dict(result.witness),
    }


_NOTHING_MEASURED: dict[str, Any] = {"layer": None, "features": [], **dict.fromkeys(NUMBERS), "witness": None}


def finding_dict(finding: Finding, stated: Mapping[str, Any]) -> dict[str, Any]:
    """A finding as the contract has it; the numbers are those of the deciding condition.

    ``unstated`` names what ``when`` asks and what is stated of the site leaves open.
    """
    rule, citation = finding.rule, finding.rule.citation
    measured = measured_dict(finding.deciding) if finding.deciding else _NOTHING_MEASURED
    return {
        "rule": rule.id,
        "title": dict(rule.title),
        "note": dict(rule.note),
        "outcome": finding.outcome.value,
        "severity": rule.severity.value,
        "why": finding.why.value if finding.why else None,
        "when": dict(rule.when),
        "unstated": [name for name, wanted in rule.when.items() if matches(stated.get(name), wanted) is None],
        **measured,
        "conditions": [
            {
                **condition_dict(result.condition),
                "outcome": result.outcome.value,
                "why": result.why.value if result.why else None,
                "measured": measured_dict(result),
            }
            for result in finding.conditions
        ],
        "citation": {
            "document": citation.document,
            "number": citation.number,
            "clause": citation.clause,
            "date": citation.date,
            "evidence": citation.evidence,
            "confidence": citation.confidence,
            "quote": citation.quote,
            "verb": citation.verb,
        },
    }


def _rejected_dict(rejected: Rejected) -> dict[str, Any]:
    return {
        "row": rejected.row,
        "field": rejected.field,
        "reason": rejected.reason,
        "values": {key: str(value) for key, value in rejected.values.items()},
    }


def site_dict(site: AssessedSite) -> dict[str, Any]:
    """An assessed site as the contract has it."""
    proposal = site.proposal
    return {
        "id": proposal.id,
        "name": proposal.name,
        "use": proposal.use.value,
        "quantities": dict(proposal.quantities),
        "geometry": geometry_dict(proposal.footprint),
        "accuracy_m": proposal.accuracy_m,
        "verdict": site.verdict.value,
        "why": site.why.value if site.why else None,
        "counts": dict(site.counts),
        "notices": list(site.notices),
        "context": {
            "district": "、".join(district["name_zh"] for district in site.context.districts),
            "districts": [dict(district) for district in site.context.districts],
            "zones": [dict(zone) for zone in site.context.zones],
            "designations": [dict(designation) for designation in site.context.designations],
        },
        "findings": [finding_dict(finding, proposal.quantities) for finding in site.findings],
    }


def layer_dict(record: LayerRecord) -> dict[str, Any]:
    """A layer that was read, as the contract has it."""
    return {
        "id": record.id,
        "title": dict(record.title),
        "sha256": record.sha256,
        "as_of": record.as_of,
        "basis": record.basis,
        "accuracy_m": record.accuracy_m,
        "covers": record.covers,
        "source": record.source,
        "licence": record.licence,
        "attribution": record.attribution,
        "distribution": record.distribution,
        "assumed": list(record.assumed),
    }


def as_dict(assessment: Assessment) -> dict[str, Any]:
    """The assessment as the JSON contract has it, with ``holds`` for a later verification."""
    return {
        "verdict": assessment.verdict.value,
        "on": assessment.on.isoformat(),
        "region": {"bounds": list(REGION_BOUNDS), "frame": "EPSG:4326"},
        "version": VERSION,
        "computed_at": assessment.computed_at,
        "rulebook_sha256": assessment.rulebook_sha256,
        "inputs": [
            {
                "name": record.name,
                "sha256": record.sha256,
                "crs": record.crs,
                "accuracy_m": record.accuracy_m,
                "assumed": list(record.assumed),
            }
            for record in assessment.inputs
        ],
        "rejected": [_rejected_dict(rejected) for rejected in assessment.rejected],
        "proposals": [site_dict(site) for site in assessment.sites],
        "layers": [layer_dict(record) for record in assessment.layers],
        "holds": dict(assessment.holds),
    }
