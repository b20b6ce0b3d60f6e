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


#: How much a report of many sites says of each: as the number of sites asks for, all of it, or a page.
FORMS = ("auto", "full", "batch")


def render(
    assessment: dict[str, Any], fmt: str, language: str, map_picture: bytes | None = None, form: str = "auto"
) -> bytes:
    """The assessment in a format, ``map_picture`` (PNG) on the pages that a person reads.

    ``language`` is one of the texts, or ``both``. Raises ValueError for a format that is not in :data:`FORMATS`.
    """
    if fmt not in FORMATS:
        raise ValueError(fmt)
    if fmt in ("pdf", "docx") and _as_batch(assessment, form):
        from atlas.report import batch

        return batch.write(assessment, fmt, language, map_picture)
    module = import_module(f"atlas.report.as_{fmt}")
    if fmt in PICTURED:
        return bytes(module.write(assessment, language, map_picture))
    return bytes(module.write(assessment, language))


def _as_batch(assessment: dict[str, Any], form: str) -> bool:
    from atlas.report.batch import SITES_IN_FULL

    return form == "batch" or (form == "auto" and len(assessment["proposals"]) > SITES_IN_FULL)
