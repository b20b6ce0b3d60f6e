"""Copies for the screen: fewer vertices, nothing outside the view, short numbers. Never measured."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.types import REGION_BOUNDS

#: Decimal places of a degree on screen: 6 are 0.1 m.
DECIMALS = 6
METRES_PER_DEGREE = 111_320.0

Bounds = tuple[float, float, float, float]

_LATITUDE_SCALE = math.cos(math.radians((REGION_BOUNDS[1] + REGION_BOUNDS[3]) / 2.0))


def display_copy(geometries: NDArray[Any], tolerance_m: float, bounds: Bounds | None = None) -> NDArray[Any]:
    """Lon-lat geometries simplified to about a tolerance, clipped to bounds and rounded; same length and order.

    Polygons that tile a surface stay a tiling: their shared edges are simplified once (Visvalingam and Whyatt
    1993, on the edges of the coverage). What lies outside the bounds (west, south, east, north) becomes empty; None
    stays None. The vertices are rounded one by one, so that neighbours keep common ones.
    """
    shown = np.array(geometries, dtype=object)
    seen = ~shapely.is_missing(shown)
    if bounds is not None:
        outside = seen & ~shapely.intersects(shapely.box(*bounds), shown)
        shown[outside] = shapely.GeometryCollection()
        seen &= ~outside
    copy = _simplified(shown[seen], tolerance_m / METRES_PER_DEGREE) if tolerance_m > 0.0 else shown[seen]
    copy = copy if bounds is None else _clipped(copy, bounds)
    shown[seen] = shapely.transform(copy, lambda degrees: np.round(degrees, DECIMALS))
    return shown


def _simplified(geometries: NDArray[Any], tolerance_deg: float) -> NDArray[Any]:
    """Simplified where a degree of longitude is as long as one of latitude, so that the tolerance is round."""
    square = shapely.transform(geometries, lambda degrees: degrees * (_LATITUDE_SCALE, 1.0))
    if _is_coverage(square):
        simple = shapely.coverage_simplify(square, tolerance_deg)
    else:
        simple = shapely.simplify(square, tolerance_deg, preserve_topology=True)
    return shapely.transform(simple, lambda degrees: degrees / (_LATITUDE_SCALE, 1.0))


def _is_coverage(geometries: NDArray[Any]) -> bool:
    polygons = np.isin(shapely.get_type_id(geometries), (3, 6))  # Polygon, MultiPolygon
    return len(geometries) > 1 and bool(polygons.all()) and bool(shapely.coverage_is_valid(geometries))


def _clipped(geometries: NDArray[Any], bounds: Bounds) -> NDArray[Any]:
    window = shapely.box(*bounds)
    shapely.prepare(window)
    crossing = ~shapely.contains_properly(window, geometries)
    clipped = geometries.copy()
    clipped[crossing] = shapely.intersection(_valid(geometries[crossing]), window)
    return clipped


def _valid(geometries: NDArray[Any]) -> NDArray[Any]:
    """A copy for the screen may be mended: a figure that crosses itself cannot be clipped."""
    broken = ~shapely.is_valid(geometries)
    mended = geometries.copy()
    mended[broken] = shapely.make_valid(geometries[broken])
    return mended
