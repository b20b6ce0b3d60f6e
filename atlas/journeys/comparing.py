"""Two assessments beside each other: which finding differs, and by what else differs between them, why.

The causes are codes: ``site_changed``, ``rule_changed``, ``rule_added``, ``rule_removed``, ``layer_newer``,
``layer_changed``, ``layer_added``, ``layer_gone``, ``day_changed``, ``program_changed``, and ``file_changed`` where
nothing else explains it: then somebody edited the file. What was explained beside the findings, if it was in both, has
besides ``rulebook_changed``, ``within_changed``, and ``several`` where more than one thing may have moved it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from atlas.assessment import NUMBERS
from atlas.journeys.comparing_explanations import changed_parts

#: What of a finding is compared; titles and notes may be reworded without a difference.
COMPARED = ("outcome", "why", "severity", "features", *NUMBERS)
#: What of a site decides its findings.
OF_SITE = ("use", "geometry", "accuracy_m", "quantities")
#: What a condition asks; the rest of it is the answer.
ASKED = ("relation", "layer", "quantity", "distance_m", "share_max", "value", "unit", "where")
#: What of a layer decides an answer.
OF_LAYER = ("sha256", "as_of", "accuracy_m", "covers", "assumed")

#: By which numbers of the same thing may part: metres and square metres less than a hundredth, others their rounding.
ALIKE = {"overlap_share": 1e-6, "value": 1e-6}
MEASURED_ALIKE = 0.0099

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Difference:
    """One thing that differs, ``was`` in the first and ``now`` in the second; ``subject``: what the cause speaks of."""

    proposal: str
    rule: str
    field: str
    was: Any
    now: Any
    cause: str
    subject: str = ""


@dataclass(frozen=True)
class Changes:
    """What else differs between two assessments. ``layers`` maps a layer's id to the cause that it is."""

    layers: Mapping[str, str]
    rulebook: bool
    day: bool
    version: bool

    @property
    def any(self) -> bool:
        """Whether anything does."""
        return bool(self.layers) or self.rulebook or self.day or self.version


def changes_between(was: Json, now: Json) -> Changes:
    """What differs besides the findings."""
    before, after = by_id(was["layers"]), by_id(now["layers"])
    layers = {name: _layer_cause(before.get(name), after.get(name)) for name in before.keys() | after.keys()}
    return Changes(
        layers={name: cause for name, cause in layers.items() if cause},
        rulebook=was["rulebook_sha256"] != now["rulebook_sha256"],
        day=was["on"] != now["on"],
        version=was["version"] != now["version"],
    )


def differences(was: Json, now: Json) -> list[Difference]:
    """What differs, site by site in the order of the first; sites are the same where their ids are."""
    changes = changes_between(was, now)
    before, after = by_id(was["proposals"]), by_id(now["proposals"])
    found = []
    for name in [*before, *(name for name in after if name not in before)]:
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            verdicts = (old or {}).get("verdict"), (new or {}).get("verdict")
            found.append(Difference(name, "", "site", *verdicts, "site_removed" if new is None else "site_added"))
        else:
            found += _of_site(name, old, new, changes)
    return found


def by_id(entries: Iterable[Json]) -> dict[str, Json]:
    """Sites or layers by their id."""
    return {str(entry["id"]): entry for entry in entries}


def _layer_cause(was: Json | None, now: Json | None) -> str:
    if was is None or now is None:
        return "layer_added" if was is None else "layer_gone"
    if all(was.get(name) == now.get(name) for name in OF_LAYER):
        return ""
    newer = was["sha256"] != now["sha256"] and str(now.get("as_of") or "") > str(was.get("as_of") or "")
    return "layer_newer" if newer else "layer_changed"


