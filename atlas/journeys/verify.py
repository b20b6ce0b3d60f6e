"""Run an assessment again from what its file holds, and say what differs and why. Opens no path that the file names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from shapely.geometry import shape

from atlas.assessment import as_dict
from atlas.assessment_file import SEAL, is_whole
from atlas.journeys.check import CheckRequest, Progress, run_check
from atlas.journeys.comparing import Difference, changes_between, differences
from atlas.journeys.comparing_claims import claims, of_other_data
from atlas.journeys.holding import content_is_whole, restored
from atlas.report.as_json import write
from geo.errors import GeoError
from geo.types import Proposal, Use
from layers.errors import DataError, UnreadableFile
from layers.rulebook import load_rulebook, rulebook_of_text
from layers.store import Store


@dataclass(frozen=True)
class Verification:
    """What differs, empty where nothing does, and what could not be looked at: a code each, and the layer it speaks of.

    ``time`` and version of the run; ``sites``: whether these are all sites of the input, and as it has them;
    ``rejected`` rows; ``own_rulebook``, ``own_layer``: rules and data that the file brings along; ``other_rulebook``,
    ``other_layer``: these are others today, so that what the file says of them stands alone.
    """

    differences: tuple[Difference, ...]
    unchecked: tuple[tuple[str, str], ...]


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


def request_of(recorded: Mapping[str, Any], store: Store, name: str = "") -> tuple[CheckRequest, list[Difference]]:
    """The request that an assessment records, and what of it was tampered with or can no longer be had.

    A layer that the file holds is used as it is held, unless the workspace has one of its id: that is today's.
    Raises UnreadableFile where the content cannot be used, RulebookFault for a rulebook that is none.
    """
    faults: list[Difference] = []
    holds = recorded.get("holds") or {}
    try:
        proposals = tuple(proposal_of(entry) for entry in recorded["proposals"])
        if len({proposal.id for proposal in proposals}) < len(proposals):
            raise ValueError("proposals[].id")
        today = set(store.saved_ids())
        for held in holds.get("layers", ()):
            if held["id"] not in today:
                store, fault = _with_held(store, held)
                faults += fault
        on = date.fromisoformat(recorded["on"])
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, OverflowError) as error:
        if isinstance(error, DataError | GeoError):
            raise
        raise UnreadableFile("not_an_assessment", file=name, reason="contents_unfit") from error
    text = holds.get("rulebook")
    rulebook = load_rulebook() if text is None else rulebook_of_text(text, "held.toml")
    return CheckRequest(proposals, store, on, rulebook=rulebook, rulebook_text=text), faults


def _with_held(store: Store, held: Mapping[str, Any]) -> tuple[Store, list[Difference]]:
    """The store with a layer that the file holds, and what is wrong with that."""
    layer = restored(held)
    if layer is None:
        known = held["id"] in store and store.layer(held["id"]).provenance.sha256 == held["sha256"]
        return store, [] if known else [_of_layer(held, "layer_not_held")]
    if not content_is_whole(held):
        return store.with_layer(layer), [_of_layer(held, "file_changed")]
    seen = replace(layer.provenance, sha256=held["sha256"], assumed=tuple(held.get("assumed") or ()))
    return store.with_layer(replace(layer, provenance=seen)), []


def _of_layer(held: Mapping[str, Any], cause: str) -> Difference:
    return Difference("", "", "layer", held["sha256"][:12], None, cause, held["id"])


def verify(
    recorded: Mapping[str, Any],
    store: Store,
    name: str = "",
    input_sha256: str | None = None,
    progress: Progress | None = None,
) -> Verification:
    """What differs between an assessment and the same question asked today.

    ``name`` is that of its file, for errors; ``input_sha256`` that of a file of sites said to be the one assessed.
    ``progress`` is told how many of the sites are explained again, where the file explains some.
    """
    request, found = request_of(recorded, store, name)
    if not is_whole(recorded):
        found.append(Difference("", "", "file", None, None, "file_changed" if SEAL in recorded else "seal_missing"))
    if input_sha256 and input_sha256 not in {entry["sha256"] for entry in recorded["inputs"]}:
        stated = ", ".join(entry["sha256"][:12] for entry in recorded["inputs"])
        found.append(Difference("", "", "input", stated, input_sha256[:12], "input_changed"))
    now = as_dict(run_check(request))
    _explain_again(recorded, now, request, progress)
    now = _as_written(now)
    return Verification((*found, *set_beside(recorded, now)), _unchecked(recorded, now))


def set_beside(recorded: Mapping[str, Any], now: Mapping[str, Any]) -> list[Difference]:
    """What a file says that the same question asked again does not; both as they are written."""
    told = differences(recorded, now)
    return told + list(claims(recorded, now, changes_between(recorded, now), told))


def _unchecked(recorded: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What only the file itself says: codes of :class:`Verification`."""
    holds = recorded.get("holds") or {}
    stated = [("time", ""), ("sites", "")]
    stated += [("rejected", "")] * bool(recorded["rejected"])
    if holds.get("rulebook") is not None:
        stated.append(("own_rulebook", ""))
    elif recorded["rulebook_sha256"] != now["rulebook_sha256"]:
        stated.append(("other_rulebook", ""))
    stated += [("own_layer", held["id"]) for held in holds.get("layers", ())]
    return (*stated, *(("other_layer", layer) for layer in of_other_data(recorded, now)))


def _explain_again(
    recorded: Mapping[str, Any], now: dict[str, Any], request: CheckRequest, progress: Progress | None
) -> None:
    """Why not here and where instead, for the sites of which the file says it, looked for where it says."""
    explained = {entry["id"]: entry for entry in recorded["proposals"] if entry.get("blocking")}
    if not explained:
        return
    from atlas.journeys.alternatives import Explainer, within_again

    explainer, done = Explainer(request.store, request.rulebook.rules, request.on), 0
    for proposal, entry in zip(request.proposals, now["proposals"], strict=True):
        if proposal.id in explained:
            searched = explained[proposal.id].get("alternative")
            within = within_again(searched["within"], request.store) if searched else None
            entry.update(explainer.explain(proposal, within))
            done += 1
            if progress:
                progress(done, len(explained))


def _as_written(assessment: Mapping[str, Any]) -> dict[str, Any]:
    """The assessment as its file says it: lists for tuples, nothing for what is no number."""
    return dict(json.loads(write(dict(assessment), "")))
