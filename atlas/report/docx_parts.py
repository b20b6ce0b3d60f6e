"""Pieces of a Word document that need no style of their own but headings, so that they fit into anybody's template."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import Any

from docx.document import Document as WordDocument
from docx.enum.text import WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from atlas.report.content import Fact, Table

TONES = {
    "prohibit": "A3231A",
    "conflict_prohibit": "A3231A",
    "restrict": "A85B00",
    "conflict_restrict": "A85B00",
    "conflict_advise": "6A5A1F",
    "uncertain": "7A6200",
    "not_assessed": "55636E",
    "clear": "1F6B3A",
}
STAMP = RGBColor.from_string("A3231A")
QUIET = RGBColor.from_string("5B6A75")
HAIRLINE, HEAD_FILL = "C3CDD3", "EEF2F4"
CELL_POINTS, CHECKSUM_POINTS = 9.0, 6.5
TEXT_WIDTH_CM = 17.0
LABEL_WIDTH_CM = 4.2
LABEL_INDENT_CM = 0.6
#: Sizes of headings where a template has no style for them.
HEADING_POINTS = {1: 15.0, 2: 12.5, 3: 11.0}


def _styled(document: WordDocument, name: str) -> bool:
    return name in document.styles


def heading(document: WordDocument, words: str, level: int) -> None:
    """A real heading in the document's own style; bold text where it has none of that level."""
    if _styled(document, f"Heading {level}"):
        document.add_heading(words, level)
        return
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    run = paragraph.add_run(words)
    run.bold, run.font.size = True, Pt(HEADING_POINTS[level])


def bullet(document: WordDocument, words: str) -> None:
    """A line of a list."""
    if _styled(document, "List Bullet"):
        document.add_paragraph(words, style="List Bullet")
    else:
        document.add_paragraph(f"• {words}")


def labelled(document: WordDocument, label: str, value: str, quiet: bool = False) -> Paragraph:
    """A label in grey and what it labels, on a line of its own."""
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_after = Pt(2)
    paragraph.paragraph_format.left_indent = Cm(LABEL_INDENT_CM)
    paragraph.add_run(f"{label}  ").font.color.rgb = QUIET
    run = paragraph.add_run(value)
    if quiet:
        run.font.color.rgb = QUIET
    return paragraph


def coloured(paragraph: Paragraph, words: str, tone: str, points: float | None = None) -> None:
    """Bold words in the colour of an outcome."""
    run = paragraph.add_run(words)
    run.bold, run.font.color.rgb = True, RGBColor.from_string(TONES[tone])
    if points:
        run.font.size = Pt(points)


def stamped(paragraph: Paragraph, words: str) -> None:
    """A stamp, as on paper: red and bold."""
    run = paragraph.add_run(words)
    run.bold, run.font.color.rgb = True, STAMP


def picture(document: WordDocument, content: bytes, width_cm: float = TEXT_WIDTH_CM) -> None:
    """A PNG across the page."""
    document.add_picture(BytesIO(content), width=Cm(width_cm))
    document.paragraphs[-1].paragraph_format.keep_with_next = True


def page_break(document: WordDocument) -> None:
    """What follows begins a page."""
    document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)


def table(document: WordDocument, content: Table, widths_cm: Iterable[float] = ()) -> None:
    """A table with hairlines whose head is repeated on every page and whose rows do not break."""
    drawn = document.add_table(rows=1, cols=len(content.head))
    _hairlines(drawn)
    for cell, name in zip(drawn.rows[0].cells, content.head, strict=True):
        _fill(cell, name, bold=True)
        _shade(cell)
    _mark(drawn.rows[0], "w:tblHeader")
    for row in content.rows:
        added = drawn.add_row()
        _mark(added, "w:cantSplit")
        for cell, value in zip(added.cells, row, strict=True):
            _fill(cell, value)
    _set_widths(drawn, list(widths_cm))


def facts(document: WordDocument, pairs: Iterable[Fact]) -> None:
    """Labels and values in two columns."""
    drawn = document.add_table(rows=0, cols=2)
    _hairlines(drawn)
    for label, value in pairs:
        cells = drawn.add_row().cells
        _fill(cells[0], label, quiet=True)
        _fill(cells[1], value)
    _set_widths(drawn, [LABEL_WIDTH_CM, TEXT_WIDTH_CM - LABEL_WIDTH_CM])


def signature_lines(document: WordDocument, names: Iterable[str], date: str) -> None:
    """Who signs, with room for a hand."""
    drawn = document.add_table(rows=0, cols=4)
    _hairlines(drawn)
    for name in names:
        row = drawn.add_row()
        row.height = Cm(1.1)
        for cell, words in zip(row.cells, (name, "", date, ""), strict=True):
            _fill(cell, words, quiet=True)
    _set_widths(drawn, [3.0, 7.0, 2.0, 5.0])


def field(paragraph: Paragraph, instruction: str, until_then: str = "") -> None:
    """A field that Word fills in, such as the page number; ``until_then`` stands there before it does."""
    _field_mark(paragraph, "begin")
    element = OxmlElement("w:instrText")
    element.text = instruction
    paragraph.add_run()._r.append(element)  # noqa: SLF001 - python-docx has no field of its own
    if until_then:
        _field_mark(paragraph, "separate")
        paragraph.add_run(until_then)
    _field_mark(paragraph, "end")


def _field_mark(paragraph: Paragraph, kind: str) -> None:
    element = OxmlElement("w:fldChar")
    element.set(qn("w:fldCharType"), kind)
    paragraph.add_run()._r.append(element)  # noqa: SLF001 - as above


def _fill(cell: Any, words: str, bold: bool = False, quiet: bool = False) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(0)
    run = paragraph.add_run(words)
    is_checksum = len(words) == 64 and words.isalnum()
    run.bold, run.font.size = bold, Pt(CHECKSUM_POINTS if is_checksum else CELL_POINTS)
    if quiet:
        run.font.color.rgb = QUIET


def _hairlines(drawn: Any) -> None:
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "bottom", "insideH"):
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", HAIRLINE)):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    drawn._tbl.tblPr.append(borders)  # noqa: SLF001


def _shade(cell: Any) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", HEAD_FILL)):
        shade.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(shade)  # noqa: SLF001


def _mark(row: Any, tag: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(tag))  # noqa: SLF001


def _set_widths(drawn: Any, widths_cm: list[float]) -> None:
    """Widths stand in the grid and in every cell, because programs differ in which ones they read."""
    if widths_cm:
        drawn.autofit = False
        for column, width in zip(drawn.columns, widths_cm, strict=True):
            column.width = Cm(width)
    for row in drawn.rows if widths_cm else ():
        for cell, width in zip(row.cells, widths_cm, strict=True):
            cell.width = Cm(width)
