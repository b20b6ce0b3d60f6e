"""The content of a catalogue entry: one file in the entry's own folder, read when it is first asked for."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from layers.errors import DataError
from layers.types import GeometryKind, Layer, LayerSpec, Provenance

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from layers.reading import RawGrid, RawTable

#: How many layers stay in memory; a region has some dozens.
KEPT_LAYERS = 96


def read_layer(spec: LayerSpec) -> Layer:
    """The layer of an entry, kept in memory by id, place and sha256.

    Raises DataError ``content_missing``, ``content_unreadable``, ``content_changed`` (the file is not what its
    entry says), and UnreadableFile for a file that is broken.
    """
    if spec.geometry is GeometryKind.RASTER:
        return _grid_layer(spec)
    frame = _frame(spec.id, spec.path, spec.sha256, spec.crs, spec.geometry is GeometryKind.NONE)
    return Layer(spec, frame, Provenance(sha256=spec.sha256))


def checked_bytes(path: Path, sha256: str, layer_id: str) -> bytes:
    """The bytes of a file that are known by their hash."""
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise DataError("content_missing", layer=layer_id, file=path.name) from error
    except OSError as error:
        raise DataError("content_unreadable", layer=layer_id, file=path.name) from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DataError("content_changed", layer=layer_id, file=path.name)
    return content


def as_of_or_none(text: str) -> date | None:
    """The first day that a stated date can mean (2020 is 1 January 2020): the data may be later, never claimed to be.

    None where no date is stated.
    """
    from layers.catalogue import as_of_day

    try:
        return as_of_day(text) if text else None
    except (ValueError, TypeError):
        return None


@lru_cache(maxsize=KEPT_LAYERS)
def _frame(layer_id: str, path: Path, sha256: str, crs: str, is_table: bool) -> GeoDataFrame:
    from geopandas import GeoDataFrame

    from layers.reading import read_table

    table = read_table(checked_bytes(path, sha256, layer_id), path.name)
    if table.rejected:
        first = table.rejected[0]
        raise DataError("content_row", layer=layer_id, file=path.name, row=first.row, reason=first.reason)
    rows = _with_numbers(table.rows.reset_index(drop=True)) if table.geometry is None else table.rows
    geometry = [None] * len(rows) if is_table else _geometry(table, crs, layer_id)
    return GeoDataFrame(rows.reset_index(drop=True), geometry=geometry, crs="EPSG:4326")


def _geometry(table: RawTable, crs: str, layer_id: str) -> list[Any]:
    from geo.crs import parse_frame
    from layers.columns import find_coordinates
    from layers.placing import placed_in, points_of_columns

    geometry = table.geometry
    if geometry is None:
        columns = find_coordinates(table.columns)
        if columns is None:
            raise DataError("content_row", layer=layer_id, file="", row=0, reason="coordinates_missing")
        geometry, faults = points_of_columns(table.rows, *columns)
        if faults:
            raise DataError("content_row", layer=layer_id, file="", row=faults[0].row, reason=faults[0].reason)
    return list(placed_in(geometry, parse_frame(crs)))


def _with_numbers(rows: Any) -> Any:
    from layers.columns import as_numbers, reads_as_numbers

    for column in rows.columns:
        if reads_as_numbers(rows[column]):
            rows[column] = as_numbers(rows[column])
    return rows


def _grid_layer(spec: LayerSpec) -> Layer:
    from geopandas import GeoDataFrame

    from geo.types import Grid

    raw = _raw_grid(spec.id, spec.path, spec.sha256)
    unit = raw.unit
    accuracy = float("nan") if spec.accuracy_m is None else spec.accuracy_m
    grid = Grid(spec.id, raw.values, raw.bounds, unit, accuracy, as_of=as_of_or_none(spec.as_of))
    empty = GeoDataFrame({"id": []}, geometry=[], crs="EPSG:4326")
    return Layer(spec, empty, Provenance(sha256=spec.sha256), grid=grid)


@lru_cache(maxsize=8)
def _raw_grid(layer_id: str, path: Path, sha256: str) -> RawGrid:
    from geo.crs import parse_frame
    from layers.grids import to_lonlat_grid
    from layers.reading import read_grid

    raw = read_grid(checked_bytes(path, sha256, layer_id), path.name)
    values, bounds, _, _ = to_lonlat_grid(raw, parse_frame(raw.frame))
    return replace(raw, values=values, bounds=bounds, frame="EPSG:4326")
