"""What ``check --alternatives`` adds; imported only when it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from atlas.journeys.alternatives import USUAL_RADIUS_M, Explainer, Within, parse_within
from atlas.journeys.check import CheckRequest
from atlas.texts import error_text
from geo.types import Proposal
from layers.errors import DataError


def explain_sites(
    assessment: dict[str, Any],
    request: CheckRequest,
    given: str | None,
    progress: Callable[[int, int], None],
    language: str,
) -> None:
    """Adds to every proposal of an assessment why not here and where instead."""
    explainer = Explainer(request.store, request.rulebook.rules, request.on)
    for done, (entry, proposal) in enumerate(zip(assessment["proposals"], request.proposals, strict=True), start=1):
        within = _within(given or f"{USUAL_RADIUS_M:g}", proposal, request, language)
        entry.update(explainer.explain(proposal, within))
        progress(done, len(request.proposals))


def _within(given: str, proposal: Proposal, request: CheckRequest, language: str) -> Within | None:
    """None where no such outline holds this site: it is said, and the other sites go on."""
    try:
        return parse_within(given, proposal, request.store)
    except DataError as error:
        if error.code != "within_none_here":
            raise
        click.echo(f"{proposal.id}: {error_text(error, language)}", err=True)
        return None
