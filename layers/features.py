"""A layer as the engine sees it: its rows with a place, how well each is known, and where the layer is complete."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.types import FeatureSet
from layers.extent import extent_area
from layers.sources.files import as_of_or_none
from layers.types import Errors, Layer

METRES_PER_DEGREE_LATITUDE = 110_900.0
#: A degree of longitude at 37.3N, the northern edge of the region, where it is shortest.
METRES_PER_DEGREE_LONGITUDE = 88_400.0


def feature_set(layer: Layer, rows: NDArray[np.intp] | None = None) -> FeatureSet:
    """The rows of a layer that have a place (or those of them at ``rows``), lon-lat.

    CE95 is a feature's own where ``accuracy_column`` has one, else the layer's, else NaN: not known. A layer of rows
    none of which has a place is complete nowhere.
    """
    geometry = np.asarray(layer.frame.geometry.array, dtype=object)
    chosen = ~shapely.is_missing(geometry) & ~shapely.is_empty(geometry)
    covers = extent_area(layer.spec.covers, layer.covers)
    if len(geometry) and not chosen.any():
        covers = shapely.Polygon()
    if rows is not None:
        near = np.zeros(len(geometry), dtype=bool)
        near[rows] = True
        chosen &= near
    return FeatureSet(
        layer=layer.spec.id,
        geometries=geometry[chosen],
        ids=_ids(layer)[chosen],
        accuracy_m=accuracies(layer)[chosen],
        attributes=MappingProxyType({name: values[chosen] for name, values in _attributes(layer).items()}),
        covers=covers,
        bias_m=layer.spec.bias_m,
        as_of=as_of_or_none(layer.spec.as_of),
        rigid=layer.spec.errors is Errors.RIGID,
    )


def accuracies(layer: Layer) -> NDArray[np.float64]:
    """CE95 of every row in metres, NaN where nobody knows it."""
    import pandas as pd

    general = math.nan if layer.spec.accuracy_m is None else layer.spec.accuracy_m
    column = layer.spec.accuracy_column
    if not column or column not in layer.frame:
        return np.full(len(layer.frame), general)
    own = pd.to_numeric(layer.frame[column], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isnan(own), general, own)


def rows_near(layer: Layer, footprint: BaseGeometry, distance_m: float) -> NDArray[np.intp]:
    """Positions of rows whose box comes within a distance of the footprint's; more than needed, never fewer.

    The distance is widened by the accuracy of the layer's worst known feature and its bias.
    """
    known = accuracies(layer)
    reach_m = distance_m + layer.spec.bias_m + (float(np.nanmax(known)) if np.isfinite(known).any() else 0.0)
    west, south, east, north = footprint.bounds
    x, y = reach_m / METRES_PER_DEGREE_LONGITUDE, reach_m / METRES_PER_DEGREE_LATITUDE
    return np.sort(layer.frame.sindex.query(shapely.box(west - x, south - y, east + x, north + y)))


def _ids(layer: Layer) -> NDArray[np.object_]:
    column = layer.spec.id_column
    values: Any = layer.frame[column] if column in layer.frame else range(1, len(layer.frame) + 1)
    return np.array([str(value) for value in values], dtype=object)


def _attributes(layer: Layer) -> dict[str, NDArray[Any]]:
    names = [name for name in layer.frame.columns if name != layer.frame.geometry.name]
    return {str(name): layer.frame[name].to_numpy(dtype=object, na_value=None) for name in names}
