"""What many places of one footprint would answer: bounds of every rule, fast and in the plane.

A place is an offset (metres east and north in EPSG:4549) by which the footprint is moved without being turned. What is
not certain from the bounds alone is ``ASK``: the engine is to be asked. Besides its outcome every rule has a *reach*,
in metres: 0 or more where the rule may hold, else minus the way that the footprint must be moved at least before it
can. Distances change by no more than the footprint is moved, so a whole cell of places is ruled out at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo import crs, relations, uncertainty
from geo.conflict import conditions_of
from geo.measuring import PreparedLayer, Site
from geo.types import REGION_BOUNDS, AllOf, Condition, Grid, Outcome, Relation, Requirement, Rule

Numbers = NDArray[np.float64]
Codes = NDArray[np.int8]
Content = PreparedLayer | Grid | None

CLEAR, NOT_ASSESSED, UNCERTAIN, CONFLICT, ASK = range(5)
CODE_OF = {
    Outcome.CLEAR: CLEAR,
    Outcome.NOT_ASSESSED: NOT_ASSESSED,
    Outcome.UNCERTAIN: UNCERTAIN,
    Outcome.CONFLICT: CONFLICT,
}
OUTCOME_OF = {code: outcome for outcome, code in CODE_OF.items()}

#: The straight line of the plane and the geodesic part by less than this within the region, scale apart.
SLACK_M = 0.5
#: Vertices of a piece of a boundary: short enough to be told apart from the others by a tree.
PIECE_VERTICES = 24
#: More vertices than this are not dissolved into one outline.
DISSOLVED_VERTICES = 400_000
#: Accuracies told apart; a group is as inaccurate as its worst where that is the careful side.
GROUPS = 6
#: Edges of a lon-lat box are cut to this many degrees before they are drawn in the plane.
EDGE_DEGREES = 0.02


@dataclass(frozen=True)
class Screened:
    """One answer a place. ``strict`` is the reach for *clear*, ``open`` for *clear or not assessed*; metres, n each."""

    code: Codes
    strict: Numbers
    open: Numbers


def moved(footprint: BaseGeometry, offsets: Numbers) -> NDArray[np.object_]:
    """The footprint at each of (n, 2) offsets of the plane, in metres."""
    copies = np.full(len(offsets), footprint, dtype=object)
    counts = shapely.get_num_coordinates(copies)
    coordinates: NDArray[np.object_] = shapely.set_coordinates(
        copies, shapely.get_coordinates(copies) + np.repeat(offsets, counts, axis=0)
    )
    return coordinates


class Outline:
    """Shapes of the plane that a footprint is measured against: how far outside, how deep inside."""

    def __init__(self, shapes: NDArray[np.object_]) -> None:
        areal = shapely.get_dimensions(shapes) == 2
        self.has_area = bool(areal.any())
        polygons, others = shapes[areal], shapes[~areal]
        self.dissolved = int(shapely.get_num_coordinates(polygons).sum()) <= DISSOLVED_VERTICES
        if self.dissolved and self.has_area:
            self._body = shapely.union_all(polygons)
            shapely.prepare(self._body)
            polygons = np.array([self._body], dtype=object)
        self._polygons = shapely.STRtree(polygons)
        self._edges = shapely.STRtree(_pieces(np.concatenate([shapely.boundary(polygons), others])))

    def holds(self, points: NDArray[np.object_]) -> NDArray[np.bool_]:
        """Which points lie inside."""
        if not self.has_area:
            return np.zeros(len(points), dtype=bool)
        if self.dissolved:
            return np.asarray(shapely.intersects(self._body, points))
        held = np.zeros(len(points), dtype=bool)
        held[self._polygons.query(points, predicate="intersects")[0]] = True
        return held

    def to_edge(self, shapes: NDArray[np.object_]) -> Numbers:
        """Distance of each shape to the nearest edge; infinite where there is none."""
        if len(self._edges) == 0:
            return np.full(len(shapes), np.inf)
        return np.asarray(self._edges.query_nearest(shapes, return_distance=True, all_matches=False)[1])


@dataclass
class _Measured:
    """Of one outline: which points it holds, how far these are from its edge, and the footprints as far as known."""

    held: NDArray[np.bool_]
    of_point: Numbers
    of_shape: Numbers


class Places:
    """A footprint at many places, with what was measured there already.

    A footprint is no nearer than its point less its radius, and no farther than its point: only where that does not
    decide is the footprint itself measured, and only at places that are still ``open``.
    """

    def __init__(self, footprint: BaseGeometry, offsets: Numbers) -> None:
        point = shapely.point_on_surface(footprint)
        vertices = shapely.get_coordinates(footprint)
        self._radius = float(np.hypot(*(vertices - shapely.get_coordinates(point)).T).max())
        self._shapes, self._points = moved(footprint, offsets), moved(point, offsets)
        self._known: dict[int, _Measured] = {}
        self.open = np.ones(len(offsets), dtype=bool)

    def __len__(self) -> int:
        return len(self._shapes)

    def outside(self, outline: Outline, enough_m: float) -> tuple[Numbers, Numbers]:
        """At least and at most so far outside, exact below ``enough_m``; where the point is inside, minus how deep."""
        known = self._measured(outline)
        self._refine(outline, known, ~known.held & (known.of_point - self._radius < enough_m))
        return self._bounds(known, known.held)

    def inside(self, outline: Outline, enough_m: float) -> tuple[Numbers, Numbers]:
        """At least and at most so deep inside, exact below ``enough_m``; where the point is outside, minus how far."""
        known = self._measured(outline)
        self._refine(outline, known, known.held & (known.of_point - self._radius < enough_m))
        return self._bounds(known, ~known.held)

    def _measured(self, outline: Outline) -> _Measured:
        if id(outline) not in self._known:
            of_point = outline.to_edge(self._points)
            of_shape = of_point.copy() if self._radius == 0.0 else np.full(len(self), np.nan)
            self._known[id(outline)] = _Measured(outline.holds(self._points), of_point, of_shape)
        return self._known[id(outline)]

    def _refine(self, outline: Outline, known: _Measured, wanted: NDArray[np.bool_]) -> None:
        rows = np.flatnonzero(wanted & self.open & np.isnan(known.of_shape))
        if len(rows):
            known.of_shape[rows] = outline.to_edge(self._shapes[rows])

    def _bounds(self, known: _Measured, beyond: NDArray[np.bool_]) -> tuple[Numbers, Numbers]:
        """Bounds of the footprint; where its point is ``beyond`` the edge, minus the distance of the point."""
        vague = np.isnan(known.of_shape)
        low = np.where(vague, np.maximum(known.of_point - self._radius, 0.0), known.of_shape)
        high = np.where(vague, known.of_point, known.of_shape)
        return np.where(beyond, -known.of_point, low), np.where(beyond, -known.of_point, high)


def _pieces(lines: NDArray[np.object_]) -> NDArray[np.object_]:
    """Long lines cut into short ones; points and short lines as they are."""
    parts = shapely.get_parts(lines)
    parts = parts[~shapely.is_empty(parts)]
    long = shapely.get_num_coordinates(parts) > PIECE_VERTICES
    cut: list[BaseGeometry] = []
    for line in parts[long]:
        vertices = shapely.get_coordinates(line)
        starts = range(0, len(vertices) - 1, PIECE_VERTICES)
        cut += [shapely.LineString(vertices[start : start + PIECE_VERTICES + 1]) for start in starts]
    return np.concatenate([parts[~long], np.array(cut, dtype=object)])


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
        self.count = len(layer)
        exact = bool((layer.source.accuracy_m == 0.0).all())
        self.widening = 1.0 if layer.source.rigid or exact or len(layer) < 2 else uncertainty.widening(len(layer))
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


def outline_of(lonlat: Iterable[BaseGeometry]) -> Outline:
    """An outline of lon-lat shapes."""
    shapes = [shape for shape in lonlat if not shapely.is_empty(shape)]
    return Outline(np.array([crs.to_plane(shapely.segmentize(shape, EDGE_DEGREES)) for shape in shapes], dtype=object))


@cache
def region_outline() -> Outline:
    """The region, where a layer that says nothing else is complete and where alone a site may stand."""
    return outline_of([shapely.box(*REGION_BOUNDS)])


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
    ) -> None:
        """``fixed`` holds the outcome of rules that no place changes, by id."""
        self.site = site
        self.rules = tuple(rules)
        self._content_of = content_of
        self._quantities = quantities
        self._window = window
        self._fixed = fixed
        self._layers: dict[tuple[Any, ...], LayerScreen | None] = {}
        asked = [condition for rule in self.rules for condition in conditions_of(rule.requirement)]
        self._reach_m = {c.layer: max(o.distance_m or 0.0 for o in asked if o.layer == c.layer) for c in asked}

    def places(self, offsets: Numbers) -> Places:
        """The footprint moved by each of (n, 2) offsets in metres."""
        return Places(self.site.plane, offsets)

    def answer(self, rule: Rule, places: Places) -> Screened:
        """What a rule says at each place."""
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
        if layer is None or answer is None or layer.unbounded:
            return _constant(ASK, count)
        return answer(condition, layer, places, self._window.scales, self.site)

    def _layer(self, condition: Condition, content: PreparedLayer) -> LayerScreen | None:
        """None where an attribute leaves open which features are meant: the engine weighs that."""
        key = (condition.layer, repr(sorted(condition.where.items())))
        if key not in self._layers:
            picked = content.picked(condition.where)
            same = picked is not None and picked[0] is picked[1]
            reach_m = self._reach_m[condition.layer]
            self._layers[key] = LayerScreen(picked[0], self.site, self._window, reach_m) if picked and same else None
        return self._layers[key]


#: The rank of each code in a combination: the least rank decides.
ALL_OF_ORDER = np.array([4, 3, 2, 0, 1])
ANY_OF_ORDER = np.array([0, 3, 2, 4, 1])


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


def _min_distance(
    condition: Condition, layer: LayerScreen, places: Places, scales: tuple[float, float], site: Site
) -> Screened:
    limit = float(condition.distance_m or 0.0)
    sure_minus, may_minus, sure_plus, may_plus = layer.distances(places, limit, scales)
    reach = may_minus - limit
    code = _coded(sure_minus >= limit, reach >= 0.0, sure_plus < limit, may_plus < limit)
    covered = layer.covered(places, limit, scales)
    return Screened(_unseen(code, CLEAR, covered), np.where(covered, reach, np.minimum(reach, 0.0)), reach)


def _max_distance(
    condition: Condition, layer: LayerScreen, places: Places, scales: tuple[float, float], site: Site
) -> Screened:
    limit = float(condition.distance_m or 0.0)
    sure_minus, may_minus, sure_plus, may_plus = layer.distances(places, limit, scales)
    reach = limit - may_plus
    code = _coded(sure_plus <= limit, reach >= 0.0, sure_minus > limit, may_minus > limit)
    return Screened(_unseen(code, CONFLICT, layer.covered(places, limit, scales)), reach, np.full(len(reach), np.inf))


def _no_overlap(
    condition: Condition, layer: LayerScreen, places: Places, scales: tuple[float, float], site: Site
) -> Screened:
    sure_minus, reach, _, _ = layer.distances(places, 0.0, scales)
    conflict, may_conflict = _meets(layer, places, scales, site, reach)
    code = _coded(sure_minus > 0.0, reach >= 0.0, conflict, may_conflict)
    covered = layer.covered(places, 0.0, scales)
    return Screened(_unseen(code, CLEAR, covered), np.where(covered, reach, np.minimum(reach, 0.0)), reach)


def _meets(
    layer: LayerScreen, places: Places, scales: tuple[float, float], site: Site, reach: Numbers
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether a footprint surely lies in the features, and whether it may: a point by its depth, others are asked."""
    group = layer.whole
    if site.dimension > 0 or not (group.outline.has_area and group.outline.dissolved):
        return np.zeros(len(reach), dtype=bool), reach < 2.0 * SLACK_M
    depth = -places.outside(group.outline, 0.0)[0]
    sure = depth / scales[1] - SLACK_M > group.widest_band * layer.widening
    return sure, depth / scales[0] + SLACK_M > group.least_band


