"""Take something away: an assessment in any format, a map as one file. What may not leave is refused or stamped here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from atlas.assessment import stated_time
from atlas.journeys.explore import LayerView, can_be_drawn, map_layers, source_line, stamps_of
from atlas.texts import text
from geo.types import REGION_BOUNDS
from layers.errors import DataError
from layers.store import Store
from layers.types import Layer

ASSESSMENT_FORMATS = {".json": "json", ".html": "html", ".pdf": "pdf", ".docx": "docx", ".xlsx": "xlsx", ".csv": "csv", ".gpkg": "gpkg"}  # fmt: skip
MAP_FORMATS = {".html": "html", ".png": "png", ".svg": "svg", ".pdf": "pdf"}

#: A site is shown with this much of its surroundings, as a share of the larger side of what is shown.
PICTURE_MARGIN = 0.35
#: The smallest side of a site's picture, in degrees (about 4 km).
PICTURE_SIDE = 0.04


def known_format(suffix: str, formats: Mapping[str, str] = ASSESSMENT_FORMATS) -> str:
    """The format that a file's suffix chooses."""
    if suffix.lower() not in formats:
        raise DataError("unknown_format", given=suffix, known=", ".join(formats))
    return formats[suffix.lower()]


@dataclass(frozen=True)
class MapRequest:
    """A map to be taken away."""

    layer_ids: tuple[str, ...]
    bounds: tuple[float, float, float, float] | None = None
    title: str = ""
    size: str = "A4"
    orientation: str = "landscape"
    language: str = "zh"
    approval_number: str = ""
    compiler: str = ""
    views: Mapping[str, LayerView] | None = None


def _drawable(request: MapRequest, store: Store) -> list[Layer]:
    """The layers that the request names; a name without a layer or a layer without a place is an error, not a gap."""
    layers = [store.layer(layer_id) for layer_id in request.layer_ids]
    undrawable = [layer.spec.id for layer in layers if not can_be_drawn(layer.spec)]
    if undrawable:
        raise DataError("layer_without_geometry", layers=", ".join(undrawable))
    if not layers:
        raise DataError("no_layer_chosen")
    return layers


def _attributions(layers: list[Layer]) -> list[str]:
    return list(dict.fromkeys(layer.spec.attribution for layer in layers))


def _sources(layers: list[Layer], language: str) -> list[str]:
    return [f"{layer.spec.titled(language)}: {source_line(layer.spec, language)}" for layer in layers]


def map_stamps(layers: list[Layer], request: MapRequest) -> list[str]:
    """Stamps of the layers, and the words about the approval of this export; a layer's own number is not the export's."""
    stamps = list(stamps_of([layer.spec for layer in layers], request.language))
    if not request.approval_number:
        stamps.append(text("stamp.not_approved", request.language))
    return stamps


def export_map(request: MapRequest, suffix: str, store: Store) -> bytes:
    """The map as the bytes of one file."""
    chosen = known_format(suffix, MAP_FORMATS)
    layers = _drawable(request, store)
    return _html_map(request, layers) if chosen == "html" else _printed_map(request, layers, chosen)


def _html_map(request: MapRequest, layers: list[Layer]) -> bytes:
    from atlas.webmap import html_export
    from layers.style import legend_rows

    views = request.views or {}
    return html_export(
        [drawn for layer in layers for drawn in map_layers(layer, request.language, views.get(layer.spec.id))],
        title=request.title or text("app.title", request.language),
        language=request.language,
        bounds=request.bounds or REGION_BOUNDS,
        notes=_sources(layers, request.language),
        stamps=map_stamps(layers, request),
        attributions=_attributions(layers),
        legend=[row for layer in layers for row in legend_rows(layer.spec, request.language)],
    )


def _printed_map(request: MapRequest, layers: list[Layer], chosen: str) -> bytes:
    from atlas.printmap import PrintLayer, print_map
    from layers.style import legend_rows

    drawn = [
        PrintLayer(
            id=layer.spec.id,
            title=layer.spec.titled(request.language),
            frame=layer.frame[layer.frame.geometry.notna()],
            style=layer.spec.style,
            legend=legend_rows(layer.spec, request.language),
        )
        for layer in layers
    ]
    return print_map(
        drawn,
        bounds=request.bounds or bounds_of(layers),
        title=request.title or text("app.title", request.language),
        size=request.size,
        orientation=request.orientation,
        language=request.language,
        fmt=chosen,
        sources=_sources(layers, request.language),
        compiler=request.compiler,
        date=stated_time()[:10],
        approval_number=request.approval_number or None,
        stamps=list(stamps_of([layer.spec for layer in layers], request.language)),
    )


def bounds_of(layers: list[Layer]) -> tuple[float, float, float, float]:
    """What the layers span inside the region; the districts alone when every layer spans all of it."""
    west, south, east, north = REGION_BOUNDS
    spans = [layer.frame.total_bounds for layer in layers if layer.spec.id != "land" and len(layer.frame)]
    spans = [span for span in spans if span[0] == span[0]]
    if not spans:
        return REGION_BOUNDS
    return (
        max(west, min(span[0] for span in spans)),
        max(south, min(span[1] for span in spans)),
        min(east, max(span[2] for span in spans)),
        min(north, max(span[3] for span in spans)),
    )


def export_assessment(assessment: Mapping[str, Any], suffix: str, language: str, store: Store | None = None) -> bytes:
    """The assessment as the bytes of one file; pages that a person reads carry a map of the site."""
    from atlas.report import render

    chosen = known_format(suffix)
    picture = site_picture(assessment, store, language) if store and chosen in ("html", "pdf", "docx") else None
    return render(dict(assessment), chosen, language, map_picture=picture)


def site_picture(assessment: Mapping[str, Any], store: Store, language: str) -> bytes | None:
    """A map of the assessed sites with their witness lines, as PNG; None where nothing could be assessed."""
    from atlas.journeys.sitemap import draw_sites

    return draw_sites(assessment, store, language) if assessment["proposals"] else None
