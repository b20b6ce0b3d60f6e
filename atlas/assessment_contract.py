"""What an assessment's file must hold, so that nothing of a stranger's file is used before it was looked at.

A dictionary asks for its keys, a one-item list for entries alike, a one-item tuple for the same or nothing, a function
for a value; keys that are not named here may stand and are not used.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from geo.types import Outcome, Relation, Severity, Use, Why
from layers.columns import WORST_ACCURACY_M

SHA256 = re.compile(r"[0-9a-f]{64}")

Check = Callable[[Any], bool]


def fault_of(content: Any) -> str:
    """Where an assessment is not what it must be, as a path such as ``proposals[0].findings[2].why``; else empty."""
    return _fault(content, ASSESSMENT, "")


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
    return _number(value) and float(value) >= 0.0


def _pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(_number(part) for part in value)


def _accuracy(value: Any) -> bool:
    """Metres of CE95, with what undoing a frame may have added."""
    return _length(value) and float(value) <= 2.0 * WORST_ACCURACY_M


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


def _none_or_texts(value: Any) -> bool:
    return value is None or _texts(value)


def _wording(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(part, str) for part in value.values())


def _title(value: Any) -> bool:
    return _wording(value) and "zh" in value


def _quantities(value: Any) -> bool:
    return isinstance(value, dict) and all(_text(part) or _number(part) for part in value.values())


def _picks(value: Any) -> bool:
    return isinstance(value, dict)


def _where(value: Any) -> bool:
    """Attributes with a value, its spellings, or the bounds of a number."""
    return _picks(value) and all(_picked(wanted) for wanted in value.values())


def _picked(wanted: Any) -> bool:
    if isinstance(wanted, dict):
        return all(_number(bound) for bound in wanted.values())
    return all(isinstance(one, (str, int, float)) for one in (wanted if isinstance(wanted, list) else [wanted]))


def _within(value: Any) -> bool:
    """Where was looked: a radius, or an outline by its id and names."""
    if not isinstance(value, dict) or not all(_text(value.get(name)) for name in _NAMED):
        return False
    if value.get("kind") == "radius":
        return _length(value.get("radius_m")) and float(value["radius_m"]) > 0.0
    return value.get("kind") in ("district", "park")


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
_ASKED = {
    "relation": _one_of(Relation),
    "layer": _or_none(_text),
    "quantity": _or_none(_text),
    "distance_m": _METRES,
    "share_max": _METRES,
    "value": _METRES,
    "unit": _or_none(_text),
    "where": _or_none(_where),
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
    "unstated": _or_none(_texts),
    **_MEASURED,
    "conditions": [{**_ASKED, "outcome": _OUTCOME, "why": _WHY, "measured": _MEASURED}],
    "citation": _CITATION,
}
_NAMED = {"id": _text, "name_zh": _text, "name_en": _text}
_RULE = {
    "rule": _text,
    "title": _title,
    "severity": _one_of(Severity),
    "outcome": _OUTCOME,
    "why": _WHY,
    "layers": _texts,
}
#: An older file has neither list of what is missing.
_UNASSESSED = {**_RULE, "missing_layers": _none_or_texts, "missing_quantities": _none_or_texts}
_NEED = {
    "condition": _ASKED,
    **dict.fromkeys(("at_least_m", "azimuth_deg", "cut_m2", "remaining_m2", "limit", "band_m"), _METRES),
}
_WAY = {"distance_m": _length, "azimuth_deg": _number}
_BLOCKER = {**_RULE, "verdict_without": _OUTCOME, "move": (_WAY,), "ways": [[_NEED]]}
_BLOCKING = {
    "verdict": _OUTCOME,
    "verdict_without": _OUTCOME,
    "conflicts": [_BLOCKER],
    "uncertain": [_BLOCKER],
    "weak": [_RULE],
    "unassessed": [_UNASSESSED],
}
_PLACE = {
    **_WAY,
    "geometry": _geometry,
    "line": _geometry,
    "districts": [_NAMED],
    "in_the_way": [_RULE],
    "weak": [_RULE],
    "unassessed": [_UNASSESSED],
}
_ALTERNATIVE = {
    "within": _within,
    **dict.fromkeys(("place", "best", "assured"), (_PLACE,)),
    "lost": _texts,
    **dict.fromkeys(("cell_m", "best_cell_m", "looked_at", "asked"), _length),
    "no_nearer_m": _or_none(_length),
    "plausibility": [_one_of(("on_land", "in_the_sea"))],
}
_SITE = {
    "id": _text,
    "name": _text,
    "use": _one_of(Use),
    "quantities": _quantities,
    "geometry": _geometry,
    "accuracy_m": _accuracy,
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
    "blocking": (_BLOCKING,),
    "alternative": (_ALTERNATIVE,),
}
_HELD = {
    "id": _text,
    "title": _wording,
    "sha256": _text,
    "content_sha256": _text,
    "accuracy_m": _or_none(_accuracy),
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
    if callable(wanted):
        return "" if wanted(value) else at
    if isinstance(wanted, tuple):
        return "" if value is None else _fault(value, wanted[0], at)
    if isinstance(wanted, list):
        if not isinstance(value, list):
            return at
        faults = (_fault(part, wanted[0], f"{at}[{place}]") for place, part in enumerate(value))
        return next((fault for fault in faults if fault), "")
    if not isinstance(value, dict):
        return at or type(value).__name__
    faults = (_fault(value.get(key), part, f"{at}.{key}" if at else key) for key, part in wanted.items())
    return next((fault for fault in faults if fault), "")
