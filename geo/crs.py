"""In which frame coordinates are, and what they are in ours: east is always x.

Stored geometry is lon-lat (EPSG:4326, taken as equal to CGCS2000, EPSG:4490: they part by less
than a metre), the plane is EPSG:4549, and what is reported is geodesic on the WGS 84 ellipsoid.
Functions named ``*_plane`` and ``*_lonlat`` change vertices only: an edge is straight in the plane.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.exceptions import CRSError, ProjError
from shapely.geometry.base import BaseGeometry

from geo import gcj02
from geo.errors import FrameError, GeometryError, RegionError
from geo.types import REGION_BOUNDS

LONLAT = 4326
CGCS2000 = 4490
PLANE = 4549

#: The truth behind GCJ-02 and BD-09 is not published; the formulas hold to about this.
SHIFTED_FRAME_ACCURACY_M = 2.0

#: Mean radius of curvature of the ellipsoid at 36N, for the scale of the plane.
RADIUS_AT_REGION_M = 6_371_400.0
PLANE_CENTRAL_EASTING_M = 500_000.0
NORTHING_OF_36N_M = 3_985_543.0

#: To say that outlines are GCJ-02 in disguise: so many at least, so far off at least (the shift is 460 m in the
#: region, less across slanting edges), nearer by so much once it is undone; measured at so many places of each.
GCJ02_OUTLINES = 3
GCJ02_GAP_M = 150.0
GCJ02_SHRINKS_TO = 0.8
GCJ02_PLACES = 200

#: A distance up to this needs no plane of its own: the nearest pair of the common plane is nearest to 0.1 mm.
NEAR_M = 100.0

_NAMES = {
    "wgs84": LONLAT,
    "crs84": LONLAT,
    "ogc:crs84": LONLAT,
    "urn:ogc:def:crs:ogc:1.3:crs84": LONLAT,
    "urn:ogc:def:crs:ogc::crs84": LONLAT,
    "cgcs2000": CGCS2000,
}
_EPSG = re.compile(r"(?:epsg:|urn:ogc:def:crs:epsg:[0-9.]*:|https?://www\.opengis\.net/def/crs/epsg/0/)?([0-9]{4,6})")
_WKT = re.compile(r"\s*(?:GEOG|PROJ)(?:CS|CRS)\s*\[|\s*GEODCRS\s*\[", re.IGNORECASE)
_WKT_LONGEST = 20_000

_GEOD = pyproj.Geod(ellps="WGS84")
SEMI_MINOR_M, ECCENTRICITY_SQUARED = float(_GEOD.b), float(_GEOD.es)
LATITUDE_36N = float(np.radians(36.0))

Coordinates = NDArray[np.float64]
#: One number or many.
Number = TypeVar("Number", float, Coordinates)
Placed = TypeVar("Placed", BaseGeometry, NDArray[Any])


@dataclass(frozen=True)
class Frame:
    """A frame in which a user's coordinates may be.

    ``code`` is ``EPSG:n``, ``gcj02`` or ``bd09``; ``added_accuracy_m`` what undoing it adds to the CE95.
    """

    code: str
    epsg: int | None
    is_geographic: bool
    added_accuracy_m: float = 0.0


WGS84 = Frame("EPSG:4326", LONLAT, is_geographic=True)
GCJ02 = Frame("gcj02", None, is_geographic=True, added_accuracy_m=SHIFTED_FRAME_ACCURACY_M)
BD09 = Frame("bd09", None, is_geographic=True, added_accuracy_m=SHIFTED_FRAME_ACCURACY_M)


def parse_frame(text: str | None) -> Frame:
    """The frame that a user, a file or an option names.

    Takes ``EPSG:4549``, ``4549``, ``cgcs2000``, ``wgs84``, ``gcj02``, ``bd09``, the URNs of OGC, and the WKT of a
    .prj file when it is that of an EPSG code. A PROJ string is not taken: it may name files.

    Raises FrameError ``frame_unstated`` for nothing, ``frame_unknown`` (with ``stated`` and ``reason``
    unreadable, datum, kind or no_transformation) for what cannot be measured in.
    """
    stated = (text or "").strip()
    if not stated:
        raise FrameError("frame_unstated")
    name = stated.lower().replace(" ", "").replace("_", "")
    if name.replace("-", "") in ("gcj02", "bd09"):
        return GCJ02 if "gcj" in name else BD09
    epsg = _NAMES.get(name) or _NAMES.get(name.replace("-", ""))
    match = _EPSG.fullmatch(name)
    if epsg is None and match:
        epsg = int(match.group(1))
    if epsg is None and _WKT.match(stated) and len(stated) <= _WKT_LONGEST:
        epsg = _epsg_of_wkt(stated)
    if epsg is None:
        raise FrameError("frame_unknown", stated=stated[:80], reason="unreadable")
    return _epsg_frame(epsg)


def _epsg_of_wkt(text: str) -> int | None:
    """The EPSG code that a WKT describes; the text itself is never used to convert, for it may name files."""
    try:
        return pyproj.CRS.from_wkt(text).to_epsg()
    except (CRSError, ProjError):
        return None


@cache
def _epsg_frame(epsg: int) -> Frame:
    stated = f"EPSG:{epsg}"
    try:
        crs = pyproj.CRS.from_epsg(epsg)
    except CRSError as error:
        raise FrameError("frame_unknown", stated=stated, reason="unreadable") from error
    if not (crs.is_geographic or crs.is_projected):
        raise FrameError("frame_unknown", stated=stated, reason="kind")
    datum = crs.geodetic_crs.datum.name.lower() if crs.geodetic_crs and crs.geodetic_crs.datum else "unknown"
    if "unknown" in datum or "not specified" in datum:
        raise FrameError("frame_unknown", stated=stated, reason="datum")
    added = max(_to_lonlat_transformer(epsg).accuracy, 0.0)
    return Frame(stated, epsg, is_geographic=crs.is_geographic, added_accuracy_m=added)


@cache
def _to_lonlat_transformer(epsg: int) -> pyproj.Transformer:
    """The best known way to lon-lat; a guess that ignores the datum is refused."""
    area = pyproj.transformer.AreaOfInterest(*REGION_BOUNDS)
    for target in (CGCS2000, LONLAT):
        try:
            return pyproj.Transformer.from_crs(
                epsg, target, always_xy=True, area_of_interest=area, allow_ballpark=False
            )
        except ProjError:
            continue
    raise FrameError("frame_unknown", stated=f"EPSG:{epsg}", reason="no_transformation")


@cache
def _plane_transformer() -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(CGCS2000, PLANE, always_xy=True)


def to_lonlat(placed: Placed, frame: Frame) -> Placed:
    """Lon-lat of a geometry, an array of geometries, or coordinates (n, 2), x = east; z is dropped.

    Numbers that are no place on Earth become infinite or NaN.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return _mapped(placed, _lonlat_of(frame))


