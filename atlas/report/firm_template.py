"""An empty table of firms to fill in: the headers that are understood, and what each of them wants."""

from __future__ import annotations

from datetime import UTC, datetime

from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from atlas.report.as_xlsx import HEAD_FILL, HEAD_FONT, put, saved
from atlas.texts import text
from layers.firm_cells import HEADERS

COLUMNS = (
    *("id", "name", "lon", "lat", "district", "park", "sector", "subsector", "gbt4754", "employees", "revenue_wan"),
    "year",
)
#: A template has no date of its own.
_MOMENT = datetime(1980, 1, 1, tzinfo=UTC)
_WIDTH, _HELP_WIDTH, _TEXT_FORMAT = 18, 80, "@"


def firm_template(fmt: str, language: str) -> bytes:
    """The template as ``csv`` or ``xlsx``."""
    headers = [_header(meaning, language) for meaning in COLUMNS]
    if fmt == "csv":
        return (",".join(headers) + "\r\n").encode("utf-8-sig")
    return _workbook(headers, language)


def _header(meaning: str, language: str) -> str:
    """A header that the reader understands: the first Chinese one, or the first of all."""
    names = HEADERS[meaning]
    chinese = [name for name in names if not name.isascii()]
    return chinese[0] if language == "zh" and chinese else names[0]


def _workbook(headers: list[str], language: str) -> bytes:
    book = Workbook()
    sheet, guide = book.active, book.create_sheet(text("measure.template.help", language))
    sheet.title = text("measure.template.sheet", language)
    for column, (meaning, header) in enumerate(zip(COLUMNS, headers, strict=True), 1):
        cell = put(sheet.cell(1, column), header)
        cell.font, cell.fill = HEAD_FONT, HEAD_FILL
        letter = get_column_letter(column)
        sheet.column_dimensions[letter].width = _WIDTH
        if meaning in ("id", "gbt4754"):
            sheet.column_dimensions[letter].number_format = _TEXT_FORMAT
        put(guide.cell(column + 1, 1), header)
        put(guide.cell(column + 1, 2), text(f"measure.template.{meaning}", language))
    for column, key in enumerate(("column", "meaning"), 1):
        cell = put(guide.cell(1, column), text(f"measure.template.{key}", language))
        cell.font, cell.fill = HEAD_FONT, HEAD_FILL
    guide.column_dimensions["A"].width, guide.column_dimensions["B"].width = _WIDTH, _HELP_WIDTH
    sheet.freeze_panes = "A2"
    return saved(book, _MOMENT)
