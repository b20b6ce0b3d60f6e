"""What many places of one footprint would answer: bounds of every rule, fast and in the plane.

What is not certain from the bounds alone is ``ASK``: the engine is to be asked. Besides its outcome every rule has a
*reach*, in metres: 0 or more where the rule may hold, else minus the way that the footprint must be moved at least
before it can. Distances change by no more than the footprint is moved, so a whole cell of places is ruled out at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo import crs, relations, uncertainty
from geo.conflict import conditions_of, layers_of, quantities_of
from geo.measuring import PreparedLayer, Site, prepare_site
from geo.places import Footprint, Numbers, Outline, Places, footprint_of, outline_of, region_outline
from geo.types import AllOf, Condition, Finding, Grid, Outcome, Proposal, Relation, Requirement, Rule
from geo.uncertainty import SLIVER_M2

Codes = NDArray[np.int8]
Content = PreparedLayer | Grid | None

CLEAR, NOT_ASSESSED, UNCERTAIN, CONFLICT, ASK = range(5)
CODE_OF = {
    Outcome.CLEAR: CLEAR,
    Outcome.NOT_ASSESSED: NOT_ASSESSED,
    Outcome.UNCERTAIN: UNCERTAIN,
    Outcome.CONFLICT: CONFLICT,
}

#: The straight line of the plane and the geodesic part by less than this within the region, scale apart.
SLACK_M = 0.5
#: Relations that points and lines cannot answer.
NEEDS_AREA = frozenset({Relation.INSIDE, Relation.MAX_OVERLAP_SHARE})
#: Accuracies told apart; a group is as inaccurate as its worst where that is the careful side.
GROUPS = 6


@dataclass(frozen=True)
class Screened:
    """One answer a place. ``strict`` is the reach for *clear*, ``open`` for *clear or not assessed*; metres, n each."""

    code: Codes
    strict: Numbers
    open: Numbers


@dataclass(frozen=True)
class Window:
    """The part of the plane in which a footprint may be placed, and the least and largest scale there."""

    bounds: tuple[float, float, float, float]

    @cached_property
    def scales(self) -> tuple[float, float]:
        """Plane metres to a metre on the ground, within 100 km of the window."""
        west, _, east, _ = self.bounds
        ends = [crs.plane_scale(west - 1e5), crs.plane_scale(east + 1e5), crs.plane_scale(west), crs.plane_scale(east)]
        least = 1.0 if west - 1e5 <= crs.PLANE_CENTRAL_EASTING_M <= east + 1e5 else min(ends)
        return least * (1.0 - 1e-6), max(ends) * (1.0 + 1e-6)

    def grown(self, reach_m: float) -> BaseGeometry:
        """The window with everything within a distance on the ground."""
        west, south, east, north = self.bounds
        margin = min(reach_m, 1e7) * self.scales[1] + 1.0
        return shapely.box(west - margin, south - margin, east + margin, north + margin)


@dataclass(frozen=True)
class _Group:
    """Features of about one accuracy."""

    outline: Outline
    least_band: float
    widest_band: float


class LayerScreen:
    """Bounds between a footprint at any place of a window and the features that one condition picks."""

    def __init__(self, layer: PreparedLayer, site: Site, window: Window, reach_m: float) -> None:
        self.widest_band = layer.widest_band(site)
        self.has_no_area = len(layer) > 0 and bool((layer.dimensions < 2).all())
        exact = bool((layer.source.accuracy_m == 0.0).all())
        alone = layer.source.rigid or exact or len(layer) < 2
        self.widening = 1.0 if alone else float(uncertainty.widening(len(layer)))
        near = np.sort(layer.tree.query(window.grown(reach_m + self.widest_band))) if len(layer) else np.empty(0, int)
        self.groups = _groups(layer.plane[near], layer.bands(site)[near])
        self._near = layer.plane[near]
        covers = layer.source.covers
        self.cover = region_outline() if covers is None else outline_of([covers])
        self.unbounded = bool(np.isinf(layer.bands(site)).any()) if len(layer) else False

    @cached_property
    def whole(self) -> _Group:
        """All features as one outline, as inaccurate as the worst of them."""
        if len(self.groups) == 1:
            return self.groups[0]
        bands = [band for group in self.groups for band in (group.least_band, group.widest_band)] or [0.0]
        return _Group(Outline(self._near), min(bands), max(bands))

    def distances(
        self, places: Places, limit_m: float, scales: tuple[float, float]
    ) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        """Least d − b: surely at least, possibly up to; least d + b (widened): surely at most, possibly down to."""
        sure_minus, may_minus, sure_plus, may_plus = (np.full(len(places), np.inf) for _ in range(4))
        for group in self.groups:
            wide = group.widest_band * self.widening
            least, most = places.outside(group.outline, (limit_m + wide + 2.0 * SLACK_M) * scales[1])
            low = np.where(least < 0.0, least, least / scales[1] - SLACK_M)
            high = np.where(most < 0.0, most / scales[1], most / scales[0] + SLACK_M)
            sure_minus = np.minimum(sure_minus, low - group.widest_band)
            may_minus = np.minimum(may_minus, high - group.least_band)
            sure_plus = np.minimum(sure_plus, np.maximum(high, 0.0) + wide)
            may_plus = np.minimum(may_plus, np.maximum(low, 0.0) + group.least_band)
        return sure_minus, may_minus, sure_plus, may_plus

    def covered(self, places: Places, reach_m: float, scales: tuple[float, float]) -> NDArray[np.bool_]:
        """Where the layer is complete around the footprint."""
        needed = (reach_m + self.widest_band) * scales[1] * uncertainty.DISC_MARGIN
        if not np.isfinite(needed):
            return np.zeros(len(places), dtype=bool)
        return places.inside(self.cover, needed)[0] > needed


def _groups(shapes: NDArray[np.object_], bands: Numbers) -> list[_Group]:
    known = np.unique(bands)
    found = []
    for part in np.array_split(known, min(len(known), GROUPS)) if len(known) else []:
        rows = (bands >= part[0]) & (bands <= part[-1])
        found.append(_Group(Outline(shapes[rows]), float(part[0]), float(part[-1])))
    return found


class Screen:
    """The rules of one proposal over a window of the plane."""

    def __init__(
        self,
        site: Site,
        rules: Iterable[Rule],
        content_of: Callable[[str], Content],
        quantities: Mapping[str, Any],
        window: Window,
        fixed: Mapping[str, Outcome],
        sliver_m2: float = SLIVER_M2,
    ) -> None:
        """``fixed`` holds the outcome of rules that no place changes, by id."""
        self.site = site
        self.rules = tuple(rules)
        self.footprint: Footprint = footprint_of(site.plane)
        self._content_of = content_of
        self._quantities = quantities
        self._window = window
        self._fixed = fixed
        self._sliver_m2 = sliver_m2
        self._layers: dict[tuple[Any, ...], LayerScreen | None] = {}
        asked = [condition for rule in self.rules for condition in conditions_of(rule.requirement)]
        self._reach_m = {c.layer: max(o.distance_m or 0.0 for o in asked if o.layer == c.layer) for c in asked}

    def places(self, offsets: Numbers) -> Places:
        """The footprint moved by each of (n, 2) offsets in metres."""
        return Places(self.footprint, offsets)

    def answer(self, rule: Rule, places: Places) -> Screened:
        """What a rule says at each place, as measured: the rank of its source is left aside."""
        if rule.id in self._fixed:
            return _constant(CODE_OF[self._fixed[rule.id]], len(places))
        return self._combined(rule.requirement, rule, places)

    def _combined(self, requirement: Requirement, rule: Rule, places: Places) -> Screened:
        if isinstance(requirement, Condition):
            return self._condition(requirement, rule, places)
        parts = [self._combined(part, rule, places) for part in requirement.parts]
        order = ALL_OF_ORDER if isinstance(requirement, AllOf) else ANY_OF_ORDER
        best = np.min([order[part.code] for part in parts], axis=0)
        code = np.argsort(order)[best].astype(np.int8)
        pick = np.min if isinstance(requirement, AllOf) else np.max
        return Screened(code, pick([p.strict for p in parts], axis=0), pick([p.open for p in parts], axis=0))

    def _condition(self, condition: Condition, rule: Rule, places: Places) -> Screened:
        count = len(places)
        if condition.relation is Relation.STUDY:
            return _constant(NOT_ASSESSED, count)
        if condition.layer is None:
            return _constant(CODE_OF[relations.of_quantity(condition, self._quantities).outcome], count)
        content = self._content_of(condition.layer)
        if content is None:
            return _constant(NOT_ASSESSED, count)
        as_of = content.as_of if isinstance(content, Grid) else content.source.as_of
        if rule.layer_not_before is not None and (as_of is None or as_of < rule.layer_not_before):
            return _constant(NOT_ASSESSED, count)
        answer = _ANSWERS.get(condition.relation)
        layer = None if isinstance(content, Grid) or answer is None else self._layer(condition, content)
        if layer is not None and layer.has_no_area and condition.relation in NEEDS_AREA:
            return _constant(NOT_ASSESSED, count)
        if layer is None or answer is None or layer.unbounded:
            return _constant(ASK, count)
        return answer(_Question(condition, layer, places, self._window.scales, self.site, self._sliver_m2))

    def _layer(self, condition: Condition, content: PreparedLayer) -> LayerScreen | None:
        """None where an attribute leaves open which features are meant: the engine weighs that."""
        key = (condition.layer, repr(sorted(condition.where.items())))
        if key not in self._layers:
            picked = content.picked(condition.where)
            same = picked is not None and picked[0] is picked[1]
            reach_m = self._reach_m[condition.layer]
            self._layers[key] = LayerScreen(picked[0], self.site, self._window, reach_m) if picked and same else None
        return self._layers[key]


def depends_on_place(rule: Rule) -> bool:
    """Whether moving the site may change what a rule says."""
    return bool(layers_of(rule.requirement))


def screen_of(
    proposal: Proposal,
    findings: Sequence[Finding],
    content_of: Callable[[str], Content],
    window: tuple[float, float, float, float],
    sliver_m2: float,
) -> Screen:
    """The rules of findings at a proposal's own place, for places in a window of the plane (w, s, e, n).

    Raises GeometryError or RegionError for a footprint that cannot be measured.
    """
    site = prepare_site(proposal.footprint, proposal.accuracy_m)
    quantities = quantities_of(proposal.quantities, site)
    fixed = {f.rule.id: f.outcome for f in findings if f.deciding is None or not depends_on_place(f.rule)}
    rules = [finding.rule for finding in findings]
    return Screen(site, rules, content_of, quantities, Window(window), fixed, sliver_m2)


#: The rank of each code in a combination: the least rank decides.
ALL_OF_ORDER = np.array([4, 3, 2, 0, 1])
ANY_OF_ORDER = np.array([0, 3, 2, 4, 1])


@dataclass(frozen=True)
class _Question:
    """One condition asked at many places. ``scales``: the least and largest of the window."""

    condition: Condition
    layer: LayerScreen
    places: Places
    scales: tuple[float, float]
    site: Site
    sliver_m2: float

    @property
    def limit_m(self) -> float:
        return float(self.condition.distance_m or 0.0)

    def distances(self) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        return self.layer.distances(self.places, self.limit_m, self.scales)

    def covered(self) -> NDArray[np.bool_]:
        return self.layer.covered(self.places, self.limit_m, self.scales)


def _constant(code: int, count: int) -> Screened:
    may = np.inf if code in (CLEAR, ASK) else -np.inf
    may_open = np.inf if code in (CLEAR, ASK, NOT_ASSESSED) else -np.inf
    return Screened(np.full(count, code, dtype=np.int8), np.full(count, may), np.full(count, may_open))


def _coded(clear: Any, may_clear: Any, conflict: Any, may_conflict: Any) -> Codes:
    """Uncertain where neither is possible, and a question where one is possible and not certain."""
    code = np.where(may_clear | may_conflict, ASK, UNCERTAIN)
    return np.where(clear, CLEAR, np.where(conflict, CONFLICT, code)).astype(np.int8)


def _unseen(code: Codes, from_code: int, covered: NDArray[np.bool_]) -> Codes:
    """An outcome that rests on nothing else being there is not assessed where the layer is not complete."""
    return np.where((code == from_code) & ~covered, NOT_ASSESSED, code).astype(np.int8)


def _min_distance(asked: _Question) -> Screened:
    if asked.limit_m == 0.0:  # met by whatever overlaps, which a reach cannot say
        return _constant(ASK, len(asked.places))
    sure_minus, may_minus, sure_plus, may_plus = asked.distances()
    reach = may_minus - asked.limit_m
    code = _coded(sure_minus >= asked.limit_m, reach >= 0.0, sure_plus < asked.limit_m, may_plus < asked.limit_m)
    covered = asked.covered()
    return Screened(_unseen(code, CLEAR, covered), np.where(covered, reach, np.minimum(reach, 0.0)), reach)


def _max_distance(asked: _Question) -> Screened:
    sure_minus, may_minus, sure_plus, may_plus = asked.distances()
    reach = asked.limit_m - may_plus
    code = _coded(sure_plus <= asked.limit_m, reach >= 0.0, sure_minus > asked.limit_m, may_minus > asked.limit_m)
    return Screened(_unseen(code, CONFLICT, asked.covered()), reach, np.full(len(reach), np.inf))


def _no_overlap(asked: _Question) -> Screened:
    sure_minus, reach, _, _ = asked.distances()
    conflict, may_conflict = _meets(asked, reach)
    code = _coded(sure_minus > 0.0, reach >= 0.0, conflict, may_conflict)
    covered = asked.covered()
    return Screened(_unseen(code, CLEAR, covered), np.where(covered, reach, np.minimum(reach, 0.0)), reach)


def _meets(asked: _Question, reach: Numbers) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether a footprint surely lies in the features, and whether it may: one that lies partly in them is asked."""
    group, area = asked.layer.whole, asked.site.plane.area
    thin = asked.site.dimension < 2
    if not (group.outline.has_area and group.outline.dissolved) or (not thin and area <= 2.0 * asked.sliver_m2):
        return np.zeros(len(reach), dtype=bool), reach < 2.0 * SLACK_M
    wide = group.widest_band * asked.layer.widening * uncertainty.DISC_MARGIN
    low, high = asked.places.inside(group.outline, (wide + 2.0 * SLACK_M) * asked.scales[1])
    may = high / asked.scales[0] + SLACK_M > group.least_band if asked.site.dimension == 0 else reach < 2.0 * SLACK_M
    return low / asked.scales[1] - SLACK_M > wide, may


