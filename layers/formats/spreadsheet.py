"""XLSX: the stored values of the first sheet. No formula is ever computed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from layers.errors import UnreadableFile
from layers.formats.archive import open_archive, read_member
from layers.formats.raw import Limits, RawTable, Step, check_size, frame_of_cells
from layers.types import Rejected

if TYPE_CHECKING:
    from openpyxl.workbook.workbook import Workbook

MEMBERS = {".xml", ".rels", ".vml", ".png", ".jpg", ".jpeg", ".gif", ".emf", ".wmf", ".psmdcp"}
PRINTER_SETTINGS = ".bin"


def read_xlsx(data: bytes, limits: Limits, sheet_name: str | None = None) -> RawTable:
    """The named sheet, or the first one, with one header row.

    A formula counts by the value stored with it; a row with a formula that has none, or with an error value,
    is refused (``formula_without_value``, ``cell_error``). Raises UnreadableFile ``sheet_missing``,
    ``table_no_header``, ``xml_entities``, ``xlsx_broken``, ``xlsx_macro`` and those of the archive.
    """
    _check_parts(data, limits)
    values, formulas = _open(data, values=True), _open(data, values=False)
    sheet = _sheet_name(values, sheet_name)
    try:
        return _table(_rows(values, sheet, limits), _rows(formulas, sheet, limits), _steps(values, sheet))
    finally:
        values.close()
        formulas.close()


def _check_parts(data: bytes, limits: Limits) -> None:
    """Refuse macros, and any part with a DTD: a spreadsheet has neither."""
    with open_archive(data, {*MEMBERS, PRINTER_SETTINGS}, limits) as archive:
        for name in archive.namelist():
            if "vbaproject" in name.lower():
                raise UnreadableFile("xlsx_macro")
            if name.lower().endswith((".xml", ".rels")):
                content = read_member(archive, name, limits)
                if any("<!DOCTYPE".encode(codec) in content for codec in ("utf-8", "utf-16-le", "utf-16-be")):
                    raise UnreadableFile("xml_entities")


def _open(data: bytes, *, values: bool) -> Workbook:
    import openpyxl
    from defusedxml.common import DefusedXmlException

    try:
        return openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=values, keep_links=False)
    except DefusedXmlException as error:
        raise UnreadableFile("xml_entities") from error
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError, SyntaxError, AttributeError) as error:
        raise UnreadableFile("xlsx_broken") from error


def _sheet_name(workbook: Workbook, wanted: str | None) -> str:
    sheets = [sheet.title for sheet in workbook.worksheets]
    if not sheets or (wanted is not None and wanted not in sheets):
        raise UnreadableFile("sheet_missing", sheet=wanted or "", sheets=sheets)
    return wanted or sheets[0]


def _steps(workbook: Workbook, sheet: str) -> tuple[Step, ...]:
    others = len(workbook.worksheets) - 1
    return (Step("sheet_chosen", {"sheet": sheet, "others": others}),) if others else ()


def _rows(workbook: Workbook, sheet: str, limits: Limits) -> Iterator[tuple[Any, ...]]:
    """Rows of cells; the stated dimension is ignored, so that it cannot ask for a million empty columns."""
    worksheet = workbook[sheet]
    worksheet.reset_dimensions()
    cells = 0
    try:
        for number, row in enumerate(worksheet.iter_rows(), start=1):
            cells += len(row)
            if cells > limits.cells:
                raise UnreadableFile("too_many_cells", cells=cells, limit=limits.cells)
            check_size(number, len(row), limits)
            yield row
    except (KeyError, ValueError, TypeError, IndexError, SyntaxError, AttributeError) as error:
        if isinstance(error, UnreadableFile):
            raise
        raise UnreadableFile("xlsx_broken") from error


def _table(values: Iterator[tuple[Any, ...]], formulas: Iterator[tuple[Any, ...]], steps: tuple[Step, ...]) -> RawTable:
    header = [_plain(cell.value) for cell in next(values, ())]
    next(formulas, None)
    while header and header[-1] is None:
        header.pop()
    if not header:
        raise UnreadableFile("table_no_header")
    numbers, rows_of_cells, rejected = [], [], []
    for number, (stored, written) in enumerate(zip(values, formulas, strict=True), start=1):
        cells = [_plain(cell.value) for cell in stored[: len(header)]]
        fault = _fault(stored, written, header)
        if fault is not None:
            rejected.append(Rejected(number, str(fault[1] or ""), fault[0]))
        elif any(cell is not None for cell in cells):
            numbers.append(number)
            rows_of_cells.append(cells + [None] * (len(header) - len(cells)))
    rows = frame_of_cells(header, rows_of_cells, numbers)
    return RawTable(tuple(rows.columns), rows, steps=steps, rejected=tuple(rejected), format="xlsx")


def _fault(stored: tuple[Any, ...], written: tuple[Any, ...], header: list[Any]) -> tuple[str, Any] | None:
    for name, value, formula in zip(header, stored, written, strict=False):
        if value.data_type == "e":
            return "cell_error", name
        if formula.data_type == "f" and value.value is None:
            return "formula_without_value", name
    return None


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, str):
        return value.strip() or None
    return value
