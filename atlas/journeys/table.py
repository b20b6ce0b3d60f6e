"""Check a large table of sites: the same answers as one by one, written as a table while they are found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from atlas import VERSION
from atlas.assessment import InputRecord, layer_dict, stated_time
from atlas.journeys.check import Progress, layer_record
from atlas.report.as_table import TableWriter, rule_detail
from atlas.report.overview import report_stamps
from geo.batch import NO_WHY, WHYS, Content, Findings, Sites, assess_sites
from geo.conflict import VERDICT_ORDER
from geo.deciding import CLEAR, NOT_ASKED, OUTCOMES
from geo.types import Outcome
from layers.index import indexed
from layers.rulebook import Rulebook, load_rulebook
from layers.store import Store
from layers.types import Rejected

#: Sites that are answered in one go: enough to be quick, few enough to be held in memory.
CHUNK = 1_000_000


@dataclass(frozen=True)
class TableRequest:
    """What is to be checked, against what, as of which day. Sites come in groups of one use and equal quantities."""

    sites: Sequence[Sites]
    store: Store
    on: date
    inputs: tuple[InputRecord, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    rulebook: Rulebook = field(default_factory=load_rulebook)


class IndexedLayers:
    """Each layer is indexed when the first rule asks for it, and kept for the next run."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, Content] = {}

    def __call__(self, layer: str) -> Content:
        if layer not in self._known:
            self._known[layer] = indexed(self._store.layer(layer)) if layer in self._store else None
        return self._known[layer]

    @property
    def read(self) -> list[str]:
        """The layers that were there when asked for."""
        return sorted(layer for layer, content in self._known.items() if content is not None)


def check_table(request: TableRequest, target: Path, language: str, progress: Progress | None = None) -> Outcome:
    """Assess all sites and write the table, Parquet or CSV; the worst verdict of all.

    Nothing stands at ``target`` until all is written. ``progress`` is told how many of how many sites are done.
    """
    layers, tallies = IndexedLayers(request.store), _Tallies()
    total, done = sum(map(len, request.sites)), 0
    with TableWriter(target) as writer:
        for chunk in _chunks(request.sites):
            found = assess_sites(chunk, request.rulebook.rules, layers, request.on)
            writer.add(chunk, found)
            tallies.add(found)
            done += len(chunk)
            if progress:
                progress(done, total)
        records = [layer_dict(layer_record(request.store, layer)) for layer in layers.read]
        writer.about(_about(request, records, tallies, language))
    return tallies.worst(len(request.rejected))


def _chunks(groups: Sequence[Sites]) -> Iterator[Sites]:
    for group in groups:
        for first in range(0, len(group), CHUNK):
            yield group.take(slice(first, first + CHUNK))


class _Tallies:
    """How many sites each rule answered how, and which verdicts there are."""

    def __init__(self) -> None:
        self.rules: dict[str, Counter[str]] = {}
        self.verdicts: set[Outcome] = set()

    def add(self, found: Findings) -> None:
        self.verdicts |= {OUTCOMES[code] for code in np.unique(found.verdict[0])}
        for column, rule in enumerate(found.rules):
            tally = self.rules.setdefault(rule.id, Counter())
            for outcome, why, count in _counted(found.outcome[:, column], found.why[:, column]):
                tally[f"{outcome}:{why}" if why else outcome] += count

    def worst(self, rejected: int) -> Outcome:
        found = self.verdicts | ({Outcome.NOT_ASSESSED} if rejected or not self.verdicts else set())
        return next(outcome for outcome in VERDICT_ORDER if outcome in found)


def _counted(codes: NDArray[np.int8], whys: NDArray[np.int8]) -> Iterator[tuple[str, str, int]]:
    """How many sites were answered how and why; most are clear without a reason, and are not looked at again."""
    others = np.flatnonzero((codes != CLEAR) | (whys != NO_WHY))
    pairs = np.bincount(codes[others].astype(np.int64) * 64 + whys[others] + 1, minlength=1)
    pairs[CLEAR * 64] += len(codes) - len(others)
    for place in np.flatnonzero(pairs):
        code, why = divmod(int(place), 64)
        if code != NOT_ASKED:
            yield OUTCOMES[code].value, WHYS[why - 1].value if why else "", int(pairs[place])


def _about(
    request: TableRequest, layers: list[dict[str, Any]], tallies: _Tallies, language: str
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Rows about the run, its layers, its rules and what was refused."""
    run = {
        "on": request.on.isoformat(),
        "computed_at": stated_time(),
        "version": VERSION,
        "rulebook_sha256": request.rulebook.sha256,
        "inputs": [asdict(record) for record in request.inputs],
        "stamps": report_stamps({"layers": layers}, language),
    }
    yield "run", "", run
    for layer in layers:
        yield "layer", layer["id"], layer
    for rule in request.rulebook.rules:
        if rule.id in tallies.rules:
            yield "rule", rule.id, rule_detail(rule, tallies.rules[rule.id])
    for row in request.rejected:
        yield "rejected", str(row.row), {"field": row.field, "reason": row.reason, "values": dict(row.values)}
