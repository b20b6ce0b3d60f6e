"""A workbook of four sheets: summary, findings, layers, rejected. No cell is ever a formula."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.xml.functions import tostring
from shapely.geometry import shape

from atlas import wording
from atlas.report.archive import restamped
from atlas.report.cleaning import cleaned
from atlas.report.clock import stated_moment
from atlas.report.content import Explanation, Report, Table
from atlas.report.overview import reports_of
from atlas.report.rows import FINDING_COLUMNS, finding_rows
from atlas.report.sites import SQUARE_METRES_A_HECTARE, SQUARE_METRES_A_MU, area_m2
from atlas.texts import text

LONGEST_CELL = 32_000
LONGEST_SHEET_NAME = 31
WIDEST_COLUMN = 48
HEAD_FONT = Font(bold=True, color="FFFFFF")
HEAD_FILL = PatternFill("solid", fgColor="2F4858")
TITLE_FONT = Font(bold=True, size=14)
STAMP_FONT = Font(bold=True, color="B3261E")

#: Codes whose words stand in the workbook instead of them.
WORDED = ("severity", "evidence", "confidence")
SHEET_COLUMNS = tuple(name for name in FINDING_COLUMNS if name not in ("outcome", "why"))
SITE_COLUMNS = ("site", "site_name", "use", "area_m2", "area_mu", "area_ha", "accuracy", "verdict", "district")


def put(cell: Cell, value: Any) -> Cell:
    """A number as a number, everything else as literal text that no spreadsheet computes."""
    if value is None or isinstance(value, (bool, int, float)):
        cell.value = value
        return cell
    cell.value = str(value)[:LONGEST_CELL]
    cell.data_type = "s"
    cell.quotePrefix = True
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


def _append(sheet: Worksheet, values: Iterable[Any]) -> int:
    row = sheet.max_row + 1 if sheet["A1"].value is not None else 1
    for column, value in enumerate(values, 1):
        put(sheet.cell(row, column), value)
    return row


def _head(sheet: Worksheet, names: Sequence[str]) -> int:
    row = _append(sheet, names)
    for cell in sheet[row][: len(names)]:
        cell.font, cell.fill = HEAD_FONT, HEAD_FILL
    return row


def _width(value: Any) -> int:
    """Columns that a text takes; a Chinese character takes two."""
    longest = max(str(value).splitlines() or [""], key=len)
    return sum(2 if ord(character) > 0x2E7F else 1 for character in longest)


def fit(sheet: Worksheet) -> None:
    """Columns as wide as what they hold, within reason."""
    for column in sheet.columns:
        widest = max((_width(cell.value) for cell in column if cell.value is not None), default=8)
        sheet.column_dimensions[get_column_letter(column[0].column)].width = min(max(widest + 2, 9), WIDEST_COLUMN)


def _table(sheet: Worksheet, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A sheet that is one table: head frozen, with a filter."""
    _head(sheet, head)
    for row in rows:
        _append(sheet, row)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    fit(sheet)


def _pairs(sheet: Worksheet, heading: str, pairs: Iterable[tuple[str, str]]) -> None:
    row = _append(sheet, [heading])
    sheet.cell(row, 1).font = Font(bold=True)
    for label, value in pairs:
        _append(sheet, (label, value))


def _site_row(entry: Mapping[str, Any], language: str) -> tuple[Any, ...]:
    area = area_m2(shape(entry["geometry"]), entry.get("accuracy_m"))
    return (
        str(entry["id"]),
        entry.get("name") or text("report.unnamed", language),
        wording.known_or_code("use", entry["use"], language),
        area or None,
        round(area / SQUARE_METRES_A_MU, 3) or None,
        round(area / SQUARE_METRES_A_HECTARE, 4) or None,
        entry.get("accuracy_m"),
        wording.verdict_sentence(entry, language),
        (entry.get("context") or {}).get("district"),
    )


def _input_lines(report: Report) -> tuple[str, ...]:
    pairs = (zip(report.inputs.head, row, strict=True) for row in report.inputs.rows)
    return tuple(" · ".join(f"{head} {cell}" for head, cell in row) for row in pairs)


