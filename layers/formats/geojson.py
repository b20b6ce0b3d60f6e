"""GeoJSON by the JSON parser and shapely: no driver guesses what else the file could be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from layers.errors import UnreadableFile
from layers.formats.encoding import decode
from layers.formats.raw import GeometryFaultError, Limits, RawTable, check_size, read_features

GEOMETRIES = {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"}
DEEPEST = 12
WGS84 = "EPSG:4326"


def read_geojson(data: bytes, limits: Limits) -> RawTable:
    """A FeatureCollection, a Feature or a bare geometry.

    Lon-lat as RFC 7946 has it unless a ``crs`` member names another EPSG code. Raises UnreadableFile
    ``json_broken``, ``json_too_deep``, ``json_not_geo``, ``crs_member``.
    """
    text, encoding, steps = decode(data)
    document = _parse(text)
    features = _features(document)
    check_size(len(features), 1, limits)
    rows, geometries, rejected = read_features(features, _geometry_of, _attributes)
    stated, silent = _frame(document)
    return RawTable(tuple(rows.columns), rows, geometries, stated, silent, encoding, steps, steps, rejected, "geojson")


def _parse(text: str) -> Mapping[str, Any]:
    try:
        document = json.loads(text)
    except RecursionError as error:
        raise UnreadableFile("json_too_deep") from error
    except ValueError as error:
        raise UnreadableFile("json_broken", line=getattr(error, "lineno", 0)) from error
    if not isinstance(document, dict):
        raise UnreadableFile("json_not_geo")
    return document


def _features(document: Mapping[str, Any]) -> list[Any]:
    kind = document.get("type")
    if kind == "FeatureCollection" and isinstance(document.get("features"), list):
        return list(document["features"])
    if kind == "Feature":
        return [document]
    if isinstance(kind, str) and kind in GEOMETRIES:
        return [{"type": "Feature", "properties": {}, "geometry": document}]
    raise UnreadableFile("json_not_geo")


def _geometry_of(feature: Any) -> BaseGeometry | None:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise GeometryFaultError("not_a_feature")
    member = feature.get("geometry")
    if member is None:
        return None
    _check_member(member, 0)
    try:
        return shape(member)
    except (ShapelyError, ValueError, TypeError, IndexError, KeyError, AttributeError, OverflowError) as error:
        raise GeometryFaultError("geometry_unreadable") from error


def _check_member(member: Any, depth: int) -> None:
    """Raise GeometryFaultError for an unknown type, a collection too deep, or a ring that does not close."""
    if not isinstance(member, dict) or member.get("type") not in GEOMETRIES or depth > DEEPEST:
        raise GeometryFaultError("geometry_unreadable")
    if member["type"] == "GeometryCollection":
        parts = member.get("geometries")
        if not isinstance(parts, list):
            raise GeometryFaultError("geometry_unreadable")
        for part in parts:
            _check_member(part, depth + 1)
        return
    coordinates = member.get("coordinates")
    if not isinstance(coordinates, list):
        raise GeometryFaultError("geometry_unreadable")
    polygons = {"Polygon": [coordinates], "MultiPolygon": coordinates}.get(member["type"], [])
    for ring in (ring for polygon in polygons if isinstance(polygon, list) for ring in polygon):
        if isinstance(ring, list) and ring and ring[0] != ring[-1] and ring[0] == ring[0]:
            raise GeometryFaultError("ring_open")


def _attributes(feature: Mapping[str, Any]) -> dict[str, Any]:
    properties = feature.get("properties")
    attributes = dict(properties) if isinstance(properties, dict) else {}
    if "id" not in attributes and isinstance(feature.get("id"), (str, int)):
        attributes = {"id": feature["id"], **attributes}
    return attributes


def _frame(document: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The frame that the file states, and the one that its standard assumes.

    ``"crs": null`` meant in GeoJSON 2008 that no frame can be assumed: it stays a question.
    """
    if "crs" not in document:
        return None, WGS84
    member = document["crs"]
    if member is None:
        return None, None
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str):  # a link to a definition elsewhere is not followed
        raise UnreadableFile("crs_member", stated=str(member)[:80])
    return name, None
