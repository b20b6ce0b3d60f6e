"""An assessment as a file that leaves the building: JSON, HTML, PDF, Word, Excel, CSV or GeoPackage.

All formats take the plain dictionary of the JSON contract and use no clock but the time that it states, so that the
same assessment gives the same bytes.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

FORMATS = ("json", "html", "pdf", "docx", "xlsx", "csv", "gpkg")

#: Formats that show a picture of the site.
PICTURED = ("html", "pdf", "docx")


def render(assessment: dict[str, Any], fmt: str, language: str, map_picture: bytes | None = None) -> bytes:
    """The assessment in a format, ``map_picture`` (PNG) on the pages that a person reads.

    Raises ValueError for a format that is not in :data:`FORMATS`.
    """
    if fmt not in FORMATS:
        raise ValueError(fmt)
    module = import_module(f"atlas.report.as_{fmt}")
    if fmt in PICTURED:
        return bytes(module.write(assessment, language, map_picture))
    return bytes(module.write(assessment, language))
