"""The numbers between a site and a layer: distances, overlaps, values; no limit is known here.

A layer is prepared once (plane copies and a tree) and may be kept by the caller for many sites.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo import crs, uncertainty
from geo.errors import GeometryError
from geo.matching import matches, zone_name
from geo.types import REGION_BOUNDS, FeatureSet, Grid

#: The plane is longer than the ground by up to 0.07 % within 60 km of the region; screens look this much farther.
SCREEN_RATIO = 1e-3
SCREEN_MARGIN_M = 1.0
#: Long edges of a lon-lat outline are cut to this before they are set in the plane, where they bend: by 2 cm then.
RIM_DEGREES = 0.01


@dataclass(frozen=True)
class Site:
    """A footprint that can be measured: lon-lat, EPSG:4549, and CE95 in metres.

    ``widening`` lengthens every band against features, where an answer must hold for many shifts at once.
    """

    lonlat: BaseGeometry
    plane: BaseGeometry
    accuracy_m: float
    widening: float = 1.0

    @cached_property
    def scale(self) -> float:
        """Plane metres to a metre on the ground, the largest value on the site."""
        west, _, east, _ = shapely.bounds(self.plane)
        return max(crs.plane_scale(west), crs.plane_scale(east)) * (1.0 + 1e-6)

    @property
    def dimension(self) -> int:
        """2 for an area, 1 for a line, 0 for points."""
        return int(shapely.get_dimensions(self.plane))


def prepare_site(footprint: BaseGeometry, accuracy_m: float) -> Site:
    """A site from a lon-lat footprint.

    Raises GeometryError for one that cannot be measured, or whose accuracy is no length
    (``accuracy_unknown``), RegionError outside the region.
    """
    crs.check_footprint(footprint)
    crs.check_in_region(footprint)
    if not (np.isfinite(accuracy_m) and accuracy_m >= 0.0):
        raise GeometryError("accuracy_unknown", accuracy_m=accuracy_m)
    return Site(shapely.force_2d(footprint), crs.footprint_in_plane(footprint), float(accuracy_m))


@dataclass(frozen=True)
class PreparedLayer:
    """A feature set ready to be measured against many sites: rows with a geometry, their plane copies and a tree."""

    source: FeatureSet
    plane: NDArray[np.object_]
    worst_accuracy_m: float = 0.0
    _picks: dict[str, tuple[PreparedLayer, PreparedLayer] | None] = field(
        default_factory=dict, repr=False, compare=False
    )

    def __len__(self) -> int:
        return len(self.plane)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Finds features by their plane place."""
        return shapely.STRtree(self.plane)

    @cached_property
    def dimensions(self) -> NDArray[np.int_]:
        """2 for each polygon, 1 for a line, 0 for a point."""
        return np.asarray(shapely.get_dimensions(self.plane))

    def bands(self, site: Site) -> NDArray[np.float64]:
        """The band between a site and each feature, metres on the ground."""
        return site.widening * uncertainty.band_m(site.accuracy_m, self.source.accuracy_m, self.source.bias_m)

    def widest_band(self, site: Site) -> float:
        """The band that a feature which was not seen might have: that of the layer's worst."""
        band = uncertainty.band_m(site.accuracy_m, self.worst_accuracy_m, self.source.bias_m)
        return site.widening * float(band)

    def picked(self, where: Mapping[str, Any]) -> tuple[PreparedLayer, PreparedLayer] | None:
        """The features that surely and that possibly match; None when the layer lacks a column that is asked for.

        Kept, for the same rule asks again for the next site.
        """
        key = repr(sorted(where.items()))
        if key not in self._picks:
            self._picks[key] = _pick(self, where)
        return self._picks[key]


def prepare_layer(features: FeatureSet) -> PreparedLayer:
    """A layer ready to be measured against; rows without a place are left out.

    Raises GeometryError ``feature_invalid`` as :func:`check_features` does.
    """
    known = placed(features)
    check_features(known)
    accuracy = np.asarray(features.accuracy_m, dtype=np.float64)
    return PreparedLayer(known, plane_copies(known.geometries), float(accuracy.max(initial=0.0)))


