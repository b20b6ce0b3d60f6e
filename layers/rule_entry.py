"""One ``[[rule]]`` -> Rule: what a rule may say, what each relation needs, and every fault of one that says it wrong.

Nothing is filled in that would change an answer: a rule without its number is a fault, and a rule that does not say
how well its source was read counts as recalled.
"""

from __future__ import annotations

import math
import re
import reprlib
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from geo.matching import CLAIMS
from geo.types import AllOf, AnyOf, Citation, Condition, Relation, Requirement, Rule, Severity, Use

DEEPEST_NESTING = 8

_LOWER_BOUNDS = ("at_least", "above")
_UPPER_BOUNDS = ("at_most", "below")
_RULE_ID = r"[A-Za-z][A-Za-z0-9._-]{0,31}"


class Flaw(NamedTuple):
    """One fault inside a rule: the field's path, the code, and a value that says more (no sentence)."""

    field: str
    code: str
    detail: str = ""


def rule_id(raw: Any) -> str | None:
    """The id of an entry, where it has one that may be shown."""
    identity = raw.get("id") if isinstance(raw, dict) else None
    return identity if isinstance(identity, str) and re.fullmatch(_RULE_ID, identity) else None


def read_rule(raw: Any) -> tuple[Rule | None, tuple[Flaw, ...]]:
    """The rule of a parsed entry, or None and everything that is wrong with it."""
    if not isinstance(raw, dict):
        return None, (Flaw("", "wrong_type", type(raw).__name__),)
    flaws: list[Flaw] = []
    asking = {key: value for key, value in raw.items() if key in _ASKING_KEYS}
    requirement = _requirement(asking, "", flaws, 1)
    head = _checked(_Head, {key: value for key, value in raw.items() if key not in _ASKING_KEYS}, "", flaws)
    flaws += _contradictions(raw)
    if flaws or head is None or requirement is None:
        return None, tuple(flaws)
    return _as_rule(head, requirement), ()


def _as_rule(head: _Head, requirement: Requirement) -> Rule:
    return Rule(
        id=head.id,
        title=_said(head.title),
        applies_to=tuple(dict.fromkeys(head.applies_to)),
        requirement=requirement,
        severity=head.severity,
        citation=Citation(**head.citation.model_dump()),
        when=head.when,
        in_force_from=head.in_force_from,
        in_force_to=head.in_force_to,
        layer_not_before=head.layer_not_before,
        note=_said(head.note) if head.note else {},
    )


def _requirement(raw: Any, at: str, flaws: list[Flaw], depth: int) -> Requirement | None:
    """A condition, or the parts under ``all_of`` / ``any_of``; ``at`` is where it stands in the rule."""
    if not isinstance(raw, dict):
        flaws.append(Flaw(at, "wrong_type", type(raw).__name__))
        return None
    joined = [key for key in ("all_of", "any_of") if key in raw]
    if not joined:
        return _condition(raw, at, flaws)
    if len(raw) > 1:
        flaws.append(Flaw(at, "two_requirements", ", ".join(sorted(_shown(key) for key in raw))))
    if depth > DEEPEST_NESTING:
        flaws.append(Flaw(at, "too_deep", str(DEEPEST_NESTING)))
        return None
    return _joined(joined[0], raw[joined[0]], _below(at, joined[0]), flaws, depth)


def _joined(key: str, parts: Any, at: str, flaws: list[Flaw], depth: int) -> Requirement | None:
    if not isinstance(parts, list) or not parts:
        flaws.append(Flaw(at, "empty" if parts == [] else "wrong_type", "" if parts == [] else type(parts).__name__))
        return None
    read = [_requirement(part, f"{at}[{place}]", flaws, depth + 1) for place, part in enumerate(parts)]
    whole = tuple(part for part in read if part is not None)
    return AllOf(whole) if key == "all_of" else AnyOf(whole)


def _condition(raw: dict[str, Any], at: str, flaws: list[Flaw]) -> Condition | None:
    checked = _checked(_Condition, raw, at, flaws)
    flaws += _unfitting(raw, at)
    return Condition(**checked.model_dump()) if checked else None


