"""A Word document that a planner can go on writing in: real headings, real tables, Chinese type named as such."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from docx import Document
from docx.document import Document as WordDocument
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph

from atlas.report.archive import restamped
from atlas.report.clock import stated_moment
from atlas.report.content import FindingText, Report, SiteText, Table
from atlas.report.overview import report_of

#: Faces that Word has on most machines; the second is for Chinese characters.
LATIN_FACE = "Calibri"
CHINESE_FACE = "微软雅黑"

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


def _faces(style: ParagraphStyle, size: float | None = None) -> None:
    style.font.name = LATIN_FACE
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), CHINESE_FACE)
    if size:
        style.font.size = Pt(size)


def _blank() -> WordDocument:
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.0)
    for name, size in (
        ("Normal", 10.0),
        ("Title", 22.0),
        ("Heading 1", 15.0),
        ("Heading 2", 12.5),
        ("Heading 3", 11.0),
    ):
        _faces(document.styles[name], size)
    return document


def _field(paragraph: Paragraph, instruction: str) -> None:
    """A field that Word fills in, such as the page number."""
    for kind, text in (("begin", ""), ("", instruction), ("end", "")):
        run = paragraph.add_run()
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)  # noqa: SLF001 - python-docx has no field of its own


def _page_numbers(document: WordDocument, report: Report) -> None:
    paragraph = document.sections[0].footer.paragraphs[0]
    before, _, rest = report.headings["page"].partition("%1")
    between, _, after = rest.partition("%2")
    for text, field in ((before, "PAGE"), (between, "NUMPAGES"), (after, "")):
        paragraph.add_run(text)
        if field:
            _field(paragraph, field)


def _header(document: WordDocument, report: Report) -> None:
    paragraph = document.sections[0].header.paragraphs[0]
    paragraph.add_run(f"{report.title}  ").font.color.rgb = QUIET
    for stamp in report.stamps:
        run = paragraph.add_run(f"【{stamp}】")
        run.bold, run.font.color.rgb = True, STAMP


def _table(document: WordDocument, table: Table) -> None:
    drawn = document.add_table(rows=1, cols=len(table.head), style="Light Grid Accent 1")
    for cell, name in zip(drawn.rows[0].cells, table.head, strict=True):
        cell.text = name
    for row in table.rows:
        for cell, value in zip(drawn.add_row().cells, row, strict=True):
            cell.text = value


def _facts(document: WordDocument, facts: Iterable[tuple[str, str]]) -> None:
    drawn = document.add_table(rows=0, cols=2, style="Light List Accent 1")
    for label, value in facts:
        cells = drawn.add_row().cells
        cells[0].text, cells[1].text = label, value
        cells[0].width, cells[1].width = Cm(4.2), Cm(12.8)


def _labelled(document: WordDocument, label: str, value: str, quiet: bool = False) -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_after = Pt(2)
    paragraph.paragraph_format.left_indent = Cm(0.6)
    paragraph.add_run(f"{label}  ").font.color.rgb = QUIET
    run = paragraph.add_run(value)
    if quiet:
        run.font.color.rgb = QUIET


def _verdict(document: WordDocument, said: str, tone: str) -> None:
    run = document.add_paragraph().add_run(said)
    run.bold, run.font.size = True, Pt(13)
    run.font.color.rgb = RGBColor.from_string(TONES[tone])


def _finding(document: WordDocument, finding: FindingText, report: Report) -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    badge = paragraph.add_run(f"[{finding.badge}] ")
    badge.bold, badge.font.color.rgb = True, RGBColor.from_string(TONES[finding.tone])
    paragraph.add_run(f"{finding.rule} {finding.title}").bold = True
    paragraph.add_run(f"  {finding.severity}").font.color.rgb = QUIET
    for label, value in finding.facts:
        _labelled(document, label, value)
    heads = report.headings
    lines: Sequence[tuple[str, str]] = (
        (heads["head_why"], finding.why),
        (heads["head_next"], finding.next_step),
        *((heads["head_conditions"], condition) for condition in finding.conditions),
        (heads["head_clause_of_rule"], f"{finding.citation}  {finding.citation_quality}"),
        (heads["head_quote"], finding.quote),
        (heads["head_note"], finding.note),
    )
    for label, value in lines:
        if value:
            _labelled(document, label, value)
    for layer in finding.layers:
        _labelled(document, heads["head_layer"], layer, quiet=True)


def _site(document: WordDocument, site: SiteText, report: Report) -> None:
    heads = report.headings
    document.add_heading(site.heading, 1)
    _verdict(document, site.verdict, site.tone)
    for notice in site.notices:
        _labelled(document, heads["head_notices"], notice)
    document.add_heading(heads["site"], 2)
    _facts(document, site.facts)
    document.add_heading(heads["context"], 2)
    _facts(document, site.context)
    if site.designations:
        document.add_paragraph(report.plan_ended)
    for line in site.designations:
        document.add_paragraph(line, style="List Bullet")
    document.add_heading(heads["findings"], 2)
    for group in site.groups:
        document.add_heading(group.heading, 3)
        for finding in group.findings:
            _finding(document, finding, report)
    document.add_heading(heads["to_supply"], 2)
    if site.to_supply.rows:
        _table(document, site.to_supply)
    else:
        document.add_paragraph(heads["none"])


def _front(document: WordDocument, report: Report, map_picture: bytes | None) -> None:
    document.add_heading(report.title, 0)
    document.add_paragraph(report.subtitle)
    for stamp in report.stamps:
        run = document.add_paragraph().add_run(stamp)
        run.bold, run.font.color.rgb = True, STAMP
    _verdict(document, f"{report.headings['overall']}{report.headings['colon']}{report.verdict}", report.tone)
    document.add_paragraph(report.caution)
    document.add_paragraph(report.how_to_read)
    if map_picture:
        document.add_picture(BytesIO(map_picture), width=Cm(17.0))
        run = document.add_paragraph().add_run(f"{report.map_stamp}  ")
        run.bold, run.font.color.rgb = True, STAMP
        document.paragraphs[-1].add_run(report.map_caption)
    document.add_heading(report.headings["summary"], 1)
    _table(document, report.summary)


def _back(document: WordDocument, report: Report) -> None:
    for name, table in (("rejected", report.rejected), ("inputs", report.inputs), ("layers", report.layers)):
        if table.rows:
            document.add_heading(report.headings[name], 1)
            _table(document, table)
    document.add_heading(report.headings["attributions"], 1)
    for line in report.attributions:
        document.add_paragraph(line, style="List Bullet")
    document.add_heading(report.headings["verification"], 1)
    _facts(document, report.facts)
    for line in report.verification:
        document.add_paragraph(line)


def write(assessment: dict[str, Any], language: str, map_picture: bytes | None = None) -> bytes:
    """The document, dated with the assessment's own time."""
    report = report_of(assessment, language)
    moment = stated_moment(assessment)
    document = _blank()
    _header(document, report)
    _page_numbers(document, report)
    _front(document, report, map_picture)
    for site in report.sites:
        _site(document, site, report)
    _back(document, report)
    properties = document.core_properties
    properties.title, properties.author, properties.comments = report.title, "", ""
    properties.created = properties.modified = moment.replace(tzinfo=None)
    target = BytesIO()
    document.save(target)
    return restamped(target.getvalue(), moment)
