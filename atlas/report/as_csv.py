"""One CSV for programs and for Excel: a row a finding, and rows for the run, its layers and what was refused.

The columns are stable codes; ``kind`` says what a row is.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Any

from atlas import wording
from atlas.report.cleaning import cleaned
from atlas.report.overview import report_stamps, spoken
from atlas.report.rows import FINDING_COLUMNS, finding_rows, merged

RUN_COLUMNS = ("on", "computed_at", "version", "rulebook_sha256", "stamps")
LAYER_COLUMNS = (
    "source", "as_of", "accuracy_m", "basis", "covers", "licence", "attribution", "distribution", "sha256", "assumed",
)  # fmt: skip
COLUMNS = ("kind", "verdict", "use", "row", "field", "reason", *FINDING_COLUMNS, *LAYER_COLUMNS, *RUN_COLUMNS)

#: A cell that begins so is computed by spreadsheets; a full-width sign is folded to its plain twin by some.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def literal(value: Any) -> Any:
    """A text that a spreadsheet would compute gets an apostrophe before it; a number stays a number."""
    if isinstance(value, str) and value.lstrip(" \n").startswith(FORMULA_STARTS):
        return f"'{value}"
    return "" if value is None else value


def _run_row(assessment: Mapping[str, Any], language: str) -> dict[str, Any]:
    run = {name: assessment.get(name) for name in RUN_COLUMNS}
    return {
        "kind": "run",
        "verdict": assessment["verdict"],
        **run,
        "stamps": " ".join(report_stamps(assessment, language)),
    }


def _site_row(entry: Mapping[str, Any], language: str) -> dict[str, Any]:
    return {
        "kind": "site",
        "site": entry["id"],
        "site_name": entry.get("name"),
        "use": entry["use"],
        "verdict": entry["verdict"],
        "accuracy_m": entry.get("accuracy_m"),
        "outcome_words": wording.verdict_sentence(entry, language),
    }


def _layer_row(layer: Mapping[str, Any], language: str) -> dict[str, Any]:
    kept = {name: layer.get(name) for name in LAYER_COLUMNS}
    assumed = " ".join(layer.get("assumed") or ())
    title = wording.in_language(layer.get("title"), language)
    return {"kind": "layer", "layer": layer["id"], "title": title, **kept, "assumed": assumed}


def _rejected_row(rejected: Mapping[str, Any], language: str) -> dict[str, Any]:
    kept = {name: rejected.get(name) for name in ("row", "field", "reason")}
    return {"kind": "rejected", **kept, "why_words": wording.reason_words(rejected, language)}


def _rows(assessment: Mapping[str, Any], language: str) -> Iterator[dict[str, Any]]:
    languages = spoken(language)
    yield merged([_run_row(assessment, one) for one in languages])
    for entry in assessment["proposals"]:
        yield merged([_site_row(entry, one) for one in languages])
    for row in finding_rows(assessment, language):
        yield {"kind": "finding", **row}
    for rejected in assessment.get("rejected", ()):
        yield merged([_rejected_row(rejected, one) for one in languages])
    for layer in assessment.get("layers", ()):
        yield merged([_layer_row(layer, one) for one in languages])


def write(assessment: dict[str, Any], language: str) -> bytes:
    """UTF-8 with a byte order mark, so that Excel reads Chinese; lines end with CRLF."""
    target = StringIO(newline="")
    writer = csv.DictWriter(target, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    for row in _rows(cleaned(assessment), language):
        writer.writerow({name: literal(value) for name, value in row.items()})
    return target.getvalue().encode("utf-8-sig")
