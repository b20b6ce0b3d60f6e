"""The live map in Streamlit: layers come and go without reloading the frame, clicks and drawings come back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from streamlit_folium import st_folium

from atlas.drawing import Basemap, MapLayer
from atlas.webmap import base_map, feature_group

#: What the map shows at first: the city with its coast.
CITY_BOUNDS = (119.45, 35.45, 121.25, 37.2)

#: The zoom that a drawing is taken to be made at when the browser did not say.
USUAL_ZOOM = 10


@dataclass(frozen=True)
class MapEvent:
    """What the reader did: the feature clicked as (layer id, feature id), or a drawing as GeoJSON with its zoom."""

    clicked: tuple[str, str] | None = None
    drawing: dict[str, Any] | None = None
    zoom: float = USUAL_ZOOM


def show_map(
    layers: Sequence[MapLayer],
    *,
    key: str,
    language: str,
    bounds: Sequence[float] = CITY_BOUNDS,
    basemap: Basemap | None = None,
    draw: bool = False,
    height: int = 600,
) -> MapEvent:
    """Draw the layers in the order of their z and say what the reader did last."""
    returned = st_folium(
        base_map(bounds=bounds, language=language, basemap=basemap, draw=draw),
        key=key,
        height=height,
        use_container_width=True,
        feature_group_to_add=[feature_group(layer) for layer in sorted(layers, key=lambda layer: layer.z)],
        returned_objects=["last_active_drawing"],
    )
    return _event(returned)


def _event(returned: dict[str, Any] | None) -> MapEvent:
    active = (returned or {}).get("last_active_drawing")
    if not isinstance(active, dict):
        return MapEvent()
    if "layer" in active:
        return MapEvent(clicked=(str(active["layer"]), str(active["id"])))
    zoom = (active.get("properties") or {}).get("zoom", USUAL_ZOOM)
    return MapEvent(drawing=active.get("geometry"), zoom=float(zoom))
