"""CSV that no spreadsheet computes: one layer, its geometry as WKT, points with longitude and latitude too."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import datetime
from io import StringIO
from typing import Any

import shapely

from atlas.dataset.parts import Part
from atlas.report.as_csv import literal


def write(
    parts: Sequence[Part], _manifest: dict[str, Any], _moment: datetime, _language: str
) -> tuple[bytes, list[dict[str, Any]]]:
    """The layer as one table; CSV has no room for a manifest, which therefore lies beside it."""
    layer = parts[0].layer
    whole = Part(layer.spec.id, parts[0].kind, layer, layer.frame)
    return csv_bytes(with_places(whole)), []


def with_places(part: Part) -> Any:
    """The attributes and, where any row has a place, ``lon`` and ``lat`` of points and ``wkt`` of everything."""
    table = part.attributes.copy()
    geometry = part.frame.geometry
    if geometry.isna().all():
        return table
    points = geometry.where(geometry.geom_type == "Point")
    if points.notna().any():
        table["lon"], table["lat"] = points.x, points.y
    table["wkt"] = shapely.to_wkt(geometry.to_numpy(), rounding_precision=8)
    return table


def csv_bytes(table: Any) -> bytes:
    """UTF-8 with a byte order mark, so that Excel reads Chinese; blank where nothing is known."""
    target = StringIO(newline="")
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow([literal(str(name)) for name in table.columns])
    for row in table.itertuples(index=False, name=None):
        writer.writerow(["" if value is None or value != value else literal(_plain(value)) for value in row])
    return target.getvalue().encode("utf-8-sig", "replace")


def _plain(value: Any) -> Any:
    """Numbers of numpy as Python's, so that they are written alike everywhere."""
    return value.item() if hasattr(value, "item") else value
