"""Random sites and layers, asked the same question of PostGIS: planar, in EPSG:4549, with its own projection.

PostGIS and shapely both measure with GEOS, so that this finds faults of the engine around it, not of GEOS;
tests/known/test_exact.py has the exact answers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import psycopg
import pytest
import shapely
from pyproj import Geod
from shapely.geometry.base import BaseGeometry
from tiny_world import ON, R, features, proposal, rule

from geo import conflict, crs
from geo.types import Condition, FeatureSet, Finding, Outcome, Proposal, Use
from geo.uncertainty import DISC_QUARTER_SIDES, SLIVER_M2

pytestmark = pytest.mark.database

CONFLICT, CLEAR, UNCERTAIN = Outcome.CONFLICT, Outcome.CLEAR, Outcome.UNCERTAIN

#: %(site)s and %(layer)s are lon-lat; PostGIS projects them by itself.
DRAWN = """
WITH drawn AS (
    SELECT ST_Transform(ST_GeomFromWKB(%(site)s, 4326), 4549) AS site,
           ST_Transform(ST_GeomFromWKB(wkb, 4326), 4549) AS shape
    FROM unnest(%(layer)s::bytea[]) AS wkb
), world AS (
    SELECT site, ST_Union(shape) FILTER (WHERE ST_Dimension(shape) = 2) AS areas,
           ST_Union(shape) FILTER (WHERE ST_Dimension(shape) < 2) AS thin,
           min(ST_Distance(site, shape)) AS distance
    FROM drawn GROUP BY site
)
"""
DISTANCE = DRAWN + "SELECT distance FROM world"  # noqa: S608 - constants of this file
AREA = (
    DRAWN  # noqa: S608
    + "SELECT coalesce(ST_Area(ST_Intersection(site, areas)), 0), ST_Area(site) FROM world"
)
BOUNDS = (
    DRAWN
    + """
SELECT greatest(ST_Area(ST_Intersection(site, ST_Buffer(areas, -%(band)s, %(sides)s))),
                ST_Area(ST_Intersection(ST_Buffer(site, -%(band)s, %(sides)s), areas))),
       ST_Area(ST_Intersection(site, ST_Buffer(areas, %(band)s, %(sides)s))),
       ST_Area(site), distance,
       ST_Covers(areas, ST_Buffer(site, %(band)s + %(slack)s, %(sides)s)),
       ST_Covers(areas, ST_Buffer(site, %(band)s - %(slack)s, %(sides)s)),
       ST_Covers(ST_Buffer(areas, %(band)s + %(slack)s, %(sides)s), site),
       ST_Covers(ST_Buffer(areas, %(band)s - %(slack)s, %(sides)s), site)
FROM world"""
)


def star(random: np.random.Generator, centre: np.ndarray, size: float) -> BaseGeometry:
    """A valid polygon of uneven rays round a centre, at times with a hole."""
    count = int(random.integers(3, 12))
    angles = (np.arange(count) + random.uniform(-0.3, 0.3, count)) * 2 * np.pi / count
    rays = np.column_stack([np.cos(angles), np.sin(angles)])
    shell = centre + rays * random.uniform(0.4, 1.0, (count, 1)) * size
    holes = [centre + rays * 0.15 * size] if random.random() < 0.3 and count > 5 else []
    return shapely.Polygon(shell, holes)


def figure(random: np.random.Generator, dimension: int, span: float = 150.0) -> BaseGeometry:
    """A point, line or polygon, one in four of several parts, somewhere within a span of metres."""
    parts = [_part(random, dimension, random.uniform(-span, span, 2)) for _ in range(1 + 2 * (random.random() < 0.25))]
    return parts[0] if len(parts) == 1 else shapely.union_all(parts)


def _part(random: np.random.Generator, dimension: int, centre: np.ndarray) -> BaseGeometry:
    if dimension == 0:
        return shapely.Point(centre)
    if dimension == 1:
        return shapely.LineString(centre + random.uniform(-80, 80, (4, 2)))
    return star(random, centre, random.uniform(10, 90))


def world(seed: int, dimensions: tuple[int, ...]) -> tuple[BaseGeometry, list[BaseGeometry]]:
    """A site of the first dimension and up to five features of the others."""
    random = np.random.default_rng(seed)
    layer = [figure(random, int(random.choice(dimensions[1:]))) for _ in range(random.integers(1, 6))]
    return figure(random, dimensions[0], 60.0), layer


def asked(postgis: psycopg.Connection, sql: str, site: BaseGeometry, layer: FeatureSet, **more: Any) -> tuple[Any, ...]:
    """PostGIS's row for a lon-lat site and layer."""
    shapes = [shapely.to_wkb(shape) for shape in layer.geometries]
    row = postgis.execute(sql, {"site": shapely.to_wkb(site), "layer": shapes, **more}).fetchone()
    assert row is not None
    return row


