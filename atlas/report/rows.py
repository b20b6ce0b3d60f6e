"""Findings as flat rows for tables that a person sorts or a program reads: one row a finding, codes and numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from atlas import wording
from atlas.report.cleaning import one_line
from atlas.report.overview import spoken
from atlas.wording import outcome_word, why_sentence

#: Columns of a finding in the order of a table.
FINDING_COLUMNS = (
    "site", "site_name", "rule", "title", "outcome", "outcome_words", "severity", "why", "why_words", "next",
    "layer", "features", "distance_m", "limit_m", "margin_m", "tolerance_m", "overlap_low_m2", "overlap_high_m2",
    "share_low", "share_high", "value", "document", "number", "clause", "date", "evidence", "confidence", "quote",
)  # fmt: skip

CITED = ("document", "number", "clause", "date", "evidence", "confidence", "quote")
MEASURED = ("distance_m", "limit_m", "margin_m", "tolerance_m", "value")


def _interval(finding: Mapping[str, Any], name: str) -> tuple[Any, Any]:
    low, high = finding.get(name) or (None, None)
    return low, high


def finding_row(
    entry: Mapping[str, Any], finding: Mapping[str, Any], language: str, titles: Mapping[str, Any]
) -> dict[str, Any]:
    """One finding with the columns of :data:`FINDING_COLUMNS`; metres, square metres, shares 0 to 1."""
    overlap, share = _interval(finding, "overlap_m2"), _interval(finding, "overlap_share")
    return {
        "site": str(entry["id"]),
        "site_name": one_line(str(entry.get("name") or "")),
        "rule": finding["rule"],
        "title": wording.in_language(finding.get("title"), language),
        "outcome": finding["outcome"],
        "outcome_words": outcome_word(finding, language),
        "severity": finding["severity"],
        "why": finding.get("why"),
        "why_words": why_sentence(finding, language),
        "next": wording.next_step(finding, language, titles),
        "layer": finding.get("layer"),
        "features": " ".join(str(feature) for feature in finding.get("features") or ()),
        **{name: finding.get(name) for name in MEASURED},
        "overlap_low_m2": overlap[0],
        "overlap_high_m2": overlap[1],
        "share_low": share[0],
        "share_high": share[1],
        **{name: finding["citation"].get(name) for name in CITED},
    }


def merged(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The same row in several languages as one: what differs stands as ``Chinese / English``."""
    first = dict(rows[0])
    for row in rows[1:]:
        for name, value in row.items():
            if value != first[name]:
                first[name] = f"{first[name]} / {value}"
    return first


def finding_rows(assessment: Mapping[str, Any], language: str) -> Iterator[dict[str, Any]]:
    """Every finding of every site."""
    titles = {layer["id"]: layer.get("title") for layer in assessment.get("layers", ())}
    for entry in assessment["proposals"]:
        for finding in entry["findings"]:
            yield merged([finding_row(entry, finding, one, titles) for one in spoken(language)])
