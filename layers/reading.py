"""What is this file? Its suffix and its first bytes must agree on one allowed format before a reader sees it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePath
from typing import TypeVar

from layers.errors import UnreadableFile
from layers.formats.raster import RawGrid
from layers.formats.raw import MEGABYTE, Limits, RawTable, Step

__all__ = ["LIMITS", "SUFFIXES", "Limits", "RawGrid", "RawTable", "Step"]
__all__ += ["is_grid", "read_bytes", "read_grid", "read_table"]

Result = TypeVar("Result")

LIMITS = Limits()

#: Suffix to the kind of content that must stand behind it.
SUFFIXES = {
    ".geojson": "json",
    ".json": "json",
    ".gpkg": "sqlite",
    ".zip": "zip",
    ".kml": "xml",
    ".kmz": "zip",
    ".csv": "text",
    ".tsv": "text",
    ".xlsx": "zip",
    ".parquet": "parquet",
    ".tif": "tiff",
    ".tiff": "tiff",
}
MAGIC = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"SQLite format 3\x00", "sqlite"),
    (b"PAR1", "parquet"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"II+\x00", "tiff"),
    (b"MM\x00+", "tiff"),
    (b"\xd0\xcf\x11\xe0", "xls"),
    (b"%PDF", "pdf"),
)
MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be", b"\xef\xbb\xbf": "utf-8"}
GRID_SUFFIXES = {".tif", ".tiff"}


def read_bytes(path: Path, *, size_limit: int = LIMITS.file_bytes) -> bytes:
    """The content of a file that the user named, its size asked first.

    Raises UnreadableFile ``file_missing``, ``file_too_large``, ``file_unreadable``.
    """
    try:
        if not path.is_file():
            raise UnreadableFile("file_missing", file=path.name)
        if path.stat().st_size > size_limit:
            raise _too_large(path.name, path.stat().st_size, size_limit)
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFile("file_unreadable", file=path.name) from error


def is_grid(filename: str) -> bool:
    """Whether a file of this name is read with ``read_grid``."""
    return _suffix(filename) in GRID_SUFFIXES


def read_table(data: bytes, filename: str, *, layer_name: str | None = None, limits: Limits = LIMITS) -> RawTable:
    """Rows and geometries of a file, as the file has them.

    ``filename`` serves for its suffix only and is never opened. ``layer_name`` chooses among the tables of a
    GeoPackage, the data sets of a zip, the sheets of a workbook. Raises UnreadableFile with ``file`` among its values.
    """
    suffix = _checked_suffix(data, filename, limits)
    if suffix in GRID_SUFFIXES:
        raise UnreadableFile("grid_not_table", file=PurePath(filename).name)
    return _named(lambda: _reader(suffix, layer_name)(data, limits), filename)


def read_grid(data: bytes, filename: str, *, limits: Limits = LIMITS) -> RawGrid:
    """The grid in a GeoTIFF. Raises UnreadableFile with ``file`` among its values."""
    from layers.formats.raster import read_geotiff

    if _checked_suffix(data, filename, limits) not in GRID_SUFFIXES:
        raise UnreadableFile("table_not_grid", file=PurePath(filename).name)
    return _named(lambda: read_geotiff(data, limits), filename)


def _reader(suffix: str, layer_name: str | None) -> Callable[[bytes, Limits], RawTable]:
    from layers.formats import database, geojson, kml, parquet, shapefile, spreadsheet, text_table

    readers: dict[str, Callable[[bytes, Limits], RawTable]] = {
        ".geojson": geojson.read_geojson,
        ".json": geojson.read_geojson,
        ".gpkg": lambda data, limits: database.read_gpkg(data, limits, layer_name),
        ".zip": lambda data, limits: shapefile.read_zipped_shapefile(data, limits, layer_name),
        ".kml": kml.read_kml,
        ".kmz": kml.read_kmz,
        ".csv": text_table.read_csv,
        ".tsv": text_table.read_csv,
        ".xlsx": lambda data, limits: spreadsheet.read_xlsx(data, limits, layer_name),
        ".parquet": parquet.read_geoparquet,
    }
    return readers[suffix]


def _named(read: Callable[[], Result], filename: str) -> Result:
    try:
        return read()
    except UnreadableFile as error:
        raise UnreadableFile(error.code, **{**error.values, "file": PurePath(filename).name}) from error


def _suffix(filename: str) -> str:
    return PurePath(filename).suffix.lower()


def _checked_suffix(data: bytes, filename: str, limits: Limits) -> str:
    name, suffix = PurePath(filename).name, _suffix(filename)
    if len(data) > limits.file_bytes:
        raise _too_large(name, len(data), limits.file_bytes)
    if suffix not in SUFFIXES:
        raise UnreadableFile("format_refused", file=name, suffix=suffix, allowed=sorted(SUFFIXES))
    if not data:
        raise UnreadableFile("file_empty", file=name)
    found = _content(data)
    if found != SUFFIXES[suffix]:
        raise UnreadableFile("content_is_not", file=name, expected=suffix, found=found)
    return suffix


def _content(data: bytes) -> str:
    """What the first bytes are: a known binary kind, json, xml, or text."""
    kind = next((kind for magic, kind in MAGIC if data.startswith(magic)), None)
    if kind is not None:
        return kind
    start = data[:4096]
    codec = next((codec for mark, codec in MARKS.items() if start.startswith(mark)), "utf-8")
    if codec == "utf-8" and b"\x00" in start:
        return "binary"
    text = start.decode(codec, "ignore").lstrip("\ufeff \t\r\n")
    return {"{": "json", "<": "xml"}.get(text[:1], "text")


def _too_large(name: str, size: int, limit: int) -> UnreadableFile:
    return UnreadableFile("file_too_large", file=name, size_mb=round(size / MEGABYTE), limit_mb=limit // MEGABYTE)
