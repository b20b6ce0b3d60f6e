"""One page that opens from disk and asks for nothing: no script, no address. Its policy forbids them."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from atlas.report.overview import reports_of
from atlas.webmap_font import font_style

_FOLDER = Path(__file__).resolve().parent


@cache
def _template() -> Template:
    """The page. It is constant; everything put into it is escaped."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string((_FOLDER / "report.html").read_text(encoding="utf-8"))


@cache
def _style() -> str:
    return (_FOLDER / "report.css").read_text(encoding="utf-8")


def _style_hash(style: str) -> str:
    """The only style that the page's policy lets in."""
    return "sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


def write(assessment: dict[str, Any], language: str, map_picture: bytes | None = None) -> bytes:
    """The page in UTF-8, with the picture and the signs of the typeface that it writes inside it."""
    reports = reports_of(assessment, language)
    picture = base64.b64encode(map_picture).decode() if map_picture else ""
    said = _template().render(reports=reports, style="", style_hash="", picture="")
    style = _style() + font_style(said)
    page = _template().render(
        reports=reports,
        style=Markup(style),  # noqa: S704 - our own constant file, and a typeface in base64
        style_hash=_style_hash(style),
        picture=picture,
    )
    return page.encode("utf-8")
