"""DuckDB spatial asked the same questions: joins of points with subdivided shapes, written as Parquet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
import duckdb_extension_spatial
import numpy as np
import pyarrow
import shapely
from numpy.typing import NDArray

from benchmarks.conflict_parts.subdivide import subdivided
from benchmarks.conflict_parts.workload import KINDS, Kind


def connected(threads: int = 2) -> duckdb.DuckDBPyConnection:
    """A database in memory with the extension loaded from its wheel."""
    wheel = Path(duckdb_extension_spatial.__file__).parent
    connection = duckdb.connect(config={"allow_unsigned_extensions": True, "threads": threads})
    connection.execute(f"LOAD '{next(wheel.rglob('spatial.duckdb_extension'))}'")
    return connection


def load_layers(connection: duckdb.DuckDBPyConnection, plane: Mapping[str, NDArray[np.object_]]) -> None:
    """One table a layer: its parts and whose they are."""
    for kind in KINDS:
        parts, owner = subdivided(plane[kind.id])
        table = pyarrow.table({"feature": owner, "wkb": shapely.to_wkb(parts)})
        connection.register("incoming", table)
        connection.execute(f"CREATE TABLE {kind.id} AS SELECT feature, ST_GeomFromWKB(wkb) AS geom FROM incoming")
        connection.unregister("incoming")


def load_points(connection: duckdb.DuckDBPyConnection, points: NDArray[np.float64]) -> None:
    """The sites, EPSG:4549."""
    table = pyarrow.table({"site": np.arange(len(points)), "x": points[:, 0], "y": points[:, 1]})
    connection.register("incoming", table)
    connection.execute("CREATE OR REPLACE TABLE sites AS SELECT site, ST_Point(x, y) AS geom FROM incoming")
    connection.unregister("incoming")


def question(kind: Kind) -> str:
    """All conflicts of a rule: site, distance of the nearest feature, the features from the nearest."""
    if kind.distance_m is None:
        return f"""SELECT site, '{kind.id}' AS rule, 0.0 AS distance_m, list(DISTINCT feature) AS features
            FROM sites JOIN {kind.id} AS part ON ST_Intersects(part.geom, sites.geom) GROUP BY site"""
    return f"""SELECT site, '{kind.id}' AS rule, min(near) AS distance_m, list(feature ORDER BY near) AS features FROM (
        SELECT site, feature, min(ST_Distance(part.geom, sites.geom)) AS near
        FROM sites JOIN {kind.id} AS part ON ST_DWithin(part.geom, sites.geom, {kind.distance_m})
        GROUP BY site, feature) WHERE near < {kind.distance_m} GROUP BY site"""


def answer(connection: duckdb.DuckDBPyConnection, out: Path) -> None:
    """All rules, written whole."""
    union = " UNION ALL ".join(question(kind) for kind in KINDS)
    connection.execute(f"COPY ({union}) TO '{out}' (FORMAT parquet)")
