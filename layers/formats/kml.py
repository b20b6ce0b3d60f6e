"""KML and KMZ by a parser that refuses entities. Links, overlays and styles are never followed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Any
from xml.etree.ElementTree import Element, ParseError  # noqa: S405 - names only; parsing is defusedxml's

import shapely
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from layers.errors import UnreadableFile
from layers.formats.archive import open_archive, read_member
from layers.formats.raw import GeometryFaultError, Limits, RawTable, Step, check_size, read_features

KMZ_MEMBERS = {".kml", ".png", ".jpg", ".jpeg", ".gif", ".bmp"}
DRAWN = {"Point", "LineString", "LinearRing", "Polygon", "MultiGeometry"}
UNDRAWN = {"Track", "MultiTrack", "Model"}
LINKED = {"NetworkLink", "GroundOverlay", "ScreenOverlay", "PhotoOverlay"}
DEEPEST = 12
WGS84 = "EPSG:4326"


def read_kmz(data: bytes, limits: Limits) -> RawTable:
    """The main document of a KMZ: ``doc.kml`` at its root, or the only .kml in it."""
    with open_archive(data, KMZ_MEMBERS, limits) as archive:
        names = [name for name in archive.namelist() if PurePosixPath(name).suffix.lower() == ".kml"]
        main = [name for name in names if name.lower() == "doc.kml"] or names
        if len(main) != 1:
            raise UnreadableFile("kmz_documents", documents=len(main))
        return read_kml(read_member(archive, main[0], limits), limits)


def read_kml(data: bytes, limits: Limits) -> RawTable:
    """Every Placemark as a row. Lon-lat in WGS84 by the standard.

    Raises UnreadableFile ``xml_entities`` for a DTD or an entity, ``xml_broken``, ``xml_not_kml``.
    """
    root = _parse(data)
    if _local(root) != "kml":
        raise UnreadableFile("xml_not_kml", element=_local(root)[:40])
    placemarks = [element for element in root.iter() if _local(element) == "Placemark"]
    check_size(len(placemarks), 1, limits)
    rows, geometries, rejected = read_features(placemarks, _place, _attributes)
    linked = sum(1 for element in root.iter() if _local(element) in LINKED)
    steps = (Step("links_ignored", {"links": linked}),) if linked else ()
    return RawTable(tuple(rows.columns), rows, geometries, None, WGS84, "UTF-8", steps, (), rejected, "kml")


def _parse(data: bytes) -> Element:
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        return fromstring(data, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException as error:
        raise UnreadableFile("xml_entities") from error
    except (ParseError, ValueError, LookupError) as error:
        raise UnreadableFile("xml_broken", line=getattr(error, "position", (0, 0))[0]) from error


def _local(element: Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _children(element: Element, name: str) -> Iterator[Element]:
    return (child for child in element if _local(child) == name)


def _text(element: Element, name: str) -> str | None:
    found = next(_children(element, name), None)
    return found.text.strip() if found is not None and found.text else None


def _attributes(placemark: Element) -> dict[str, Any]:
    record: dict[str, Any] = {}
    if placemark.get("id"):
        record["id"] = placemark.get("id")
    for name in ("name", "description"):
        text = _text(placemark, name)
        if text is not None:
            record[name] = text
    for extended in _children(placemark, "ExtendedData"):
        for element in extended.iter():
            if _local(element) == "Data" and element.get("name"):
                record[str(element.get("name"))] = _text(element, "value")
            elif _local(element) == "SimpleData" and element.get("name"):
                record[str(element.get("name"))] = (element.text or "").strip() or None
    return record


def _place(placemark: Element) -> BaseGeometry | None:
    if any(_local(child) in UNDRAWN for child in placemark):
        raise GeometryFaultError("geometry_kind")
    drawn = [child for child in placemark if _local(child) in DRAWN]
    if len(drawn) > 1:
        raise GeometryFaultError("geometry_unreadable")
    if not drawn:
        return None
    try:
        return _geometry(drawn[0], 0)
    except GeometryFaultError:
        raise
    except (ShapelyError, ValueError, TypeError, IndexError) as error:
        raise GeometryFaultError("geometry_unreadable") from error


def _geometry(element: Element, depth: int) -> BaseGeometry:
    kind = _local(element)
    if depth > DEEPEST:
        raise GeometryFaultError("geometry_unreadable")
    if kind == "MultiGeometry":
        return _collected([_geometry(child, depth + 1) for child in element if _local(child) in DRAWN])
    if kind == "Polygon":
        shells = [_ring(boundary) for boundary in _children(element, "outerBoundaryIs")]
        holes = [_ring(boundary) for boundary in _children(element, "innerBoundaryIs")]
        if len(shells) != 1:
            raise GeometryFaultError("geometry_unreadable")
        return shapely.Polygon(shells[0], holes)
    make: Callable[[Any], BaseGeometry] = shapely.LineString if kind != "Point" else shapely.Point
    coordinates = _coordinates(element)
    if kind == "Point" and len(coordinates) != 1:
        raise GeometryFaultError("geometry_unreadable")
    return make(coordinates if kind != "Point" else coordinates[0])


def _collected(parts: list[BaseGeometry]) -> BaseGeometry:
    if not parts:
        raise GeometryFaultError("geometry_unreadable")
    kinds = {part.geom_type for part in parts}
    many = {"Point": shapely.MultiPoint, "LineString": shapely.MultiLineString, "Polygon": shapely.MultiPolygon}
    only = kinds.pop() if len(kinds) == 1 else ""
    return many.get(only, shapely.GeometryCollection)(parts)


def _ring(boundary: Element) -> list[tuple[float, ...]]:
    rings = list(_children(boundary, "LinearRing"))
    if len(rings) != 1:
        raise GeometryFaultError("geometry_unreadable")
    coordinates = _coordinates(rings[0])
    if coordinates and coordinates[0] != coordinates[-1]:
        raise GeometryFaultError("ring_open")
    return coordinates


def _coordinates(element: Element) -> list[tuple[float, ...]]:
    """The tuples of ``coordinates``: lon, lat, and a height where every tuple has one."""
    text = re.sub(r"\s*,\s*", ",", _text(element, "coordinates") or "")
    points = [tuple(float(number) for number in item.split(",")) for item in text.split()]
    width = min((len(point) for point in points), default=0)
    if width < 2:
        raise GeometryFaultError("geometry_unreadable")
    return [point[: min(width, 3)] for point in points]
