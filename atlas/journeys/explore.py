"""See what there is: the catalogue as rows, and layers made ready for a map."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import repeat
from typing import TYPE_CHECKING, Any

from atlas.drawing import MapLayer
from atlas.journeys.choropleth import CLASS_COLUMN, classed
from atlas.journeys.designations import designation_layers
from atlas.texts import has_text, text
from atlas.wording_cells import cell_words, has_codes
from layers.store import Store
from layers.style import LegendRow, drawn_kind, legend_rows
from layers.types import Basis, Distribution, GeometryKind, Layer, LayerSpec, Style

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

#: Layers that lie under the map and answer no click.
GROUND = ("land",)

#: Columns that tie our own tables together and say nothing to a reader: the place and its outline stand beside them.
KEYS = ("place_key", "ref")

#: What a place may be called, besides the name that is shown.
NAME_COLUMNS = ("name_zh", "name_en", "name", "place", "aliases")

#: Screen copies may part from the data by this much: far below the accuracy of any embedded outline.
DISPLAY_TOLERANCE_M = 20.0


@dataclass(frozen=True)
class LayerView:
    """How a reader wants a layer: opacity, and for designations the sectors to keep (all where empty)."""

    opacity: float = 1.0
    sectors: tuple[str, ...] = ()
    subsectors: tuple[str, ...] = ()
    indicator: str = ""


def catalogue_rows(store: Store) -> list[dict[str, Any]]:
    """``layers --json``: one entry a layer, with how many features have a place and how many have none."""
    return [_catalogue_row(store, spec) for spec in store.specs()]


def _catalogue_row(store: Store, spec: LayerSpec) -> dict[str, Any]:
    layer = store.layer(spec.id)
    return {
        "id": spec.id,
        "theme": spec.theme,
        "title": dict(spec.title),
        "features": len(layer.frame),
        "without_geometry": without_geometry(layer),
        "source": spec.source,
        "licence": spec.licence,
        "attribution": spec.attribution,
        "distribution": spec.distribution.value,
        "as_of": spec.as_of,
        "basis": spec.basis.value,
        "accuracy_m": spec.accuracy_m,
        "sha256": layer.provenance.sha256,
    }


def without_geometry(layer: Layer) -> int:
    """How many rows have no place."""
    if layer.grid is not None:
        return 0
    if "geometry" not in layer.frame:
        return len(layer.frame)
    return int(layer.frame.geometry.isna().sum())


def can_be_drawn(spec: LayerSpec) -> bool:
    """A table without geometry is listed, not drawn; a grid has no vector drawing yet."""
    return spec.geometry not in (GeometryKind.NONE, GeometryKind.RASTER)


def stamps_of(specs: list[LayerSpec] | tuple[LayerSpec, ...], language: str) -> tuple[str, ...]:
    """What must be said on everything that shows these layers."""
    keys = []
    if any(spec.basis is Basis.SYNTHETIC for spec in specs):
        keys.append("stamp.synthetic")
    if any(spec.distribution is Distribution.INTERNAL for spec in specs):
        keys.append("stamp.internal")
    return tuple(text(key, language) for key in keys)


def source_line(spec: LayerSpec, language: str, own_accuracy_m: float | None = None) -> str:
    """Source, date, basis and accuracy in one line; of a feature its own accuracy, of a layer that of the worst."""
    each = own_accuracy_m is None and spec.accuracy_column
    known = spec.accuracy_m if own_accuracy_m is None else own_accuracy_m
    accuracy = text("layer.accuracy_unknown", language)
    if known is not None:
        accuracy = text("layer.accuracy_each" if each else "layer.accuracy", language, metres=f"{known:,g}")
    basis = text(f"basis.{spec.basis.value}", language)
    return text("layer.source_line", language, source=spec.source, as_of=spec.as_of, basis=basis, accuracy=accuracy)


def shown_columns(layer: Layer, language: str) -> tuple[tuple[str, str], ...]:
    """The columns of a popup with their labels: those that the entry names, or all of a user's file."""
    spec = layer.spec
    if spec.columns:
        labels = ((key, titles.get(language) or titles["zh"]) for key, titles in spec.columns.items())
        return tuple((key, label) for key, label in labels if key in layer.frame.columns and key not in KEYS)
    return tuple((str(key), str(key)) for key in layer.frame.columns if key != "geometry")


