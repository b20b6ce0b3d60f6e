"""What one condition answers for many sites: the decisions of :mod:`geo.relations` in arrays.

An answer is given only where arithmetic tells for certain what the engine would say. The others are *asked*.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geo import crs, uncertainty
from geo.cells import EXTENT_M, LARGEST_CELL_M, MOST_ENTRIES, Cells, blocks, cells_under, how_many_under, is_new
from geo.indexed import IndexedLayer
from geo.measuring import SCREEN_MARGIN_M, SCREEN_RATIO
from geo.pointwise import Flags, Pairs, pairs_within
from geo.runs import Floats, Keys, Rows
from geo.shapewise import apart, measurable, pairs_of_shapes, shared_areas
from geo.types import Condition, Outcome, Relation

#: The outcomes by code; NOT_ASKED where a rule does not concern a site, ASK where the engine must be asked.
OUTCOMES = (Outcome.CLEAR, Outcome.CONFLICT, Outcome.UNCERTAIN, Outcome.NOT_ASSESSED)
CLEAR, CONFLICT, UNCERTAIN, NOT_ASSESSED, ASK, NOT_ASKED = range(6)

#: Farther than this arrays only tell what is clear; the engine is asked for the rest.
LONGEST_REACH_M = 2_000.0
#: Relations that arrays know for points. The first three are decided, the others only where nothing is near or all is.
ARRAYS_KNOW = frozenset(
    {
        Relation.MIN_DISTANCE,
        Relation.NO_OVERLAP,
        Relation.MAX_DISTANCE,
        Relation.MAX_OVERLAP_SHARE,
        Relation.INSIDE,
    }
)
#: Relations whose *clear* rests on nothing else being there.
CLEAR_NEEDS_COVER = frozenset({Relation.MIN_DISTANCE, Relation.NO_OVERLAP, Relation.MAX_OVERLAP_SHARE})
#: Relations for which features out of reach do not matter at all, not even whether there are any with an area.
NEAR_SUFFICES = frozenset({Relation.MIN_DISTANCE, Relation.NO_OVERLAP})
#: Shapes are looked at together until they lie in so many cells.
CELLS_AT_ONCE = 700_000
#: Bands are widened up to this for features that err on their own; more of them are asked one by one.
WIDEST = 2.0


@dataclass(frozen=True)
class Involved:
    """The pairs that a result shows: sites rising, of each site first the feature whose numbers are shown."""

    site: Rows
    feature: Rows
    distance_m: Floats
    band_m: Floats


@dataclass(frozen=True)
class Decided:
    """``code`` one a site; ``involved`` of those that are in conflict or uncertain, and the area that each shares."""

    code: NDArray[np.int8]
    involved: Involved
    shared_m2: Floats | None = None


@dataclass(frozen=True)
class Points:
    """Sites that are points: EPSG:4549 (n, 2), CE95 in metres and plane metres to a metre on the ground."""

    plane: Floats
    accuracy_m: Floats

    @property
    def scale(self) -> Floats:
        """As :attr:`geo.measuring.Site.scale`."""
        ratio = (self.plane[:, 0] - crs.PLANE_CENTRAL_EASTING_M) / crs.RADIUS_AT_REGION_M
        return (1.0 + ratio**2 / 2.0 + ratio**4 / 24.0) * (1.0 + 1e-6)


@dataclass(frozen=True)
class Shapes:
    """Sites that are lines or areas: EPSG:4549, their bounds (n, 4) and CE95 in metres."""

    plane: NDArray[np.object_]
    bounds: Floats
    accuracy_m: Floats

    def of(self, rows: Keys | slice) -> Shapes:
        """Some of them."""
        return Shapes(self.plane[rows], self.bounds[rows], self.accuracy_m[rows])


def slack_m(distance_m: Floats) -> Floats:
    """How far a distance of these arrays may be from the engine's: an edge that is straight in one plane is not in
    another, by under 4e-9 d²; far away the nearest of the plane need not be the nearest on the ground.
    """
    return 1e-6 + np.where(distance_m > LONGEST_REACH_M, 1e-4, 1e-5) * distance_m


@dataclass(frozen=True)
class View:
    """What a condition sees of a layer: the cells of its reach, in plane metres, over features that possibly match."""

    cells: Cells
    reach_m: float
    sure: Flags
    worst_accuracy_m: float


def view(condition: Condition, layer: IndexedLayer, accuracy_m: float) -> View | None:
    """The view for sites of at most this CE95; None for a question that arrays do not know."""
    picked = layer.picks(condition.where)
    if condition.relation not in ARRAYS_KNOW or picked is None or not picked[1].any() or layer.has_collections:
        return None
    sure, possible = picked
    if condition.relation is Relation.MAX_OVERLAP_SHARE and not layer.runs.areal[sure].any():
        return None
    worst = float(layer.source.accuracy_m[possible].max())
    if (sure != possible).any() and worst != float(layer.source.accuracy_m[sure].max(initial=0.0)):
        return None
    widest = float(uncertainty.band_m(accuracy_m, worst, layer.source.bias_m))
    limit = float(condition.distance_m or 0.0)
    reach = (limit + WIDEST * widest) * (1.0 + SCREEN_RATIO) + (SCREEN_MARGIN_M if limit or widest else 1e-3)
    if not reach <= LONGEST_REACH_M and _entries(layer, reach) > MOST_ENTRIES:
        return None
    return View(layer.cells(condition.where, reach), reach, sure, worst)


def _entries(layer: IndexedLayer, reach_m: float) -> float:
    """About how long the list of runs near cells would be; none reaches beyond the region."""
    if not np.isfinite(reach_m):
        return np.inf
    return len(layer.runs) * min(2.0 * reach_m, EXTENT_M) ** 2 / LARGEST_CELL_M**2


def decide_points(condition: Condition, layer: IndexedLayer, points: Points, seen: View) -> Decided:
    """The answers for points by the layer's features alone, coverage not looked at."""
    pairs = pairs_within(layer.runs, seen.cells, points.plane, seen.reach_m)
    decided = _Question(condition, layer, points, pairs, seen).answer()
    if seen.reach_m <= LONGEST_REACH_M:
        return decided
    return Decided(np.where(decided.code == CLEAR, CLEAR, ASK).astype(np.int8), NONE)