#: What each relation needs beside itself, and what more it may have.
_SUBJECTS = {"layer", "quantity"}
_FITTING: Mapping[str, tuple[set[str], set[str]]] = {
    Relation.NO_OVERLAP: ({"layer"}, {"where"}),
    Relation.MAX_OVERLAP_SHARE: ({"layer", "share_max"}, {"where"}),
    Relation.MIN_DISTANCE: ({"layer", "distance_m"}, {"where"}),
    Relation.MAX_DISTANCE: ({"layer", "distance_m"}, {"where"}),
    Relation.INSIDE: ({"layer"}, {"where"}),
    Relation.VALUE_AT_LEAST: ({"value", "unit"}, _SUBJECTS | {"where"}),
    Relation.VALUE_AT_MOST: ({"value", "unit"}, _SUBJECTS | {"where"}),
    Relation.STUDY: (set(), {"layer", "where"}),
}


def _unfitting(raw: Mapping[str, Any], at: str) -> list[Flaw]:
    """Numbers and subjects that do not belong to the relation, or that it lacks."""
    relation = raw.get("relation")
    if not isinstance(relation, str) or relation not in _FITTING:
        return []  # said by the check of the relation itself
    needed, allowed = _FITTING[relation]
    given = raw.keys() & _Condition.model_fields.keys() - {"relation"}
    faults = [Flaw(_below(at, key), "missing", relation) for key in sorted(needed - given)]
    faults += [Flaw(_below(at, key), "does_not_fit", relation) for key in sorted(given - needed - allowed)]
    if allowed >= _SUBJECTS and not given & _SUBJECTS:
        faults.append(Flaw(at, "layer_or_quantity", relation))
    if "where" in given and "layer" not in given | needed:
        faults.append(Flaw(_below(at, "where"), "does_not_fit", relation))
    return faults


def _contradictions(raw: Mapping[str, Any]) -> list[Flaw]:
    try:
        first, last = (_day(raw[key]) for key in ("in_force_from", "in_force_to"))
    except (KeyError, PydanticCustomError):
        return []  # one end is open, or is no date, which is said where it is checked
    return [Flaw("in_force_to", "contradictory_dates", f"{first} > {last}")] if first > last else []


def _checked(model: type[_M], raw: Mapping[str, Any], at: str, flaws: list[Flaw]) -> _M | None:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        flaws += [_fault(item, at) for item in error.errors(include_url=False, include_context=False)]
        return None


_CODES = {
    "extra_forbidden": "unknown_key",
    "string_too_short": "empty",
    "too_short": "empty",
    "string_too_long": "too_long",
    "too_long": "too_long",
    "string_pattern_mismatch": "bad_form",
    "enum": "bad_choice",
    "literal_error": "bad_choice",
    "greater_than": "out_of_range",
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
    "finite_number": "out_of_range",
}
_OWN_CODES = {"missing", "empty", "bad_form", "unprintable", "wrong_type", "too_long"}


def _fault(item: Any, at: str) -> Flaw:
    kind = item["type"]
    code = kind if kind in _OWN_CODES else _CODES.get(kind, "wrong_type")
    where = at
    for part in item["loc"]:
        where = f"{where}[{part}]" if isinstance(part, int) else _below(where, _shown(part))
    return Flaw(where, code, "" if code in ("missing", "empty", "unknown_key") else reprlib.repr(item["input"]))