def plane_copies(geometries: NDArray[np.object_]) -> NDArray[np.object_]:
    """Valid lon-lat features in EPSG:4549."""
    plane = crs.to_plane(shapely.force_2d(geometries))
    bent = ~shapely.is_valid(plane)
    plane[bent] = shapely.make_valid(plane[bent])  # valid as drawn: only rounding made an edge touch
    return plane


def placed(features: FeatureSet) -> FeatureSet:
    """The rows with a place."""
    geometries = np.asarray(features.geometries, dtype=object)
    return rows_of(features, ~(shapely.is_missing(geometries) | shapely.is_empty(geometries)))


def check_features(features: FeatureSet) -> None:
    """Raises GeometryError ``feature_invalid`` (layer, ids) when a polygon crosses itself: how to repair it is for
    whoever reads the layer to decide and to record.
    """
    invalid = ~shapely.is_valid(features.geometries)
    if invalid.any():
        names = [str(name) for name in features.ids[invalid][:10]]
        raise GeometryError("feature_invalid", layer=features.layer, ids=names)


def rows_of(features: FeatureSet, mask: NDArray[np.bool_]) -> FeatureSet:
    """The features that a mask picks."""
    return replace(
        features,
        geometries=np.asarray(features.geometries, dtype=object)[mask],
        ids=np.asarray(features.ids)[mask],
        accuracy_m=np.asarray(features.accuracy_m, dtype=np.float64)[mask],
        attributes={name: np.asarray(values)[mask] for name, values in features.attributes.items()},
    )


def _pick(layer: PreparedLayer, where: Mapping[str, Any]) -> tuple[PreparedLayer, PreparedLayer] | None:
    masks = picks(layer.source, where)
    if masks is None:
        return None
    sure, possible = masks
    surely = _part(layer, sure)
    return surely, surely if (sure == possible).all() else _part(layer, possible)


def picks(features: FeatureSet, where: Mapping[str, Any]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]] | None:
    """Which features surely and which possibly match; None when a column that is asked for is lacking."""
    sure = possible = np.ones(len(features.ids), dtype=bool)
    if len(features.ids) == 0 or not where:
        return sure, possible
    if not set(where) <= set(features.attributes):
        return None
    for column, wanted in where.items():
        values = features.attributes[column]
        answers = [matches(zone_name(features.layer, column, value), wanted) for value in values]
        sure = sure & np.array([answer is True for answer in answers], dtype=bool)
        possible = possible & np.array([answer is not False for answer in answers], dtype=bool)
    return sure, possible


def _part(layer: PreparedLayer, mask: NDArray[np.bool_]) -> PreparedLayer:
    return (
        layer if mask.all() else PreparedLayer(rows_of(layer.source, mask), layer.plane[mask], layer.worst_accuracy_m)
    )


def is_covered(site: Site, covers: BaseGeometry | None, halo_m: float) -> bool:
    """Whether a layer is complete within a distance of the site; outside the region no layer is.

    ``covers`` is the lon-lat area in which it is, None the region.
    """
    if not np.isfinite(halo_m):
        return False
    cover = shapely.box(*REGION_BOUNDS) if covers is None else covers
    reach = halo_m * site.scale
    around = shapely.convex_hull(site.plane)
    if shapely.covers(cover, crs.from_plane(uncertainty.grow(around, reach) if reach > 0.0 else around)):
        return True
    if not shapely.covers(cover, site.lonlat):
        return False
    rim = crs.to_plane(shapely.boundary(shapely.segmentize(cover, RIM_DEGREES)))
    shapely.prepare(rim)
    return bool(shapely.distance(rim, site.plane) >= reach * uncertainty.DISC_MARGIN)


@dataclass(frozen=True)
class Distances:
    """Geodesic metres from a site to features, nearest first; ``pairs`` (n, 2, 2) holds the lon-lat points between.

    ``index`` says which feature of the layer each entry is.
    """

    index: NDArray[np.int_]
    distance_m: NDArray[np.float64]
    pairs: NDArray[np.float64]

    def witness(self, position: int) -> BaseGeometry:
        """The line that was measured, lon-lat; a point where site and feature meet."""
        pair = self.pairs[position]
        return shapely.Point(pair[0]) if (pair[0] == pair[1]).all() else shapely.LineString(pair)


