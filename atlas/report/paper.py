"""A document as blocks in the order of reading, for reports that are no single assessment: PDF and Word set the same.

Blocks hold words and numbers only; how they look stands in ``paper.typ`` and ``docx_parts``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from atlas.report.content import Fact, Table
from atlas.texts import text


@dataclass(frozen=True)
class Heading:
    """A section; level 1 to 3, and whether it begins a page."""

    words: str
    level: int = 1
    new_page: bool = False


@dataclass(frozen=True)
class Words:
    """A paragraph; ``quiet`` for what accompanies."""

    words: str
    quiet: bool = False


@dataclass(frozen=True)
class Labelled:
    """A label and what it labels, in one line."""

    label: str
    words: str


@dataclass(frozen=True)
class Bullets:
    """A list."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """A sentence that stands out in the colour of an outcome."""

    words: str
    tone: str


@dataclass(frozen=True)
class Grid:
    """A table; ``widths`` are shares of the page, one a column.

    With ``checksums`` the last column is one of SHA-256, which on paper stands below its row and has no width.
    """

    table: Table
    widths: tuple[float, ...]
    checksums: bool = False


@dataclass(frozen=True)
class Facts:
    """Labels and values in two columns."""

    pairs: tuple[Fact, ...]


@dataclass(frozen=True)
class Figure:
    """A PNG across the page and what it shows; ``stamp`` where a map of it needs one."""

    picture: bytes
    caption: str
    stamp: str = ""


@dataclass(frozen=True)
class Signatures:
    """Who signs, with room for a hand."""

    names: tuple[str, ...]
    date: str


@dataclass(frozen=True)
class Contents:
    """The sections of this paper with their pages; ``note`` says how a program that counts pages later fills it."""

    note: str


Block = Contents | Heading | Words | Labelled | Bullets | Verdict | Grid | Facts | Figure | Signatures


@dataclass(frozen=True)
class Paper:
    """A document of one language. ``running_foot`` stands on every page and traces it."""

    language: str
    title: str
    subtitle: str
    stamps: tuple[str, ...]
    running_foot: str
    blocks: tuple[Block, ...]


def paper_pdf(papers: Sequence[Paper], moment: datetime) -> bytes:
    """The papers one after another as a PDF, dated ``moment``."""
    from atlas.report.as_pdf import typeset

    pictures: dict[str, bytes] = {}
    data = {"papers": [_for_typst(paper, pictures) for paper in papers]}
    return typeset("paper.typ", data, pictures, moment)


def _for_typst(paper: Paper, pictures: dict[str, bytes]) -> dict[str, Any]:
    """The paper as JSON can hold it, each block with its kind, its pictures put aside under names."""
    blocks = []
    for block in paper.blocks:
        fields = asdict(block)
        if isinstance(block, Figure):
            fields["picture"] = f"picture-{len(pictures)}.png"
            pictures[fields["picture"]] = block.picture
        blocks.append({"kind": type(block).__name__.lower(), **fields})
    plain = asdict(replace(paper, blocks=()))
    return {**plain, "blocks": blocks, "page": text("report.page", paper.language, page="%1", pages="%2")}


def paper_docx(papers: Sequence[Paper], moment: datetime) -> bytes:
    """The papers one after another as a Word document, dated ``moment``."""
    from atlas.report import as_docx
    from atlas.report.docx_parts import TEXT_WIDTH_CM, page_break, stamped

    document = as_docx.blank()
    as_docx.page_header(document, [paper.title for paper in papers], [s for paper in papers for s in paper.stamps])
    as_docx.page_numbers(document, text("report.page", papers[0].language, page="%1", pages="%2"))
    for number, paper in enumerate(papers):
        if number:
            page_break(document)
        document.add_heading(paper.title, 0)
        document.add_paragraph(paper.subtitle)
        for stamp in paper.stamps:
            stamped(document.add_paragraph(), stamp)
        for block in paper.blocks:
            _add(document, block, TEXT_WIDTH_CM)
        document.add_paragraph(paper.running_foot)
    return as_docx.saved(document, papers[0].title, moment)


def _add(document: Any, block: Block, width_cm: float) -> None:
    from atlas.report import docx_parts as parts

    match block:
        case Contents():
            parts.field(document.add_paragraph(), 'TOC \\o "1-1" \\h \\z', block.note)
        case Heading():
            if block.new_page:
                parts.page_break(document)
            parts.heading(document, block.words, block.level)
        case Words():
            run = document.add_paragraph().add_run(block.words)
            if block.quiet:
                run.font.color.rgb = parts.QUIET
        case Labelled():
            parts.labelled(document, block.label, block.words)
        case Bullets():
            for line in block.lines:
                parts.bullet(document, line)
        case Verdict():
            parts.coloured(document.add_paragraph(), block.words, block.tone, 13)
        case Grid():
            shares = (*block.widths, max(block.widths)) if block.checksums else block.widths
            parts.table(document, block.table, [width_cm * share / sum(shares) for share in shares])
        case Facts():
            parts.facts(document, block.pairs)
        case Figure():
            parts.picture(document, block.picture)
            paragraph = document.add_paragraph()
            if block.stamp:
                parts.stamped(paragraph, f"{block.stamp}  ")
            paragraph.add_run(block.caption)
        case Signatures():
            parts.signature_lines(document, block.names, block.date)
