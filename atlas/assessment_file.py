"""An assessment's file read back: somebody's file, so that everything in it is looked at before anything is used.

The file carries ``content_sha256`` of itself. That shows a slip or a careless edit; who wants to deceive can write
another one. Whether a file is the one that was made, the record of a workspace says, which keeps its sha256.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from atlas.assessment_contract import fault_of
from layers.errors import UnreadableFile

SEAL = "content_sha256"


def sealed(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content with the sha256 of the rest of it."""
    rest = {key: part for key, part in content.items() if key != SEAL}
    return {**rest, SEAL: _digest(rest)}


def is_whole(content: Mapping[str, Any]) -> bool:
    """Whether a file has a seal and says what it said when it was written."""
    try:
        return sealed(content)[SEAL] == content.get(SEAL)
    except RecursionError:  # nested deeper than anything that we write
        return False


def read_assessment(data: bytes, name: str) -> dict[str, Any]:
    """The content of an assessment's file. Raises UnreadableFile ``not_an_assessment`` that names the first fault."""
    try:
        content = json.loads(data.decode("utf-8-sig"), parse_constant=_refuse_constant)
        fault = fault_of(content)
    except UnicodeDecodeError as error:
        raise UnreadableFile("not_an_assessment", file=name, reason="not_utf8") from error
    except json.JSONDecodeError as error:
        at = {"line": error.lineno, "column": error.colno}
        raise UnreadableFile("not_an_assessment", file=name, reason="not_json", **at) from error
    except (ValueError, RecursionError) as error:  # NaN, an integer of thousands of digits, nesting without end
        raise UnreadableFile("not_an_assessment", file=name, reason="not_plain_json") from error
    if not isinstance(content, dict):
        raise UnreadableFile("not_an_assessment", file=name, reason="not_an_object")
    if fault:
        raise UnreadableFile("not_an_assessment", file=name, reason="field_unfit", field=fault)
    return dict(content)


def _digest(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
