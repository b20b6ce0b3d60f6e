"""The place instead and the line that leads to it, ready for the map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shapely.geometry import shape

from atlas.drawing import MapLayer
from atlas.journeys.sitemap import collection, feature
from atlas.texts import text
from atlas.wording_alternatives import direction_words, way_words
from layers.types import Style

PLACE_STYLE = Style(
    fill="#00796b", fill_opacity=0.4, stroke="#004d40", stroke_width=2.5, radius=8, symbol="square", z=92
)
WAY_STYLE = Style(stroke="#00796b", stroke_width=3.0, dash="8 5", fill_opacity=0.0, z=93)
#: The surroundings that are shown with a line, as a share of its longer side, and the least of them in degrees.
MARGIN_SHARE, LEAST_MARGIN = 0.25, 0.01


def shown_place(entry: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The place that an explained proposal leads to, if any: the one that passes, else the best, if it is elsewhere."""
    alternative = entry.get("alternative") or {}
    place = alternative.get("place") or alternative.get("best")
    return place if place and place["distance_m"] > 0.0 else None


def alternative_layers(assessment: Mapping[str, Any] | None, language: str) -> list[MapLayer]:
    """Two layers for the proposals that were explained: places, and lines to them; none where there are none."""
    found = [(entry, shown_place(entry)) for entry in (assessment or {}).get("proposals", ())]
    places, ways = [], []
    for entry, place in found:
        if place is None:
            continue
        way = f"{way_words(place['distance_m'], language)} · {direction_words(place['azimuth_deg'], language)}"
        properties = {"id": entry["id"], "name": entry["name"], "way": way}
        places.append(feature(place["geometry"], properties))
        ways.append(feature(place["line"], properties))
    if not places:
        return []
    columns = tuple(
        (key, text(f"alternatives.{words}", language))
        for key, words in (("id", "site"), ("name", "site_name"), ("way", "way"))
    )
    shared: dict[str, Any] = {"columns": columns, "tooltip_column": "way", "clickable": False}
    titles = {name: text(f"alternatives.{name}", language) for name in ("on_map", "line_on_map")}
    return [
        MapLayer("alternative", titles["on_map"], collection(places), style=PLACE_STYLE, z=92, **shared),
        MapLayer("way", titles["line_on_map"], collection(ways), style=WAY_STYLE, z=93, geometry="line", **shared),
    ]


def bounds_of(entry: Mapping[str, Any]) -> tuple[float, float, float, float] | None:
    """What shows the site and the place it leads to; west, south, east, north."""
    place = shown_place(entry)
    if place is None:
        return None
    corners = [shape(geometry).bounds for geometry in (entry["geometry"], place["geometry"])]
    west, south = min(c[0] for c in corners), min(c[1] for c in corners)
    east, north = max(c[2] for c in corners), max(c[3] for c in corners)
    margin = max(MARGIN_SHARE * max(east - west, north - south), LEAST_MARGIN)
    return west - margin, south - margin, east + margin, north + margin
