"""Shapefiles in one ZIP with the manifest. The format's limits are met knowingly, and every one that bit is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyogrio

from atlas.dataset.csv_table import csv_bytes
from atlas.dataset.manifest import manifest_bytes, manifest_lines
from atlas.dataset.parts import TABLE, Part, plain_columns, renamed_limit, unique_names
from atlas.report.archive import packed

#: What dBASE III can hold: characters of a column's name, bytes of a text.
LONGEST_NAME, LONGEST_TEXT = 10, 254


def write(
    parts: Sequence[Part], manifest: dict[str, Any], moment: datetime, language: str
) -> tuple[bytes, list[dict[str, Any]]]:
    """The archive, and per table what was called otherwise, cut, or put into a CSV because it has no place."""
    limits: list[dict[str, Any]] = []
    files: dict[str, bytes] = {}
    for part in parts:
        if part.kind == TABLE:
            files[f"{part.name}.csv"] = csv_bytes(part.attributes)
            limits.append({"code": "no_place", "table": part.name, "rows": len(part.frame)})
        else:
            files |= _shapefile(part, moment, limits)
    told = {**manifest, "limits": limits}
    files["manifest.json"] = manifest_bytes(told)
    files["manifest.txt"] = ("\n".join(manifest_lines(told, language)) + "\n").encode()
    return packed(files, moment), limits


def _shapefile(part: Part, moment: datetime, limits: list[dict[str, Any]]) -> Mapping[str, bytes]:
    names = unique_names(part.columns, LONGEST_NAME)
    limits += renamed_limit(part, names)
    frame = plain_columns(part)
    cut = 0
    for name in part.columns:
        if frame[name].dtype == bool:
            frame[name] = frame[name].astype("int64")
        elif frame[name].dtype == object:
            shortened = frame[name].map(shortened_text)
            cut += int((shortened != frame[name]).where(frame[name].notna(), False).sum())
            frame[name] = shortened
    if cut:
        limits.append({"code": "texts_cut", "table": part.name, "cells": cut})
    several = part.kind == "point" and bool((frame.geometry.geom_type == "MultiPoint").any())
    point = "MultiPoint" if several else "Point"
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{part.name}.shp"
        pyogrio.write_dataframe(
            frame.rename(columns=names),
            path,
            driver="ESRI Shapefile",
            encoding="UTF-8",
            promote_to_multi=several,
            layer_options={"DBF_DATE_LAST_UPDATE": moment.strftime("%Y-%m-%d"), "RESIZE": "YES"},
            geometry_type={"point": point, "line": "LineString", "area": "Polygon"}[part.kind],
        )
        return {written.name: written.read_bytes() for written in sorted(Path(folder).iterdir())}


def shortened_text(value: Any) -> Any:
    """A text of at most 254 bytes of UTF-8 that ends with a whole character; anything else as it is."""
    if not isinstance(value, str):
        return value
    coded = value.encode("utf-8", "replace")
    return value if len(coded) <= LONGEST_TEXT else coded[:LONGEST_TEXT].decode("utf-8", "ignore")
