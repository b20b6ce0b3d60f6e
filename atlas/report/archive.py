"""Word and Excel files are ZIP archives that note when each part was written; here they note the stated time."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO


def restamped(content: bytes, moment: datetime, replaced: Mapping[str, bytes] | None = None) -> bytes:
    """The same archive with every part dated ``moment``, and some parts replaced by name."""
    replaced = replaced or {}
    result = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as source, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            part = zipfile.ZipInfo(entry.filename, moment.timetuple()[:6])
            part.compress_type = zipfile.ZIP_DEFLATED
            part.create_system = 3
            target.writestr(part, replaced.get(entry.filename) or source.read(entry))
    return result.getvalue()
