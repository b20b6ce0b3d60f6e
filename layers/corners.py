"""A typed site: one coordinate, or the list of its corner points (界址点)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import shapely
from shapely.geometry.base import BaseGeometry

from geo.crs import Frame, check_footprint, check_in_region, parse_frame, to_lonlat
from layers.errors import DataError

LONGEST = 200_000
MOST_POINTS = 10_000
NUMBER = re.compile(r"[+-]?\d+(\.\d*)?")
LABEL = re.compile(r"[^\W\d_]+[\w-]*[.:]?|\d{1,4}[.:)]", re.UNICODE)
ORDINAL = re.compile(r"\d{1,4}")


def parse_corners(text: str, frame: str | int, north_first: bool = False) -> BaseGeometry:
    """A point for one coordinate, a polygon for three or more, lon-lat.

    Each point is east then north (lon, lat), or with ``north_first`` the other way round, in ``frame``: an EPSG code
    such as 4326, 4549 or 4528, gcj02 or bd09.
    Points are parted by lines or semicolons, numbers by commas, blanks or tabs, full-width or not; a label such as J1
    or a running number may stand before each. The list need not return to its first point.

    Raises FrameError; DataError ``corners_empty``, ``corners_too_many``, ``corners_unreadable`` and ``corners_odd``
    (both with ``line``, from 1), ``corners_two``; GeometryError for a crossing outline; RegionError.
    """
    stated = parse_frame(str(frame))
    points = _points(text)
    if not points:
        raise DataError("corners_empty")
    outline = _outline([(east, north) for north, east in points] if north_first else points)
    check_footprint(outline)
    placed = to_lonlat(outline, stated)
    _check_place(placed, outline, stated)
    return placed


def _check_place(placed: BaseGeometry, outline: BaseGeometry, frame: Frame) -> None:
    check_footprint(placed)
    check_in_region(placed, outline, frame)


def _outline(points: Sequence[tuple[float, float]]) -> BaseGeometry:
    if len(points) > 1 and points[0] == points[-1]:
        points = points[:-1]
    if len(points) == 1:
        return shapely.Point(points[0])
    if len(points) == 2:
        raise DataError("corners_two")
    return shapely.Polygon(points)


def _points(text: str) -> list[tuple[float, float]]:
    if len(text) > LONGEST:
        raise DataError("corners_too_many", limit=MOST_POINTS)
    plain = unicodedata.normalize("NFKC", text).replace("、", ",").replace("。", ";").replace(":", ": ")
    points: list[tuple[float, float]] = []
    for line, content in enumerate(plain.splitlines(), start=1):
        for record in content.split(";"):
            points += _record(record, line)
    if len(points) > MOST_POINTS:
        raise DataError("corners_too_many", limit=MOST_POINTS)
    return points


def _record(record: str, line: int) -> list[tuple[float, float]]:
    """The points of one line, or of a part of it between semicolons."""
    words = re.sub(r"[,\t()\[\]]+", " ", record).split()
    numbers = [word for word in words if not LABEL.fullmatch(word)]
    wrong = next((word for word in numbers if not NUMBER.fullmatch(word)), None)
    if wrong is not None:
        raise DataError("corners_unreadable", line=line, word=wrong[:40])
    if len(numbers) == 3 and ORDINAL.fullmatch(numbers[0]):
        numbers = numbers[1:]
    if len(numbers) % 2:
        raise DataError("corners_odd", line=line, numbers=len(numbers))
    values = [float(number) for number in numbers]
    return list(zip(values[::2], values[1::2], strict=True))
