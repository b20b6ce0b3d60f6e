"""A screening as one file: its map on a page or on paper, its cells as a table or for a GIS."""

from __future__ import annotations

import json

from shapely.geometry import shape

from atlas.journeys.explore import map_layers, source_line, stamps_of
from atlas.journeys.screening import Screening, screening_layer
from atlas.journeys.sheet_parts import GROUND, overview, print_layer
from atlas.report.screening import notes_of, render_cells
from atlas.texts import text
from layers.store import Store

MAP_FORMATS = ("pdf", "png", "svg")
TABLE_FORMATS = ("csv", "gpkg")
#: The map shows this much around the cells, as a share of the larger side.
MARGIN_SHARE = 0.05


def export_screening(screening: Screening, fmt: str, store: Store, language: str, size: str = "A4") -> bytes:
    """The file of a screening in one of the formats."""
    if fmt in TABLE_FORMATS:
        return render_cells(screening.document, screening.geojson, fmt, language)
    return _sheet(screening, fmt, store, language, size)


def _sheet(screening: Screening, fmt: str, store: Store, language: str, size: str) -> bytes:
    from atlas.printmap import MapSheet, print_map

    document = screening.document
    ground = [store.layer(layer) for layer in GROUND]
    specs = [layer.spec for layer in ground]
    drawn = [shown for layer in ground for shown in map_layers(layer, language)]
    drawn.append(screening_layer(screening, language))
    title = text(
        "screening.map_title",
        language,
        name=document["within"][f"name_{language}"],
        use=text(f"use.{document['use']}", language),
    )
    sheet = MapSheet(
        [print_layer(layer) for layer in sorted(drawn, key=lambda layer: layer.z)],
        bounds=_bounds(screening),
        title=title,
        size=size,
        language=language,
        sources=[*notes_of(document, language), *(source_line(spec, language) for spec in specs)],
        date=str(document["computed_at"])[:10],
        stamps=tuple(dict.fromkeys([*document["stamps"][language], *stamps_of(specs, language)])),
        overview=overview(store),
    )
    return print_map(sheet, fmt)


def _bounds(screening: Screening) -> tuple[float, float, float, float]:
    """The cells with a margin."""
    corners = [shape(one["geometry"]).bounds for one in json.loads(screening.geojson)["features"]]
    west, south = min(c[0] for c in corners), min(c[1] for c in corners)
    east, north = max(c[2] for c in corners), max(c[3] for c in corners)
    margin = MARGIN_SHARE * max(east - west, north - south)
    return west - margin, south - margin, east + margin, north + margin
