"""A layer as tables that a file can hold: each of one kind of geometry, rows without a place apart where kinds mix."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from atlas.gis.qml import KINDS
from layers.types import Layer

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

TABLE = "table"


@dataclass(frozen=True)
class Part:
    """Rows of a layer with geometries of one kind (``point``, ``line``, ``area``), or with none (``table``)."""

    name: str
    kind: str
    layer: Layer
    frame: GeoDataFrame

    @property
    def columns(self) -> list[str]:
        """The columns without the geometry."""
        return [str(name) for name in self.frame.columns if name != "geometry"]

    @property
    def attributes(self) -> Any:
        """The rows without their geometry."""
        return self.frame[self.columns]


def parts_of(layer: Layer) -> tuple[Part, ...]:
    """One part for a layer of one kind, its rows without a place among them; else one a kind, and those rows apart."""
    frame = layer.frame
    kinds = frame.geometry.geom_type.map(KINDS).where(frame.geometry.notna(), TABLE)
    present = [kind for kind in ("area", "line", "point") if (kinds == kind).any()]
    if len(present) < 2:
        return (Part(layer.spec.id, present[0] if present else TABLE, layer, frame),)
    found = [Part(f"{layer.spec.id}_{kind}", kind, layer, frame[kinds == kind]) for kind in present]
    unplaced = frame[kinds == TABLE]
    return (*found, Part(f"{layer.spec.id}_unplaced", TABLE, layer, unplaced)) if len(unplaced) else tuple(found)


def plain_columns(part: Part) -> GeoDataFrame:
    """The rows with every column a type that all formats know: text, whole number, number, or true and false."""
    frame = part.frame.copy()
    for name in part.columns:
        if frame[name].dtype.kind not in "iufb":
            frame[name] = frame[name].map(lambda value: None if _missing(value) else str(value)).astype(object)
    return frame


def _missing(value: Any) -> bool:
    return value is None or value != value


def unique_names(names: Iterable[str], longest: int = 0, taken: Collection[str] = ()) -> dict[str, str]:
    """Each name to one that no other has, letter case aside, of at most so many characters (0: as many as it has)."""
    used = {name.lower() for name in taken}
    found: dict[str, str] = {}
    for name in names:
        wanted, number = name[:longest] if longest else name, 1
        while not wanted or wanted.lower() in used:
            ending = f"_{number}"
            wanted = (name[: longest - len(ending)] if longest else name) + ending
            number += 1
        used.add(wanted.lower())
        found[name] = wanted
    return found


def renamed_limit(part: Part, names: dict[str, str]) -> list[dict[str, Any]]:
    """What to say of columns that had to be called otherwise."""
    changed = {new: old for old, new in names.items() if old != new}
    return [{"code": "names_changed", "table": part.name, "names": changed}] if changed else []
