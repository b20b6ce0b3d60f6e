"""The report on paper, set by Typst. The layout is a constant file; what is said goes in as JSON, never as markup."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import typst

from atlas.fonts import font_folders
from atlas.report.clock import stated_moment
from atlas.report.overview import reports_of

_FOLDER = Path(__file__).resolve().parent
PICTURE = "map.png"
COMMON = "common.typ"


@cache
def _layout(name: str) -> bytes:
    return (_FOLDER / name).read_bytes()


def typeset(layout: str, data: Mapping[str, Any], pictures: Mapping[str, bytes], moment: datetime) -> bytes:
    """A PDF of a layout of this folder with ``data`` and pictures by name, its typeface embedded, dated ``moment``."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        files = {layout: _layout(layout), COMMON: _layout(COMMON), **pictures}
        files["data.json"] = json.dumps(data, ensure_ascii=False).encode("utf-8")
        for name, content in files.items():
            (root / name).write_bytes(content)
        written = typst.compile(
            root / layout, root=root, font_paths=list(font_folders()), ignore_system_fonts=True, timestamp=moment
        )
    return bytes(written)


def running_foot(assessment: Mapping[str, Any]) -> str:
    """What traces a page that lost its others: program, rulebook, day of the rules."""
    return f"{assessment['version']} · {str(assessment['rulebook_sha256'])[:12]} · {assessment['on']}"


def write(assessment: dict[str, Any], language: str, map_picture: bytes | None = None) -> bytes:
    """The report with its text selectable; with ``both`` the Chinese report and then the English."""
    data = {
        "reports": [asdict(report) for report in reports_of(assessment, language)],
        "picture": PICTURE if map_picture else "",
        "running_foot": running_foot(assessment),
    }
    return typeset("report.typ", data, {PICTURE: map_picture} if map_picture else {}, stated_moment(assessment))
