"""The plan's statements on the map: one shape a place however many clauses name it.

What the plan says will lie *somewhere within* a place is hatched and kept apart from what *is* the place.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from shapely.geometry import mapping

from atlas.drawing import MapLayer
from atlas.texts import text
from layers.style import WITHIN, designation_style, drawn_kind
from layers.types import GeometryKind, Layer

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

_COLUMNS = ("place", "kinds", "clauses", "quotes", "accuracy")


def _statements(rows: GeoDataFrame, language: str) -> dict[str, Any]:
    """What the clauses say of one place."""
    kinds = dict.fromkeys(text(f"kind.{kind}", language) for kind in rows["kind"])
    return {
        "id": str(rows["id"].iloc[0]),
        "place": str(rows["place"].iloc[0]),
        "kinds": "、".join(kinds) if language == "zh" else ", ".join(kinds),
        "clauses": "；".join(dict.fromkeys(rows["clause"])),
        "accuracy": text("layer.accuracy", language, metres=f"{rows['accuracy_m'].max():,g}"),
        "quotes": "\n".join(f"{row.clause} {row.quote}" for row in rows.head(8).itertuples()),
    }


def _collection(frame: GeoDataFrame, language: str) -> str:
    """One feature a place. A place that several names share (a new area and its district) keeps one shape a name."""
    features = [
        {"type": "Feature", "geometry": mapping(rows.geometry.iloc[0]), "properties": _statements(rows, language)}
        for _, rows in frame.groupby("place_key", sort=False)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


def designation_layers(layer: Layer, frame: GeoDataFrame, language: str, **shared: Any) -> list[MapLayer]:
    """Two layers: places that are designated as a whole, and places somewhere within which something will lie."""
    placed = frame[frame.geometry.notna()]
    columns = tuple((key, text(f"designations.{key}", language)) for key in _COLUMNS)
    found = []
    for within in (False, True):
        rows = placed[(placed["within"] == WITHIN) == within]
        if not len(rows):
            continue
        name = "within" if within else "whole"
        made = MapLayer(
            id=f"{layer.spec.id}.{name}",
            title=text(f"designations.{name}", language),
            geojson=_collection(rows, language),
            columns=columns,
            tooltip_column="place",
            style=designation_style(layer.spec.style, within),
            z=layer.spec.style.z + within,
            geometry=drawn_kind(rows.geom_type, GeometryKind.POLYGON.value),
            **shared,
        )
        found.append(made)
    return found
