"""Take something away: an assessment in any format, a map as one file; what may not leave is refused or stamped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from atlas.assessment import stated_time
from atlas.drawing import CITY_BOUNDS
from atlas.journeys.explore import LayerView, can_be_drawn, legend_of, map_layers, stamps_of
from atlas.journeys.sheet_parts import attributions, layer_sources, outline_accuracy_m, overview, print_layer
from atlas.texts import languages, text
from geo.types import REGION_BOUNDS
from layers.errors import DataError
from layers.plan import load_plan
from layers.store import Store
from layers.types import Layer

if TYPE_CHECKING:
    from atlas.printmap import MapSheet
    from atlas.webmap import Edition

#: A map that is asked for reaches no farther beyond the region: ten degrees from its meridian, which is where such a
#: sheet ends, the projection stretches lengths by 1 %, and it goes on to infinity.
FARTHEST_DEG = 5
Bounds = tuple[float, float, float, float]

PLAN_LAYER = "plan_designations"

ASSESSMENT_FORMATS = {
    ".json": "json",
    ".html": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".xlsx": "xlsx",
    ".csv": "csv",
    ".gpkg": "gpkg",
}
MAP_FORMATS = {".html": "html", ".png": "png", ".svg": "svg", ".pdf": "pdf"}


def known_format(suffix: str, formats: Mapping[str, str] = ASSESSMENT_FORMATS) -> str:
    """The format that a file's suffix chooses."""
    if suffix.lower() not in formats:
        raise DataError("unknown_format", given=suffix, known=", ".join(formats))
    return formats[suffix.lower()]


@dataclass(frozen=True)
class MapRequest:
    """A map to be taken away. ``scale`` is the n of 1:n; with ``round_scale`` the largest round one is taken."""

    layer_ids: tuple[str, ...]
    bounds: Bounds | None = None
    title: str = ""
    size: str = "A4"
    orientation: str = "landscape"
    language: str = "zh"
    approval_number: str = ""
    compiler: str = ""
    scale: float | None = None
    round_scale: bool = False
    views: Mapping[str, LayerView] | None = None


def drawable_layers(request: MapRequest, store: Store) -> list[Layer]:
    """The layers that the request names; a name without a layer or a layer without a place is an error, not a gap.

    So is an extent that no map can show.
    """
    layers = [store.layer(layer_id) for layer_id in request.layer_ids]
    undrawable = [layer.spec.id for layer in layers if not can_be_drawn(layer.spec)]
    if undrawable:
        raise DataError("layer_without_geometry", layers=", ".join(undrawable))
    if not layers:
        raise DataError("no_layer_chosen")
    if request.bounds:
        _need_bounds(request.bounds, layers)
    return layers


def _need_bounds(bounds: Bounds, layers: list[Layer]) -> None:
    """Refuse an extent far from the region and all layers, whose map would be empty, and one that distorts."""
    given, region = (",".join(f"{side:g}" for side in sides) for sides in (bounds, REGION_BOUNDS))
    if not _comes_near(bounds, layers):
        raise DataError("bbox_outside", given=given, region=region)
    west, south, east, north = REGION_BOUNDS
    if max(west - bounds[0], south - bounds[1], bounds[2] - east, bounds[3] - north) > FARTHEST_DEG:
        raise DataError("bbox_too_large", given=given, degrees=FARTHEST_DEG, region=region)


def within_reach(bounds: Bounds) -> Bounds:
    """The part of what a screen shows that a map may show."""
    west, south, east, north = REGION_BOUNDS
    return (
        max(bounds[0], west - FARTHEST_DEG),
        max(bounds[1], south - FARTHEST_DEG),
        min(bounds[2], east + FARTHEST_DEG),
        min(bounds[3], north + FARTHEST_DEG),
    )


def _comes_near(bounds: Bounds, layers: list[Layer]) -> bool:
    """Whether the extent meets the region, or what one of the layers spans."""
    west, south, east, north = bounds
    spans = (REGION_BOUNDS, *(layer.frame.total_bounds for layer in layers))
    return any(west <= span[2] and span[0] <= east and south <= span[3] and span[1] <= north for span in spans)


def _undrawn(layers: list[Layer], request: MapRequest) -> list[str]:
    """Where the plan's statements are shown: that its period has ended, and what it names and nobody has drawn."""
    if PLAN_LAYER not in {layer.spec.id for layer in layers}:
        return []
    view = (request.views or {}).get(PLAN_LAYER, LayerView())
    undrawn = load_plan().undrawn("".join(view.sectors[:1]), "".join(view.subsectors[:1]))
    places = dict.fromkeys(f"{d.place} {d.clause}" for d in undrawn)
    named = text("export.undrawn", request.language, count=len(undrawn), places="; ".join(places))
    return [text("plan.ended", request.language), *([named] if undrawn else [])]


