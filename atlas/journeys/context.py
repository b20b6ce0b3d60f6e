"""What holds a site: its district, the zones of known extent, what the plan says of them, and what looks odd."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from atlas.assessment import Context
from geo.crs import to_plane
from geo.types import Proposal, Use
from layers.plan import Designation, Plan
from layers.prepared import once_a_layer
from layers.store import Store
from layers.types import Layer


@once_a_layer
def _areas(layer: Layer) -> tuple[list[dict[str, Any]], shapely.STRtree]:
    """The rows of a layer that are areas, without their geometry, and the tree that finds them."""
    frame = layer.frame
    areas = frame[frame.geometry.notna() & frame.geom_type.isin(["Polygon", "MultiPolygon"])]
    rows = [dict(row) for row in areas.drop(columns="geometry").to_dict("records")]
    return rows, shapely.STRtree(areas.geometry.to_numpy())


@once_a_layer
def _ground(layer: Layer) -> BaseGeometry:
    """All areas of a layer as one, in the plane."""
    ground = shapely.union_all(to_plane(layer.frame.geometry.to_numpy()))
    shapely.prepare(ground)
    return ground


def holding(store: Store, layer: str, footprint: BaseGeometry) -> list[dict[str, Any]]:
    """Rows of a polygon layer that meet the footprint, without their geometry."""
    rows, tree = _areas(store.layer(layer))
    return [dict(rows[at]) for at in np.sort(tree.query(footprint, predicate="intersects"))]


#: Uses of any sector: that the plan wants some factory in a place does not say that it wants this one.
OF_ANY_SECTOR = frozenset({Use.FACTORY, Use.BUILDING})


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
        "supports_use": use.value in designation.uses and use not in OF_ANY_SECTOR,
    }


def context_of(proposal: Proposal, store: Store, plan: Plan) -> Context:
    """The districts, the zones of known extent and the plan's designations that hold the site."""
    districts = holding(store, "districts", proposal.footprint)
    zones = holding(store, "parks", proposal.footprint)
    refs = {str(row["id"]) for row in districts} | {str(row["id"]) for row in zones}
    designations = [d for d in plan.designations if d.geometry in ("district", "park") and refs & set(d.refs)]
    return Context(
        districts=tuple({key: str(row[key]) for key in ("id", "name_zh", "name_en")} for row in districts),
        zones=tuple({key: str(row[key]) for key in ("id", "name_zh", "name_en")} for row in zones),
        designations=tuple(_designation_entry(d, proposal.use) for d in designations),
    )


def _sure_ground_near(site: BaseGeometry, ground: BaseGeometry, tolerance_m: float) -> BaseGeometry:
    """Where near a site there is surely ground: what is farther from it than twice the tolerance does not matter."""
    west, south, east, north = shapely.bounds(site)
    reach = 2.0 * tolerance_m + 1.0
    near = shapely.clip_by_rect(ground, west - reach, south - reach, east + reach, north + reach)
    return near.buffer(-tolerance_m)


def notices_of(proposal: Proposal, store: Store) -> tuple[str, ...]:
    """Codes of what a planner would frown at: a factory in the sea, a wind farm on land, a site in no district."""
    land = store.layer("land")
    tolerance = float(land.spec.accuracy_m or 0.0) + proposal.accuracy_m
    site, ground = to_plane(proposal.footprint), _ground(land)
    if proposal.use is Use.OFFSHORE_WIND:
        return ("on_land",) if site.intersects(_sure_ground_near(site, ground, tolerance)) else ()
    if not shapely.dwithin(site, ground, tolerance):
        return ("in_the_sea",)
    return () if _sure_ground_near(site, ground, tolerance).covers(site) else ("near_the_shore",)
