"""How an answer is said: verdicts, outcomes, distances and citations in words, from the codes of an assessment.

Everything here takes the plain dictionaries of the JSON contract, so that page, shell and report say the same of any
file of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from atlas.texts import code_text, has_text, text
from atlas.wording_citation import citation_quality, citation_words
from atlas.wording_values import (
    column_words,
    in_language,
    known_or_code,
    picked_words,
    quantity_words,
)
from geo.types import EMPTY

#: Findings of these severities make a verdict; advice never does.
DECISIVE = ("prohibit", "restrict")

#: A margin smaller than this would vanish in one decimal, so that all numbers of its finding get three.
SMALL_MARGIN_M = 0.1

FEATURES_NAMED = 5


#: Findings and conditions that have no answer yet.
OPEN = ("uncertain", "not_assessed")

#: What else a verdict mentions, so that a conflict does not hide what was never looked at.
MENTIONED = {
    "prohibit": ("uncertain", "not_assessed"),
    "restrict": ("uncertain", "not_assessed"),
    "uncertain": ("not_assessed",),
}


def outcome_code(finding: Mapping[str, Any]) -> str:
    """The outcome with its severity where it matters: a restricting conflict is not a prohibition."""
    outcome = str(finding["outcome"])
    return f"conflict_{finding['severity']}" if outcome == "conflict" else outcome


def _decisive(entry: Mapping[str, Any], outcome: str) -> list[Mapping[str, Any]]:
    return [f for f in entry["findings"] if f["severity"] in DECISIVE and f["outcome"] == outcome]


def verdict_tone(entry: Mapping[str, Any]) -> str:
    """The verdict with what its conflict means: prohibit, restrict, uncertain, not_assessed or clear."""
    if entry["verdict"] != "conflict":
        return str(entry["verdict"])
    prohibiting = any(finding["severity"] == "prohibit" for finding in _decisive(entry, "conflict"))
    return "prohibit" if prohibiting else "restrict"


def verdict_sentence(entry: Mapping[str, Any], language: str) -> str:
    """The verdict of a site with how many rules stand behind it, and how many gave no answer."""
    tone = verdict_tone(entry)
    numbers = {
        outcome: len(_decisive(entry, outcome)) for outcome in ("conflict", "uncertain", "not_assessed", "clear")
    }
    if tone == "not_assessed" and not numbers["not_assessed"]:
        return text("report.verdict.no_rule", language)
    if tone in ("prohibit", "restrict"):
        numbers[tone] = sum(finding["severity"] == tone for finding in _decisive(entry, "conflict"))
    sentence = text(f"report.verdict.{tone}", language, count=numbers[tone])
    for outcome in MENTIONED.get(tone, ()):
        if numbers[outcome]:
            sentence += text(f"report.verdict.rest_{outcome}", language, count=numbers[outcome])
    if failed := partly_failed(entry):
        rules = _all_of([finding["rule"] for finding, _ in failed], language)
        sentence += text("report.verdict.partly_failed", language, rules=rules)
    return sentence


def decimals_of(finding: Mapping[str, Any]) -> int:
    """How many decimals the metres of a finding need so that they do not contradict its outcome."""
    margin = finding.get("margin_m")
    return 3 if margin is not None and abs(margin) < SMALL_MARGIN_M else 1


def metres(value: float, language: str, decimals: int = 1) -> str:
    """Metres with thousands separated."""
    return text("report.metres", language, value=f"{value:,.{decimals}f}")


def square_metres(value: float, language: str) -> str:
    """Square metres with thousands separated."""
    return text("report.square_metres", language, value=f"{value:,.1f}")


def percent(share: float) -> str:
    """A share of 0 to 1 as per cent; a small one keeps the digits that tell it from nothing."""
    return f"{share * 100:.2f} %" if share == 0 or share >= 0.0001 else f"{share * 100:.2g} %"


def _interval(low: str, high: str, language: str) -> str:
    return low if low == high else text("report.range", language, low=low, high=high)


def overlap_words(finding: Mapping[str, Any], language: str) -> str:
    """The shared area as the interval in which it lies, or nothing."""
    interval = finding.get("overlap_m2")
    if not interval or None in interval:
        return ""
    return _interval(square_metres(interval[0], language), square_metres(interval[1], language), language)


def share_words(finding: Mapping[str, Any], language: str) -> str:
    """The shared part of the site as an interval, or nothing."""
    interval = finding.get("overlap_share")
    return _interval(percent(interval[0]), percent(interval[1]), language) if interval and None not in interval else ""


def measure_facts(finding: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    """What was measured, as (label, value); only what there is."""
    decimals = decimals_of(finding)
    facts = []
    for name in ("distance", "limit", "margin", "tolerance"):
        value = finding.get(f"{name}_m")
        if value is not None:
            facts.append((text(f"report.head.{name}", language), metres(value, language, decimals)))
    for name, words in (("overlap", overlap_words), ("share", share_words)):
        if said := words(finding, language):
            facts.append((text(f"report.head.{name}", language), said))
    if finding.get("value") is not None:
        facts.append((text("report.head.value", language), f"{finding['value']:,g}"))
    if finding.get("features"):
        facts.append((text("report.head.features", language), features_words(finding["features"], language)))
    return facts


def features_words(features: Sequence[Any], language: str) -> str:
    """The first few features by id, and how many there are."""
    named = text("report.list_separator", language).join(str(feature) for feature in features[:FEATURES_NAMED])
    if len(features) <= FEATURES_NAMED:
        return named
    return f"{named} {text('report.more_features', language, count=len(features))}"


def layer_words(layer: str | None, language: str, titles: Mapping[str, Any] | None = None) -> str:
    """A layer by the name that rules know it by, not that of the file it came in; else by its title, else its id."""
    if not layer:
        return text("report.unknown", language)
    if has_text(f"awaited.{layer}", language):
        return layer_name(layer, language)
    return in_language((titles or {}).get(layer), language) or layer_name(layer, language)


def subject_words(condition: Mapping[str, Any], language: str, titles: Mapping[str, Any] | None = None) -> str:
    """What a condition looks at: a layer, with the attribute that picks its features, or a quantity of the site."""
    if condition.get("layer"):
        picked = [picked_words(name, value, language) for name, value in (condition.get("where") or {}).items()]
        name = layer_words(condition["layer"], language, titles)
        if condition.get("quantity"):
            name = f"{name} · {quantity_words(condition['quantity'], language)}"
        return f"{name} ({', '.join(picked)})" if picked else name
    if condition.get("quantity"):
        return quantity_words(condition["quantity"], language)
    return text("report.unknown", language)


def condition_words(condition: Mapping[str, Any], language: str, titles: Mapping[str, Any] | None = None) -> str:
    """What a condition asks, how it was answered, and what was measured for it; the limit stands in what it asks."""
    measured = measured_line({**(condition.get("measured") or {}), "features": [], "limit_m": None}, language)
    return text(
        "report.condition.measured" if measured else "report.condition.answered",
        language,
        asked=demand_words(condition, language, titles),
        answer=known_or_code("report.condition", condition["outcome"], language),
        measured=measured,
    )


def partly_failed(entry: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Rules without an answer of which one distance is not kept already, each with that condition.

    Such a rule is met in another way or not at all: a reader should hear of it, and no verdict is made of it.
    """
    found = []
    for finding in entry["findings"]:
        if finding["severity"] in DECISIVE and finding["outcome"] in OPEN and finding.get("why") != "weak_source":
            failed = (c for c in finding.get("conditions", ()) if c["outcome"] == "conflict" and _is_distance(c))
            found += [(finding, condition) for condition in list(failed)[:1]]
    return found


