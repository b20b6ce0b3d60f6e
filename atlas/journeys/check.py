"""Check sites: proposals in, an assessment out; the page and the command line both call this."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from atlas.assessment import AssessedSite, Assessment, InputRecord, LayerRecord, stated_time
from atlas.journeys.context import context_of, notices_of
from atlas.journeys.holding import held_layers
from geo.conflict import assess, counts, verdict
from geo.measuring import PreparedLayer
from geo.types import Grid, Proposal, Rule
from layers.plan import Plan, load_plan
from layers.prepared import prepared
from layers.rulebook import Rulebook, load_rulebook
from layers.store import Store
from layers.types import Rejected

Progress = Callable[[int, int], None]

#: Layers that are read for the context and the notices of every site.
CONTEXT_LAYERS = ("districts", "parks", "land")


@dataclass(frozen=True)
class CheckRequest:
    """What is to be checked, against what, as of which day."""

    proposals: tuple[Proposal, ...]
    store: Store
    on: date
    inputs: tuple[InputRecord, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    rulebook: Rulebook = field(default_factory=load_rulebook)
    rulebook_text: str | None = None


class _PreparedLayers:
    """Each layer is prepared when the first rule asks for it, and kept for the next run."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, PreparedLayer | Grid | None] = {}

    def __call__(self, layer: str) -> PreparedLayer | Grid | None:
        if layer not in self._known:
            self._known[layer] = prepared(self._store.layer(layer)) if layer in self._store else None
        return self._known[layer]

    @property
    def read(self) -> set[str]:
        """The layers that were there when asked for."""
        return {layer for layer, features in self._known.items() if features is not None}


def _assess_site(
    proposal: Proposal, rules: Iterable[Rule], layers: _PreparedLayers, request: CheckRequest, plan: Plan
) -> AssessedSite:
    findings = assess(proposal, rules, layers, request.on)
    answer, why = verdict(findings)
    return AssessedSite(
        proposal=proposal,
        findings=findings,
        verdict=answer,
        why=why,
        counts={outcome.value: number for outcome, number in counts(findings).items()},
        context=context_of(proposal, request.store, plan),
        notices=notices_of(proposal, request.store),
    )


def layer_record(store: Store, layer_id: str) -> LayerRecord:
    """What an assessment says of a layer that it read."""
    layer = store.layer(layer_id)
    spec = layer.spec
    return LayerRecord(
        id=spec.id,
        title=dict(spec.title),
        sha256=layer.provenance.sha256,
        as_of=spec.as_of,
        basis=spec.basis.value,
        accuracy_m=spec.accuracy_m,
        covers=spec.covers,
        source=spec.source,
        licence=spec.licence,
        attribution=spec.attribution,
        distribution=spec.distribution.value,
        assumed=layer.provenance.assumed,
    )


class Checker:
    """Answers sites one after another or in parts, and gathers what it read into an assessment."""

    def __init__(self, request: CheckRequest) -> None:
        self._request = request
        self._layers = _PreparedLayers(request.store)
        self._plan = load_plan()

    def assess(self, proposals: Iterable[Proposal]) -> Iterator[AssessedSite]:
        """Each proposal with its findings, in their order."""
        for proposal in proposals:
            yield _assess_site(proposal, self._request.rulebook.rules, self._layers, self._request, self._plan)

    @property
    def read(self) -> frozenset[str]:
        """The layers that have been read so far."""
        return frozenset(self._layers.read | set(CONTEXT_LAYERS))

    def assessment(self, sites: Iterable[AssessedSite], read: Iterable[str]) -> Assessment:
        """What was answered, with the layers that were read for it."""
        request, layers = self._request, sorted(read)
        return Assessment(
            on=request.on,
            computed_at=stated_time(),
            rulebook_sha256=request.rulebook.sha256,
            inputs=request.inputs,
            rejected=request.rejected,
            sites=tuple(sites),
            layers=tuple(layer_record(request.store, layer_id) for layer_id in layers),
            holds={"rulebook": request.rulebook_text, "layers": held_layers(request.store, layers)},
        )


def run_check(request: CheckRequest, progress: Progress | None = None) -> Assessment:
    """Assess every proposal. ``progress`` is told how many of how many are done."""
    checker = Checker(request)
    sites = []
    for site in checker.assess(request.proposals):
        sites.append(site)
        if progress:
            progress(len(sites), len(request.proposals))
    return checker.assessment(sites, checker.read)
