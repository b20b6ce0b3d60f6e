"""The nouns of data: what a layer is, where it comes from, how it looks."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # a catalogue is read without loading geopandas or shapely
    from geopandas import GeoDataFrame
    from shapely.geometry.base import BaseGeometry

    from geo.types import Grid


class Basis(StrEnum):
    """How a layer came to be."""

    OFFICIAL = "official"
    COMPILED = "compiled"
    DERIVED = "derived"
    INDICATIVE = "indicative"
    USER = "user"
    SYNTHETIC = "synthetic"


class GeometryKind(StrEnum):
    """What a layer draws; ``none`` is a table, ``mixed`` some rows with a geometry and some without."""

    POINT = "point"
    LINE = "line"
    POLYGON = "polygon"
    MIXED = "mixed"
    RASTER = "raster"
    NONE = "none"


class Errors(StrEnum):
    """How a layer's features are off: each on its own, or all by one common shift (a datum, a georeference)."""

    SEPARATE = "separate"
    RIGID = "rigid"


class Distribution(StrEnum):
    """Who may receive a layer's content."""

    PUBLIC = "public"
    INTERNAL = "internal"


class Redistribution(StrEnum):
    """What a layer's licence says of passing its data on; showing it on a map is another matter."""

    ALLOWED = "allowed"
    UNCONFIRMED = "unconfirmed"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True)
class Style:
    """How a layer is drawn; colours as #rrggbb, widths and radii in CSS pixels.

    ``pattern`` is solid, none or a hatching (hatch, hatch_back, horizontal, vertical); ``category`` names the column
    whose values choose a colour from ``palette``; ``label`` names the column written beside a feature, ``label_rank``
    a column of numbers of which the largest are written first; ``z`` orders layers (higher is nearer the reader).
    """

    fill: str = "#7a8794"
    fill_opacity: float = 0.2
    stroke: str = "#4c5661"
    stroke_width: float = 1.2
    dash: str = ""
    pattern: str = "solid"
    symbol: str = "circle"
    radius: float = 5.0
    category: str = ""
    palette: Mapping[str, str] = field(default_factory=dict)
    label: str = ""
    label_rank: str = ""
    z: int = 10


@dataclass(frozen=True)
class LayerSpec:
    """An entry of the catalogue. ``accuracy_m`` is CE95, the layer's worst; ``accuracy_column`` overrides it a feature.

    ``covers`` says where the layer is complete: ``region``, ``none`` (a register that is complete nowhere: it can prove
    a conflict, never an absence), or ``bbox:W,S,E,N``. ``uri`` is relative to the folder of the entry. ``errors`` is
    separate unless somebody knows that one shift is common to all features. ``redistribution`` is what the licence says
    of handing the data on; a layer that holds another's outlines has the stricter of both.
    """

    id: str
    title: Mapping[str, str]
    theme: str
    geometry: GeometryKind
    uri: str
    crs: str
    publisher: str
    source: str
    licence: str
    attribution: str
    as_of: str
    sha256: str
    basis: Basis
    distribution: Distribution
    accuracy_m: float | None
    redistribution: Redistribution = Redistribution.ALLOWED
    description: Mapping[str, str] = field(default_factory=dict)
    accuracy_column: str = ""
    accuracy_note: Mapping[str, str] = field(default_factory=dict)
    bias_m: float = 0.0
    errors: Errors = Errors.SEPARATE
    covers: str = "region"
    id_column: str = "id"
    name_column: str = "name_zh"
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    style: Style = field(default_factory=Style)
    map_approval: str = ""
    visible: bool = False
    folder: Path = Path()

    @property
    def path(self) -> Path:
        """Where the content is."""
        return self.folder / self.uri

    def titled(self, language: str) -> str:
        """The title in a language, Chinese where it has no other."""
        return self.title.get(language) or self.title["zh"]


@dataclass(frozen=True)
class Provenance:
    """What was seen when a layer was read. ``steps`` says in order what was guessed, repaired, converted."""

    sha256: str
    retrieved_at: str = ""
    steps: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layer:
    """A layer in memory: a lon-lat frame (rows without a place have None as geometry), or a grid."""

    spec: LayerSpec
    frame: GeoDataFrame
    provenance: Provenance
    covers: BaseGeometry | None = None
    grid: Grid | None = None


@dataclass(frozen=True)
class InputRecord:
    """A file or drawing that brought sites: its name and hash, its frame, the accuracy used (CE95, metres).

    ``assumed`` lists codes of what was taken for granted.
    """

    name: str
    sha256: str
    crs: str
    accuracy_m: float | None
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rejected:
    """A row that could not be used. ``row`` counts data rows from 1; ``reason`` is a text code."""

    row: int
    field: str
    reason: str
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)