def _below(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key


def _shown(key: object) -> str:
    """A key as a fault may show it: a foreign file chose it, so it is cut short and holds no control character."""
    text = str(key)
    return text if text.isidentifier() and len(text) <= 60 else reprlib.repr(text)


def _printable(text: str) -> str:
    """Refuses control and invisible characters: no report format can carry the first, the second hide meaning."""
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co") for letter in text):
        raise PydanticCustomError("unprintable", "unprintable")
    return text


def _day(value: Any) -> date:
    """A TOML date, or its ISO text; a time of day is no date."""
    if type(value) is date:
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        return _refuse("bad_form")


def _day_in_words(value: Any) -> str:
    """The day, month or year of a document, as text."""
    if type(value) is date:
        return value.isoformat()
    if not isinstance(value, str):
        _refuse("wrong_type")
    if not re.fullmatch(r"(\d{4}(-\d{2}(-\d{2})?)?)?", value):
        _refuse("bad_form")
    if len(value) == 10:
        _day(value)
    return value


def _picked(value: Any) -> Any:
    """What an attribute is to be: a text, a number, a truth, one of a list of such, or within bounds."""
    if isinstance(value, dict):
        return _bounded(value)
    if isinstance(value, list):
        if not value:
            _refuse("empty")
        return tuple(_single(one) for one in value)
    return _single(value)


def _applies(value: Any) -> Any:
    """As ``_picked``; also ``{ stated }`` or ``{ not_stated }``, which what is unknown cannot leave open."""
    if isinstance(value, dict) and len(value) == 1 and CLAIMS & value.keys():
        return {
            name: _picked(part) if not isinstance(part, dict) else _refuse("wrong_type") for name, part in value.items()
        }
    return _picked(value)


def _bounded(bounds: Mapping[str, Any]) -> Mapping[str, float]:
    """Bounds between which nothing lies would pick nothing, and nothing would be checked."""
    numbers = {name: _single(bound) for name, bound in bounds.items()}
    if not numbers or numbers.keys() - {*_LOWER_BOUNDS, *_UPPER_BOUNDS}:
        _refuse("bad_form")
    if any(isinstance(bound, (str, bool)) for bound in numbers.values()):
        _refuse("wrong_type")
    low = max((numbers[name] for name in _LOWER_BOUNDS if name in numbers), default=-math.inf)
    high = min((numbers[name] for name in _UPPER_BOUNDS if name in numbers), default=math.inf)
    return numbers if low <= high else _refuse("bad_form")


def _single(value: Any) -> Any:
    """One value to compare with; a number that equals nothing would pick nothing, and nothing would be checked."""
    if isinstance(value, str):
        return _printable(value).strip() or _refuse("empty")
    if not isinstance(value, (bool, int, float)):
        _refuse("wrong_type")
    return value if math.isfinite(value) else _refuse("bad_form")


def _not_empty(uses: tuple[Use, ...]) -> tuple[Use, ...]:
    return uses or _refuse("empty")


def _refuse(code: Literal["empty", "bad_form", "wrong_type"]) -> Any:
    raise PydanticCustomError(code, code)


def _said(text: _Wording) -> dict[str, str]:
    """Both languages; the one that was written stands in for the other."""
    return {"zh": text.zh or text.en, "en": text.en or text.zh}


_Printable = AfterValidator(_printable)
_Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000), _Printable]
_Optional = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000), _Printable]
_Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
_Day = Annotated[date | None, BeforeValidator(_day)]
_Column = Annotated[str, StringConstraints(min_length=1, max_length=64), _Printable]
_Picks = Annotated[dict[_Column, Annotated[Any, BeforeValidator(_picked)]], Field(max_length=20)]
_When = Annotated[dict[_Column, Annotated[Any, BeforeValidator(_applies)]], Field(max_length=20)]
_Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Wording(_Model):
    zh: _Line = ""
    en: _Line = ""

    @model_validator(mode="after")
    def _has_words(self) -> _Wording:
        return self if self.zh or self.en else _refuse("empty")


class _Citation(_Model):
    """Evidence and confidence default to the weakest: unstated is not verified."""

    document: _Line
    number: _Optional = ""
    clause: _Optional = ""
    date: Annotated[str, BeforeValidator(_day_in_words)] = ""
    evidence: Literal["V", "V2", "M", "C"] = "M"
    confidence: Literal["high", "medium", "low"] = "low"
    quote: _Optional = ""
    verb: _Optional = ""


class _Condition(_Model):
    relation: Relation
    layer: _Name | None = None
    quantity: _Name | None = None
    distance_m: Annotated[_Number, Field(gt=0, le=1_000_000)] | None = None
    share_max: Annotated[_Number, Field(ge=0, le=1)] | None = None
    value: _Number | None = None
    unit: _Line = ""
    where: _Picks = Field(default_factory=dict)


class _Head(_Model):
    """A rule without what it asks."""

    id: Annotated[str, Field(pattern=f"^{_RULE_ID}$")]
    title: _Wording
    applies_to: Annotated[tuple[Use, ...], AfterValidator(_not_empty)]
    severity: Severity
    citation: _Citation
    when: _When = Field(default_factory=dict)
    in_force_from: _Day = None
    in_force_to: _Day = None
    layer_not_before: _Day = None
    note: _Wording | None = None


_ASKING_KEYS = {*_Condition.model_fields, "all_of", "any_of"}
_M = TypeVar("_M", bound=_Model)
