"""Why not here, where instead, in words: the codes of ``atlas.explaining`` as sentences for page, shell, report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from atlas.texts import text
from atlas.wording import demand_words, in_language, metres, missing_of_rules, outcome_word, square_metres

#: Compass points, clockwise from north.
DIRECTIONS = ("n", "ne", "e", "se", "s", "sw", "w", "nw")
SQUARE_METRES_A_HECTARE = 10_000.0
#: From here on an area is said in hectares, a distance in kilometres.
HECTARES_FROM_M2 = 1_000.0
KILOMETRES_FROM_M = 10_000.0
RULES_NAMED = 6


def _say(key: str, language: str, **values: Any) -> str:
    return text(f"alternatives.{key}", language, **values)


def area_words(area_m2: float, language: str) -> str:
    """Hectares, or square metres where it is small."""
    if area_m2 < HECTARES_FROM_M2:
        return square_metres(area_m2, language)
    return _say("hectares", language, value=f"{area_m2 / SQUARE_METRES_A_HECTARE:,.2f}")


def way_words(distance_m: float, language: str) -> str:
    """Metres, or kilometres where it is far."""
    if distance_m < KILOMETRES_FROM_M:
        return metres(distance_m, language, 0)
    return _say("kilometres", language, value=f"{distance_m / 1000:,.1f}")


def direction_words(azimuth_deg: float, language: str) -> str:
    """The nearest of eight compass points, and the degrees."""
    point = DIRECTIONS[round(azimuth_deg / 45.0) % 8]
    return _say("direction", language, point=_say(f"compass.{point}", language), degrees=f"{azimuth_deg:.0f}")


def bearing_words(way: Mapping[str, Any], language: str) -> str:
    """A way as its direction and its length."""
    direction = direction_words(way["azimuth_deg"], language)
    return _say("bearing", language, direction=direction, distance=way_words(way["distance_m"], language))


def rule_words(rule: Mapping[str, Any], language: str) -> str:
    """A rule by id and title."""
    return f"{rule['rule']} {in_language(rule['title'], language)}"


def rules_words(rules: Sequence[Mapping[str, Any]], language: str) -> str:
    """The first few rules, and how many there are."""
    named = text("report.list_separator", language).join(rule_words(rule, language) for rule in rules[:RULES_NAMED])
    return named if len(rules) <= RULES_NAMED else _say("and_more", language, named=named, count=len(rules))


def within_words(within: Mapping[str, Any], language: str) -> str:
    """Where was looked."""
    if within["kind"] == "radius":
        return _say("within_radius", language, distance=way_words(within["radius_m"], language))
    return _say(f"within_{within['kind']}", language, name=within.get(f"name_{language}") or within["name_zh"])


def blocking_sentence(blocking: Mapping[str, Any], language: str) -> str:
    """How many rules would have to be waived, and what would be left then."""
    conflicts = len(blocking["conflicts"])
    if not conflicts:
        key = "only_uncertain" if blocking["uncertain"] else "nothing_in_the_way"
        return _say(key, language, count=len(blocking["uncertain"]), unassessed=len(blocking["unassessed"]))
    left = text(f"report.verdict_short.{blocking['verdict_without']}", language)
    return _say("smallest_set", language, count=conflicts, left=left)


def blocker_line(blocker: Mapping[str, Any], language: str) -> str:
    """A rule in the way with its outcome."""
    return f"{outcome_word(blocker, language)}{text('report.colon', language)}{rule_words(blocker, language)}"


def cure_lines(blocker: Mapping[str, Any], language: str) -> list[str]:
    """What it would take: the move for the rule alone, and each way of meeting it."""
    lines = []
    if blocker["move"] and blocker["move"]["distance_m"] > 0.0:
        move = blocker["move"]
        direction = direction_words(move["azimuth_deg"], language)
        lines.append(_say("move", language, distance=way_words(move["distance_m"], language), direction=direction))
    for way in blocker["ways"]:
        needs = [_need_words(need, bool(blocker["move"]), language) for need in way]
        lines.append(_say("and", language).join(dict.fromkeys(said for said in needs if said)))
    return [line for line in dict.fromkeys(lines) if line] or [_say("no_cure_known", language)]


def _need_words(need: Mapping[str, Any], has_move: bool, language: str) -> str:
    """Shrinking, a better accuracy, a number to be kept, a move where none was found: any one of them would do."""
    words = []
    if need["cut_m2"] is not None and need["remaining_m2"]:
        cut, left = (area_words(need[name], language) for name in ("cut_m2", "remaining_m2"))
        words.append(_say("shrink", language, cut=cut, left=left))
    if need["band_m"] is not None:
        words.append(_say("accuracy", language, band=metres(need["band_m"], language, 1)))
    if need["limit"] is not None:
        words.append(demand_words(need["condition"], language))
    if not has_move and need["at_least_m"] is not None:
        words.append(_say("move_at_least", language, distance=way_words(need["at_least_m"], language)))
    if not words and need["cut_m2"] is not None:
        words.append(_say("no_shrinking", language))
    return _say("or", language).join(words)


def alternative_sentence(alternative: Mapping[str, Any], language: str) -> str:
    """Where instead: the place, or that there is none, with how finely was looked."""
    where = within_words(alternative["within"], language)
    place, best = alternative["place"], alternative["best"]
    if place is None and best is None:
        return _say("fits_nowhere", language, where=where)
    shown = place or best
    values = {
        "where": where,
        "distance": way_words(shown["distance_m"], language),
        "direction": direction_words(shown["azimuth_deg"], language),
        "district": text("report.list_separator", language).join(one[f"name_{language}"] for one in shown["districts"])
        or "-",
        "cell": metres(alternative["cell_m"] if place else alternative["best_cell_m"], language, 0),
    }
    if place:
        return _say("here_is_fine" if place["distance_m"] == 0.0 else "found", language, **values)
    key = "best_is_here" if best["distance_m"] == 0.0 else "best"
    return _say(key, language, rules=rules_words(best["in_the_way"], language), **values)


def alternative_notes(alternative: Mapping[str, Any], language: str) -> list[str]:
    """What must be read with it: what nobody looked at there, what was lost, what was assumed."""
    shown = alternative["place"] or alternative["best"]
    notes = []
    if shown and shown["unassessed"]:
        missing = missing_of_rules(shown["unassessed"], language)
        notes.append(_say("unassessed", language, count=len(shown["unassessed"]), missing=missing))
    if shown and shown["weak"]:
        notes.append(_say("weak", language, rules=rules_words(shown["weak"], language)))
    if alternative["lost"]:
        lost = text("report.list_separator", language).join(alternative["lost"])
        notes.append(_say("lost", language, rules=lost))
        assured = alternative["assured"]
        if assured:
            way = way_words(assured["distance_m"], language)
            direction = direction_words(assured["azimuth_deg"], language)
            notes.append(_say("assured", language, distance=way, direction=direction))
    if alternative["no_nearer_m"] is not None:
        notes.append(_say("stopped", language, distance=way_words(alternative["no_nearer_m"], language)))
    notes += [_say(f"plausible_{name}", language) for name in alternative["plausibility"]]
    return notes


def explanation_lines(entry: Mapping[str, Any], language: str) -> list[str]:
    """All of it as plain lines for a shell; nothing where nobody asked."""
    blocking, alternative = entry.get("blocking"), entry.get("alternative")
    if not blocking:
        return []
    lines = [blocking_sentence(blocking, language)]
    for blocker in (*blocking["conflicts"], *blocking["uncertain"]):
        lines.append(f"  {blocker_line(blocker, language)}")
        lines += [f"    - {line}" for line in cure_lines(blocker, language)]
    if alternative:
        lines.append(alternative_sentence(alternative, language))
        lines += [f"  {line}" for line in alternative_notes(alternative, language)]
    return lines
