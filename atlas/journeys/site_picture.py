"""The picture of a report: the site with what stands in its way, at a scale on which both are seen.

One site is shown close up, with the layers of the rules that are in conflict or open, what it shares with them, and the
place instead; what is farther is named with its direction and distance. Of several sites all are shown, by verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from atlas.drawing import OUTCOME_COLOURS, OVERLAP_STYLE, SITE_STYLE, MapLayer
from atlas.journeys.alternatives_map import alternative_layers, shown_place
from atlas.journeys.explore import can_be_drawn, map_layers, stamps_of
from atlas.journeys.sheet_parts import GROUND, layer_sources, outline_accuracy_m, overview, print_layer
from atlas.journeys.sitemap import collection, feature, witness_features, witness_layer
from atlas.texts import languages, text
from atlas.wording import layer_name, verdict_tone
from atlas.wording_alternatives import bearing_words
from geo import crs
from geo.types import REGION_BOUNDS
from layers.features import feature_set, rows_near
from layers.store import Store
from layers.types import Layer

if TYPE_CHECKING:
    from atlas.printmap import MapSheet

Json = Mapping[str, Any]
Bounds = tuple[float, float, float, float]

#: What is farther from the site than this is named, not shown; below some 10 km a map still shows a site of a hectare.
FARTHEST_SHOWN_M = 5_000.0
#: The least that is shown around a site, and of several sites in all, in degrees of latitude: some 1 and 4 km.
AROUND_DEG, SMALLEST_SIDE_DEG = 0.009, 0.04
#: So much more than what must be seen is shown, as a share of the longer side; above, where the stamps stand, twice.
MARGIN_SHARE = 0.2
#: A site that takes less of the height of a map is a speck: it gets a symbol.
SPECK_SHARE = 0.05
#: A degree of longitude is shorter than one of latitude by about this, at 36 N.
LONGITUDE_SHARE = 0.81
#: What is farther away, at most so many of it.
MOST_NAMED = 6


def picture_sheet(assessment: Json, store: Store, language: str) -> MapSheet | None:
    """The sheet of paper for an assessment; None where nothing could be assessed."""
    from atlas.printmap import MapSheet

    entries = assessment["proposals"]
    if not entries:
        return None
    picture = _close_up(entries[0], store, language) if len(entries) == 1 else _all_sites(entries, language)
    ground = (_near(store.layer(layer_id), picture.bounds) for layer_id in GROUND)
    known = [layer for layer in (*ground, *picture.layers) if len(layer.frame) or layer.spec.id == "land"]
    drawn = [shown for layer in known for shown in map_layers(layer, language)]
    return MapSheet(
        [print_layer(layer) for layer in (*drawn, *picture.over)],
        bounds=picture.bounds,
        title=text("sitemap.close_up" if len(entries) == 1 else "sitemap.picture", language),
        size="report",
        language=language,
        round_scale=True,
        sources=layer_sources(known, language),
        date=str(assessment["computed_at"])[:10],
        stamps=stamps_of([layer.spec for layer in known], language),
        overview=overview(store),
        lead=picture.lead,
        accuracy_m=outline_accuracy_m(known, picture.bounds),
    )


@dataclass(frozen=True)
class _Picture:
    """What is shown of an assessment over the ground: layers of the store, layers of its own, words."""

    bounds: Bounds
    layers: tuple[Layer, ...] = ()
    over: tuple[MapLayer, ...] = ()
    lead: tuple[str, ...] = ()


def _all_sites(entries: Iterable[Json], language: str) -> _Picture:
    entries = list(entries)
    shapes = [shape(entry["geometry"]) for entry in entries]
    bounds = _spanned([one.bounds for one in shapes], SMALLEST_SIDE_DEG)
    found = [
        feature(_seen(one, bounds), {"id": entry["id"], "name": entry["name"], "tone": _tone(entry)})
        for one, entry in zip(shapes, entries, strict=True)
    ]
    words = {_tone(entry): text(f"report.verdict_short.{verdict_tone(entry)}", language) for entry in entries}
    palette = {key: colour for key, colour in OUTCOME_COLOURS.items() if key in words}
    style = replace(SITE_STYLE, category="tone", palette=palette, label="id", fill_opacity=0.9)
    listed = tuple((key, words[key]) for key in palette)
    title = text("sitemap.sites", language)
    layer = MapLayer("sites", title, collection(found), (), "name", style, z=90, geometry="point", words=listed)
    return _Picture(bounds, over=(layer,))


def _seen(site: BaseGeometry, bounds: Bounds) -> Json:
    """The site as GeoJSON; as a point where it is too small to be made out within these bounds."""
    west, south, east, north = site.bounds
    is_small = max(east - west, north - south) < SPECK_SHARE * (bounds[3] - bounds[1])
    return dict(mapping(site.representative_point() if is_small else site))


def _tone(entry: Json) -> str:
    """The key of a verdict's colour."""
    tone = verdict_tone(entry)
    return "conflict" if tone == "prohibit" else tone


