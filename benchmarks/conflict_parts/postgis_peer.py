"""PostGIS asked the same questions: subdivided shapes under GiST indexes, in a private server of the tests."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import psycopg
import shapely

from benchmarks.conflict_parts.subdivide import subdivided
from benchmarks.conflict_parts.worker import SITES, kept_layers
from benchmarks.conflict_parts.workload import KINDS, Kind
from geo.crs import to_plane

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "tests" / "database"))
from server import running_server  # noqa: E402  the server of the tests is started here too


class Contestant:
    """``build`` subdivides, loads and indexes; ``points`` asks all rules; the server's CPU is counted in."""

    def __init__(self, folder: Path) -> None:
        self._plane = {name: to_plane(geometry) for name, geometry in kept_layers(folder).items()}
        self._lonlat = np.load(folder / SITES)
        self._stack = ExitStack()
        self._connection = psycopg.connect(self._stack.enter_context(running_server()), autocommit=True)
        self._connection.execute("SET max_parallel_workers_per_gather = 0")
        self._connection.execute("SET work_mem = '512MB'")

    def build(self, _count: int) -> float:
        """One table a layer: its parts and whose they are."""
        before = self._server_seconds()
        for kind in KINDS:
            parts, owner = subdivided(self._plane[kind.id])
            self._connection.execute(f"CREATE TABLE {kind.id} (feature int, geom geometry)")
            with self._connection.cursor().copy(f"COPY {kind.id} FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(["int4", "bytea"])
                for row, wkb in zip(owner.tolist(), shapely.to_wkb(parts), strict=True):
                    copy.write_row((row, wkb))
            self._connection.execute(f"CREATE INDEX ON {kind.id} USING gist (geom)")
            self._connection.execute(f"ANALYZE {kind.id}")
        return self._server_seconds() - before

    def points(self, count: int) -> float:
        """All rules for so many points, written as a table."""
        before = self._server_seconds()
        self._connection.execute("DROP TABLE IF EXISTS sites, answers")
        self._connection.execute("CREATE TABLE sites (site int, geom geometry)")
        with self._connection.cursor().copy("COPY sites FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["int4", "bytea"])
            for row, wkb in enumerate(shapely.to_wkb(shapely.points(to_plane(self._lonlat[:count])))):
                copy.write_row((row, wkb))
        self._connection.execute("ANALYZE sites")
        union = " UNION ALL ".join(_question(kind) for kind in KINDS)
        self._connection.execute(f"CREATE TABLE answers AS {union}")
        return self._server_seconds() - before

    def _server_seconds(self) -> float:
        """CPU seconds of the server process that works for this connection."""
        words = Path(f"/proc/{self._connection.info.backend_pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1]
        return sum(map(int, words.split()[11:13])) / 100.0

    def stop(self, _count: int) -> None:
        """Let the server go."""
        self._connection.close()
        self._stack.close()


def _question(kind: Kind) -> str:
    if kind.distance_m is None:
        return f"""SELECT site, '{kind.id}' AS rule, 0.0 AS distance_m, array_agg(DISTINCT feature) AS features
            FROM sites JOIN {kind.id} AS part ON ST_Intersects(part.geom, sites.geom) GROUP BY site"""
    return f"""SELECT site, '{kind.id}' AS rule, min(near) AS distance_m, array_agg(feature ORDER BY near) AS features
        FROM (SELECT site, feature, min(ST_Distance(part.geom, sites.geom)) AS near
        FROM sites JOIN {kind.id} AS part ON ST_DWithin(part.geom, sites.geom, {kind.distance_m})
        GROUP BY site, feature) AS pairs WHERE near < {kind.distance_m} GROUP BY site"""
