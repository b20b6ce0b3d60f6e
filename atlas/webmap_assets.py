"""The files a map needs in the browser: as links below the page, or as text inside an exported file."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

STATIC = Path(__file__).resolve().parent.parent / "static"

SCRIPTS = (
    "leaflet/leaflet.js",
    "atlas/frames.js",
    "atlas/symbols.js",
    "atlas/labels.js",
    "atlas/layers.js",
    "atlas/map.js",
)
STYLES = ("leaflet/leaflet.css", "atlas/webmap.css")
DRAWING_SCRIPTS = ("leaflet-draw/leaflet.draw.js",)
DRAWING_STYLES = ("leaflet-draw/leaflet.draw.css",)
PAGE_SCRIPTS = ("atlas/page.js",)
#: Only the live page can fetch the font; an exported file holds the signs that it writes.
FONT_STYLES = ("atlas/fonts.css",)

_URL = re.compile(r"url\(\s*['\"]?([^)'\"]+?)['\"]?\s*\)")
_SOURCE_MAP = re.compile(r"^//# sourceMappingURL=.*$", re.MULTILINE)


def links(paths: tuple[str, ...], asset_base: str) -> list[tuple[str, str]]:
    """(name, address) of each file; the address changes with the content, so that no browser shows an old one."""
    return [(path, f"{asset_base}/{path}?v={_digest(path)}") for path in paths]


def script_text(paths: tuple[str, ...]) -> str:
    """The scripts in a row, without the hint at a source map that a browser would go and look for."""
    texts = ((STATIC / path).read_text(encoding="utf-8") for path in paths)
    return "\n".join(_SOURCE_MAP.sub("", text).strip() for text in texts)


def style_text(paths: tuple[str, ...]) -> str:
    """The style sheets in a row, every picture they name held inside."""
    return "\n".join(_with_pictures(path) for path in paths)


def _with_pictures(path: str) -> str:
    folder = (STATIC / path).parent

    def held(match: re.Match[str]) -> str:
        picture = folder / match.group(1)
        if not picture.is_file():
            return match.group()
        return f"url(data:image/png;base64,{base64.b64encode(picture.read_bytes()).decode()})"

    return _URL.sub(held, (STATIC / path).read_text(encoding="utf-8"))


@cache
def _digest(path: str) -> str:
    return hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:10]
