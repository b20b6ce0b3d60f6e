"""An assessment in a bureau's own Word template: placeholders such as {{结论}} or {{verdict}} are filled in.

A template is a stranger's file. It is looked through before it is opened, and what it says is never filled in twice:
a name that reads like a placeholder stays a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from docx import Document
from docx.document import Document as WordDocument
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from atlas.report.as_docx import BLOCKS, saved
from atlas.report.clock import stated_moment
from atlas.report.content import Report
from atlas.report.overview import reports_of
from atlas.texts import languages, text
from layers.errors import DataError, UnreadableFile
from layers.formats.archive import open_archive, read_member
from layers.formats.raw import Limits

#: Placeholders that stand within a line, and what of a report they are.
INLINE = (
    "title",
    "subtitle",
    "verdict",
    "caution",
    "how_to_read",
    "stamps",
    "on",
    "computed_at",
    "version",
    "rulebook",
)
#: Without these a report would hide what it must say.
REQUIRED = ("verdict", "caution", "stamps", "findings", "layers", "attributions", "verification")

PLACEHOLDER = re.compile(r"\{\{\s*([^{}\n]{1,40}?)\s*\}\}")
LIMITS = Limits(file_bytes=20_000_000, unpacked_bytes=100_000_000)
MEMBERS = frozenset(
    (".xml", ".rels", ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".emf", ".wmf", ".svg", ".odttf")
)
MACROS = (b"vbaproject.bin", b"vbadata.xml")
MAIN_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
HARMLESS_LINK = ("http://", "https://", "mailto:")
#: Fields that fetch or run something when a document is opened.
ACTIVE_FIELDS = frozenset(
    ("DDE", "DDEAUTO", "INCLUDETEXT", "INCLUDEPICTURE", "LINK", "IMPORT", "MACROBUTTON", "DATABASE")
)
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@dataclass(frozen=True)
class Spot:
    """A placeholder: its paragraph, what it stands for, and whether it is in the body."""

    paragraph: Any
    key: str
    in_body: bool


def names() -> dict[str, str]:
    """What may stand between the braces, in every language, and what it stands for."""
    keys = (*INLINE, *BLOCKS)
    return {text(f"template.{key}", language): key for language in languages() for key in keys}


def checked_template(content: bytes, name: str) -> WordDocument:
    """The document of a template, after it was looked through.

    Raises UnreadableFile: those of an unsafe archive, ``template_too_large``, ``template_not_word``,
    ``template_macros``, ``template_external``, ``template_field``; DataError ``template_lacks``, ``template_unknown``,
    ``template_block_not_alone``.
    """
    if len(content) > LIMITS.file_bytes:
        raise UnreadableFile("template_too_large", file=name, limit_mb=LIMITS.file_bytes // 1_000_000)
    try:
        _look_through(content, name)
        document = Document(BytesIO(content))
    except DataError as error:
        raise type(error)(error.code, **{"file": name, **error.values}) from error
    except (ValueError, KeyError, OSError, ParseError, DefusedXmlException, SyntaxError) as error:
        raise UnreadableFile("template_not_word", file=name) from error
    _check_placeholders(list(spots(document)), name)
    return document


def _look_through(content: bytes, name: str) -> None:
    """Nothing in the file runs, fetches or hides."""
    if any(macro in content.lower() for macro in MACROS):
        raise UnreadableFile("template_macros", file=name)
    archive = open_archive(content, MEMBERS, LIMITS)
    parts = [member.filename for member in archive.infolist() if member.filename.lower().endswith((".xml", ".rels"))]
    if "[Content_Types].xml" not in parts or "word/document.xml" not in parts:
        raise UnreadableFile("template_not_word", file=name)
    for part in parts:
        root = fromstring(read_member(archive, part, LIMITS), forbid_dtd=True)
        if part == "[Content_Types].xml" and MAIN_TYPE not in {kind.get("ContentType") for kind in root}:
            raise UnreadableFile("template_not_word", file=name)
        if part.endswith(".rels"):
            _check_links(root, name)
        for instruction in _field_instructions(root):
            words = instruction.split()
            if words and words[0].upper() in ACTIVE_FIELDS:
                raise UnreadableFile("template_field", file=name, field=words[0][:20])


def _check_links(root: Any, name: str) -> None:
    for link in root:
        if (link.get("TargetMode") or "").lower() != "external":
            continue
        target = link.get("Target") or ""
        if not ((link.get("Type") or "").endswith("/hyperlink") and target.lower().startswith(HARMLESS_LINK)):
            raise UnreadableFile("template_external", file=name, target=target[:80])


def _field_instructions(root: Any) -> Iterator[str]:
    """The instruction of every field, whole even where Word split it over runs."""
    written: list[str] = []
    for element in root.iter():
        if element.tag == f"{W}fldSimple":
            yield element.get(f"{W}instr") or ""
        elif element.tag == f"{W}instrText" and written:
            written[-1] += element.text or ""
        elif element.tag == f"{W}instrText":
            yield element.text or ""
        elif element.tag == f"{W}fldChar" and element.get(f"{W}fldCharType") == "begin":
            written.append("")
        elif element.tag == f"{W}fldChar" and written:
            yield written.pop()
    yield from written


def spots(document: WordDocument) -> Iterator[Spot]:
    """Every placeholder of body, headers and footers; a key that nobody knows keeps its own spelling."""
    known = names()
    for root, in_body in _roots(document):
        for paragraph in root.iter(qn("w:p")):
            for found in PLACEHOLDER.finditer(_words(paragraph)):
                yield Spot(paragraph, known.get(found[1], found[1]), in_body)


def _roots(document: WordDocument) -> Iterator[tuple[Any, bool]]:
    yield document.element.body, True
    for section in document.sections:
        for part in (
            section.header, section.first_page_header, section.even_page_header,
            section.footer, section.first_page_footer, section.even_page_footer,
        ):  # fmt: skip
            if not part.is_linked_to_previous:
                yield part._element, False  # noqa: SLF001


def _texts(paragraph: Any) -> list[Any]:
    """The text nodes of a paragraph, not those of a text box inside it."""
    nodes = paragraph.iter(qn("w:t"))
    return [node for node in nodes if next(node.iterancestors(qn("w:p"))) is paragraph]


def _words(paragraph: Any) -> str:
    return "".join(node.text or "" for node in _texts(paragraph))


def _check_placeholders(found: Sequence[Spot], name: str) -> None:
    keys = [spot.key for spot in found]
    unknown = [key for key in dict.fromkeys(keys) if key not in INLINE and key not in BLOCKS]
    if unknown:
        raise DataError("template_unknown", file=name, given=_braced(unknown), known=_braced(list(names())))
    lacking = [key for key in REQUIRED if key not in keys]
    if lacking:
        raise DataError(
            "template_lacks", file=name, lacking=_braced([text(f"template.{key}", "zh") for key in lacking])
        )
    for spot in found:
        alone = PLACEHOLDER.fullmatch(_words(spot.paragraph).strip())
        if spot.key in BLOCKS and not (spot.in_body and alone):
            raise DataError("template_block_not_alone", file=name, given=_braced([text(f"template.{spot.key}", "zh")]))


def _braced(words: Sequence[str]) -> str:
    return " ".join(f"{{{{{word}}}}}" for word in words)


def _inline_values(reports: Sequence[Report], assessment: Mapping[str, Any]) -> dict[str, str]:
    """What stands for each placeholder within a line; two languages side by side."""
    plain = {"on": "on", "computed_at": "computed_at", "version": "version", "rulebook": "rulebook_sha256"}
    values = {name: str(assessment[key]) for name, key in plain.items()}
    for name in ("title", "subtitle", "verdict", "caution", "how_to_read"):
        values[name] = " / ".join(getattr(report, name) for report in reports)
    values["stamps"] = " ".join(f"【{stamp}】" for report in reports for stamp in report.stamps)
    return values


def _fill_inline(paragraph: Any, values: Mapping[str, str]) -> None:
    """Every placeholder of a paragraph replaced, from the last to the first, each in the type of its first letter."""
    known = names()
    for found in reversed(list(PLACEHOLDER.finditer(_words(paragraph)))):
        start, end = found.span()
        position = 0
        replacement = values[known[found[1]]]
        for node in _texts(paragraph):
            words = node.text or ""
            low, high = max(start - position, 0), min(end - position, len(words))
            if low < high:
                node.text = words[:low] + replacement + words[high:]
                node.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
                replacement = ""
            position += len(words)


def _fill_block(document: WordDocument, spot: Spot, reports: Sequence[Report], map_picture: bytes | None) -> None:
    """The part of the report in place of the paragraph that asked for it."""
    body = document.element.body
    before = set(body)
    for report in reports:
        BLOCKS[spot.key](document, report, map_picture)
    for element in [element for element in body if element not in before]:
        spot.paragraph.addprevious(element)
    holder = spot.paragraph.getparent()
    holder.remove(spot.paragraph)
    if holder.tag == qn("w:tc") and holder[-1].tag != qn("w:p"):
        holder.append(OxmlElement("w:p"))  # a cell ends with a paragraph


def fill(
    content: bytes, name: str, assessment: dict[str, Any], language: str, map_picture: bytes | None = None
) -> bytes:
    """The template filled with an assessment. Raises what ``checked_template`` raises."""
    document = checked_template(content, name)
    reports = reports_of(assessment, language)
    values = _inline_values(reports, assessment)
    found = list(spots(document))
    for spot in found:
        if spot.key in BLOCKS:
            _fill_block(document, spot, reports, map_picture)
    for paragraph in {id(spot.paragraph): spot.paragraph for spot in found if spot.key in INLINE}.values():
        _fill_inline(paragraph, values)
    return saved(document, reports[0].title, stated_moment(assessment))


def example_template(language: str) -> bytes:
    """A template with every placeholder, to start from."""
    from atlas.report.as_docx import blank, page_numbers

    document = blank()
    document.sections[0].header.paragraphs[0].add_run(_braced([text("template.stamps", language)]))
    document.add_heading(_braced([text("template.title", language)]), 0)
    colon = text("report.colon", language)
    for key in INLINE[1:]:
        name = text(f"template.{key}", language)
        document.add_paragraph(f"{name}{colon}{_braced([name])}")
    for key in BLOCKS:
        document.add_paragraph(_braced([text(f"template.{key}", language)]))
    page_numbers(document, text("report.page", language, page="%1", pages="%2"))
    return saved(document, text("report.title", language), stated_moment({}))
