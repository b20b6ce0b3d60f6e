"""One site in words: what it is, what holds it, what was found, what is missing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from atlas import wording
from atlas.report.cleaning import one_line, shortened
from atlas.report.content import Explanation, Fact, FindingText, Group, SiteText, Table, Words
from atlas.texts import text
from atlas.wording import outcome_word, why_sentence
from atlas.wording_alternatives import (
    alternative_notes,
    alternative_sentence,
    blocker_line,
    blocking_sentence,
    cure_lines,
)
from atlas.wording_citation import citation_quality, citation_words
from atlas.wording_values import quantities_words
from geo.crs import plane_area_m2, to_plane

SQUARE_METRES_A_MU = 2000.0 / 3.0
SQUARE_METRES_A_HECTARE = 10_000.0

#: A name longer than this is cut in the heading of its site and stands whole among the facts.
LONGEST_HEADING = 80

#: Corner points are listed one by one up to this many.
CORNERS_LISTED = 12

#: The order in which a reader needs them: what forbids first, what is fine last.
GROUP_ORDER = ("conflict_prohibit", "conflict_restrict", "conflict_advise", "uncertain", "not_assessed", "clear")


def area_step_m2(geometry: BaseGeometry, accuracy_m: float | None) -> float:
    """To what an area is rounded: a power of ten, no more than a tenth of what an outline off by CE95 leaves open."""
    open_m2 = float(shapely.length(to_plane(geometry))) * (accuracy_m or 0.0)
    return float(10.0 ** math.floor(math.log10(max(open_m2 / 10.0, 0.1))))


def area_m2(geometry: BaseGeometry, accuracy_m: float | None) -> float:
    """Square metres in EPSG:4549, as rules measure and a cadastre states them, rounded to :func:`area_step_m2`; 0 for
    points and lines.
    """
    if geometry.geom_type not in ("Polygon", "MultiPolygon"):
        return 0.0
    step = area_step_m2(geometry, accuracy_m)
    return round(round(plane_area_m2(geometry) / step) * step, 1)


def in_unit(area: float, step_m2: float, unit_m2: float) -> str:
    """An area in a unit of so many square metres, with the decimals that its rounding leaves."""
    return f"{area / unit_m2:,.{max(0, -math.floor(math.log10(step_m2 / unit_m2)))}f}"


def _covers_words(layer: Mapping[str, Any], words: Words) -> str:
    covers = layer.get("covers")
    said = wording.known_or_code("report.covers", covers, words.language) if covers else words.say("unknown")
    return _taken_for_granted(said, "covers_region", layer, words)


def _taken_for_granted(said: str, code: str, layer: Mapping[str, Any], words: Words) -> str:
    """What stands for a layer, marked where nobody stated it."""
    return words.say("taken_for_granted", said=said) if code in wording.assumptions_of(layer) else said


def layer_line(layer_id: str, words: Words) -> str:
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
        accuracy=_taken_for_granted(words.accuracy(layer.get("accuracy_m")), "accuracy_exact", layer, words),
        basis=wording.known_or_code("basis", layer.get("basis"), words.language),
        covers=_covers_words(layer, words),
        source=layer.get("source") or words.say("not_stated"),
    )


def _layers_of(finding: Mapping[str, Any]) -> tuple[str, ...]:
    ids = [finding.get("layer"), *(condition.get("layer") for condition in finding.get("conditions", ()))]
    return tuple(dict.fromkeys(layer_id for layer_id in ids if layer_id))


def _conditions_said(finding: Mapping[str, Any], words: Words) -> tuple[str, ...]:
    """What the rule asks; a lone condition would only repeat why it was not looked at, or the finding's numbers."""
    conditions = finding.get("conditions", ())
    if len(conditions) < 2:
        if finding["outcome"] == "not_assessed":
            return ()
        conditions = [{**condition, "measured": {}} for condition in conditions]
    return tuple(wording.condition_words(condition, words.language, words.titles) for condition in conditions)


def _layers_said(finding: Mapping[str, Any], words: Words) -> tuple[str, ...]:
    """The layers behind a finding; one that was not there is named by what is to be supplied."""
    named = _layers_of(finding)
    return tuple(name for name in named if name in words.layers) if finding.get("why") == "missing_layer" else named


