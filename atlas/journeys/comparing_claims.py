"""All that a file says beside its findings' outcomes and numbers, against the same said again: titles, clauses, counts,
notices, what holds the site, witnesses, layers, the verdict of the whole.

A key that an older file does not have claims nothing. Numbers of a search are compared in
:mod:`atlas.journeys.comparing_explanations`, which knows how exactly they are known.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from atlas.assessment import worst_verdict
from atlas.journeys.comparing import COMPARED, OF_LAYER, OF_SITE, Changes, Difference, by_id

#: Degrees that a stored position may be off: a centimetre.
POSITION_DEG = 1e-7
#: Of a site: its own words, what is compared finding by finding, and the explanations.
_NOT_OF_SITE = {"id", "name", "verdict", "findings", "blocking", "alternative", *OF_SITE}
#: What only says how long a search took, and where it looked.
_NOT_OF_SEARCH = {"looked_at", "asked", "within"}
#: Longer texts are not set beside each other in a line.
LONGEST_TEXT = 60

Json = Mapping[str, Any]


@dataclass(frozen=True)
class _Unlike:
    """A leaf that differs, by the keys that lead to it."""

    at: tuple[str, ...]
    was: Any
    now: Any


def claims(was: Json, now: Json, changes: Changes, told: Iterable[Difference]) -> Iterator[Difference]:
    """What else differs between a file and the same question asked again, and is not ``told`` yet."""
    known = {(one.proposal, one.rule) for one in told} | {(one.proposal, "") for one in told if one.rule}
    if not was["proposals"]:
        yield Difference("", "", "proposals", None, None, "nothing_to_verify")
    before, after = by_id(was["proposals"]), by_id(now["proposals"])
    for name in (name for name in before if name in after):
        yield from _of_site(name, before[name], after[name], changes, known)
    yield from _of_layers(by_id(was["layers"]), by_id(now["layers"]), changes)
    yield from _of_rulebook(was, now)
    verdict = worst_verdict([site["verdict"] for site in now["proposals"]], len(was["rejected"]))
    if was["verdict"] != verdict:
        yield Difference("", "", "verdict", was["verdict"], verdict.value, "several" if known else _cause(changes))


def _of_site(name: str, was: Json, now: Json, changes: Changes, known: set[tuple[str, str]]) -> Iterator[Difference]:
    before, after = ({finding["rule"]: finding for finding in site["findings"]} for site in (was, now))
    for rule in (rule for rule in before if rule in after and (name, rule) not in known):
        words = _unlike(_without(before[rule], COMPARED), _without(after[rule], COMPARED))
        yield from _first(name, rule, words, ("rule_changed", rule) if changes.rulebook else (_cause(changes), ""))
    if len(before) < len(was["findings"]):
        yield Difference(name, "", "findings", None, None, "file_changed")
    if (name, "") in known:  # counts and explanations follow from the findings that differ
        return
    yield from _each(name, _unlike(_without(was, _NOT_OF_SITE), _without(now, _NOT_OF_SITE)), changes)
    for part in ("blocking", "alternative"):
        if was.get(part) and now.get(part):
            differing = [one for one in _unlike(was[part], now[part], (part,)) if _is_word(one)]
            yield from _first(name, "", differing, (_cause(changes), ""))


def _is_word(one: _Unlike) -> bool:
    """Whether it is no number of a search."""
    number = any(isinstance(value, (int, float)) and not isinstance(value, bool) for value in (one.was, one.now))
    return not number and not _NOT_OF_SEARCH & set(one.at)


def _of_layers(was: dict[str, Json], now: dict[str, Json], changes: Changes) -> Iterator[Difference]:
    """The same layers, and where a layer is the same its record too; ``of_other_data`` names the others."""
    for name in sorted(was.keys() ^ now.keys()):
        yield Difference("", "", "layer", None, None, "layer_added" if name in now else "layer_gone", name)
    for name in sorted(was.keys() & now.keys()):
        if was[name]["sha256"] == now[name]["sha256"]:
            words = [_Unlike((f"layer_{one.at[0]}",), one.was, one.now) for one in _unlike(was[name], now[name])]
            cause = (
                "layer_changed" if any(was[name][part] != now[name][part] for part in OF_LAYER) else "layer_reworded"
            )
            yield from _first("", "", words, (cause, name))


def of_other_data(was: Json, now: Json) -> list[str]:
    """Layers whose content is another today, so that what the file says of them cannot be looked at."""
    before, after = by_id(was["layers"]), by_id(now["layers"])
    return sorted(name for name in before.keys() & after.keys() if before[name]["sha256"] != after[name]["sha256"])


def _of_rulebook(was: Json, now: Json) -> Iterator[Difference]:
    """A rulebook that the file holds is the one whose sha256 it states."""
    if (was.get("holds") or {}).get("rulebook") is not None and was["rulebook_sha256"] != now["rulebook_sha256"]:
        stated = (was["rulebook_sha256"][:12], now["rulebook_sha256"][:12])
        yield Difference("", "", "rulebook", *stated, "file_changed")


def _each(name: str, differing: Iterable[_Unlike], changes: Changes) -> Iterator[Difference]:
    """The first difference of each part of a site."""
    parts: dict[str, list[_Unlike]] = {}
    for one in differing:
        parts.setdefault(one.at[0], []).append(one)
    for part in parts.values():
        yield from _first(name, "", part, (_cause(changes), ""))


def _first(name: str, rule: str, differing: Iterable[_Unlike], why: tuple[str, str]) -> Iterator[Difference]:
    for one in differing:
        was, now = (one.was, one.now) if _short(one.was) and _short(one.now) else (None, None)
        yield Difference(name, rule, one.at[0], was, now, *why)
        return


def _short(value: Any) -> bool:
    return isinstance(value, (str, int, float)) and len(str(value)) <= LONGEST_TEXT


def _cause(changes: Changes) -> str:
    """Why words differ; nobody but an editor of the file does it where all that was asked is the same."""
    if changes.version:
        return "program_changed"
    return "several" if changes.any else "file_changed"


def _without(entry: Json, keys: Iterable[str]) -> Json:
    return {key: part for key, part in entry.items() if key not in keys}


def _unlike(was: Any, now: Any, at: tuple[str, ...] = ()) -> Iterator[_Unlike]:
    """The leaves that differ of what both have."""
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        for key in (key for key in was if key in now):
            yield from _unlike(was[key], now[key], (*at, key))
    elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        for before, after in zip(was, now, strict=True):
            yield from _unlike(before, after, at)
    elif was != now and not _close(was, now):
        yield _Unlike(at, was, now)


def _close(was: Any, now: Any) -> bool:
    both = isinstance(was, float) and isinstance(now, float)
    return both and math.isclose(was, now, rel_tol=0.0, abs_tol=POSITION_DEG)
