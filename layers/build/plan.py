"""What the plan says, put where it says it: designations, targets, and the places it names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from layers.build.content import Content, content
from layers.build.parks import district_accuracy, district_names, district_union
from layers.build.tables import listed, number, whole
from layers.build.workshop import Builder, BuildError, Workshop


@dataclass(frozen=True)
class Drawn:
    """What of a designation can be drawn: ``how`` polygon, anchor or none; accuracy in metres."""

    how: str
    geometry: BaseGeometry | None = None
    accuracy_m: int | None = None


NOT_DRAWN = Drawn("none")


def plan_designations(workshop: Workshop) -> Content:
    """Every statement that ties something to a place; without geometry where the place has no known one."""
    statements = workshop.table("plan/source/designations.csv")
    drawn = [_drawn(workshop, statement["geometry"], listed(statement["ref"])) for statement in statements]
    rows = [_statement(statement, how) for statement, how in zip(statements, drawn, strict=True)]
    return content(rows, [how.geometry for how in drawn])


def _statement(statement: dict[str, str], drawn: Drawn) -> dict[str, Any]:
    kept = {key: cell for key, cell in statement.items() if key != "geometry"}
    return {
        **kept,
        "open_ended": statement["open_ended"] == "true",
        "located_by": statement["geometry"],
        "drawn": drawn.how,
        "accuracy_m": drawn.accuracy_m,
    }


def _drawn(workshop: Workshop, located_by: str, refs: tuple[str, ...]) -> Drawn:
    if not refs or located_by in ("city", "none"):
        return NOT_DRAWN
    if located_by == "district":
        return Drawn("polygon", district_union(workshop, refs), district_accuracy(workshop, refs))
    if located_by == "sea":
        return _sea(workshop, refs)
    if located_by == "park":
        return _rows_named(workshop.make("parks"), refs)
    if located_by == "place":
        return _rows_named(workshop.make("plan_places"), refs)
    raise BuildError("located_by_unknown", seen=located_by)


def _sea(workshop: Workshop, refs: tuple[str, ...]) -> Drawn:
    """The sea layers that a statement refers to, without a sea that the city has no coast on."""
    layers = [workshop.make(ref) for ref in refs]
    geometries = [geometry for layer in layers for geometry in layer.geometries or ()]
    own = _off_the_city(workshop, shapely.union_all(geometries))
    return Drawn("polygon", own, _worst(row for layer in layers for row in layer.rows))


def _off_the_city(workshop: Workshop, sea: BaseGeometry) -> BaseGeometry:
    """The connected part nearest to the districts: the corner of Laizhou Bay in the region lies off other cities."""
    city = shapely.union_all(workshop.make("districts").geometries)
    return min(shapely.get_parts(sea), key=lambda part: float(shapely.distance(part, city)))


def _rows_named(layer: Content, refs: tuple[str, ...]) -> Drawn:
    """The outlines of the named rows, else their anchors, else nothing. Raises BuildError for an unknown id."""
    known = {row["id"]: (row, layer.geometry_of(row["id"])) for row in layer.rows}
    unknown = [ref for ref in refs if ref not in known]
    if unknown:
        raise BuildError("reference_unknown", ids=unknown)
    placed = [known[ref] for ref in refs if known[ref][1] is not None]
    outlined = [(row, g) for row, g in placed if g is not None and g.geom_type.endswith("Polygon")]
    chosen = outlined or placed
    if not chosen:
        return NOT_DRAWN
    geometry = shapely.union_all([g for _, g in chosen])
    return Drawn("polygon" if outlined else "anchor", geometry, _worst(row for row, _ in chosen))


def _worst(rows: Any) -> int:
    return max(int(row["accuracy_m"]) for row in rows)


def plan_targets(workshop: Workshop) -> Content:
    """Every number of the plan."""
    numeric = {"value": number, "value_max": number, "year": whole}
    table = workshop.table("plan/source/targets.csv")
    return content([{key: numeric.get(key, str)(cell) for key, cell in row.items()} for row in table])


def plan_places(workshop: Workshop) -> Content:
    """The institutions, platforms and enterprises that the plan names; a point only where one has a source."""
    names = district_names(workshop)
    places = workshop.table("plan/source/places.csv")
    rows = [_place(place, names) for place in places]
    return content(rows, [_point(place) for place in places])


def _place(place: dict[str, str], names: dict[str, str]) -> dict[str, Any]:
    districts = "、".join(names[code] for code in listed(place["district"]))
    kept = {key: cell for key, cell in place.items() if key not in ("lon", "lat")}
    return {**kept, "district": districts, "accuracy_m": whole(place["accuracy_m"])}


def _point(place: dict[str, str]) -> Point | None:
    return Point(float(place["lon"]), float(place["lat"])) if place["lon"] else None


BUILDERS: dict[str, Builder] = {
    "plan_designations": plan_designations,
    "plan_targets": plan_targets,
    "plan_places": plan_places,
}
