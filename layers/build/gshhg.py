"""The coast as GSHHG has it: lines and land, read from the binned netCDF file of version 2.3.7.

The file cuts the shoreline into bins of one degree. A segment keeps the land on its left; points count in
1/65535 degree from the bin's south-west corner. Lines are joined again per GSHHG polygon, so that no bin edge
and no edge of the area read is ever taken for coast.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, cos, floor, radians
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, MultiLineString, Polygon, box
from shapely.geometry.base import BaseGeometry

from geo.types import REGION_BOUNDS
from layers.build.workshop import BuildError, package

#: What is read beyond the region, so that a distance to the coast of up to this much is never cut short.
HALO_M = 60_000
VERSION = "2.3.7"
SHORE = 1
EURASIA = 0
_METRES_A_DEGREE = 111_000
_BINS_ROUND = 360
#: A step from a line to the land beside it, far below the 1.5e-5 degrees of the coordinates.
_BESIDE = 1e-7

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Coast:
    """The shoreline of the region and HALO_M around it.

    ``mainland`` the merged lines of Eurasia, uncut beyond ``area``; ``islands`` whole rings by GSHHG polygon id;
    ``area`` the box, lon-lat, in which all this is complete.
    """

    mainland: MultiLineString
    islands: dict[int, Polygon]
    area: Polygon

    def mainland_polygon(self) -> BaseGeometry:
        """The mainland inside ``area``; its straight outer edges are the end of what was read, not coast."""
        lines = shapely.intersection(self.mainland, self.area)
        faces = shapely.get_parts(shapely.polygonize([shapely.union_all([lines, self.area.exterior])]))
        tree = shapely.STRtree(faces)
        beside = shapely.points([_land_side(line) for line in shapely.get_parts(lines)])
        land = np.unique(tree.query(beside, predicate="within")[1])
        return shapely.union_all(faces[land])


def halo_bounds() -> Bounds:
    """The region and HALO_M around it, in degrees."""
    west, south, east, north = REGION_BOUNDS
    high = HALO_M / _METRES_A_DEGREE
    wide = high / cos(radians(north + high))
    return (west - wide, south - high, east + wide, north + high)


@lru_cache
def read_coast(path: Path) -> Coast:
    """Read the shoreline. Raises BuildError where the file or its reader is missing, or it is another version."""
    segments: dict[int, list[LineString]] = defaultdict(list)
    for polygon, points in _segments(path):
        segments[polygon].append(LineString(points))
    merged = {polygon: shapely.line_merge(MultiLineString(lines)) for polygon, lines in segments.items()}
    area = box(*halo_bounds())
    rings = {key: line for key, line in merged.items() if key != EURASIA and line.intersects(area)}
    mainland = MultiLineString(list(shapely.get_parts(merged[EURASIA])))
    return Coast(mainland, {key: Polygon(_closed(line, key)) for key, line in sorted(rings.items())}, area)


def _closed(line: BaseGeometry, polygon: int) -> BaseGeometry:
    if line.geom_type != "LineString" or not line.is_closed:
        raise BuildError("island_cut", polygon=polygon)
    return line


def _segments(path: Path) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """GSHHG polygon id and lon-lat points of every shore segment in the bins that the halo touches."""
    if not path.is_file():
        raise BuildError("source_missing", file=str(path))
    with package("netCDF4", distribution="netcdf4").Dataset(str(path)) as data:
        if data.version != VERSION:
            raise BuildError("source_version", file=str(path), seen=data.version, wanted=VERSION)
        west, south, east, north = halo_bounds()
        # one bin more on each side: an island that a halo bin holds may reach into the next
        for latitude in range(floor(south) - 1, ceil(north) + 1):
            for longitude in range(floor(west) - 1, ceil(east) + 1):
                yield from _bin_segments(data, longitude, latitude)


def _bin_segments(data: Any, west: int, south: int) -> Iterator[tuple[int, NDArray[np.float64]]]:
    row_from_north = 90 - 1 - south
    number = row_from_north * _BINS_ROUND + west
    first = int(data["Id_of_first_segment_in_a_bin"][number])
    for segment in range(first, first + int(data["N_segments_in_a_bin"][number])):
        info = int(data["Embedded_npts_levels_exit_entry_for_a_segment"][segment])
        count, level = info >> 9, (info >> 6) & 7
        if level == SHORE:
            start = int(data["Id_of_first_point_in_a_segment"][segment])
            stop = start + count
            east = _degrees(data["Relative_longitude_from_SW_corner_of_bin"][start:stop])
            north = _degrees(data["Relative_latitude_from_SW_corner_of_bin"][start:stop])
            yield int(data["Id_of_GSHHS_ID"][segment]), np.column_stack([west + east, south + north])


def _degrees(stored: Any) -> NDArray[np.float64]:
    """Unsigned 16-bit counts, stored as signed, in degrees of the bin."""
    counts: NDArray[np.float64] = np.asarray(stored).astype(np.uint16) / 65535
    return counts


def _land_side(line: LineString) -> tuple[float, float]:
    """A point just left of the middle of a line's longest step: on land."""
    points = shapely.get_coordinates(line)
    steps = np.diff(points, axis=0)
    longest = int(np.hypot(steps[:, 0], steps[:, 1]).argmax())
    middle = points[longest] + steps[longest] / 2
    east, north = steps[longest] / np.hypot(*steps[longest])
    return float(middle[0] - north * _BESIDE), float(middle[1] + east * _BESIDE)
