"""Excel: a sheet a layer, geometry as WKT where a cell can hold it, and a sheet with the manifest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from atlas.dataset.csv_table import with_places
from atlas.dataset.manifest import manifest_lines
from atlas.dataset.parts import Part, unique_names
from atlas.printable import printable
from atlas.report.as_xlsx import HEAD_FILL, HEAD_FONT, LONGEST_CELL, LONGEST_SHEET_NAME, put, saved
from atlas.texts import text

COLUMN_WIDTH, MANIFEST_WIDTH = 18, 100


def write(
    parts: Sequence[Part], manifest: dict[str, Any], moment: datetime, language: str
) -> tuple[bytes, list[dict[str, Any]]]:
    """The workbook; outlines too long for a cell are left blank and counted."""
    book, limits = Workbook(), []
    layers = list({part.layer.spec.id: part.layer for part in parts}.values())
    first = text("dataset.sheet", language)
    names = unique_names([layer.spec.id for layer in layers], LONGEST_SHEET_NAME, taken=(first,))
    _manifest_sheet(book.active, first, manifest, language)
    for layer in layers:
        table = with_places(Part(layer.spec.id, "", layer, layer.frame))
        left_out = _layer_sheet(book.create_sheet(names[layer.spec.id]), table)
        if left_out:
            limits.append({"code": "outlines_left_out", "table": layer.spec.id, "rows": left_out})
    return saved(book, moment), limits


def _manifest_sheet(sheet: Any, name: str, manifest: dict[str, Any], language: str) -> None:
    sheet.title = name
    sheet.column_dimensions["A"].width = MANIFEST_WIDTH
    for row, line in enumerate(manifest_lines(manifest, language), 1):
        if line:
            put(sheet.cell(row, 1), printable(line))


def _layer_sheet(sheet: Any, table: Any) -> int:
    """The rows of a layer; how many outlines did not fit."""
    left_out = 0
    for column, name in enumerate(table.columns, 1):
        cell = put(sheet.cell(1, column), printable(str(name)))
        cell.font, cell.fill = HEAD_FONT, HEAD_FILL
        sheet.column_dimensions[get_column_letter(column)].width = COLUMN_WIDTH
    for number, row in enumerate(table.itertuples(index=False, name=None), 2):
        for column, (name, value) in enumerate(zip(table.columns, row, strict=True), 1):
            if value is None or value != value:
                continue
            if name == "wkt" and len(value) > LONGEST_CELL:
                left_out += 1
                continue
            plain = value.item() if hasattr(value, "item") else value
            put(sheet.cell(number, column), printable(plain) if isinstance(plain, str) else plain)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    return left_out
