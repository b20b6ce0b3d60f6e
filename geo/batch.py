"""Many sites at once: the findings of :func:`geo.conflict.assess`, in columns, without an object a finding.

**What is the same.** For every rule and site the outcome and why; for every pair whose deciding condition was looked at
and is not clear also the feature ids in their order, distance, margin, tolerance, areas and shares (distances agree to
a millionth and better than a micrometre at 0, the rest exactly). **What is left out**: the numbers of pairs that are
clear or not assessed (the way to a feature that is far off costs most and decides nothing), the witness geometry, and
the results of conditions that do not decide.

Points are answered from the cells of each layer by arithmetic over arrays, where arithmetic can tell for certain;
whatever is within a hair of a limit or of an edge, and every question that arrays do not know, is asked of
:mod:`geo.relations` one by one. So speed differs from question to question, answers do not.

:func:`assess_sites` is a pure function of a chunk of sites of one use: call it chunk by chunk, keep each table, go on
after a break. :func:`grouped` makes such chunks of any proposals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo import conflict, crs, measuring, relations, uncertainty
from geo.cells import ORIGIN, cells_under
from geo.deciding import (
    ASK,
    CLEAR,
    CLEAR_NEEDS_COVER,
    NEAR_SUFFICES,
    NOT_ASKED,
    NOT_ASSESSED,
    OUTCOMES,
    Decided,
    Points,
    Shapes,
    View,
    decide_points,
    decide_shapes,
    view,
    widened_too_far,
)
from geo.errors import GeometryError
from geo.indexed import IndexedLayer
from geo.measuring import Site
from geo.pointwise import features_listed
from geo.runs import Floats, Keys, Rows, neighbourhood
from geo.types import (
    EMPTY,
    REGION_BOUNDS,
    AllOf,
    Condition,
    ConditionResult,
    Grid,
    Outcome,
    Proposal,
    Relation,
    Requirement,
    Rule,
    Severity,
    Use,
    Why,
)
from geo.uncertainty import SLIVER_M2

Content = IndexedLayer | Grid | None
Codes = NDArray[np.int8]

#: The reasons by code; -1 is none.
WHYS = tuple(Why)
NO_WHY = -1
#: The numbers of a result, NaN where it has none. Metres, square metres, shares 0 to 1.
NUMBERS = (
    "limit_m", "distance_m", "margin_m", "tolerance_m", "overlap_low_m2", "overlap_high_m2", "share_low", "share_high",
    "value",
)  # fmt: skip
#: Lines and areas of one part or several, by the number of their type.
PLAIN_TYPES = (1, 3, 5, 6)
#: Neighbours in this lattice are looked at one after another.
NEIGHBOURHOOD_M = 256.0
#: Degrees of a metre on the ground, at least, anywhere in the region: of longitude and of latitude.
DEGREES_A_METRE = np.array([1.0 / 88_400.0, 1.0 / 110_900.0])
NOT_COVERED, VALUE_UNKNOWN, WEAK_SOURCE, WITHIN_TOLERANCE = map(
    WHYS.index, (Why.NOT_COVERED, Why.VALUE_UNKNOWN, Why.WEAK_SOURCE, Why.WITHIN_TOLERANCE)
)
CODE_OF = {outcome: code for code, outcome in enumerate(OUTCOMES)}


@dataclass(frozen=True)
class Sites:
    """A chunk of sites for one use with the same quantities. ``footprints`` lon-lat, ``accuracy_m`` CE95, one each."""

    ids: NDArray[np.object_]
    footprints: NDArray[np.object_]
    accuracy_m: Floats
    use: Use
    quantities: Mapping[str, Any] = field(default_factory=lambda: EMPTY)

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: NDArray[Any] | slice) -> Sites:
        """Some of the sites, in the order of ``rows``."""
        return replace(self, ids=self.ids[rows], footprints=self.footprints[rows], accuracy_m=self.accuracy_m[rows])


@dataclass(frozen=True)
class Measured:
    """Results of a condition with numbers, a row each: the site (its row), some columns of NUMBERS, and the features.

    The features of row i are ``names[features[start[i]:start[i + 1]]]``.
    """

    condition: Condition
    site: Rows
    numbers: Mapping[str, Floats]
    start: Keys
    features: Keys
    names: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.site)

    def of(self, wanted: NDArray[np.bool_]) -> Measured:
        """The results of some sites."""
        rows = np.flatnonzero(wanted[self.site])
        if len(rows) == len(self):
            return self
        count = np.diff(self.start)[rows]
        start = np.concatenate([[0], np.cumsum(count)])
        kept = np.repeat(self.start[rows] - start[:-1], count) + np.arange(start[-1])
        numbers = {name: column[rows] for name, column in self.numbers.items()}
        return Measured(self.condition, self.site[rows], numbers, start, self.features[kept], self.names)


@dataclass(frozen=True)
class Findings:
    """What many sites were answered. ``outcome`` and ``why`` are (sites, rules): places in OUTCOMES and WHYS.

    NOT_ASKED stands where a rule does not concern the use or is not in force, NO_WHY where there is no reason.
    ``measured`` has for each rule the numbers of its conflicts and uncertain pairs.
    """

    rules: tuple[Rule, ...]
    outcome: Codes
    why: Codes
    measured: tuple[tuple[Measured, ...], ...]

    @cached_property
    def verdict(self) -> tuple[Codes, Codes]:
        """The verdict and why of each site, as :func:`geo.conflict.verdict` gives them."""
        sites = len(self.outcome)
        verdict, why = np.full(sites, NOT_ASSESSED, np.int8), np.full(sites, WHYS.index(Why.NO_RULE), np.int8)
        rank = np.full(NOT_ASKED + 1, len(OUTCOMES), np.int8)
        rank[[CODE_OF[outcome] for outcome in conflict.VERDICT_ORDER]] = range(len(OUTCOMES))
        least = np.full(sites, len(OUTCOMES), np.int8)
        for column, rule in enumerate(self.rules):
            if rule.severity is Severity.ADVISE:
                continue
            ranks = rank[self.outcome[:, column]]
            worse = np.flatnonzero(ranks < least)
            least[worse], verdict[worse], why[worse] = (
                ranks[worse],
                self.outcome[worse, column],
                self.why[worse, column],
            )
        return verdict, why

    def counts(self, outcome: Outcome) -> NDArray[np.int16]:
        """How many findings of each site have an outcome, advice included."""
        found = np.zeros(len(self.outcome), np.int16)
        for column in self.outcome.T:
            found += column == CODE_OF[outcome]
        return found


def grouped(proposals: Sequence[Proposal], rules: Iterable[Rule]) -> Iterator[tuple[Keys, Sites]]:
    """Chunks of proposals of one use and the same quantities, as far as the rules ask for them, with their rows."""
    wanted = {name for rule in rules for name in _quantities_of(rule)}
    groups: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for row, proposal in enumerate(proposals):
        asked = tuple((name, proposal.quantities[name]) for name in sorted(wanted & proposal.quantities.keys()))
        groups[(proposal.use, asked)].append(row)
    for (use, asked), rows in groups.items():
        chosen = [proposals[row] for row in rows]
        footprints = np.empty(len(chosen), dtype=object)
        footprints[:] = [proposal.footprint for proposal in chosen]
        ids = np.array([proposal.id for proposal in chosen], dtype=object)
        accuracy = np.array([proposal.accuracy_m for proposal in chosen], dtype=np.float64)
        yield np.array(rows), Sites(ids, footprints, accuracy, use, dict(asked))


def _quantities_of(rule: Rule) -> set[str]:
    asked = {condition.quantity for condition in conflict.conditions_of(rule.requirement) if condition.quantity}
    return asked | set(rule.when) | ({"capacity_mw"} if "area_km2_per_100mw" in asked else set())


def assess_sites(
    sites: Sites,
    rules: Iterable[Rule],
    content_of: Callable[[str], Content],
    on: date,
    sliver_m2: float = SLIVER_M2,
) -> Findings:
    """The findings of all sites by the rules of their use that are in force on a day.

    ``content_of`` gives a layer with its index, a grid, or None when there is no such layer. Raises what
    :func:`geo.conflict.assess` raises, for the first site at fault.
    """
    chosen = tuple(rule for rule in rules if sites.use in rule.applies_to and rule.in_force(on))
    for rule in chosen:
        for condition in conflict.conditions_of(rule.requirement):
            relations.check_condition(condition)
    asked = _Asked(sites, content_of, sliver_m2)
    shape = (len(sites), len(chosen))
    outcome = np.full(shape, NOT_ASKED, np.int8, order="F")  # read and written by the rule
    why = np.full(shape, NO_WHY, np.int8, order="F")
    measured = []
    for column, rule in enumerate(chosen):
        outcome[:, column], why[:, column], found = asked.rule(rule)
        measured.append(found)
    return Findings(chosen, outcome, why, tuple(measured))


@dataclass(frozen=True)
class _Answers:
    """Of one condition: outcome and reason of every site, and the numbers of those that have some."""

    code: Codes
    why: Codes
    measured: tuple[Measured, ...] = ()


class _Asked:
    """A chunk of sites with all that several rules want to know of it."""

    def __init__(self, sites: Sites, content_of: Callable[[str], Content], sliver_m2: float) -> None:
        self.sites, self.content_of, self.sliver_m2 = sites, content_of, sliver_m2
        self._measurable: dict[int, Site] = {}
        if not (np.isfinite(sites.accuracy_m) & (sites.accuracy_m >= 0.0)).all():
            bad = sites.accuracy_m[~(np.isfinite(sites.accuracy_m) & (sites.accuracy_m >= 0.0))]
            raise GeometryError("accuracy_unknown", accuracy_m=float(bad[0]))
        is_point = shapely.get_type_id(sites.footprints) == 0
        self.points, shapes = np.flatnonzero(is_point), np.flatnonzero(~is_point)
        boxes = shapely.bounds(sites.footprints[shapes]).reshape(-1, 4)
        self.shapes = shapes[np.argsort(neighbourhood(boxes), kind="stable")]
        all_points = not len(shapes)
        coordinates = shapely.get_coordinates(sites.footprints if all_points else sites.footprints[is_point])
        self.frame = _frame(coordinates, boxes)
        inside = bool(_to_edge_m(_frame(coordinates)[None])[0] >= 0.0)
        whole = inside and len(coordinates) == len(self.points)
        for row in np.sort(self.shapes[~self._plainly_measurable(self.shapes)]) if whole else range(len(sites)):
            self.site(int(row))  # refuses what cannot be measured
        plane = crs.to_plane(coordinates) if len(coordinates) else np.empty((0, 2))
        order = _neighbours_together(plane)
        self.points = self.points[order]
        self.placed = Points(plane.take(order, axis=0), sites.accuracy_m[self.points])

    @cached_property
    def bounds(self) -> Floats:
        """The lon-lat box of each site, (n, 4)."""
        return np.asarray(shapely.bounds(self.sites.footprints).reshape(-1, 4))

    def site(self, row: int) -> Site:
        """A site for the engine. Raises GeometryError, RegionError."""
        if row not in self._measurable:
            footprint, accuracy = self.sites.footprints[row], float(self.sites.accuracy_m[row])
            self._measurable[row] = measuring.prepare_site(footprint, accuracy)
        return self._measurable[row]

    def rule(self, rule: Rule) -> tuple[Codes, Codes, tuple[Measured, ...]]:
        """Outcome, reason and numbers of one rule."""
        count = len(self.sites)
        concerned = self._concerned(rule)
        if (concerned == NOT_ASKED).all():
            return concerned, np.full(count, NO_WHY, np.int8), ()
        answers = self._combined(rule.requirement, rule)
        code, why = answers.code, answers.why
        if rule.citation.is_weak:
            told = (code == CODE_OF[Outcome.CONFLICT]) | (code == CLEAR)
            code, why = np.where(told, CODE_OF[Outcome.UNCERTAIN], code), np.where(told, WEAK_SOURCE, why)
        if (concerned != CLEAR).any():
            code = np.where(concerned == CLEAR, code, concerned)
            why = np.where(concerned == CLEAR, why, np.where(concerned == NOT_ASKED, NO_WHY, VALUE_UNKNOWN))
            answers = replace(answers, measured=tuple(found.of(concerned == CLEAR) for found in answers.measured))
        return code.astype(np.int8), why.astype(np.int8), answers.measured

    def _concerned(self, rule: Rule) -> Codes:
        """CLEAR where the rule's ``when`` holds, NOT_ASKED where not, NOT_ASSESSED where that is not known."""
        known = {True: CLEAR, False: NOT_ASKED, None: NOT_ASSESSED}
        stated = self.sites.quantities
        concerned = np.full(len(self.sites), known[conflict.applies(rule, stated)], np.int8)
        if set(rule.when) & conflict.DERIVED - stated.keys():
            for row in self.shapes:
                quantities = conflict.quantities_of(stated, self.site(int(row)))
                concerned[row] = known[conflict.applies(rule, quantities)]
        return concerned

    def _combined(self, requirement: Requirement, rule: Rule) -> _Answers:
        """Kleene's logic as :func:`geo.conflict.combine` has it: the first part of the least rank decides."""
        if isinstance(requirement, Condition):
            return self._condition(requirement, rule)
        parts = [self._combined(part, rule) for part in requirement.parts]
        order = conflict.ALL_OF_ORDER if isinstance(requirement, AllOf) else conflict.ANY_OF_ORDER
        rank = np.argsort([CODE_OF[outcome] for outcome in order]).astype(np.int8)
        deciding = np.argmin([rank[part.code] for part in parts], axis=0)
        code = np.choose(deciding, [part.code for part in parts]).astype(np.int8)
        why = np.choose(deciding, [part.why for part in parts]).astype(np.int8)
        shown = [found.of(deciding == place) for place, part in enumerate(parts) for found in part.measured]
        return _Answers(code, why, tuple(shown))

    def _condition(self, condition: Condition, rule: Rule) -> _Answers:
        content = self.content_of(condition.layer) if condition.layer is not None else None
        as_of = None if content is None else content.as_of if isinstance(content, Grid) else content.source.as_of
        stated = self.sites.quantities
        known = conflict.without_measuring(condition, rule, stated, content is not None, as_of)
        derived = condition.layer is None and condition.quantity in conflict.DERIVED - stated.keys()
        if known is None:
            return self._measured(condition, content)
        answers = self._alike(known)
        return self._with_engine(answers, condition, None, self.shapes) if derived else answers

    def _alike(self, result: ConditionResult) -> _Answers:
        """The same answer for all sites."""
        count = len(self.sites)
        answers = _Answers(np.full(count, CODE_OF[result.outcome], np.int8), np.full(count, _why(result), np.int8))
        if result.outcome in (Outcome.CLEAR, Outcome.NOT_ASSESSED):
            return answers
        return replace(answers, measured=(_of_results(result.condition, np.arange(count), [result] * count),))

    def _measured(self, condition: Condition, content: Content) -> _Answers:
        """By arrays as far as they know; the rest one by one."""
        code, why = np.full(len(self.sites), ASK, np.int8), np.full(len(self.sites), NO_WHY, np.int8)
        found: tuple[Measured, ...] = ()
        seen = None
        if isinstance(content, IndexedLayer):
            seen = view(condition, content, float(self.sites.accuracy_m.max(initial=0.0)))
        if seen is not None and isinstance(content, IndexedLayer):
            decided = decide_points(condition, content, self.placed, seen)
            shaped = decide_shapes(condition, content, self.drawn, seen, self.sliver_m2)
            found = (
                self._results(condition, content, decided, self.points),
                self._results(condition, content, shaped, self.shapes),
            )
            _put(code, self.points, decided.code)
            _put(code, self.shapes, shaped.code)
            if condition.relation in CLEAR_NEEDS_COVER:
                uncovered = self._uncovered(condition, content, code)
                code[uncovered], why[uncovered] = NOT_ASSESSED, NOT_COVERED
        why[code == CODE_OF[Outcome.UNCERTAIN]] = WITHIN_TOLERANCE
        answers = _Answers(code, why, found)
        return self._with_engine(answers, condition, content, np.flatnonzero(code == ASK), seen)

    @cached_property
    def drawn(self) -> Shapes:
        """The sites that are no points, where they are drawn."""
        footprints = self.sites.footprints[self.shapes]
        plane = crs.to_plane(shapely.force_2d(footprints)) if len(footprints) else footprints
        for bent in np.flatnonzero(~shapely.is_valid(plane)):
            plane[bent] = crs.mended(plane[bent])
        bounds = shapely.bounds(plane).reshape(-1, 4)
        return Shapes(plane, bounds, self.sites.accuracy_m[self.shapes])

    def _plainly_measurable(self, rows: Keys) -> NDArray[np.bool_]:
        """Shapes that :meth:`site` surely takes; the others it looks at, and may refuse."""
        footprints = self.sites.footprints[rows]
        west, south, east, north = REGION_BOUNDS
        low, high = np.hsplit(shapely.bounds(footprints).reshape(-1, 4), 2)
        plain = (low >= (west, south)).all(axis=1) & (high <= (east, north)).all(axis=1)
        plain &= np.isin(shapely.get_type_id(footprints), PLAIN_TYPES) & shapely.is_valid(footprints)
        return plain & (plain.all() and shapely.is_valid(self.drawn.plane))

    def _results(self, condition: Condition, layer: IndexedLayer, decided: Decided, rows: Keys) -> Measured:
        """The numbers of decided sites, which stand at ``rows``."""
        shown = decided.involved
        is_first = np.ones(len(shown.site), dtype=bool)
        is_first[1:] = shown.site[1:] != shown.site[:-1]
        first = np.flatnonzero(is_first)
        numbers = {"distance_m": shown.distance_m[first], "tolerance_m": shown.band_m[first]}
        if condition.relation is Relation.MIN_DISTANCE:
            numbers["limit_m"] = np.full(len(first), float(condition.distance_m or 0.0))
            numbers["margin_m"] = numbers["distance_m"] - numbers["limit_m"]
        if decided.shared_m2 is not None:
            area = shapely.area(self.drawn.plane[shown.site[first]])
            numbers["overlap_low_m2"] = numbers["overlap_high_m2"] = decided.shared_m2
            numbers["share_low"] = numbers["share_high"] = np.minimum(decided.shared_m2 / area, 1.0)
        site = rows[shown.site[first]].astype(np.int32)
        start = np.append(first, len(shown.site))
        return Measured(condition, site, numbers, start, shown.feature.astype(np.int64), layer.source.ids)

    def _uncovered(self, condition: Condition, layer: IndexedLayer, code: Codes) -> Keys:
        """The clear sites around which the layer is not complete; where that is not plain, looked at closely."""
        covers, limit = layer.source.covers, float(condition.distance_m or 0.0)
        bands = self._widest_bands(layer)
        if covers is None and limit + bands.max(initial=0.0) < _to_edge_m(self.frame[None])[0]:
            return np.empty(0, np.int64)
        rows = np.flatnonzero(code == CLEAR)
        halo = limit + bands[rows]
        plain = halo < self.to_edge_m[rows]
        if covers is not None and plain.any():
            plain &= _surely_within(self.bounds[rows], halo, covers)
        open_ = np.flatnonzero(~plain)
        sites = (self.site(int(row)) for row in rows[open_])
        covered = [measuring.is_covered(site, covers, reach) for site, reach in zip(sites, halo[open_], strict=True)]
        return rows[open_[~np.array(covered, dtype=bool)]]

    def _widest_bands(self, layer: IndexedLayer) -> Floats:
        """The band of each site and the layer's worst feature."""
        accuracy = self.sites.accuracy_m
        if len(accuracy) and (accuracy == accuracy[0]).all():
            band = uncertainty.band_m(float(accuracy[0]), layer.worst_accuracy_m, layer.source.bias_m)
            return np.broadcast_to(band, len(accuracy))
        return uncertainty.band_m(0.0, np.hypot(accuracy, layer.worst_accuracy_m), layer.source.bias_m)

    @cached_property
    def to_edge_m(self) -> Floats:
        """How far each site is from the edge of the region at least."""
        return _to_edge_m(self.bounds)

    def _with_engine(
        self, answers: _Answers, condition: Condition, content: Content, rows: Keys, seen: View | None = None
    ) -> _Answers:
        """The answers with what the engine says of some sites."""
        if not len(rows):
            return answers
        results = [self._ask(condition, content, int(row), seen) for row in rows]
        answers.code[rows] = [CODE_OF[result.outcome] for result in results]
        answers.why[rows] = [_why(result) for result in results]
        told = np.isin(answers.code[rows], [CODE_OF[Outcome.CONFLICT], CODE_OF[Outcome.UNCERTAIN]])
        if not told.any():
            return answers
        shown = [results[place] for place in np.flatnonzero(told)]
        return replace(answers, measured=(*answers.measured, _of_results(condition, rows[told], shown)))

    def _ask(self, condition: Condition, content: Content, row: int, seen: View | None) -> ConditionResult:
        site = self.site(row)
        if content is None:
            return relations.of_quantity(condition, conflict.quantities_of(self.sites.quantities, site))
        if isinstance(content, Grid):
            return relations.of_grid(condition, site, content)
        layer = content.prepared if seen is None or condition.relation not in NEAR_SUFFICES else None
        if layer is None and seen is not None:
            codes = cells_under(seen.cells, shapely.bounds(site.plane)[None])[1]
            near = features_listed(content.runs, seen.cells, codes)
            layer = content.prepared if widened_too_far(len(near)) else content.around(near, condition.where)
        assert layer is not None  # noqa: S101 - one of the two above
        return relations.of_layer(condition, site, layer, self.sliver_m2)


