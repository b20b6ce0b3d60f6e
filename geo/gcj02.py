"""The two shifted frames of Chinese web maps: where they put a point, and where it really is.

GCJ-02 and BD-09 were never published; the formulas are those that the community found by
observation, good to a metre or two. All functions take and give longitude and latitude in degrees,
scalars or arrays of one shape, and hold within China only.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Degrees = NDArray[np.float64]
Shift = Callable[[Degrees, Degrees], tuple[Degrees, Degrees]]

#: The ellipsoid of Krassowsky, on which the shift in metres becomes one in degrees.
SEMI_MAJOR_AXIS_M = 6378245.0
ECCENTRICITY_SQUARED = 0.00669342162296594323

#: The shifts change by less than 1 % of a step, so each turn gains two digits: ten pass every float.
INVERSE_TURNS = 10


def wgs84_to_gcj02(longitude: ArrayLike, latitude: ArrayLike) -> tuple[Degrees, Degrees]:
    """Where GCJ-02 draws a point of WGS 84."""
    lon, lat = _as_degrees(longitude, latitude)
    radians = np.radians(lat)
    flattening = 1 - ECCENTRICITY_SQUARED * np.sin(radians) ** 2
    meridian_radius = SEMI_MAJOR_AXIS_M * (1 - ECCENTRICITY_SQUARED) / flattening**1.5
    parallel_radius = SEMI_MAJOR_AXIS_M / np.sqrt(flattening) * np.cos(radians)
    east_m, north_m = _shift_m(lon - 105.0, lat - 35.0)
    return lon + np.degrees(east_m / parallel_radius), lat + np.degrees(north_m / meridian_radius)


def gcj02_to_wgs84(longitude: ArrayLike, latitude: ArrayLike) -> tuple[Degrees, Degrees]:
    """Where a point of GCJ-02 is in WGS 84; undoes :func:`wgs84_to_gcj02` to better than 1 mm."""
    return _undo(wgs84_to_gcj02, *_as_degrees(longitude, latitude))


def gcj02_to_bd09(longitude: ArrayLike, latitude: ArrayLike) -> tuple[Degrees, Degrees]:
    """Where BD-09 draws a point of GCJ-02."""
    lon, lat = _as_degrees(longitude, latitude)
    wave = np.pi * 3000.0 / 180.0
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * wave)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * wave)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def bd09_to_gcj02(longitude: ArrayLike, latitude: ArrayLike) -> tuple[Degrees, Degrees]:
    """Where a point of BD-09 is in GCJ-02; undoes :func:`gcj02_to_bd09` to better than 1 mm."""
    return _undo(gcj02_to_bd09, *_as_degrees(longitude, latitude))


def _as_degrees(longitude: ArrayLike, latitude: ArrayLike) -> tuple[Degrees, Degrees]:
    return np.asarray(longitude, dtype=np.float64), np.asarray(latitude, dtype=np.float64)


def _shift_m(x: Degrees, y: Degrees) -> tuple[Degrees, Degrees]:
    """Metres by which GCJ-02 moves a point east and north; x, y in degrees from 105E 35N."""
    ripple = 20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)
    root = np.sqrt(np.abs(x))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east = east + (ripple + _waves(x, (20.0, 40.0, 150.0, 300.0))) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north = north + (ripple + _waves(y, (20.0, 40.0, 160.0, 320.0))) * 2.0 / 3.0
    return east, north


def _waves(angle: Degrees, amplitudes: tuple[float, float, float, float]) -> Degrees:
    """Sine waves of periods 2, 6, 24 and 60 degrees."""
    periods = zip(amplitudes, (1.0, 3.0, 12.0, 30.0), strict=True)
    return np.sum([height * np.sin(np.pi * angle / divisor) for height, divisor in periods], axis=0)


def _undo(shift: Shift, lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """The point that ``shift`` moves to a place, by fixed-point iteration."""
    true_lon, true_lat = lon, lat
    for _ in range(INVERSE_TURNS):
        shifted_lon, shifted_lat = shift(true_lon, true_lat)
        true_lon, true_lat = true_lon + (lon - shifted_lon), true_lat + (lat - shifted_lat)
    return true_lon, true_lat
