"""The verdict and the findings behind it; beside each rule that waits for a layer, a way to supply it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from atlas import state
from atlas.pages.parts.choice import choice
from atlas.pages.parts.markdown import literal
from atlas.pages.parts.supply import supply_button
from atlas.texts import text
from atlas.wording import (
    assumed_facts,
    assumed_of,
    assumption_lines,
    citation_line,
    condition_words,
    measured_line,
    outcome_code,
    outcome_word,
    partly_failed_lines,
    verdict_sentence,
    verdict_tone,
    why_sentence,
)
from layers.rulebook import load_rulebook
from layers.store import Store

_BOX = {
    "prohibit": st.error,
    "restrict": st.warning,
    "uncertain": st.warning,
    "not_assessed": st.info,
    "clear": st.success,
}
#: One tab each, a restriction never among the prohibitions; advice has a tab only where there is some.
_ORDER = ("conflict_prohibit", "conflict_restrict", "conflict_advise", "uncertain", "not_assessed", "clear")
_SEVERITIES = ("prohibit", "restrict", "advise")
#: A rule of more uses than this is not made for any of them.
_OWN_USES = 3


def findings_panel(store: Store, language: str) -> dict[str, Any] | None:
    """One tab an answer; with many sites, a box to choose one. Gives the entry that is shown."""
    assessment = state.assessment()
    if not assessment or not assessment["proposals"]:
        return None
    entry = _chosen(assessment["proposals"], language)
    _BOX[verdict_tone(entry)](literal(verdict_sentence(entry, language)))
    layers = {layer["id"]: layer for layer in assessment["layers"]}
    for line in assumption_lines(assumed_of(entry["findings"], layers), language):
        st.caption(literal(line))
    for line in partly_failed_lines(entry, language):
        st.warning(literal(line))
    _context(entry, language)
    groups: dict[str, list[dict[str, Any]]] = {code: [] for code in _ORDER}
    for finding in entry["findings"]:
        groups[outcome_code(finding)].append(finding)
    shown = [code for code in _ORDER if groups[code] or code != "conflict_advise"]
    advice = sum(finding["severity"] == "advise" for finding in entry["findings"])
    if advice:
        st.caption(text("check.advice_counted", language, count=advice))
    labels = [text(f"check.tab_{code}", language, count=len(groups[code])) for code in shown]
    general = general_rules()
    first = next((n for n, code in enumerate(shown) if groups[code]), 0)
    for tab, code in zip(st.tabs(labels, default=labels[first]), shown, strict=True):
        with tab:
            _group(groups[code], general, layers, store, language)
    return entry


def _chosen(entries: list[dict[str, Any]], language: str) -> dict[str, Any]:
    if len(entries) == 1:
        return entries[0]
    number = choice(
        text("check.which_site", language),
        [str(number) for number in range(len(entries))],
        language,
        key="which_site",
        worded=lambda number: _site_label(entries[int(number)], language),
        first="0",
    )
    return entries[int(number or 0)]


def _site_label(entry: Mapping[str, Any], language: str) -> str:
    verdict = text(f"report.verdict_short.{verdict_tone(entry)}", language)
    return f"{entry['id']} {entry['name']} – {verdict}"


def _context(entry: Mapping[str, Any], language: str) -> None:
    """What holds the site, and the clauses that support the use there."""
    context = entry["context"]
    supporting = [designation for designation in context["designations"] if designation["supports_use"]]
    zones = "、".join(zone[f"name_{language}"] for zone in context["zones"])
    district = "、".join(district[f"name_{language}"] for district in context["districts"])
    st.markdown(
        literal(
            text(
                "check.context",
                language,
                district=district or text("check.no_district", language),
                zones=zones or text("check.no_zone", language),
                count=len(context["designations"]),
                supporting=len(supporting),
            )
        )
    )
    for designation in supporting[:5]:
        st.caption(
            literal(text("check.supporting", language, **{k: designation[k] for k in ("clause", "place", "quote")}))
        )


def general_rules() -> set[str]:
    """The rules that speak of uses at large: they come after those that were made for the use that is checked."""
    return {rule.id for rule in load_rulebook().rules if len(rule.applies_to) > _OWN_USES}


def _group(
    findings: list[dict[str, Any]], general: set[str], layers: Mapping[str, Any], store: Store, language: str
) -> None:
    if not findings:
        st.caption(text("check.none_here", language))
    for finding in sorted(findings, key=lambda f: (f["rule"] in general, _SEVERITIES.index(f["severity"]), f["rule"])):
        _finding(finding, layers, store, language)


def _finding(finding: Mapping[str, Any], layers: Mapping[str, Any], store: Store, language: str) -> None:
    """Rule, outcome, numbers, why, clause."""
    title = finding["title"].get(language) or finding["title"]["zh"]
    with st.container(border=True, key=f"finding.{finding['rule']}"):
        words, action = st.columns([8, 2], vertical_alignment="center")
        severity = text(f"severity.{finding['severity']}", language)
        words.markdown(
            f"**{literal(finding['rule'])} {literal(title)}** · {severity} · {outcome_word(finding, language)}"
        )
        assumed = (f"{label} {value}" for label, value in assumed_facts(finding, layers, language))
        for line in (measured_line(finding, language), why_sentence(finding, language), *assumed):
            if line:
                words.markdown(literal(line))
        if len(finding["conditions"]) > 1:
            for condition in finding["conditions"]:
                words.caption(literal(f"· {condition_words(condition, language)}"))
        note = finding["note"].get(language)
        words.caption(literal(citation_line(finding, language) + (f" — {note}" if note else "")))
        if finding["citation"]["quote"]:
            words.caption(literal(f"「{finding['citation']['quote']}」"))
        with action:
            supply_button(finding, store, language)