def _max_overlap_share(
    condition: Condition, layer: LayerScreen, places: Places, scales: tuple[float, float], site: Site
) -> Screened:
    sure_minus, _, _, _ = layer.distances(places, 0.0, scales)
    anywhere = np.ones(len(sure_minus), dtype=bool)
    code = _coded(sure_minus > 0.0, anywhere, ~anywhere, anywhere)
    free = np.full(len(code), np.inf)
    return Screened(_unseen(code, CLEAR, layer.covered(places, 0.0, scales)), free, free)


def _inside(
    condition: Condition, layer: LayerScreen, places: Places, scales: tuple[float, float], site: Site
) -> Screened:
    count = len(places)
    group = layer.whole
    if not group.outline.dissolved:
        return _constant(ASK, count)
    least, most = places.inside(group.outline, (group.widest_band + 2.0 * SLACK_M) * scales[1])
    reach = np.where(most < 0.0, most / scales[1], most / scales[0]) + SLACK_M - group.least_band
    clear = least / scales[1] - SLACK_M > group.widest_band * uncertainty.DISC_MARGIN
    sticks_out = -most / scales[1] - SLACK_M > group.widest_band * layer.widening
    may_stick = -least / scales[0] + SLACK_M > group.least_band if site.dimension == 0 else ~clear
    code = _coded(clear, reach >= 0.0, sticks_out, may_stick)
    free = np.full(count, np.inf)
    return Screened(_unseen(code, CONFLICT, layer.covered(places, 0.0, scales)), reach, free)


_Answer = Callable[[Condition, LayerScreen, Places, tuple[float, float], Site], Screened]
_ANSWERS: Mapping[Relation, _Answer] = {
    Relation.MIN_DISTANCE: _min_distance,
    Relation.MAX_DISTANCE: _max_distance,
    Relation.NO_OVERLAP: _no_overlap,
    Relation.MAX_OVERLAP_SHARE: _max_overlap_share,
    Relation.INSIDE: _inside,
}