def _of_site(name: str, was: Json, now: Json, changes: Changes) -> list[Difference]:
    moved = any(was.get(part) != now.get(part) for part in OF_SITE)
    before = {finding["rule"]: finding for finding in was["findings"]}
    after = {finding["rule"]: finding for finding in now["findings"]}
    found = []
    for rule in [*before, *(rule for rule in after if rule not in before)]:
        old, new = before.get(rule), after.get(rule)
        fields = ("outcome",) if old is None or new is None else COMPARED
        differing = [part for part in fields if not _alike(part, (old or {}).get(part), (new or {}).get(part))]
        if differing:
            values = (old or {}).get(differing[0]), (new or {}).get(differing[0])
            found.append(Difference(name, rule, differing[0], *values, *_cause(rule, old, new, changes, moved)))
    if was["verdict"] != now["verdict"]:
        causes = {(one.cause, one.subject) for one in found}
        why = next(iter(causes)) if len(causes) == 1 else (_general(changes, moved), "")
        found.append(Difference(name, "", "verdict", was["verdict"], now["verdict"], *why))
    return found + _of_explanations(name, was, now, changes, moved)


def _alike(name: str, was: Any, now: Any) -> bool:
    """The same, numbers within what their measuring leaves."""
    if isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        return all(_alike(name, one, other) for one, other in zip(was, now, strict=True))
    if isinstance(was, float) and isinstance(now, float):
        return math.isclose(was, now, rel_tol=0.0, abs_tol=ALIKE.get(name, MEASURED_ALIKE))
    return bool(was == now)


def tally(was: Json, now: Json, found: Iterable[Difference]) -> tuple[int, int]:
    """How many findings both have, and how many of them are answered alike."""
    before, after = by_id(was["proposals"]), by_id(now["proposals"])
    both = {
        (name, finding["rule"])
        for name in before.keys() & after.keys()
        for finding in before[name]["findings"]
        if finding["rule"] in {other["rule"] for other in after[name]["findings"]}
    }
    return len(both), len(both - {(one.proposal, one.rule) for one in found})


def _of_explanations(name: str, was: Json, now: Json, changes: Changes, moved: bool) -> list[Difference]:
    """What differs of why not here and where instead, which hang on everything that was asked."""
    why = _of_all(changes, moved)
    return [
        Difference(name, part.rule, part.field, part.was, part.now, *((part.cause, "") if part.cause else why))
        for part in changed_parts(was, now)
    ]


def _of_all(changes: Changes, moved: bool) -> tuple[str, str]:
    """The one thing that differs and may move a place, with the layer that it speaks of."""
    causes = [(cause, layer) for layer, cause in changes.layers.items()]
    causes += [("site_changed", "")] * moved + [("rulebook_changed", "")] * changes.rulebook
    if not causes:
        return _rest(changes)
    return causes[0] if len(causes) == 1 else ("several", "")


def _general(changes: Changes, moved: bool) -> str:
    """The cause of a verdict whose findings differ for several reasons, or for none."""
    return "several" if changes.any or moved else "file_changed"


def _cause(rule: str, was: Json | None, now: Json | None, changes: Changes, moved: bool) -> tuple[str, str]:
    """Why a finding differs, and the rule or layer that the cause speaks of."""
    if was is None or now is None:
        return _of_one(rule, was is None, changes, moved)
    if changes.rulebook and _statement(was) != _statement(now):
        return "rule_changed", rule
    if moved:
        return "site_changed", ""
    asked = {condition.get("layer") for finding in (was, now) for condition in finding["conditions"]}
    for layer in sorted(name for name in asked if name in changes.layers):
        return changes.layers[layer], layer
    return _rest(changes)


def _of_one(rule: str, added: bool, changes: Changes, moved: bool) -> tuple[str, str]:
    """Why a rule speaks in one of the two only."""
    if moved:
        return "site_changed", ""
    if changes.day:
        return "day_changed", ""
    if changes.rulebook:
        return ("rule_added" if added else "rule_removed"), rule
    return _rest(changes)


def _rest(changes: Changes) -> tuple[str, str]:
    if changes.day:
        return "day_changed", ""
    return ("program_changed" if changes.version else "file_changed"), ""


def _statement(finding: Json) -> Any:
    """What a rule says, apart from how it was answered and worded."""
    asked = [[condition.get(name) for name in ASKED] for condition in finding["conditions"]]
    source = [finding["citation"].get(name) for name in ("evidence", "confidence")]
    return [finding["severity"], finding.get("when"), finding.get("unless"), asked, source]
