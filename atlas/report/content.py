"""What a report says, in a reader's language and in order, before any format: pages and Word draw the same content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from atlas.report import wording
from atlas.report.cleaning import cleaned, one_line
from atlas.texts import code_text, has_text, text
from geo.crs import geodesic_area_m2, to_plane

SQUARE_METRES_A_MU = 2000.0 / 3.0
SQUARE_METRES_A_HECTARE = 10_000.0

#: Corner points are listed one by one up to this many.
CORNERS_LISTED = 12

#: The order in which a reader needs them: what forbids first, what is fine last.
GROUP_ORDER = (
    "conflict_prohibit",
    "conflict_restrict",
    "conflict_advise",
    "uncertain",
    "not_assessed",
    "clear",
)

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
    headings: Mapping[str, str]


class _Words:
    """The language of a report and the titles of its layers, which every sentence needs."""

    def __init__(self, assessment: Mapping[str, Any], language: str) -> None:
        self.language = language
        self.layers = {layer["id"]: layer for layer in assessment.get("layers", ())}
        self.titles = {layer_id: layer.get("title") for layer_id, layer in self.layers.items()}

    def say(self, key: str, **values: Any) -> str:
        return text(f"report.{key}", self.language, **values)

    def heads(self, *names: str) -> tuple[str, ...]:
        return tuple(self.say(f"head.{name}") for name in names)

    def joined(self, parts: Iterable[Any]) -> str:
        return self.say("list_separator").join(str(part) for part in parts)


def area_m2(geometry: BaseGeometry) -> float:
    """Square metres on the ellipsoid; 0 for points and lines."""
    return geodesic_area_m2(geometry) if geometry.geom_type in ("Polygon", "MultiPolygon") else 0.0


def report_stamps(assessment: Mapping[str, Any], language: str) -> tuple[str, ...]:
    """What must stand on every page: synthetic data, internal layers."""
    layers = assessment.get("layers", ())
    found = {
        "synthetic": any(layer.get("basis") == "synthetic" for layer in layers),
        "internal": any(layer.get("distribution") == "internal" for layer in layers),
    }
    return tuple(text(f"stamp.{name}", language) for name, applies in found.items() if applies)


def accuracy_words(accuracy_m: float | None, words: _Words) -> str:
    """The CE95 in metres, or that it is not known."""
    return words.say("unknown") if accuracy_m is None else words.say("metres", value=f"{accuracy_m:,g}")


def _covers_words(covers: Any, words: _Words) -> str:
    return wording.known_or_code("report.covers", covers, words.language) if covers else words.say("unknown")


def layer_line(layer_id: str, words: _Words) -> str:
    """A layer with its date, accuracy, basis, completeness and source, or that it was not there."""
    layer = words.layers.get(layer_id)
    title = wording.layer_words(layer_id, words.language, words.titles)
    if layer is None:
        return words.say("layer_absent", title=title, id=layer_id)
    return words.say(
        "layer_line",
        title=title,
        id=layer_id,
        as_of=layer.get("as_of") or words.say("unknown"),
        accuracy=accuracy_words(layer.get("accuracy_m"), words),
        basis=wording.known_or_code("basis", layer.get("basis"), words.language),
        covers=_covers_words(layer.get("covers"), words),
        source=layer.get("source") or words.say("not_stated"),
    )


def _layers_of(finding: Mapping[str, Any]) -> tuple[str, ...]:
    ids = [finding.get("layer"), *(condition.get("layer") for condition in finding.get("conditions", ()))]
    return tuple(dict.fromkeys(layer_id for layer_id in ids if layer_id))


def _finding_text(finding: Mapping[str, Any], words: _Words) -> FindingText:
    language = words.language
    citation = finding["citation"]
    conditions = finding.get("conditions", ())
    return FindingText(
        rule=finding["rule"],
        title=one_line(wording.in_language(finding.get("title"), language)),
        tone=wording.outcome_code(finding),
        badge=wording.outcome_words(finding, language),
        severity=words.say(f"severity.{finding['severity']}"),
        why=wording.why_words(finding, language),
        facts=tuple(wording.measure_facts(finding, language)),
        conditions=tuple(wording.condition_words(condition, language, words.titles) for condition in conditions),
        citation=wording.citation_words(citation, language),
        citation_quality=wording.citation_quality(citation, language),
        quote=citation.get("quote") or "",
        layers=tuple(layer_line(layer_id, words) for layer_id in _layers_of(finding)),
        next_step=wording.next_step(finding, language, words.titles),
        note=wording.in_language(finding.get("note"), language),
    )


def _groups(findings: Sequence[Mapping[str, Any]], words: _Words) -> tuple[Group, ...]:
    groups = []
    for tone in GROUP_ORDER:
        members = [finding for finding in findings if wording.outcome_code(finding) == tone]
        for severity in ("prohibit", "restrict", "advise"):
            alike = [finding for finding in members if finding["severity"] == severity]
            if alike:
                heading = f"{words.say('outcome.' + tone)} · {words.say('severity.' + severity)} ({len(alike)})"
                groups.append(Group(heading, tone, tuple(_finding_text(finding, words) for finding in alike)))
    return tuple(groups)


def _coordinate(point: Sequence[float], words: _Words) -> str:
    easting, northing = shapely.get_coordinates(to_plane(shapely.Point(point)))[0]
    return words.say(
        "coordinate",
        longitude=f"{point[0]:.6f}",
        latitude=f"{point[1]:.6f}",
        easting=f"{easting:.3f}",
        northing=f"{northing:.3f}",
    )


def _coordinates_words(geometry: BaseGeometry, words: _Words) -> str:
    corners = shapely.get_coordinates(geometry)
    if geometry.geom_type in ("Polygon", "MultiPolygon") and len(geometry.boundary.geoms if geometry.geom_type == "MultiPolygon" else geometry.interiors) == 0:
        corners = corners[:-1]
    if len(corners) <= CORNERS_LISTED:
        return "\n".join(_coordinate(corner, words) for corner in corners)
    west, south, east, north = (f"{bound:.6f}" for bound in geometry.bounds)
    return words.say("coordinates_many", count=len(corners), west=west, south=south, east=east, north=north)


def _area_facts(geometry: BaseGeometry, words: _Words) -> list[Fact]:
    area = area_m2(geometry)
    if not area:
        return []
    said = (
        words.say("square_metres", value=f"{area:,.1f}"),
        words.say("mu", value=f"{area / SQUARE_METRES_A_MU:,.3f}"),
        words.say("hectares", value=f"{area / SQUARE_METRES_A_HECTARE:,.4f}"),
    )
    return [(words.say("head.area"), " = ".join(said))]


def _site_facts(entry: Mapping[str, Any], words: _Words) -> tuple[Fact, ...]:
    geometry = shape(entry["geometry"])
    facts = [
        (words.say("head.site"), str(entry["id"])),
        (words.say("head.use"), wording.known_or_code("use", entry["use"], words.language)),
        *_area_facts(geometry, words),
        (words.say("head.accuracy_ce95"), accuracy_words(entry.get("accuracy_m"), words)),
        (words.say("head.centre"), _coordinate(shapely.get_coordinates(geometry.centroid)[0], words)),
    ]
    if geometry.geom_type != "Point":
        facts.append((words.say("head.coordinates"), _coordinates_words(geometry, words)))
    if entry.get("quantities"):
        facts.append((words.say("head.quantities"), _quantities_words(entry["quantities"], words)))
    facts.append((words.say("head.counts"), _counts_words(entry, words)))
    return tuple(facts)


def _quantities_words(quantities: Mapping[str, Any], words: _Words) -> str:
    named = (f"{wording.known_or_code('report.quantity', name, words.language)} = {value}" for name, value in quantities.items())
    return words.joined(named)


def _counts_words(entry: Mapping[str, Any], words: _Words) -> str:
    """How many findings of each outcome, a restricting conflict apart from a prohibiting one."""
    codes = [wording.outcome_code(finding) for finding in entry["findings"]]
    return words.joined(f"{words.say('outcome.' + code)} {codes.count(code)}" for code in GROUP_ORDER if code in codes)


def _named(places: Iterable[Mapping[str, Any]], words: _Words) -> str:
    names = (place.get(f"name_{words.language}") or place.get("name_zh") or "" for place in places)
    return words.joined(name for name in names if name) or words.say("none")


def _context_facts(entry: Mapping[str, Any], words: _Words) -> tuple[Fact, ...]:
    context = entry.get("context") or {}
    districts = context.get("districts")
    district = _named(districts, words) if districts else context.get("district") or words.say("none")
    zones = context.get("zones") or ()
    named = [zone if isinstance(zone, Mapping) else {"name_zh": zone} for zone in zones]
    return ((words.say("head.district"), district), (words.say("head.zones"), _named(named, words)))


def _designation_line(designation: Mapping[str, Any], words: _Words) -> str:
    sectors = [designation.get(name) or "" for name in ("sector", "subsector")]
    line = words.say(
        "designation_line",
        clause=designation.get("clause", ""),
        sector=" / ".join(dict.fromkeys(sector for sector in sectors if sector)),
        place=designation.get("place", ""),
    )
    supports = f" · {words.say('designation_supports')}" if designation.get("supports_use") else ""
    return f"{line}{supports}"


def _designations(entry: Mapping[str, Any], words: _Words) -> tuple[str, ...]:
    """The plan's statements about the place; those that support the use come first."""
    found = (entry.get("context") or {}).get("designations") or ()
    ordered = sorted(found, key=lambda designation: not designation.get("supports_use"))
    return tuple(dict.fromkeys(_designation_line(designation, words) for designation in ordered))


