"""Short sentences about an assessment for the page and the shell, from the codes of its file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from atlas.texts import code_text, has_text, text


def verdict_key(entry: Mapping[str, Any]) -> str:
    """The text key of a site's verdict: a restriction is worded as what it is, never as a prohibition."""
    verdict = entry["verdict"]
    if verdict != "conflict":
        return f"verdict.{verdict}"
    severities = {finding["severity"] for finding in entry["findings"] if finding["outcome"] == "conflict"}
    return "verdict.conflict" if "prohibit" in severities else "verdict.restricted"


def verdict_sentence(entry: Mapping[str, Any], language: str) -> str:
    """The verdict of a site with how many rules stand behind it."""
    counts = entry["counts"]
    return text(
        verdict_key(entry),
        language,
        conflict=counts.get("conflict", 0),
        uncertain=counts.get("uncertain", 0),
        not_assessed=counts.get("not_assessed", 0),
        clear=counts.get("clear", 0),
    )


def outcome_word(finding: Mapping[str, Any], language: str) -> str:
    """The outcome of a finding in a word or two."""
    key = finding["outcome"]
    if key == "conflict" and finding["severity"] != "prohibit":
        key = f"conflict_{finding['severity']}"
    return text(f"outcome.{key}", language)


def why_sentence(finding: Mapping[str, Any], language: str) -> str:
    """Why the answer is neither conflict nor clear; empty where it is."""
    if not finding["why"]:
        return ""
    layers = [condition.get("layer") for condition in finding["conditions"] if condition["why"] == finding["why"]]
    layers = layers or [finding["layer"]]
    named = ", ".join(dict.fromkeys(layer_name(layer, language) for layer in layers if layer))
    return text(f"why.{finding['why']}", language, layer=named or "-")


def layer_name(layer_id: str, language: str) -> str:
    """The name of a layer that a rule waits for, or its id where the texts have none (a rulebook of the user's)."""
    key = f"awaited.{layer_id}"
    return text(key, language) if has_text(key, language) else layer_id


def metres(value: float) -> str:
    """A distance as a person reads it: kilometres from 10 km, tenths of a metre below 100 m."""
    if abs(value) >= 10_000:
        return f"{value / 1000:,.2f} km"
    return f"{value:,.1f} m" if abs(value) < 100 else f"{value:,.0f} m"


def square_metres(value: float) -> str:
    """An area as a person reads it."""
    return f"{value / 10_000:,.2f} ha" if abs(value) >= 10_000 else f"{value:,.1f} m²"


def measured_line(finding: Mapping[str, Any], language: str) -> str:
    """Distance, limit, margin, tolerance and overlap of a finding, those that were measured."""
    parts = [
        text(f"measured.{name}", language, value=metres(finding[name]))
        for name in ("distance_m", "limit_m", "margin_m", "tolerance_m")
        if finding.get(name) is not None
    ]
    if finding.get("overlap_m2"):
        low, high = finding["overlap_m2"]
        parts.append(text("measured.overlap_m2", language, low=square_metres(low), high=square_metres(high)))
    if finding.get("overlap_share"):
        low, high = finding["overlap_share"]
        parts.append(text("measured.overlap_share", language, low=f"{100 * low:.1f}", high=f"{100 * high:.1f}"))
    return text("measured.separator", language).join(parts)


def citation_line(finding: Mapping[str, Any], language: str) -> str:
    """Document, number, clause, date, evidence and confidence of a rule."""
    citation = finding["citation"]
    parts = [citation[name] for name in ("document", "number", "clause", "date") if citation.get(name)]
    evidence = text(f"evidence.{citation['evidence']}", language)
    confidence = text(f"confidence.{citation['confidence']}", language)
    return f"{' · '.join(parts)} ({evidence}; {confidence})"


def finding_line(finding: Mapping[str, Any], language: str) -> str:
    """A finding in one line for a shell."""
    title = finding["title"].get(language) or finding["title"]["zh"]
    parts = [outcome_word(finding, language), f"{finding['rule']} {title}"]
    parts += [part for part in (measured_line(finding, language), why_sentence(finding, language)) if part]
    return " | ".join([*parts, finding["citation"]["document"]])


def unchecked_line(findings: list[Mapping[str, Any]], language: str) -> str:
    """The rules that were not checked, in one line with the layers they wait for."""
    layers = [c["layer"] for f in findings for c in f["conditions"] if c.get("why") == "missing_layer" and c.get("layer")]
    return text(
        "check.unchecked",
        language,
        count=len(findings),
        rules=", ".join(finding["rule"] for finding in findings),
        layers="、".join(layer_name(layer, language) for layer in dict.fromkeys(layers)) or "-",
    )


def rejected_line(rejected: Mapping[str, Any], language: str) -> str:
    """A row that could not be used, with its number, field and reason."""
    reason = code_text(rejected["reason"], language, rejected.get("values") or {})
    return text("check.rejected", language, row=rejected["row"], field=rejected["field"] or "-", reason=reason)


def step_line(step: Any, language: str) -> str:
    """What was guessed, repaired or converted on the way in."""
    code, values = (step, {}) if isinstance(step, str) else (step.code, step.values)
    return code_text(code, language, values)