def _is_distance(condition: Mapping[str, Any]) -> bool:
    return (
        condition["relation"] in ("min_distance", "max_distance")
        and condition["measured"].get("distance_m") is not None
    )


def partly_failed_lines(
    entry: Mapping[str, Any], language: str, titles: Mapping[str, Any] | None = None
) -> tuple[str, ...]:
    """For each such rule the distance that is not kept, and what its answer waits for."""
    lines = []
    for finding, condition in partly_failed(entry):
        waiting = [other for other in finding["conditions"] if other["outcome"] in OPEN]
        subjects = _all_of([subject_words(other, language, titles) for other in waiting], language)
        left = "report.partly.open_named" if subjects else "report.partly.open_unnamed"
        lines.append(
            text(
                "report.partly.failed",
                language,
                rule=finding["rule"],
                title=in_language(finding["title"], language),
                demand=demand_words(condition, language, titles),
                distance=metres(condition["measured"]["distance_m"], language, decimals_of(condition["measured"])),
                open=text(left, language, subjects=subjects),
            )
        )
    return tuple(lines)


def demand_words(condition: Mapping[str, Any], language: str, titles: Mapping[str, Any] | None = None) -> str:
    """What a condition asks."""
    distance = condition.get("distance_m")
    relation = condition["relation"]
    if relation == "study" and not (condition.get("layer") or condition.get("quantity")):
        return text("report.relation.study_alone", language)
    return text(
        f"report.relation.{relation}",
        language,
        layer=subject_words(condition, language, titles),
        limit="" if distance is None else metres(distance, language, 0),
        share="" if condition.get("share_max") is None else percent(condition["share_max"]),
        value="" if condition.get("value") is None else f"{condition['value']:,g}",
        unit=condition.get("unit", ""),
    ).strip()