def found(site: Proposal, condition: Condition, layer: FeatureSet) -> Finding:
    (finding,) = conflict.assess(site, [rule(condition)], {"layer": layer}.get, ON)
    assert finding.deciding is not None
    return finding


@pytest.mark.parametrize("dimension", [0, 1, 2])
def test_distances_agree_to_a_millimetre_and_outcomes_with_them(postgis: psycopg.Connection, dimension: int) -> None:
    """Near 120E a metre of the plane is one on the ground to 1e-7, so that the planar distance is the geodesic one."""
    outcomes = set()
    for seed in range(150):
        drawn_site, drawn = world(seed, (dimension, 0, 1, 2))
        site, layer = proposal(drawn_site, 9.0), features(drawn, 12.0, rigid=True)
        (planar,) = asked(postgis, DISTANCE, site.footprint, layer)
        for condition in (Condition(R.MIN_DISTANCE, "layer", distance_m=d) for d in (20.0, 60.0, 150.0)):
            finding = found(site, condition, layer)
            assert finding.deciding is not None
            assert finding.deciding.distance_m == pytest.approx(planar, abs=1e-3)
            limit = condition.distance_m or 0.0
            if min(abs(planar + 15 - limit), abs(planar - 15 - limit)) > 2e-3:
                expected = CONFLICT if planar + 15 < limit else CLEAR if planar - 15 >= limit else UNCERTAIN
                assert finding.outcome is expected, seed
                outcomes.add(expected)
                opposite = found(site, Condition(R.MAX_DISTANCE, "layer", distance_m=limit), layer).outcome
                assert opposite is {CONFLICT: CLEAR, CLEAR: CONFLICT, UNCERTAIN: UNCERTAIN}[expected], seed
    assert outcomes == {CONFLICT, CLEAR, UNCERTAIN}


@pytest.mark.parametrize("east", [0.0, 120_000.0])
def test_areas_agree_to_a_billionth(postgis: psycopg.Connection, east: float) -> None:
    compared = 0
    for seed in range(200):
        drawn_site, drawn = world(seed, (2, 2))
        drawn_site, *drawn = (shapely.transform(shape, lambda xy: xy + (east, 0.0)) for shape in (drawn_site, *drawn))
        site, layer = proposal(drawn_site), features(drawn)
        planar, whole = asked(postgis, AREA, site.footprint, layer)
        finding = found(site, Condition(R.NO_OVERLAP, "layer"), layer)
        assert finding.deciding is not None
        assert finding.deciding.overlap_m2 is not None
        low, high = finding.deciding.overlap_m2
        assert low == high
        assert low == pytest.approx(planar, rel=1e-9, abs=1e-6)
        if planar == 0.0 or planar > SLIVER_M2 + 1e-3:
            assert finding.outcome is (CLEAR if planar == 0.0 else CONFLICT), seed
        compared += planar > SLIVER_M2
        for share in (0.05, 0.3, 0.7):
            if abs(planar / whole - share) > 1e-8:
                outcome = found(site, Condition(R.MAX_OVERLAP_SHARE, "layer", share_max=share), layer).outcome
                assert outcome is (CONFLICT if planar / whole > share else CLEAR), seed
    assert compared > 80


