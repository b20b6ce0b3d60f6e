"""The plan as a report: what it designates and where, its numbers, and the unmatched lists both ways."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from io import StringIO
from typing import Any

from atlas.report.as_csv import literal
from atlas.report.clock import stated_moment
from atlas.report.content import Fact, Table
from atlas.report.overview import spoken
from atlas.report.paper import Block, Bullets, Facts, Grid, Heading, Paper, Verdict, Words, paper_docx, paper_pdf
from atlas.texts import text
from layers.plan import Designation, Plan, Target, Zone
from layers.types import LayerSpec

FORMATS = ("pdf", "docx", "xlsx", "csv")
DESIGNATION_COLUMNS = ("clause", "sector", "item", "place", "kind", "strength", "geometry", "quote")
TARGET_COLUMNS = ("clause", "indicator", "type", "bound", "value", "unit", "year", "quote")
#: Shares of the page, in the order of the columns; the sector stands in the heading above.
DESIGNATION_WIDTHS = (1.7, 1.8, 2.5, 1.2, 1.4, 1.0, 3.6)
TARGET_WIDTHS = (1.3, 3.0, 1.0, 1.0, 1.2, 1.2, 1.0, 3.5)
CSV_COLUMNS = (
    "table", "id", "clause", "sector", "subsector", "place", "kind", "strength", "open_ended", "geometry", "ref",
    "indicator", "type", "bound", "value", "value_max", "unit", "year", "name_zh", "name_en", "extent", "quote",
)  # fmt: skip


def _say(name: str, language: str, **values: Any) -> str:
    return text(f"plan.{name}", language, **values)


def designation_table(designations: Sequence[Designation], language: str) -> Table:
    """The statements as rows, in the plan's order."""
    rows = tuple(_designation_cells(designation, language) for designation in designations)
    return Table(tuple(_say(name, language) for name in DESIGNATION_COLUMNS), rows)


def _designation_cells(designation: Designation, language: str) -> tuple[str, ...]:
    return (
        designation.clause,
        designation.sector,
        designation.subsector,
        designation.place + (_say("and_others", language) if designation.open_ended else ""),
        text(f"kind.{designation.kind}", language),
        text(f"strength.{designation.strength}", language),
        text(f"plan_geometry.{designation.geometry}", language),
        designation.quote,
    )


def target_table(targets: Sequence[Target], language: str) -> Table:
    """The numbers as rows, in the plan's order."""
    rows = tuple(_target_cells(target, language) for target in targets)
    return Table(tuple(_say(name, language) for name in TARGET_COLUMNS), rows)


def _target_cells(target: Target, language: str) -> tuple[str, ...]:
    value = "" if target.value is None else f"{target.value:g}"
    return (
        target.clause,
        target.indicator,
        text(f"target_type.{target.type}", language),
        text(f"bound.{target.bound}", language),
        value + ("" if target.value_max is None else f"–{target.value_max:g}"),
        target.unit,
        "" if target.year is None else str(target.year),
        target.quote,
    )


def zone_table(zones: Sequence[Zone], language: str) -> Table:
    """Zones that no clause names."""
    rows = tuple((zone.name_zh, zone.name_en, text(f"plan.extent_{zone.extent}", language)) for zone in zones)
    return Table((_say("zone", language), _say("zone_english", language), _say("extent", language)), rows)


def sector_table(plan: Plan, language: str) -> Table:
    """How much each part of the plan says, and how much of it is on the map."""
    sectors = dict.fromkeys([*(d.sector for d in plan.designations), *(t.sector for t in plan.targets)])
    rows = []
    for sector in sectors:
        said = [designation for designation in plan.designations if designation.sector == sector]
        drawn = sum(plan.is_drawn(designation) for designation in said)
        numbers = sum(target.sector == sector for target in plan.targets)
        rows.append((sector, str(len(said)), str(drawn), str(len(said) - drawn), str(numbers)))
    head = ("sector", "statements", "shown_on_map", "without_shape", "numbers")
    return Table(tuple(_say(name, language) for name in head), tuple(rows))


def render_plan(plan: Plan, specs: Sequence[LayerSpec], fmt: str, language: str, moment: str) -> bytes:
    """The plan in a format; ``specs`` are the layers that it was read from, ``moment`` the time that is stated."""
    if fmt == "csv":
        return _csv(plan)
    if fmt == "xlsx":
        return _xlsx(plan, specs, language, moment)
    papers = [plan_paper(plan, specs, one, moment) for one in spoken(language)]
    write = {"pdf": paper_pdf, "docx": paper_docx}[fmt]
    return write(papers, stated_moment({"computed_at": moment}))


