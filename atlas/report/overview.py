"""The whole run in words: verdict, sites, layers, what was refused, how to verify it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from atlas import wording
from atlas.report.cleaning import cleaned, on_paper, one_line, shortened
from atlas.report.content import Fact, Report, Table, Words
from atlas.report.sites import area_m2, area_step_m2, in_unit, site_text
from atlas.texts import code_text, has_code, languages, text

#: From the worst to the best.
TONES = ("prohibit", "restrict", "uncertain", "not_assessed", "clear")

#: Ids and names are cut to this in the summary; they stand whole with their site.
LONGEST_CELL = 60

SECTIONS = (
    "facts", "site", "context", "findings", "to_supply", "layers", "inputs", "rejected", "verification",
    "attributions", "summary", "signatures", "blocking", "alternative",
)  # fmt: skip
SIGNERS = ("compiled", "checked", "approved")
#: The language of a report in Chinese and English, one after the other.
BOTH = "both"
HEADS = (
    "clause_of_rule",
    "quote",
    "conditions",
    "layer",
    "next",
    "note",
    "why",
    "notices",
    "outcome",
    "rule",
    "measured",
)


def report_stamps(assessment: Mapping[str, Any], language: str) -> tuple[str, ...]:
    """What must stand on every page: synthetic data, internal layers."""
    layers = assessment.get("layers", ())
    found = {
        "synthetic": any(layer.get("basis") == "synthetic" for layer in layers),
        "internal": any(layer.get("distribution") == "internal" for layer in layers),
    }
    return tuple(text(f"stamp.{name}", language) for name, applies in found.items() if applies)


def _overall(assessment: Mapping[str, Any], words: Words) -> tuple[str, str]:
    """Tone and sentence of the whole: the sentence of its one site, or how many sites have which verdict."""
    proposals, rejected = assessment["proposals"], assessment.get("rejected") or ()
    if not proposals:
        return "not_assessed", words.say("verdict.rejected_only", count=len(rejected))
    tones = [wording.verdict_tone(entry) for entry in proposals]
    worst = min([*tones, *(["not_assessed"] if rejected else [])], key=TONES.index)
    if len(proposals) == 1:
        sentence = wording.verdict_sentence(proposals[0], words.language)
    else:
        counted = (f"{words.say('verdict_short.' + tone)} {tones.count(tone)}" for tone in TONES if tone in tones)
        sentence = words.joined(counted)
    if rejected:
        sentence += words.say("verdict.with_rejected", count=len(rejected))
    return worst, sentence


def _caution(assessment: Mapping[str, Any], words: Words) -> str:
    """What looks odd about a lone site, what answers take for granted of supplied layers, and what a report is not."""
    proposals = assessment["proposals"]
    return " ".join(
        (
            *(wording.notice_lines(proposals[0], words.language) if len(proposals) == 1 else ()),
            *wording.assumption_lines(words.layers.values(), words.language),
            words.say("caution"),
        )
    )


def _facts(assessment: Mapping[str, Any], words: Words) -> tuple[Fact, ...]:
    region = assessment.get("region") or {}
    bounds = ", ".join(f"{bound:g}" for bound in region.get("bounds", ()))
    facts = (
        ("on", assessment["on"]),
        ("computed_at", assessment["computed_at"]),
        ("version", assessment["version"]),
        ("rulebook", assessment["rulebook_sha256"]),
        ("region", f"{bounds} ({region.get('frame', '')})" if bounds else ""),
    )
    return tuple((words.say(f"head.{name}"), str(value)) for name, value in facts if value)


def _area_cell(geometry: BaseGeometry, accuracy_m: float | None) -> str:
    area = area_m2(geometry, accuracy_m)
    return in_unit(area, area_step_m2(geometry, accuracy_m), 1.0) if area else "–"


def _summary(assessment: Mapping[str, Any], words: Words) -> Table:
    rows = (
        (
            shortened(str(entry["id"]), LONGEST_CELL),
            shortened(one_line(str(entry.get("name") or "")) or words.say("unnamed"), LONGEST_CELL),
            wording.known_or_code("use", entry["use"], words.language),
            _area_cell(shape(entry["geometry"]), entry.get("accuracy_m")),
            wording.verdict_sentence(entry, words.language),
        )
        for entry in assessment["proposals"]
    )
    return Table(words.heads("site", "site_name", "use", "area_m2", "verdict"), tuple(rows))


def assumed_words(assumed: Iterable[str], words: Words) -> str:
    """What was taken for granted, in words where the texts have them."""
    return " ".join(_assumption(written, words.language) for written in assumed) or words.say("none")


def _assumption(written: str, language: str) -> str:
    """``code {"name": value}`` in words; anything else as it is written."""
    code, _, values = written.partition(" ")
    try:
        found = json.loads(values or "{}")
    except ValueError:
        return written
    return code_text(code, language, found) if isinstance(found, dict) and has_code(code, language) else written


def _inputs(assessment: Mapping[str, Any], words: Words) -> Table:
    rows = (
        (
            wording.known_or_code("report.input", record["name"], words.language),
            str(record["crs"]),
            words.accuracy(record.get("accuracy_m")),
            assumed_words(record.get("assumed") or (), words),
            str(record["sha256"]),
        )
        for record in assessment.get("inputs", ())
    )
    return Table(words.heads("name", "crs", "accuracy_ce95", "assumed", "sha256"), tuple(rows))


def _layers(assessment: Mapping[str, Any], words: Words) -> Table:
    rows = (
        (
            f"{wording.layer_words(layer['id'], words.language, words.titles)} ({layer['id']})",
            str(layer.get("as_of") or words.say("unknown")),
            words.accuracy(layer.get("accuracy_m")),
            wording.known_or_code("basis", layer.get("basis"), words.language),
            layer.get("source") or words.say("not_stated"),
            assumed_words(layer.get("assumed") or (), words),
            str(layer["sha256"]),
        )
        for layer in assessment.get("layers", ())
    )
    return Table(words.heads("layer", "as_of", "layer_accuracy", "basis", "source", "assumed", "sha256"), tuple(rows))


def _rejected(assessment: Mapping[str, Any], words: Words) -> Table:
    rows = (
        (str(rejected["row"]), str(rejected.get("field") or ""), wording.reason_words(rejected, words.language))
        for rejected in assessment.get("rejected", ())
    )
    return Table(words.heads("row", "field", "reason"), tuple(rows))


def _attributions(assessment: Mapping[str, Any]) -> tuple[str, ...]:
    named = (
        f"{layer.get('attribution')} · {layer.get('licence')}"
        for layer in assessment.get("layers", ())
        if layer.get("attribution")
    )
    return tuple(dict.fromkeys(named))


def _headings(words: Words) -> dict[str, str]:
    """Section titles and labels that all formats share; %1 and %2 stand for the page and the number of pages."""
    return {
        **{name: words.say(f"section.{name}") for name in SECTIONS},
        **{f"head_{name}": words.say(f"head.{name}") for name in HEADS},
        **{name: words.say(name) for name in ("overall", "none", "colon", "sign_date")},
        "page": words.say("page", page="%1", pages="%2"),
    }


def report_of(assessment: Mapping[str, Any], language: str) -> Report:
    """The content of a report, from the plain dictionary of the JSON contract."""
    assessment = cleaned(dict(assessment), on_paper(language))
    words = Words(assessment, language)
    tone, verdict = _overall(assessment, words)
    sites = tuple(site_text(position, entry, words) for position, entry in enumerate(assessment["proposals"], 1))
    return Report(
        language=language,
        title=words.say("title"),
        subtitle=words.say("as_of_rules", on=assessment["on"]),
        stamps=report_stamps(assessment, language),
        map_stamp=text("stamp.not_approved", language),
        map_caption=words.say("map_caption"),
        tone=tone,
        verdict=verdict,
        caution=_caution(assessment, words),
        how_to_read=words.say("how_to_read"),
        plan_ended=text("plan.ended", language) if any(site.designations for site in sites) else "",
        facts=_facts(assessment, words),
        summary=_summary(assessment, words),
        sites=sites,
        inputs=_inputs(assessment, words),
        layers=_layers(assessment, words),
        rejected=_rejected(assessment, words),
        attributions=_attributions(assessment),
        verification=(words.say("verify"), words.say("checksum_note")),
        signatures=tuple(words.say(f"signature.{name}") for name in SIGNERS),
        headings=_headings(words),
    )


def reports_of(assessment: Mapping[str, Any], language: str) -> tuple[Report, ...]:
    """One report a language: two for ``both``."""
    return tuple(report_of(assessment, one) for one in spoken(language))


def spoken(language: str) -> tuple[str, ...]:
    """The languages of a report; ``both`` is every one there is."""
    return languages() if language == BOTH else (language,)
