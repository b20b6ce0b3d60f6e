"""``data/rules/*.toml`` -> Rulebook: the rules as data, checked whole.

An unreadable rule is an error and never skipped, since a rule that falls out silently answers *clear*. All faults
of all files are reported at once. A rulebook may come from anybody: it is only ever read as data.
"""

from __future__ import annotations

import hashlib
import re
import reprlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from geo.conflict import conditions_of
from geo.types import Relation, Rule
from layers.errors import RulebookFault
from layers.rule_entry import read_rule, rule_id
from layers.sidecar import line_and_column

RULES = Path(__file__).resolve().parent.parent / "data" / "rules"

LARGEST_FILE_BYTES = 2_000_000

#: A dotted key of twelve parts. tomllib needs memory that grows with the square of a key's length, so none is read.
_LONG_KEY = re.compile(r"(?<![\w-])(?:(?:[A-Za-z0-9_-]++|\"[^\"\n]*+\"|'[^'\n]*+')[ \t]*+\.[ \t]*+){12}")


class Fault(NamedTuple):
    """One fault. ``rule`` is the rule's id, or its position in the file from 1; ``detail`` is a value, no sentence."""

    file: str
    rule: str | int
    field: str
    code: str
    detail: str = ""

    def __str__(self) -> str:
        place = " / ".join(str(part) for part in (self.file, self.rule, self.field) if part != "")
        return f"{place}: {self.code}" + (f" ({self.detail})" if self.detail else "")


@dataclass(frozen=True)
class Rulebook:
    """The rules in the order of the files. ``sha256`` is that of the files one after another, with LF line ends."""

    rules: tuple[Rule, ...]
    sha256: str
    sources: tuple[str, ...]


def load_rulebook(paths: Sequence[Path] | None = None) -> Rulebook:
    """Read rule files (default: all of ``data/rules``, sorted by name). Raises RulebookFault with all faults."""
    chosen = sorted(RULES.glob("*.toml")) if paths is None else list(paths)
    faults: list[Fault] = []
    found = [(path.name, _file_text(path, faults)) for path in chosen]
    texts = tuple((name, text) for name, text in found if text is not None)
    return _rulebook(texts, faults) if faults else _read_once(texts)


@lru_cache(maxsize=4)
def _read_once(texts: tuple[tuple[str, str], ...]) -> Rulebook:
    """The rulebook of texts, which a page asks for at every check. Raises RulebookFault with all faults."""
    return _rulebook(texts, [])


def rulebook_of_text(text: str, name: str) -> Rulebook:
    """A rulebook of one text, as uploaded or as an assessment holds it. Raises RulebookFault with all faults."""
    return _rulebook([(name, text)], [])


def rule_file_text(path: Path) -> str:
    """The text of a rule file, unparsed. Raises RulebookFault (unreadable_file, too_large, not_utf8)."""
    faults: list[Fault] = []
    text = _file_text(path, faults)
    if text is None:
        raise RulebookFault("rulebook_faults", faults=tuple(faults))
    return text


def waiting_layers(rulebook: Rulebook) -> Mapping[str, tuple[Rule, ...]]:
    """Which rules each layer would wake, by layer id; a ``study`` waits for a person and for no layer."""
    waiting: dict[str, list[Rule]] = {}
    for rule in rulebook.rules:
        asked = {c.layer for c in conditions_of(rule.requirement) if c.layer and c.relation is not Relation.STUDY}
        for layer in asked:
            waiting.setdefault(layer, []).append(rule)
    return {layer: tuple(waiting[layer]) for layer in sorted(waiting)}


def _file_text(path: Path, faults: list[Fault]) -> str | None:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE_BYTES + 1)
    except OSError as error:
        faults.append(Fault(path.name, "", "", "unreadable_file", error.strerror or type(error).__name__))
        return None
    if len(content) > LARGEST_FILE_BYTES:
        faults.append(Fault(path.name, "", "", "too_large", str(LARGEST_FILE_BYTES)))
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        faults.append(Fault(path.name, "", "", "not_utf8", str(error.start)))
        return None


def _rulebook(texts: Sequence[tuple[str, str]], faults: list[Fault]) -> Rulebook:
    texts = [(name, text.removeprefix("\ufeff").replace("\r\n", "\n")) for name, text in texts]
    found = [(name, rule) for name, text in texts for rule in _rules(name, text, faults)]
    faults += _duplicates(found)
    if not found and not faults:
        faults.append(Fault(", ".join(name for name, _ in texts), "", "rule", "no_rules"))
    if faults:
        raise RulebookFault("rulebook_faults", faults=tuple(faults))
    digest = hashlib.sha256("".join(text for _, text in texts).encode())
    return Rulebook(tuple(rule for _, rule in found), digest.hexdigest(), tuple(name for name, _ in texts))


def _duplicates(found: Sequence[tuple[str, Rule]]) -> list[Fault]:
    first: dict[str, str] = {}
    faults = []
    for name, rule in found:
        if rule.id in first:
            faults.append(Fault(name, rule.id, "id", "duplicate_id", first[rule.id]))
        first.setdefault(rule.id, name)
    return faults


def _rules(name: str, text: str, faults: list[Fault]) -> list[Rule]:
    document = _document(name, text, faults)
    faults += [Fault(name, "", reprlib.repr(key), "unknown_key") for key in document if key != "rule"]
    entries = document.get("rule", [])
    if not isinstance(entries, list):
        faults.append(Fault(name, "", "rule", "wrong_type", type(entries).__name__))
        return []
    rules = []
    for position, entry in enumerate(entries, start=1):
        rule, flaws = read_rule(entry)
        faults += [Fault(name, rule_id(entry) or position, *flaw) for flaw in flaws]
        rules += [rule] if rule else []
    return rules


def _document(name: str, text: str, faults: list[Fault]) -> dict[str, Any]:
    """What the TOML says; empty, and a fault with line:column, where it is none or would cost too much to read."""
    long_key = _LONG_KEY.search(text)
    if len(text) > LARGEST_FILE_BYTES:
        faults.append(Fault(name, "", "", "too_large", str(LARGEST_FILE_BYTES)))
    elif long_key:
        faults.append(Fault(name, "", "", "too_deep", f"{text.count(chr(10), 0, long_key.start()) + 1}:1"))
    else:
        try:
            return tomllib.loads(text)
        except RecursionError:
            faults.append(Fault(name, "", "", "too_deep"))
        except ValueError as error:  # TOMLDecodeError, and a number of thousands of digits
            faults.append(Fault(name, "", "", "unreadable_toml", line_and_column(str(error), text)))
    return {}
