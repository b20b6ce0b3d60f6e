"""DuckDB spatial asked the same questions: joins of points with subdivided shapes, written as Parquet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import duckdb_extension_spatial
import numpy as np
import pyarrow
import shapely
from numpy.typing import NDArray

from benchmarks.conflict_parts.subdivide import subdivided
from benchmarks.conflict_parts.worker import HARD, SITES, kept_layers
from benchmarks.conflict_parts.workload import KINDS, Kind, squares_around
from geo.crs import to_plane


def connected(threads: int = 2) -> duckdb.DuckDBPyConnection:
    """A database in memory with the extension loaded from its wheel."""
    wheel = Path(duckdb_extension_spatial.__file__).parent
    connection = duckdb.connect(config={"allow_unsigned_extensions": True, "threads": threads})
    connection.execute(f"LOAD '{next(wheel.rglob('spatial.duckdb_extension'))}'")
    return connection


class Contestant:
    """Tables in memory. ``build`` subdivides and loads; ``points`` and ``squares`` ask all rules and write Parquet."""

    def __init__(self, folder: Path) -> None:
        self._plane = {name: to_plane(geometry) for name, geometry in kept_layers(folder).items()}
        self._lonlat = np.load(folder / SITES)
        self._folder = folder
        self._out = folder / "duckdb.parquet"
        self._connection = connected()

    def build(self, _count: int) -> None:
        """One table a layer: its parts and whose they are."""
        for kind in KINDS:
            parts, owner = subdivided(self._plane[kind.id])
            table = pyarrow.table({"feature": owner, "wkb": shapely.to_wkb(parts)})
            self._connection.register("incoming", table)
            self._connection.execute(
                f"CREATE TABLE {kind.id} AS SELECT feature, ST_GeomFromWKB(wkb) AS geom FROM incoming"
            )
            self._connection.unregister("incoming")

    def points(self, count: int) -> None:
        """All rules for so many points, placed in the plane first as ours are."""
        self._points(self._lonlat[:count])

    def hard(self, _count: int) -> None:
        """The adversarial points."""
        self._points(np.load(self._folder / HARD))

    def _points(self, lonlat: NDArray[np.float64]) -> None:
        count = len(lonlat)
        x, y = to_plane(lonlat).T
        table = pyarrow.table({"site": np.arange(count), "x": x, "y": y})
        self._ask(table, "ST_Point(x, y)", of_point)

    def squares(self, count: int) -> None:
        """All rules for squares of 200 m, with areas."""
        plane = to_plane(squares_around(self._lonlat[:count]))
        table = pyarrow.table({"site": np.arange(count), "wkb": shapely.to_wkb(plane)})
        self._ask(table, "ST_GeomFromWKB(wkb)", of_square)

    def _ask(self, table: pyarrow.Table, geometry: str, question: Callable[[Kind], str]) -> None:
        self._connection.register("incoming", table)
        self._connection.execute(f"CREATE OR REPLACE TABLE sites AS SELECT site, {geometry} AS geom FROM incoming")
        self._connection.unregister("incoming")
        union = " UNION ALL ".join(question(kind) for kind in KINDS)
        self._connection.execute(f"COPY ({union}) TO '{self._out}' (FORMAT parquet)")


def of_point(kind: Kind) -> str:
    """All conflicts of a rule: site, distance of the nearest feature, the features from the nearest."""
    if kind.distance_m is None:
        return f"""SELECT site, '{kind.id}' AS rule, 0.0 AS distance_m, list(DISTINCT feature) AS features
            FROM sites JOIN {kind.id} AS part ON ST_Intersects(part.geom, sites.geom) GROUP BY site"""
    return f"""SELECT site, '{kind.id}' AS rule, min(near) AS distance_m, list(feature ORDER BY near) AS features FROM (
        SELECT site, feature, min(ST_Distance(part.geom, sites.geom)) AS near
        FROM sites JOIN {kind.id} AS part ON ST_DWithin(part.geom, sites.geom, {kind.distance_m})
        GROUP BY site, feature) WHERE near < {kind.distance_m} GROUP BY site"""


def of_square(kind: Kind) -> str:
    """The same, with the shared area in place of the distance where a rule forbids overlap."""
    if kind.distance_m is not None:
        return of_point(kind)
    return f"""SELECT site, '{kind.id}' AS rule, sum(ST_Area(ST_Intersection(part.geom, sites.geom))) AS area_m2,
        list(DISTINCT feature) AS features
        FROM sites JOIN {kind.id} AS part ON ST_Intersects(part.geom, sites.geom) GROUP BY site"""