def filtered(frame: GeoDataFrame, view: LayerView) -> GeoDataFrame:
    """Only the sectors that the reader chose, where the layer has any."""
    for column, wanted in (("sector", view.sectors), ("subsector", view.subsectors)):
        if wanted and column in frame.columns:
            frame = frame[frame[column].isin(wanted)]
    return frame


def _display_frame(layer: Layer, view: LayerView) -> GeoDataFrame:
    """The rows that have a place, simplified for the screen."""
    from geo.display import display_copy

    frame = filtered(layer.frame, view)
    frame = frame[frame.geometry.notna()]
    if layer.spec.geometry is GeometryKind.POINT or not len(frame):
        return frame.copy()
    return frame.set_geometry(display_copy(frame.geometry.to_numpy(), DISPLAY_TOLERANCE_M), crs=frame.crs)


def _plain(value: Any) -> Any:
    """A cell as JSON knows it: missing becomes blank, whole floats lose their point."""
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value.item() if hasattr(value, "item") else value


def feature_collection(frame: GeoDataFrame, columns: tuple[str, ...], id_column: str) -> str:
    """A GeoJSON text with these properties and six decimals; a feature's id is that of the layer's id column."""
    import shapely

    geometries = shapely.to_geojson(shapely.set_precision(frame.geometry.to_numpy(), 1e-6, mode="pointwise"))
    ids = (frame[id_column] if id_column in frame.columns else frame.index.to_series()).astype(str)
    values = (
        zip(*(map(_plain, frame[column]) for column in columns), strict=True) if columns else repeat((), len(frame))
    )
    features = (
        f'{{"type":"Feature","id":{json.dumps(feature_id)},"geometry":{geometry},'
        f'"properties":{json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False)}}}'
        for feature_id, geometry, row in zip(ids, geometries, values, strict=False)
    )
    return f'{{"type":"FeatureCollection","features":[{",".join(features)}]}}'


def map_layers(layer: Layer, language: str, view: LayerView | None = None) -> list[MapLayer]:
    """A layer ready for the map; the plan's designations become two."""
    view = view or LayerView()
    frame = _display_frame(layer, view)
    shared = {
        "opacity": view.opacity,
        "source_line": source_line(layer.spec, language),
        "stamp": " ".join(stamps_of([layer.spec], language)),
    }
    if "within" in frame.columns and layer.spec.basis is not Basis.USER:
        return designation_layers(layer, frame, language, **shared)
    label = _label_column(layer, language)
    if view.indicator in layer.frame.columns:
        frame[CLASS_COLUMN], style = classed(layer, view.indicator, text("map.no_value", language))
        named = dict(shown_columns(layer, language)).get(view.indicator, view.indicator)
        return [replace(_single(layer, frame, replace(style, label=label), language, shared), title=named)]
    return [_single(layer, frame, replace(layer.spec.style, label=label), language, shared)]


def _single(layer: Layer, frame: GeoDataFrame, style: Style, language: str, shared: dict[str, Any]) -> MapLayer:
    columns = shown_columns(layer, language)
    drawing = [column for column in (*_drawing_columns(layer), style.category, "id") if column in frame.columns]
    for column in {key for key, _ in columns if has_codes(key, language)} - set(drawing):
        frame[column] = [cell_words(layer.spec, column, value, language) for value in frame[column]]
    return MapLayer(
        id=layer.spec.id,
        title=layer.spec.titled(language),
        geojson=feature_collection(
            frame, tuple(dict.fromkeys([key for key, _ in columns] + drawing)), layer.spec.id_column
        ),
        columns=columns,
        tooltip_column=_name_column(layer, language),
        style=style,
        z=layer.spec.style.z,
        clickable=layer.spec.id not in GROUND,
        geometry=drawn_kind(frame.geom_type, layer.spec.geometry.value),
        words=_words(layer.spec, style, language),
        kinds=_kinds(frame, style),
        **shared,
    )


def _kinds(frame: GeoDataFrame, style: Style) -> tuple[tuple[str, str], ...]:
    """What each class draws."""
    if not (style.category and style.palette and style.category in frame):
        return ()
    classes = frame[style.category].astype(str)
    found = ((value, drawn_kind(frame.geom_type[classes == value], "")) for value in style.palette)
    return tuple((value, kind) for value, kind in found if kind)


