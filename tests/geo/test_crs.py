"""Frames: what is taken, what is refused and with which hint, and that nothing is lost there and back."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo import crs
from geo.errors import FrameError, GeometryError, RegionError
from geo.types import REGION_BOUNDS
from layers.catalogue import load_catalogue
from layers.sources.files import read_layer
from tests.frames import in_frame

WEST, SOUTH, EAST, NORTH = REGION_BOUNDS
PLACES = st.tuples(st.floats(WEST, EAST), st.floats(SOUTH, NORTH))
CITY = shapely.Point(120.3826, 36.0671)
with np.errstate(invalid="ignore"):
    BROKEN_LINE = shapely.LineString([(120, 36), (float("nan"), 36)])


@pytest.mark.parametrize("code", ["gcj02", "bd09", "4326", "4490", "4549", "4528", "4550", "32651", "3857"])
@given(place=PLACES)
def test_there_and_back_is_a_millimetre_at_most(code: str, place: tuple[float, float]) -> None:
    frame = crs.parse_frame(code)
    lonlat = np.array([place])
    returned = crs.to_lonlat(in_frame(lonlat, frame), frame)
    assert crs.geodesic_distance_m(lonlat, returned)[0] < 1e-3


def test_a_million_points_are_not_looped_over() -> None:
    lonlat = np.random.default_rng(0).uniform((WEST, SOUTH), (EAST, NORTH), (100_000, 2))
    shifted = in_frame(lonlat, crs.BD09)
    assert crs.geodesic_distance_m(crs.to_lonlat(shifted, crs.BD09), lonlat).max() < 1e-3


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("EPSG:4549", "EPSG:4549"),
        (" epsg:4528 ", "EPSG:4528"),
        ("4490", "EPSG:4490"),
        ("CGCS2000", "EPSG:4490"),
        ("WGS 84", "EPSG:4326"),
        ("WGS-84", "EPSG:4326"),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326"),
        ("urn:ogc:def:crs:EPSG::4550", "EPSG:4550"),
        ("GCJ-02", "gcj02"),
        ("bd09", "bd09"),
        (pyproj.CRS.from_epsg(4528).to_wkt("WKT1_ESRI"), "EPSG:4528"),
    ],
)
def test_names_that_are_taken(text: str, code: str) -> None:
    assert crs.parse_frame(text).code == code


@pytest.mark.parametrize("text", ["", "  ", None])
def test_a_frame_that_is_not_stated_is_asked_for(text: str | None) -> None:
    with pytest.raises(FrameError) as caught:
        crs.parse_frame(text)
    assert caught.value.code == "frame_unstated"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("beijing", "unreadable"),
        ("EPSG:999999", "unreadable"),
        ("+proj=longlat +nadgrids=/etc/passwd", "unreadable"),
        ("4019", "datum"),  # an ellipsoid without a datum
        ("5733", "kind"),  # heights
        ("4978", "kind"),  # geocentric
        ("4610", "no_transformation"),  # Xian 1980: parameters are not public
    ],
)
def test_frames_that_cannot_be_measured_in(text: str, reason: str) -> None:
    with pytest.raises(FrameError) as caught:
        crs.parse_frame(text)
    assert caught.value.code == "frame_unknown"
    assert caught.value.values["reason"] == reason


def test_what_undoing_a_frame_costs_in_accuracy() -> None:
    assert crs.parse_frame("4549").added_accuracy_m == 0.0
    assert crs.parse_frame("gcj02").added_accuracy_m == 2.0
    assert crs.parse_frame("2437").added_accuracy_m >= 10.0  # Beijing 1954


def test_geometries_keep_their_kind_and_lose_their_height() -> None:
    line = shapely.LineString([(120, 36, 5), (120.1, 36.1, 6)])
    mapped = crs.from_plane(crs.to_plane(line))
    assert not shapely.has_z(mapped)
    assert shapely.equals_exact(mapped, shapely.force_2d(line), tolerance=1e-9)
    array = np.array([line, None], dtype=object)
    assert crs.to_plane(array)[1] is None


def test_area_on_the_plane_and_on_the_ground() -> None:
    square = crs.from_plane(shapely.box(500_000, 3_990_000, 501_000, 3_991_000))
    assert crs.plane_area_m2(square) == pytest.approx(1e6, rel=1e-9)
    assert crs.geodesic_area_m2(square) == pytest.approx(1e6, rel=1e-6)
    assert crs.geodesic_area_m2(square.reverse()) == pytest.approx(1e6, rel=1e-6)


@pytest.mark.parametrize("easting", [420_000.0, 500_000.0, 560_000.0, 680_000.0])
def test_the_scale_of_the_plane_is_that_of_the_projection(easting: float) -> None:
    lon, lat = crs.from_plane(np.array([[easting, 4_000_000.0]]))[0]
    factors = pyproj.Proj(crs.PLANE).get_factors(lon, lat)
    assert crs.plane_scale(easting) == pytest.approx(factors.meridional_scale, abs=2e-7)


@given(a=PLACES, b=PLACES)
def test_the_nearest_pair_of_two_points_is_the_points_themselves(a: tuple, b: tuple) -> None:
    pair = crs.nearest_pair(crs.to_plane(shapely.Point(a)), crs.to_plane(shapely.Point(b)))
    assert crs.geodesic_distance_m(pair, np.array([a, b])).max() < 1e-3


def test_a_far_line_is_measured_to_its_nearest_place() -> None:
    site = shapely.Point(121.6, 36.0)
    line = shapely.segmentize(shapely.LineString([(121.2, 35.9), (121.5, 36.4)]), 0.001)
    pair = crs.nearest_pair(crs.to_plane(site), crs.to_plane(line))
    fine = shapely.line_interpolate_point(line, np.linspace(0, 1, 200_001), normalized=True)
    every = crs.geodesic_distance_m(np.array([121.6, 36.0]), shapely.get_coordinates(fine))
    assert crs.geodesic_distance_m(pair[0], pair[1]) == pytest.approx(every.min(), abs=2e-3)


@pytest.mark.parametrize(
    ("stated", "code", "hint"),
    [
        (shapely.Point(36.0671, 120.3826), "4326", "axes_swapped"),
        (shapely.Point(3993055, 534467), "4549", "axes_swapped"),
        (shapely.Point(534467, 3993055), "4326", "metres_declared_as_degrees"),
        (shapely.Point(40534467, 3993055), "4490", "metres_declared_as_degrees"),
        (CITY, "4549", "degrees_declared_as_metres"),
        (shapely.Point(40534467, 3993055), "4549", "other_zone"),
        (shapely.Point(534467, 3993055), "4528", "other_zone"),
        (shapely.Point(0, 0), "4326", "outside"),
        (shapely.Point(116.4, 39.9), "gcj02", "outside"),
        (shapely.box(121, 36, 122, 36.5), "4326", "crosses_edge"),
        (shapely.box(100, 20, 140, 50), "4326", "crosses_edge"),
    ],
)
def test_outside_the_region_is_refused_with_a_hint(stated: shapely.Geometry, code: str, hint: str) -> None:
    frame = crs.parse_frame(code)
    with pytest.raises(RegionError) as caught:
        crs.check_in_region(crs.to_lonlat(stated, frame), stated, frame)
    assert caught.value.values["hint"] == hint


def test_inside_the_region_passes() -> None:
    crs.check_in_region(CITY)
    crs.check_in_region(shapely.box(*REGION_BOUNDS))


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        (None, "geometry_missing"),
        (shapely.Point(), "geometry_empty"),
        (shapely.Point(float("nan"), 36), "geometry_not_finite"),
        (BROKEN_LINE, "geometry_not_finite"),
        (shapely.Point(float("inf"), 36), "geometry_not_finite"),
        (shapely.GeometryCollection([CITY]), "geometry_kind"),
        (shapely.Polygon([(120, 36), (120.1, 36.1), (120.1, 36), (120, 36.1)]), "geometry_self_crossing"),
        (shapely.LineString([(120, 36), (120, 36)]), "geometry_invalid"),
    ],
)
def test_footprints_that_cannot_be_measured(geometry: shapely.Geometry | None, code: str) -> None:
    with pytest.raises(GeometryError) as caught:
        crs.check_footprint(geometry)
    assert caught.value.code == code


def test_a_bow_tie_says_where_it_crosses() -> None:
    with pytest.raises(GeometryError) as caught:
        crs.check_footprint(shapely.Polygon([(120, 36), (120.1, 36.1), (120.1, 36), (120, 36.1)]))
    assert caught.value.values["where"] == pytest.approx((120.05, 36.05))


DISTRICTS = read_layer(load_catalogue()["districts"]).frame.geometry.to_numpy()


def drawn_by_another(outline: shapely.Geometry, step_m: float, error_m: float, seed: int) -> shapely.Geometry:
    """The same district from another source: a vertex a step, each off by a normal error an axis."""
    ring = max(shapely.get_parts(crs.to_plane(outline)), key=shapely.area).exterior
    along = np.arange(0.0, ring.length, step_m)
    vertices = shapely.get_coordinates(shapely.line_interpolate_point(ring, along))
    return crs.from_plane(shapely.Polygon(vertices + np.random.default_rng(seed).normal(0, error_m, vertices.shape)))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("step_m", "error_m"), [(500.0, 0.0), (800.0, 150.0), (1_500.0, 327.0)])
def test_outlines_in_gcj02_are_noticed_and_true_or_rough_ones_are_not(step_m: float, error_m: float, seed: int) -> None:
    """327 m an axis is the CE95 of 800 m that the embedded districts state."""
    others = np.array([drawn_by_another(one, step_m, error_m, seed) for one in DISTRICTS], dtype=object)
    shifted = np.array([in_frame(one, crs.GCJ02) for one in others], dtype=object)
    assert crs.looks_like_gcj02(shifted, DISTRICTS)
    assert not crs.looks_like_gcj02(others, DISTRICTS)
    assert not crs.looks_like_gcj02(crs.to_lonlat(others, crs.GCJ02), DISTRICTS)
    assert not crs.looks_like_gcj02(shifted[:2], DISTRICTS[:2]), "two outlines are too few to tell"
