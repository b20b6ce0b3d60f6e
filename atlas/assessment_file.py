"""An assessment's file read back: somebody's file, so that everything in it is looked at before anything is used.

The file carries ``content_sha256`` of itself. That shows a slip or a careless edit; who wants to deceive can write
another one. Whether a file is the one that was made, the record of a workspace says, which keeps its sha256.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from geo.types import Outcome, Severity, Use, Why
from layers.errors import UnreadableFile

SEAL = "content_sha256"
SHA256 = re.compile(r"[0-9a-f]{64}")

Check = Callable[[Any], bool]


def sealed(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content with the sha256 of the rest of it."""
    rest = {key: part for key, part in content.items() if key != SEAL}
    return {**rest, SEAL: _digest(rest)}


def is_whole(content: Mapping[str, Any]) -> bool:
    """Whether a file says what it said when it was written; one without a seal is taken as it is."""
    try:
        return SEAL not in content or sealed(content)[SEAL] == content[SEAL]
    except RecursionError:  # nested deeper than anything that we write
        return False


def read_assessment(data: bytes, name: str) -> dict[str, Any]:
    """The content of an assessment's file. Raises UnreadableFile ``not_an_assessment`` that names the first fault."""
    try:
        content = json.loads(data.decode("utf-8-sig"), parse_constant=_refuse_constant)
        fault = _fault(content, ASSESSMENT, "")
    except (ValueError, RecursionError) as error:
        raise UnreadableFile("not_an_assessment", file=name, detail=str(error)[:120]) from error
    if fault:
        raise UnreadableFile("not_an_assessment", file=name, detail=fault)
    return dict(content)


def _digest(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


# What a file must hold. A dictionary asks for its keys, a one-item list for entries alike, a function for a value;
# keys that are not named here may stand and are not used.


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:  # an integer of hundreds of digits
        return False


def _length(value: Any) -> bool:
    return _number(value) and value >= 0


def _pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(_number(part) for part in value)


def _or_none(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _one_of(kinds: Any) -> Check:
    known = {str(kind) for kind in kinds}
    return lambda value: isinstance(value, str) and value in known


def _day(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _sha256(value: Any) -> bool:
    return isinstance(value, str) and SHA256.fullmatch(value) is not None


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)


def _wording(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(part, str) for part in value.values())


def _title(value: Any) -> bool:
    return _wording(value) and "zh" in value


def _quantities(value: Any) -> bool:
    return isinstance(value, dict) and all(_text(part) or _number(part) for part in value.values())


def _picks(value: Any) -> bool:
    return isinstance(value, dict)


def _geometry(value: Any) -> bool:
    kinds = {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"}
    if not isinstance(value, dict) or value.get("type") not in kinds:
        return False
    return _coordinates(value.get("coordinates"))


def _coordinates(value: Any) -> bool:
    if isinstance(value, list) and value and not isinstance(value[0], list):
        return 2 <= len(value) <= 3 and all(_number(part) for part in value)
    return isinstance(value, list) and all(_coordinates(part) for part in value)


_OUTCOME, _WHY = _one_of(Outcome), _or_none(_one_of(Why))
_METRES = _or_none(_number)

_MEASURED = {
    "layer": _or_none(_text),
    "features": _texts,
    "limit_m": _METRES,
    "distance_m": _METRES,
    "margin_m": _METRES,
    "overlap_m2": _or_none(_pair),
    "overlap_share": _or_none(_pair),
    "value": _METRES,
    "tolerance_m": _METRES,
    "witness": _or_none(_geometry),
}
_CITATION = dict.fromkeys(("document", "number", "clause", "date", "evidence", "confidence", "quote", "verb"), _text)
_FINDING = {
    "rule": _text,
    "title": _title,
    "note": _wording,
    "outcome": _OUTCOME,
    "severity": _one_of(Severity),
    "why": _WHY,
    "when": _picks,
    **_MEASURED,
    "conditions": [{"relation": _text, "outcome": _OUTCOME, "why": _WHY, "measured": _MEASURED}],
    "citation": _CITATION,
}
_NAMED = {"id": _text, "name_zh": _text, "name_en": _text}
_SITE = {
    "id": _text,
    "name": _text,
    "use": _one_of(Use),
    "quantities": _quantities,
    "geometry": _geometry,
    "accuracy_m": _length,
    "verdict": _OUTCOME,
    "counts": lambda value: isinstance(value, dict) and all(_length(part) for part in value.values()),
    "notices": _texts,
    "context": {
        "district": _text,
        "districts": [_NAMED],
        "zones": [_NAMED],
        "designations": [dict.fromkeys(("clause", "sector", "place", "quote"), _text)],
    },
    "findings": [_FINDING],
}
_HELD = {
    "id": _text,
    "title": _wording,
    "sha256": _text,
    "content_sha256": _text,
    "accuracy_m": _or_none(_length),
    "as_of": _text,
    "source": _text,
    "covers": _text,
    "content": _or_none(_picks),
}
ASSESSMENT: Mapping[str, Any] = {
    "verdict": _OUTCOME,
    "on": _day,
    "version": _text,
    "computed_at": _text,
    "rulebook_sha256": _sha256,
    "inputs": [{"name": _text, "sha256": _text, "crs": _text, "accuracy_m": _or_none(_length), "assumed": _texts}],
    "rejected": [{"row": _number, "field": _text, "reason": _text, "values": _wording}],
    "proposals": [_SITE],
    "layers": [
        {
            "id": _text,
            "title": _wording,
            "sha256": _text,
            "as_of": _text,
            "basis": _text,
            "accuracy_m": _or_none(_length),
            "covers": _text,
            "assumed": _texts,
        }
    ],
    "holds": {"rulebook": _or_none(_text), "layers": [_HELD]},
}


def _fault(value: Any, wanted: Any, at: str) -> str:
    """Where a value is not what it must be, as a path such as ``proposals[0].findings[2].why``; empty where it is."""
    if callable(wanted):
        return "" if wanted(value) else at
    if isinstance(wanted, list):
        if not isinstance(value, list):
            return at
        faults = (_fault(part, wanted[0], f"{at}[{place}]") for place, part in enumerate(value))
        return next((fault for fault in faults if fault), "")
    if not isinstance(value, dict):
        return at or type(value).__name__
    faults = (_fault(value.get(key), part, f"{at}.{key}" if at else key) for key, part in wanted.items())
    return next((fault for fault in faults if fault), "")
