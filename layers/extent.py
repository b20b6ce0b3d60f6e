"""Where is a layer complete? The words of a catalogue entry or of a user, and the area that they mean."""

from __future__ import annotations

import math

import shapely
from shapely.geometry.base import BaseGeometry

from layers.errors import DataError

REGION, NOWHERE, SHAPE, BOX = "region", "none", "file", "bbox:"


def parse_extent(given: str | BaseGeometry) -> tuple[str, BaseGeometry | None]:
    """The words of an extent, and its shape where the caller gave one.

    Raises DataError ``covers_unreadable`` for anything but region, none, bbox:W,S,E,N in degrees, or a valid polygon.
    """
    if isinstance(given, BaseGeometry):
        if shapely.get_dimensions(given) != 2 or shapely.is_empty(given) or not shapely.is_valid(given):
            raise DataError("covers_unreadable", given=given.geom_type)
        return SHAPE, shapely.force_2d(given)
    words = given.strip()
    if words not in (REGION, NOWHERE):
        _box(words)
    return words, None


def extent_area(words: str, shape: BaseGeometry | None) -> BaseGeometry | None:
    """The lon-lat area in which a layer is complete: None for the whole region, an empty polygon for nowhere.

    Raises DataError ``covers_unreadable``; a shape that is missing counts as nowhere.
    """
    if words == REGION:
        return None
    if words == NOWHERE:
        return shapely.Polygon()
    if words == SHAPE:
        return shape if shape is not None else shapely.Polygon()
    return _box(words)


def _box(words: str) -> BaseGeometry:
    try:
        west, south, east, north = (float(part) for part in words.removeprefix(BOX).split(","))
    except ValueError as error:
        raise DataError("covers_unreadable", given=words[:80]) from error
    sides = (west, south, east, north)
    if not (words.startswith(BOX) and all(map(math.isfinite, sides)) and west < east and south < north):
        raise DataError("covers_unreadable", given=words[:80])
    return shapely.box(*sides)