def _to_supply(entry: Mapping[str, Any], words: _Words) -> Table:
    waiting = [finding for finding in entry["findings"] if finding["outcome"] in ("not_assessed", "uncertain")]
    rows = (
        (
            f"{finding['rule']} {one_line(wording.in_language(finding.get('title'), words.language))}",
            wording.outcome_words(finding, words.language),
            wording.why_words(finding, words.language),
            wording.next_step(finding, words.language, words.titles),
        )
        for finding in waiting
    )
    return Table(words.heads("rule", "outcome", "why", "next"), tuple(rows))


def _site_text(position: int, entry: Mapping[str, Any], words: _Words) -> SiteText:
    name = one_line(str(entry.get("name") or "")) or words.say("unnamed")
    return SiteText(
        heading=words.say("site_heading", position=position, name=name),
        tone=wording.verdict_tone(entry),
        verdict=wording.verdict_sentence(entry, words.language),
        facts=_site_facts(entry, words),
        notices=tuple(code_text(code, words.language) for code in entry.get("notices") or ()),
        context=_context_facts(entry, words),
        designations=_designations(entry, words),
        groups=_groups(entry["findings"], words),
        to_supply=_to_supply(entry, words),
    )


def _overall(assessment: Mapping[str, Any], words: _Words) -> tuple[str, str]:
    """Tone and sentence of the whole: the sentence of its one site, or how many sites have which verdict."""
    proposals, rejected = assessment["proposals"], assessment.get("rejected") or ()
    if not proposals:
        return "not_assessed", words.say("verdict.rejected_only", count=len(rejected))
    tones = [wording.verdict_tone(entry) for entry in proposals]
    worst = min([*tones, *(["not_assessed"] if rejected else [])], key=_TONES.index)
    if len(proposals) == 1:
        sentence = wording.verdict_sentence(proposals[0], words.language)
    else:
        counted = (f"{words.say('verdict_short.' + tone)} {tones.count(tone)}" for tone in _TONES if tone in tones)
        sentence = words.joined(counted)
    if rejected:
        sentence += words.say("verdict.with_rejected", count=len(rejected))
    return worst, sentence


