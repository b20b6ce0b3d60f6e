"""One footprint at many places of the plane: how far outside some outline it stands, or how deep inside, at each.

A place is an offset (metres east and north in EPSG:4549) by which the footprint is moved without being turned. Every
answer is a pair of bounds, for the footprint is measured itself only where the bounds of its one point leave it open.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo import crs
from geo.types import REGION_BOUNDS

Numbers = NDArray[np.float64]

#: Vertices of a piece of a boundary: short enough to be told apart from the others by a tree.
PIECE_VERTICES = 24
#: More vertices than this are not dissolved into one outline.
DISSOLVED_VERTICES = 400_000
#: Edges of a lon-lat box are cut to this many degrees before they are drawn in the plane.
EDGE_DEGREES = 0.02
#: Corners of a footprint that are followed one by one, and how finely the middle of its widest part is sought.
CORNERS_FOLLOWED = 8
MIDDLE_SHARE = 0.02


def moved(footprint: BaseGeometry, offsets: Numbers) -> NDArray[np.object_]:
    """The footprint at each of (n, 2) offsets of the plane, in metres."""
    copies = np.full(len(offsets), footprint, dtype=object)
    counts = shapely.get_num_coordinates(copies)
    coordinates: NDArray[np.object_] = shapely.set_coordinates(
        copies, shapely.get_coordinates(copies) + np.repeat(offsets, counts, axis=0)
    )
    return coordinates


class Outline:
    """Shapes of the plane that a footprint is measured against."""

    def __init__(self, shapes: NDArray[np.object_]) -> None:
        areal = shapely.get_dimensions(shapes) == 2
        self.has_area = bool(areal.any())
        polygons, others = shapes[areal], shapes[~areal]
        self.dissolved = int(shapely.get_num_coordinates(polygons).sum()) <= DISSOLVED_VERTICES
        if self.dissolved and self.has_area:
            self._body = shapely.union_all(polygons)
            shapely.prepare(self._body)
            polygons = np.array([self._body], dtype=object)
        self._polygons = shapely.STRtree(polygons)
        self._edges = shapely.STRtree(pieces(np.concatenate([shapely.boundary(polygons), others])))

    def holds(self, points: NDArray[np.object_]) -> NDArray[np.bool_]:
        """Which points lie inside."""
        if not self.has_area:
            return np.zeros(len(points), dtype=bool)
        if self.dissolved:
            return np.asarray(shapely.intersects(self._body, points))
        held = np.zeros(len(points), dtype=bool)
        held[self._polygons.query(points, predicate="intersects")[0]] = True
        return held

    def to_edge(self, shapes: NDArray[np.object_]) -> Numbers:
        """Distance of each shape to the nearest edge; infinite where there is none."""
        if len(self._edges) == 0:
            return np.full(len(shapes), np.inf)
        return np.asarray(self._edges.query_nearest(shapes, return_distance=True, all_matches=False)[1])


def pieces(lines: NDArray[np.object_]) -> NDArray[np.object_]:
    """Long lines cut into short ones; points and short lines as they are."""
    parts = shapely.get_parts(lines)
    parts = parts[~shapely.is_empty(parts)]
    long = shapely.get_num_coordinates(parts) > PIECE_VERTICES
    cut: list[BaseGeometry] = []
    for line in parts[long]:
        vertices = shapely.get_coordinates(line)
        starts = range(0, len(vertices) - 1, PIECE_VERTICES)
        cut += [shapely.LineString(vertices[start : start + PIECE_VERTICES + 1]) for start in starts]
    return np.concatenate([parts[~long], np.array(cut, dtype=object)])


def outline_of(lonlat: Iterable[BaseGeometry]) -> Outline:
    """An outline of lon-lat shapes."""
    shapes = [shape for shape in lonlat if not shapely.is_empty(shape)]
    return Outline(np.array([crs.to_plane(shapely.segmentize(shape, EDGE_DEGREES)) for shape in shapes], dtype=object))


@cache
def region_outline() -> Outline:
    """The region, where a layer that says nothing else is complete and where alone a site may stand."""
    return outline_of([shapely.box(*REGION_BOUNDS)])


@dataclass(frozen=True)
class Footprint:
    """A footprint with the points by which it is known: one that stands for it, and corners.

    ``middle`` is a point of the footprint with a disc of ``depth_m`` around it inside; nothing of the footprint is
    farther from it than ``radius_m``. ``corners`` (k, 2) are points of it. All in EPSG:4549.
    """

    plane: BaseGeometry
    middle: BaseGeometry
    depth_m: float
    radius_m: float
    corners: Numbers


def footprint_of(plane: BaseGeometry) -> Footprint:
    """The points of a footprint of the plane."""
    vertices = np.unique(shapely.get_coordinates(plane), axis=0)
    if shapely.get_dimensions(plane) == 2:
        fineness = max(MIDDLE_SHARE * np.sqrt(shapely.area(plane)), 1e-3)
        middle = shapely.get_point(shapely.maximum_inscribed_circle(plane, fineness), 0)
        depth = float(shapely.distance(middle, shapely.boundary(plane)))
    else:
        middle, depth = shapely.point_on_surface(plane), 0.0
    radius = float(np.hypot(*(vertices - shapely.get_coordinates(middle)).T).max())
    return Footprint(plane, middle, depth, radius, _spread(plane, vertices))


def _spread(plane: BaseGeometry, vertices: Numbers) -> Numbers:
    """A few vertices on all sides."""
    hull = shapely.convex_hull(plane)
    ring = shapely.get_coordinates(hull)[:-1] if hull.geom_type == "Polygon" else vertices
    return ring[np.unique(np.linspace(0, len(ring) - 1, CORNERS_FOLLOWED).astype(int))]


@dataclass
class _Measured:
    """Of one outline: which middles it holds, how far these are from its edge, the footprints as far as known.

    ``outward`` and ``inward`` (minus a way, metres) say how far a footprint on the edge must be moved at least to
    stand wholly outside, wholly inside; 0 where nobody asked.
    """

    held: NDArray[np.bool_]
    of_middle: Numbers
    of_shape: Numbers
    outward: Numbers
    inward: Numbers


class Places:
    """A footprint at many places, with what was measured there already.

    A footprint is no nearer than its middle less its radius, and no farther than its middle: only where that does not
    decide is the footprint itself measured, and only at places that are still ``open``.
    """

    def __init__(self, footprint: Footprint, offsets: Numbers) -> None:
        self._footprint, self._offsets = footprint, offsets
        self._shapes, self._middles = moved(footprint.plane, offsets), moved(footprint.middle, offsets)
        self._known: dict[int, _Measured] = {}
        self.open = np.ones(len(offsets), dtype=bool)

    def __len__(self) -> int:
        return len(self._shapes)

    def outside(self, outline: Outline, enough_m: float) -> tuple[Numbers, Numbers]:
        """At least and at most so far outside, metres, exact below ``enough_m``.

        Where it is not outside: minus the way that it must be moved at least to be.
        """
        known = self._measured(outline)
        self._refine(outline, known, ~known.held, enough_m)
        return self._bounds(known, known.held, known.outward)

    def inside(self, outline: Outline, enough_m: float) -> tuple[Numbers, Numbers]:
        """At least and at most so deep inside, metres, exact below ``enough_m``; otherwise as for ``outside``."""
        known = self._measured(outline)
        self._refine(outline, known, known.held, enough_m)
        return self._bounds(known, ~known.held, known.inward)

    def _measured(self, outline: Outline) -> _Measured:
        if id(outline) not in self._known:
            of_middle = outline.to_edge(self._middles)
            is_point = self._footprint.radius_m == 0.0
            of_shape = of_middle.copy() if is_point else np.full(len(self), np.nan)
            none = np.zeros(len(self))
            held = outline.holds(self._middles)
            self._known[id(outline)] = _Measured(held, of_middle, of_shape, none, none.copy())
        return self._known[id(outline)]

    def _refine(self, outline: Outline, known: _Measured, there: NDArray[np.bool_], enough_m: float) -> None:
        wanted = there & (known.of_middle - self._footprint.radius_m < enough_m)
        rows = np.flatnonzero(wanted & self.open & np.isnan(known.of_shape))
        if len(rows) == 0:
            return
        known.of_shape[rows] = outline.to_edge(self._shapes[rows])
        crossing = rows[known.of_shape[rows] == 0.0]
        if len(crossing):
            self._follow_corners(outline, known, crossing)

    def _follow_corners(self, outline: Outline, known: _Measured, rows: NDArray[np.intp]) -> None:
        """A corner that is so far on the wrong side must come all the way back, and so must the disc in the middle."""
        signed = np.where(known.held[rows], -1.0, 1.0) * known.of_middle[rows]
        outward, inward = signed - self._footprint.depth_m, -signed - self._footprint.depth_m
        for corner in self._footprint.corners:
            points = shapely.points(corner + self._offsets[rows])
            beyond = outline.to_edge(points) * np.where(outline.holds(points), -1.0, 1.0)
            outward, inward = np.minimum(outward, beyond), np.minimum(inward, -beyond)
        known.outward[rows], known.inward[rows] = np.minimum(outward, 0.0), np.minimum(inward, 0.0)

    def _bounds(self, known: _Measured, beyond: NDArray[np.bool_], across: Numbers) -> tuple[Numbers, Numbers]:
        """Bounds of the footprint; where its middle is ``beyond`` the edge the middle's disc must come back whole."""
        vague = np.isnan(known.of_shape)
        low = np.where(vague, np.maximum(known.of_middle - self._footprint.radius_m, 0.0), known.of_shape)
        high = np.where(vague, known.of_middle, np.where(known.of_shape == 0.0, across, known.of_shape))
        return (
            np.where(beyond, -known.of_middle, low),
            np.where(beyond, -known.of_middle - self._footprint.depth_m, high),
        )
