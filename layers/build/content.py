"""Content of a layer in memory, and how it is written: deterministic text, the same on every run."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

#: Decimals of a degree that are written: about 0.1 m, far below any accuracy here.
DECIMALS = 6
#: What two builds may differ by, in degrees, when floating point differs between machines.
TOLERANCE = 2e-6


@dataclass(frozen=True)
class Content:
    """Rows of a layer. ``columns`` in writing order; ``geometries`` lon-lat, one a row, or None for a table."""

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]
    geometries: tuple[BaseGeometry | None, ...] | None = None

    def geometry_of(self, row_id: str) -> BaseGeometry | None:
        """The geometry of the row with an id."""
        if self.geometries is None:
            raise ValueError("a table has no geometry")
        return self.geometries[[row["id"] for row in self.rows].index(row_id)]


def content(rows: Sequence[Mapping[str, Any]], geometries: Sequence[BaseGeometry | None] | None = None) -> Content:
    """Rows as Content with the columns of the first row; geometries rounded to what will be written."""
    columns = tuple(rows[0])
    for row in rows:
        if tuple(row) != columns:
            raise ValueError(f"rows with different columns: {sorted(set(row) ^ set(columns))}")
    rounded = None if geometries is None else tuple(None if g is None else rounded_geometry(g) for g in geometries)
    return Content(columns, tuple(rows), rounded)


def rounded_geometry(geometry: BaseGeometry) -> BaseGeometry:
    """Coordinates rounded to DECIMALS; shared vertices stay shared, so a coverage stays a coverage."""
    return shapely.transform(geometry, lambda points: points.round(DECIMALS))


def as_text(made: Content) -> str:
    """GeoJSON with one feature a line, or CSV for a table."""
    return _csv(made) if made.geometries is None else _geojson(made)


def from_text(text: str, *, table: bool) -> Content:
    """Content as it was written; cells of a CSV are text."""
    if table:
        reader = csv.DictReader(io.StringIO(text))
        rows = tuple(reader)
        return Content(tuple(reader.fieldnames or ()), rows)
    features = json.loads(text)["features"]
    columns = tuple(features[0]["properties"])
    geometries = tuple(None if f["geometry"] is None else shape(f["geometry"]) for f in features)
    return Content(columns, tuple(f["properties"] for f in features), geometries)


def sha256_of(text: str) -> str:
    """The digest of a text as it stands on disk."""
    return hashlib.sha256(text.encode()).hexdigest()


def same(made: Content, seen: Content) -> bool:
    """Whether two contents say the same: equal cells, numbers and coordinates within what platforms differ by."""
    if made.columns != seen.columns or len(made.rows) != len(seen.rows):
        return False
    pairs = zip(made.rows, seen.rows, strict=True)
    if not all(_same_cell(a[column], b[column]) for a, b in pairs for column in made.columns):
        return False
    if made.geometries is None or seen.geometries is None:
        return made.geometries is seen.geometries
    return all(_same_geometry(a, b) for a, b in zip(made.geometries, seen.geometries, strict=True))


def _same_cell(a: Any, b: Any) -> bool:
    if isinstance(a, float) and isinstance(b, int | float) and not isinstance(b, bool):
        return math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-6)
    return bool(a == b) or (isinstance(b, str) and _cell(a) == b)


def _same_geometry(a: BaseGeometry | None, b: BaseGeometry | None) -> bool:
    if a is None or b is None:
        return a is b
    if shapely.equals_exact(a, b, tolerance=TOLERANCE):
        return True
    return a.geom_type == b.geom_type and float(shapely.hausdorff_distance(a, b)) < TOLERANCE


def _geojson(made: Content) -> str:
    assert made.geometries is not None  # noqa: S101
    features = [
        {"type": "Feature", "properties": dict(row), "geometry": None if g is None else _coordinates(mapping(g))}
        for row, g in zip(made.rows, made.geometries, strict=True)
    ]
    lines = ",\n".join(json.dumps(f, ensure_ascii=False, separators=(",", ":"), allow_nan=False) for f in features)
    return '{"type":"FeatureCollection","features":[\n' + lines + "\n]}\n"


def _coordinates(value: Any) -> Any:
    """Coordinates with at most DECIMALS decimals, without the noise of binary fractions."""
    if isinstance(value, float):
        return round(value, DECIMALS)
    if isinstance(value, dict):
        return {key: _coordinates(item) for key, item in value.items()}
    return [_coordinates(item) for item in value] if isinstance(value, list | tuple) else value


def _csv(made: Content) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(made.columns)
    writer.writerows([_cell(row[column]) for column in made.columns] for row in made.rows)
    return buffer.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) and not value.is_integer() else _whole(value)


def _whole(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) else str(value)
