"""Where instead: the nearest place where no assessed rule conflicts or is uncertain, and if there is none, the best."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import shapely
from shapely.geometry.base import BaseGeometry

from geo import crs, measuring
from geo.blocking import binding
from geo.places import outline_of, region_outline
from geo.screening import depends_on_place, screen_of
from geo.search import (
    CELL_M,
    Content,
    Nearest,
    Place,
    Progress,
    Search,
    SearchArea,
    best,
    nearest,
)
from geo.types import REGION_BOUNDS, FeatureSet, Finding, Outcome, Proposal
from geo.uncertainty import SLIVER_M2

ContentOf = Callable[[str], FeatureSet | Content]


@dataclass(frozen=True)
class Surrounding:
    """A condition of plausibility, no rule: the footprint wholly inside these lon-lat shapes, or apart from them."""

    name: str
    shapes: tuple[BaseGeometry, ...]
    inside: bool


@dataclass(frozen=True)
class Alternative:
    """``place`` passes, or is None; then ``best`` is the place with the least in its way (the site itself, maybe).

    ``lost``: rules assessed at the site and not at the place; ``assured`` is then the nearest place where these are
    clear as well, or None. ``cell_m`` is the side of the last cells, ``best_cell_m`` that of the cells over which the
    best was sought. ``no_nearer_m``: the search stopped before its end, and looked at everything nearer than that.
    ``looked_at`` cells, ``asked`` times the engine; ``plausibility`` names the conditions added.
    """

    place: Place | None
    best: Place | None
    assured: Place | None
    lost: tuple[str, ...]
    cell_m: float
    best_cell_m: float
    no_nearer_m: float | None
    looked_at: int
    asked: int
    plausibility: tuple[str, ...]


def nearest_place(
    proposal: Proposal,
    findings: Sequence[Finding],
    content_of: ContentOf,
    on: date,
    area: SearchArea,
    surroundings: Iterable[Surrounding] = (),
    cell_m: float = CELL_M,
    sliver_m2: float = SLIVER_M2,
    progress: Progress | None = None,
) -> Alternative:
    """The nearest place for a proposal whose ``findings`` at its own place are given.

    A rule that no move can change (a bound on a quantity) keeps every place from passing: the nearest where all others
    pass is then the ``best``. Raises GeometryError or RegionError for a footprint that cannot be measured.
    """
    chosen = tuple(surroundings)
    search = _search(proposal, findings, prepared(content_of), on, area, chosen, sliver_m2)
    search.progress = progress
    found = nearest(search, frozenset(), cell_m)
    if found.place is None:
        place, side = best(search)
        return _alternative(search, found, cell_m, chosen, best=place, best_cell_m=side)
    if found.place.in_the_way:
        return _alternative(search, found, cell_m, chosen, best=found.place, best_cell_m=cell_m)
    assessed = {finding.rule.id for finding in binding(findings) if finding.outcome is not Outcome.NOT_ASSESSED}
    lost = tuple(finding.rule.id for finding in found.place.unassessed if finding.rule.id in assessed)
    assured = nearest(search, frozenset(assessed), cell_m).place if lost else None
    return _alternative(search, found, cell_m, chosen, place=found.place, assured=assured, lost=lost)


def _alternative(
    search: Search,
    found: Nearest,
    cell_m: float,
    surroundings: Sequence[Surrounding],
    place: Place | None = None,
    best: Place | None = None,
    assured: Place | None = None,
    lost: tuple[str, ...] = (),
    best_cell_m: float = 0.0,
) -> Alternative:
    names = tuple(surrounding.name for surrounding in surroundings)
    counts = (search.looked_at, search.asked)
    return Alternative(place, best, assured, lost, cell_m, best_cell_m, found.no_nearer_m, *counts, names)


def nearest_for_rule(
    proposal: Proposal,
    finding: Finding,
    content_of: ContentOf,
    on: date,
    radius_m: float,
    cell_m: float = CELL_M,
    sliver_m2: float = SLIVER_M2,
) -> Place | None:
    """The nearest place where one rule is clear, all others left aside: how far it alone asks the site to move."""
    if not depends_on_place(finding.rule):
        return None
    area = SearchArea(radius_m=radius_m)
    search = _search(proposal, [finding], prepared(content_of), on, area, (), sliver_m2)
    return nearest(search, frozenset({finding.rule.id}), cell_m).place


def prepared(content_of: ContentOf) -> Callable[[str], Content]:
    """The contents of layers, each prepared once and kept for as long as the function is."""
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
    sliver_m2: float,
) -> Search:
    site = measuring.prepare_site(proposal.footprint, proposal.accuracy_m)
    bounds = _offset_bounds(site.plane, area)
    west, south, east, north = shapely.bounds(site.plane)
    window = (west + bounds[0], south + bounds[1], east + bounds[2], north + bounds[3])
    screen = screen_of(proposal, binding(findings), content_of, window, sliver_m2)
    fences = [(region_outline(), True)]
    fences += [(outline_of([area.outline]), True)] if area.outline is not None else []
    fences += [(outline_of(s.shapes), s.inside) for s in surroundings]
    radius = float("inf") if area.radius_m is None else area.radius_m
    return Search(proposal, site, on, sliver_m2, content_of, radius, screen, bounds, fences)


def _offset_bounds(footprint: BaseGeometry, area: SearchArea) -> tuple[float, float, float, float]:
    """West, south, east and north of the offsets that may be tried, metres in the plane."""
    west, south, east, north = shapely.bounds(footprint)
    outline = crs.to_plane(shapely.box(*REGION_BOUNDS) if area.outline is None else area.outline)
    least_x, least_y, most_x, most_y = shapely.bounds(outline)
    bounds = (least_x - west, least_y - south, most_x - east, most_y - north)
    if area.radius_m is None:
        return bounds
    radius = area.radius_m
    return max(bounds[0], -radius), max(bounds[1], -radius), min(bounds[2], radius), min(bounds[3], radius)
