"""GeoPackage: a table a part, the table ``layer_styles`` that QGIS takes a layer's look from, and ``manifest``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pyogrio

from atlas.dataset.manifest import manifest_bytes, manifest_lines
from atlas.dataset.parts import TABLE, Part, plain_columns, renamed_limit, unique_names
from atlas.dataset.qgis_style import qml
from atlas.report.as_gpkg import clock_set

#: Columns that GDAL keeps for itself.
RESERVED = ("fid", "geom")
#: A version of the standard that QGIS reads without a warning since 3.0.
OLDEST_VERSION = "1.2"
SINGLE_TYPES = ("Point", "LineString", "Polygon")
MULTI_TYPES = {"point": "MultiPoint", "line": "MultiLineString", "area": "MultiPolygon"}


def write(
    parts: Sequence[Part], manifest: dict[str, Any], moment: datetime, language: str
) -> tuple[bytes, list[dict[str, Any]]]:
    """The file, and the columns that had to be called otherwise."""
    limits: list[dict[str, Any]] = []
    with TemporaryDirectory() as folder, clock_set(moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")):
        path = Path(folder) / "data.gpkg"
        for part in parts:
            names = unique_names(part.columns, taken=RESERVED)
            limits += renamed_limit(part, names)
            _write_part(path, part, plain_columns(part).rename(columns=names), language)
        styled = _styles([part for part in parts if part.kind != TABLE], moment, language)
        if len(styled):
            pyogrio.write_dataframe(styled, path, layer="layer_styles", driver="GPKG", layer_options={"FID": "id"})
        pyogrio.write_dataframe(_manifest_table(manifest, language), path, layer="manifest", driver="GPKG")
        return path.read_bytes(), limits


def _write_part(path: Path, part: Part, frame: Any, language: str) -> None:
    options = {"IDENTIFIER": part.name, "DESCRIPTION": part.layer.spec.titled(language)}
    version = {} if path.exists() else {"VERSION": OLDEST_VERSION}
    if part.kind == TABLE:
        frame, drawn = pd.DataFrame(frame.drop(columns="geometry")), {}
    else:
        types = set(frame.geometry.geom_type.dropna())
        single = len(types) == 1 and types <= set(SINGLE_TYPES)
        wanted = types.pop() if single else MULTI_TYPES[part.kind]
        drawn = {"geometry_type": wanted, "promote_to_multi": not single}
    pyogrio.write_dataframe(
        frame, path, layer=part.name, driver="GPKG", layer_options=options, dataset_options=version, **drawn
    )


def _styles(parts: Sequence[Part], moment: datetime, language: str) -> pd.DataFrame:
    """A row a drawn table, in the columns by which QGIS looks a default style up."""
    return pd.DataFrame(
        {
            "f_table_catalog": "",
            "f_table_schema": "",
            "f_table_name": [part.name for part in parts],
            "f_geometry_column": "geom",
            "styleName": [part.name[:30] for part in parts],
            "styleQML": [qml(part, language) for part in parts],
            "styleSLD": "",
            "useAsDefault": True,
            "description": [part.layer.spec.titled(language) for part in parts],
            "owner": "",
            "ui": "",
            "update_time": pd.Timestamp(moment),
        },
        index=range(len(parts)),
    )


def _manifest_table(manifest: dict[str, Any], language: str) -> pd.DataFrame:
    lines = {"text": "\n".join(manifest_lines(manifest, language)), "json": manifest_bytes(manifest).decode()}
    return pd.DataFrame({"item": list(lines), "content": list(lines.values())})
