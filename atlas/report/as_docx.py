"""A Word document that a planner can go on writing in: real headings, real tables, Chinese type named as such."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from docx import Document
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docx.styles.style import ParagraphStyle

from atlas.report.archive import restamped
from atlas.report.clock import stated_moment
from atlas.report.content import Explanation, FindingText, Report, SiteText, Table
from atlas.report.docx_parts import (
    QUIET,
    bullet,
    coloured,
    facts,
    field,
    heading,
    labelled,
    page_break,
    picture,
    signature_lines,
    stamped,
    table,
)
from atlas.report.overview import reports_of

#: Faces that Word has on most machines; the second is for Chinese characters.
LATIN_FACE = "Calibri"
CHINESE_FACE = "微软雅黑"

Block = Callable[[WordDocument, Report, bytes | None], None]


def _faces(style: ParagraphStyle, size: float | None = None) -> None:
    style.font.name = LATIN_FACE
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), CHINESE_FACE)
    for name in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):  # a theme's face would win over ours
        fonts.attrib.pop(qn(f"w:{name}"), None)
    if size:
        style.font.size = Pt(size)


def blank() -> WordDocument:
    """An A4 document in the atlas's own look."""
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


def page_numbers(document: WordDocument, words: str) -> None:
    """A footer; %1 and %2 in ``words`` stand for the page and the number of pages."""
    paragraph = document.sections[0].footer.paragraphs[0]
    before, _, rest = words.partition("%1")
    between, _, after = rest.partition("%2")
    for part, instruction in ((before, "PAGE"), (between, "NUMPAGES"), (after, "")):
        paragraph.add_run(part)
        if instruction:
            field(paragraph, instruction)


def page_header(document: WordDocument, titles: Sequence[str], stamps: Sequence[str]) -> None:
    """What stands on every page: the title and the stamps."""
    paragraph = document.sections[0].header.paragraphs[0]
    paragraph.add_run(f"{' · '.join(titles)}  ").font.color.rgb = QUIET
    for stamp in stamps:
        stamped(paragraph, f"【{stamp}】")


def _finding(document: WordDocument, finding: FindingText, report: Report) -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    coloured(paragraph, f"[{finding.badge}] ", finding.tone)
    paragraph.add_run(f"{finding.rule} {finding.title}").bold = True
    paragraph.add_run(f"  {finding.severity}").font.color.rgb = QUIET
    if finding.facts:
        line = labelled(document, *finding.facts[0])
        for label, value in finding.facts[1:]:
            line.add_run(f"   {label}  ").font.color.rgb = QUIET
            line.add_run(value)
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
            labelled(document, label, value)
    for layer in finding.layers:
        labelled(document, heads["head_layer"], layer, quiet=True)


def _explanation(document: WordDocument, said: Explanation, report: Report) -> None:
    heading(document, report.headings["blocking"], 2)
    document.add_paragraph(said.blocking)
    for rule, cures in said.blockers:
        document.add_paragraph().add_run(rule).bold = True
        for cure in cures:
            bullet(document, cure)
    if said.alternative:
        heading(document, report.headings["alternative"], 2)
        document.add_paragraph(said.alternative)
        for note in said.notes:
            bullet(document, note)


def _site(document: WordDocument, site: SiteText, report: Report) -> None:
    heads = report.headings
    heading(document, site.heading, 1)
    coloured(document.add_paragraph(), site.verdict, site.tone, 13)
    for notice in site.notices:
        labelled(document, heads["head_notices"], notice)
    if site.explanation:
        _explanation(document, site.explanation, report)
    heading(document, heads["site"], 2)
    facts(document, site.facts)
    heading(document, heads["context"], 2)
    facts(document, site.context)
    if site.designations:
        document.add_paragraph(report.plan_ended)
    for line in site.designations:
        bullet(document, line)
    heading(document, heads["findings"], 2)
    for group in site.groups:
        heading(document, group.heading, 3)
        for finding in group.findings:
            _finding(document, finding, report)
    heading(document, heads["to_supply"], 2)
    if site.to_supply.rows:
        table(document, site.to_supply, (9.5, 5.0, 2.5))
    else:
        document.add_paragraph(heads["none"])