def decide_shapes(condition: Condition, layer: IndexedLayer, shapes: Shapes, seen: View, sliver_m2: float) -> Decided:
    """The answers for lines and areas by the layer's features alone, coverage not looked at.

    CLEAR where nothing is near; what is near is measured for distances, and for overlaps where all is exact.
    """
    done = [Decided(np.empty(0, np.int8), NONE)]
    for some in blocks(how_many_under(seen.cells, shapes.bounds), CELLS_AT_ONCE):
        found = _decide_some(condition, layer, shapes.of(some), seen, sliver_m2)
        site = (found.involved.site + some.start).astype(np.int32)
        done.append(replace(found, involved=replace(found.involved, site=site)))
    involved = Involved(
        *(np.concatenate([getattr(part.involved, name) for part in done]) for name in Involved.__dataclass_fields__)
    )
    areas = [part.shared_m2 for part in done if part.shared_m2 is not None]
    code = np.concatenate([part.code for part in done])
    return Decided(code, involved, np.concatenate(areas) if areas else None)


def _decide_some(condition: Condition, layer: IndexedLayer, shapes: Shapes, seen: View, sliver_m2: float) -> Decided:
    known = measurable(shapes.plane, shapes.bounds)
    if condition.relation is Relation.MIN_DISTANCE and seen.reach_m <= LONGEST_REACH_M:
        decide = _shapes_apart
    elif condition.relation is Relation.NO_OVERLAP and seen.worst_accuracy_m == layer.source.bias_m == 0.0:
        known &= (shapely.get_dimensions(shapes.plane) == 2) & (shapes.accuracy_m == 0.0)
        decide = partial(_areas_shared, sliver_m2=sliver_m2)
    else:
        open_ = _in_cells(seen.cells, shapes) | _needs_a_feature(condition)
        return Decided(np.where(open_, ASK, CLEAR).astype(np.int8), NONE)
    rows, others = np.flatnonzero(known), np.flatnonzero(~known)
    code = np.full(len(known), CLEAR, np.int8)
    code[others[_in_cells(seen.cells, shapes.of(others))]] = ASK
    found = decide(condition, layer, shapes.of(rows), seen)
    code[rows] = found.code
    return replace(found, code=code, involved=replace(found.involved, site=rows[found.involved.site].astype(np.int32)))


