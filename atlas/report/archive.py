"""Word, Excel and other ZIP archives note when each part was written; here they note the stated time."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO


def packed(parts: Mapping[str, bytes], moment: datetime) -> bytes:
    """An archive of these parts in their order, every one dated ``moment``."""
    result = BytesIO()
    with zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts.items():
            part = zipfile.ZipInfo(name, moment.timetuple()[:6])
            part.compress_type = zipfile.ZIP_DEFLATED
            part.create_system = 3
            target.writestr(part, content)
    return result.getvalue()


def restamped(content: bytes, moment: datetime, replaced: Mapping[str, bytes] | None = None) -> bytes:
    """The same archive with every part dated ``moment``, and some parts replaced by name."""
    replaced = replaced or {}
    with zipfile.ZipFile(BytesIO(content)) as source:
        parts = {entry.filename: replaced.get(entry.filename) or source.read(entry) for entry in source.infolist()}
    return packed(parts, moment)
