"""What a map's frame shows and what must be true of it: scale, north, graticule. Numbers only, nothing is drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.crs import from_plane, geodesic_distance_m, to_plane

Bounds = tuple[float, float, float, float]

#: A map never shows less than this across.
SMALLEST_SIDE_M = 400.0
#: Room around what was asked for, as a share of its size.
RIM = 0.03

#: Points along each side of bounds: between them a parallel across the region leaves its chord by less than a metre.
EDGE_POINTS = 65

#: Scales that a reader expects, as factors of a power of ten: 1:1000, 1:1500, 1:2000 …
ROUND_FACTORS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)

#: Steps of a graticule in degrees: whole degrees, then round minutes and seconds.
STEPS = (
    5.0,
    2.0,
    1.0,
    *(minutes / 60 for minutes in (30, 20, 10, 5, 2, 1)),
    *(seconds / 3600 for seconds in (30, 10, 5, 2, 1)),
)
#: As many meridians as a reader can follow, and on a wide sheet one more for every so many millimetres.
MOST_LINES, LINE_GAP_MM = 8, 33.0


@dataclass(frozen=True)
class Frame:
    """What the map shows: west, south, east, north in metres of EPSG:4549, and its size on paper in millimetres."""

    west: float
    south: float
    east: float
    north: float
    width_mm: float
    height_mm: float

    @property
    def centre(self) -> tuple[float, float]:
        """The middle, in the plane."""
        return (self.west + self.east) / 2, (self.south + self.north) / 2

    @property
    def metres_a_mm(self) -> float:
        """Metres of the plane to a millimetre of paper."""
        return (self.east - self.west) / self.width_mm

    @property
    def paper_mm(self) -> tuple[float, float]:
        """Width and height on paper."""
        return self.width_mm, self.height_mm

    def in_plane(self, place: tuple[float, float]) -> tuple[float, float]:
        """A place in millimetres from the frame's lower left corner, in the plane."""
        return self.west + place[0] * self.metres_a_mm, self.south + place[1] * self.metres_a_mm

    def on_paper(self, plane: NDArray[np.float64]) -> NDArray[np.float64]:
        """Millimetres from the frame's lower left corner of points (n, 2) in the plane."""
        return (np.asarray(plane, float) - (self.west, self.south)) / self.metres_a_mm


def plane_bounds(bounds: Bounds) -> Bounds:
    """What lon-lat ``bounds`` span in the plane: of points along their edge, so that bounds without size will do."""
    west, south, east, north = bounds
    x, y = np.linspace(west, east, EDGE_POINTS), np.linspace(south, north, EDGE_POINTS)
    along = [(x, np.full_like(x, side)) for side in (south, north)]
    up = [(np.full_like(y, side), y) for side in (west, east)]
    edge = to_plane(np.concatenate([np.column_stack(side) for side in (*along, *up)]))
    (left, below), (right, above) = edge.min(axis=0), edge.max(axis=0)
    return float(left), float(below), float(right), float(above)


def frame_of(bounds: Bounds, width_mm: float, height_mm: float) -> Frame:
    """The frame of a paper size that shows all of lon-lat ``bounds``."""
    west, south, east, north = plane_bounds(bounds)
    middle_x, middle_y = (west + east) / 2, (south + north) / 2
    wanted_x = max(east - west, SMALLEST_SIDE_M) * (1 + 2 * RIM)
    wanted_y = max(north - south, SMALLEST_SIDE_M) * (1 + 2 * RIM)
    scale = max(wanted_x / width_mm, wanted_y / height_mm)
    half_x, half_y = scale * width_mm / 2, scale * height_mm / 2
    return Frame(middle_x - half_x, middle_y - half_y, middle_x + half_x, middle_y + half_y, width_mm, height_mm)


def at_scale(frame: Frame, ratio: float) -> Frame:
    """The frame of the same paper around the same middle at 1:``ratio``, true at the middle."""
    half = ratio / 1000.0 * ground_scale(frame) / 2
    (x, y), half_x, half_y = frame.centre, half * frame.width_mm, half * frame.height_mm
    return Frame(x - half_x, y - half_y, x + half_x, y + half_y, frame.width_mm, frame.height_mm)


def ratio_of(frame: Frame) -> float:
    """The n of 1:n at the middle of the map."""
    return frame.metres_a_mm / ground_scale(frame) * 1000.0


