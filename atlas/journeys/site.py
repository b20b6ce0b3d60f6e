"""A site on its way to a check: from a drawing, a typed list or a click; its size in the units of a planner."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass

from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from atlas.assessment import InputRecord, geometry_dict
from geo.crs import check_footprint, check_in_region, plane_area_m2
from geo.types import Proposal, Use

#: A person places a vertex within about this many pixels of where it was meant, 95 times in 100.
DRAWING_PIXELS = 5.0
#: Metres per pixel at zoom 0 on the equator, Web Mercator with tiles of 256 pixels.
EQUATOR_PIXEL_M = 156_543.034
SQUARE_METRES_PER_MU = 10_000 / 15
#: The frame of a drawing, as the map has it.
DRAWN_FRAME = "EPSG:4326"


@dataclass(frozen=True)
class Size:
    """The area of a site in square metres, mu and hectares."""

    square_metres: float

    @property
    def mu(self) -> float:
        """亩: fifteen to the hectare."""
        return self.square_metres / SQUARE_METRES_PER_MU

    @property
    def hectares(self) -> float:
        """Hectares."""
        return self.square_metres / 10_000


def size_of(footprint: BaseGeometry) -> Size:
    """The size of a site; zero for points and lines."""
    return Size(plane_area_m2(footprint))


def drawing_accuracy_m(zoom: float, latitude: float) -> float:
    """The accuracy (CE95) to propose for something drawn by hand at a zoom, rounded up to a whole metre."""
    pixel = EQUATOR_PIXEL_M * math.cos(math.radians(latitude)) / 2**zoom
    return float(math.ceil(DRAWING_PIXELS * pixel))


def drawn_site(geometry: dict[str, object], zoom: float, name: str, added_accuracy_m: float = 0.0) -> Proposal:
    """A drawing as a site; ``added_accuracy_m`` is what the basemap's own frame adds to its CE95.

    Raises GeometryError or RegionError where it cannot be one.
    """
    footprint = shape(geometry)
    check_footprint(footprint)
    check_in_region(footprint)
    accuracy = drawing_accuracy_m(zoom, footprint.centroid.y) + added_accuracy_m
    return Proposal("1", name, Use.FACTORY, footprint, accuracy)


def typed_site(footprint: BaseGeometry, accuracy_m: float, name: str) -> Proposal:
    """Typed corner points as a site."""
    check_footprint(footprint)
    check_in_region(footprint)
    return Proposal("1", name, Use.FACTORY, footprint, accuracy_m)


def input_record(proposal: Proposal, how: str, frame: str = DRAWN_FRAME) -> InputRecord:
    """The record of a site that came from no file; ``frame`` is the one its coordinates were given in."""
    content = json.dumps(geometry_dict(proposal.footprint), sort_keys=True).encode()
    return InputRecord(how, hashlib.sha256(content).hexdigest(), frame, proposal.accuracy_m)
