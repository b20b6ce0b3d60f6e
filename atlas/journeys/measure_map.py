"""The map of a measure as a file and on paper: a sector by place beneath what the plan says of it."""

from __future__ import annotations

from collections.abc import Sequence

from atlas.drawing import CITY_BOUNDS, MapLayer
from atlas.journeys.explore import legend_of, source_line, stamps_of
from atlas.journeys.measure import Measured, MeasureRequest
from atlas.journeys.measure_classes import indicator_words, is_of_cells
from atlas.journeys.measure_layers import (
    DESIGNATIONS,
    GROUND,
    OUTLINES,
    Document,
    Shown,
    concentration_layers,
    ground_layers,
    planned_layers,
    standing_layer,
)
from atlas.journeys.measure_series import category_of, most_concentrated
from atlas.report.measures import notes_of
from atlas.texts import text
from atlas.wording_measure import unit_words
from layers.store import Store


def map_title(document: Document, shown: Shown, language: str) -> str:
    """What the map is of: category, indicator, kind of place, year."""
    year = document["year"]
    words = {
        "category": category_of(document, shown.code),
        "indicator": indicator_words(shown.indicator, shown.weight, language),
        "unit": "" if shown.indicator == "density" else unit_words(document["by"], language),
        "year": text("measurepage.year", language, year=year) if year is not None else "",
    }
    return text("measurepage.map_title", language, **words).replace("（）", "").replace(" ()", "").strip(" ·")


def export_concentration(
    measured: Measured,
    request: MeasureRequest,
    shown: Shown,
    fmt: str,
    size: str = "A4",
    orientation: str = "landscape",
) -> bytes:
    """The map of a concentration as ``pdf``, ``png``, ``svg`` or ``html``. No firm's place is in any of them."""
    language = request.language
    planned = planned_layers(request, shown.code)
    layers = concentration_layers(measured, request, shown, ground_layers(request.store, language), planned)
    title = map_title(measured.document, shown, language)
    used = [GROUND, OUTLINES, *([DESIGNATIONS] if planned else [])]
    if fmt == "html":
        return _page(measured, request.store, layers, title, used, language)
    return _sheet(measured, request.store, layers, title, used, fmt, size, orientation, language)


def _sources(document: Document, store: Store, used: Sequence[str], language: str) -> list[str]:
    lines = [source_line(store.spec(name), language) for name in used]
    ended = [text("plan.ended", language)] if DESIGNATIONS in used else []
    return [*notes_of(document, language), *ended, *dict.fromkeys(lines)]


def _stamps(document: Document, store: Store, used: Sequence[str], language: str) -> list[str]:
    return list(dict.fromkeys([*document["stamps"], *stamps_of([store.spec(name) for name in used], language)]))


def _page(
    measured: Measured, store: Store, layers: Sequence[MapLayer], title: str, used: Sequence[str], language: str
) -> bytes:
    from atlas.webmap import Edition, html_export

    edition = Edition(
        layers,
        title=title,
        language=language,
        notes=_sources(measured.document, store, used, language),
        stamps=[*_stamps(measured.document, store, used, language), text("stamp.not_approved", language)],
        attributions=list(dict.fromkeys(store.spec(name).attribution for name in used)),
        legend=legend_of(layers),
    )
    return html_export(edition, bounds=CITY_BOUNDS)


def _sheet(
    measured: Measured,
    store: Store,
    layers: Sequence[MapLayer],
    title: str,
    used: Sequence[str],
    fmt: str,
    size: str,
    orientation: str,
    language: str,
) -> bytes:
    from atlas.journeys.sheet_parts import overview, print_layer
    from atlas.printmap import MapSheet, print_map

    sheet = MapSheet(
        [print_layer(layer) for layer in sorted(layers, key=lambda layer: layer.z)],
        bounds=CITY_BOUNDS,
        title=title,
        size=size,
        orientation=orientation,
        language=language,
        sources=_sources(measured.document, store, used, language),
        date=str(measured.document["computed_at"])[:10],
        stamps=_stamps(measured.document, store, used, language),
        overview=overview(store),
    )
    return print_map(sheet, fmt)


def draw_measure(measured: Measured, request: MeasureRequest, fmt: str, code: str = "", size: str = "A4") -> bytes:
    """The map of a document. ``code`` chooses the sector of a concentration; by default the most concentrated one.

    Raises DataError ``sector_not_measured``, ``nothing_to_draw`` (parks of a table without outlines).
    """
    if measured.document["kind"] == "alignment":
        return _draw_alignment(measured, request, fmt, code, size)
    indicator = "hot_spot" if is_of_cells(measured.document["by"]) else "quotient"
    shown = Shown(code or most_concentrated(measured.document), indicator)
    return export_concentration(measured, request, shown, fmt, size)


def _draw_alignment(measured: Measured, request: MeasureRequest, fmt: str, code: str, size: str) -> bytes:
    """Places by standing, those of one category where ``code`` chooses it."""
    layer = standing_layer(measured, request.store, request.language, code)
    title = text("measure.title_alignment", request.language)
    if code:
        category = request.classes.plan.get(code)
        title += f" · {category.named(request.language) if category else code}"
    layers = [*ground_layers(request.store, request.language), layer]
    used = [GROUND, OUTLINES, DESIGNATIONS]
    return _sheet(measured, request.store, layers, title, used, fmt, size, "landscape", request.language)
