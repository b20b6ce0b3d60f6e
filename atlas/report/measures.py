"""A document of measures as CSV, XLSX, GeoPackage or JSON: the same tables in each, stamped where they are invented."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from atlas.gis.geopackage import clock_set, write_table
from atlas.report.as_csv import literal
from atlas.report.as_xlsx import HEAD_FILL, HEAD_FONT, STAMP_FONT, TITLE_FONT, put, saved
from atlas.report.cleaning import cleaned
from atlas.report.clock import stated_moment
from atlas.texts import code_text, has_text, text
from layers.formats.raw import Step

Document = Mapping[str, Any]
Outlines = Mapping[str, Any]

#: The tables of a document, in the order in which a reader wants them.
TABLES: Mapping[str, tuple[str, ...]] = {
    "concentration": ("sectors", "cells", "places", "over_time", "colocation", "not_assessed", "rejected"),
    "alignment": ("lists", "designations", "undesignated", "not_measured", "targets", "rejected"),
}
#: Columns whose values are codes with words of their own.
WORDED = (
    "list",
    "standing",
    "why",
    "hidden",
    "hot_spot",
    "cluster",
    "measured_on",
    "caveat",
    "bound",
    "strength",
    "kind",
)
LONLAT = "EPSG:4326"
NOTE_FILL = PatternFill("solid", fgColor="F3F5F7")
NOTE_WIDTH, COLUMN_WIDTH = 110, 16


def render_measures(document: Document, fmt: str, language: str, outlines: Outlines | None = None) -> bytes:
    """The document in a format; ``outlines`` (lon-lat, by the id of place or designation) are for GeoPackage."""
    content = cleaned(dict(document))
    if fmt == "json":
        return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()
    if fmt == "csv":
        return _csv(content)
    if fmt == "xlsx":
        return _xlsx(content, language)
    return _gpkg(content, outlines or {})


def tables_of(document: Document) -> dict[str, list[dict[str, Any]]]:
    """The tables that have rows."""
    return {name: list(document[name]) for name in TABLES[document["kind"]] if document.get(name)}


def columns_of(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Every column of rows that may differ in theirs, in order of appearance."""
    return list(dict.fromkeys(name for row in rows for name in row))


def notes_of(document: Document, language: str) -> list[str]:
    """What a reader must know before the numbers: of what, how counted, what is hidden, what was assumed."""
    rule = document["small_number_rule"]
    key = "rule" if rule else "no_rule"
    shared = {name: document[name] for name in ("firms", "firms_unclassified", "rejected_rows", "seed")}
    year = document["year"] if document["year"] is not None else text("measure.no_year", language)
    notes = [
        text("measure.of", language, file=document["input"]["name"], year=year, **shared),
        text(f"measure.{key}", language, **{k: f"{v:g}" for k, v in (rule or {}).items()}),
        text(f"measure.about_{document['kind']}", language),
        text("measure.base", language),
    ]
    left_out = document.get("firms_outside") or document.get("firms_left_out")
    if left_out:
        notes.append(text("measure.left_out", language, firms=left_out))
    return notes + [code_text(step.code, language, step.values) for step in _steps(document)]


def _steps(document: Document) -> Iterator[Step]:
    for line in (*document["assumed"], *document["noticed"]):
        yield Step.parsed(line)


