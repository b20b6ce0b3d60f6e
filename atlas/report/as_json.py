"""The assessment itself: the file that other programs read and that ``verify`` runs again."""

from __future__ import annotations

import json
from typing import Any

from atlas.assessment_file import sealed
from atlas.report.cleaning import finite


def _stated(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _stated(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_stated(part) for part in value]
    return finite(value)


def write(assessment: dict[str, Any], _language: str) -> bytes:
    """UTF-8 JSON in the order of the contract; half a surrogate pair stays an escape, so that every string survives.

    ``content_sha256`` at its end is that of the rest, whatever the layout.
    """
    text = json.dumps(sealed(_stated(assessment)), ensure_ascii=False, indent=1, allow_nan=False)
    return text.encode("utf-8", errors="backslashreplace") + b"\n"
