"""An exported map as one HTML page that asks for nothing: scripts, styles and data are inside, nothing else may run."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urlsplit

from atlas.drawing import Basemap
from atlas.texts import text
from atlas.webmap_assets import PAGE_SCRIPTS, SCRIPTS, STYLES, script_text, style_text
from atlas.webmap_font import font_style

LANGUAGE_TAGS = {"zh": "zh-CN", "en": "en"}


@dataclass(frozen=True)
class PageWords:
    """What an exported page says besides its map, already in the reader's language. ``made_on`` is a date."""

    title: str
    language: str
    stamps: Sequence[str]
    notes: Sequence[str]
    attributions: Sequence[str]
    made_on: str

    @property
    def footer(self) -> list[str]:
        """The lines below the map."""
        credit = [text("webmap.attribution", self.language, names="; ".join(self.attributions))]
        return [*(credit if self.attributions else []), text("webmap.made_on", self.language, date=self.made_on)]


def spoken(words: PageWords) -> dict[str, Any]:
    """The page's own words as the browser takes them, to put them in the place of those of another language."""
    return {
        "language": words.language,
        "tag": LANGUAGE_TAGS[words.language],
        "name": text("webmap.language_name", words.language),
        "title": words.title,
        "stamps": list(words.stamps),
        "sources": text("webmap.sources", words.language),
        "notes": list(words.notes),
        "footer": words.footer,
    }


def page(words: PageWords, map_script: str, basemap: Basemap | None) -> bytes:
    """The whole file. ``map_script`` is trusted: what it holds of data went through ``script_string``."""
    scripts = (script_text((*SCRIPTS, *PAGE_SCRIPTS)), map_script)
    body = [
        '<body class="atlas-page">',
        *_header(words),
        '<aside><div id="panel"></div>',
        *_sources(words),
        "</aside>",
        '<main><div id="map_atlas"></div></main>',
        *_footer(words),
    ]
    parts = [
        "<!DOCTYPE html>",
        f'<html lang="{LANGUAGE_TAGS[words.language]}">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(scripts, basemap)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<link rel="icon" href="data:,">',
        f"<title>{escape(words.title)}</title>",
        f"<style>{font_style(''.join((*body, map_script)))}{style_text(STYLES)}</style>",
        "</head>",
        *body,
        *(f"<script>{script}</script>" for script in scripts),
        "</body>",
        "</html>\n",
    ]
    return "\n".join(parts).encode("utf-8", "replace")


def _policy(scripts: Iterable[str], basemap: Basemap | None) -> str:
    """Only these very scripts run, and only the basemap that was chosen may be asked for pictures."""
    hashes = " ".join(f"'sha256-{_sha256(script)}'" for script in scripts)
    pictures = " ".join(["data:", *_hosts(basemap)])
    looks = f"style-src 'unsafe-inline'; img-src {pictures}; font-src data:"
    return f"default-src 'none'; script-src {hashes}; {looks}; base-uri 'none'"


def _sha256(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode("utf-8", "replace")).digest()).decode()


def _hosts(basemap: Basemap | None) -> list[str]:
    """Where the basemap's pictures come from; a host with ``{s}`` in its name stands for all its neighbours."""
    if basemap is None:
        return []
    address = urlsplit(basemap.url)
    host = address.netloc
    if "{s}" in host:
        host = f"*.{host.split('.', 1)[1]}"
    safe = host and not set(host) - set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:*[]")
    return [f"{address.scheme}://{host}"] if safe and address.scheme in ("http", "https") else []


def _header(words: PageWords) -> list[str]:
    stamps = (f'<span class="atlas-stamp">{escape(stamp)}</span>' for stamp in words.stamps)
    return ["<header>", f"<h1>{escape(words.title)}</h1>", *stamps, "</header>"]


def _sources(words: PageWords) -> list[str]:
    if not words.notes:
        return []
    lines = (f"<li>{escape(line)}</li>" for line in words.notes)
    heading = escape(text("webmap.sources", words.language))
    return [f'<h2 class="atlas-sources-title">{heading}</h2>', '<ul class="atlas-sources">', *lines, "</ul>"]


def _footer(words: PageWords) -> list[str]:
    return ["<footer>", *(f"<p>{escape(line)}</p>" for line in words.footer), "</footer>"]