def _flat(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return "; ".join(str(part) for part in value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value


def _csv(document: Document) -> bytes:
    """One table of all: ``table`` says which a row is of, ``stamps`` stands in every row."""
    tables = tables_of(document)
    columns = columns_of([row for rows in tables.values() for row in rows])
    run = {
        name: _flat(document[name]) for name in ("kind", "computed_at", "version", "input", "year", "seed", "assumed")
    }
    target = StringIO(newline="")
    writer = csv.DictWriter(target, ["stamps", "table", *columns, *(f"run_{n}" for n in run)], restval="")
    writer.writeheader()
    stamps = " ".join(document["stamps"])
    first = {"stamps": stamps, "table": "run", **{f"run_{name}": value for name, value in run.items()}}
    rows = [{"stamps": stamps, "table": name, **row} for name, found in tables.items() for row in found]
    for row in (first, *rows):
        writer.writerow({name: literal(_flat(value)) for name, value in row.items()})
    return target.getvalue().encode("utf-8-sig")


def word(column: str, value: Any, language: str) -> Any:
    """A coded value in words, anything else as it is."""
    if column not in WORDED or not isinstance(value, str):
        return _flat(value)
    keys = (f"measure.word.{value}", f"strength.{value}", f"kind.{value}", f"bound.{value}")
    return next((text(key, language) for key in keys if has_text(key, language)), value)


def head(column: str, language: str) -> str:
    """A column's name in words, its own where it has none."""
    key = f"measure.head.{column}"
    return text(key, language) if has_text(key, language) else column


def _xlsx(document: Document, language: str) -> bytes:
    book = Workbook()
    _note_sheet(book.active, document, language)
    for name, rows in tables_of(document).items():
        _table_sheet(book.create_sheet(text(f"measure.table.{name}", language)), document, rows, language)
    return saved(book, stated_moment(document))


def _note_sheet(sheet: Worksheet, document: Document, language: str) -> None:
    sheet.title = text("measure.table.notes", language)
    sheet.column_dimensions["A"].width = NOTE_WIDTH
    put(sheet.cell(1, 1), text(f"measure.title_{document['kind']}", language)).font = TITLE_FONT
    lines = [*document["stamps"], *notes_of(document, language)]
    for row, line in enumerate(lines, 2):
        cell = put(sheet.cell(row, 1), line)
        if row - 2 < len(document["stamps"]):
            cell.font = STAMP_FONT
    facts = [document["input"]["sha256"], document["computed_at"], f"atlas {document['version']}"]
    for row, line in enumerate(facts, len(lines) + 2):
        put(sheet.cell(row, 1), line).fill = NOTE_FILL


def _table_sheet(sheet: Worksheet, document: Document, rows: Sequence[Mapping[str, Any]], language: str) -> None:
    columns = columns_of(rows)
    top = 1
    for stamp in document["stamps"]:
        put(sheet.cell(top, 1), stamp).font = STAMP_FONT
        top += 1
    for column, name in enumerate(columns, 1):
        cell = put(sheet.cell(top, column), head(name, language))
        cell.font, cell.fill = HEAD_FONT, HEAD_FILL
        sheet.column_dimensions[get_column_letter(column)].width = COLUMN_WIDTH
    for number, row in enumerate(rows, top + 1):
        for column, name in enumerate(columns, 1):
            put(sheet.cell(number, column), word(name, row.get(name), language))
    sheet.freeze_panes = sheet.cell(top + 1, 1)
    sheet.auto_filter.ref = f"A{top}:{get_column_letter(len(columns))}{top + len(rows)}"


#: The table that a GIS draws, and the column by which a row finds its outline.
_DRAWN = {"concentration": ("cells", "place"), "alignment": ("designations", "id")}


def _gpkg(document: Document, outlines: Outlines) -> bytes:
    import geopandas
    import pandas as pd

    drawn, key = _DRAWN[document["kind"]]
    run = {name: _flat(document[name]) for name in document if name not in TABLES[document["kind"]]}
    with TemporaryDirectory() as folder, clock_set(stated_moment(document)):
        path = Path(folder) / "measures.gpkg"
        for name, rows in tables_of(document).items():
            frame = _frame(pd, rows, document["stamps"])
            if name == drawn:
                shapes = [outlines.get(str(row[key])) for row in rows]
                placed = geopandas.GeoDataFrame(frame, geometry=shapes, crs=LONLAT)
                write_table(path, name, placed, geometry_type="Unknown")
            else:
                write_table(path, name, frame)
        items = pd.DataFrame({"item": list(run), "content": [str(value) for value in run.values()]})
        write_table(path, "run", items)
        return path.read_bytes()


def _frame(pd: Any, rows: Sequence[Mapping[str, Any]], stamps: Sequence[str]) -> Any:
    """A table whose columns have one type each: numbers as floats, all else as text."""
    columns = {}
    for name in columns_of(rows):
        values = [_flat(row.get(name)) for row in rows]
        known = [value for value in values if value is not None]
        if known and all(isinstance(value, (int, float)) for value in known):
            columns[name] = pd.Series(values, dtype="float64")
        else:
            columns[name] = pd.Series(["" if value is None else str(value) for value in values], dtype="str")
    return pd.DataFrame({"stamps": " ".join(stamps), **columns}, index=range(len(rows)))
