"""The matrix: which designations, parks, sea areas and own layers lie in what the rules keep free, and where."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from atlas import VERSION
from atlas.assessment import condition_dict, geometry_dict, stated_time
from atlas.journeys.explore import stamps_of
from geo.errors import GeoError
from geo.measuring import PreparedLayer, Site, prepare_site
from geo.overlaps import Constraint, Overlapping, Zone, constraints_of, overlapping, union_area_m2, zone_of
from geo.search import Progress
from geo.types import Outcome, Use, Why
from geo.uncertainty import SLIVER_M2
from layers.errors import DataError
from layers.features import accuracies
from layers.prepared import prepared_contents
from layers.rulebook import Rulebook, load_rulebook, waiting_layers
from layers.store import Store
from layers.style import WITHIN
from layers.types import Basis, GeometryKind, Layer, LayerSpec

#: What is compared where nothing else was chosen, besides the layers that users brought in.
USUAL_SUBJECTS = ("plan_designations", "parks", "offshore_wind_policy_sea")
DIGITS_M2 = 2

_Key = tuple[bytes, float]


@dataclass(frozen=True)
class MatrixRequest:
    """What is compared with the rules of which day, of one use or of all; ``sliver_m2`` is the least patch."""

    store: Store
    on: date
    subjects: tuple[str, ...] = ()
    use: Use | None = None
    sliver_m2: float = SLIVER_M2
    language: str = "zh"
    rulebook: Rulebook = field(default_factory=load_rulebook)


@dataclass(frozen=True)
class _Subject:
    """One polygon feature of a compared layer."""

    key: str
    layer: str
    id: str
    name: str
    clause: str
    shape: BaseGeometry
    accuracy_m: float
    somewhere: bool

    @cached_property
    def measured_as(self) -> _Key:
        """The same for statements of the plan that speak of one place."""
        return shapely.to_wkb(self.shape), self.accuracy_m


def possible_subjects(store: Store) -> tuple[LayerSpec, ...]:
    """Layers that may have polygons and are none of those that rules measure against, the usual ones first."""
    awaited = set(waiting_layers(load_rulebook()))
    found = [
        spec
        for spec in store.specs()
        if spec.geometry in (GeometryKind.POLYGON, GeometryKind.MIXED)
        and (
            spec.id in USUAL_SUBJECTS or (spec.basis is Basis.USER and spec.id not in awaited) or spec.id == "districts"
        )
    ]
    return tuple(sorted(found, key=lambda spec: spec.id not in USUAL_SUBJECTS))


def usual_subjects(store: Store) -> tuple[str, ...]:
    """What is compared where nothing was chosen: the usual layers and those that users brought in."""
    return tuple(spec.id for spec in possible_subjects(store) if spec.id != "districts")


def run_matrix(request: MatrixRequest, progress: Progress | None = None) -> dict[str, Any]:
    """The document of a matrix: ``overview``, ``overlaps``, ``patches``, ``constraints``, ``left_out``; plain values.

    ``overview`` has a row a layer and constraint, ``overlaps`` one a feature and constraint that is not clear,
    ``patches`` one a connected part, its geometry lon-lat. Areas are square metres in EPSG:4549.
    Raises UnknownLayer, DataError ``no_subject``.
    """
    chosen = request.subjects or usual_subjects(request.store)
    subjects, left_out = _subjects(request.store, chosen)
    if not subjects:
        raise DataError("no_subject", layers=", ".join(chosen))
    constraints = constraints_of(_rules(request))
    content_of = cache(prepared_contents(request.store))
    kept, sites = _placed(subjects, left_out)
    zones = [_zone(constraint, content_of, list(sites.values())) for constraint in constraints]
    found: dict[tuple[str, str], Overlapping] = {}
    measured: dict[_Key, list[Overlapping]] = {}
    for done, subject in enumerate(kept, start=1):
        if subject.measured_as not in measured:
            site = sites[subject.measured_as]
            measured[subject.measured_as] = [overlapping(site, zone, request.sliver_m2) for zone in zones]
        for constraint, answer in zip(constraints, measured[subject.measured_as], strict=True):
            found[subject.key, constraint.id] = answer
        if progress:
            progress(done, len(kept))
    return _document(request, kept, constraints, found, left_out, content_of)


def _rules(request: MatrixRequest) -> list[Any]:
    rules = (rule for rule in request.rulebook.rules if rule.in_force(request.on))
    return [rule for rule in rules if request.use is None or request.use in rule.applies_to]


def _zone(constraint: Constraint, content_of: Any, sites: Sequence[Site]) -> Zone:
    """The zone of a constraint; a raster draws none and counts as not there."""
    content = content_of(constraint.condition.layer)
    return zone_of(constraint, content if isinstance(content, PreparedLayer) else None, sites)


def _placed(subjects: Iterable[_Subject], left_out: list[dict[str, Any]]) -> tuple[list[_Subject], dict[_Key, Site]]:
    """The subjects that can be measured, and as which sites, a place once; the others go to what is left out."""
    kept: list[_Subject] = []
    sites: dict[_Key, Site] = {}
    for subject in subjects:
        try:
            if subject.measured_as not in sites:
                sites[subject.measured_as] = prepare_site(subject.shape, subject.accuracy_m)
        except GeoError as error:
            left_out.append(_left_out(subject.layer, error.code, subject.id))
            continue
        kept.append(subject)
    return kept, sites


def _subjects(store: Store, layer_ids: Iterable[str]) -> tuple[list[_Subject], list[dict[str, Any]]]:
    """The polygons of layers, and what could not be compared: rows without a place, points and lines."""
    found: list[_Subject] = []
    left_out: list[dict[str, Any]] = []
    for layer_id in layer_ids:
        layer = store.layer(layer_id)
        if layer.grid is not None or "geometry" not in layer.frame:
            left_out.append(_left_out(layer_id, "no_polygon"))
            continue
        shapes = layer.frame.geometry.to_numpy()
        placed = ~shapely.is_missing(shapes)
        areal = placed & (shapely.get_dimensions(shapes) == 2)
        for code, number in (("without_place", (~placed).sum()), ("no_polygon", (placed & ~areal).sum())):
            if number:
                left_out.append(_left_out(layer_id, code, count=int(number)))
        found += list(_rows(layer, np.flatnonzero(areal)))
    return found, left_out


def _rows(layer: Layer, rows: Any) -> Iterator[_Subject]:
    known, frame, spec = accuracies(layer), layer.frame, layer.spec
    for row in rows:
        values = frame.iloc[int(row)]
        row_id = str(values.get(spec.id_column, row + 1))
        name = next((str(values[c]) for c in (spec.name_column, "place", "band", "name") if values.get(c)), row_id)
        yield _Subject(
            key=f"{spec.id}/{row}",
            layer=spec.id,
            id=row_id,
            name=name,
            clause=str(values.get("clause") or ""),
            shape=shapely.force_2d(values["geometry"]),
            accuracy_m=float(known[int(row)]),
            somewhere=values.get("within") == WITHIN,
        )


def _left_out(layer: str, reason: str, feature: str = "", count: int = 1) -> dict[str, Any]:
    return {"layer": layer, "feature": feature, "reason": reason, "count": count}


def _document(
    request: MatrixRequest,
    subjects: list[_Subject],
    constraints: tuple[Constraint, ...],
    found: Mapping[tuple[str, str], Overlapping],
    left_out: list[dict[str, Any]],
    content_of: Any,
) -> dict[str, Any]:
    overlaps: list[dict[str, Any]] = []
    patches: list[dict[str, Any]] = []
    for subject in subjects:
        for constraint in constraints:
            answer = found[subject.key, constraint.id]
            row, parts = _overlap_rows(subject, constraint, answer, len(patches))
            patches += parts
            if row["outcome"] not in (Outcome.CLEAR.value, Outcome.NOT_ASSESSED.value) or parts:
                overlaps.append(row)
    specs = [request.store.spec(layer) for layer in dict.fromkeys(subject.layer for subject in subjects)]
    return {
        "kind": "matrix",
        "on": request.on.isoformat(),
        "use": request.use.value if request.use else None,
        "computed_at": stated_time(),
        "version": VERSION,
        "rulebook_sha256": request.rulebook.sha256,
        "sliver_m2": request.sliver_m2,
        "stamps": list(stamps_of(_all_specs(request.store, specs, constraints), request.language)),
        "subjects": [
            {"layer": spec.id, "title": dict(spec.title), "sha256": _sha256(request.store, spec)} for spec in specs
        ],
        "slivers": sum(row["slivers"] for row in overlaps),
        "slivers_m2": round(sum(row["slivers_m2"] for row in overlaps), DIGITS_M2),
        "overview": _overview(specs, subjects, constraints, found),
        "overlaps": overlaps,
        "patches": patches,
        "constraints": [_constraint_row(constraint, content_of) for constraint in constraints],
        "left_out": left_out,
    }


def _all_specs(store: Store, specs: list[LayerSpec], constraints: Iterable[Constraint]) -> list[LayerSpec]:
    asked = {constraint.condition.layer for constraint in constraints}
    return [*specs, *(store.spec(layer) for layer in sorted(filter(None, asked)) if layer in store)]


def _sha256(store: Store, spec: LayerSpec) -> str:
    return store.layer(spec.id).provenance.sha256


def _overlap_rows(
    subject: _Subject, constraint: Constraint, answer: Overlapping, numbered: int
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The row of a feature and a constraint, and those of its patches with ids that no other run repeats."""
    outcome, why, low = answer.outcome, answer.why, answer.low_m2
    if subject.somewhere and outcome in (Outcome.CONFLICT, Outcome.UNCERTAIN):
        outcome, why, low = Outcome.UNCERTAIN, Why.VALUE_UNKNOWN, 0.0
    shared = {"layer": subject.layer, "feature": subject.id, "name": subject.name, "clause": subject.clause}
    rules = [rule.id for rule in constraint.rules]
    row = {
        **shared,
        "somewhere_within": subject.somewhere,
        "constraint": constraint.id,
        "constraint_layer": constraint.condition.layer,
        "rules": rules,
        "outcome": outcome.value,
        "why": why.value if why else None,
        "area_m2": round(answer.area_m2, DIGITS_M2),
        "low_m2": round(low, DIGITS_M2),
        "drawn_m2": round(answer.drawn_m2, DIGITS_M2),
        "high_m2": round(answer.high_m2, DIGITS_M2),
        "share_low": low / answer.area_m2,
        "share_high": min(answer.high_m2 / answer.area_m2, 1.0),
        "patches": len(answer.patches),
        "slivers": answer.slivers,
        "slivers_m2": round(answer.slivers_m2, DIGITS_M2),
    }
    parts = [
        {
            "patch": f"P{numbered + number:04d}",
            **shared,
            "constraint": constraint.id,
            "constraint_layer": constraint.condition.layer,
            "constraint_features": list(patch.features),
            "rules": rules,
            "clauses": [_cited(rule) for rule in constraint.rules],
            "outcome": outcome.value,
            "area_m2": round(patch.area_m2, DIGITS_M2),
            "geometry_sha256": hashlib.sha256(shapely.to_wkb(patch.shape)).hexdigest()[:12],
            "geometry": geometry_dict(patch.shape),
        }
        for number, patch in enumerate(answer.patches, start=1)
    ]
    return row, parts


