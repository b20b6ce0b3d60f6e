"""Where instead: the nearest place where no assessed rule conflicts or is uncertain, and if there is none, the best.

The footprint is moved in the plane without being turned. Cells of places are ruled out whole by how far every rule
still is from holding (geo.screening), what is left is cut into four, down to a cell whose size is said; what then seems
to pass is put to the engine, nearest first. So the answer is the nearest within one cell; a gap narrower than a cell
may be missed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo import conflict, crs, measuring
from geo.blocking import binding, settled
from geo.errors import GeoError
from geo.measuring import PreparedLayer, Site
from geo.screening import (
    ASK,
    CLEAR,
    CONFLICT,
    NOT_ASSESSED,
    SLACK_M,
    UNCERTAIN,
    Numbers,
    Outline,
    Places,
    Screen,
    Screened,
    Window,
    moved,
    outline_of,
    region_outline,
)
from geo.types import REGION_BOUNDS, FeatureSet, Finding, Grid, Outcome, Proposal, Rule, Severity, Why
from geo.uncertainty import SLIVER_M2

Content = PreparedLayer | Grid | None

#: The side of the last cells, metres, unless the search is cut short; the first are 2^8 times as long.
CELL_M = 31.25
HALVINGS = 8
#: Cells looked at before the search leaves the farthest undivided.
CELLS_LOOKED_AT = 40_000
#: Cells looked at together, nearest first, and exact checks among them.
BATCH = 768
CHECKS = 12
#: Cells over which the best place is sought where none passes.
COARSE_CELLS = 1_600


@dataclass(frozen=True)
class SearchArea:
    """Where to look: within a radius of the site, metres, or with the whole footprint inside an outline (lon-lat)."""

    radius_m: float | None = None
    outline: BaseGeometry | None = None


@dataclass(frozen=True)
class Surrounding:
    """A condition of plausibility, no rule: the footprint wholly inside these lon-lat shapes, or apart from them."""

    name: str
    shapes: tuple[BaseGeometry, ...]
    inside: bool


@dataclass(frozen=True)
class Place:
    """The proposal somewhere else, with what the engine found there. Way from the site: metres, degrees from north."""

    proposal: Proposal
    findings: tuple[Finding, ...]
    distance_m: float
    azimuth_deg: float

    @property
    def in_the_way(self) -> tuple[Finding, ...]:
        """Binding rules that conflict or are uncertain there."""
        return tuple(finding for finding in binding(self.findings) if settled(finding) in _BAD)

    @property
    def unassessed(self) -> tuple[Finding, ...]:
        """Binding rules that could not be looked at there."""
        return tuple(finding for finding in binding(self.findings) if finding.outcome is Outcome.NOT_ASSESSED)

    @property
    def weak(self) -> tuple[Finding, ...]:
        """Rules that hold there as measured, though their source is not verified: no place would make them clear."""
        return tuple(f for f in binding(self.findings) if f.why is Why.WEAK_SOURCE and settled(f) is Outcome.CLEAR)


_BAD = frozenset({Outcome.CONFLICT, Outcome.UNCERTAIN})


@dataclass(frozen=True)
class Alternative:
    """``place`` passes, or is None; then ``best`` is the place with the least in its way (the site itself, maybe).

    ``lost``: rules assessed at the site and not at the place; ``assured`` is then the nearest place where these are
    clear as well, or None. ``cell_m`` is the side of the last cells, ``best_cell_m`` that of the cells over which the
    best was sought; ``plausibility`` names the conditions added.
    """

    place: Place | None
    best: Place | None
    assured: Place | None
    lost: tuple[str, ...]
    cell_m: float
    best_cell_m: float
    looked_at: int
    plausibility: tuple[str, ...]


@dataclass
class _Search:
    """One proposal over one area: what may be asked again and again."""

    proposal: Proposal
    site: Site
    on: date
    sliver_m2: float
    content_of: Callable[[str], Content]
    area: SearchArea
    screen: Screen
    bounds: tuple[float, float, float, float]
    fences: list[tuple[Outline, bool]]
    looked_at: int = 0
    checked: dict[tuple[float, float], Place | None] = field(default_factory=dict)

    def check(self, offset: NDArray[np.float64]) -> Place | None:
        """What the engine finds at an offset; None where the footprint cannot stand there."""
        key = (float(offset[0]), float(offset[1]))
        if key not in self.checked:
            self.checked[key] = self._checked(offset)
        return self.checked[key]

    def _checked(self, offset: NDArray[np.float64]) -> Place | None:
        footprint = crs.from_plane(moved(self.site.plane, offset[None])[0])
        proposal = replace(self.proposal, footprint=footprint) if offset.any() else self.proposal
        try:
            findings = conflict.assess(proposal, self.screen.rules, self.content_of, self.on, self.sliver_m2)
        except GeoError:
            return None
        start, end = (shapely.get_coordinates(shapely.centroid(p.footprint))[0] for p in (self.proposal, proposal))
        way = float(crs.geodesic_distance_m(start, end))
        azimuth = float(crs.geodesic_azimuth_deg(start, end)) % 360.0 if way > 0.0 else 0.0
        return Place(proposal, findings, way, azimuth)

    def room(self, places: Places) -> tuple[Numbers, Numbers]:
        """At least and at most so deep inside the area and its surroundings; negative: at least so far from them."""
        low, high = np.full(len(places), np.inf), np.full(len(places), np.inf)
        for outline, inside in self.fences:
            least, most = places.inside(outline, 0.0) if inside else places.outside(outline, 0.0)
            low, high = np.minimum(low, least), np.minimum(high, most)
        return low, high


def nearest_place(
    proposal: Proposal,
    findings: Sequence[Finding],
    content_of: Callable[[str], FeatureSet | Content],
    on: date,
    area: SearchArea,
    surroundings: Iterable[Surrounding] = (),
    cell_m: float = CELL_M,
    sliver_m2: float = SLIVER_M2,
) -> Alternative:
    """The nearest place for a proposal whose ``findings`` at its own place are given.

    Raises GeometryError or RegionError for a footprint that cannot be measured.
    """
    chosen = tuple(surroundings)
    search = _search(proposal, findings, _prepared(content_of), on, area, chosen, cell_m, sliver_m2)
    place, reached = _nearest(search, strict=frozenset(), cell_m=cell_m)
    names = tuple(surrounding.name for surrounding in chosen)
    if place is None:
        best, best_cell = _best(search)
        return Alternative(None, best, None, (), reached, best_cell, search.looked_at, names)
    assessed = {finding.rule.id for finding in binding(findings) if finding.outcome is not Outcome.NOT_ASSESSED}
    lost = tuple(finding.rule.id for finding in place.unassessed if finding.rule.id in assessed)
    assured = _nearest(search, strict=frozenset(assessed), cell_m=cell_m)[0] if lost else None
    return Alternative(place, None, assured, lost, reached, 0.0, search.looked_at, names)


def nearest_for_rule(
    proposal: Proposal,
    finding: Finding,
    content_of: Callable[[str], FeatureSet | Content],
    on: date,
    radius_m: float,
    cell_m: float = CELL_M,
    sliver_m2: float = SLIVER_M2,
) -> Place | None:
    """The nearest place where one rule is clear, all others left aside: how far it alone asks the site to move."""
    if not conflict.layers_of(finding.rule.requirement):
        return None
    area = SearchArea(radius_m=radius_m)
    search = _search(proposal, [finding], _prepared(content_of), on, area, (), cell_m, sliver_m2)
    return _nearest(search, strict=frozenset({finding.rule.id}), cell_m=cell_m)[0]


def _prepared(content_of: Callable[[str], FeatureSet | Content]) -> Callable[[str], Content]:
    known: dict[str, Content] = {}

    def content(layer: str) -> Content:
        if layer not in known:
            found = content_of(layer)
            known[layer] = measuring.prepare_layer(found) if isinstance(found, FeatureSet) else found
        return known[layer]

    return content


def _search(
    proposal: Proposal,
    findings: Sequence[Finding],
    content_of: Callable[[str], Content],
    on: date,
    area: SearchArea,
    surroundings: Iterable[Surrounding],
    cell_m: float,
    sliver_m2: float,
) -> _Search:
    site = measuring.prepare_site(proposal.footprint, proposal.accuracy_m)
    decisive = binding(findings)
    fixed = {f.rule.id: f.outcome for f in decisive if f.deciding is None or not _depends_on_place(f.rule)}
    bounds = _offsets_bounds(site, area)
    west, south, east, north = shapely.bounds(site.plane)
    window = Window((west + bounds[0], south + bounds[1], east + bounds[2], north + bounds[3]))
    quantities = {**conflict.derived_quantities(proposal, site), **proposal.quantities}
    screen = Screen(site, [f.rule for f in decisive], content_of, quantities, window, fixed)
    fences = [(region_outline(), True)]
    fences += [(outline_of([area.outline]), True)] if area.outline is not None else []
    fences += [(outline_of(s.shapes), s.inside) for s in surroundings]
    return _Search(proposal, site, on, sliver_m2, content_of, area, screen, bounds, fences)


def _depends_on_place(rule: Rule) -> bool:
    return bool(conflict.layers_of(rule.requirement))


def _offsets_bounds(site: Site, area: SearchArea) -> tuple[float, float, float, float]:
    """West, south, east and north of the offsets that may be tried."""
    west, south, east, north = shapely.bounds(site.plane)
    outline = crs.to_plane(shapely.box(*REGION_BOUNDS) if area.outline is None else area.outline)
    least_x, least_y, most_x, most_y = shapely.bounds(outline)
    bounds = (least_x - west, least_y - south, most_x - east, most_y - north)
    if area.radius_m is None:
        return bounds
    radius = area.radius_m
    return max(bounds[0], -radius), max(bounds[1], -radius), min(bounds[2], radius), min(bounds[3], radius)


def _first_cells(search: _Search, side: float) -> Numbers:
    """Centres of cells of a side that cover all offsets, one of them on the site itself."""
    west, south, east, north = search.bounds
    columns = np.arange(np.floor(west / side), np.ceil(east / side) + 1.0) * side
    rows = np.arange(np.floor(south / side), np.ceil(north / side) + 1.0) * side
    x, y = np.meshgrid(columns, rows)
    return np.column_stack([x.ravel(), y.ravel()])


def _quarters(centres: Numbers, sides: Numbers) -> Numbers:
    shifts = np.array([(-0.25, -0.25), (-0.25, 0.25), (0.25, -0.25), (0.25, 0.25)])
    cells: Numbers = (centres[:, None, :] + shifts[None] * sides[:, None, None]).reshape(-1, 2)
    return cells


def _gap(centres: Numbers, sides: Numbers) -> Numbers:
    """The least length of any offset in each cell."""
    return np.asarray(np.hypot(*np.maximum(np.abs(centres) - sides[:, None] / 2.0, 0.0).T))


def _nearest(search: _Search, strict: frozenset[str], cell_m: float) -> tuple[Place | None, float]:
    """The nearest place that passes and the largest cell left undivided; ``strict`` rules must be clear."""
    here = search.check(np.zeros(2))
    if here is not None and _passes(here, strict) and search.room(search.screen.places(np.zeros((1, 2))))[0][0] >= 0.0:
        return here, cell_m
    radius = np.inf if search.area.radius_m is None else search.area.radius_m
    cells = _first_cells(search, cell_m * 2.0**HALVINGS)
    sides = np.full(len(cells), cell_m * 2.0**HALVINGS)
    found, limit, budget = None, radius, CELLS_LOOKED_AT
    while len(cells) and budget > 0:
        gaps = _gap(cells, sides)
        cells, sides, gaps = (part[gaps <= limit] for part in (cells, sides, gaps))
        order = np.argsort(gaps, kind="stable")
        batch, rest = order[:BATCH], order[BATCH:]
        budget -= len(batch)
        ok, sure = _judged(search, cells[batch], sides[batch], strict)
        tried = cells[batch][sure & (np.hypot(*cells[batch].T) <= limit)]
        found = _confirmed(search, tried, strict) or found
        limit = min(limit, _length(search, found))
        cut = batch[ok & (sides[batch] > cell_m)]
        cells, sides = (
            np.concatenate([cells[rest], _quarters(cells[cut], sides[cut])]),
            np.concatenate([sides[rest], np.repeat(sides[cut] / 2.0, 4)]),
        )
    search.looked_at += CELLS_LOOKED_AT - budget
    left = sides[_gap(cells, sides) <= limit]
    return found, float(left.max(initial=cell_m))


def _length(search: _Search, place: Place | None) -> float:
    """How long the offset of a place is in the plane."""
    if place is None:
        return np.inf
    there = crs.to_plane(place.proposal.footprint)
    return float(shapely.distance(shapely.centroid(search.site.plane), shapely.centroid(there)))


def _judged(
    search: _Search, cells: Numbers, sides: Numbers, strict: frozenset[str]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Cells in which some place may pass, and cells whose very centre seems to."""
    half = sides * np.sqrt(0.5) + SLACK_M
    places = search.screen.places(cells)
    low, high = search.room(places)
    places.open &= high + half >= 0.0
    centre = low >= 0.0
    for rule in search.screen.rules:
        if not _depends_on_place(rule):
            continue  # no place cures it: it is told apart from what a move can do
        may, does = _allowed(search.screen.answer(rule, places), half, rule.id in strict)
        places.open &= may
        centre &= does
    return places.open, places.open & centre


