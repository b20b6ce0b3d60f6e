"""Layers against constraints: how much of each feature lies in what each rule keeps free, and where (冲突图斑).

A constraint is a condition of rules that draws a zone: the features that must not be overlapped, or all that is nearer
to them than a distance. What a feature answers is asked of the engine as if it were a site; the areas stand beside it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo import crs, relations, uncertainty
from geo.conflict import conditions_of
from geo.measuring import PreparedLayer, Site
from geo.places import pieces
from geo.types import AllOf, Condition, Outcome, Relation, Requirement, Rule, Why
from geo.uncertainty import SLIVER_M2

#: Relations that draw a zone.
ZONED = frozenset({Relation.NO_OVERLAP, Relation.MAX_OVERLAP_SHARE, Relation.MIN_DISTANCE})
#: A corner of a zone is drawn with 4 x so many sides to the circle: too narrow by less than 1e-4 of its width.
#: The scale of the plane is taken at the middle of a feature: over 100 km that is right to 2e-4 of the width.
ZONE_QUARTER_SIDES = 64
#: Farther than anything in the plane.
EVERYWHERE_M = 1e8
#: Half the side of a square that is larger than the noise along an edge.
SPECK_M = 2.0 * math.sqrt(uncertainty.AREA_NOISE_M2)


@dataclass(frozen=True)
class Constraint:
    """A condition and the rules that have it. ``alone`` are the ids of those that it breaks by itself.

    The other rules can also be met in another way (any of several conditions). Older data than ``not_before`` does
    not count.
    """

    id: str
    condition: Condition
    rules: tuple[Rule, ...]
    alone: frozenset[str]
    not_before: date | None = None

    @property
    def width_m(self) -> float:
        """How far the zone reaches beyond the features, metres."""
        distance = self.condition.distance_m if self.condition.relation is Relation.MIN_DISTANCE else None
        return float(distance or 0.0)


@dataclass(frozen=True)
class Patch:
    """One connected part of a feature in a zone, as drawn, with the ids of the constraint's features.

    ``shape`` lon-lat, ``plane`` the same in EPSG:4549 with ``area_m2`` square metres.
    """

    shape: BaseGeometry
    plane: BaseGeometry
    area_m2: float
    features: tuple[str, ...]


@dataclass(frozen=True)
class Overlapping:
    """A feature against a constraint.

    ``low_m2``, ``drawn_m2``, ``high_m2``: the shared area over all shifts within the accuracies, and as drawn.
    ``patches`` are larger than the sliver threshold; of the others there are ``slivers`` with ``slivers_m2`` together.
    """

    outcome: Outcome
    why: Why | None
    low_m2: float
    drawn_m2: float
    high_m2: float
    area_m2: float
    patches: tuple[Patch, ...] = ()
    slivers: int = 0
    slivers_m2: float = 0.0


def constraints_of(rules: Iterable[Rule]) -> tuple[Constraint, ...]:
    """The zones that rules draw, each once, in the order of the rules."""
    found: dict[str, tuple[Condition, list[Rule], set[str]]] = {}
    for rule in rules:
        needed = _needed(rule.requirement)
        for condition in conditions_of(rule.requirement):
            if condition.layer is None or condition.relation not in ZONED:
                continue
            _, asking, alone = found.setdefault(_key(condition, rule.layer_not_before), (condition, [], set()))
            asking += [rule] if rule not in asking else []
            if condition in needed and condition.relation is not Relation.MAX_OVERLAP_SHARE:
                alone.add(rule.id)
    return tuple(
        Constraint(key, condition, tuple(asking), frozenset(alone), asking[0].layer_not_before)
        for key, (condition, asking, alone) in found.items()
    )


def _key(condition: Condition, not_before: date | None) -> str:
    where = ",".join(f"{name}={value}" for name, value in sorted(condition.where.items()))
    number = condition.distance_m if condition.relation is Relation.MIN_DISTANCE else condition.share_max
    parts = (condition.layer, condition.relation.value, "" if number is None else f"{number:g}", where, not_before)
    return ":".join(str(part) for part in parts if part)


def _needed(requirement: Requirement) -> list[Condition]:
    """The conditions without which a requirement cannot hold."""
    if isinstance(requirement, Condition):
        return [requirement]
    return [c for part in requirement.parts for c in _needed(part)] if isinstance(requirement, AllOf) else []


@dataclass(frozen=True)
class Zone:
    """What one constraint keeps free around each feature that it may pick: drawn once, compared with many sites.

    Zones are drawn where those sites come near, and may be lacking elsewhere.
    """

    constraint: Constraint
    layer: PreparedLayer | None
    shapes: NDArray[np.object_]


def zone_of(constraint: Constraint, content: PreparedLayer | None, sites: Sequence[Site]) -> Zone:
    """The zone of a constraint around a layer's features, in the plane, as far as it matters to sites.

    Raises RuleError as the engine does.
    """
    relations.check_condition(constraint.condition)
    picked = content.picked(constraint.condition.where) if content is not None else None
    if content is None or picked is None:
        return Zone(constraint, content, np.empty(0, dtype=object))
    shapes = picked[1].plane
    if constraint.width_m > 0.0:
        near = _windows(sites, picked[1], constraint.width_m)
        shapes = np.array([_around(shape, constraint.width_m, near) for shape in shapes], dtype=object)
    shapely.prepare(shapes)
    return Zone(constraint, content, shapes)


def _windows(sites: Sequence[Site], layer: PreparedLayer, width_m: float) -> shapely.STRtree:
    """Boxes outside which no feature's zone comes within its band of a site: everywhere, where a band has no end."""
    boxes = []
    for site in sites:
        reach = 1.0 + 1.01 * (width_m + min(float(layer.bands(site).max(initial=0.0)), EVERYWHERE_M))
        boxes.append(shapely.bounds(site.plane) + np.array([-1, -1, 1, 1]) * reach)
    return shapely.STRtree(shapely.box(*np.reshape(boxes, (-1, 4)).T))