def test_bounds_and_outcomes_within_a_band_agree(postgis: psycopg.Connection) -> None:
    """The same bounds by PostGIS's buffers. Both draw arcs with 256 sides; they differ by under 0.1 % of the band."""
    seen: dict[str, set[Outcome]] = {"no_overlap": set(), "inside": set(), "share": set()}
    for seed in range(250):
        drawn_site, drawn = world(seed, (2, 2))
        if seed % 5 == 0:
            drawn_site = shapely.Polygon(drawn_site.representative_point().buffer(9, quad_segs=3))
        site, layer = proposal(drawn_site, 3.0), features(drawn, 4.0, rigid=True)
        numbers = {"band": 5.0, "slack": 0.005, "sides": DISC_QUARTER_SIDES}
        low, high, whole, distance, *covering = asked(postgis, BOUNDS, site.footprint, layer, **numbers)
        finding = found(site, Condition(R.NO_OVERLAP, "layer"), layer)
        assert finding.deciding is not None
        slack = 0.01 * shapely.length(drawn_site)
        assert finding.deciding.overlap_m2 == pytest.approx((low, high), abs=slack)
        if abs(low - SLIVER_M2) > slack and abs(distance - 5.0) > 0.01:
            expected = CONFLICT if low > SLIVER_M2 else CLEAR if distance > 5.0 else UNCERTAIN
            assert finding.outcome is expected, seed
            seen["no_overlap"].add(expected)
        if abs(low / whole - 0.2) > slack / whole < abs(high / whole - 0.2):
            expected = CONFLICT if low / whole > 0.2 else CLEAR if high / whole <= 0.2 else UNCERTAIN
            assert found(site, Condition(R.MAX_OVERLAP_SHARE, "layer", share_max=0.2), layer).outcome is expected, seed
            seen["share"].add(expected)
        if covering[0] == covering[1] and covering[2] == covering[3]:
            expected = CLEAR if covering[0] else UNCERTAIN if covering[2] else CONFLICT
            assert found(site, Condition(R.INSIDE, "layer"), layer).outcome is expected, seed
            seen["inside"].add(expected)
    assert all(outcomes == {CONFLICT, CLEAR, UNCERTAIN} for outcomes in seen.values()), seen


@pytest.mark.parametrize("dimension", [0, 1])
def test_points_and_lines_that_meet_a_layer_agree(postgis: psycopg.Connection, dimension: int) -> None:
    outcomes = set()
    for seed in range(150):
        drawn_site, drawn = world(seed, (dimension, 0, 1, 2))
        site, layer = proposal(drawn_site), features(drawn)
        (planar,) = asked(postgis, DISTANCE, site.footprint, layer)
        if planar == 0.0 or planar > 1e-3:
            expected = CONFLICT if planar == 0.0 else CLEAR
            assert found(site, Condition(R.NO_OVERLAP, "layer"), layer).outcome is expected, seed
            outcomes.add(expected)
    assert outcomes == {CONFLICT, CLEAR}


def test_the_geodesic_step_agrees_with_postgis_over_the_whole_region(postgis: psycopg.Connection) -> None:
    """Point to point: the distance that the engine reports is ST_Distance of geographies, to 10 micrometres."""
    random = np.random.default_rng(4)
    ends = random.uniform((119.5, 35.4), (121.6, 37.1), (200, 2, 2))
    for start, end in ends:
        row = postgis.execute(
            "SELECT ST_Distance(ST_MakePoint(%s, %s)::geography, ST_MakePoint(%s, %s)::geography)", (*start, *end)
        ).fetchone()
        assert row is not None
        site = Proposal("p", "p", Use.FACTORY, shapely.Point(start), 0.0)
        layer = FeatureSet("layer", np.array([shapely.Point(end)], dtype=object), np.array(["a"]), np.zeros(1))
        finding = found(site, Condition(R.MIN_DISTANCE, "layer", distance_m=1.0), layer)
        assert finding.deciding is not None
        assert finding.deciding.distance_m == pytest.approx(row[0], abs=1e-5)


def test_the_plane_agrees_with_postgis_over_the_whole_region(postgis: psycopg.Connection) -> None:
    random = np.random.default_rng(5)
    for lonlat in random.uniform((119.3, 35.2), (121.8, 37.3), (100, 2)):
        row = postgis.execute(
            "SELECT ST_X(p), ST_Y(p) FROM ST_Transform(ST_SetSRID(ST_MakePoint(%s, %s), 4326), 4549) AS p",
            tuple(lonlat),
        ).fetchone()
        plane = shapely.get_coordinates(crs.to_plane(shapely.Point(lonlat)))[0]
        assert plane == pytest.approx(row, abs=1e-6)


def test_a_kilometre_far_from_the_meridian(postgis: psycopg.Connection) -> None:
    """At 121.6E the plane is longer than the ground by 0.02 %: what is reported must be the ground's."""
    site = shapely.Point(121.6, 36.5)
    longitude, latitude, _ = Geod(ellps="WGS84").fwd(121.6, 36.5, 90.0, 1000.0)
    layer = FeatureSet(
        "layer", np.array([shapely.Point(longitude, latitude)], dtype=object), np.array(["a"]), np.zeros(1)
    )
    (planar,) = asked(postgis, DISTANCE, site, layer)
    finding = found(
        Proposal("p", "p", Use.FACTORY, site, 0.0), Condition(R.MIN_DISTANCE, "layer", distance_m=1000.1), layer
    )
    assert finding.deciding is not None
    assert finding.deciding.distance_m == pytest.approx(1000.0, abs=1e-4)
    assert planar > 1000.15
    assert finding.outcome is CONFLICT, "the planar distance would have cleared it"
