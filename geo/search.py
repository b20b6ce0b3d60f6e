"""Over many places of one footprint: the nearest that the engine passes, and the one with the least in its way.

The footprint is moved in the plane without being turned. Cells of places are ruled out whole by how far every rule
still is from holding (geo.screening), what is left is cut into four, nearest first, down to a cell whose size is
said; what then seems to pass is put to the engine. A gap narrower than the last cell may be missed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo import conflict, crs
from geo.blocking import binding, settled
from geo.errors import GeoError
from geo.measuring import Site
from geo.places import Numbers, Outline, Places, moved
from geo.screening import (
    ASK,
    CLEAR,
    CONFLICT,
    NOT_ASSESSED,
    SLACK_M,
    UNCERTAIN,
    Content,
    Screen,
    Screened,
    depends_on_place,
)
from geo.types import Finding, Outcome, Proposal, Severity, Why

Progress = Callable[[int, int], None]
Flags = NDArray[np.bool_]

#: The side of the last cells, metres; the first are 2^8 times as long.
CELL_M = 31.25
HALVINGS = 8
#: What a search may cost, in cells looked at, before it stops; the engine asked once costs as much as so many cells.
CELLS_LOOKED_AT = 40_000
CHECK_COSTS = 50
#: Cells looked at together, nearest first, and larger cells of these whose middle is tried for luck.
BATCH = 768
LUCKY_TRIES = 12
#: Cells over which the best place is sought where none passes.
COARSE_CELLS = 1_600

BAD = frozenset({Outcome.CONFLICT, Outcome.UNCERTAIN})


@dataclass(frozen=True)
class SearchArea:
    """Where to look: within a radius of the site, metres, or with the whole footprint inside an outline (lon-lat)."""

    radius_m: float | None = None
    outline: BaseGeometry | None = None


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
        return tuple(finding for finding in binding(self.findings) if settled(finding) in BAD)

    @property
    def unassessed(self) -> tuple[Finding, ...]:
        """Binding rules that could not be looked at there."""
        return tuple(finding for finding in binding(self.findings) if finding.outcome is Outcome.NOT_ASSESSED)

    @property
    def weak(self) -> tuple[Finding, ...]:
        """Rules that hold there as measured, though their source is not verified: no place would make them clear."""
        return tuple(f for f in binding(self.findings) if f.why is Why.WEAK_SOURCE and settled(f) is Outcome.CLEAR)


@dataclass(frozen=True)
class Nearest:
    """What a search came to. ``no_nearer_m`` is where it stopped before its end: nearer than that, nothing passes."""

    place: Place | None
    no_nearer_m: float | None = None


def passes(place: Place, strict: frozenset[str] = frozenset()) -> bool:
    """Whether no rule that a move can change conflicts or is uncertain, and the ``strict`` ones are clear."""
    movable = [finding for finding in binding(place.findings) if depends_on_place(finding.rule)]
    if any(settled(finding) in BAD for finding in movable):
        return False
    return all(settled(finding) is Outcome.CLEAR for finding in movable if finding.rule.id in strict)


@dataclass
class Search:
    """One proposal over one area: what may be asked again and again.

    ``bounds`` west, south, east, north of the offsets in metres; ``fences`` outlines with whether to stay inside.
    """

    proposal: Proposal
    site: Site
    on: date
    sliver_m2: float
    content_of: Callable[[str], Content]
    radius_m: float
    screen: Screen
    bounds: tuple[float, float, float, float]
    fences: list[tuple[Outline, bool]]
    progress: Progress | None = None
    looked_at: int = 0
    asked: int = 0
    checked: dict[tuple[float, float], Place | None] = field(default_factory=dict)

    def check(self, offset: Numbers) -> Place | None:
        """What the engine finds at an offset; None where the footprint cannot stand there."""
        key = (float(offset[0]), float(offset[1]))
        if key not in self.checked:
            self.asked += 1
            self.checked[key] = self._checked(offset)
        return self.checked[key]

    def _checked(self, offset: Numbers) -> Place | None:
        footprint = crs.mended(crs.from_plane(moved(self.site.plane, offset[None])[0]))
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

    def fits_here(self) -> bool:
        """Whether the site itself stands where it may."""
        return bool(self.room(self.screen.places(np.zeros((1, 2))))[0][0] > 0.0)

    def first_cells(self, side: float) -> Numbers:
        """Centres of cells of a side that cover all offsets, one of them on the site itself."""
        west, south, east, north = self.bounds
        columns = np.arange(np.floor(west / side), np.ceil(east / side) + 1.0) * side
        rows = np.arange(np.floor(south / side), np.ceil(north / side) + 1.0) * side
        x, y = np.meshgrid(columns, rows)
        return np.column_stack([x.ravel(), y.ravel()])


def nearest(search: Search, strict: frozenset[str], cell_m: float) -> Nearest:
    """The nearest place that passes, ``strict`` rules being clear there."""
    here = search.check(np.zeros(2))
    if here is not None and passes(here, strict) and search.fits_here():
        return Nearest(here)
    return _Hunt(search, strict, cell_m).run()


class _Hunt:
    """One hunt for the nearest place: the cells still to be looked at, the best found, the budget left."""

    def __init__(self, search: Search, strict: frozenset[str], cell_m: float) -> None:
        self.search, self.strict, self.cell_m = search, strict, cell_m
        self.cells = search.first_cells(cell_m * 2.0**HALVINGS)
        self.sides = np.full(len(self.cells), cell_m * 2.0**HALVINGS)
        self.found: Place | None = None
        self.limit = search.radius_m
        self.budget = float(CELLS_LOOKED_AT)

    def run(self) -> Nearest:
        self._drop_far()
        while len(self.cells) and self.budget > 0.0:
            self._step()
            self._drop_far()
            if self.search.progress:
                self.search.progress(int(CELLS_LOOKED_AT - max(self.budget, 0.0)), CELLS_LOOKED_AT)
        left = _gap(self.cells, self.sides)
        return Nearest(self.found, float(left.min()) if len(left) else None)

    def _drop_far(self) -> None:
        near = _gap(self.cells, self.sides) <= self.limit
        self.cells, self.sides = self.cells[near], self.sides[near]

    def _step(self) -> None:
        order = np.argsort(_gap(self.cells, self.sides), kind="stable")
        batch, rest = order[:BATCH], order[BATCH:]
        cells, sides = self.cells[batch], self.sides[batch]
        self.budget -= len(batch)
        self.search.looked_at += len(batch)
        may, does = _judged(self.search, cells, sides, self.strict)
        last = sides <= self.cell_m
        unasked = self._ask(cells, does, last)
        cut = may & ~last
        self.cells = np.concatenate([self.cells[rest], cells[unasked], _quarters(cells[cut], sides[cut])])
        self.sides = np.concatenate([self.sides[rest], sides[unasked], np.repeat(sides[cut] / 2.0, 4)])

    def _ask(self, cells: Numbers, does: Flags, last: Flags) -> NDArray[np.intp]:
        """Puts middles that seem to pass to the engine, nearest first; gives the last cells that nobody could ask."""
        length = np.hypot(*cells.T)
        rows = np.flatnonzero(does & (length <= self.limit))
        rows = rows[np.argsort(length[rows], kind="stable")]
        tries = LUCKY_TRIES
        for position, row in enumerate(rows):
            if not last[row]:
                tries -= 1
                if tries < 0:
                    continue
            elif self.budget <= 0.0:
                return np.array([other for other in rows[position:] if last[other]], dtype=np.intp)
            self.budget -= CHECK_COSTS
            place = self.search.check(cells[row])
            if place is not None and passes(place, self.strict):
                self.found, self.limit = place, float(length[row])
                break
        return np.empty(0, dtype=np.intp)


def _quarters(centres: Numbers, sides: Numbers) -> Numbers:
    shifts = np.array([(-0.25, -0.25), (-0.25, 0.25), (0.25, -0.25), (0.25, 0.25)])
    cells: Numbers = (centres[:, None, :] + shifts[None] * sides[:, None, None]).reshape(-1, 2)
    return cells


def _gap(centres: Numbers, sides: Numbers) -> Numbers:
    """The least length of any offset in each cell."""
    return np.asarray(np.hypot(*np.maximum(np.abs(centres) - sides[:, None] / 2.0, 0.0).T))


def _judged(search: Search, cells: Numbers, sides: Numbers, strict: frozenset[str]) -> tuple[Flags, Flags]:
    """Cells in which some place may pass, and cells whose very middle seems to."""
    half = sides * np.sqrt(0.5) + SLACK_M
    places = search.screen.places(cells)
    low, high = search.room(places)
    places.open &= high + half >= 0.0
    middle = low > 0.0  # on the edge a footprint may as well cross it
    for rule in search.screen.rules:
        if not depends_on_place(rule):
            continue  # no place cures it: it is told apart from what a move can do
        may, does = _allowed(search.screen.answer(rule, places), half, rule.id in strict)
        places.open &= may
        middle &= does
    return places.open, places.open & middle


def _allowed(answer: Screened, half: Numbers, is_strict: bool) -> tuple[Flags, Flags]:
    reach = answer.strict if is_strict else answer.open
    fine = (CLEAR, ASK) if is_strict else (CLEAR, NOT_ASSESSED, ASK)
    return reach + half >= 0.0, np.isin(answer.code, fine)


def best(search: Search) -> tuple[Place | None, float]:
    """The place with the fewest prohibitions, restrictions and open answers in its way, the nearest of those.

    With it the side of the cells over which it was sought; None where the footprint fits nowhere.
    """
    west, south, east, north = search.bounds
    side = float(max(np.sqrt(max(east - west, 1.0) * max(north - south, 1.0) / COARSE_CELLS), CELL_M))
    cells = search.first_cells(side)
    cells = cells[np.hypot(*cells.T) <= search.radius_m]
    cells = cells[search.room(search.screen.places(cells))[0] > 0.0]
    search.looked_at += len(cells)
    order = np.lexsort((np.hypot(*cells.T), *_burden(search, cells)[::-1]))
    tried = [search.check(offset) for offset in cells[order[:LUCKY_TRIES]]]
    places = [place for place in tried if place is not None]
    return min(places, key=_weight, default=None), side


def _burden(search: Search, cells: Numbers) -> list[NDArray[np.int_]]:
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
