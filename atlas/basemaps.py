"""Background maps as settings: none unless somebody sets one up, each with its declared datum.

``atlas.toml`` in the workspace holds ``[[basemap]]`` entries; tiles from a file or folder are copied under ``static``
by a command, so that the page asks only its own server for them.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import tomllib
from contextlib import closing
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from atlas.drawing import Basemap
from geo.crs import GCJ02, WGS84, Frame
from layers.errors import CatalogueFault, UnreadableFile

SETTINGS = "atlas.toml"
TILES = Path(__file__).resolve().parent.parent / "static" / "tiles"

#: How the first bytes of a tile name its format.
_SIGNATURES = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpg"}
_ID = re.compile(r"[a-z0-9_]{1,40}")


class BasemapEntry(BaseModel):
    """A ``[[basemap]]`` entry. ``url`` holds {z}, {x}, {y}; tiles of our own are ``tiles/ID/{z}/{x}/{y}.png``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    title: str
    kind: Literal["xyz", "wmts"] = "xyz"
    url: str
    datum: Literal["wgs84", "cgcs2000", "gcj02"]
    attribution: str
    max_zoom: int = 18

    @property
    def frame(self) -> Frame:
        """The frame in which the tiles are drawn; CGCS2000 and WGS84 agree far below a pixel."""
        return GCJ02 if self.datum == "gcj02" else WGS84

    def basemap(self, asset_base: str) -> Basemap:
        """The basemap for the map; tiles of our own are found below the page's own assets."""
        url = f"{asset_base}/{self.url}" if self.url.startswith("tiles/") else self.url
        return Basemap(self.kind, url, self.datum, self.attribution, self.max_zoom)


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    basemap: list[BasemapEntry] = []


def basemaps(workspace: Path | None) -> tuple[BasemapEntry, ...]:
    """The basemaps of a workspace. Raises CatalogueFault for settings that cannot be read."""
    path = workspace / SETTINGS if workspace else None
    if path is None or not path.is_file():
        return ()
    try:
        return tuple(_Settings.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))).basemap)
    except (tomllib.TOMLDecodeError, ValidationError, UnicodeDecodeError) as error:
        raise CatalogueFault("bad_settings", file=str(path), detail=" ".join(str(error).split())) from error


def unpack_tiles(source: Path, tiles_id: str, target: Path = TILES) -> tuple[int, int]:
    """Copy the tiles of an MBTiles file or an XYZ folder below ``static/tiles``; returns (tiles, highest zoom).

    An MBTiles file counts rows from the south; what is written counts them from the north. Tiles that are neither PNG
    nor JPEG are refused. Raises UnreadableFile.
    """
    if not _ID.fullmatch(tiles_id):
        raise UnreadableFile("bad_tiles_id", given=tiles_id)
    partial = target / f".{tiles_id}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    tiles = _mbtiles(source) if source.is_file() else _folder(source)
    count, highest = 0, 0
    for zoom, column, row, content in tiles:
        suffix = next((name for signature, name in _SIGNATURES.items() if content.startswith(signature)), None)
        if suffix is None:
            shutil.rmtree(partial, ignore_errors=True)
            raise UnreadableFile("tile_not_a_picture", file=source.name, tile=f"{zoom}/{column}/{row}")
        place = partial / str(zoom) / str(column)
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{row}.{suffix}").write_bytes(content)
        count, highest = count + 1, max(highest, zoom)
    if not count:
        raise UnreadableFile("no_tiles", file=source.name)
    shutil.rmtree(target / tiles_id, ignore_errors=True)
    partial.replace(target / tiles_id)
    return count, highest


def _mbtiles(source: Path):  # type: ignore[no-untyped-def]  # yields (zoom, column, row from the north, bytes)
    try:
        with closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            for zoom, column, row, content in database.execute(
                "SELECT zoom_level, tile_column, tile_row, tile_data FROM tiles"
            ):
                yield int(zoom), int(column), 2 ** int(zoom) - 1 - int(row), bytes(content)
    except (sqlite3.Error, TypeError, ValueError) as error:
        raise UnreadableFile("not_mbtiles", file=source.name, detail=str(error)) from error


def _folder(source: Path):  # type: ignore[no-untyped-def]  # yields (zoom, column, row, bytes)
    for path in sorted(source.glob("*/*/*.*")):
        zoom, column, row = path.parts[-3], path.parts[-2], path.stem
        if zoom.isdigit() and column.isdigit() and row.isdigit():
            yield int(zoom), int(column), int(row), path.read_bytes()
