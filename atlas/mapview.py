"""The live map in Streamlit: layers come and go without reloading the frame, clicks and drawings come back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from streamlit_folium import st_folium

from atlas.drawing import CITY_BOUNDS, Basemap, MapLayer
from atlas.webmap import MAX_ZOOM, MIN_ZOOM, ViewReport, base_map, feature_group

Bounds = tuple[float, float, float, float]

#: The zoom that a drawing is taken to be made at when the browser did not say.
USUAL_ZOOM = 10


@dataclass(frozen=True)
class MapEvent:
    """What the reader did: the feature clicked as (layer id, feature id), or a drawing as GeoJSON with its zoom.

    Or what the reader sees: west, south, east, north in degrees.
    """

    clicked: tuple[str, str] | None = None
    drawing: dict[str, Any] | None = None
    zoom: float = USUAL_ZOOM
    view: Bounds | None = None


def show_map(
    layers: Sequence[MapLayer],
    *,
    key: str,
    language: str,
    focus: Sequence[float] | None = None,
    basemap: Basemap | None = None,
    draw: bool = False,
    height: int = 600,
    reports_view: bool = False,
) -> MapEvent:
    """Draw the layers in the order of their z and say what the reader did last.

    ``focus`` (west, south, east, north) moves the view when it changes; the frame itself is never loaded again. With
    ``reports_view`` the page runs again each time that the reader has moved the map, and is told what it shows.
    """
    view = _view(focus, height) if focus else {}
    shown = [feature_group(layer) for layer in sorted(layers, key=lambda layer: layer.z)]
    returned = st_folium(
        base_map(bounds=CITY_BOUNDS, language=language, basemap=basemap, draw=draw),
        key=key,
        height=height,
        use_container_width=True,
        feature_group_to_add=[*shown, *([ViewReport()] if reports_view else [])],
        returned_objects=["last_active_drawing"],
        **view,
    )
    return _event(returned)


def _view(bounds: Sequence[float], height: int) -> dict[str, Any]:
    """Centre and zoom that show the bounds in a map of a height, Web Mercator with tiles of 256 pixels."""
    west, south, east, north = bounds
    stretched = (north - south) / math.cos(math.radians((south + north) / 2))
    degrees_shown = max(east - west, stretched, 1e-6)
    zoom = math.floor(math.log2(360.0 * height / 256.0 / degrees_shown))
    return {"center": ((south + north) / 2, (west + east) / 2), "zoom": max(MIN_ZOOM, min(MAX_ZOOM, zoom))}


def _event(returned: dict[str, Any] | None) -> MapEvent:
    active = (returned or {}).get("last_active_drawing")
    if not isinstance(active, dict):
        return MapEvent()
    if "view" in active:
        return MapEvent(view=_bounds(active["view"]))
    if "layer" in active:
        return MapEvent(clicked=(str(active["layer"]).split(".")[0], str(active["id"])))
    zoom = (active.get("properties") or {}).get("zoom", USUAL_ZOOM)
    return MapEvent(drawing=active.get("geometry"), zoom=float(zoom))


def _bounds(given: Any) -> Bounds | None:
    """The four sides that the browser told, if they are some."""
    try:
        west, south, east, north = (float(side) for side in given)
    except (TypeError, ValueError):
        return None
    sides = (west, south, east, north)
    return sides if all(map(math.isfinite, sides)) and west < east and south < north else None