def _explained(said: Explanation) -> list[tuple[str, str]]:
    cures = [(rule, cure) for rule, cures in said.blockers for cure in cures]
    return [(said.blocking, ""), *cures, *((line, "") for line in (said.alternative, *said.notes) if line)]


def _summary(sheet: Worksheet, assessment: Mapping[str, Any], report: Report) -> None:
    language = report.language
    sheet.cell(_append(sheet, [report.title]), 1).font = TITLE_FONT
    for stamp in report.stamps:
        sheet.cell(_append(sheet, [stamp]), 1).font = STAMP_FONT
    _pairs(sheet, report.headings["overall"], [(report.verdict, ""), (report.caution, ""), (report.how_to_read, "")])
    _pairs(sheet, report.headings["facts"], report.facts)
    _append(sheet, [report.headings["summary"]])
    _head(sheet, [text(f"report.head.{name}", language) for name in SITE_COLUMNS])
    for entry in assessment["proposals"]:
        _append(sheet, _site_row(entry, language))
    for site in report.sites:
        if site.notices:
            _pairs(sheet, f"{site.heading} · {report.headings['head_notices']}", [(line, "") for line in site.notices])
        if site.designations:
            _pairs(sheet, f"{site.heading} · {report.headings['context']}", [(line, "") for line in site.designations])
        if site.explanation:
            _pairs(sheet, f"{site.heading} · {report.headings['blocking']}", _explained(site.explanation))
    if report.plan_ended:
        _append(sheet, [report.plan_ended])
    for name, lines in (
        ("inputs", _input_lines(report)),
        ("attributions", report.attributions),
        ("verification", report.verification),
    ):
        _pairs(sheet, report.headings[name], [(line, "") for line in lines])
    sheet.column_dimensions["A"].width = WIDEST_COLUMN
    for letter in "BCDEFGHI":
        sheet.column_dimensions[letter].width = 22


def _finding_cells(row: Mapping[str, Any], language: str, titles: Mapping[str, Any]) -> list[Any]:
    words = {name: wording.known_or_code(name, row[name], language) for name in WORDED if row[name]}
    if row["layer"]:
        words["layer"] = wording.layer_words(row["layer"], language, titles)
    return [words.get(name, row[name]) for name in SHEET_COLUMNS]


def _finding_head(language: str) -> list[str]:
    renamed = {"outcome_words": "outcome", "why_words": "why"}
    return [text(f"report.head.{renamed.get(name, name)}", language) for name in SHEET_COLUMNS]


def add_table(book: Workbook, name: str, table: Table) -> None:
    """A sheet that is one table: head frozen, with a filter."""
    _table(book.create_sheet(name[:LONGEST_SHEET_NAME]), table.head, table.rows)


def _workbook(assessment: Mapping[str, Any], language: str) -> Workbook:
    """The four sheets of every language, in one workbook."""
    book = Workbook()
    book.remove(book.active)
    titles = {layer["id"]: layer.get("title") for layer in assessment.get("layers", ())}
    for report in reports_of(assessment, language):
        one = report.language
        _summary(book.create_sheet(report.headings["summary"]), assessment, report)
        findings = (_finding_cells(row, one, titles) for row in finding_rows(assessment, one))
        _table(book.create_sheet(report.headings["findings"]), _finding_head(one), findings)
        add_table(book, report.headings["layers"], report.layers)
        add_table(book, report.headings["rejected"], report.rejected)
    return book


def write(assessment: dict[str, Any], language: str) -> bytes:
    """The workbook, dated with the assessment's own time."""
    return saved(_workbook(cleaned(assessment), language), stated_moment(assessment))


def saved(book: Workbook, moment: datetime) -> bytes:
    """The bytes of a workbook that names no author and no other time than ``moment``."""
    target = BytesIO()
    book.save(target)
    book.properties.creator = ""
    book.properties.created = book.properties.modified = moment.replace(tzinfo=None)
    return restamped(target.getvalue(), moment, {"docProps/core.xml": tostring(book.properties.to_tree())})