def _allowed(answer: Screened, half: Numbers, is_strict: bool) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    reach = answer.strict if is_strict else answer.open
    fine = (CLEAR, ASK) if is_strict else (CLEAR, NOT_ASSESSED, ASK)
    return reach + half >= 0.0, np.isin(answer.code, fine)


def _passes(place: Place, strict: frozenset[str]) -> bool:
    movable = [finding for finding in binding(place.findings) if _depends_on_place(finding.rule)]
    if any(settled(finding) in _BAD for finding in movable):
        return False
    return all(settled(finding) is Outcome.CLEAR for finding in movable if finding.rule.id in strict)


def _confirmed(search: _Search, centres: Numbers, strict: frozenset[str]) -> Place | None:
    """The nearest of these places that the engine passes, within so many tries."""
    order = np.argsort(np.hypot(*centres.T), kind="stable")
    for offset in centres[order[:CHECKS]]:
        place = search.check(offset)
        if place is not None and _passes(place, strict):
            return place
    return None


def _best(search: _Search) -> tuple[Place | None, float]:
    """The place with the fewest prohibitions, restrictions and open answers in its way, the nearest of those."""
    west, south, east, north = search.bounds
    side = max(np.sqrt(max(east - west, 1.0) * max(north - south, 1.0) / COARSE_CELLS), CELL_M)
    cells = _first_cells(search, side)
    radius = np.inf if search.area.radius_m is None else search.area.radius_m
    cells = cells[(np.hypot(*cells.T) <= radius)]
    cells = cells[search.room(search.screen.places(cells))[0] >= 0.0]
    search.looked_at += len(cells)
    if len(cells) == 0:
        return search.check(np.zeros(2)) if search.area.outline is None else None, float(side)
    order = np.lexsort((np.hypot(*cells.T), *_burden(search, cells)[::-1]))
    tried = [search.check(offset) for offset in cells[order[:CHECKS]]]
    places = [place for place in tried if place is not None]
    return min(places, key=_weight, default=None), float(side)


def _burden(search: _Search, cells: Numbers) -> list[NDArray[np.int_]]:
    """Prohibitions in conflict, restrictions in conflict, and answers that are open, at each place."""
    counts = [np.zeros(len(cells), dtype=int) for _ in range(3)]
    places = search.screen.places(cells)
    for rule in search.screen.rules:
        answer = search.screen.answer(rule, places)
        prohibits = rule.severity is Severity.PROHIBIT
        counts[0 if prohibits else 1] += answer.code == CONFLICT
        counts[2] += (answer.code == UNCERTAIN) | (answer.code == ASK)
    return counts


def _weight(place: Place) -> tuple[Any, ...]:
    bad = [(settled(finding), finding.rule.severity) for finding in place.in_the_way]
    prohibited = sum(pair == (Outcome.CONFLICT, Severity.PROHIBIT) for pair in bad)
    restricted = sum(pair == (Outcome.CONFLICT, Severity.RESTRICT) for pair in bad)
    return prohibited, restricted, len(bad) - prohibited - restricted, place.distance_m
