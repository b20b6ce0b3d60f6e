"""The matrix as CSV, XLSX, GeoPackage or JSON: the same tables in each; a GIS draws the patches."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from atlas.drawing import OUTCOME_COLOURS, PATCH_STYLE
from atlas.gis.geopackage import clock_set, geometry_options, write_styles, write_table
from atlas.gis.qml import Look, LookClass
from atlas.report.as_csv import literal
from atlas.report.cleaning import cleaned
from atlas.report.clock import stated_moment
from atlas.report.measures import LONLAT, columns_of
from atlas.texts import has_text, text
from atlas.wording import in_language, known_or_code, layer_words

Document = Mapping[str, Any]

#: The tables of a matrix in the order of reading, and columns whose values are codes with words of their own.
TABLES = ("overview", "overlaps", "patches", "constraints", "left_out")
WORDED = {"outcome": "report.condition", "why": "matrix.why", "reason": "matrix.reason", "relation": "matrix.relation"}


def render_matrix(document: Document, fmt: str, language: str) -> bytes:
    """The document in one of csv, xlsx, gpkg, json."""
    content = cleaned(dict(document))
    if fmt == "json":
        return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()
    writers = {"csv": _csv, "xlsx": _xlsx, "gpkg": _gpkg}
    return writers[fmt](content, language)


def notes_of(document: Document, language: str) -> list[str]:
    """What must be read with the tables."""
    use = text(f"use.{document['use']}", language) if document["use"] else text("matrix.all_uses", language)
    unseen = [row for row in document["constraints"] if not row["assessed"]]
    slivers = {name: document[name] for name in ("slivers", "slivers_m2", "sliver_m2")}
    return [
        text("matrix.of", language, use=use, on=document["on"]),
        text("matrix.areas", language),
        text("matrix.sliver_note", language, **{name: f"{value:g}" for name, value in slivers.items()}),
        text("matrix.unseen", language, count=len(unseen), layers=_layers_said(unseen, language)),
        text("matrix.somewhere", language),
    ]


def _layers_said(constraints: Sequence[Mapping[str, Any]], language: str) -> str:
    names = dict.fromkeys(layer_words(row["layer"], language) for row in constraints)
    return text("report.list_separator", language).join(names) or "-"


def table_rows(document: Document, name: str, language: str) -> list[dict[str, Any]]:
    """A table's rows in words: one value a cell, no geometry. ``constraint_id`` is what the JSON calls a constraint."""
    titles = {row["layer"]: row["title"] for row in document["subjects"]}
    asked = {row["constraint"]: constraint_words(row, language) for row in document["constraints"]}
    return [_said(row, titles, asked, language) for row in document[name]]


def constraint_words(constraint: Mapping[str, Any], language: str) -> str:
    """What a constraint asks: layer, which of its features, relation, distance."""
    relation = text(f"matrix.relation.{constraint['relation']}", language)
    distance = constraint.get("distance_m")
    picked = ", ".join(f"{name}={value}" for name, value in (constraint.get("where") or {}).items())
    parts = (layer_words(constraint["layer"], language), picked, relation, f"{distance:,g} m" if distance else "")
    return " ".join(part for part in parts if part)


def _said(row: Mapping[str, Any], titles: Mapping[str, Any], asked: Mapping[str, str], language: str) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for name, value in row.items():
        if name in ("geometry", "where"):
            continue
        if name in WORDED and value is not None:
            said[name] = known_or_code(WORDED[name], value, language)
        elif name == "title":
            said[name] = in_language(value, language)
        elif name in ("layer", "constraint_layer"):
            said[name] = in_language(titles[value], language) if value in titles else layer_words(value, language)
        elif name == "constraint":
            said[name] = asked[value]
        elif name == "rules" and value and isinstance(value[0], Mapping):
            said["rules"] = "; ".join(f"{rule['rule']} {in_language(rule['title'], language)}" for rule in value)
            said["clauses"] = "; ".join(dict.fromkeys(rule["clause"] for rule in value))
        else:
            said[name] = _plain(name, value, language)
    return said | ({"constraint_id": row["constraint"]} if "constraint" in row else {})


def _plain(name: str, value: Any, language: str) -> Any:
    """A cell: yes or no, square metres to a tenth, shares to a hundredth of a per cent, lists in one line."""
    if isinstance(value, bool):
        return text("matrix.yes" if value else "matrix.no", language)
    if isinstance(value, float):
        return round(value, 4 if name.startswith("share") else 1)
    return "; ".join(map(str, value)) if isinstance(value, (list, tuple)) else value


def head(column: str, language: str) -> str:
    """A column's name in words, its own where it has none."""
    key = f"matrix.head.{column}"
    return text(key, language) if has_text(key, language) else column