def _map(document: WordDocument, report: Report, map_picture: bytes | None) -> None:
    if map_picture:
        picture(document, map_picture)
        paragraph = document.add_paragraph()
        stamped(paragraph, f"{report.map_stamp}  ")
        paragraph.add_run(report.map_caption)


def _summary(document: WordDocument, report: Report, _picture: bytes | None) -> None:
    heading(document, report.headings["summary"], 1)
    table(document, report.summary, (2.0, 4.5, 2.5, 2.5, 5.5))


def _sites(document: WordDocument, report: Report, _picture: bytes | None) -> None:
    for site in report.sites:
        _site(document, site, report)


def _table_block(name: str, widths_cm: Sequence[float] = ()) -> Block:
    """A table of the report under its heading; nothing where it has no row."""

    def write_table(document: WordDocument, report: Report, _picture: bytes | None) -> None:
        content: Table = getattr(report, name)
        if content.rows:
            heading(document, report.headings[name], 1)
            table(document, content, widths_cm)

    return write_table


def _attributions(document: WordDocument, report: Report, _picture: bytes | None) -> None:
    heading(document, report.headings["attributions"], 1)
    for line in report.attributions:
        bullet(document, line)


def _verification(document: WordDocument, report: Report, _picture: bytes | None) -> None:
    heading(document, report.headings["verification"], 1)
    facts(document, report.facts)
    for line in report.verification:
        document.add_paragraph(line)


def _signatures(document: WordDocument, report: Report, _picture: bytes | None) -> None:
    heading(document, report.headings["signatures"], 1)
    signature_lines(document, report.signatures, report.headings["sign_date"])


#: Every part of the report that a template may place on its own, in the order of a report without template.
BLOCKS: Mapping[str, Block] = {
    "map": _map,
    "summary": _summary,
    "findings": _sites,
    "rejected": _table_block("rejected", (1.5, 3.5, 12.0)),
    "inputs": _table_block("inputs", (3.5, 2.3, 2.2, 4.5, 4.5)),
    "layers": _table_block("layers", (3.2, 1.8, 1.8, 1.6, 4.0, 1.6, 3.0)),
    "attributions": _attributions,
    "verification": _verification,
    "signatures": _signatures,
}


def _front(document: WordDocument, report: Report) -> None:
    document.add_heading(report.title, 0)
    document.add_paragraph(report.subtitle)
    for stamp in report.stamps:
        stamped(document.add_paragraph(), stamp)
    overall = f"{report.headings['overall']}{report.headings['colon']}{report.verdict}"
    coloured(document.add_paragraph(), overall, report.tone, 13)
    document.add_paragraph(report.caution)
    document.add_paragraph(report.how_to_read)


def saved(document: WordDocument, title: str, moment: datetime) -> bytes:
    """The bytes of a document that names no author and no other time than ``moment``."""
    properties = document.core_properties
    properties.title, properties.author, properties.comments = title[:255], "", ""
    properties.last_modified_by = ""
    properties.created = properties.modified = moment.replace(tzinfo=None)
    target = BytesIO()
    document.save(target)
    return restamped(target.getvalue(), moment)


def write(assessment: dict[str, Any], language: str, map_picture: bytes | None = None) -> bytes:
    """The document, dated with the assessment's own time; with ``both`` the Chinese report and then the English."""
    reports = reports_of(assessment, language)
    document = blank()
    page_header(document, [report.title for report in reports], [s for report in reports for s in report.stamps])
    page_numbers(document, reports[0].headings["page"])
    for number, report in enumerate(reports):
        if number:
            page_break(document)
        _front(document, report)
        for block in BLOCKS.values():
            block(document, report, map_picture)
    return saved(document, reports[0].title, stated_moment(assessment))
