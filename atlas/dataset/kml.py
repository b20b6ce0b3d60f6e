"""KML 2.2: a folder a table, with the attribution in the description of each.

Written with the XML library of Python: the KML driver of GDAL 3.12 wraps texts in CDATA without heeding ``]]>``, so
that a name of a user's file could close it and go on as markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

import shapely
from shapely.geometry.base import BaseGeometry

from atlas.dataset.manifest import attributions
from atlas.dataset.parts import TABLE, Part, plain_columns
from atlas.printable import printable
from atlas.texts import text

NAMESPACE = "http://www.opengis.net/kml/2.2"


def write(
    parts: Sequence[Part], manifest: dict[str, Any], _moment: datetime, language: str
) -> tuple[bytes, list[dict[str, Any]]]:
    """The placed rows; KML is longitude and latitude on WGS84 by its standard."""
    root = Element("kml", xmlns=NAMESPACE)
    document = SubElement(root, "Document")
    _tell(document, "description", "\n".join([*manifest["stamps"], _credits(manifest, language)]))
    limits = []
    for part in parts:
        frame = plain_columns(part)
        placed = frame[frame.geometry.notna()]
        if len(placed) < len(frame):
            limits.append({"code": "rows_left_out", "table": part.name, "rows": len(frame) - len(placed)})
        if part.kind != TABLE:
            document.append(_folder(part, placed, language))
    return tostring(root, encoding="utf-8", xml_declaration=True), limits


def _credits(manifest: dict[str, Any], language: str) -> str:
    return text("export.attributions", language, names=attributions(manifest))


def _tell(parent: Element, tag: str, words: str) -> Element:
    element = SubElement(parent, tag)
    element.text = printable(words)
    return element


def _folder(part: Part, frame: Any, language: str) -> Element:
    spec = part.layer.spec
    folder = Element("Folder", id=part.name)
    _tell(folder, "name", spec.titled(language))
    _tell(folder, "description", f"{spec.source} · {spec.as_of} · {spec.licence} · {spec.attribution}")
    column = next((name for name in (f"name_{language}", spec.name_column, "name", "place") if name in frame), "")
    names = frame[column] if column else frame.index
    for name, geometry, row in zip(names, frame.geometry, frame[part.columns].to_dict("records"), strict=True):
        placemark = SubElement(folder, "Placemark")
        _tell(placemark, "name", str(name))
        data = SubElement(placemark, "ExtendedData")
        for key, value in row.items():
            if value is not None and value == value:
                _tell(SubElement(data, "Data", name=printable(str(key))), "value", str(value))
        placemark.append(_geometry(geometry))
    return folder


def _geometry(geometry: BaseGeometry) -> Element:
    if hasattr(geometry, "geoms"):
        several = Element("MultiGeometry")
        several.extend(_geometry(part) for part in geometry.geoms)
        return several
    if geometry.geom_type != "Polygon":
        return _with_coordinates("Point" if geometry.geom_type == "Point" else "LineString", geometry)
    polygon = Element("Polygon")
    for tag, ring in (("outerBoundaryIs", geometry.exterior), *(("innerBoundaryIs", r) for r in geometry.interiors)):
        SubElement(polygon, tag).append(_with_coordinates("LinearRing", ring))
    return polygon


def _with_coordinates(tag: str, geometry: BaseGeometry) -> Element:
    element = Element(tag)
    points = shapely.get_coordinates(geometry)
    SubElement(element, "coordinates").text = " ".join(f"{x:.8f},{y:.8f}" for x, y in points)
    return element