def _in_cells(cells: Cells, shapes: Shapes) -> Flags:
    """Which shapes lie in an occupied cell."""
    shape, codes = cells_under(cells, shapes.bounds)
    near = np.zeros(len(shapes.plane), dtype=bool)
    near[shape[cells.look_up(codes)[0]]] = True
    return near


def _shapes_apart(condition: Condition, layer: IndexedLayer, shapes: Shapes, seen: View) -> Decided:
    found = pairs_of_shapes(layer.runs, seen.cells, shapes.plane, shapes.bounds, seen.reach_m)
    middle = (shapes.bounds[:, :2] + shapes.bounds[:, 2:]) / 2.0
    return _Question(condition, layer, Points(middle, shapes.accuracy_m), found.pairs, seen).answer()


def _areas_shared(_condition: Condition, layer: IndexedLayer, shapes: Shapes, seen: View, sliver_m2: float) -> Decided:
    """Exact areas on exact features: in conflict where more than a sliver is shared, clear where nothing is touched."""
    found = pairs_of_shapes(layer.runs, seen.cells, shapes.plane, shapes.bounds, seen.reach_m, with_areas=True)
    touched = np.flatnonzero(found.crossed | found.pairs.holds)
    site, feature, holds = found.pairs.point[touched], found.pairs.feature[touched], found.pairs.holds[touched]
    code = np.full(len(shapes.plane), CLEAR, np.int8)
    code[site] = CONFLICT
    shared = np.bincount(site, found.area_m2[touched], len(code))
    together = np.isnan(shared)
    together[site[~apart(found.box[touched], site)]] = True
    whole = site[holds]
    together[whole] = False
    rows = np.flatnonzero(together)
    if len(rows):
        shared[rows] = shared_areas(shapes.plane[rows], layer.plane_of(np.unique(feature[together[site]])))
    shared[whole] = shapely.area(shapes.plane[whole])
    trace = max(sliver_m2, uncertainty.AREA_NOISE_M2) * (1.0 + 1e-9) + 1e-6
    code[(code == CONFLICT) & (shared <= trace)] = ASK
    code[site[~layer.runs.areal[feature] | ~seen.sure[feature]]] = ASK
    code[found.pairs.doubtful] = ASK
    told = code[site] == CONFLICT
    nothing = np.zeros(int(told.sum()))
    first = site[told][is_new(site[told])]
    return Decided(code, Involved(site[told], feature[told], nothing, nothing), shared[first])


NONE = Involved(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0), np.empty(0))


