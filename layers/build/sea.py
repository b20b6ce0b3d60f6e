"""The mainland coast, the islands and the territorial baseline."""

from __future__ import annotations

from typing import Any

import shapely
from pyproj import Geod
from shapely.geometry import LineString, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from geo.types import REGION_BOUNDS
from layers.build.content import Content, content
from layers.build.gshhg import Coast, read_coast
from layers.build.workshop import Builder, Workshop

OPEN_COAST_ACCURACY_M = 300
#: Reclaimed since the shoreline was surveyed.
JIAOZHOU_BAY_ACCURACY_M = 1000
#: From Xuejiadao to Tuandao, both ends on land: our line, used for nothing but to tell the two accuracies apart.
BAY_MOUTH = LineString([(120.287, 36.010), (120.296, 36.058)])
IN_THE_BAY = Point(120.22, 36.12)
#: Rounding to 0.1 arc-minute (119 m), and straight in degrees against straight on the ellipsoid (382 m in 156 km).
BASELINE_ACCURACY_M = 400
GEOD = Geod(ellps="WGS84")


def mainland_coast(workshop: Workshop) -> Content:
    """The mainland shoreline, told apart by setting, and by whether it lies in the region or in the halo."""
    coast = read_coast(workshop.gshhg)
    line = shapely.intersection(coast.mainland, coast.area)
    bay, window = jiaozhou_bay(coast), box(*REGION_BOUNDS)
    open_coast = shapely.difference(line, bay)
    settings = [
        ("jiaozhou_bay", "region", shapely.intersection(line, bay)),
        ("open_coast", "region", shapely.intersection(open_coast, window)),
        ("open_coast", "beyond", shapely.difference(open_coast, window)),
    ]
    pieces = [(setting, where, piece) for setting, where, lines in settings for piece in _pieces(lines)]
    rows = [_coast_row(index, *piece) for index, piece in enumerate(pieces, 1)]
    return content(rows, [piece for *_, piece in pieces])


def jiaozhou_bay(coast: Coast) -> Polygon:
    """The water inside the mouth line, islands not cut out, grown by nothing: its outline is the coast itself."""
    near = shapely.intersection(coast.mainland, box(120.0, 35.9, 120.5, 36.4))
    faces = shapely.get_parts(shapely.polygonize([shapely.union_all([near, BAY_MOUTH])]))
    return next(face for face in faces if face.contains(IN_THE_BAY))


def _pieces(lines: BaseGeometry) -> list[LineString]:
    """Lines joined where they meet, from west to east."""
    parts = [part for part in shapely.get_parts(lines) if part.geom_type == "LineString" and not part.is_empty]
    merged = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(parts)))
    return sorted(merged, key=lambda piece: piece.bounds)


def _coast_row(index: int, setting: str, where: str, piece: LineString) -> dict[str, Any]:
    in_bay = setting == "jiaozhou_bay"
    return {
        "id": f"coast-{index:02d}",
        "setting": setting,
        "where": where,
        "length_km": round(GEOD.geometry_length(piece) / 1000, 1),
        "accuracy_m": JIAOZHOU_BAY_ACCURACY_M if in_bay else OPEN_COAST_ACCURACY_M,
    }


def islands(workshop: Workshop) -> Content:
    """Every island of GSHHG in the region and its halo, whole."""
    coast = read_coast(workshop.gshhg)
    bay, window = jiaozhou_bay(coast), box(*REGION_BOUNDS)
    rows = [
        {
            "id": f"gshhg-{key}",
            "where": "region" if ring.intersects(window) else "beyond",
            "setting": "jiaozhou_bay" if ring.intersects(bay) else "open_coast",
            "area_km2": round(abs(GEOD.geometry_area_perimeter(ring)[0]) / 1e6, 3),
            "accuracy_m": JIAOZHOU_BAY_ACCURACY_M if ring.intersects(bay) else OPEN_COAST_ACCURACY_M,
        }
        for key, ring in coast.islands.items()
    ]
    return content(rows, list(coast.islands.values()))


def territorial_baseline(workshop: Workshop) -> Content:
    """The lines between neighbouring points of the 1996 declaration."""
    points = workshop.table("sea/source/baseline_points.csv")
    pairs = list(zip(points[:-1], points[1:], strict=True))
    lines = [LineString([(float(p["lon"]), float(p["lat"])) for p in pair]) for pair in pairs]
    return content([_baseline_row(*pair) for pair in pairs], lines)


def _baseline_row(start: dict[str, str], end: dict[str, str]) -> dict[str, Any]:
    return {
        "id": f"baseline-{start['order']}",
        "name_zh": f"{start['name_zh']}—{end['name_zh']}",
        "from_point": f"{start['name_zh']} {start['latitude_minutes']} {start['longitude_minutes']}",
        "to_point": f"{end['name_zh']} {end['latitude_minutes']} {end['longitude_minutes']}",
        "accuracy_m": BASELINE_ACCURACY_M,
        "source": start["source"],
    }


BUILDERS: dict[str, Builder] = {
    "mainland_coast": mainland_coast,
    "islands": islands,
    "territorial_baseline": territorial_baseline,
}
