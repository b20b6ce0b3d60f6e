"""What every sheet of paper is made with: layers for print, their sources, the small map, how exact outlines are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from atlas.drawing import MapLayer
from atlas.journeys.explore import legend_of, source_line
from atlas.texts import text
from layers.features import accuracies
from layers.store import Store
from layers.types import Layer

if TYPE_CHECKING:
    from atlas.printmap import Overview, PrintLayer

Bounds = tuple[float, float, float, float]

#: What lies under sites and cells on the picture of a report.
GROUND = ("land", "districts", "mainland_coast", "islands")


def attributions(layers: Sequence[Layer]) -> list[str]:
    """The attributions that the licences of layers ask for, each once."""
    return list(dict.fromkeys(layer.spec.attribution for layer in layers))


def layer_sources(layers: Sequence[Layer], language: str) -> list[str]:
    """A line a layer, and the attributions that their licences ask for."""
    lines = [f"{layer.spec.titled(language)}: {source_line(layer.spec, language)}" for layer in layers]
    return [*lines, text("export.attributions", language, names="; ".join(attributions(layers)))]


def print_layer(layer: MapLayer) -> PrintLayer:
    """A layer of the screen for paper: the same shapes, the same style, the same legend."""
    from geopandas import GeoDataFrame

    from atlas.printmap import PrintLayer

    frame = GeoDataFrame.from_features(json.loads(layer.geojson)["features"], crs="EPSG:4326")
    return PrintLayer(
        id=layer.id,
        title=layer.title,
        frame=frame,
        style=layer.style,
        legend=tuple(legend_of([layer])),
        opacity=layer.opacity,
    )


def outline_accuracy_m(layers: Sequence[Layer], bounds: Bounds) -> float | None:
    """The worst CE95 of lines and areas within the bounds; None where none is known."""
    import numpy as np
    import shapely

    worst = 0.0
    for layer in layers:
        outlines = layer.frame.geometry.to_numpy()
        shown = (shapely.get_dimensions(outlines) > 0) & shapely.intersects(outlines, shapely.box(*bounds))
        worst = float(np.nan_to_num(accuracies(layer)[shown]).max(initial=worst))
    return worst or None


#: The districts in the crowded middle of the city, which a map of all of it shows too small: Shinan, Shibei, Licang.
CENTRAL_DISTRICTS = ("370202", "370203", "370213")


def overview(store: Store) -> Overview | None:
    """The districts for the small map of a sheet; none where a workspace has put others in their place."""
    from atlas.printmap import Overview

    districts = store.layer("districts").frame
    central = districts[districts["id"].astype(str).isin(CENTRAL_DISTRICTS)] if "id" in districts else districts[:0]
    if not len(central):
        return None
    west, south, east, north = (float(side) for side in central.total_bounds)
    return Overview(districts, (west, south, east, north))
