"""How densely the firms of a sector lie, as bands of equal density that a map can draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from atlas.journeys.measure import MeasureRequest
from atlas.journeys.places import located, lonlat
from geo import crs
from geo.density import SHOWN_POINTS_MIN, kernel_density
from layers.errors import DataError

#: The standard deviation of the kernel, and the cells that it is counted in.
BANDWIDTH_M, CELL_M = 2000.0, 500.0
#: Bounds of the bands as parts of the highest density, each twice the one before: a density spans magnitudes.
BAND_SHARES = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2)
#: How far beyond the outermost firm the grid reaches, in bandwidths.
RIM = 3.0


@dataclass(frozen=True)
class Band:
    """An area (lon-lat) with at least ``low`` and less than ``high`` firms per km²; the highest has no ``high``."""

    low: float
    high: float | None
    outline: shapely.Geometry


def density_bands(request: MeasureRequest, code: str) -> tuple[Band, ...]:
    """Bands of the density of a sector's firms, those that possibly belong to it counted in.

    Where one or two firms lie near, nothing is drawn. Raises DataError ``nothing_to_draw``.
    """
    points = crs.to_plane(lonlat(request.table)[_firms(request, code)])
    least = request.rule.firms_min if request.rule else 1
    if len(points) < max(least, SHOWN_POINTS_MIN):
        raise DataError("nothing_to_draw")
    rim = RIM * BANDWIDTH_M
    low, high = points.min(axis=0) - rim, points.max(axis=0) + rim
    surface = kernel_density(points, BANDWIDTH_M, CELL_M, (*low.tolist(), *high.tolist()))
    values = surface.shown(least)
    top = float(np.nanmax(values)) if np.isfinite(values).any() else 0.0
    if top <= 0:
        raise DataError("nothing_to_draw")
    bounds = [float(f"{share * top:.1g}") for share in BAND_SHARES]
    edges = [*dict.fromkeys(bounds), None]
    return tuple(
        Band(start, end, outline)
        for start, end in zip(edges, edges[1:], strict=False)
        if start is not None and (outline := _band(values, surface.bounds, CELL_M, start, end)) is not None
    )


def _firms(request: MeasureRequest, code: str) -> NDArray[np.int64]:
    members = request.table.members
    firms = members.loc[members["code"] == code, "firm"].unique()
    return np.asarray(firms[located(request.table)[firms]], dtype=np.int64)


def _band(
    values: NDArray[np.float64], bounds: tuple[float, ...], cell_m: float, low: float, high: float | None
) -> shapely.Geometry | None:
    """The area between two densities, lon-lat."""
    from contourpy import FillType, contour_generator

    rows, columns = values.shape
    x = bounds[0] + (np.arange(columns) + 0.5) * cell_m
    y = bounds[3] - (np.arange(rows) + 0.5) * cell_m
    generator = contour_generator(x, y, np.ma.masked_invalid(values), fill_type=FillType.OuterOffset)
    filled: Any = generator.filled(low, np.inf if high is None else high)
    areas = [_polygon(ring, ends) for ring, ends in zip(*filled, strict=True)]
    area = shapely.make_valid(shapely.union_all([area for area in areas if not shapely.is_empty(area)]))
    if shapely.is_empty(area):
        return None
    return crs.from_plane(area)


def _polygon(points: NDArray[np.float64], ends: NDArray[np.integer]) -> shapely.Geometry:
    rings = [points[start:end] for start, end in zip(ends, ends[1:], strict=False)]
    return shapely.make_valid(shapely.Polygon(rings[0], rings[1:]))
