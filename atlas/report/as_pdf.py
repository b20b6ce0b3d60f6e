"""The report on paper, set by Typst. The layout is a constant file; what is said goes in as JSON, never as markup."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst

from atlas.fonts import font_folders
from atlas.report.clock import stated_moment
from atlas.report.content import Report
from atlas.report.overview import report_of

_FOLDER = Path(__file__).resolve().parent
PICTURE = "map.png"


@cache
def _layout() -> bytes:
    return (_FOLDER / "report.typ").read_bytes()


def _data(report: Report, assessment: dict[str, Any], has_picture: bool) -> bytes:
    content = asdict(report)
    content["picture"] = PICTURE if has_picture else ""
    content["running_foot"] = (
        f"{assessment['version']} · {str(assessment['rulebook_sha256'])[:12]} · {assessment['on']}"
    )
    return json.dumps(content, ensure_ascii=False).encode("utf-8")


def write(assessment: dict[str, Any], language: str, map_picture: bytes | None = None) -> bytes:
    """A PDF with the vendored typeface embedded, its text selectable, dated with the assessment's own time."""
    report = report_of(assessment, language)
    with TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "report.typ").write_bytes(_layout())
        (root / "report.json").write_bytes(_data(report, assessment, map_picture is not None))
        if map_picture:
            (root / PICTURE).write_bytes(map_picture)
        written = typst.compile(
            root / "report.typ",
            root=root,
            font_paths=list(font_folders()),
            ignore_system_fonts=True,
            timestamp=stated_moment(assessment),
        )
    return bytes(written)