def distances(site: Site, layer: PreparedLayer, limit_m: float) -> Distances:
    """Distances to all features within a limit and their band, and to the nearest wherever it is."""
    bands = layer.bands(site)
    index = _candidates(site, layer, limit_m + float(bands.max(initial=0.0)))
    if len(index) == 0:
        return Distances(index, np.empty(0), np.empty((0, 2, 2)))
    lines = shapely.shortest_line(site.plane, layer.plane[index])
    pairs = crs.from_plane(shapely.get_coordinates(lines)).reshape(-1, 2, 2)
    length = np.where(shapely.length(lines) == 0.0, 0.0, crs.geodesic_distance_m(pairs[:, 0], pairs[:, 1]))
    for row in np.flatnonzero(_worth_refining(length, bands[index], limit_m)):
        pairs[row] = crs.nearest_pair(site.plane, layer.plane[index[row]])
        length[row] = crs.geodesic_distance_m(pairs[row, 0], pairs[row, 1])
    order = np.lexsort((index, length))
    return Distances(index[order], length[order], pairs[order])


def separate_shifts(site: Site, layer: PreparedLayer, limit_m: float) -> int:
    """How many shifts, each on its own, may decide a question about features within a limit of a site.

    One where the layer errs as a whole or its features are exact. Otherwise one a feature that, though truly at the
    limit, could be drawn within it: farther than two bands beyond, that happens in 0.05⁴ of cases. Exact features
    share the site's own shift.
    """
    accuracy = layer.source.accuracy_m
    if layer.source.rigid or len(layer) < 2 or bool((accuracy == 0.0).all()):
        return 1
    index = _within(site, layer, limit_m + 2.0 * float(layer.bands(site).max()))
    exact = accuracy[index] == 0.0
    return max(int((~exact).sum()) + int(exact.any()), 1)


def _candidates(site: Site, layer: PreparedLayer, within_m: float) -> NDArray[np.int_]:
    """Features that may be within a distance or nearest."""
    if len(layer) == 0:
        return np.empty(0, dtype=int)
    nearest = layer.tree.query_nearest(site.plane, return_distance=True, all_matches=False)[1][0]
    return _within(site, layer, max(within_m, float(nearest)))


def _within(site: Site, layer: PreparedLayer, distance_m: float) -> NDArray[np.int_]:
    """Features that may be within a distance, by the plane and with a margin."""
    reach = min(distance_m, 1e9) * (1.0 + SCREEN_RATIO) + SCREEN_MARGIN_M
    return np.sort(layer.tree.query(site.plane, predicate="dwithin", distance=reach))


def _worth_refining(length: NDArray[np.float64], bands: NDArray[np.float64], limit_m: float) -> NDArray[np.bool_]:
    """Those that may be the nearest, or on either side of the limit: the others are known well enough."""
    slack = 2.0 * SCREEN_RATIO * length
    wanted = np.minimum(np.abs(length + bands - limit_m), np.abs(length - bands - limit_m)) <= slack
    for figure in (length, length + bands, length - bands):
        wanted |= figure <= figure.min() + slack
    return wanted & (length > crs.NEAR_M)


def overlap(site: Site, layer: PreparedLayer, index: NDArray[np.int_]) -> uncertainty.Overlap:
    """What a site shares with the polygons among some features, over every shift within their bands."""
    areal = index[layer.dimensions[index] == 2]
    return uncertainty.overlap(site.plane, layer.plane[areal], layer.bands(site)[areal] * site.scale)


def surely_meets(site: Site, layer: PreparedLayer, index: NDArray[np.int_]) -> bool:
    """Whether a site meets features under every shift, where it or they are points or lines: boundaries count."""
    bands = layer.bands(site) * site.scale
    groups = (index[layer.dimensions[index] == 2], index[layer.dimensions[index] < 2])
    shown = groups if site.dimension < 2 else groups[1:]
    return any(uncertainty.surely_meets(site.plane, layer.plane[rows], bands[rows]) for rows in shown)


def shared_patch(site: Site, layer: PreparedLayer, index: NDArray[np.int_]) -> BaseGeometry:
    """The part of a site that lies in polygons among some features, as drawn, lon-lat."""
    areal = index[layer.dimensions[index] == 2]
    return crs.from_plane(shapely.intersection(site.plane, shapely.union_all(layer.plane[areal])))