def _put(code: Codes, rows: Keys, answers: Codes) -> None:
    """Answers at rows that hold ASK so far. Where all rows are meant most are clear: those are set at once."""
    told = answers
    if len(rows) == len(code):
        code.fill(CLEAR)
        others = np.flatnonzero(answers != CLEAR)
        rows, told = rows[others], answers[others]
    code[rows] = told


def _neighbours_together(plane: Floats) -> Keys:
    """An order of points in which those of a neighbourhood follow one another."""
    column, line = ((plane - ORIGIN) * (1.0 / NEIGHBOURHOOD_M)).astype(np.int16).T
    order = np.argsort(column, kind="stable")  # of so short numbers numpy sorts by their digits
    return order[np.argsort(line[order], kind="stable")]


def _frame(*places: Floats) -> Floats:
    """The box around points (n, 2) and boxes (n, 4); inside out around nothing."""
    low = [min(part[:, side].min(initial=np.inf) for part in places) for side in (0, 1)]
    high = [max(part[:, side].max(initial=-np.inf) for part in places) for side in (-2, -1)]
    return np.array(low + high)


def _to_edge_m(bounds: Floats) -> Floats:
    """How far lon-lat boxes (n, 4) are from the edge of the region at least."""
    west, south, east, north = REGION_BOUNDS
    low = (bounds[:, :2] - (west, south)) / DEGREES_A_METRE
    high = ((east, north) - bounds[:, 2:]) / DEGREES_A_METRE
    return np.asarray(np.minimum(low, high).min(axis=1) / 1.01)


