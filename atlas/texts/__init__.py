"""Every sentence that a person reads, one folder a language and one file a room, found by a dotted key.

The sentences are ours and are formatted; what is put into them is data and is never read as a format.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from atlas.printable import printable

_FOLDER = Path(__file__).resolve().parent

#: Tables in which the sentence of an error or of a rejected row may stand; the first that has the code is taken.
#: Faults that are said one by one; the rest is counted.
FAULTS_SAID = 20
_CODE_TABLES = ("errors", "import", "catalogue", "rulebook", "reason", "step", "notice", "assumed", "firms")


def languages() -> tuple[str, ...]:
    """The languages that have a folder, Chinese first."""
    return ("zh", "en")


@cache
def table(language: str) -> Mapping[str, Any]:
    """The whole text table of a language. Raises KeyError for a language without one, or a table in two files."""
    if language not in languages():
        raise KeyError(language)
    whole: dict[str, Any] = {}
    for path in sorted((_FOLDER / language).glob("*.toml")):
        part = tomllib.loads(path.read_text(encoding="utf-8"))
        if twice := sorted(whole.keys() & part.keys()):
            raise KeyError(f"{path.name}: {twice} stands in another file too")
        whole |= part
    return whole


def _found(key: str, language: str) -> str | None:
    place: Any = table(language)
    for part in key.split("."):
        if not isinstance(place, Mapping) or part not in place:
            return None
        place = place[part]
    return place if isinstance(place, str) else None


def has_text(key: str, language: str = "zh") -> bool:
    """Whether there is a sentence of this key."""
    return _found(key, language) is not None


def _as_data(value: Any) -> Any:
    """Numbers keep their type for our formats; everything else becomes its plain text."""
    if isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (list, tuple, set, frozenset)):
        return printable("; ".join(str(part) for part in value))
    return printable(str(value))


def text(key: str, language: str, **values: Any) -> str:
    """The sentence of a dotted key, with its values. Raises KeyError for an unknown key or a value not given."""
    sentence = _found(key, language)
    if sentence is None:
        raise KeyError(key)
    return sentence.format_map({name: _as_data(value) for name, value in values.items()})


def _worded(name: str, value: Any, language: str) -> Any:
    """A value that is itself a code (``hint=axes_swapped``) becomes the words of ``term.hint.axes_swapped``."""
    key = f"term.{name}.{value}"
    return text(key, language) if isinstance(value, str) and has_text(key, language) else value


def _fault_list(faults: Sequence[Any], language: str) -> str:
    """The first faults of a rulebook or a catalogue, each with its place, and how many more there are."""
    said = [_fault_text(fault, language) for fault in faults[:FAULTS_SAID]]
    if len(faults) > FAULTS_SAID:
        said.append(text("fault.more", language, count=len(faults) - FAULTS_SAID))
    return text("report.fact_separator", language).join(said)


def _fault_text(fault: Any, language: str) -> str:
    if isinstance(fault, str):  # of a row of firms, which says its place itself
        return printable(fault)
    place = " / ".join(str(part) for part in (fault.file, getattr(fault, "rule", ""), fault.field) if part != "")
    key = f"fault.{fault.code}"
    said = text(key, language, detail=fault.detail) if has_text(key, language) else fault.code
    return text("fault.at", language, place=place, said=said)


def _options(values: Mapping[str, Any], language: str) -> str:
    """The codes that would have been understood, each with its words in the table that ``options_of`` begins."""
    said = []
    for code in str(values.get("known", "")).split(", "):
        key = f"{values['options_of']}{code}"
        said.append(
            text("fallback.option", language, code=code, words=text(key, language)) if has_text(key, language) else code
        )
    return text("report.list_separator", language).join(said)


def has_code(code: str, language: str) -> bool:
    """Whether a code of the lower packages has a sentence."""
    return any(has_text(f"{name}.{code}", language) for name in _CODE_TABLES)


def code_text(code: str, language: str, values: Mapping[str, Any] | None = None) -> str:
    """The sentence of a code from the lower packages; a general one that names the code where it has none."""
    values = values or {}
    worded = {name: _worded(name, value, language) for name, value in values.items()}
    if faults := values.get("faults"):
        worded |= {"faults": _fault_list(faults, language), "count": len(faults)}
    if "options_of" in values:
        worded["known"] = _options(values, language)
    reason = values.get("reason")
    if isinstance(reason, str) and any(has_text(f"{name}.{reason}", language) for name in _CODE_TABLES):
        rest = {name: value for name, value in values.items() if name != "reason"}
        worded["reason"] = code_text(reason, language, rest)
    for name in _CODE_TABLES:
        if has_text(f"{name}.{code}", language):
            try:
                return text(f"{name}.{code}", language, **worded)
            except (KeyError, ValueError):
                break
    detail = ", ".join(f"{name}={_as_data(value)}" for name, value in worded.items())
    return text("fallback.code_with_values" if detail else "fallback.code", language, code=code, detail=detail)


def error_text(error: BaseException, language: str) -> str:
    """What an error means, in the reader's language; where it hints at a likelier mistake and says no reason, that."""
    code = getattr(error, "code", None)
    if not isinstance(code, str):
        return text("fallback.code_with_values", language, code=type(error).__name__, detail=str(error))
    values = getattr(error, "values", None) or {}
    hint = values.get("hint")
    if isinstance(hint, str) and hint != "outside" and "reason" not in values and has_code(hint, language):
        code = hint
    return code_text(code, language, values)
