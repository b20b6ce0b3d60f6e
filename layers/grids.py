"""A grid of any frame as an upright one in degrees, cut to the region."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from geo.crs import CGCS2000, LONLAT, Frame
from geo.types import REGION_BOUNDS
from layers.errors import DataError
from layers.formats.raster import RawGrid
from layers.formats.raw import Limits, Step

Bounds = tuple[float, float, float, float]
METRES_PER_DEGREE = 111_320.0
LIMITS = Limits()


def to_lonlat_grid(raw: RawGrid, frame: Frame) -> tuple[NDArray[np.float64], Bounds, float, tuple[Step, ...]]:
    """Values and bounds in degrees within the region, the metres that resampling adds to the accuracy, and the steps.

    A projected grid is resampled to its nearest cells, which moves a value by up to half a cell's diagonal.
    Raises DataError ``grid_frame`` for a shifted frame, ``outside_region`` for a grid elsewhere,
    ``raster_size`` for one that would be too large.
    """
    if frame.epsg is None:
        raise DataError("grid_frame", frame=frame.code)
    if frame.epsg in (LONLAT, CGCS2000):
        return *_cropped(raw.values, raw.bounds), 0.0, ()
    values, bounds = _resampled(raw, frame.epsg)
    values, bounds = _cropped(values, bounds)
    cell_m = (bounds[3] - bounds[1]) / values.shape[0] * METRES_PER_DEGREE
    added_m = cell_m / math.sqrt(2) + frame.added_accuracy_m
    return values, bounds, added_m, (Step("grid_resampled", {"frame": frame.code, "added_m": round(added_m, 1)}),)


def _resampled(raw: RawGrid, epsg: int) -> tuple[NDArray[np.float64], Bounds]:
    from rasterio.crs import CRS
    from rasterio.transform import array_bounds, from_bounds
    from rasterio.warp import Resampling, calculate_default_transform, reproject

    rows, columns = raw.values.shape
    there, here = CRS.from_epsg(epsg), CRS.from_epsg(LONLAT)
    transform, width, height = calculate_default_transform(there, here, columns, rows, *raw.bounds)
    if width * height > LIMITS.grid_cells:
        raise DataError("raster_size", cells=width * height, limit=LIMITS.grid_cells)
    values = np.full((height, width), np.nan)
    reproject(
        raw.values,
        values,
        src_transform=from_bounds(*raw.bounds, columns, rows),
        src_crs=there,
        dst_transform=transform,
        dst_crs=here,
        src_nodata=np.nan,
        dst_nodata=np.nan,
        resampling=Resampling.nearest,
    )
    west, south, east, north = array_bounds(height, width, transform)
    return values, (west, south, east, north)


def _cropped(values: NDArray[np.float64], bounds: Bounds) -> tuple[NDArray[np.float64], Bounds]:
    """Only the cells that touch the region."""
    west, south, east, north = bounds
    rows, columns = values.shape
    step_x, step_y = (east - west) / columns, (north - south) / rows
    left = max(math.floor((REGION_BOUNDS[0] - west) / step_x), 0)
    right = min(math.ceil((REGION_BOUNDS[2] - west) / step_x), columns)
    top = max(math.floor((north - REGION_BOUNDS[3]) / step_y), 0)
    bottom = min(math.ceil((north - REGION_BOUNDS[1]) / step_y), rows)
    if left >= right or top >= bottom:
        raise DataError("outside_region", hint="outside", fits="", bounds=bounds)
    inside = (west + left * step_x, north - bottom * step_y, west + right * step_x, north - top * step_y)
    return np.ascontiguousarray(values[top:bottom, left:right]), inside
