"""What ``measure concentration`` and ``measure alignment`` do; imported only when one of them runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from atlas.commands.files import need_folder, write_result
from atlas.texts import text

if TYPE_CHECKING:
    from atlas.journeys.measure import Measured, MeasureRequest

TABLE_FORMATS = {".csv": "csv", ".xlsx": "xlsx", ".gpkg": "gpkg", ".json": "json"}
#: Always a report to read; a PDF is one only where that is asked for.
REPORT_FORMAT = ".docx"
PICTURE_FORMATS = {".png": "png", ".svg": "svg", ".pdf": "pdf"}


@dataclass(frozen=True)
class MeasureOptions:
    """The options of ``measure`` as the shell gives them."""

    firms: str
    out: Path
    by: str = "district"
    scheme: str = "auto"
    year: int | None = None
    category: str = ""
    crs: str | None = None
    accuracy_m: float | None = None
    crosswalk: Path | None = None
    seed: int | None = None
    permutations: int | None = None
    bandwidth_m: float | None = None
    show_small_numbers: bool = False
    size: str = "A4"
    workspace: Path | None = None
    report: bool = False


def concentration(options: MeasureOptions, language: str) -> int:
    """Measure concentration and write it; 2 where rows of the table were refused."""
    from atlas.journeys.measure import measure_concentration, outlines_by_id

    fmt = format_of(options)
    request = _request(options, language)
    measured = measure_concentration(request)
    return _write(options, measured, request, fmt, outlines_by_id(measured.places))


def alignment(options: MeasureOptions, language: str) -> int:
    """Compare the plan with the firms and write it; 2 where rows of the table were refused."""
    from atlas.journeys.measure import measure_alignment
    from atlas.journeys.measure_layers import designation_outlines

    fmt = format_of(options)
    request = _request(options, language)
    measured = measure_alignment(request)
    return _write(options, measured, request, fmt, designation_outlines(measured.document, request.store))


def format_of(options: MeasureOptions) -> str:
    """What is to be written; refused before anything is measured.

    Raises DataError ``unknown_format``, ``cannot_write``.
    """
    from atlas.journeys.export import known_format
    from atlas.journeys.measure_report import REPORT_FORMATS

    known = REPORT_FORMATS if options.report else {**TABLE_FORMATS, **PICTURE_FORMATS, REPORT_FORMAT: "docx"}
    fmt = known_format(options.out.suffix, known)
    need_folder(options.out)
    return fmt


def _request(options: MeasureOptions, language: str) -> MeasureRequest:
    from atlas.journeys.measure import MeasureRequest, open_firms
    from atlas.workspace import open_store
    from geo.disclosure import Rule
    from layers.classification import load_classification, with_crosswalk
    from layers.reading import read_bytes

    store, classes = open_store(options.workspace), load_classification()
    if options.crosswalk:
        classes = with_crosswalk(classes, read_bytes(options.crosswalk), options.crosswalk.name)
    firms = open_firms(options.firms, store, crs_stated=options.crs, accuracy_m=options.accuracy_m, classes=classes)
    scheme = options.scheme if options.scheme != "auto" else _scheme(options.category)
    stated: dict[str, Any] = {
        "seed": options.seed,
        "permutations": options.permutations,
        "bandwidth_m": options.bandwidth_m,
    }
    return MeasureRequest(
        firms=firms,
        store=store,
        unit=options.by,
        scheme=scheme,
        year=options.year,
        rule=None if options.show_small_numbers else Rule(),
        language=language,
        classes=classes,
        **{name: value for name, value in stated.items() if value is not None},
    )


def _scheme(category: str) -> str:
    """The level of a category's code: P05 a sector of the plan, P05.02 a subsector, 2 and 2.5 national ones."""
    if not category or category.startswith("P"):
        return "subsector" if "." in category else "sector"
    return "sei2" if "." in category else "sei1"


def _write(
    options: MeasureOptions, measured: Measured, request: MeasureRequest, fmt: str, outlines: dict[str, object]
) -> int:
    from atlas.journeys.measure_map import draw_measure
    from atlas.journeys.measure_report import export_report
    from atlas.report.measures import render_measures

    if options.report or fmt == "docx":
        content = export_report(measured, request, fmt, options.category)
    elif fmt in PICTURE_FORMATS.values():
        content = draw_measure(measured, request, fmt, options.category, options.size)
    else:
        content = render_measures(measured.document, fmt, request.language, outlines)
    write_result(options.out, content)
    language = request.language
    document = measured.document
    for stamp in document["stamps"]:
        click.echo(stamp)
    click.echo(text("measure.written", language, file=options.out.name, firms=document["firms"]))
    if document["rejected_rows"]:
        click.echo(_refused(document, language), err=True)
    return 2 if document["rejected_rows"] else 0


def _refused(document: dict[str, Any], language: str) -> str:
    """How many rows were refused, and the first of the reasons."""
    from atlas.wording import rejected_line

    first = " ".join(rejected_line(fault, language) for fault in document["rejected"][:3])
    return text("measure.refused", language, rows=document["rejected_rows"], first=first)