@dataclass(frozen=True)
class ValueRange:
    """Bounds of a layer's values on a site: over all it may touch, and over what it surely holds (NaN: nothing)."""

    least: float
    greatest: float
    sure_least: float
    sure_greatest: float
    complete: bool


def grid_values(site: Site, grid: Grid) -> ValueRange | None:
    """Values of the cells under a site, over every shift within the band; None where the grid does not reach."""
    band = float(uncertainty.band_m(site.accuracy_m, grid.accuracy_m)) * site.scale
    if not np.isfinite(band):
        return ValueRange(-np.inf, np.inf, np.nan, np.nan, complete=False)
    grown = crs.from_plane(uncertainty.grow(site.plane, band) if band > 0.0 else site.plane)
    if not shapely.covers(shapely.box(*grid.bounds), grown):
        return None
    cells, values = _cells(grid, grown)
    touched = values[shapely.intersects(cells, grown)]
    core = crs.from_plane(uncertainty.shrink(site.plane, band))
    held = values[shapely.intersects(cells, core)]
    error = grid.value_error or 0.0
    return _value_range(touched, held, error, complete=bool(np.isfinite(touched).all()))


def feature_values(site: Site, layer: PreparedLayer, column: str) -> ValueRange | None:
    """Values of a column over the features that a site may touch; None where none does."""
    bands = layer.bands(site)
    near = distances(site, layer, 0.0)
    index = near.index[near.distance_m <= bands[near.index]]
    if len(index) == 0:
        return None
    values = np.array([_number(value) for value in layer.source.attributes[column][index]])
    sure = np.array([surely_shares(site, layer, row) for row in index], dtype=bool)
    areal = index[layer.dimensions[index] == 2]
    filled = len(areal) == 0 or uncertainty.surely_inside(site.plane, layer.plane[areal], bands[areal] * site.scale)
    return _value_range(values, values[sure], 0.0, complete=bool(np.isfinite(values).all() and filled))


def surely_shares(site: Site, layer: PreparedLayer, row: int) -> bool:
    """Whether a site meets one feature under every shift within its band."""
    bands = layer.bands(site)[[row]] * site.scale
    return uncertainty.surely_meets(site.plane, layer.plane[[row]], bands)


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def _value_range(
    touched: NDArray[np.float64], held: NDArray[np.float64], error: float, *, complete: bool
) -> ValueRange:
    """Bounds with a value's error; where nothing is surely held, the whole of what may be touched bounds it."""
    known = touched[np.isfinite(touched)]
    sure = held[np.isfinite(held)]
    if len(known) == 0:
        return ValueRange(-np.inf, np.inf, np.nan, np.nan, complete=False)
    if len(sure) == 0 and complete:
        sure_least, sure_greatest = known.max(), known.min()
    else:
        sure_least, sure_greatest = (sure.min(), sure.max()) if len(sure) else (np.nan, np.nan)
    return ValueRange(
        float(known.min() - error),
        float(known.max() + error),
        float(sure_least + error),
        float(sure_greatest - error),
        complete,
    )


def _cells(grid: Grid, reach: BaseGeometry) -> tuple[NDArray[np.object_], NDArray[np.float64]]:
    """The cells of a grid in the window of a geometry as lon-lat boxes, with their values."""
    rows, columns = grid.values.shape
    west, south, east, north = grid.bounds
    width, height = (east - west) / columns, (north - south) / rows
    x_min, y_min, x_max, y_max = shapely.bounds(reach)
    first_column, last_column = _span((x_min - west) / width, (x_max - west) / width, columns)
    first_row, last_row = _span((north - y_max) / height, (north - y_min) / height, rows)
    column, row = np.meshgrid(np.arange(first_column, last_column), np.arange(first_row, last_row))
    left, top = west + column * width, north - row * height
    cells = shapely.box(left, top - height, left + width, top)
    return np.ravel(cells), np.ravel(grid.values[row, column])


def _span(low: float, high: float, count: int) -> tuple[int, int]:
    """The cells from one position to another, those that are only touched included."""
    return max(int(np.floor(low)) - 1, 0), min(int(np.floor(high)) + 2, count)
