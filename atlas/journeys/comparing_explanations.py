"""Why not here, where instead, of two assessments beside each other: which part differs.

A place is the same where it lies within a cell of the search, for that is how exactly the nearest is known; what it
would take, to a thousandth. How long a search took is not compared.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape

from geo import crs
from geo.errors import GeoError
from geo.search import CELL_M

#: Two ends of a cell are no farther apart than so many of its sides.
DIAGONAL = math.sqrt(2.0)
#: Numbers are alike to a thousandth of themselves, and to what the file's hundredths leave open.
SHARE_ALIKE = 1e-3
ROUNDING = 0.02
NEEDED = ("at_least_m", "azimuth_deg", "cut_m2", "remaining_m2", "limit", "band_m")

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """A part that differs; ``cause`` is empty where it follows from all that was asked."""

    rule: str
    field: str
    was: Any
    now: Any
    cause: str = ""


def changed_parts(was: Json, now: Json) -> Iterator[Part]:
    """What differs between the explanations of a site that has them in both."""
    if was.get("blocking") and now.get("blocking"):
        yield from _blocking(was["blocking"], now["blocking"])
        yield from _alternative(was.get("alternative"), now.get("alternative"))


def _blocking(was: Json, now: Json) -> Iterator[Part]:
    for name in ("conflicts", "uncertain", "weak", "unassessed"):
        yield from _unlike(f"blocking_{name}", _rules(was[name]), _rules(now[name]))
    for name in ("verdict", "verdict_without"):
        yield from _unlike(f"blocking_{name}", was[name], now[name])
    before, after = _blockers(was), _blockers(now)
    for rule in (rule for rule in before if rule in after):
        yield from _blocker(rule, before[rule], after[rule])


def _blockers(blocking: Json) -> dict[str, Json]:
    return {blocker["rule"]: blocker for blocker in (*blocking["conflicts"], *blocking["uncertain"])}


def _rules(entries: list[Json]) -> list[str]:
    return [entry["rule"] for entry in entries]


def _unlike(field: str, was: Any, now: Any, rule: str = "") -> Iterator[Part]:
    if was != now:
        yield Part(rule, field, was, now)


def _blocker(rule: str, was: Json, now: Json) -> Iterator[Part]:
    yield from _unlike("verdict_without", was["verdict_without"], now["verdict_without"], rule)
    if not _same_way(was["move"], now["move"], CELL_M * DIAGONAL):
        yield Part(rule, "move", was["move"], now["move"])
    if _asked(was) != _asked(now):
        yield Part(rule, "ways", None, None)
        return
    for old, new in zip(_needs(was), _needs(now), strict=True):
        for name in NEEDED:
            if not _alike(old[name], new[name]):
                yield Part(rule, name, old[name], new[name])


def _asked(blocker: Json) -> list[list[Any]]:
    return [[need["condition"] for need in way] for way in blocker["ways"]]


def _needs(blocker: Json) -> list[Json]:
    return [need for way in blocker["ways"] for need in way]


def _alike(was: float | None, now: float | None, most: float = 0.0) -> bool:
    if was is None or now is None:
        return was is now
    return math.isclose(was, now, rel_tol=SHARE_ALIKE, abs_tol=max(most, ROUNDING))


def _alternative(was: Json | None, now: Json | None) -> Iterator[Part]:
    """Nothing of a search can be set beside one that was made elsewhere, or that could not be made again."""
    if was is None or now is None or was["within"] != now["within"]:
        before, after = was and was["within"], now and now["within"]
        if before != after:
            yield Part("", "within", before, after, "within_changed")
        return
    for name in ("place", "best", "assured"):
        cell = now["best_cell_m"] if name == "best" else CELL_M
        yield from _place(name, was[name], now[name], max(cell, CELL_M) * DIAGONAL)
    for name in ("lost", "plausibility"):
        yield from _unlike(name, was[name], now[name])
    for name, most_m in (("cell_m", 0.0), ("best_cell_m", 0.0), ("no_nearer_m", CELL_M)):
        if not _alike(was[name], now[name], most_m):
            yield Part("", name, was[name], now[name])


def _place(name: str, was: Json | None, now: Json | None, most_m: float) -> Iterator[Part]:
    """Where it is, and what stands in the way there."""
    if was is None or now is None or not _same_place(was, now, most_m):
        if was is not now:
            yield Part("", name, _way(was), _way(now))
        return
    for listed in ("in_the_way", "weak", "unassessed"):
        yield from _unlike(f"place_{listed}", _rules(was[listed]), _rules(now[listed]))
    yield from _unlike("place_districts", _names(was), _names(now))


def _names(place: Json) -> list[str]:
    return [district["name_zh"] for district in place["districts"]]


def _way(place: Json | None) -> Json | None:
    return place and {"distance_m": place["distance_m"], "azimuth_deg": place["azimuth_deg"]}


def _same_way(was: Json | None, now: Json | None, most_m: float) -> bool:
    """Whether two ways from the same site end no farther apart than that."""
    if was is None or now is None:
        return was is now
    old, new = (cmath.rect(way["distance_m"], math.radians(way["azimuth_deg"])) for way in (was, now))
    return abs(old - new) <= most_m


def _same_place(was: Json, now: Json, most_m: float) -> bool:
    """Whether what is said of the way, the footprint and the line that leads there all agree."""
    try:
        drawn = [[crs.to_plane(shape(place[name])) for name in ("geometry", "line")] for place in (was, now)]
    except (GeoError, ShapelyError, ValueError, TypeError):
        return False
    apart = [float(shapely.hausdorff_distance(old, new)) for old, new in zip(*drawn, strict=True)]
    return all(one <= most_m for one in apart) and _same_way(was, now, most_m)