def _max_overlap_share(asked: _Question) -> Screened:
    sure_minus, _, _, _ = asked.distances()
    anywhere = np.ones(len(sure_minus), dtype=bool)
    code = _coded(sure_minus > 0.0, anywhere, ~anywhere, anywhere)
    free = np.full(len(code), np.inf)
    return Screened(_unseen(code, CLEAR, asked.covered()), free, free)


def _inside(asked: _Question) -> Screened:
    group = asked.layer.whole
    if not group.outline.dissolved:
        return _constant(ASK, len(asked.places))
    scales = asked.scales
    least, most = asked.places.inside(group.outline, (group.widest_band + 2.0 * SLACK_M) * scales[1])
    reach = np.where(most < 0.0, most / scales[1], most / scales[0]) + SLACK_M - group.least_band
    clear = least / scales[1] - SLACK_M > group.widest_band * uncertainty.DISC_MARGIN
    sticks_out = -most / scales[1] - SLACK_M > group.widest_band * asked.layer.widening
    may_stick = -least / scales[0] + SLACK_M > group.least_band if asked.site.dimension == 0 else ~clear
    code = _coded(clear, reach >= 0.0, sticks_out, may_stick)
    return Screened(_unseen(code, CONFLICT, asked.covered()), reach, np.full(len(reach), np.inf))


_ANSWERS: Mapping[Relation, Callable[[_Question], Screened]] = {
    Relation.MIN_DISTANCE: _min_distance,
    Relation.MAX_DISTANCE: _max_distance,
    Relation.NO_OVERLAP: _no_overlap,
    Relation.MAX_OVERLAP_SHARE: _max_overlap_share,
    Relation.INSIDE: _inside,
}
