"""Does an attribute's value match what a rule asks for? Yes, no, or not known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from geo.errors import RuleError

#: The two zones of a protected area since 2026 and the three before, as the registers write them.
PROTECTED_ZONES = {
    "core": "core",
    "核心保护区": "core",
    "核心区": "core",
    "buffer": "core",
    "缓冲区": "core",
    "control": "control",
    "一般控制区": "control",
    "experimental": "control",
    "实验区": "control",
}
#: Layers whose column ``zone`` speaks of those zones; elsewhere a buffer may mean something else.
PROTECTED_AREA_LAYERS = frozenset({"nature_reserves", "ecological_red_line"})

#: What a site must claim, or must not, for a rule to speak of it; what is unknown is not claimed.
STATED, NOT_STATED = "stated", "not_stated"
CLAIMS = frozenset({STATED, NOT_STATED})

_BOUNDS: dict[str, Callable[[float, float], bool]] = {
    "at_least": lambda value, bound: value >= bound,
    "above": lambda value, bound: value > bound,
    "at_most": lambda value, bound: value <= bound,
    "below": lambda value, bound: value < bound,
}


def is_unknown(value: Any) -> bool:
    """Whether a value says nothing: none, NaN, not a time, or blank."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return True
    try:
        return bool(value != value)  # noqa: PLR0124  NaN and NaT are the values that differ from themselves
    except TypeError:  # pandas.NA refuses to say
        return True


def matches(value: Any, wanted: Any) -> bool | None:
    """Whether a value is the wanted one, one of a list, or within ``{at_least, above, at_most, below}``.

    None when the value is unknown. Words match whatever their case, numbers as numbers though written as text.
    ``{stated}`` and ``{not_stated}`` always know: an exception that nobody claims is not there.
    """
    if isinstance(wanted, Mapping) and CLAIMS & wanted.keys():
        return all((matches(value, asked) is True) is (name == STATED) for name, asked in wanted.items())
    if is_unknown(value):
        return None
    if isinstance(wanted, Mapping):
        return _within(value, wanted)
    choices = wanted if isinstance(wanted, (list, tuple, set, frozenset)) else (wanted,)
    return any(_same(value, choice) for choice in choices)


def zone_name(layer: str, column: str, value: Any) -> Any:
    """The present name of a protected area's zone; any other value as it is."""
    if column != "zone" or layer not in PROTECTED_AREA_LAYERS or not isinstance(value, str):
        return value
    return PROTECTED_ZONES.get(value.strip().lower(), value)


def _within(value: Any, bounds: Mapping[str, Any]) -> bool | None:
    number = as_number(value)
    if unknown := sorted(set(bounds) - set(_BOUNDS)):
        raise RuleError("bound_unknown", bounds=unknown)
    return None if number is None else all(_BOUNDS[name](number, float(bound)) for name, bound in bounds.items())


def _same(value: Any, wanted: Any) -> bool:
    if isinstance(value, str) and isinstance(wanted, str):
        return value.strip().casefold() == wanted.strip().casefold()
    if isinstance(wanted, bool) or isinstance(value, bool):
        return bool(value == wanted)
    first, second = as_number(value), as_number(wanted)
    return bool(value == wanted) if first is None or second is None else first == second


def as_number(value: Any) -> float | None:
    """A finite number, also when written as text; None for anything else."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if abs(number) != float("inf") and number == number else None
