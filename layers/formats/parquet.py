"""GeoParquet: columns by pyarrow, geometry from WKB, the frame from the file's own metadata."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from layers.errors import UnreadableFile
from layers.formats.raw import (
    MEGABYTE,
    Limits,
    RawTable,
    Step,
    check_size,
    clean_columns,
    clean_value,
    geometries_of_wkb,
    object_array,
)

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

WGS84 = "EPSG:4326"


def read_geoparquet(data: bytes, limits: Limits) -> RawTable:
    """The primary geometry column and every flat column of a GeoParquet file.

    Raises UnreadableFile ``parquet_broken``, ``parquet_not_geo`` (no WKB geometry declared).
    """
    import pandas as pd
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    try:
        source = ParquetFile(pa.BufferReader(data))
        _check_unpacked(source, limits)
        name, about = _geometry_column(source)
        flat = [
            field.name for field in source.schema_arrow if not pa.types.is_nested(field.type) and field.name != name
        ]
        dropped = len(source.schema_arrow) - 1 - len(flat)
        table = source.read(columns=[*flat, name])
        wkb = object_array(table.column(name).to_pylist())
        columns = [[_plain(cell) for cell in table.column(column).to_pylist()] for column in flat]
    except (pa.ArrowException, OSError, KeyError, TypeError, UnicodeError, OverflowError) as error:
        raise UnreadableFile("parquet_broken") from error
    names = clean_columns(flat)
    rows = pd.DataFrame(
        {clean: object_array(column) for clean, column in zip(names, columns, strict=True)},
        index=pd.RangeIndex(1, len(wkb) + 1, name="row"),
    )
    geometries, rejected = geometries_of_wkb(wkb)
    kept = ~np.isin(rows.index, [fault.row for fault in rejected])
    steps = (Step("columns_dropped", {"columns": dropped}),) if dropped else ()
    return RawTable(
        names, rows[kept], geometries[kept], *_frame(about), steps=steps, rejected=rejected, format="parquet"
    )


def _check_unpacked(source: ParquetFile, limits: Limits) -> None:
    about = source.metadata
    check_size(about.num_rows, about.num_columns, limits)
    unpacked = sum(about.row_group(at).total_byte_size for at in range(about.num_row_groups))
    if unpacked > limits.unpacked_bytes:
        raise UnreadableFile("archive_size", limit_mb=limits.unpacked_bytes // MEGABYTE)


def _geometry_column(source: ParquetFile) -> tuple[str, dict[str, Any]]:
    try:
        about = json.loads((source.schema_arrow.metadata or {})[b"geo"])
        name = about["primary_column"]
        column = about["columns"][name]
    except (KeyError, ValueError, TypeError, RecursionError) as error:
        raise UnreadableFile("parquet_not_geo") from error
    if not isinstance(column, dict) or column.get("encoding") != "WKB" or name not in source.schema_arrow.names:
        raise UnreadableFile("parquet_not_geo")
    return name, column


def _frame(about: dict[str, Any]) -> tuple[str | None, str | None]:
    """Stated and assumed frame: without ``crs`` the standard says OGC:CRS84, with a null one nobody knows."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    if "crs" not in about:
        return None, WGS84
    if about["crs"] is None:
        return None, None
    definition = about["crs"]
    identifier = definition.get("id") if isinstance(definition, dict) else None
    if isinstance(identifier, dict) and identifier.get("authority") in ("EPSG", "OGC"):
        return f"{identifier['authority']}:{identifier.get('code')}", None
    try:
        code = CRS.from_json(json.dumps(definition)).to_epsg()
    except (CRSError, ValueError):
        code = None
    return (f"EPSG:{code}" if code else str(definition)[:200]), None


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return None
    return clean_value(value if isinstance(value, (str, bool, int, float)) or value is None else str(value))