def next_step(finding: Mapping[str, Any], language: str, titles: Mapping[str, Any] | None = None) -> str:
    """What to supply so that the rule gets its answer, or nothing where it has one."""
    why = why_code(finding)
    if not why or not has_text(f"report.next.{why}", language):
        return ""
    subjects = _awaited(finding, str(finding["why"]), language, titles)
    if why == "value_unknown" and not subjects:
        return text("report.next.value_unnamed", language)
    said = text("report.list_separator", language).join(subjects) or layer_words(finding.get("layer"), language, titles)
    return text(f"report.next.{why}", language, layer=said, quantity=said)


def _awaited(finding: Mapping[str, Any], why: str, language: str, titles: Mapping[str, Any] | None) -> list[str]:
    """What the conditions wait for; of a rule for some classes, the classes that were not stated."""
    conditions = finding.get("conditions", ())
    waiting = [condition for condition in conditions if condition.get("why") == why] or conditions
    subjects = _supplied_words(waiting, language, titles)
    if not subjects and why == "value_unknown":
        subjects = _unstated_words(finding, language)
    return list(dict.fromkeys(subjects))


def _unstated_words(finding: Mapping[str, Any], language: str) -> list[str]:
    """The classes and numbers that decide whether the rule applies and were not stated."""
    return [quantity_words(name, language) for name in finding.get("unstated") or finding.get("when") or ()]


def _supplied_words(
    conditions: Sequence[Mapping[str, Any]], language: str, titles: Mapping[str, Any] | None
) -> list[str]:
    """Each layer to supply once with the columns that it must have, and each quantity."""
    columns: dict[str, dict[str, None]] = {}
    for condition in conditions:
        layer = condition.get("layer")
        if layer and condition.get("why") != "value_unknown":
            name, read = layer_words(layer, language, titles), [*(condition.get("where") or ())]
            read += [condition["quantity"]] if condition.get("quantity") else []
        else:
            name, read = subject_words(condition, language, titles), []
        columns.setdefault(name, {}).update(dict.fromkeys(column_words(column, language) for column in read))
    return [
        text("report.with_columns", language, layer=name, columns=text("report.list_separator", language).join(needed))
        if needed
        else name
        for name, needed in columns.items()
    ]


def reason_words(rejected: Mapping[str, Any], language: str) -> str:
    """Why a row could not be used."""
    return code_text(str(rejected["reason"]), language, rejected.get("values") or {})


def outcome_word(finding: Mapping[str, Any], language: str) -> str:
    """The outcome of a finding in a word or two."""
    code = outcome_code(finding)
    return text("outcome.conflict" if code == "conflict_prohibit" else f"outcome.{code}", language)


