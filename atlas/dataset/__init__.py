"""Layers as files for other programs, each with a manifest that says whence, under which licence and how accurate.

A format is a module with ``write(parts, manifest, moment, language)`` that gives the bytes and what the format could
not hold; nothing here decides whether a layer may leave: ``atlas.journeys.data_export`` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any

from atlas.dataset.parts import Part

#: Suffix to the module that writes it.
FORMATS = {
    ".gpkg": "geopackage",
    ".geojson": "geojson",
    ".parquet": "geoparquet",
    ".zip": "shapefile",
    ".kml": "kml",
    ".csv": "csv_table",
    ".xlsx": "workbook",
}

#: Formats of one table: several layers need another.
SINGLE = (".geojson", ".parquet", ".csv")

#: The only format that holds no manifest inside.
BARE = (".csv",)


@dataclass(frozen=True)
class Written:
    """The bytes of a file, and what its format could not hold: entries of ``code`` and values."""

    content: bytes
    limits: tuple[dict[str, Any], ...] = ()


def write_parts(
    parts: Sequence[Part], suffix: str, manifest: dict[str, Any], moment: datetime, language: str
) -> Written:
    """The parts in the format of a suffix; ``moment`` dates everything that the format dates. Raises KeyError."""
    module = import_module(f"atlas.dataset.{FORMATS[suffix]}")
    content, limits = module.write(parts, manifest, moment, language)
    return Written(content, tuple(limits))
