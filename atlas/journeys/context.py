"""What holds a site: its district, the zones of known extent, what the plan says of them, and what looks odd."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from atlas.assessment import Context
from geo.crs import to_plane
from geo.types import Proposal, Use
from layers.plan import Designation, Plan
from layers.store import Store


def _holding(store: Store, layer: str, footprint: BaseGeometry) -> list[dict[str, Any]]:
    """Rows of a polygon layer that meet the footprint, without their geometry."""
    frame = store.layer(layer).frame
    polygons = frame[frame.geometry.notna() & frame.geom_type.isin(["Polygon", "MultiPolygon"])]
    met = polygons[polygons.intersects(footprint)]
    return [dict(row) for row in met.drop(columns="geometry").to_dict("records")]


def _designation_entry(designation: Designation, use: Use) -> Mapping[str, Any]:
    return {
        "clause": designation.clause,
        "sector": designation.sector,
        "subsector": designation.subsector,
        "place": designation.place,
        "kind": designation.kind,
        "strength": designation.strength,
        "within": designation.within,
        "quote": designation.quote,
        "supports_use": use.value in designation.uses,
    }


def context_of(proposal: Proposal, store: Store, plan: Plan) -> Context:
    """The districts, the zones of known extent and the plan's designations that hold the site."""
    districts = _holding(store, "districts", proposal.footprint)
    zones = _holding(store, "parks", proposal.footprint)
    refs = {str(row["id"]) for row in districts} | {str(row["id"]) for row in zones}
    designations = [d for d in plan.designations if d.geometry in ("district", "park") and refs & set(d.refs)]
    return Context(
        districts=tuple({key: str(row[key]) for key in ("id", "name_zh", "name_en")} for row in districts),
        zones=tuple({key: str(row[key]) for key in ("id", "name_zh", "name_en")} for row in zones),
        designations=tuple(_designation_entry(d, proposal.use) for d in designations),
    )


def notices_of(proposal: Proposal, store: Store) -> tuple[str, ...]:
    """Codes of what a planner would frown at: a factory in the sea, a wind farm on land, a site in no district."""
    land = store.layer("land")
    tolerance = float(land.spec.accuracy_m or 0.0) + proposal.accuracy_m
    site = to_plane(proposal.footprint)
    ground = shapely.union_all(to_plane(land.frame.geometry.to_numpy()))
    if proposal.use is Use.OFFSHORE_WIND:
        return ("on_land",) if site.intersection(ground.buffer(-tolerance)).is_empty is False else ()
    if site.distance(ground) > tolerance:
        return ("in_the_sea",)
    return () if ground.buffer(-tolerance).covers(site) else ("near_the_shore",)
