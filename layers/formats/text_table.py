"""CSV: every cell is text, also one that a spreadsheet would take for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from layers.errors import UnreadableFile
from layers.formats.encoding import decode
from layers.formats.raw import Limits, RawTable, Step, check_size, frame_of_cells
from layers.types import Rejected

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}


def read_csv(data: bytes, limits: Limits) -> RawTable:
    """A table with one header line, separated by comma, semicolon or tab.

    A row of another length than the header is refused (``row_length``), not shifted.
    Raises UnreadableFile ``encoding_unknown``, ``table_no_header``, ``table_broken``.
    """
    text, encoding, steps = decode(data)
    separator = _separator(text)
    lines = _lines(text, separator)
    header = next(lines, None)
    if not header or not any(cell.strip() for cell in header):
        raise UnreadableFile("table_no_header")
    numbers, rows_of_cells, rejected = [], [], []
    for number, cells in enumerate(lines, start=1):
        check_size(number, len(header), limits)
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            rejected.append(Rejected(number, "", "row_length", {"cells": len(cells), "columns": len(header)}))
            continue
        numbers.append(number)
        rows_of_cells.append([cell.strip() or None for cell in cells])
    rows = frame_of_cells(header, rows_of_cells, numbers)
    if SEPARATORS[separator] != "comma":
        steps = (*steps, Step("separator", {"separator": SEPARATORS[separator]}))
    assumed = tuple(step for step in steps if step.code == "encoding_guessed")
    return RawTable(tuple(rows.columns), rows, None, None, None, encoding, steps, assumed, tuple(rejected), "csv")


def _separator(text: str) -> str:
    """The separator that the header line has most of; a comma where it has none."""
    header = text.lstrip().partition("\n")[0]
    return max(SEPARATORS, key=header.count)


def _lines(text: str, separator: str) -> Iterator[list[str]]:
    csv.field_size_limit(16 * 1024 * 1024)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=False)
    except csv.Error as error:
        raise UnreadableFile("table_broken") from error
