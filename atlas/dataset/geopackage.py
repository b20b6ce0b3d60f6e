"""GeoPackage: a table a part, the table ``layer_styles`` that QGIS takes a layer's look from, and ``manifest``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from atlas.dataset.manifest import manifest_bytes, manifest_lines
from atlas.dataset.parts import TABLE, Part, plain_columns, renamed_limit, unique_names
from atlas.dataset.qgis_style import look_of
from atlas.gis.geopackage import clock_set, geometry_options, write_styles, write_table

#: Columns that GDAL keeps for itself.
RESERVED = ("fid", "geom")


def write(
    parts: Sequence[Part], manifest: dict[str, Any], moment: datetime, language: str
) -> tuple[bytes, list[dict[str, Any]]]:
    """The file, and the columns that had to be called otherwise."""
    limits: list[dict[str, Any]] = []
    with TemporaryDirectory() as folder, clock_set(moment):
        path = Path(folder) / "data.gpkg"
        for part in parts:
            names = unique_names(part.columns, taken=RESERVED)
            limits += renamed_limit(part, names)
            _write_part(path, part, plain_columns(part).rename(columns=names), language)
        write_styles(path, {part.name: look_of(part, language) for part in parts if part.kind != TABLE}, moment)
        write_table(path, "manifest", _manifest_table(manifest, language))
        return path.read_bytes(), limits


def _write_part(path: Path, part: Part, frame: Any, language: str) -> None:
    options = {"IDENTIFIER": part.name, "DESCRIPTION": part.layer.spec.titled(language)}
    if part.kind == TABLE:
        frame, drawn = pd.DataFrame(frame.drop(columns="geometry")), {}
    else:
        drawn = geometry_options(frame.geometry, part.kind)
    write_table(path, part.name, frame, layer_options=options, **drawn)


def _manifest_table(manifest: dict[str, Any], language: str) -> pd.DataFrame:
    lines = {"text": "\n".join(manifest_lines(manifest, language)), "json": manifest_bytes(manifest).decode()}
    return pd.DataFrame({"item": list(lines), "content": list(lines.values())})
