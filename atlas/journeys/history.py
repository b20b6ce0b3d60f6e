"""The record of a workspace: every assessment with who made it, when, of what, by which rules; opened again, compared.

The system's account is what the computer says; a name that somebody typed is kept beside it and marked unverified.
"""

from __future__ import annotations

import getpass
import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from atlas import VERSION
from atlas.assessment import stated_time
from atlas.assessment_file import read_assessment
from atlas.journeys.table_result import TableResult, sha256_of, table_result, tones_of
from atlas.report.as_json import write
from atlas.wording import verdict_tone
from layers.errors import DataError
from layers.store import Store

if TYPE_CHECKING:
    from atlas.journeys.check import CheckRequest

#: Of a long table, the record names this many sites; the kept file has all.
SITES_NAMED = 20
#: From the worst to the best.
TONES = ("prohibit", "restrict", "uncertain", "not_assessed", "clear")


@dataclass(frozen=True)
class Earlier:
    """An entry of the record. ``number`` counts from 1; ``tone`` is the worst verdict with what a conflict means.

    ``chained`` tells whether the record up to here is as it was written. ``table`` is the file of a large table of
    sites, which the workspace does not keep.
    """

    number: int
    at: str
    account: str
    typed_name: str
    via: str
    on: str
    verdict: str
    tone: str
    tones: Mapping[str, int]
    uses: tuple[str, ...]
    sites: tuple[str, ...]
    sites_count: int
    rejected: int
    inputs: tuple[Mapping[str, str], ...]
    rulebook_sha256: str
    version: str
    sha256: str
    chained: bool
    table: TableResult | None = None


def system_account() -> str:
    """The account that runs the program; empty where the system names none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def remember(store: Store, assessment: Mapping[str, Any], typed_name: str, via: str) -> str:
    """Keep an assessment in the workspace and enter it in the record; the answer is the sha256 of its file.

    ``via`` is ``command`` or ``page``. Raises DataError ``no_workspace``, ``workspace_unwritable``.
    """
    content = write(dict(assessment), "")
    sha256 = store.keep(content)
    sites = assessment["proposals"]
    tones = Counter(verdict_tone(site) for site in sites)
    store.append_record(
        {
            "at": stated_time(),
            "who": _who(typed_name, via),
            "on": assessment["on"],
            "verdict": assessment["verdict"],
            "tones": {tone: tones[tone] for tone in TONES if tones[tone]},
            "uses": sorted({site["use"] for site in sites}),
            "sites": [{"id": site["id"], "name": site["name"]} for site in sites[:SITES_NAMED]],
            "sites_count": len(sites),
            "rejected": len(assessment["rejected"]),
            "inputs": [{"name": entry["name"], "sha256": entry["sha256"]} for entry in assessment["inputs"]],
            "rulebook_sha256": assessment["rulebook_sha256"],
            "version": assessment["version"],
            "assessment_sha256": sha256,
        }
    )
    return sha256


def remember_table(store: Store, request: CheckRequest, verdict: str, result: Path, typed_name: str) -> None:
    """Enter the check of a large table in the record: its result stays where it was written.

    Raises DataError ``no_workspace``, ``workspace_unwritable``.
    """
    sites = request.proposals
    store.append_record(
        {
            "at": stated_time(),
            "who": _who(typed_name, "command"),
            "on": request.on.isoformat(),
            "verdict": verdict,
            "tones": tones_of(result),
            "uses": sorted({site.use.value for site in sites}),
            "sites": [{"id": site.id, "name": site.name} for site in sites[:SITES_NAMED]],
            "sites_count": len(sites),
            "rejected": len(request.rejected),
            "inputs": [{"name": record.name, "sha256": record.sha256} for record in request.inputs],
            "rulebook_sha256": request.rulebook.sha256,
            "version": VERSION,
            "assessment_sha256": sha256_of(result),
            "result": result.name,
            "result_folder": str(result.resolve().parent),
        }
    )


def _who(typed_name: str, via: str) -> dict[str, Any]:
    return {"account": system_account(), "typed_name": typed_name.strip()[:80], "verified": False, "via": via}


def earlier(store: Store) -> tuple[Earlier, ...]:
    """The assessments of the record, the latest first; entries of another kind are passed over."""
    broken = set(store.broken_records())
    entries = enumerate(store.records())
    found = (_earlier(number + 1, entry, number not in broken) for number, entry in entries)
    return tuple(entry for entry in found if entry is not None)[::-1]


def _earlier(number: int, entry: Mapping[str, Any], chained: bool) -> Earlier | None:
    try:
        who, tones = entry["who"], {str(tone): int(count) for tone, count in entry["tones"].items()}
        return Earlier(
            number=number,
            at=str(entry["at"]),
            account=str(who["account"]),
            typed_name=str(who["typed_name"]),
            via=str(who["via"]),
            on=str(entry["on"]),
            verdict=str(entry["verdict"]),
            tone=next((tone for tone in TONES if tones.get(tone)), "not_assessed"),
            tones={tone: tones[tone] for tone in TONES if tone in tones},
            uses=tuple(str(use) for use in entry["uses"]),
            sites=tuple(str(site["name"] or site["id"]) for site in entry["sites"]),
            sites_count=int(entry["sites_count"]),
            rejected=int(entry["rejected"]),
            inputs=tuple({name: str(given[name]) for name in ("name", "sha256")} for given in entry["inputs"]),
            rulebook_sha256=str(entry["rulebook_sha256"]),
            version=str(entry["version"]),
            sha256=str(entry["assessment_sha256"]),
            chained=chained,
            table=table_result(entry),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def chosen(entries: tuple[Earlier, ...], words: str = "", tone: str = "", use: str = "") -> tuple[Earlier, ...]:
    """The entries of a verdict and a use in which all words occur: names of sites and files, who, day, sha256."""
    wanted = words.casefold().split()
    return tuple(
        entry
        for entry in entries
        if (not tone or entry.tones.get(tone))
        and (not use or use in entry.uses)
        and all(word in _searched(entry) for word in wanted)
    )


def _searched(entry: Earlier) -> str:
    files = [part for given in entry.inputs for part in given.values()]
    files += [entry.table.name] if entry.table else []
    said = (entry.at, entry.on, entry.account, entry.typed_name, entry.sha256, *entry.sites, *files)
    return " ".join(said).casefold()


def numbered(store: Store, number: int) -> Earlier:
    """The entry of a number. Raises DataError ``no_such_entry``."""
    for entry in earlier(store):
        if entry.number == number:
            return entry
    raise DataError("no_such_entry", number=number)


def opened(store: Store, entry: Earlier) -> dict[str, Any]:
    """An assessment as it was made.

    Raises DataError ``not_kept``, ``kept_changed``, UnreadableFile; for a large table of sites, which says where that
    is, ``table_whole``, ``table_changed``, ``table_gone`` or ``table_unknown``.
    """
    if entry.table is not None:
        raise DataError(f"table_{entry.table.state}", number=entry.number, file=entry.table.place)
    return read_assessment(store.kept(entry.sha256), f"{entry.sha256[:12]}.json")


def is_recorded(store: Store, data: bytes) -> Earlier | None:
    """The entry of a file, where the workspace's record has it to the byte."""
    sha256 = hashlib.sha256(data).hexdigest()
    return next((entry for entry in earlier(store) if entry.sha256 == sha256), None)