def tones_of(document: Document) -> list[str]:
    """What each patch means: a prohibition broken, a restriction met, or its outcome.

    A restriction never has the red of a prohibition.
    """
    prohibiting = {
        row["constraint"]: any(rule["severity"] == "prohibit" for rule in row["rules"])
        for row in document["constraints"]
    }
    return [
        "restrict" if patch["outcome"] == "conflict" and not prohibiting[patch["constraint"]] else str(patch["outcome"])
        for patch in document["patches"]
    ]


def _csv(document: Document, language: str) -> bytes:
    """One table of all: ``table`` says which a row is of, ``stamps`` stands in every row; the first says of what."""
    tables = {name: table_rows(document, name, language) for name in TABLES}
    columns = columns_of([row for rows in tables.values() for row in rows])
    target = StringIO(newline="")
    writer = csv.DictWriter(target, ["stamps", "table", *columns, "note"], restval="")
    writer.writeheader()
    stamps = " ".join(document["stamps"])
    rows: list[dict[str, Any]] = [{"table": "note", "note": note} for note in notes_of(document, language)]
    rows += [{"table": name, **row} for name, found in tables.items() for row in found]
    for row in rows:
        writer.writerow({name: literal(value) for name, value in {"stamps": stamps, **row}.items()})
    return target.getvalue().encode("utf-8-sig")


def _xlsx(document: Document, language: str) -> bytes:
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    from atlas.report.as_xlsx import HEAD_FILL, HEAD_FONT, STAMP_FONT, TITLE_FONT, fit, put, saved

    book = Workbook()
    sheet = book.active
    sheet.title = text("matrix.table.notes", language)
    sheet.column_dimensions["A"].width = 110
    put(sheet.cell(1, 1), text("matrix.title", language)).font = TITLE_FONT
    for row, line in enumerate([*document["stamps"], *notes_of(document, language)], 2):
        cell = put(sheet.cell(row, 1), line)
        if row - 2 < len(document["stamps"]):
            cell.font = STAMP_FONT
    for name in TABLES:
        rows = table_rows(document, name, language)
        sheet = book.create_sheet(text(f"matrix.table.{name}", language))
        top = len(document["stamps"]) + 1
        for row, stamp in enumerate(document["stamps"], 1):
            put(sheet.cell(row, 1), stamp).font = STAMP_FONT
        columns = columns_of(rows)
        for column, key in enumerate(columns, 1):
            cell = put(sheet.cell(top, column), head(key, language))
            cell.font, cell.fill = HEAD_FONT, HEAD_FILL
        for row, values in enumerate(rows, top + 1):
            for column, key in enumerate(columns, 1):
                put(sheet.cell(row, column), values.get(key))
        sheet.freeze_panes = sheet.cell(top + 1, 1)
        sheet.auto_filter.ref = f"A{top}:{get_column_letter(max(len(columns), 1))}{top + len(rows)}"
        fit(sheet)
    return saved(book, stated_moment(document))


def _gpkg(document: Document, language: str) -> bytes:
    import geopandas
    import pandas as pd
    from shapely.geometry import shape

    stamps = " ".join(document["stamps"])
    with TemporaryDirectory() as folder, clock_set(stated_moment(document)):
        path = Path(folder) / "matrix.gpkg"
        for name in TABLES:
            rows = table_rows(document, name, language)
            frame = pd.DataFrame([{"stamps": stamps, **row} for row in rows], columns=["stamps", *columns_of(rows)])
            if name == "patches":
                shapes = geopandas.GeoSeries([shape(row["geometry"]) for row in document["patches"]], crs=LONLAT)
                placed = geopandas.GeoDataFrame(frame.assign(tone=tones_of(document)), geometry=shapes)
                write_table(path, name, placed, **geometry_options(shapes, "area"))
            elif len(frame):
                write_table(path, name, frame)
        notes = pd.DataFrame({"note": [*document["stamps"], *notes_of(document, language)]})
        write_table(path, "notes", notes)
        write_styles(path, {"patches": _patch_look(document, language)}, stated_moment(document))
        return path.read_bytes()


def _patch_look(document: Document, language: str) -> Look:
    """Patches in the colours of the map on the page."""
    used = set(tones_of(document))
    columns = ["stamps", *columns_of(table_rows(document, "patches", language)), "tone"]
    return Look(
        title=text("matrix.layer", language),
        kind="area",
        style=PATCH_STYLE,
        attribute="tone",
        classes=[
            LookClass(tone, text(f"matrix.tone.{tone}", language), replace(PATCH_STYLE, fill=colour))
            for tone, colour in OUTCOME_COLOURS.items()
            if tone in used
        ],
        columns=columns,
        aliases={name: head(name, language) for name in columns},
    )
