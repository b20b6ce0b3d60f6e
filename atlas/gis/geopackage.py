"""GeoPackages that are the same twice, and the table ``layer_styles`` in which QGIS looks a table's style up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyogrio

from atlas.gis.qml import KINDS, Look, qml

if TYPE_CHECKING:
    from geopandas import GeoSeries

SINGLE_TYPES = ("Point", "LineString", "Polygon")
MULTI_TYPES = {"point": "MultiPoint", "line": "MultiLineString", "area": "MultiPolygon"}

#: A version of the standard that QGIS reads without a warning since 3.0.
OLDEST_VERSION = "1.2"

#: GDAL's clock is one setting of the whole process, so that two files are never written at once.
_CLOCK = Lock()


@contextmanager
def clock_set(moment: datetime) -> Iterator[None]:
    """GDAL dates what it writes with a given time; its own clock runs again afterwards."""
    with _CLOCK:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")})
        try:
            yield
        finally:
            pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def kinds_of(geometries: GeoSeries) -> tuple[str, ...]:
    """What the geometries are drawn as: area, line, point, in the order from below."""
    found = set(geometries.geom_type.map(KINDS).dropna())
    return tuple(kind for kind in ("area", "line", "point") if kind in found)


def geometry_options(geometries: GeoSeries, kind: str) -> dict[str, Any]:
    """How a table of geometries of one kind is written: of one type, many-part where one of them has many parts."""
    types = set(geometries.geom_type.dropna())
    single = len(types) == 1 and types <= set(SINGLE_TYPES)
    return {"geometry_type": types.pop() if single else MULTI_TYPES[kind], "promote_to_multi": not single}


def write_table(path: Path, name: str, frame: pd.DataFrame, **how: Any) -> None:
    """A table of the file, which is made where there is none yet."""
    version = {} if path.exists() else {"VERSION": OLDEST_VERSION}
    pyogrio.write_dataframe(frame, path, layer=name, driver="GPKG", dataset_options=version, **how)


def write_styles(path: Path, looks: Mapping[str, Look], moment: datetime) -> None:
    """The look of each table, in the columns by which QGIS finds a default style.

    SLD, which QGIS writes beside its own language and does not read back, is left blank.
    """
    if not looks:
        return
    styles = pd.DataFrame(
        {
            "f_table_catalog": "",
            "f_table_schema": "",
            "f_table_name": list(looks),
            "f_geometry_column": "geom",
            "styleName": [name[:30] for name in looks],
            "styleQML": [qml(look) for look in looks.values()],
            "styleSLD": "",
            "useAsDefault": True,
            "description": [look.title for look in looks.values()],
            "owner": "",
            "ui": "",
            "update_time": pd.Timestamp(moment),
        },
        index=range(len(looks)),
    )
    write_table(path, "layer_styles", styles, layer_options={"FID": "id"})