def map_stamps(layers: list[Layer], request: MapRequest) -> list[str]:
    """Stamps of the layers, and the words on this export's approval; a layer's own number is not the export's."""
    stamps = list(stamps_of([layer.spec for layer in layers], request.language))
    if not request.approval_number:
        stamps.append(text("stamp.not_approved", request.language))
    return stamps


def export_map(request: MapRequest, suffix: str, store: Store) -> bytes:
    """The map as the bytes of one file."""
    return export_maps(request, (suffix,), store)[0]


def export_maps(request: MapRequest, suffixes: Sequence[str], store: Store) -> list[bytes]:
    """The map as the bytes of one file a suffix; what goes on paper is drawn once."""
    formats = [known_format(suffix, MAP_FORMATS) for suffix in suffixes]
    layers = drawable_layers(request, store)
    on_paper = [fmt for fmt in formats if fmt != "html"]
    printed = iter(_printed_maps(request, layers, on_paper, store) if on_paper else ())
    return [_html_map(request, layers) if fmt == "html" else next(printed) for fmt in formats]


def _html_map(request: MapRequest, layers: list[Layer]) -> bytes:
    """The map as one file that speaks every language, the reader's first."""
    from atlas.webmap import html_export

    tongues = [request.language, *(language for language in languages() if language != request.language)]
    editions = [_edition(replace(request, language=language), layers) for language in tongues]
    return html_export(*editions, bounds=request.bounds or CITY_BOUNDS)


def _edition(request: MapRequest, layers: list[Layer]) -> Edition:
    """Layers and words in the request's language."""
    from atlas.webmap import Edition

    views = request.views or {}
    drawn = [shown for layer in layers for shown in map_layers(layer, request.language, views.get(layer.spec.id))]
    return Edition(
        drawn,
        title=request.title or text("app.title", request.language),
        language=request.language,
        notes=[*_undrawn(layers, request), *layer_sources(layers, request.language)],
        stamps=map_stamps(layers, request),
        attributions=attributions(layers),
        legend=legend_of(drawn),
    )


def _printed_maps(request: MapRequest, layers: list[Layer], formats: Sequence[str], store: Store) -> list[bytes]:
    from atlas.printmap import print_maps

    return print_maps(map_sheet(request, layers, store), formats)


def map_sheet(request: MapRequest, layers: list[Layer], store: Store) -> MapSheet:
    """The request as a sheet of paper."""
    from atlas.printmap import MapSheet

    views = request.views or {}
    drawn = [shown for layer in layers for shown in map_layers(layer, request.language, views.get(layer.spec.id))]
    bounds = request.bounds or bounds_of(layers)
    return MapSheet(
        [print_layer(layer) for layer in sorted(drawn, key=lambda layer: layer.z)],
        bounds=bounds,
        title=request.title or text("app.title", request.language),
        size=request.size,
        orientation=request.orientation,
        language=request.language,
        scale=request.scale,
        round_scale=request.round_scale,
        sources=layer_sources(layers, request.language),
        compiler=request.compiler,
        date=stated_time()[:10],
        approval_number=request.approval_number or None,
        stamps=stamps_of([layer.spec for layer in layers], request.language),
        overview=overview(store),
        accuracy_m=outline_accuracy_m(layers, bounds),
    )


def bounds_of(layers: list[Layer]) -> Bounds:
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


@dataclass(frozen=True)
class Template:
    """A user's Word document with placeholders."""

    name: str
    content: bytes


def checked(template: Template, suffix: str) -> Template:
    """The template, if it can be used. Raises DataError ``template_not_for`` and those of ``checked_template``."""
    from atlas.report.docx_template import checked_template

    if suffix.lower() != ".docx":
        raise DataError("template_not_for", given=suffix or "-")
    checked_template(template.content, template.name)
    return template


def export_assessment(
    assessment: Mapping[str, Any],
    suffix: str,
    language: str,
    store: Store | None = None,
    template: Template | None = None,
    form: str = "auto",
) -> bytes:
    """The assessment as the bytes of one file; pages that a person reads carry a map of the site.

    ``language`` may be ``both``; a template is for .docx alone; ``form`` is one of ``atlas.report.FORMS``.
    """
    from atlas.report import PICTURED, render
    from atlas.report.overview import spoken

    chosen = known_format(suffix)
    picture = site_picture(assessment, store, spoken(language)[0]) if store and chosen in PICTURED else None
    if template is not None:
        from atlas.report.docx_template import fill

        checked(template, suffix)
        return fill(template.content, template.name, dict(assessment), language, picture)
    return render(dict(assessment), chosen, language, map_picture=picture, form=form)


def site_picture(assessment: Mapping[str, Any], store: Store, language: str) -> bytes | None:
    """A map of the assessed sites as PNG; None where nothing could be assessed."""
    from atlas.journeys.site_picture import picture_sheet
    from atlas.printmap import print_map

    sheet = picture_sheet(assessment, store, language)
    return None if sheet is None else print_map(sheet, "png")
