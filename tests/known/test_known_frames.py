"""Frames against answers that need no projection library; derivations in README.md."""

from __future__ import annotations

import math

import numpy as np
import pytest

from geo import crs
from tests.frames import in_frame

CITY = np.array([[120.3826, 36.0671]])
SEMI_MAJOR_AXIS_M = 6378137.0
FLATTENING = 1 / 298.257222101


def meridian_length_m(latitude_deg: float) -> float:
    """Gauss's quadrature with 40 nodes: the integrand is smooth, so that every digit of a float is right."""
    squared = FLATTENING * (2 - FLATTENING)
    nodes, weights = np.polynomial.legendre.leggauss(40)
    half = math.radians(latitude_deg) / 2
    arc = half * float(weights @ (1 - squared * np.sin(half * (nodes + 1)) ** 2) ** -1.5)
    return SEMI_MAJOR_AXIS_M * (1 - squared) * arc


def test_the_city_point_in_both_notations_of_the_zone() -> None:
    assert crs.to_plane(CITY) == pytest.approx(np.array([[534467.459, 3993055.813]]), abs=5e-4)
    zone_40 = np.array([[40534467.459, 3993055.813]])
    assert in_frame(CITY, crs.parse_frame("EPSG:4528")) == pytest.approx(zone_40, abs=5e-4)
    assert crs.to_lonlat(zone_40, crs.parse_frame("4528")) == pytest.approx(CITY, abs=1e-8)


@pytest.mark.parametrize("latitude", [35.3, 36.0, 36.0671, 37.2])
def test_on_the_central_meridian_north_is_the_length_of_the_meridian(latitude: float) -> None:
    plane = crs.to_plane(np.array([[120.0, latitude]]))[0]
    assert plane == pytest.approx([500_000.0, meridian_length_m(latitude)], abs=1e-5)


def test_the_neighbouring_zone_has_its_meridian_at_123() -> None:
    east = in_frame(np.array([[123.0, 36.0]]), crs.parse_frame("4550"))[0]
    assert east == pytest.approx([500_000.0, meridian_length_m(36.0)], abs=1e-5)


def test_a_degree_of_the_equator_and_a_degree_of_the_meridian() -> None:
    equator = crs.geodesic_distance_m(np.array([120.0, 0.0]), np.array([121.0, 0.0]))
    assert equator == pytest.approx(math.pi * SEMI_MAJOR_AXIS_M / 180, abs=1e-6)
    meridian = crs.geodesic_distance_m(np.array([120.0, 36.0]), np.array([120.0, 37.0]))
    assert meridian == pytest.approx(meridian_length_m(37) - meridian_length_m(36), abs=1e-3)


def test_gcj02_moves_the_city_463_metres_to_the_east() -> None:
    shifted = in_frame(CITY, crs.GCJ02)
    assert crs.geodesic_distance_m(CITY, shifted)[0] == pytest.approx(463, abs=0.5)
    assert crs.geodesic_azimuth_deg(CITY, shifted)[0] == pytest.approx(86, abs=0.5)


@pytest.mark.parametrize(("lon", "lat", "metres"), [(120.033, 36.264, 479), (120.518, 36.889, 436)])
def test_gcj02_in_jiaozhou_and_laixi(lon: float, lat: float, metres: float) -> None:
    """Published to the metre without the place; within the town the shift varies by a percent or two."""
    place = np.array([[lon, lat]])
    assert crs.geodesic_distance_m(place, in_frame(place, crs.GCJ02))[0] == pytest.approx(metres, rel=0.02)
