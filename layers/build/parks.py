"""Parks and functional zones: an outline only where the whole district is the zone, else an anchor or nothing."""

from __future__ import annotations

from typing import Any

import shapely
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from layers.build.content import Content, content
from layers.build.tables import listed, number, whole
from layers.build.workshop import Builder, BuildError, Workshop

KEPT = (
    *("id", "name_zh", "name_en", "aliases", "level", "districts", "district_note", "area_ha", "area_basis"),
    *("leading_industries", "year", "extent", "verbal_bounds", "clauses", "confidence", "source_text"),
    *("coord_source", "accuracy_m"),
)


def parks(workshop: Workshop) -> Content:
    """The zones as curated, with the geometry that ``extent`` allows."""
    zones = workshop.table("parks/source/zones.csv")
    rows = [_row(workshop, zone) for zone in zones]
    return content(rows, [_geometry(workshop, zone) for zone in zones])


def _row(workshop: Workshop, zone: dict[str, str]) -> dict[str, Any]:
    names = district_names(workshop)
    accuracy = whole(zone["accuracy_m"])
    typed = {
        "districts": "、".join(names[code] for code in listed(zone["districts"])),
        "area_ha": number(zone["area_ha"]),
        "accuracy_m": district_accuracy(workshop, listed(zone["districts"])) if _is_district(zone) else accuracy,
    }
    return {key: typed.get(key, zone[key]) for key in KEPT}


def _is_district(zone: dict[str, str]) -> bool:
    return zone["extent"] == "district"


def _geometry(workshop: Workshop, zone: dict[str, str]) -> BaseGeometry | None:
    extent = zone["extent"]
    if extent == "district":
        return district_union(workshop, listed(zone["districts"]))
    if extent == "anchor":
        return Point(float(zone["lon"]), float(zone["lat"]))
    if extent == "none":
        return None
    raise BuildError("extent_unknown", zone=zone["id"], seen=extent)


def district_names(workshop: Workshop) -> dict[str, str]:
    """District code -> Chinese name."""
    return {row["id"]: row["name_zh"] for row in workshop.make("districts").rows}


def district_union(workshop: Workshop, codes: tuple[str, ...]) -> BaseGeometry:
    """The outline of one or several districts, as the districts layer has it."""
    districts = workshop.make("districts")
    outlines = [districts.geometry_of(code) for code in codes]
    return outlines[0] if len(outlines) == 1 and outlines[0] is not None else shapely.coverage_union_all(outlines)


def district_accuracy(workshop: Workshop, codes: tuple[str, ...]) -> int:
    """The worst accuracy of some districts, metres."""
    return max(int(row["accuracy_m"]) for row in workshop.make("districts").rows if row["id"] in codes)


BUILDERS: dict[str, Builder] = {"parks": parks}
