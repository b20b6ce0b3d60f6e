"""An earlier check on the page again: its sites, its answers, and the layers that it brings along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atlas import state
from atlas.journeys.check import CheckRequest


def reopen(content: Mapping[str, Any], request: CheckRequest) -> list[str]:
    """Put an assessment and what it was asked on the page; the ids of the layers that came with it.

    A layer that the file holds is supplied for this session, unless the workspace has one of its id: that is today's.
    """
    held = [str(one["id"]) for one in (content.get("holds") or {}).get("layers", ())]
    today = request.store.saved_ids()
    brought = [layer for layer in held if layer not in today and layer in request.store]
    for layer in brought:
        state.supply(request.store.layer(layer))
    state.propose(*request.proposals, how="file")
    state.show_sites()
    state.keep_assessment(dict(content))
    return brought