def layer_name(layer_id: str, language: str) -> str:
    """The name of a layer that a rule waits for, or its id where the texts have none (a rulebook of the user's)."""
    return known_or_code("awaited", layer_id, language)


def missing_of_rules(rules: Sequence[Mapping[str, Any]], language: str) -> str:
    """What rules without an answer wait for: layers that are not there and, apart, numbers and classes not stated."""
    layers: list[str] = []
    quantities: list[str] = []
    for rule in rules:
        older = rule["layers"] if rule["why"] == "missing_layer" else ()  # a file that names only what is asked
        layers += rule.get("missing_layers") or older
        quantities += rule.get("missing_quantities") or ()
    return _missing_words(layers, quantities, language)


def missing_of_findings(findings: Sequence[Mapping[str, Any]], language: str) -> str:
    """The same of findings."""
    layers: list[str] = []
    quantities: list[str] = []
    for finding in findings:
        lacking = [c for c in finding["conditions"] if c["outcome"] == "not_assessed"]
        layers += [c["layer"] for c in lacking if c["why"] == "missing_layer" and c.get("layer")]
        quantities += [c["quantity"] for c in lacking if c["why"] == "value_unknown" and c.get("quantity")]
        if not finding["conditions"]:
            quantities += finding.get("unstated") or finding.get("when") or ()
    return _missing_words(layers, quantities, language)


def _missing_words(layers: Sequence[str], quantities: Sequence[str], language: str) -> str:
    said = ""
    if layers:
        names = _all_of([layer_name(layer, language) for layer in layers], language)
        said += text("check.missing_layers", language, layers=names)
    if quantities:
        names = _all_of([quantity_words(name, language) for name in quantities], language)
        said += text("check.missing_quantities", language, quantities=names)
    return said


def advice_words(findings: Sequence[Mapping[str, Any]], language: str) -> str:
    """How many of some findings are advice, which no verdict counts; nothing where none is."""
    advice = sum(finding["severity"] not in DECISIVE for finding in findings)
    return text("check.advice_among", language, count=advice) if advice else ""


#: Relations that ask a layer for areas, or for features; the values of a raster answer none of them.
SHAPE_RELATIONS = ("no_overlap", "max_overlap_share", "min_distance", "max_distance", "inside")


def why_code(finding: Mapping[str, Any]) -> str:
    """The reason, with a layer of the wrong kind told apart from a number or class that is missing."""
    why = str(finding.get("why") or "")
    waiting = [condition for condition in finding.get("conditions", ()) if condition.get("why") == why]
    unfit = (c.get("layer") and c["relation"] in SHAPE_RELATIONS and not c.get("where") for c in waiting)
    only_unfit = why == "value_unknown" and finding["outcome"] == "not_assessed" and waiting and all(unfit)
    return "wrong_kind" if only_unfit else why


def why_sentence(finding: Mapping[str, Any], language: str) -> str:
    """Why the answer is neither conflict nor clear; empty where it is."""
    if not finding["why"]:
        return ""
    waiting = [condition for condition in finding["conditions"] if condition["why"] == finding["why"]]
    asked = [c for c in waiting if c.get("layer") or c.get("quantity")]
    if finding["why"] == "missing_layer":
        subjects = [layer_name(condition["layer"], language) for condition in asked if condition.get("layer")]
    else:
        subjects = [subject_words({**condition, "where": {}}, language) for condition in asked]
    if not subjects and finding["why"] == "value_unknown":
        subjects = _unstated_words(finding, language)
    if not subjects and finding.get("layer"):
        subjects = [layer_name(finding["layer"], language)]
    return text(
        f"why.{why_code(finding)}", language, layer=_all_of(subjects, language) or text("report.unknown", language)
    )


def _all_of(words: Sequence[str], language: str) -> str:
    return text("report.list_separator", language).join(dict.fromkeys(words))


def measured_line(finding: Mapping[str, Any], language: str) -> str:
    """What was measured for a finding, in one line."""
    facts = [f"{label} {value}" for label, value in measure_facts(finding, language)]
    return text("report.fact_separator", language).join(facts)


