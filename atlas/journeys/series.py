"""A series of maps: a page a district, or a page a place that the plan names, in one PDF with contents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from atlas.journeys.explore import LayerView, filtered
from atlas.journeys.export import MapRequest, drawable_layers, map_sheet
from atlas.texts import text
from geo.types import REGION_BOUNDS
from layers.errors import DataError
from layers.store import Store
from layers.types import Layer

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from atlas.printmap import MapSheet

#: What a series pages through, and the layer that holds it.
SERIES = {"districts": "districts", "designations": "plan_designations"}
#: A page shows at least this much, degrees: a reference point good to kilometres is not shown as if good to metres.
SMALLEST_SIDE, SMALLEST_SIDE_AROUND_A_POINT = 0.02, 0.2
#: As many statements of the plan are quoted on a page; the rest is counted.
MOST_QUOTES = 6


@dataclass(frozen=True)
class _Chapter:
    """What a page is about."""

    name: str
    geometry: Any
    lead: tuple[str, ...] = ()


def export_series(
    request: MapRequest, series: str, suffix: str, store: Store, on_progress: Callable[[int, int], None] | None = None
) -> bytes:
    """The series as the bytes of one PDF; the layer that it pages through is drawn on every page.

    Raises DataError ``series_needs_pdf``, ``series_is_empty``, and what a single map raises.
    """
    from atlas.printmap import print_series

    if suffix.lower() != ".pdf":
        raise DataError("series_needs_pdf", given=suffix)
    request = replace(request, layer_ids=tuple(dict.fromkeys([*request.layer_ids, SERIES[series]])))
    paged = store.layer(SERIES[series])
    frame = filtered(paged.frame, (request.views or {}).get(SERIES[series], LayerView()))
    placed = frame[frame.geometry.notna()]
    chapters = list((_districts if series == "districts" else _designations)(paged, placed, request.language))
    if not chapters:
        raise DataError("series_is_empty", series=series)
    cover = map_sheet(replace(request, scale=None, round_scale=False), drawable_layers(request, store), store)
    undrawn = len(frame) - len(placed)
    lead = (text("printmap.undrawn", request.language, count=undrawn),) if undrawn else ()
    bounds = request.bounds or _within_region(placed.total_bounds)
    return print_series(
        replace(cover, bounds=bounds, overview=None, lead=lead),
        [(chapter.name, _page(cover, chapter, request)) for chapter in chapters],
        on_progress,
    )


def _page(cover: MapSheet, chapter: _Chapter, request: MapRequest) -> MapSheet:
    """The page of one chapter: the cover's layers, framed by what it is about, in the scale that was asked for."""
    return replace(
        cover,
        title=text("printmap.chapter", request.language, title=cover.title, name=chapter.name),
        bounds=_page_bounds(chapter.geometry),
        focus=chapter.geometry,
        lead=chapter.lead,
        scale=request.scale,
        round_scale=request.round_scale,
    )


def _page_bounds(geometry: Any) -> tuple[float, float, float, float]:
    west, south, east, north = geometry.bounds
    smallest = SMALLEST_SIDE_AROUND_A_POINT if geometry.geom_type in ("Point", "MultiPoint") else SMALLEST_SIDE
    more_x, more_y = max(smallest - (east - west), 0.0) / 2, max(smallest - (north - south), 0.0) / 2
    return west - more_x, south - more_y, east + more_x, north + more_y


def _within_region(bounds: Any) -> tuple[float, float, float, float]:
    west, south, east, north = REGION_BOUNDS
    return max(west, bounds[0]), max(south, bounds[1]), min(east, bounds[2]), min(north, bounds[3])


def _districts(layer: Layer, placed: GeoDataFrame, language: str) -> Iterator[_Chapter]:
    column = f"name_{language}" if f"name_{language}" in placed else layer.spec.name_column
    for name, geometry in zip(placed[column].astype(str), placed.geometry, strict=True):
        yield _Chapter(name, geometry)


def _designations(layer: Layer, placed: GeoDataFrame, language: str) -> Iterator[_Chapter]:
    """A chapter a place, however many statements name it, with what they say."""
    for _, rows in placed.groupby("place_key", sort=False):
        quotes = [
            text("printmap.quote", language, clause=row.clause, quote=row.quote)
            for row in rows.head(MOST_QUOTES).itertuples()
        ]
        if len(rows) > MOST_QUOTES:
            quotes.append(text("printmap.more_quotes", language, count=len(rows) - MOST_QUOTES))
        yield _Chapter(str(rows["place"].iloc[0]), rows.geometry.iloc[0], tuple(quotes))
