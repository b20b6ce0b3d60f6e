"""The layers, rules and sites of the benchmark: made up from a seed over the real districts, never kept.

Twelve layers of 50 to 200,000 features, one of which holds a million vertices in five multipolygons. All are taken
as exact, so that a peer that knows no tolerance is asked the same question.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from atlas.workspace import embedded_catalogue
from geo.crs import from_plane, to_plane
from geo.types import Citation, Condition, Relation, Rule, Severity, Use
from layers.store import Store
from layers.types import Basis, Distribution, GeometryKind, Layer, LayerSpec, Provenance

SEED = 20261124
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Kind:
    """A generated layer: how many features of how many vertices and what size, and the distance its rule asks for."""

    id: str
    shape: str
    features: int
    vertices: int
    radius_m: float
    distance_m: float | None


KINDS = (
    Kind("ecological_red_line", "archipelago", 5, 200_000, 0.0, None),
    Kind("permanent_basic_farmland", "parcel", 200_000, 64, 75.0, None),
    Kind("water_source_zones", "blob", 50, 2_000, 2_500.0, None),
    Kind("nature_reserves", "blob", 60, 4_000, 3_000.0, None),
    Kind("coastal_control_zone", "blob", 120, 1_500, 1_200.0, None),
    Kind("heritage", "blob", 3_000, 24, 90.0, None),
    Kind("highways", "line", 30_000, 120, 10.0, 50.0),
    Kind("railways", "line", 300, 1_500, 15.0, 100.0),
    Kind("power_lines", "line", 3_000, 40, 150.0, 75.0),
    Kind("housing", "blob", 25_000, 32, 60.0, 100.0),
    Kind("hazardous_plants", "blob", 1_500, 60, 120.0, 500.0),
    Kind("public_buildings", "blob", 3_530, 12, 25.0, 200.0),
)


@lru_cache
def land_plane() -> shapely.Geometry:
    """The districts as one area of EPSG:4549."""
    frame = Store(embedded_catalogue()).layer("districts").frame
    return shapely.union_all(to_plane(frame.geometry.to_numpy()))


def points_on_land(count: int, random: np.random.Generator) -> Array:
    """Uniform points of the districts, EPSG:4549, (n, 2)."""
    west, south, east, north = shapely.bounds(land_plane())
    shapely.prepare(land_plane())
    found: list[Array] = []
    while sum(map(len, found)) < count:
        tried = np.column_stack([random.uniform(west, east, count), random.uniform(south, north, count)])
        found.append(tried[shapely.contains_xy(land_plane(), tried)])
    return np.concatenate(found)[:count]


def _rings(centres: Array, radius_m: Array, vertices: int, random: np.random.Generator) -> Array:
    """Star-shaped rings, (n, vertices + 1, 2): a circle with some low waves and a little noise, so never crossing."""
    angle = np.linspace(0.0, 2.0 * np.pi, vertices, endpoint=False)
    reach = np.ones((len(centres), vertices))
    for wave in (2, 3, 5, 9):
        size = random.uniform(0.0, 0.35 / wave, (len(centres), 1))
        reach += size * np.cos(wave * angle + random.uniform(0.0, 2.0 * np.pi, (len(centres), 1)))
    reach *= 1.0 + random.uniform(-0.5, 0.5, reach.shape) * min(0.05, 2.0 / vertices)
    reach *= np.reshape(radius_m, (-1, 1))
    rings = centres[:, None, :] + np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=2)
    return np.concatenate([rings, rings[:, :1]], axis=1)


def _blobs(kind: Kind, random: np.random.Generator) -> NDArray[np.object_]:
    radius = kind.radius_m * random.uniform(0.5, 1.5, kind.features)
    return shapely.polygons(_rings(points_on_land(kind.features, random), radius, kind.vertices, random))


def _parcels(kind: Kind, random: np.random.Generator) -> NDArray[np.object_]:
    """Parcels on a jittered lattice over the land, none touching another."""
    west, south, east, north = shapely.bounds(land_plane())
    step = np.sqrt(land_plane().area / kind.features) * 0.98
    x, y = np.meshgrid(np.arange(west, east, step), np.arange(south, north, step))
    lattice = np.column_stack([x.ravel(), y.ravel()])
    centres = random.permutation(lattice[shapely.contains_xy(land_plane(), lattice)])[: kind.features]
    centres = centres + random.uniform(-5.0, 5.0, centres.shape)
    return shapely.polygons(_rings(centres, np.full(len(centres), kind.radius_m), kind.vertices, random))


def _lines(kind: Kind, random: np.random.Generator) -> NDArray[np.object_]:
    """Walks of equal steps whose direction drifts; ``radius_m`` is the step."""
    start = points_on_land(kind.features, random)
    turn = random.normal(0.0, 0.06, (kind.features, kind.vertices - 1))
    heading = random.uniform(0.0, 2.0 * np.pi, (kind.features, 1)) + np.cumsum(turn, axis=1)
    steps = kind.radius_m * np.stack([np.cos(heading), np.sin(heading)], axis=2)
    path = np.concatenate([start[:, None, :], start[:, None, :] + np.cumsum(steps, axis=1)], axis=1)
    return shapely.linestrings(path)


def _archipelago(kind: Kind, random: np.random.Generator) -> NDArray[np.object_]:
    """Few multipolygons of many vertices each: forty large areas on a lattice, dealt out in turn."""
    west, south, east, north = shapely.bounds(land_plane())
    x, y = np.meshgrid(np.arange(west + 9e3, east, 18e3), np.arange(south + 9e3, north, 18e3))
    lattice = np.column_stack([x.ravel(), y.ravel()])
    centres = random.permutation(lattice[shapely.contains_xy(land_plane(), lattice)])[: 8 * kind.features]
    vertices = kind.vertices * kind.features // len(centres)
    parts = shapely.polygons(_rings(centres, random.uniform(3e3, 5e3, len(centres)), vertices, random))
    return np.array([shapely.multipolygons(parts[first :: kind.features]) for first in range(kind.features)])


SHAPES = {"blob": _blobs, "parcel": _parcels, "line": _lines, "archipelago": _archipelago}


def generated(kind: Kind) -> NDArray[np.object_]:
    """A layer's features in lon-lat; the same for the same seed."""
    random = np.random.default_rng([SEED, [known.id for known in KINDS].index(kind.id)])
    return from_plane(SHAPES[kind.shape](kind, random))


