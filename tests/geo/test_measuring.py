"""Distances that are reported are the ground's, whichever way the plane is stretched."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import crs
from geo.measuring import distances, prepare_layer, prepare_site
from geo.types import FeatureSet


def layer(geometries: list[shapely.Geometry], accuracy_m: float = 0.0) -> FeatureSet:
    placed = np.array(geometries, dtype=object)
    return FeatureSet("layer", placed, np.arange(len(placed)).astype(object), np.full(len(placed), accuracy_m))


def test_two_capes_of_one_coast_thirty_kilometres_away() -> None:
    """At 121.6E the plane grows by 3.6e-6 with each km to the east, so that it draws 30 km to the east 3 m longer
    than 30 km to the west: a western cape at 30,001.5 m seems nearer there than an eastern one at 30,000 m."""
    geod = pyproj.Geod(ellps="WGS84")
    east = geod.fwd(121.6, 36.0, 90.0, 30_000.0)[:2]
    west = geod.fwd(121.6, 36.0, 270.0, 30_001.5)[:2]
    site, coast = shapely.Point(121.6, 36.0), shapely.MultiPoint([east, west])
    drawn = [shapely.distance(crs.to_plane(site), crs.to_plane(shapely.Point(cape))) for cape in (east, west)]
    assert drawn[1] < drawn[0]
    near = distances(prepare_site(site, 0.0), prepare_layer(layer([coast])), 30_000.0)
    assert near.distance_m[0] == pytest.approx(30_000.0, abs=1e-3)
    assert near.pairs[0, 1] == pytest.approx(np.array(east), abs=1e-8)


@settings(max_examples=40)
@given(seed=st.integers(0, 10**6), limit=st.floats(0, 60_000))
def test_nearest_first_and_complete_within_the_limit(seed: int, limit: float) -> None:
    random = np.random.default_rng(seed)
    points = random.uniform((119.3, 35.2), (121.8, 37.3), (60, 2))
    origin = random.uniform((119.3, 35.2), (121.8, 37.3))
    found = distances(
        prepare_site(shapely.Point(origin), 0.0), prepare_layer(layer(list(shapely.points(points)))), limit
    )
    true = crs.geodesic_distance_m(origin, points)
    assert (np.diff(found.distance_m) >= 0).all()
    assert found.index[0] == true.argmin()
    assert set(np.flatnonzero(true <= limit)) <= set(found.index)
    assert found.distance_m == pytest.approx(true[found.index], abs=1e-4)


def test_the_witness_joins_site_and_feature() -> None:
    site = prepare_site(shapely.box(120.0, 36.0, 120.01, 36.01), 0.0)
    feature = shapely.Point(120.02, 36.005)
    near = distances(site, prepare_layer(layer([feature, site.lonlat])), 5000.0)
    assert near.distance_m[0] == 0.0
    assert near.witness(0).geom_type == "Point"
    line = near.witness(1)
    assert shapely.distance(shapely.Point(line.coords[0]), site.lonlat) < 1e-9
    assert shapely.distance(shapely.Point(line.coords[1]), feature) < 1e-9
    assert near.distance_m[1] == pytest.approx(float(crs.geodesic_distance_m(*np.array(line.coords))), abs=1e-6)