def round_ratio(ratio: float) -> float:
    """The largest scale with a round number that is not larger than 1:``ratio``: the next round number upwards."""
    power = 10.0 ** math.floor(math.log10(ratio))
    return next(factor * power for factor in ROUND_FACTORS if factor * power >= ratio * (1 - 1e-9))


def ground_scale(frame: Frame) -> float:
    """Metres of the plane to a metre on the ground, eastwards at the middle of the map."""
    middle = frame.centre
    ends = np.array([(middle[0] - 500.0, middle[1]), (middle[0] + 500.0, middle[1])])
    start, end = from_plane(ends)
    return 1000.0 / float(geodesic_distance_m(start, end))


def round_length_m(longest_m: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that is not longer than ``longest_m``."""
    power = 10.0 ** math.floor(math.log10(longest_m))
    return max(factor * power for factor in (1, 2, 5) if factor * power <= longest_m)


@dataclass(frozen=True)
class ScaleBar:
    """A round length on the ground and how long it is on paper; ``ratio`` is the n of 1:n."""

    length_m: float
    paper_mm: float
    ratio: float


def scale_bar(frame: Frame, longest_mm: float) -> ScaleBar:
    """The longest round bar that fits, true at the middle of the map."""
    ratio = ratio_of(frame)
    length = round_length_m(longest_mm * ratio / 1000.0)
    return ScaleBar(length, length * 1000.0 / ratio, ratio)


def convergence_deg(frame: Frame) -> float:
    """Degrees clockwise from the top of the sheet to true north at the middle of the map.

    The direction in which the meridian runs in the plane, over a thousandth of a degree.
    """
    longitude, latitude = from_plane(np.array([frame.centre]))[0]
    below, above = to_plane(np.array([(longitude, latitude - 5e-4), (longitude, latitude + 5e-4)]))
    east, north = above - below
    return math.degrees(math.atan2(east, north))


@dataclass(frozen=True)
class GridLine:
    """A meridian or parallel: its course in the plane (n, 2), and where it meets two edges of the frame, if it does:

    x on the lower and on the upper edge, or y on the left and on the right edge.
    """

    degrees: float
    is_meridian: bool
    course: NDArray[np.float64]
    edges: tuple[float | None, float | None]


def graticule(frame: Frame) -> tuple[GridLine, ...]:
    """Meridians and parallels at a round step."""
    outline = shapely.segmentize(
        shapely.box(frame.west, frame.south, frame.east, frame.north), frame.width_mm * frame.metres_a_mm / 20
    )
    west, south, east, north = shapely.bounds(from_plane(outline))
    most = max(MOST_LINES, frame.width_mm / LINE_GAP_MM)
    step = next((step for step in reversed(STEPS) if max(east - west, north - south) / step <= most), STEPS[0])
    meridians = [_line(degrees, True, (south, north), frame) for degrees in _multiples(west, east, step)]
    parallels = [_line(degrees, False, (west, east), frame) for degrees in _multiples(south, north, step)]
    return tuple(meridians + parallels)


def _multiples(low: float, high: float, step: float) -> list[float]:
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def _line(degrees: float, is_meridian: bool, span: tuple[float, float], frame: Frame) -> GridLine:
    along = np.linspace(*span, 41)
    fixed = np.full_like(along, degrees)
    course = to_plane(np.column_stack((fixed, along) if is_meridian else (along, fixed)))
    across, upwards = (frame.west, frame.east), (frame.south, frame.north)
    if is_meridian:
        edges = _meeting(upwards, course[:, 1], course[:, 0], across)
    else:
        edges = _meeting(across, course[:, 0], course[:, 1], upwards)
    return GridLine(degrees, is_meridian, course, edges)


def _meeting(
    edges: tuple[float, float], along: NDArray[np.float64], aside: NDArray[np.float64], within: tuple[float, float]
) -> tuple[float | None, float | None]:
    """Where a line crosses two parallel edges, between the ends of each."""
    first, last = (
        place if within[0] < place < within[1] else None for place in np.interp(edges, along, aside).tolist()
    )
    return first, last


def degrees_words(degrees: float, is_meridian: bool) -> str:
    """120°30′E: minutes and seconds only where they are not nought."""
    seconds = round(abs(degrees) * 3600)
    parts = [f"{seconds // 3600}°"]
    if seconds % 3600:
        parts.append(f"{seconds % 3600 // 60:02d}′")
    if seconds % 60:
        parts.append(f"{seconds % 60:02d}″")
    hemisphere = ("E" if degrees >= 0 else "W") if is_meridian else ("N" if degrees >= 0 else "S")
    return "".join(parts) + hemisphere
