"""Files as an attacker, or an unlucky colleague, would upload them: made here, so that nothing of it lies on a disk."""

from __future__ import annotations

import io
import json
import sqlite3
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def feature(geometry: Mapping[str, Any] | None, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def point(*coordinates: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": list(coordinates)}


def polygon(*corners: Sequence[float]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[*map(list, corners), list(corners[0])]]}


def geojson(*features: Mapping[str, Any], **members: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features, **members}, ensure_ascii=False).encode()


def archive(members: Mapping[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as target:
        for name, content in members.items():
            target.writestr(name, content)
    return stream.getvalue()


def kml(*placemarks: str, head: str = "") -> bytes:
    body = "".join(f"<Placemark>{placemark}</Placemark>" for placemark in placemarks)
    return f'<?xml version="1.0"?>{head}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{body}</Document></kml>'.encode()


def shapefile_members(folder: Path, **options: Any) -> dict[str, bytes]:
    """A point at 120.1E 36.1N named 青岛, in EPSG:4549, as the members of a Shapefile."""
    import geopandas
    import shapely

    frame = geopandas.GeoDataFrame({"名称": ["青岛"]}, geometry=[shapely.Point(120.1, 36.1)], crs="EPSG:4326")
    frame.to_crs("EPSG:4549").to_file(folder / "sites.shp", **options)
    return {path.name: path.read_bytes() for path in sorted(folder.glob("sites.*"))}


def geopackage(path: Path, *statements: str) -> bytes:
    """A GeoPackage of one point, then whatever the statements do to its schema."""
    import geopandas
    import shapely

    frame = geopandas.GeoDataFrame({"name": ["a"]}, geometry=[shapely.Point(120.1, 36.1)], crs="EPSG:4326")
    frame.to_file(path, layer="sites", driver="GPKG")
    with sqlite3.connect(path) as database:
        for statement in statements:
            database.execute(statement)
    database.close()
    return path.read_bytes()


def workbook(rows: Sequence[Sequence[Any]]) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def geotiff(values: Any, bounds: tuple[float, float, float, float], crs: str | None) -> bytes:
    import rasterio.io
    import rasterio.transform

    rows, columns = values.shape
    transform = rasterio.transform.from_bounds(*bounds, columns, rows)
    about = {"driver": "GTiff", "dtype": "float64", "count": 1, "height": rows, "width": columns}
    with rasterio.io.MemoryFile() as memory:
        with memory.open(**about, crs=crs, transform=transform, nodata=-9999.0) as target:
            target.write(values, 1)
        return memory.read()


def lying_zip(claimed: int) -> bytes:
    """A zip whose directory claims a size that its member does not have."""
    content = archive({"a.shp": b"x" * 100}, zipfile.ZIP_STORED)
    at = content.index(b"PK\x01\x02") + 24
    return content[:at] + struct.pack("<I", claimed) + content[at + 4 :]
