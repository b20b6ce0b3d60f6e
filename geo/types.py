"""The nouns of the geometry: what a site is, what a rule asks, what the answer says.

All are frozen dataclasses, the unit stands in the field's name, and every geometry is lon-lat
(EPSG:4326, x = east) unless its name ends in ``_plane`` (EPSG:4549 metres, x = east).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

EMPTY: Mapping[str, Any] = MappingProxyType({})

#: The region of the atlas: west, south, east, north in degrees. Input outside it is refused.
REGION_BOUNDS = (119.3, 35.2, 121.8, 37.3)


class Use(StrEnum):
    """What a site is proposed for."""

    FACTORY = "factory"
    CHEMICAL_PLANT = "chemical_plant"
    BUILDING = "building"
    DATA_CENTER = "data_center"
    EDGE_NODE = "edge_node"
    BASE_STATION = "base_station"
    CHARGING_STATION = "charging_station"
    SWAP_STATION = "swap_station"
    HYDROGEN_STATION = "hydrogen_station"
    OFFSHORE_WIND = "offshore_wind"
    ONSHORE_WIND = "onshore_wind"
    PHOTOVOLTAIC = "photovoltaic"
    TEST_ZONE = "test_zone"


class Outcome(StrEnum):
    """The answer of one rule for one site."""

    CONFLICT = "conflict"
    UNCERTAIN = "uncertain"
    NOT_ASSESSED = "not_assessed"
    CLEAR = "clear"


class Why(StrEnum):
    """Why an answer is neither conflict nor clear."""

    MISSING_LAYER = "missing_layer"
    NOT_COVERED = "not_covered"
    OUT_OF_DATE = "out_of_date"
    VALUE_UNKNOWN = "value_unknown"
    NEEDS_STUDY = "needs_study"
    WITHIN_TOLERANCE = "within_tolerance"
    SLIVER = "sliver"
    WEAK_SOURCE = "weak_source"
    NO_RULE = "no_rule"


class Severity(StrEnum):
    """What a conflict with the rule means."""

    PROHIBIT = "prohibit"
    RESTRICT = "restrict"
    ADVISE = "advise"


class Relation(StrEnum):
    """What a rule asks between a site and a layer, or of a value."""

    NO_OVERLAP = "no_overlap"
    MAX_OVERLAP_SHARE = "max_overlap_share"
    MIN_DISTANCE = "min_distance"
    MAX_DISTANCE = "max_distance"
    INSIDE = "inside"
    VALUE_AT_LEAST = "value_at_least"
    VALUE_AT_MOST = "value_at_most"
    STUDY = "study"


@dataclass(frozen=True)
class Citation:
    """Where a rule is written, and how well that was read.

    ``evidence``: V read in a copy of the source, V2 in a secondary or partial copy, M recalled,
    C computed. ``confidence``: high, medium or low that number and clause are right today.
    ``verb`` is the modal verb of the text (不得, 应, 宜 …).
    """

    document: str
    number: str = ""
    clause: str = ""
    date: str = ""
    evidence: str = "M"
    confidence: str = "low"
    quote: str = ""
    verb: str = ""

    @property
    def is_weak(self) -> bool:
        """Recalled or of low confidence: such a rule never says conflict and never lets a verdict be clear."""
        return self.evidence == "M" or self.confidence == "low"


@dataclass(frozen=True)
class Condition:
    """One measurable question: a relation to a layer's features, or a bound on a quantity of the site.

    ``distance_m`` metres; ``share_max`` of the site's area, 0 to 1; ``value`` in ``unit``.
    ``where`` picks features by attribute (equal, or one of a list).
    """

    relation: Relation
    layer: str | None = None
    quantity: str | None = None
    distance_m: float | None = None
    share_max: float | None = None
    value: float | None = None
    unit: str = ""
    where: Mapping[str, Any] = field(default_factory=lambda: EMPTY)


@dataclass(frozen=True)
class AllOf:
    """Every part must hold (Kleene conjunction of compliance)."""

    parts: tuple[Requirement, ...]


@dataclass(frozen=True)
class AnyOf:
    """One part must hold (Kleene disjunction of compliance)."""

    parts: tuple[Requirement, ...]


Requirement = Condition | AllOf | AnyOf


@dataclass(frozen=True)
class Rule:
    """A rule as data. ``when`` restricts it to sites whose attributes match (project_class, grade, status …)."""

    id: str
    title: Mapping[str, str]
    applies_to: tuple[Use, ...]
    requirement: Requirement
    severity: Severity
    citation: Citation
    when: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    in_force_from: date | None = None
    in_force_to: date | None = None
    layer_not_before: date | None = None
    note: Mapping[str, str] = field(default_factory=lambda: EMPTY)

    def in_force(self, on: date) -> bool:
        """Whether the rule is in force on a day, both ends counted."""
        return (self.in_force_from is None or self.in_force_from <= on) and (
            self.in_force_to is None or on <= self.in_force_to
        )


@dataclass(frozen=True)
class Proposal:
    """A site proposed for a use. ``footprint`` lon-lat; ``accuracy_m`` is CE95 in metres.

    ``quantities`` holds numbers (capacity_mw, turbine_mw, area_ha) and classes (project_class, grade, status).
    """

    id: str
    name: str
    use: Use
    footprint: BaseGeometry
    accuracy_m: float
    quantities: Mapping[str, float | str] = field(default_factory=lambda: EMPTY)


@dataclass(frozen=True)
class FeatureSet:
    """What the engine sees of one layer: everything near the site, and where the layer is complete.

    ``geometries`` lon-lat, ``ids`` and ``accuracy_m`` (CE95) have one entry a feature; ``attributes``
    maps a column to its values. ``covers`` is the lon-lat area in which the layer is complete
    (None: everywhere in the region); ``bias_m`` a known systematic shift added to every band.
    ``as_of`` None means that the layer's date is not known. ``rigid`` states that all features err by one
    common shift; unless it is stated each may err on its own, and an answer that rests on any of many is guarded.
    """

    layer: str
    geometries: NDArray[np.object_]
    ids: NDArray[np.object_]
    accuracy_m: NDArray[np.float64]
    attributes: Mapping[str, NDArray[Any]] = field(default_factory=lambda: EMPTY)
    covers: BaseGeometry | None = None
    bias_m: float = 0.0
    as_of: date | None = None
    rigid: bool = False


@dataclass(frozen=True)
class Grid:
    """A raster of values: ``values[row, column]`` with NaN where unknown, row 0 in the north.

    ``bounds`` west, south, east, north in degrees, ``accuracy_m`` horizontal CE95, ``value_error``
    the half width of the 95 % interval of a value in ``unit``.
    """

    layer: str
    values: NDArray[np.float64]
    bounds: tuple[float, float, float, float]
    unit: str
    accuracy_m: float
    value_error: float | None = None
    as_of: date | None = None


@dataclass(frozen=True)
class ConditionResult:
    """What one condition measured. Distances metres, areas square metres, shares 0 to 1, witness lon-lat."""

    condition: Condition
    outcome: Outcome
    why: Why | None = None
    features: tuple[str, ...] = ()
    limit_m: float | None = None
    distance_m: float | None = None
    margin_m: float | None = None
    overlap_m2: tuple[float, float] | None = None
    overlap_share: tuple[float, float] | None = None
    value: float | None = None
    tolerance_m: float | None = None
    witness: BaseGeometry | None = None


@dataclass(frozen=True)
class Finding:
    """The answer of one rule for one site; ``deciding`` is the condition whose numbers it shows."""

    rule: Rule
    proposal_id: str
    outcome: Outcome
    why: Why | None = None
    deciding: ConditionResult | None = None
    conditions: tuple[ConditionResult, ...] = field(default=())
