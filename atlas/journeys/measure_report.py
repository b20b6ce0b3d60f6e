"""A measure as a report to read: what must be known first, charts, tables, what was left out, whence it comes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from atlas.journeys.explore import source_line
from atlas.journeys.measure import Measured, MeasureRequest
from atlas.journeys.measure_figures import heat_figure, lorenz_figure, ranking_figure
from atlas.journeys.measure_layers import DESIGNATIONS, GROUND, OUTLINES
from atlas.journeys.measure_map import draw_measure
from atlas.journeys.measure_series import category_of, heat, lorenz, most_concentrated, ranking, summary_of, units_of
from atlas.report.cleaning import cleaned
from atlas.report.clock import stated_moment
from atlas.report.content import Table
from atlas.report.measures import head, notes_of, word
from atlas.report.paper import (
    Block,
    Bullets,
    Facts,
    Figure,
    Grid,
    Heading,
    Paper,
    Signatures,
    Words,
    paper_docx,
    paper_pdf,
)
from atlas.texts import text
from atlas.wording_measure import chance, number, span, unit_words
from layers.errors import DataError
from layers.plan import load_plan

REPORT_FORMATS = {".pdf": "pdf", ".docx": "docx"}
#: A chart of more places than these cannot be read on paper.
PLACES_CHARTED = 20
ROWS_SHOWN = 40
#: Tables of the comparison with the plan: columns, and shares of the page.
ALIGNMENT_TABLES = {
    "designations": (
        ("clause", "place", "subsector", "standing", "firms_low", "expected", "quotient", "q", "measured_on"),
        (1.5, 2.2, 2.0, 1.6, 1.1, 1.2, 1.2, 1.2, 1.4),
    ),
    "undesignated": (
        ("category", "place", "clause", "firms_low", "expected", "quotient", "q"),
        (2.4, 2.2, 1.6, 1.2, 1.2, 1.2, 1.2),
    ),
    "targets": (
        ("clause", "indicator", "bound", "value", "unit", "year", "counted_low", "counted_high", "caveat"),
        (1.3, 3.4, 1.0, 1.1, 1.1, 1.0, 1.2, 1.2, 2.6),
    ),
    "not_measured": (("clause", "place", "subsector", "why", "quote"), (1.4, 2.6, 2.0, 2.0, 4.0)),
}
CONCENTRATION_TABLES = {
    "places": (("place_name", "firms", "hhi_of_sectors", "entropy_nats", "krugman"), (3.0, 1.5, 1.5, 1.5, 1.5)),
    "colocation": (("of_name", "next_to_name", "quotient", "q"), (3.0, 3.0, 1.5, 1.5)),
    "over_time": (("category", "year", "firms_low", "hhi", "gini_locational", "ellison_glaeser"), (3.0, 1, 1, 1, 1, 1)),
}
CHANCES = ("p", "q", "moran_q")


def export_report(measured: Measured, request: MeasureRequest, fmt: str, code: str = "") -> bytes:
    """The report as ``pdf`` or ``docx``. ``code`` chooses the category that is charted; the most concentrated else.

    Raises DataError ``sector_not_measured``.
    """
    document = cleaned(dict(measured.document))
    blocks = (
        _concentration(measured, request, code)
        if document["kind"] == "concentration"
        else _alignment(document, request.language)
    )
    paper = Paper(
        language=request.language,
        title=text(f"measure.title_{document['kind']}", request.language),
        subtitle=_subtitle(document, request.language),
        stamps=tuple(document["stamps"]),
        running_foot=f"{document['version']} · {document['input']['sha256'][:12]} · {document['computed_at']}",
        blocks=(
            Heading(text("measure.table.notes", request.language), 2),
            Bullets(tuple(notes_of(document, request.language))),
            *_map(measured, request, code),
            *blocks,
            *_back(document, request),
        ),
    )
    return {"pdf": paper_pdf, "docx": paper_docx}[fmt]([paper], stated_moment(document))


def _subtitle(document: Mapping[str, Any], language: str) -> str:
    unit = [unit_words(document["by"], language)] if "by" in document else []
    year = [str(document["year"])] if document["year"] is not None else []
    return " · ".join([document["input"]["name"], *unit, *year])


def _map(measured: Measured, request: MeasureRequest, code: str) -> Iterator[Block]:
    """The map, where the places have outlines to draw."""
    try:
        picture = draw_measure(measured, request, "png", code, "report")
    except DataError as error:
        if error.code != "nothing_to_draw":
            raise
        return
    caption = text("measure.report.map", request.language)
    yield Figure(picture, caption, text("stamp.not_approved", request.language))


def _concentration(measured: Measured, request: MeasureRequest, code: str) -> Iterator[Block]:
    document, language = measured.document, request.language
    yield Heading(text("measure.table.sectors", language), new_page=True)
    yield Words(text("measure.report.two_cuts", language), quiet=True)
    yield Grid(_sector_table(document, language), (3.4, 1.1, *(1.2 for _ in range(2 + 2 * len(units_of(document))))))
    yield from _charts(measured, request, code)
    yield Heading(text("measure.report.concentrations", language))
    yield Words(text("measure.report.concentrations_about", language), quiet=True)
    yield _grid(_over_represented(document), CELL_COLUMNS, CELL_WIDTHS, language)
    for name, (columns, widths) in CONCENTRATION_TABLES.items():
        rows = _telling(name, document[name])
        if rows:
            yield Heading(text(f"measure.table.{name}", language))
            yield _grid(rows, columns, widths, language)


CELL_COLUMNS = ("place_name", "category", "firms_low", "expected", "quotient_max", "quotient_low95", "quotient_high95")
CELL_WIDTHS = (2.6, 2.8, 1.2, 1.2, 1.2, 1.2, 1.2)


def _over_represented(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Cells whose whole interval lies above the mix of the base, the largest first."""
    rows = [row for row in document["cells"] if row["quotient_low95"] is not None and row["quotient_low95"] > 1.0]
    return sorted(rows, key=lambda row: -row["quotient_low95"])[:ROWS_SHOWN]


