"""GeoPackage: a SQLite database, so its schema is looked at before anybody runs a query on it."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from layers.errors import UnreadableFile
from layers.formats.gdal import private_copy, read_with_gdal
from layers.formats.raw import Limits, RawTable

ALLOWED_VIRTUAL = {"rtree"}
VIRTUAL = re.compile(r"\s*CREATE\s+VIRTUAL\s+TABLE\b.*?\bUSING\s+[\"'`\[]?(\w+)", re.IGNORECASE | re.DOTALL)
UNDEFINED_FRAMES = {0, -1}


def read_gpkg(data: bytes, limits: Limits, layer_name: str | None = None) -> RawTable:
    """The named feature table, or the only one.

    Works on a private read-only copy. Raises UnreadableFile ``gpkg_broken``, ``gpkg_active`` (a view, a virtual table
    other than an R-tree, or a computed column), ``several_layers``, ``layer_missing``.
    """
    with private_copy({"content.gpkg": data}) as folder:
        path = folder / "content.gpkg"
        try:
            with closing(_connect(path)) as database:
                _refuse_active_schema(database)
                table, frame = _feature_table(database, layer_name)
        except (sqlite3.Error, UnicodeError) as error:  # a name in the schema may be no UTF-8
            raise UnreadableFile("gpkg_broken") from error
        return read_with_gdal(path, "GPKG", limits, layer=table, frame=frame)


def _connect(path: Path) -> sqlite3.Connection:
    path.chmod(0o400)
    database = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA cell_size_check = ON")
    return database


def _refuse_active_schema(database: sqlite3.Connection) -> None:
    """Refuse what would run when it is read: views, virtual tables, computed columns. Triggers fire on writing only."""
    for kind, name, sql in database.execute("SELECT type, name, sql FROM sqlite_master").fetchall():
        if kind == "view":
            raise UnreadableFile("gpkg_active", kind="view", name=name)
        virtual = VIRTUAL.match(sql or "")
        if virtual and virtual.group(1).lower() not in ALLOWED_VIRTUAL:
            raise UnreadableFile("gpkg_active", kind=virtual.group(1), name=name)
        if kind == "table" and not virtual and _has_computed_column(database, name):
            raise UnreadableFile("gpkg_active", kind="generated", name=name)
    fault = database.execute("PRAGMA quick_check(1)").fetchone()
    if fault is None or fault[0] != "ok":
        raise UnreadableFile("gpkg_broken")


def _has_computed_column(database: sqlite3.Connection, table: str) -> bool:
    columns = database.execute("SELECT hidden FROM pragma_table_xinfo(?)", (table,)).fetchall()
    return any(hidden in (2, 3) for (hidden,) in columns)


def _feature_table(database: sqlite3.Connection, wanted: str | None) -> tuple[str, str | None]:
    """The feature table to read and the frame that it states (None when it states none)."""
    tables = database.execute(
        "SELECT c.table_name, s.srs_id, s.organization, s.organization_coordsys_id, s.definition FROM gpkg_contents c"
        " JOIN gpkg_geometry_columns g ON lower(g.table_name) = lower(c.table_name)"
        " LEFT JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id WHERE c.data_type = 'features' ORDER BY 1"
    ).fetchall()
    names = [str(table[0]) for table in tables]
    if not names:
        raise UnreadableFile("no_feature_table")
    if wanted is None and len(names) > 1:
        raise UnreadableFile("several_layers", layers=names)
    chosen = [table for table in tables if wanted is None or table[0] == wanted]
    if not chosen:
        raise UnreadableFile("layer_missing", layer=wanted or "", layers=names)
    return str(chosen[0][0]), _frame(*chosen[0][1:])


def _frame(srs: Any, organization: Any, code: Any, definition: Any) -> str | None:
    if srs is None or srs in UNDEFINED_FRAMES:
        return None
    if str(organization).upper() == "EPSG" and isinstance(code, int):
        return f"EPSG:{code}"
    return str(definition)
