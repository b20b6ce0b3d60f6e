"""Lon-lat places in the frames of others: what a user's file would say of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyproj
import shapely

from geo import gcj02
from geo.crs import CGCS2000, Frame


def in_frame(placed: Any, frame: Frame) -> Any:
    """The coordinates (n, 2) or geometry that a frame gives to lon-lat places."""
    if isinstance(placed, np.ndarray) and placed.dtype != object:
        return np.column_stack(_shown(frame, *placed.T))
    return shapely.transform(placed, lambda places: np.column_stack(_shown(frame, *places.T)))


def _shown(frame: Frame, lon: Any, lat: Any) -> Any:
    if frame.epsg is not None:
        return pyproj.Transformer.from_crs(CGCS2000, frame.epsg, always_xy=True).transform(lon, lat)
    shifted = gcj02.wgs84_to_gcj02(lon, lat)
    return shifted if frame.code == "gcj02" else gcj02.gcj02_to_bd09(*shifted)
