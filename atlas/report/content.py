"""What a report consists of, before any format: plain words in a reader's language, in the order of reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from atlas.texts import text

Fact = tuple[str, str]


@dataclass(frozen=True)
class Table:
    """A heading line and rows of words."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class FindingText:
    """One finding in words. ``tone`` chooses a colour, never a meaning: ``badge`` says it."""

    rule: str
    title: str
    tone: str
    badge: str
    severity: str
    why: str
    facts: tuple[Fact, ...]
    conditions: tuple[str, ...]
    citation: str
    citation_quality: str
    quote: str
    layers: tuple[str, ...]
    next_step: str
    note: str


@dataclass(frozen=True)
class Group:
    """Findings of one outcome and kind."""

    heading: str
    tone: str
    findings: tuple[FindingText, ...]


@dataclass(frozen=True)
class Explanation:
    """Why not here and where instead: each rule in the way with what would cure it; the alternative may be unasked."""

    blocking: str
    blockers: tuple[tuple[str, tuple[str, ...]], ...]
    alternative: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class SiteText:
    """One site: what it is, what holds it, what was found, what is missing."""

    heading: str
    tone: str
    verdict: str
    facts: tuple[Fact, ...]
    notices: tuple[str, ...]
    context: tuple[Fact, ...]
    designations: tuple[str, ...]
    groups: tuple[Group, ...]
    to_supply: Table
    explanation: Explanation | None = None


@dataclass(frozen=True)
class Report:
    """The whole report. ``headings`` are the section titles that the formats share."""

    language: str
    title: str
    subtitle: str
    stamps: tuple[str, ...]
    map_stamp: str
    map_caption: str
    tone: str
    verdict: str
    caution: str
    how_to_read: str
    plan_ended: str
    facts: tuple[Fact, ...]
    summary: Table
    sites: tuple[SiteText, ...]
    inputs: Table
    layers: Table
    rejected: Table
    attributions: tuple[str, ...]
    verification: tuple[str, ...]
    signatures: tuple[str, ...]
    headings: Mapping[str, str]


class Words:
    """The language of a report and the titles of its layers, which every sentence needs."""

    def __init__(self, assessment: Mapping[str, Any], language: str) -> None:
        self.language = language
        self.layers = {layer["id"]: layer for layer in assessment.get("layers", ())}
        self.titles = {layer_id: layer.get("title") for layer_id, layer in self.layers.items()}

    def say(self, key: str, **values: Any) -> str:
        """A sentence of the report's table."""
        return text(f"report.{key}", self.language, **values)

    def heads(self, *names: str) -> tuple[str, ...]:
        """Column heads."""
        return tuple(self.say(f"head.{name}") for name in names)

    def accuracy(self, accuracy_m: float | None) -> str:
        """The CE95 in metres, or that it is not known."""
        return self.say("unknown") if accuracy_m is None else self.say("metres", value=f"{accuracy_m:,g}")

    def joined(self, parts: Iterable[Any]) -> str:
        """A list as one text."""
        return self.say("list_separator").join(str(part) for part in parts)
