"""A world that can be worked out on paper: metres east and north of a point on the meridian 120E.

There the plane of EPSG:4549 has scale 1 (to 1e-8 within 1 km), so a distance drawn is the distance on the ground.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo import conflict, crs
from geo.types import Citation, FeatureSet, Finding, Grid, Proposal, Relation, Requirement, Rule, Severity, Use

ORIGIN = np.array([500_000.0, 3_990_000.0])
ON = date(2026, 11, 1)
SQUARE = shapely.box(0, 0, 100, 100)
SOLID = Citation("a document", evidence="V", confidence="high")
WEAK = Citation("a document", evidence="M", confidence="high")
R = Relation


def place(metres: BaseGeometry) -> BaseGeometry:
    """Lon-lat of a geometry drawn in metres from the origin."""
    return crs.from_plane(shapely.transform(metres, lambda xy: xy + ORIGIN))


def features(geometries: Sequence[BaseGeometry], accuracy_m: float | Sequence[float] = 0.0, **more: Any) -> FeatureSet:
    """A layer of geometries drawn in metres; ids f0, f1, …"""
    placed = np.empty(len(geometries), dtype=object)
    placed[:] = [place(geometry) for geometry in geometries]
    ids = np.array([f"f{row}" for row in range(len(geometries))], dtype=object)
    accuracy = np.broadcast_to(np.asarray(accuracy_m, dtype=float), len(geometries)).copy()
    return FeatureSet("layer", placed, ids, accuracy, **more)


def rule(requirement: Requirement, **more: Any) -> Rule:
    """A prohibition for a factory, well sourced unless said otherwise."""
    settings: dict[str, Any] = {"severity": Severity.PROHIBIT, "citation": SOLID, "applies_to": (Use.FACTORY,)}
    return Rule(id=more.pop("id", "r"), title={"zh": "规则"}, requirement=requirement, **{**settings, **more})


def proposal(site: BaseGeometry, accuracy_m: float = 0.0, **quantities: Any) -> Proposal:
    """A factory drawn in metres."""
    return Proposal("p", "p", Use.FACTORY, place(site), accuracy_m, quantities)


def ask(
    site: BaseGeometry,
    requirement: Requirement,
    layers: FeatureSet | Grid | Mapping[str, Any] | None = None,
    accuracy_m: float = 0.0,
    quantities: Mapping[str, Any] | None = None,
    **more: Any,
) -> Finding:
    """The one finding of one rule; a single layer is called ``layer``."""
    known = layers if isinstance(layers, Mapping) else {"layer": layers}
    asked = proposal(site, accuracy_m, **(quantities or {}))
    (finding,) = conflict.assess(asked, [rule(requirement, **more)], known.get, ON)
    return finding