def _words(spec: LayerSpec, style: Style, language: str) -> tuple[tuple[str, str], ...]:
    """What the classes of an embedded layer mean; a user's own values speak for themselves."""
    keys = ((value, f"category.{spec.id}.{value}") for value in style.palette)
    return tuple((value, text(key, language)) for value, key in keys if has_text(key, language))


def _drawing_columns(layer: Layer) -> list[str]:
    """Columns that the drawing itself needs."""
    wanted = [layer.spec.style.category, layer.spec.style.label, layer.spec.name_column, "name_zh", "name_en", "place"]
    return [column for column in wanted if column and column in layer.frame.columns]


def _name_column(layer: Layer, language: str) -> str:
    """The column that names a feature in the language, if the layer has one."""
    candidates = (f"name_{language}", layer.spec.name_column, "name_zh", "place", "name")
    return next((column for column in candidates if column in layer.frame.columns), "")


def _label_column(layer: Layer, language: str) -> str:
    """The column written beside a feature; its twin in the language where there is one."""
    label = layer.spec.style.label
    twin = label.replace("_zh", f"_{language}")
    return twin if twin in layer.frame.columns else label


def legend_of(layers: Iterable[MapLayer]) -> list[LegendRow]:
    """What the drawn layers look like: a row a colour of a classed layer, one row for any other."""
    return [row for layer in sorted(layers, key=lambda layer: -layer.z) for row in _legend_rows(layer)]


def _legend_rows(layer: MapLayer) -> list[LegendRow]:
    style = layer.style
    if not (style.category and style.palette):
        return [_legend_row(layer, layer.title, style.fill)]
    words, kinds = dict(layer.words), dict(layer.kinds)
    return [
        _legend_row(layer, words.get(value, value), colour, kinds.get(value, ""))
        for value, colour in style.palette.items()
    ]


def entry_legend(spec: LayerSpec, language: str) -> list[LegendRow]:
    """What a layer will look like, from its entry alone: nothing of it is read."""
    words = dict(_words(spec, spec.style, language))
    return [replace(row, label=words.get(row.label, row.label)) for row in legend_rows(spec, language)]


def _legend_row(layer: MapLayer, label: str, colour: str, kind: str = "") -> LegendRow:
    style, kind = layer.style, kind or layer.geometry
    stroke = colour if kind == GeometryKind.LINE and style.category else style.stroke
    return LegendRow(
        label=label,
        colour=colour,
        stroke=stroke,
        pattern=style.pattern,
        symbol=style.symbol,
        geometry=kind,
        dash=style.dash,
        fill_opacity=style.fill_opacity,
        stroke_width=style.stroke_width,
        layer=layer.id,
        group=layer.title,
    )


def named_features(store: Store, layer_ids: tuple[str, ...], wanted: str, language: str) -> list[Mapping[str, Any]]:
    """Features one of whose names contains the text, each name of a layer once; those with a place come first."""
    found: list[Mapping[str, Any]] = []
    needle = wanted.strip().lower()
    for layer_id in layer_ids:
        layer = store.layer(layer_id)
        column = _name_column(layer, language)
        if not column or not needle:
            continue
        known = [name for name in dict.fromkeys((column, *NAME_COLUMNS)) if name in layer.frame.columns]
        rows = zip(*(layer.frame[name] for name in known), strict=True)
        hits = layer.frame[[any(needle in str(name).lower() for name in row if name == name) for row in rows]]
        found += [_hit(layer, row, column, language) for _, row in hits.head(20).iterrows()]
    found.sort(key=lambda hit: hit["bounds"] is None)
    return list({(hit["layer"], hit["name"], hit["bounds"]): hit for hit in found}.values())


def _hit(layer: Layer, row: Any, column: str, language: str) -> Mapping[str, Any]:
    geometry = row.get("geometry")
    if not hasattr(geometry, "bounds"):  # a row without a place holds None, in a table of such rows NaN
        geometry = None
    point = None if geometry is None else geometry.representative_point()
    return {
        "layer": layer.spec.titled(language),
        "name": str(row[column]),
        "point": None if point is None else (point.x, point.y),
        "bounds": None if geometry is None else geometry.bounds,
    }