_TONES = ("prohibit", "restrict", "uncertain", "not_assessed", "clear")


def _facts(assessment: Mapping[str, Any], words: _Words) -> tuple[Fact, ...]:
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


def _summary(assessment: Mapping[str, Any], words: _Words) -> Table:
    rows = (
        (
            str(entry["id"]),
            one_line(str(entry.get("name") or "")) or words.say("unnamed"),
            wording.known_or_code("use", entry["use"], words.language),
            f"{area_m2(shape(entry['geometry'])):,.1f}",
            wording.verdict_sentence(entry, words.language),
        )
        for entry in assessment["proposals"]
    )
    return Table(words.heads("site", "site_name", "use", "area_m2", "verdict"), tuple(rows))


def assumed_words(codes: Iterable[str], words: _Words) -> str:
    """What was taken for granted, each in words where the texts have them."""
    said = (code_text(code, words.language) if _known_code(code, words.language) else code for code in codes)
    return words.joined(said) or words.say("none")


def _known_code(code: str, language: str) -> bool:
    return any(has_text(f"{name}.{code}", language) for name in ("assumed", "step", "import"))


def _inputs(assessment: Mapping[str, Any], words: _Words) -> Table:
    rows = (
        (
            str(record["name"]),
            str(record["crs"]),
            accuracy_words(record.get("accuracy_m"), words),
            assumed_words(record.get("assumed") or (), words),
            str(record["sha256"]),
        )
        for record in assessment.get("inputs", ())
    )
    return Table(words.heads("name", "crs", "accuracy_ce95", "assumed", "sha256"), tuple(rows))


