"""Run an assessment again from what its file holds, and say what differs and why. Opens no path that the file names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from shapely.geometry import shape

from atlas.assessment import as_dict
from atlas.journeys.check import CheckRequest, run_check
from atlas.journeys.holding import content_is_whole, restored
from geo.types import Proposal, Use
from layers.errors import DataError, UnreadableFile
from layers.rulebook import Rulebook, load_rulebook, rulebook_of_text
from layers.store import Store

#: What of a finding is compared; titles and notes may be reworded without a difference.
COMPARED = (
    "outcome",
    "why",
    "severity",
    "features",
    "limit_m",
    "distance_m",
    "margin_m",
    "overlap_m2",
    "overlap_share",
)


@dataclass(frozen=True)
class Difference:
    """One thing that differs. ``cause`` is a code: layer_changed, rule_changed, program_changed, file_changed."""

    proposal: str
    rule: str
    field: str
    was: Any
    now: Any
    cause: str


def proposal_of(entry: Mapping[str, Any]) -> Proposal:
    """The proposal that an assessment file records. Raises KeyError, TypeError, ValueError for what is none."""
    return Proposal(
        id=str(entry["id"]),
        name=str(entry["name"]),
        use=Use(entry["use"]),
        footprint=shape(entry["geometry"]),
        accuracy_m=float(entry["accuracy_m"]),
        quantities=dict(entry["quantities"]),
    )


def request_of(recorded: Mapping[str, Any], store: Store) -> tuple[CheckRequest, list[Difference]]:
    """The request that an assessment file records, and what of it can no longer be had."""
    differences: list[Difference] = []
    try:
        proposals = tuple(proposal_of(entry) for entry in recorded["proposals"])
        on = date.fromisoformat(recorded["on"])
        holds = recorded.get("holds") or {}
        for held in holds.get("layers", ()):
            layer = restored(held)
            if layer is None or not content_is_whole(held):
                cause = "layer_not_held" if layer is None else "file_changed"
                differences.append(Difference("", "", f"layer {held['id']}", held["sha256"], None, cause))
            if layer is not None:
                store = store.with_layer(layer)
        text = holds.get("rulebook")
        rulebook = load_rulebook() if text is None else rulebook_of_text(str(text), "held.toml")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, DataError):
            raise
        raise UnreadableFile("not_an_assessment", detail=str(error)) from error
    return CheckRequest(proposals, store, on, rulebook=rulebook, rulebook_text=text), differences


def _cause(was: Mapping[str, Any] | None, now: Mapping[str, Any] | None, changed: Mapping[str, bool]) -> str:
    """Why a finding differs, by what else differs between the file and today."""
    if was is None or now is None or was.get("conditions") is None:
        return "rule_changed" if changed["rulebook"] else "file_changed"
    layers = {was.get("layer"), now.get("layer")} | {c.get("layer") for c in was["conditions"] + now["conditions"]}
    if layers & changed["layers"]:  # type: ignore[operator]
        return "layer_changed"
    if changed["rulebook"]:
        return "rule_changed"
    return "program_changed" if changed["version"] else "file_changed"


def _changes(was: Mapping[str, Any], now: Mapping[str, Any], rulebook: Rulebook) -> dict[str, Any]:
    before = {layer["id"]: layer["sha256"] for layer in was.get("layers", ())}
    after = {layer["id"]: layer["sha256"] for layer in now["layers"]}
    return {
        "layers": {layer for layer in before.keys() | after.keys() if before.get(layer) != after.get(layer)},
        "rulebook": was.get("rulebook_sha256") != rulebook.sha256,
        "version": was.get("version") != now["version"],
    }


def _compare_findings(
    proposal: str, was: Mapping[str, Any], now: Mapping[str, Any], changes: Mapping[str, Any]
) -> list[Difference]:
    before = {finding["rule"]: finding for finding in was["findings"]}
    after = {finding["rule"]: finding for finding in now["findings"]}
    found = []
    for rule in sorted(before.keys() | after.keys()):
        old, new = before.get(rule), after.get(rule)
        for name in COMPARED:
            if (old or {}).get(name) != (new or {}).get(name):
                values = ((old or {}).get(name), (new or {}).get(name))
                found.append(Difference(proposal, rule, name, *values, _cause(old, new, changes)))
                break
    return found


def verify(recorded: Mapping[str, Any], store: Store) -> list[Difference]:
    """What differs between an assessment file and the same question asked today; empty when nothing does."""
    request, differences = request_of(recorded, store)
    now = as_dict(run_check(request))
    changes = _changes(recorded, now, request.rulebook)
    fresh = {entry["id"]: entry for entry in now["proposals"]}
    for entry in recorded["proposals"]:
        again = fresh[str(entry["id"])]
        differences += _compare_findings(str(entry["id"]), entry, again, changes)
        if entry["verdict"] != again["verdict"]:
            cause = "file_changed" if not any(changes.values()) else _verdict_cause(changes)
            differences.append(Difference(str(entry["id"]), "", "verdict", entry["verdict"], again["verdict"], cause))
    return differences


def _verdict_cause(changes: Mapping[str, Any]) -> str:
    if changes["layers"]:
        return "layer_changed"
    return "rule_changed" if changes["rulebook"] else "program_changed"
