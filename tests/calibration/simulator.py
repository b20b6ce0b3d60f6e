"""Draws true worlds with an error and asks the engine, which is only ever called as a whole.

Nothing here knows of bands. Site and layer are moved apart by normal shifts with the CE95 that they state, the site
by one, the layer by another: common to all its features, or one for each.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry
from worlds import POINT, World, ring

from geo.conflict import assess
from geo.types import (
    AllOf,
    AnyOf,
    Citation,
    Condition,
    FeatureSet,
    Grid,
    Outcome,
    Proposal,
    Relation,
    Requirement,
    Rule,
    Severity,
    Use,
)

ON = date(2026, 11, 1)
#: √(18² + 24²) = 30.
SITE_CE95_M, LAYER_CE95_M = 18.0, 24.0
#: The radius that holds 95 % of a normal shift: 1 - exp(-r²/2) = 0.95 at r = √(2 ln 20).
CE95_PER_SIGMA = math.sqrt(2.0 * math.log(20.0))
#: On the central meridian of EPSG:4549, where a metre of the plane is a metre.
EAST, NORTH = 500_000.0, 3_990_000.0
TO_LONLAT = Transformer.from_crs("EPSG:4549", "EPSG:4326", always_xy=True)


@dataclass(frozen=True)
class Errors:
    """What is true of the errors (CE95 in metres, whether features err separately) and what is stated of them."""

    site_m: float = SITE_CE95_M
    layer_m: float = LAYER_CE95_M
    separate: bool = False
    stated: bool = True
    stated_rigid: bool = False


USUAL = Errors()


@dataclass(frozen=True)
class Tally:
    """How often the engine said what, of how many drawings of a world."""

    complies: bool
    draws: int
    conflict: int
    clear: int

    @property
    def wrong(self) -> int:
        return self.conflict if self.complies else self.clear

    @property
    def wrong_share(self) -> float:
        return self.wrong / self.draws


def placed(metres: BaseGeometry) -> BaseGeometry:
    """Lon-lat of what is drawn in metres."""

    def move(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(TO_LONLAT.transform(xy[:, 0] + EAST, xy[:, 1] + NORTH))

    return shapely.transform(metres, move)


def shift(random: np.random.Generator, ce95_m: float) -> NDArray[np.float64]:
    """One isotropic normal shift, metres east and north."""
    return random.normal(0.0, ce95_m / CE95_PER_SIGMA, 2)


def rule(requirement: Requirement) -> Rule:
    """A prohibition that was read in a copy of its source."""
    cited = Citation("a document", evidence="V", confidence="high")
    return Rule("r", {"zh": "规则"}, (Use.FACTORY,), requirement, Severity.PROHIBIT, cited)


def drawn_site(world: World, random: np.random.Generator, errors: Errors = USUAL) -> Proposal:
    """The site as it might be drawn."""
    footprint = placed(translate(world.site, *shift(random, errors.site_m)))
    return Proposal("p", "p", Use.FACTORY, footprint, errors.site_m if errors.stated else 0.0)


def drawn_layer(world: World, random: np.random.Generator, errors: Errors = USUAL) -> FeatureSet | Grid:
    """The layer as it might be drawn."""
    common = shift(random, errors.layer_m)
    stated_m = errors.layer_m if errors.stated else 0.0
    if world.grid:
        return _drawn_grid(world, common, stated_m)
    shifts = [shift(random, errors.layer_m) if errors.separate else common for _ in world.layer]
    geometries = np.empty(len(world.layer), dtype=object)
    geometries[:] = [placed(translate(one, *by)) for one, by in zip(world.layer, shifts, strict=True)]
    ids = np.array([str(row) for row in range(len(geometries))], dtype=object)
    attributes = {} if world.values is None else {"value": np.array(world.values)}
    accuracy = np.full(len(ids), stated_m)
    return FeatureSet("layer", geometries, ids, accuracy, attributes, rigid=errors.stated_rigid)


def _drawn_grid(world: World, by: NDArray[np.float64], stated_m: float) -> Grid:
    assert world.values is not None
    side = math.isqrt(len(world.values))
    corners = shapely.bounds(shapely.union_all(list(world.layer))).reshape(2, 2) + by + (EAST, NORTH)
    east, north = TO_LONLAT.transform(*corners.T)
    values = np.array(world.values).reshape(side, side)
    return Grid("layer", values, (east[0], north[0], east[1], north[1]), "", stated_m)


def tally(world: World, draws: int, seed: int, errors: Errors = USUAL) -> Tally:
    """What the engine says of many drawings of one world."""
    complies = world.complies
    assert complies is not None, "a sliver neither complies nor violates"
    random = np.random.default_rng(seed)
    asked = [rule(world.condition)]
    said = []
    for _ in range(draws):
        site, layer = drawn_site(world, random, errors), drawn_layer(world, random, errors)
        (finding,) = assess(site, asked, {"layer": layer}.get, ON)
        said.append(finding.outcome)
    return Tally(complies, draws, said.count(Outcome.CONFLICT), said.count(Outcome.CLEAR))


def tally_combined(requirement: type[AllOf | AnyOf], parts: int, draws: int, seed: int) -> Tally:
    """A rule over several layers, each at its limit with an error of its own: all just comply, or none does."""
    complies = requirement is AllOf
    at_m = 100.5 if complies else 99.5
    worlds = [
        World(POINT, (point,), Condition(Relation.MIN_DISTANCE, str(row), distance_m=100.0))
        for row, point in enumerate(ring(parts, at_m))
    ]
    random = np.random.default_rng(seed)
    asked = [rule(requirement(tuple(world.condition for world in worlds)))]
    said = []
    for _ in range(draws):
        layers = {str(row): drawn_layer(world, random) for row, world in enumerate(worlds)}
        (finding,) = assess(drawn_site(worlds[0], random), asked, layers.get, ON)
        said.append(finding.outcome)
    return Tally(complies, draws, said.count(Outcome.CONFLICT), said.count(Outcome.CLEAR))