def _around(shape: BaseGeometry, width_m: float, windows: shapely.STRtree) -> BaseGeometry:
    """All within a distance of a shape of the plane; a long line goes piece by piece, ten times as fast."""
    west, _, east, _ = shapely.bounds(shape)
    reach = width_m * crs.plane_scale((west + east) / 2.0)
    areal = shapely.get_dimensions(shape) == 2
    parts = pieces(np.array([shapely.boundary(shape) if areal else shape], dtype=object))
    parts = parts[np.unique(windows.query(parts)[0])]
    strips = shapely.buffer(parts, reach, quad_segs=ZONE_QUARTER_SIDES)
    return shapely.union_all([*strips, shape] if areal else strips)


def overlapping(site: Site, zone: Zone, sliver_m2: float = SLIVER_M2) -> Overlapping:
    """One feature, taken as a site, against a zone; without its layer nothing was looked at."""
    area = float(site.plane.area)
    constraint, layer = zone.constraint, zone.layer
    if layer is None:
        return Overlapping(Outcome.NOT_ASSESSED, Why.MISSING_LAYER, 0.0, 0.0, 0.0, area)
    as_of = layer.source.as_of
    if constraint.not_before is not None and (as_of is None or as_of < constraint.not_before):
        return Overlapping(Outcome.NOT_ASSESSED, Why.OUT_OF_DATE, 0.0, 0.0, 0.0, area)
    answer = relations.of_layer(constraint.condition, site, layer, sliver_m2)
    picked = layer.picked(constraint.condition.where)
    if picked is None:
        return Overlapping(answer.outcome, answer.why, 0.0, 0.0, 0.0, area)
    possible = picked[1]
    bands = possible.bands(site)
    index = _near(site, zone, bands)
    shapes = zone.shapes[index]
    shared = uncertainty.overlap(site.plane, shapes, bands[index] * site.scale)
    patches, slivers = _patches(site, shapes, possible.source.ids[index], sliver_m2)
    numbers = (shared.low, shared.drawn, shared.high, area)
    return Overlapping(answer.outcome, answer.why, *numbers, patches, len(slivers), float(sum(slivers)))


def _near(site: Site, zone: Zone, bands: NDArray[np.float64]) -> NDArray[np.intp]:
    """The rows whose zone has an area and may reach a site; one that may be anywhere is among them."""
    reach = bands * site.scale
    near = shapely.dwithin(zone.shapes, site.plane, np.where(np.isinf(reach), 0.0, reach)) | np.isinf(reach)
    return np.flatnonzero(near & (shapely.get_dimensions(zone.shapes) == 2) & (shapely.area(zone.shapes) > 0.0))


def _patches(
    site: Site, zones: NDArray[np.object_], ids: NDArray[np.object_], sliver_m2: float
) -> tuple[tuple[Patch, ...], list[float]]:
    """The parts that a site shares with zones, largest first, and the areas of those that are slivers."""
    if len(zones) == 0:
        return (), []
    parts = shapely.get_parts(shapely.intersection(site.plane, shapely.union_all(zones)))
    parts = parts[shapely.get_dimensions(parts) == 2]
    areas = shapely.area(parts)
    slivers = [float(area) for area in areas if area <= sliver_m2]
    order = np.argsort(-areas, kind="stable")
    kept = parts[order[areas[order] > sliver_m2]]
    named = _named(kept, zones, ids)
    found = zip(crs.from_plane(kept), kept, shapely.area(kept).tolist(), named, strict=True)
    return tuple(Patch(*one) for one in found), slivers


def _named(parts: NDArray[np.object_], zones: NDArray[np.object_], ids: NDArray[np.object_]) -> list[tuple[str, ...]]:
    """A feature belongs to a patch where it shares area with it, not where their edges only touch.

    A speck that lies in both shows it at once; only where there is none is what they share cut out.
    """
    part, zone = shapely.STRtree(zones).query(parts)
    speck = shapely.buffer(shapely.point_on_surface(parts), SPECK_M, cap_style="square")
    fits = shapely.covers(parts, speck)[part]
    shares = fits & shapely.covers(zones[zone], speck[part])
    left = np.flatnonzero(~shares)
    shared = shapely.area(shapely.intersection(parts[part[left]], zones[zone[left]]))
    shares[left] = shared > uncertainty.AREA_NOISE_M2
    names: list[dict[str, None]] = [{} for _ in parts]
    for row in np.lexsort((zone, part)):
        if shares[row]:
            names[part[row]][str(ids[zone[row]])] = None
    return [tuple(one) for one in names]


def union_area_m2(patches: Iterable[Patch]) -> float:
    """Square metres that patches cover together in EPSG:4549; few of them meet another."""
    placed = list({id(patch): patch for patch in patches}.values())  # places that are one are measured once
    if not placed:
        return 0.0
    shapes = np.array([patch.plane for patch in placed], dtype=object)
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    meets = np.zeros(len(shapes), dtype=bool)
    meets[one[one != other]] = True
    return float(shapely.area(shapes[~meets]).sum() + shapely.area(shapely.union_all(shapes[meets])))
