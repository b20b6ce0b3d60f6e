"""The register of offshore wind projects, and the sea by its distance from the mainland coast."""

from __future__ import annotations

from typing import Any

import shapely
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry

from geo.crs import from_plane, to_plane
from geo.types import REGION_BOUNDS
from layers.build.content import Content, content
from layers.build.gshhg import read_coast
from layers.build.sea import OPEN_COAST_ACCURACY_M
from layers.build.tables import number
from layers.build.workshop import Builder, Workshop

NEAR_KM, FAR_KM = 10, 30
#: Corners a quarter circle: at 30 km the chord runs at most 2.3 m inside the arc.
QUARTER_CORNERS = 64
#: How far an outline may leave the computed one, so that it stays small enough to draw.
SIMPLIFIED_M = 5
#: The plane stretches by at most 0.04 % at the edges (12 m in 30 km); with chord and simplification under 20 m.
METHOD_ERROR_M = 20
MIN_PART_M2 = 10_000


def offshore_wind_register(workshop: Workshop) -> Content:
    """The register as curated: whose waters each project lies in, and which row is a total."""
    numeric = ("capacity_mw", "area_km2")
    rows = [
        {**row, **{key: number(row[key]) for key in numeric}, "is_total": row["is_total"] == "true"}
        for row in workshop.table("energy/source/wind_register.csv")
    ]
    return content(rows)


def offshore_wind_policy_sea(workshop: Workshop) -> Content:
    """The sea at 30 km or more from the mainland coast, and from 10 to 30 km."""
    coast = read_coast(workshop.gshhg)
    shore = to_plane(shapely.intersection(coast.mainland, coast.area))
    land = shapely.union_all([coast.mainland_polygon(), *coast.islands.values()])
    sea = to_plane(shapely.segmentize(box(*REGION_BOUNDS), 0.01).difference(land))
    near, far = (shapely.buffer(shore, km * 1000, quad_segs=QUARTER_CORNERS) for km in (NEAR_KM, FAR_KM))
    bands = {"beyond_30_km": sea.difference(far), "from_10_to_30_km": sea.intersection(far).difference(near)}
    rows = [_band(band, NEAR_KM if "10" in band else FAR_KM, FAR_KM if "10" in band else None) for band in bands]
    return content(rows, [_outline(area) for area in bands.values()])


def _band(band: str, from_km: int, to_km: int | None) -> dict[str, Any]:
    depth = {NEAR_KM: 30, FAR_KM: None}[from_km]
    accuracy = OPEN_COAST_ACCURACY_M + METHOD_ERROR_M
    return {"id": band, "band": band, "from_km": from_km, "to_km": to_km, "depth_over_m": depth, "accuracy_m": accuracy}


def _outline(area: BaseGeometry) -> BaseGeometry:
    """The band in lon-lat without crumbs; simplified where that keeps it valid."""
    parts = [part for part in shapely.get_parts(area) if part.area > MIN_PART_M2]
    plain = shapely.simplify(shapely.multipolygons(parts), SIMPLIFIED_M)
    return from_plane(plain)


BUILDERS: dict[str, Builder] = {
    "offshore_wind_register": offshore_wind_register,
    "offshore_wind_policy_sea": offshore_wind_policy_sea,
}