def layer_of(kind: Kind, geometry: NDArray[np.object_]) -> Layer:
    """A generated layer as the atlas holds one: exact, complete over the region."""
    sha256 = hashlib.sha256(repr((SEED, kind)).encode()).hexdigest()
    title = {"zh": kind.id, "en": kind.id}
    spec = LayerSpec(
        id=kind.id, title=title, theme="user", geometry=GeometryKind.MIXED, uri="", crs="EPSG:4326", publisher="",
        source="generated", licence="", attribution="generated", as_of="2026-01-01", sha256=sha256,
        basis=Basis.SYNTHETIC, distribution=Distribution.PUBLIC, accuracy_m=0.0,
    )  # fmt: skip
    frame = GeoDataFrame({"id": [f"{kind.id}-{row}" for row in range(len(geometry))]}, geometry=geometry, crs=4326)
    return Layer(spec, frame, Provenance(sha256=sha256))


def rule_of(kind: Kind) -> Rule:
    """The rule of a layer: do not touch it, or keep a distance from it."""
    relation = Relation.NO_OVERLAP if kind.distance_m is None else Relation.MIN_DISTANCE
    return Rule(
        id=f"B-{kind.id}",
        title={"zh": kind.id, "en": kind.id},
        applies_to=(Use.FACTORY,),
        requirement=Condition(relation, layer=kind.id, distance_m=kind.distance_m),
        severity=Severity.PROHIBIT,
        citation=Citation("benchmark", evidence="C", confidence="high"),
    )


def sites_lonlat(count: int, seed: int = 1) -> Array:
    """Uniform points of the districts, lon-lat, (n, 2)."""
    return from_plane(points_on_land(count, np.random.default_rng([SEED, 1000 + seed])))


def squares_around(lonlat: Array, side_m: float = 200.0) -> NDArray[np.object_]:
    """Squares around points, lon-lat."""
    x, y = to_plane(lonlat).T
    half = side_m / 2.0
    return from_plane(shapely.box(x - half, y - half, x + half, y + half))


def hard_sites(count: int) -> Array:
    """Lon-lat points on vertices and middles of edges, a hair and a millimetre beside them, at a rule's distance."""
    random = np.random.default_rng([SEED, 77])
    found = []
    for kind in KINDS:
        vertices = shapely.get_coordinates(to_plane(random.choice(generated(kind), 5)))
        middles = (vertices[1:] + vertices[:-1]) / 2.0
        base = random.permutation(np.concatenate([vertices, middles]))[: count // len(KINDS)]
        offset = random.choice([0.0, 1e-7, -1e-7, 1e-3, -1e-3, kind.distance_m or 0.0], (len(base), 1))
        found.append(base + offset * random.permuted(np.tile([1.0, 0.0], (len(base), 1)), axis=1))
    lonlat = from_plane(np.concatenate(found))
    return lonlat[shapely.contains_xy(shapely.box(119.4, 35.3, 121.7, 37.2), lonlat)]