class _Question:
    """One condition asked of pairs of points and features, in groups of one point each."""

    def __init__(self, condition: Condition, layer: IndexedLayer, points: Points, pairs: Pairs, seen: View) -> None:
        self.condition, self.layer, self.points, self.pairs = condition, layer, points, pairs
        self.limit = float(condition.distance_m or 0.0)
        self.sure, self.worst_m = seen.sure, seen.worst_accuracy_m
        self.start = np.flatnonzero(is_new(pairs.point))
        self.count = np.diff(np.append(self.start, len(pairs)))
        self.site = pairs.point[self.start]
        accuracy = layer.source.accuracy_m
        self.even = bool((accuracy == self.worst_m).all())
        self.exact = self.worst_m == 0.0 and layer.source.bias_m == 0.0 and not points.accuracy_m.any()
        if self.exact:
            self.bands: Floats = np.zeros(len(pairs))
        else:
            own = np.hypot(points.accuracy_m[pairs.point], accuracy[pairs.feature]) + layer.source.bias_m
            self.bands = np.where(own < uncertainty.POSITION_NOISE_M, 0.0, own)

    def answer(self) -> Decided:
        code = np.full(len(self.points.plane), ASK if _needs_a_feature(self.condition) else CLEAR, np.int8)
        involved = NONE
        if len(self.site):
            answers, shown = self._decided(self.bands)
            answers[self._unguarded(answers)] = ASK
            if not self.sure.all():
                answers[self._any(~self.sure[self.pairs.feature])] = ASK
            involved, answers = self._shown(answers, shown)
            code[self.site] = answers
        code[self.pairs.doubtful] = ASK
        if len(involved.site):
            kept = code[involved.site] != ASK
            if not kept.all():
                involved = Involved(*(getattr(involved, name)[kept] for name in Involved.__dataclass_fields__))
        return Decided(code, involved)

    def _any(self, flags: Flags) -> Flags:
        """Of each group whether any pair is flagged."""
        return np.logical_or.reduceat(flags, self.start)

    def _all(self, flags: Flags) -> Flags:
        return np.logical_and.reduceat(flags, self.start)

    def _spread(self, of_group: NDArray[Any]) -> NDArray[Any]:
        """A value of each group for each of its pairs."""
        return np.repeat(of_group, self.count)

    def _decided(self, bands: Floats) -> tuple[NDArray[np.int8], Flags]:
        """The answer of each group, and which pairs it shows."""
        distance = self.pairs.ground_m
        if self.condition.relation is Relation.MIN_DISTANCE:
            return self._min_distance(distance, bands)
        touched = distance <= bands
        if self.condition.relation is Relation.NO_OVERLAP:
            return self._no_overlap(distance, bands, touched), touched
        return self._far_or_deep(distance, bands), touched

    def _min_distance(self, distance: Floats, bands: Floats) -> tuple[NDArray[np.int8], Flags]:
        conflict, clear = uncertainty.decide_min_distance(distance, bands, self.limit)
        any_conflict, all_clear = self._any(conflict), self._all(clear)
        answers = np.where(any_conflict, CONFLICT, np.where(all_clear, CLEAR, UNCERTAIN)).astype(np.int8)
        off = np.minimum(np.abs(distance + bands - self.limit), np.abs(distance - bands - self.limit))
        answers[self._any(off <= slack_m(distance))] = ASK
        shown = np.where(self._spread(any_conflict), conflict, ~clear)
        return answers, shown

    def _no_overlap(self, distance: Floats, bands: Floats, touched: Flags) -> NDArray[np.int8]:
        """In a polygon deeper than the band is in it under every shift; outside all polygons is not."""
        if self.exact:
            return np.where(self._any(touched), CONFLICT, CLEAR).astype(np.int8)
        deep, shallow = self._depth(bands)
        held = self.pairs.holds
        areal = touched & self.layer.runs.areal[self.pairs.feature]
        alone = np.add.reduceat(areal, self.start, dtype=np.int32) <= 1
        open_ = ~self._any(held) | (alone & self._all(~held | shallow))
        answers = np.where(self._any(deep), CONFLICT, np.where(open_, UNCERTAIN, ASK))
        answers = np.where(self._any(touched), answers, CLEAR).astype(np.int8)
        edge = (np.abs(distance - bands) <= slack_m(distance)) & ((bands > 0.0) | ~held)
        answers[self._any(edge)] = ASK
        return answers

    def _depth(self, bands: Floats) -> tuple[Flags, Flags]:
        """Which pairs lie surely deeper in their polygon than the band, and which surely do not."""
        plane_band = bands * self.points.scale[self.pairs.point]
        slack = slack_m(plane_band)
        deep = self.pairs.holds & (self.pairs.gap_m > plane_band * uncertainty.DISC_MARGIN**2 + slack)
        if not self.even:
            deep &= self._spread(self._told_apart(bands))
        return deep, ~self.pairs.holds | (self.pairs.gap_m < plane_band - slack)

    def _told_apart(self, bands: Floats) -> Flags:
        """Groups that touch so few polygons that the engine weighs each by its own accuracy."""
        touched = (self.pairs.ground_m <= bands) & self.layer.runs.areal[self.pairs.feature]
        return np.add.reduceat(touched, self.start, dtype=np.int32) <= uncertainty.BANDS_TOLD_APART

    def _far_or_deep(self, distance: Floats, bands: Floats) -> NDArray[np.int8]:
        """Relations that are only told apart where all is plain: clear, else ask."""
        if self.condition.relation is Relation.MAX_DISTANCE:
            clear = self._any(distance + WIDEST * bands + slack_m(distance) <= self.limit) & ~self._many()
        elif self.condition.relation is Relation.INSIDE:
            clear = self._any(self._depth(bands)[0])
        else:
            clear = ~self._any(distance <= bands + slack_m(distance)) & (self._shifts() == 1)
        return np.where(clear, CLEAR, ASK).astype(np.int8)

    def _shifts(self) -> Rows:
        """How many shifts may decide each group: :func:`geo.measuring.separate_shifts`."""
        source = self.layer.source
        if source.rigid or len(self.layer) < 2 or bool((source.accuracy_m == 0.0).all()):
            return np.ones(len(self.start), dtype=np.int32)
        widest = uncertainty.band_m(0.0, np.hypot(self.points.accuracy_m[self.site], self.worst_m), source.bias_m)
        within = (self.limit + 2.0 * widest) * (1.0 + SCREEN_RATIO) + SCREEN_MARGIN_M
        gap = np.where(self.pairs.holds, 0.0, self.pairs.gap_m)
        near = gap <= self._spread(within)
        exact = source.accuracy_m[self.pairs.feature] == 0.0
        separate = np.add.reduceat(near & ~exact, self.start, dtype=np.int32)
        return np.maximum(separate + self._any(near & exact), 1)

    def _many(self) -> Flags:
        """Groups of so many features that their bands would have to be widened farther than was looked."""
        return widened_too_far(self._shifts())

    def _unguarded(self, answers: NDArray[np.int8]) -> Flags:
        """Conflicts for which any feature suffices and that do not hold with bands widened for their number."""
        none = np.zeros(len(answers), dtype=bool)
        if self.exact or self.condition.relation not in (Relation.MIN_DISTANCE, Relation.NO_OVERLAP):
            return none
        shifts = self._shifts()
        must = (answers == CONFLICT) & (shifts > 1)
        if self.condition.relation is Relation.MIN_DISTANCE:
            conflict = self.pairs.ground_m + self.bands < self.limit
            must &= np.add.reduceat(conflict, self.start, dtype=np.int32) < shifts
        if not must.any():
            return none
        wide, _ = self._decided(self.bands * self._spread(uncertainty.widening(shifts)))
        return must & ((wide != CONFLICT) | self._many())

    def _shown(self, answers: NDArray[np.int8], shown: Flags) -> tuple[Involved, NDArray[np.int8]]:
        """The pairs of results, ordered as the engine orders them; groups whose order is not certain become ASK."""
        told = (answers == CONFLICT) | (answers == UNCERTAIN)
        rows = np.flatnonzero(shown & self._spread(told))
        site, distance = self.pairs.point[rows], self.pairs.ground_m[rows]
        several = ~is_new(site)
        if several.any():
            rows, unsure = self._ordered(rows, site, distance, several)
            answers[np.searchsorted(self.site, unsure)] = ASK
        pairs = self.pairs
        return Involved(pairs.point[rows], pairs.feature[rows], pairs.ground_m[rows], self.bands[rows]), answers

    def _ordered(self, rows: Keys, site: Rows, distance: Floats, several: Flags) -> tuple[Keys, Rows]:
        """Nearest first in each site, but before all others the one whose numbers are shown; sites where that is open.

        Only sites with several features are sorted.
        """
        followed = np.append(several[1:], False)
        among = np.flatnonzero(several | followed)
        some, far = site[among], distance[among]
        order = np.lexsort((far, some))
        unsure = [_close(some[order], far[order])]
        if not self.even and self.condition.relation is Relation.MIN_DISTANCE:
            figure = far - self.bands[rows[among]]
            by_figure = np.lexsort((figure, some))
            unsure.append(_close(some[by_figure], figure[by_figure]))
            leads = np.zeros(len(among), dtype=bool)
            leads[by_figure[is_new(some[by_figure])]] = True
            order = np.lexsort((far, ~leads, some))
        rows = rows.copy()
        rows[among] = rows[among[order]]
        return rows, np.unique(np.concatenate(unsure))


def widened_too_far(features: ArrayLike) -> Flags:
    """Whether the bands of so many features, each erring on its own, are widened beyond what is looked at."""
    return np.asarray(uncertainty.widening(np.maximum(features, 1)) > WIDEST - 1e-9)


def _needs_a_feature(condition: Condition) -> bool:
    """Whether nothing near is no plain *clear*."""
    return condition.relation in (Relation.MAX_DISTANCE, Relation.INSIDE)


def _close(site: Rows, figure: Floats) -> Rows:
    """Sites in which two neighbours in order are so close that the engine may order them otherwise."""
    step = np.diff(figure)
    close = (site[1:] == site[:-1]) & (step <= slack_m(np.abs(figure[1:]))) & (figure[1:] != 0.0)
    return site[1:][close]
