"""Check a table of sites in parts, so that a run which is killed loses nothing that it had finished.

Beside the result stands, while it is unfinished, a folder ``<result>.unfinished``: one file a part, each whole or not
there, and the sha256 of the question. The same question asked again begins where the last run ended; another question
begins anew. What is answered does not depend on how the sites were cut into parts.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
import time
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from atlas import VERSION
from atlas.assessment import as_dict, site_dict, worst_verdict
from atlas.journeys.check import CONTEXT_LAYERS, Checker, CheckRequest, Progress
from geo.conflict import layers_of
from geo.types import Proposal
from layers.errors import DataError
from layers.store import Store
from layers.whole import write_whole

#: A part is written about this often; less would be lost to a kill, more would be spent on files.
PART_SECONDS = 1.0
SMALLEST_PART = 16
LARGEST_PART = 20_000

QUESTION = "question"
_PART = re.compile(r"part-(\d{8})-(\d{8})\.json\.gz")


@dataclass(frozen=True)
class Part:
    """Answered sites ``first`` to ``last - 1``, as an assessment's file has them, and the layers read for them."""

    first: int
    last: int
    sites: list[dict[str, Any]]
    layers: list[str]


class Unfinished:
    """The parts of a run on the disk; the folder is made with the first."""

    def __init__(self, folder: Path, question: str) -> None:
        self._folder = folder
        self._question = question

    def _is_ours(self) -> bool:
        """Whether what stands there answers the same question."""
        try:
            return (self._folder / QUESTION).read_text(encoding="utf-8") == self._question
        except (OSError, ValueError):
            return False

    @property
    def name(self) -> str:
        """The folder's name."""
        return self._folder.name

    def done(self) -> int:
        """How many sites are finished; a part that cannot be read is not."""
        return self._end_of(self.parts())

    def discard_damaged(self) -> int:
        """Remove parts that cannot be read, which a full disk or a broken copy leaves; how many there were."""
        damaged = [path for _, _, path in self._found() if _read(path) is None]
        for path in damaged:
            path.unlink(missing_ok=True)
        return len(damaged)

    @staticmethod
    def _end_of(parts: list[Part]) -> int:
        return parts[-1].last if parts else 0

    def _found(self) -> list[tuple[int, int, Path]]:
        """The files of the parts, from the first site on; none where they answer another question."""
        if not self._is_ours():
            return []
        matches = ((_PART.fullmatch(path.name), path) for path in sorted(self._folder.glob("part-*")))
        return [(int(match[1]), int(match[2]), path) for match, path in matches if match]

    def parts(self) -> list[Part]:
        """What is finished, without gaps from the first site on."""
        found: list[Part] = []
        for first, last, path in self._found():
            content = _read(path) if first == self._end_of(found) else None
            if content is not None:
                found.append(Part(first, last, content["sites"], content["layers"]))
        return found

    def keep(self, part: Part) -> None:
        """Write a part. Raises DataError ``unfinished_unwritable``."""
        content = json.dumps({"sites": part.sites, "layers": part.layers}, ensure_ascii=True)
        name = f"part-{part.first:08d}-{part.last:08d}.json.gz"
        try:
            if not self._is_ours():
                shutil.rmtree(self._folder, ignore_errors=True)
                self._folder.mkdir()
                write_whole(self._folder / QUESTION, self._question.encode())
            write_whole(self._folder / name, gzip.compress(content.encode(), 3, mtime=0))
        except OSError as error:
            raise DataError("unfinished_unwritable", folder=self._folder.name) from error

    def remove(self) -> None:
        """The result is written: the parts have served."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _read(path: Path) -> dict[str, Any] | None:
    """The content of a part; None where the file was cut short or is none of ours."""
    try:
        content = json.loads(gzip.decompress(path.read_bytes()))
    except (OSError, EOFError, ValueError, zlib.error):
        return None
    fits = isinstance(content, dict) and all(isinstance(content.get(name), list) for name in ("sites", "layers"))
    return content if fits else None


def unfinished_beside(result: Path, request: CheckRequest) -> Unfinished:
    """Where the parts of a result are kept until it is written."""
    return Unfinished(result.with_name(f"{result.name}.unfinished"), question_of(request))


def question_of(request: CheckRequest) -> str:
    """The sha256 of all that decides an answer: sites, rules, layers, day, version of the program."""
    digest = hashlib.sha256()
    for proposal in request.proposals:
        digest.update(_words(proposal))
    rest = (
        VERSION,
        request.on.isoformat(),
        request.rulebook.sha256,
        [asdict(record) for record in request.inputs],
        [str(rejected) for rejected in request.rejected],
        _layers_words(request),
    )
    digest.update(json.dumps(rest, ensure_ascii=True, sort_keys=True, default=str).encode())
    return digest.hexdigest()


def _words(proposal: Proposal) -> bytes:
    said = (proposal.id, proposal.name, proposal.use, proposal.accuracy_m, sorted(proposal.quantities.items()))
    return repr(said).encode("utf-8", "backslashreplace") + proposal.footprint.wkb


def _layers_words(request: CheckRequest) -> list[str]:
    """The layers that the rules may read, with everything that is said of them."""
    asked = {layer for rule in request.rulebook.rules for layer in layers_of(rule.requirement)}
    return [_layer_words(request.store, layer) for layer in sorted(asked | set(CONTEXT_LAYERS))]


def _layer_words(store: Store, layer_id: str) -> str:
    if layer_id not in store:
        return f"{layer_id} -"
    layer = store.layer(layer_id)
    seen = layer.provenance
    return f"{layer_id} {seen.sha256} {seen.steps} {seen.assumed} {layer.spec} {layer.covers}"


def run_batch(request: CheckRequest, unfinished: Unfinished | None, progress: Progress | None = None) -> dict[str, Any]:
    """Assess every proposal into the content of an assessment's file, keeping what is finished as it goes.

    A run of one part keeps nothing: it is over before there is anything to lose.
    """
    checker = Checker(request)
    parts = unfinished.parts() if unfinished else []
    done, size = (parts[-1].last if parts else 0), SMALLEST_PART
    while done < len(request.proposals):
        began = time.monotonic()
        part = _answered(checker, request.proposals, done, min(done + size, len(request.proposals)))
        if unfinished and not (part.first == 0 and part.last == len(request.proposals)):
            unfinished.keep(part)
        parts.append(part)
        done = part.last
        size = _next_size(size, time.monotonic() - began)
        if progress:
            progress(done, len(request.proposals))
    return _whole(checker, parts, request)


def _answered(checker: Checker, proposals: tuple[Proposal, ...], first: int, last: int) -> Part:
    sites = [site_dict(site) for site in checker.assess(proposals[first:last])]
    return Part(first, last, sites, sorted(checker.read))


def _next_size(size: int, took_s: float) -> int:
    """As many sites as take about ``PART_SECONDS``, at most twice as many as before."""
    wanted = int(size * min(2.0, PART_SECONDS / max(took_s, 1e-3)))
    return min(max(wanted, SMALLEST_PART), LARGEST_PART)


def _whole(checker: Checker, parts: Iterable[Part], request: CheckRequest) -> dict[str, Any]:
    parts = list(parts)
    sites: list[Mapping[str, Any]] = [site for part in parts for site in part.sites]
    read = {layer for part in parts for layer in part.layers} | set(CONTEXT_LAYERS)
    content = as_dict(checker.assessment((), read))
    verdict = worst_verdict((site["verdict"] for site in sites), len(request.rejected))
    return {**content, "verdict": verdict.value, "proposals": sites}