def _cited(rule: Any) -> str:
    citation = rule.citation
    return " ".join(str(part) for part in (citation.document, citation.number, citation.clause) if part)


def _overview(
    specs: list[LayerSpec],
    subjects: list[_Subject],
    constraints: tuple[Constraint, ...],
    found: Mapping[tuple[str, str], Overlapping],
) -> list[dict[str, Any]]:
    rows = []
    for spec in specs:
        mine = [subject for subject in subjects if subject.layer == spec.id]
        for constraint in constraints:
            answers = [(subject, found[subject.key, constraint.id]) for subject in mine]
            counts = {outcome.value: 0 for outcome in Outcome}
            for subject, answer in answers:
                vague = subject.somewhere and answer.outcome is Outcome.CONFLICT
                counts[(Outcome.UNCERTAIN if vague else answer.outcome).value] += 1
            parts = [patch for _, answer in answers for patch in answer.patches]
            rows.append(
                {
                    "layer": spec.id,
                    "title": dict(spec.title),
                    "constraint": constraint.id,
                    "constraint_layer": constraint.condition.layer,
                    "features": len(mine),
                    **counts,
                    "area_m2": round(union_area_m2(parts), DIGITS_M2),
                }
            )
    return rows


def _constraint_row(constraint: Constraint, content_of: Any) -> dict[str, Any]:
    layer = constraint.condition.layer
    return {
        "constraint": constraint.id,
        **condition_dict(constraint.condition),
        "assessed": content_of(layer) is not None,
        "rules": [
            {
                "rule": rule.id,
                "title": dict(rule.title),
                "severity": rule.severity.value,
                "clause": _cited(rule),
                "alone": rule.id in constraint.alone,
            }
            for rule in constraint.rules
        ],
    }