def _lonlat_of(frame: Frame) -> Callable[[Any, Any], tuple[Any, Any]]:
    if frame.code == "bd09":
        return lambda x, y: gcj02.gcj02_to_wgs84(*gcj02.bd09_to_gcj02(x, y))
    if frame.code == "gcj02":
        return gcj02.gcj02_to_wgs84
    if frame.epsg in (LONLAT, CGCS2000):
        return lambda x, y: (x, y)
    return _to_lonlat_transformer(frame.epsg or 0).transform


def to_plane(placed: Placed) -> Placed:
    """EPSG:4549 metres, x = east, of lon-lat geometries or coordinates (n, 2)."""
    return _mapped(placed, _plane_transformer().transform)


def from_plane(placed: Placed) -> Placed:
    """Lon-lat of geometries or coordinates (n, 2) in EPSG:4549 with x = east."""
    return _mapped(placed, lambda x, y: _plane_transformer().transform(x, y, direction="INVERSE"))


def _mapped(placed: Any, function: Callable[[Any, Any], tuple[Any, Any]]) -> Any:
    if isinstance(placed, np.ndarray) and placed.dtype != object:
        return np.column_stack(function(placed[:, 0], placed[:, 1]))
    return shapely.transform(placed, function, interleaved=False)


def plane_scale(easting_m: float) -> float:
    """How much longer than the ground the plane is at an easting: 1 on 120E, 1.0003 at 121.8E.

    Of the transverse Mercator projection, k = 1 + (x/R)²/2 + (x/R)⁴/24 with x from the central meridian.
    """
    ratio = (easting_m - PLANE_CENTRAL_EASTING_M) / RADIUS_AT_REGION_M
    return 1.0 + ratio**2 / 2.0 + ratio**4 / 24.0


def ground_distance_m(start_plane: Coordinates, end_plane: Coordinates) -> Coordinates:
    """Metres on the ground between points of EPSG:4549, (n, 2) each: the plane's length over its mean scale.

    Parts from the geodesic by less than 1e-6 m for 1 km within the region, 1e-5 m for 5 km.
    """
    scale = mean_scale(start_plane[:, 0], start_plane[:, 1], end_plane[:, 0])
    return np.asarray(np.hypot(*(end_plane - start_plane).T) / scale)