def _layers(assessment: Mapping[str, Any], words: _Words) -> Table:
    rows = (
        (
            f"{wording.layer_words(layer['id'], words.language, words.titles)} ({layer['id']})",
            str(layer.get("as_of") or words.say("unknown")),
            accuracy_words(layer.get("accuracy_m"), words),
            wording.known_or_code("basis", layer.get("basis"), words.language),
            layer.get("source") or words.say("not_stated"),
            assumed_words(layer.get("assumed") or (), words),
            str(layer["sha256"]),
        )
        for layer in assessment.get("layers", ())
    )
    return Table(words.heads("layer", "as_of", "accuracy_ce95", "basis", "source", "assumed", "sha256"), tuple(rows))


def _rejected(assessment: Mapping[str, Any], words: _Words) -> Table:
    rows = (
        (str(rejected["row"]), str(rejected.get("field") or ""), wording.reason_words(rejected, words.language))
        for rejected in assessment.get("rejected", ())
    )
    return Table(words.heads("row", "field", "reason"), tuple(rows))


def _attributions(assessment: Mapping[str, Any]) -> tuple[str, ...]:
    named = (f"{layer.get('attribution')} · {layer.get('licence')}" for layer in assessment.get("layers", ()) if layer.get("attribution"))
    return tuple(dict.fromkeys(named))


def report_of(assessment: Mapping[str, Any], language: str) -> Report:
    """The content of a report, from the plain dictionary of the JSON contract."""
    assessment = cleaned(dict(assessment))
    words = _Words(assessment, language)
    tone, verdict = _overall(assessment, words)
    sites = tuple(_site_text(position, entry, words) for position, entry in enumerate(assessment["proposals"], 1))
    sections = ("facts", "site", "context", "findings", "to_supply", "layers", "inputs", "rejected", "verification", "attributions", "summary")  # fmt: skip
    heads = ("clause_of_rule", "quote", "conditions", "layer", "next", "note", "why", "notices")
    return Report(
        language=language,
        title=words.say("title"),
        subtitle=words.say("as_of_rules", on=assessment["on"]),
        stamps=report_stamps(assessment, language),
        map_stamp=text("stamp.not_approved", language),
        map_caption=words.say("map_caption"),
        tone=tone,
        verdict=verdict,
        caution=words.say("caution"),
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
        headings={name: words.say(f"section.{name}") for name in sections}
        | {f"head_{name}": words.say(f"head.{name}") for name in heads}
        | {"overall": words.say("overall"), "none": words.say("none"), "colon": words.say("colon"), "page": words.say("page", page="%1", pages="%2")},
    )