def _finding_text(finding: Mapping[str, Any], words: Words) -> FindingText:
    language = words.language
    citation = finding["citation"]
    return FindingText(
        rule=finding["rule"],
        title=one_line(wording.in_language(finding.get("title"), language)),
        tone=wording.outcome_code(finding),
        badge=outcome_word(finding, language),
        severity=text(f"severity.{finding['severity']}", language),
        why=why_sentence(finding, language),
        facts=(*wording.measure_facts(finding, language), *wording.assumed_facts(finding, words.layers, language)),
        conditions=_conditions_said(finding, words),
        citation=citation_words(citation, language),
        citation_quality=citation_quality(citation, language),
        quote=citation.get("quote") or "",
        layers=tuple(layer_line(layer_id, words) for layer_id in _layers_said(finding, words)),
        next_step="" if finding.get("why") == "missing_layer" else wording.next_step(finding, language, words.titles),
        note=wording.in_language(finding.get("note"), language),
    )


def _groups(findings: Sequence[Mapping[str, Any]], words: Words) -> tuple[Group, ...]:
    groups = []
    for tone in GROUP_ORDER:
        members = [finding for finding in findings if wording.outcome_code(finding) == tone]
        for severity in ("prohibit", "restrict", "advise"):
            alike = [finding for finding in members if finding["severity"] == severity]
            if alike:
                kind = text(f"severity.{severity}", words.language)
                heading = f"{outcome_word(alike[0], words.language)} · {kind} ({len(alike)})"
                groups.append(Group(heading, tone, tuple(_finding_text(finding, words) for finding in alike)))
    return tuple(groups)


def _coordinate(point: Sequence[float], words: Words) -> str:
    easting, northing = shapely.get_coordinates(to_plane(shapely.Point(point)))[0]
    return words.say(
        "coordinate",
        longitude=f"{point[0]:.6f}",
        latitude=f"{point[1]:.6f}",
        easting=f"{easting:.3f}",
        northing=f"{northing:.3f}",
    )


def corners_of(geometry: BaseGeometry) -> list[Sequence[float]]:
    """The vertices in order, without the closing one of each ring."""
    if geometry.geom_type in ("Polygon", "MultiPolygon"):
        return [point for ring in shapely.get_rings(geometry) for point in shapely.get_coordinates(ring)[:-1]]
    return list(shapely.get_coordinates(geometry))


def _coordinates_words(geometry: BaseGeometry, words: Words) -> str:
    corners = corners_of(geometry)
    if len(corners) <= CORNERS_LISTED:
        return "\n".join(_coordinate(corner, words) for corner in corners)
    west, south, east, north = (f"{bound:.6f}" for bound in geometry.bounds)
    return words.say("coordinates_many", count=len(corners), west=west, south=south, east=east, north=north)


def _area_facts(geometry: BaseGeometry, accuracy_m: float | None, words: Words) -> list[Fact]:
    area = area_m2(geometry, accuracy_m)
    if not area:
        return []
    units = (("square_metres", 1.0), ("mu", SQUARE_METRES_A_MU), ("hectares", SQUARE_METRES_A_HECTARE))
    step = area_step_m2(geometry, accuracy_m)
    said = (words.say(key, value=in_unit(area, step, unit)) for key, unit in units)
    return [(words.say("head.area"), words.say("area_in_plane", said=" = ".join(said)))]


def _site_facts(entry: Mapping[str, Any], words: Words) -> tuple[Fact, ...]:
    geometry = shape(entry["geometry"])
    name = one_line(str(entry.get("name") or ""))
    facts = [
        (words.say("head.site"), str(entry["id"])),
        *([(words.say("head.site_name"), name)] if len(name) > LONGEST_HEADING else []),
        (words.say("head.use"), wording.known_or_code("use", entry["use"], words.language)),
        *_area_facts(geometry, entry.get("accuracy_m"), words),
        (words.say("head.accuracy_ce95"), words.accuracy(entry.get("accuracy_m"))),
        (words.say("head.centre"), _coordinate(shapely.get_coordinates(geometry.centroid)[0], words)),
    ]
    if geometry.geom_type != "Point":
        facts.append((words.say("head.coordinates"), _coordinates_words(geometry, words)))
    if entry.get("quantities"):
        facts.append((words.say("head.quantities"), quantities_words(entry["quantities"], words.language)))
    facts.append((words.say("head.counts"), _counts_words(entry, words)))
    return tuple(facts)


