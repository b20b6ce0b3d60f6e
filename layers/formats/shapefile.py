"""A zipped Shapefile: one data set, its frame from the .prj or not at all, its encoding from the .cpg or guessed."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any
from zipfile import ZipFile

from layers.errors import UnreadableFile
from layers.formats.archive import open_archive, read_member
from layers.formats.encoding import CODE_PAGES, LABELS, guess_codec
from layers.formats.gdal import private_copy, read_with_gdal
from layers.formats.raw import Limits, RawTable, Step, clean_columns, clean_text

NEEDED = (".shp", ".shx", ".dbf")
STATED = (".prj", ".cpg")
UNREAD = (".cst", ".sbn", ".sbx", ".qix", ".qpj", ".qmd", ".xml", ".txt", ".ain", ".aih", ".atx")
MEMBERS = {*NEEDED, *STATED, *UNREAD}
SHP_MAGIC = b"\x00\x00\x27\x0a"
DBF_LANGUAGE_BYTE = 29
DBF_GBK = 0x4D


def read_zipped_shapefile(data: bytes, limits: Limits, layer_name: str | None = None) -> RawTable:
    """The named data set of the archive, or the only one.

    Raises UnreadableFile ``no_shapefile``, ``several_layers``, ``layer_missing``, ``shapefile_part_missing``,
    ``content_is_not`` and those of the archive.
    """
    with open_archive(data, MEMBERS, limits) as archive:
        parts = _parts(archive, layer_name)
        wanted = [suffix for suffix in (*NEEDED, *STATED) if suffix in parts]
        contents = {suffix: read_member(archive, parts[suffix], limits) for suffix in wanted}
    if not contents[".shp"].startswith(SHP_MAGIC):
        raise UnreadableFile("content_is_not", expected="Shapefile", found="")
    frame = contents.get(".prj", b"").decode("utf-8", "replace").strip("\ufeff \t\r\n\x00") or None
    codec, steps = _codec(contents)
    with private_copy({f"content{suffix}": contents[suffix] for suffix in NEEDED}) as folder:
        # Bytes pass through GDAL untouched as Latin-1; each cell is then decoded here, where a fault can be counted.
        table = read_with_gdal(folder / "content.shp", "ESRI Shapefile", limits, frame=frame, encoding="ISO-8859-1")
    return _decoded(table, codec, steps)


def _parts(archive: ZipFile, wanted: str | None) -> dict[str, str]:
    """Suffix to member name of one data set."""
    names = [name for name in archive.namelist() if "__MACOSX" not in PurePosixPath(name).parts]
    stems = [name[:-4] for name in names if name.lower().endswith(".shp")]
    titles = [PurePosixPath(stem).name for stem in stems]
    if not stems:
        raise UnreadableFile("no_shapefile")
    if wanted is None and len(stems) > 1:
        raise UnreadableFile("several_layers", layers=titles)
    chosen = [stem for stem, title in zip(stems, titles, strict=True) if wanted in (None, title)]
    if not chosen:
        raise UnreadableFile("layer_missing", layer=wanted or "", layers=titles)
    parts = {name[len(chosen[0]) :].lower(): name for name in names if name.lower().startswith(f"{chosen[0].lower()}.")}
    for suffix in NEEDED:
        if suffix not in parts:
            raise UnreadableFile("shapefile_part_missing", part=suffix)
    return parts


def _codec(contents: dict[str, bytes]) -> tuple[str, tuple[Step, ...]]:
    """The codec of the attribute table, and a step when nobody stated it."""
    stated = contents.get(".cpg", b"").decode("ascii", "replace").strip().lower()
    codec = CODE_PAGES.get(stated) or CODE_PAGES.get(re.sub(r"^(ansi|oem|cp|windows)[ -]*", "", stated))
    if codec:
        return codec, ()
    table = contents[".dbf"]
    if len(table) > DBF_LANGUAGE_BYTE and table[DBF_LANGUAGE_BYTE] == DBF_GBK:
        return "gb18030", ()
    guess = guess_codec(_fields(table)) or "gb18030"
    if all(field.isascii() for field in _fields(table)):
        return "utf-8", ()
    return guess, (Step("encoding_guessed", {"encoding": LABELS[guess]}),)


def _fields(table: bytes) -> Iterator[bytes]:
    """Field names and text cells of a dBASE table, as bytes (layout: dBASE III, header of 32 + 32 n + 1 bytes)."""
    if len(table) < 32:
        return
    records, start, length = struct.unpack_from("<IHH", table, 4)
    columns, offset = [], 1
    for at in range(32, min(start, len(table)) - 1, 32):
        if table[at] == 0x0D or at + 32 > len(table):
            break
        yield table[at : at + 11].split(b"\x00")[0]
        width = table[at + 16]
        if table[at + 11 : at + 12] == b"C":
            columns.append((offset, width))
        offset += width
    for record in range(min(records, (len(table) - start) // length if length else 0)):
        row = table[start + record * length : start + (record + 1) * length]
        yield from (row[first : first + width].rstrip(b" \x00") for first, width in columns)


def _decoded(table: RawTable, codec: str, steps: tuple[Step, ...]) -> RawTable:
    lost = 0

    def text(value: Any) -> Any:
        nonlocal lost
        if not isinstance(value, str):
            return value
        decoded = value.encode("latin-1", "replace").decode(codec, "replace").strip()
        lost += "\ufffd" in decoded
        return clean_text(decoded) or None

    rows = table.rows.map(text)
    names = clean_columns(text(name) for name in table.columns)
    rows.columns = list(names)
    if lost:
        steps = (*steps, Step("characters_lost", {"cells": lost}))
    label = LABELS.get(codec, codec)
    return replace(table, rows=rows, columns=names, encoding=label, steps=steps, assumed=steps, format="shapefile")