def _surely_within(bounds: Floats, halo_m: Floats, area: BaseGeometry) -> NDArray[np.bool_]:
    """Where a halo around lon-lat boxes lies within an area beyond doubt."""
    margin = np.minimum(halo_m, 1e6)[:, None] * (DEGREES_A_METRE * 1.01)
    low, high = bounds[:, :2] - margin, bounds[:, 2:] + margin
    shapely.prepare(area)
    return np.asarray(shapely.contains(area, shapely.box(*low.T, *high.T)))


def _why(result: ConditionResult) -> int:
    return NO_WHY if result.why is None else WHYS.index(result.why)


def _of_results(condition: Condition, rows: NDArray[Any], results: Sequence[ConditionResult]) -> Measured:
    """Results of the engine as columns."""
    columns = {name: np.array([_number(result, name) for result in results]) for name in NUMBERS}
    names = np.array([name for result in results for name in result.features], dtype=object)
    start = np.concatenate([[0], np.cumsum([len(result.features) for result in results])]).astype(np.int64)
    return Measured(
        condition, rows.astype(np.int32), columns, start, np.arange(len(names)), np.array(names, dtype=object)
    )


def _number(result: ConditionResult, name: str) -> float:
    pairs = {"overlap_low_m2": (result.overlap_m2, 0), "overlap_high_m2": (result.overlap_m2, 1)}
    pairs |= {"share_low": (result.overlap_share, 0), "share_high": (result.overlap_share, 1)}
    if name in pairs:
        pair, place = pairs[name]
        value = None if pair is None else pair[place]
    else:
        value = getattr(result, name)
    return np.nan if value is None else float(value)