def _close_up(entry: Json, store: Store, language: str) -> _Picture:
    site = shape(entry["geometry"])
    deciding = [finding for finding in entry["findings"] if finding["outcome"] in ("conflict", "uncertain")]
    place = shown_place(entry)
    near = [finding for finding in deciding if _is_near(finding["distance_m"])]
    seen = [_around(site)]
    seen += [shape(finding["witness"]).bounds for finding in near if finding["witness"]]
    if place and _is_near(place["distance_m"]):
        seen += [shape(place["geometry"]).bounds]
    bounds = _spanned(seen, 2.0 * AROUND_DEG)
    ids = dict.fromkeys(part["layer"] for finding in near for part in (finding, *finding["conditions"]))
    asked = (store.layer(name) for name in ids if name in store and name not in GROUND)
    layers = [_near(_named(layer), bounds) for layer in asked if can_be_drawn(layer.spec)]
    shown = {"proposals": [{**entry, "findings": near}]}
    over = [_site_layer(entry, language), *_overlaps(near, site, layers, language)]
    over += [witness_layer(lines, language)] if (lines := witness_features(shown, language)) else []
    over += alternative_layers(shown, language) if place and _is_near(place["distance_m"]) else []
    far = [*_far(deciding, language), *_far_place(place, language)]
    lead = (text("sitemap.beyond", language, what="; ".join(far)),) if far else ()
    return _Picture(bounds, tuple(layers), tuple(over), lead)


def _is_near(distance_m: float | None) -> bool:
    return distance_m is not None and distance_m <= FARTHEST_SHOWN_M


def _site_layer(entry: Json, language: str) -> MapLayer:
    drawn = collection([feature(entry["geometry"], {"id": entry["id"], "name": entry["name"]})])
    style = replace(SITE_STYLE, label="name" if entry["name"] else "id", z=88)
    kind = {0: "point", 1: "line"}.get(int(shapely.get_dimensions(shape(entry["geometry"]))), "polygon")
    return MapLayer("sites", text("sitemap.sites", language), drawn, (), "name", style, z=88, geometry=kind)


def _overlaps(
    findings: Iterable[Json], site: BaseGeometry, layers: Iterable[Layer], language: str
) -> Iterator[MapLayer]:
    """What the site shares with the features that findings name."""
    known = {layer.spec.id: layer for layer in layers}
    parts = []
    for finding in findings:
        layer = known.get(finding["layer"])
        if layer is None or not finding["overlap_m2"] or shapely.get_dimensions(site) < 2:
            continue
        features = feature_set(layer, rows_near(layer, site, 0.0))
        named = features.geometries[np.isin(features.ids.astype(str), finding["features"])]
        shared = shapely.intersection(site, shapely.union_all(named))
        parts += [part for part in shapely.get_parts(shared) if shapely.get_dimensions(part) == 2]
    if parts:
        drawn = collection([feature(mapping(part), {}) for part in parts])
        yield MapLayer("overlap", text("sitemap.overlap", language), drawn, (), "", OVERLAP_STYLE, z=89)


def _far(findings: Iterable[Json], language: str) -> Iterator[str]:
    """What decides from beyond the map: layer, direction, distance."""
    far = [finding for finding in findings if finding["witness"] and not _is_near(finding["distance_m"])]
    said = dict.fromkeys(_far_words(finding, language) for finding in sorted(far, key=lambda one: one["distance_m"]))
    yield from list(said)[:MOST_NAMED]


def _far_words(finding: Json, language: str) -> str:
    ends = shapely.get_coordinates(shape(finding["witness"]))
    azimuth = float(crs.geodesic_azimuth_deg(ends[0], ends[-1])) % 360.0
    way = bearing_words({"distance_m": finding["distance_m"], "azimuth_deg": azimuth}, language)
    return f"{layer_name(finding['layer'], language)} {way}"


def _far_place(place: Json | None, language: str) -> Iterator[str]:
    if place and not _is_near(place["distance_m"]):
        yield f"{text('alternatives.on_map', language)} {bearing_words(place, language)}"


def _around(site: BaseGeometry) -> Bounds:
    west, south, east, north = site.bounds
    reach = max(AROUND_DEG, 0.6 * max((east - west) * LONGITUDE_SHARE, north - south))
    return west - reach / LONGITUDE_SHARE, south - reach, east + reach / LONGITUDE_SHARE, north + reach


def _spanned(boxes: Iterable[Bounds], least_deg: float) -> Bounds:
    """All boxes with a margin, no less than a square of so many degrees of latitude, inside the region."""
    low_x, low_y, high_x, high_y = zip(*boxes, strict=True)
    west, south, east, north = min(low_x), min(low_y), max(high_x), max(high_y)
    side = max((east - west) * LONGITUDE_SHARE, north - south, least_deg)
    margin = MARGIN_SHARE * side
    across = max(0.0, least_deg / LONGITUDE_SHARE - (east - west)) / 2.0 + margin / LONGITUDE_SHARE
    upwards = max(0.0, least_deg - (north - south)) / 2.0 + margin
    return (
        max(REGION_BOUNDS[0], west - across),
        max(REGION_BOUNDS[1], south - upwards),
        min(REGION_BOUNDS[2], east + across),
        min(REGION_BOUNDS[3], north + upwards + margin),
    )


def _named(layer: Layer) -> Layer:
    """The layer by the name that its rules give it, not that of the user's file."""
    title = {language: layer_name(layer.spec.id, language) for language in languages()}
    return replace(layer, spec=replace(layer.spec, title=title))


def _near(layer: Layer, bounds: Bounds) -> Layer:
    """The layer with only the rows that come into these bounds; the land whole, for the sea is what it leaves."""
    if layer.spec.id == "land":
        return layer
    return replace(layer, frame=layer.frame[layer.frame.intersects(shapely.box(*bounds))])