def _telling(name: str, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Of co-location only pairs of different sectors that chance does not explain; of anything else the first rows."""
    if name == "colocation":
        rows = [row for row in rows if row["of"] != row["next_to"] and row["q"] is not None and row["q"] <= 0.05]
    return list(rows[:ROWS_SHOWN])


def _sector_table(document: Mapping[str, Any], language: str) -> Table:
    """A row a category: the summary by one kind of place, and its index by the other beside it."""
    units = units_of(document)
    codes = dict.fromkeys(row["code"] for row in document["sectors"])
    names = ("ellison_glaeser", "gini_locational")
    titles = [f"{head(name, language)} ({unit_words(unit, language)})" for name in names for unit in units]
    rows = []
    for code in codes:
        own = summary_of(document, code)
        rows.append(
            (
                str(own.get("category", code)),
                span(own.get("firms_low"), own.get("firms_high")),
                *(number(summary_of(document, code, unit).get(name), 3) for name in names for unit in units),
                number(own.get("moran_i"), 3),
                chance(own.get("moran_q")),
            )
        )
    shared = (head("category", language), head("firms", language))
    return Table((*shared, *titles, head("moran_i", language), head("moran_q", language)), tuple(rows))


def _charts(measured: Measured, request: MeasureRequest, code: str) -> Iterator[Block]:
    """A ranking and a Lorenz curve of one category, and all categories by place."""
    document, language = measured.document, request.language
    shown = code or most_concentrated(document)
    note = " · ".join([*document["stamps"], document["input"]["name"], unit_words(document["by"], language)])
    name = category_of(document, shown)
    yield Heading(text("measure.report.charts", language))
    entries = ranking(document, shown, "firms", language)[:PLACES_CHARTED]
    if entries:
        title = f"{name} · {text('measurepage.chart_ranking', language)}"
        yield Figure(ranking_figure(entries, title, note, language, "png"), text("measurepage.help.ranking", language))
    points = lorenz(document, shown, text("measurepage.hidden_together", language), language)
    if points:
        title = f"{name} · {text('measurepage.chart_lorenz', language)}"
        yield Figure(lorenz_figure(points, title, note, language, "png"), text("measurepage.help.lorenz", language))
    if 1 < len(document["places"]) <= PLACES_CHARTED:
        names = {category.name_zh: category.code for category in request.classes.plan.values()}
        fields = heat(document, load_plan(), names, language)
        title = text("measurepage.chart_heat", language)
        yield Figure(heat_figure(fields, title, note, language, "png"), text("measure.report.heat", language))


def _alignment(document: Mapping[str, Any], language: str) -> Iterator[Block]:
    yield Words(text("plan.ended", language))
    for name, (columns, widths) in ALIGNMENT_TABLES.items():
        if document[name]:
            yield Heading(f"{text(f'measure.table.{name}', language)} ({len(document[name])})")
            yield _grid(document[name], columns, widths, language)


def _grid(rows: Iterable[Mapping[str, Any]], columns: Sequence[str], widths: Sequence[float], language: str) -> Grid:
    cells = tuple(tuple(_cell(column, row.get(column), language) for column in columns) for row in rows)
    return Grid(Table(tuple(_head(column, language) for column in columns), cells), tuple(widths))


def _head(column: str, language: str) -> str:
    """Of a number of the plan ``unit`` is what it counts, of a measure the kind of place."""
    return text("plan.unit", language) if column == "unit" else head(column, language)


def _cell(column: str, value: Any, language: str) -> str:
    if value is None:
        return ""
    if column in CHANCES:
        return chance(value)
    if column == "value":
        return f"{value:g}"
    if isinstance(value, float):
        return number(value, 3 if abs(value) < 10 else 1)
    if isinstance(value, int) and not isinstance(value, bool) and column != "year":
        return f"{value:,}"
    return str(word(column, value, language))


def _back(document: Mapping[str, Any], request: MeasureRequest) -> Iterator[Block]:
    """What was refused, of which file, by which program, from whose outlines."""
    language, store = request.language, request.store
    if document["rejected"]:
        from atlas.wording import rejected_line

        yield Heading(text("measure.table.rejected", language))
        yield Bullets(tuple(rejected_line(fault, language) for fault in document["rejected"][:ROWS_SHOWN]))
    yield Heading(text("report.section.verification", language))
    facts = (
        ("name", document["input"]["name"]),
        ("sha256", document["input"]["sha256"]),
        ("accuracy_ce95", _metres(document["input"]["accuracy_m"], language)),
        ("computed_at", document["computed_at"]),
        ("version", document["version"]),
    )
    seed = (text("measure.report.seed", language), f"{document['seed']} · {document['permutations']}")
    yield Facts((*((text(f"report.head.{name}", language), value) for name, value in facts), seed))
    used = [store.spec(name) for name in (GROUND, OUTLINES, DESIGNATIONS)]
    yield Heading(text("report.section.attributions", language))
    yield Bullets(tuple(dict.fromkeys(f"{s.attribution} · {source_line(s, language)}" for s in used)))
    yield Heading(text("report.section.signatures", language))
    names = tuple(text(f"report.signature.{name}", language) for name in ("compiled", "checked", "approved"))
    yield Signatures(names, text("report.sign_date", language))


def _metres(accuracy_m: float | None, language: str) -> str:
    if accuracy_m is None:
        return text("report.unknown", language)
    return text("report.metres", language, value=f"{accuracy_m:,g}")