def _counts_words(entry: Mapping[str, Any], words: Words) -> str:
    """How many findings of each outcome, and how many of them are advice; a restricting conflict stands apart."""
    alike: dict[str, list[Mapping[str, Any]]] = {}
    for finding in _by_weight(entry["findings"]):
        alike.setdefault(outcome_word(finding, words.language), []).append(finding)
    return words.joined(
        f"{word} {len(findings)}{wording.advice_words(findings, words.language)}" for word, findings in alike.items()
    )


def _by_weight(findings: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(findings, key=lambda finding: GROUP_ORDER.index(wording.outcome_code(finding)))


def _named(places: Iterable[Mapping[str, Any]], words: Words) -> str:
    names = (place.get(f"name_{words.language}") or place.get("name_zh") or "" for place in places)
    return words.joined(name for name in names if name) or words.say("none")


def _context_facts(entry: Mapping[str, Any], words: Words) -> tuple[Fact, ...]:
    context = entry.get("context") or {}
    districts = context.get("districts")
    district = _named(districts, words) if districts else context.get("district") or words.say("none")
    zones = context.get("zones") or ()
    named = [zone if isinstance(zone, Mapping) else {"name_zh": zone} for zone in zones]
    return ((words.say("head.district"), district), (words.say("head.zones"), _named(named, words)))


def _designation_line(designation: Mapping[str, Any], words: Words) -> str:
    sectors = [designation.get(name) or "" for name in ("sector", "subsector")]
    line = words.say(
        "designation_line",
        clause=designation.get("clause", ""),
        sector=" / ".join(dict.fromkeys(sector for sector in sectors if sector)),
        place=designation.get("place", ""),
    )
    bearing = "designation_supports" if designation.get("supports_use") else "designation_concerns"
    return f"{line} · {words.say(bearing)}"


def _designations(entry: Mapping[str, Any], words: Words) -> tuple[str, ...]:
    """The plan's statements about the place; those that support the use come first."""
    found = (entry.get("context") or {}).get("designations") or ()
    ordered = sorted(found, key=lambda designation: not designation.get("supports_use"))
    return tuple(dict.fromkeys(_designation_line(designation, words) for designation in ordered))


def _to_supply(entry: Mapping[str, Any], words: Words) -> Table:
    """A list to work off: each thing to supply once, with the rules that wait for it."""
    waiting: dict[tuple[str, str], list[str]] = {}
    for finding in _by_weight(entry["findings"]):
        if finding["outcome"] in ("not_assessed", "uncertain"):
            step = wording.next_step(finding, words.language, words.titles) or why_sentence(finding, words.language)
            waiting.setdefault((step, outcome_word(finding, words.language)), []).append(finding["rule"])
    rows = tuple((step, words.joined(rules), outcome) for (step, outcome), rules in waiting.items())
    return Table(words.heads("next", "rule", "outcome"), rows)


def site_text(position: int, entry: Mapping[str, Any], words: Words) -> SiteText:
    name = one_line(str(entry.get("name") or "")) or words.say("unnamed")
    return SiteText(
        heading=words.say("site_heading", position=position, name=shortened(name, LONGEST_HEADING)),
        tone=wording.verdict_tone(entry),
        verdict=wording.verdict_sentence(entry, words.language),
        facts=_site_facts(entry, words),
        notices=(
            *wording.notice_lines(entry, words.language),
            *wording.partly_failed_lines(entry, words.language, words.titles),
            *wording.assumption_lines(wording.assumed_of(entry["findings"], words.layers), words.language),
        ),
        context=_context_facts(entry, words),
        designations=_designations(entry, words),
        groups=_groups(entry["findings"], words),
        to_supply=_to_supply(entry, words),
        explanation=_explanation(entry, words.language),
    )


def _explanation(entry: Mapping[str, Any], language: str) -> Explanation | None:
    """Present where it was asked for (``check --alternatives``)."""
    blocking, alternative = entry.get("blocking"), entry.get("alternative")
    if not blocking:
        return None
    blockers = (*blocking["conflicts"], *blocking["uncertain"])
    return Explanation(
        blocking=blocking_sentence(blocking, language),
        blockers=tuple((blocker_line(one, language), tuple(cure_lines(one, language))) for one in blockers),
        alternative=alternative_sentence(alternative, language) if alternative else "",
        notes=tuple(alternative_notes(alternative, language)) if alternative else (),
    )