def mean_scale(easting_m: Number, northing_m: Number, end_easting_m: Number) -> Number:
    """The mean scale of the plane on the way to another easting: Simpson's, with the ellipsoid's radius at the start.

    Plain arithmetic, so that :mod:`geo.edges` compiles the same for single numbers. That radius is the mean one of
    curvature, a √(1 - e²) / (1 - e² sin² φ), with φ linear in the northing.
    """
    latitude = LATITUDE_36N + (northing_m - NORTHING_OF_36N_M) / RADIUS_AT_REGION_M
    squared = (SEMI_MINOR_M / (1.0 - ECCENTRICITY_SQUARED * np.sin(latitude) ** 2)) ** 2
    x, other = easting_m - PLANE_CENTRAL_EASTING_M, end_easting_m - PLANE_CENTRAL_EASTING_M
    return 1.0 + (x * x + x * other + other * other) / (6.0 * squared) + x**4 / (24.0 * squared * squared)


def geodesic_distance_m(a: Coordinates, b: Coordinates) -> Coordinates:
    """Metres along the geodesic between lon-lat points, (n, 2) or (2,) each; method of Karney (2013)."""
    first, second = np.broadcast_arrays(np.asarray(a, float), np.asarray(b, float))
    return np.asarray(_GEOD.inv(first[..., 0], first[..., 1], second[..., 0], second[..., 1])[2])


def geodesic_azimuth_deg(a: Coordinates, b: Coordinates) -> Coordinates:
    """Degrees from north (clockwise, 0 to 360) in which a geodesic leaves a for b, lon-lat (n, 2) or (2,)."""
    first, second = np.broadcast_arrays(np.asarray(a, float), np.asarray(b, float))
    return np.mod(_GEOD.inv(first[..., 0], first[..., 1], second[..., 0], second[..., 1])[0], 360.0)


def geodesic_area_m2(geometry: BaseGeometry) -> float:
    """Square metres on the ellipsoid of a lon-lat geometry, its edges taken as geodesics."""
    return abs(_GEOD.geometry_area_perimeter(shapely.orient_polygons(geometry))[0])


def plane_area_m2(geometry: BaseGeometry) -> float:
    """Square metres in EPSG:4549 of a lon-lat geometry: what a cadastre of that frame states."""
    return float(shapely.area(to_plane(geometry)))


def nearest_pair(a_plane: BaseGeometry, b_plane: BaseGeometry) -> Coordinates:
    """The nearest points of two geometries of EPSG:4549: lon-lat, (2, 2), the first on ``a_plane``.

    The scale of the plane changes by 4e-6 a kilometre, so that a far pair which is nearest there may be
    metres too long on the ground; it is sought again in the azimuthal equidistant plane of the first point.
    """
    line = shapely.shortest_line(a_plane, b_plane)
    if line is None:
        raise GeometryError("geometry_empty")
    pair = from_plane(shapely.get_coordinates(line))
    if shapely.length(line) <= NEAR_M:
        return pair
    local = pyproj.Proj(proj="aeqd", lon_0=pair[0, 0], lat_0=pair[0, 1], ellps="WGS84")
    window = shapely.bounds(a_plane) + np.array([-1, -1, 1, 1]) * (shapely.length(line) * 1.002 + 1.0)
    near_b = shapely.clip_by_rect(b_plane, *window)
    if shapely.is_empty(near_b):
        return pair
    local_line = shapely.shortest_line(_mapped(from_plane(a_plane), local), _mapped(from_plane(near_b), local))
    return _mapped(shapely.get_coordinates(local_line), lambda x, y: local(x, y, inverse=True))


def check_footprint(geometry: BaseGeometry | None) -> None:
    """Refuses what cannot be measured; nothing is repaired.

    Raises GeometryError: geometry_missing, geometry_empty, geometry_not_finite, geometry_kind (a collection or an open
    ring), geometry_self_crossing or geometry_invalid, the last two with ``where`` (x, y) and the checker's ``reason``.
    """
    if geometry is None:
        raise GeometryError("geometry_missing")
    if shapely.is_empty(geometry):
        raise GeometryError("geometry_empty")
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        raise GeometryError("geometry_not_finite")
    if geometry.geom_type in ("GeometryCollection", "LinearRing"):
        raise GeometryError("geometry_kind", kind=geometry.geom_type)
    if not shapely.is_valid(geometry):
        reason = str(shapely.is_valid_reason(geometry))
        crossing = "self-intersection" in reason.lower()
        code = "geometry_self_crossing" if crossing else "geometry_invalid"
        raise GeometryError(code, where=_where(reason), reason=reason.partition("[")[0])