def citation_line(finding: Mapping[str, Any], language: str) -> str:
    """Document, number, clause and date of a rule, with how well it was read."""
    citation = finding["citation"]
    return f"{citation_words(citation, language)} ({citation_quality(citation, language)})"


def finding_line(finding: Mapping[str, Any], language: str, layers: Mapping[str, Mapping[str, Any]] = EMPTY) -> str:
    """A finding in one line for a shell, with what it takes for granted of ``layers`` (by id)."""
    title = in_language(finding["title"], language)
    parts = [outcome_word(finding, language), f"{finding['rule']} {title}"]
    parts += [part for part in (measured_line(finding, language), why_sentence(finding, language)) if part]
    parts += [f"{label} {value}" for label, value in assumed_facts(finding, layers, language)]
    return " | ".join([*parts, finding["citation"]["document"]])


#: What is taken for granted of a layer whose supplier does not state it, and an answer may rest on.
ASSUMPTIONS = ("covers_region", "accuracy_exact")


def assumptions_of(layer: Mapping[str, Any]) -> tuple[str, ...]:
    """The codes of what is taken for granted of a layer of an assessment."""
    written = {str(assumed).partition(" ")[0] for assumed in layer.get("assumed") or ()}
    return tuple(code for code in ASSUMPTIONS if code in written)


def assumed_of(
    findings: Sequence[Mapping[str, Any]], layers: Mapping[str, Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Of the layers (by id) that answers rest on, those of which something is taken for granted."""
    conditions = [c for f in findings for c in f["conditions"] if f["outcome"] != "not_assessed"]
    asked = dict.fromkeys(c["layer"] for c in conditions if c.get("layer") and c["outcome"] != "not_assessed")
    return [layers[layer] for layer in asked if layer in layers and assumptions_of(layers[layer])]


def assumption_lines(layers: Iterable[Mapping[str, Any]], language: str) -> tuple[str, ...]:
    """For each layer of which something is taken for granted, what."""
    return tuple(
        text("report.assumption.line", language, layer=_titled(layer, language), said=said)
        for layer in layers
        if (said := _assumed_words(layer, language))
    )


def assumed_facts(
    finding: Mapping[str, Any], layers: Mapping[str, Mapping[str, Any]], language: str
) -> list[tuple[str, str]]:
    """What one answer takes for granted, as (label, value)."""
    said = [
        text(
            "report.assumption.of_layer", language, layer=_titled(layer, language), said=_assumed_words(layer, language)
        )
        for layer in assumed_of([finding], layers)
    ]
    return [(text("report.head.assumed", language), _all_of(said, language))] if said else []


def _titled(layer: Mapping[str, Any], language: str) -> str:
    """A supplied layer by the name that rules know it by; its own title is often the name of a file."""
    name = layer_name(layer["id"], language)
    return name if name != layer["id"] else layer_words(name, language, {name: layer.get("title")})


def _assumed_words(layer: Mapping[str, Any], language: str) -> str:
    return _all_of([text(f"report.assumption.{code}", language) for code in assumptions_of(layer)], language)


def notice_lines(entry: Mapping[str, Any], language: str) -> tuple[str, ...]:
    """What looks odd about a site; hints, which no verdict counts."""
    return tuple(text("report.hint", language, said=code_text(code, language)) for code in entry.get("notices") or ())


def unchecked_line(findings: list[Mapping[str, Any]], language: str) -> str:
    """The rules that were not checked, in one line with what they wait for."""
    return text(
        "check.unchecked",
        language,
        count=len(findings),
        advice=advice_words(findings, language),
        rules=_all_of([finding["rule"] for finding in findings], language),
        missing=missing_of_findings(findings, language),
    )


def rejected_line(rejected: Mapping[str, Any], language: str) -> str:
    """A row that could not be used, with its number, field and reason."""
    field = rejected["field"] or text("report.unknown", language)
    return text("check.rejected", language, row=rejected["row"], field=field, reason=reason_words(rejected, language))


def step_line(step: Any, language: str) -> str:
    """What was guessed, repaired or converted on the way in."""
    code, values = (step, {}) if isinstance(step, str) else (step.code, step.values)
    return code_text(code, language, values)