def plan_paper(plan: Plan, specs: Sequence[LayerSpec], language: str, moment: str) -> Paper:
    """The report of one language."""
    undrawn, zones = plan.undrawn(), plan.zones_without_clause()
    counts = {
        "designations": len(plan.designations),
        "targets": len(plan.targets),
        "undrawn": len(undrawn),
        "zones": len(zones),
    }
    blocks: list[Block] = [
        Verdict(_say("ended", language), "not_assessed"),
        Words(_say("report_summary", language, **counts)),
        Words(_say("report_how_to_read", language), quiet=True),
        Heading(_say("by_sector", language), 2),
        Grid(sector_table(plan, language), (4.0, 2.0, 2.0, 2.0, 2.0)),
        Heading(_say("statements", language), new_page=True),
        *_by_sector(plan.designations, language),
        Heading(_say("numbers", language), new_page=True),
        Grid(target_table(plan.targets, language), TARGET_WIDTHS),
        Heading(_say("unmatched", language), new_page=True),
        Heading(f"{_say('without_shape', language)} ({len(undrawn)})", 2),
        Words(_say("without_shape_about", language), quiet=True),
        *_by_sector(undrawn, language),
        Heading(f"{_say('without_clause', language)} ({len(zones)})", 2),
        Words(_say("without_clause_about", language), quiet=True),
        Grid(zone_table(zones, language), (3.0, 4.0, 2.0)),
        *_sources(specs, language),
    ]
    return Paper(
        language=language,
        title=_say("report_title", language),
        subtitle=_say("report_subtitle", language, moment=moment[:10]),
        stamps=(),
        running_foot=f"{specs[0].source[:40]} · {specs[0].sha256[:12]} · {moment[:10]}",
        blocks=tuple(blocks),
    )


def _by_sector(designations: Sequence[Designation], language: str) -> Iterator[Block]:
    """A table a sector, without the column that would say the same in every row."""
    for sector in dict.fromkeys(designation.sector for designation in designations):
        of_sector = [designation for designation in designations if designation.sector == sector]
        whole = designation_table(of_sector, language)
        kept = [column for column, name in enumerate(DESIGNATION_COLUMNS) if name != "sector"]
        rows = tuple(tuple(row[column] for column in kept) for row in whole.rows)
        yield Heading(f"{sector} ({len(of_sector)})", 3)
        yield Grid(Table(tuple(whole.head[column] for column in kept), rows), DESIGNATION_WIDTHS)


def _sources(specs: Sequence[LayerSpec], language: str) -> list[Block]:
    lines = tuple(dict.fromkeys(f"{spec.attribution} · {spec.licence}" for spec in specs))
    return [
        Heading(text("report.section.verification", language)),
        *(Facts(_source_facts(spec, language)) for spec in specs),
        Heading(text("report.section.attributions", language)),
        Bullets(lines),
    ]


def _source_facts(spec: LayerSpec, language: str) -> tuple[Fact, ...]:
    return (
        (text("report.head.layer", language), f"{spec.titled(language)} ({spec.id})"),
        (text("report.head.source", language), spec.source),
        (text("report.head.as_of", language), spec.as_of),
        (text("report.head.sha256", language), spec.sha256),
    )


def plan_rows(plan: Plan) -> Iterator[dict[str, Any]]:
    """Every entry as codes: ``table`` says of which list."""
    for designation in plan.designations:
        yield {"table": "designations", **vars(designation)}
    for target in plan.targets:
        yield {"table": "targets", **vars(target)}
    for designation in plan.undrawn():
        yield {"table": "clauses_without_geometry", **vars(designation)}
    for zone in plan.zones_without_clause():
        yield {"table": "zones_without_clause", **vars(zone)}


def _csv(plan: Plan) -> bytes:
    target = StringIO(newline="")
    writer = csv.DictWriter(target, CSV_COLUMNS, restval="", extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    for row in plan_rows(plan):
        writer.writerow({name: literal(value) for name, value in row.items()})
    return target.getvalue().encode("utf-8-sig")


def _xlsx(plan: Plan, specs: Sequence[LayerSpec], language: str, moment: str) -> bytes:
    from openpyxl import Workbook

    from atlas.report.as_xlsx import add_table, saved

    book = Workbook()
    book.remove(book.active)
    for one in spoken(language):
        about = [("", _say("ended", one)), *(fact for spec in specs for fact in _source_facts(spec, one))]
        add_table(book, _say("about", one), Table((_say("report_title", one), moment), tuple(about)))
        add_table(book, _say("statements", one), designation_table(plan.designations, one))
        add_table(book, _say("numbers", one), target_table(plan.targets, one))
        add_table(book, _say("without_shape", one), designation_table(plan.undrawn(), one))
        add_table(book, _say("without_clause", one), zone_table(plan.zones_without_clause(), one))
    return saved(book, stated_moment({"computed_at": moment}))