def mended(moved: BaseGeometry) -> BaseGeometry:
    """A geometry that was valid before its coordinates were transformed, valid again.

    A corner that touches the middle of an edge crosses it by a hair once both were transformed: an edge that is
    straight in one frame bends in another, by 2 cm in a kilometre. That is within how exactly edges are known.
    """
    if shapely.is_valid(moved):
        return moved
    whole = shapely.make_valid(moved, method="structure", keep_collapsed=False)
    return whole if shapely.area(whole) > 0.0 else moved


def footprint_in_plane(footprint: BaseGeometry) -> BaseGeometry:
    """EPSG:4549 of a valid lon-lat footprint. Raises GeometryError as :func:`check_footprint` does."""
    plane = mended(to_plane(shapely.force_2d(footprint)))
    check_footprint(plane)
    return plane


def _where(reason: str) -> tuple[float, float] | None:
    found = re.search(r"\[(\S+) (\S+?)\]", reason)
    return (float(found.group(1)), float(found.group(2))) if found else None


def check_in_region(geometry: BaseGeometry, stated: BaseGeometry | None = None, frame: Frame = WGS84) -> None:
    """Refuses a lon-lat geometry that is not wholly in the region, with a hint why it might be elsewhere.

    ``stated`` are the coordinates as they came and ``frame`` the frame they were said to be in. Raises RegionError
    ``outside_region`` with ``hint``: axes_swapped, metres_declared_as_degrees, degrees_declared_as_metres,
    other_zone, crosses_edge or outside; ``fits`` names the frame in which the numbers would fit, if any.
    """
    bounds = np.asarray(shapely.bounds(geometry))
    if _in_region(bounds):
        return
    box = shapely.box(*REGION_BOUNDS)
    hint, fits = ("crosses_edge", "") if shapely.intersects(box, geometry) else _hint(stated or geometry, frame)
    raise RegionError("outside_region", hint=hint, fits=fits, bounds=tuple(round(float(value), 6) for value in bounds))


def _in_region(bounds: Coordinates) -> bool:
    west, south, east, north = REGION_BOUNDS
    return bool(west <= bounds[0] and south <= bounds[1] and bounds[2] <= east and bounds[3] <= north)


def _hint(stated: BaseGeometry, frame: Frame) -> tuple[str, str]:
    """Which mistake would explain the numbers: the first frame or order of axes in which they fit."""
    others = [parse_frame(str(epsg)) for epsg in (LONLAT, PLANE, 4528, 4550)]
    for candidate in [frame, *(other for other in others if other.code != frame.code)]:
        for swapped in (False, True):
            if _fits(stated, candidate, swapped):
                return _mistake(frame, candidate), candidate.code
    return "outside", ""


def _fits(stated: BaseGeometry, frame: Frame, swapped: bool) -> bool:
    turned = _mapped(stated, lambda x, y: (y, x)) if swapped else stated
    bounds = np.asarray(shapely.bounds(to_lonlat(turned, frame)))
    return bool(np.isfinite(bounds).all()) and _in_region(bounds)


def _mistake(frame: Frame, candidate: Frame) -> str:
    if candidate.code == frame.code:
        return "axes_swapped"
    if frame.is_geographic and not candidate.is_geographic:
        return "metres_declared_as_degrees"
    if candidate.is_geographic and not frame.is_geographic:
        return "degrees_declared_as_metres"
    return "other_zone"


def looks_like_gcj02(outlines: NDArray[np.object_], trusted: NDArray[np.object_]) -> bool:
    """Whether lon-lat polygons, each beside the same one of a trusted source, are GCJ-02 in disguise.

    Undoing the shift then brings their edges nearer to the trusted ones, by more than chance and rough drawing do:
    of sources that part by 327 m an axis, true outlines come out at 1.3 and more, shifted ones at 0.75 and less.
    """
    if len(outlines) < GCJ02_OUTLINES:
        return False
    before = _gap_m(outlines, trusted)
    return before >= GCJ02_GAP_M and _gap_m(to_lonlat(outlines, GCJ02), trusted) <= GCJ02_SHRINKS_TO * before


def _gap_m(outlines: NDArray[np.object_], trusted: NDArray[np.object_]) -> float:
    """The median distance in the plane from places along the edges of polygons to those of their counterparts."""
    edges, others = shapely.boundary(to_plane(outlines)), shapely.boundary(to_plane(trusted))
    along = np.linspace(0.0, 1.0, GCJ02_PLACES, endpoint=False)
    places = shapely.line_interpolate_point(shapely.line_merge(edges)[:, None], along, normalized=True)
    return float(np.median(shapely.distance(places, others[:, None])))
