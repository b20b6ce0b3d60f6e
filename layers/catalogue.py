"""``data/**/layer.toml`` -> Catalogue: what layers there are, each with source, licence, date, basis and accuracy.

An entry that lacks one of these is refused, and all faults of all files are reported at once.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from layers.errors import CatalogueFault, UnknownLayer
from layers.types import Basis, Distribution, Errors, GeometryKind, LayerSpec, Redistribution, Style

DATA = Path(__file__).resolve().parent.parent / "data"

#: The themes of the layer tree, in the order in which they are read.
THEMES = ("boundaries", "plan", "parks", "sea", "energy", "network", "charging", "statistics", "sample")

CONTENT_SUFFIXES = (".geojson", ".csv", ".tif")


@dataclass(frozen=True)
class Fault:
    """One fault of one entry. ``field`` is dotted from the layer's id; ``detail`` is a value, not a sentence."""

    file: str
    field: str
    code: str
    detail: str = ""


@dataclass(frozen=True)
class Catalogue:
    """The layers that exist, by id, in the order of themes and files."""

    layers: Mapping[str, LayerSpec]

    def __getitem__(self, layer_id: str) -> LayerSpec:
        """The entry of a layer. Raises UnknownLayer."""
        try:
            return self.layers[layer_id]
        except KeyError:
            raise UnknownLayer("unknown_layer", layer=layer_id) from None

    def __contains__(self, layer_id: object) -> bool:
        return layer_id in self.layers

    def __iter__(self) -> Iterator[LayerSpec]:
        return iter(self.layers.values())

    def __len__(self) -> int:
        return len(self.layers)

    def themes(self) -> Mapping[str, tuple[LayerSpec, ...]]:
        """The layers of each theme that has any, in the order of the layer tree."""
        grouped = {theme: tuple(group) for theme, group in groupby(self, key=lambda spec: spec.theme)}
        return MappingProxyType(grouped)


def as_of_day(text: str) -> date:
    """The first day that a date of the catalogue (2024, 2024-05 or 2024-05-01) can mean. Raises ValueError."""
    parts = [int(part) for part in text.split("-")]
    return date(*(parts + [1, 1])[:3])


def load_catalogue(root: Path | None = None) -> Catalogue:
    """Read every ``layer.toml`` below ``root`` (default: the embedded data). Raises CatalogueFault with all faults."""
    folder = root or DATA
    faults: list[Fault] = []
    specs: list[LayerSpec] = []
    for path in sorted(folder.rglob("layer.toml")):
        name = path.relative_to(folder).as_posix()
        for entry in _tables(path, name, faults):
            spec = _spec(entry, path.parent, name, faults)
            if spec is not None:
                specs.append(spec)
    faults += _duplicates(specs, folder)
    if faults:
        raise CatalogueFault("catalogue_faults", faults=tuple(faults))
    specs.sort(key=lambda spec: THEMES.index(spec.theme))
    return Catalogue(MappingProxyType({spec.id: spec for spec in specs}))


def _tables(path: Path, name: str, faults: list[Fault]) -> list[Any]:
    """The ``[[layer]]`` tables of a file; none, and a fault, where it is not TOML or holds something else."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.append(Fault(name, "", "unreadable_toml", str(error)))
        return []
    faults += [Fault(name, key, "unknown_key") for key in document if key != "layer"]
    tables = document.get("layer")
    if not isinstance(tables, list) or not tables:
        faults.append(Fault(name, "layer", "missing"))
        return []
    return tables


def _spec(entry: Any, folder: Path, name: str, faults: list[Fault]) -> LayerSpec | None:
    label = str(entry.get("id", "?")) if isinstance(entry, dict) else "?"
    try:
        checked = _Entry.model_validate(entry)
    except ValidationError as error:
        faults += [_fault(name, label, item) for item in error.errors(include_url=False)]
        return None
    values = checked.model_dump()
    values |= {key: _frozen(values[key] or {}) for key in ("title", "description", "accuracy_note", "columns")}
    values["style"] = Style(**values["style"])
    return LayerSpec(**values, folder=folder)


def _frozen(mapping: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(
        {key: _frozen(value) if isinstance(value, Mapping) else value for key, value in mapping.items()}
    )


def _duplicates(specs: list[LayerSpec], root: Path) -> list[Fault]:
    first: dict[str, LayerSpec] = {}
    faults = []
    for spec in specs:
        if spec.id in first:
            file = (spec.folder / "layer.toml").relative_to(root).as_posix()
            faults.append(Fault(file, f"{spec.id}.id", "duplicate_id", first[spec.id].folder.name))
        first.setdefault(spec.id, spec)
    return faults


_CODES = {
    "extra_forbidden": "unknown_key",
    "missing": "missing",
    "string_too_short": "empty",
    "string_pattern_mismatch": "bad_form",
    "enum": "bad_choice",
    "literal_error": "bad_choice",
}
_OWN_CODES = {"uri_outside", "bad_form", "missing", "empty"}


def _fault(name: str, layer_id: str, item: Any) -> Fault:
    kind = item["type"]
    code = kind if kind in _OWN_CODES else _CODES.get(kind, "wrong_type")
    detail = "" if code in ("missing", "empty", "unknown_key") else repr(item["input"])[:80]
    return Fault(name, ".".join([layer_id, *map(str, item["loc"])]), code, detail)


def _filled(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("empty", "empty")
    return text


def _inside(uri: str) -> str:
    """A file name in the entry's own folder: no way up, no drive, no archive, no remote or virtual file system."""
    path = PurePosixPath(uri)
    escapes = path.is_absolute() or ".." in path.parts or re.search(r"[\\:\x00]", uri) or "vsi" in uri.lower()
    if escapes or path.suffix not in CONTENT_SUFFIXES:
        raise PydanticCustomError("uri_outside", "uri outside")
    return uri


def _dated(text: str) -> str:
    try:
        as_of_day(text)
    except ValueError:
        raise PydanticCustomError("bad_form", "bad date") from None
    return text


def _extent(text: str) -> str:
    if text in ("region", "none"):
        return text
    try:
        west, south, east, north = (float(part) for part in text.removeprefix("bbox:").split(","))
    except ValueError:
        raise PydanticCustomError("bad_form", "bad extent") from None
    if not (text.startswith("bbox:") and west < east and south < north):
        raise PydanticCustomError("bad_form", "bad extent")
    return text


Text = Annotated[str, AfterValidator(_filled)]
Colour = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Wording(_Strict):
    zh: Text
    en: Text


class _Style(_Strict):
    fill: Colour = Style.fill
    fill_opacity: Annotated[float, Field(ge=0, le=1)] = Style.fill_opacity
    stroke: Colour = Style.stroke
    stroke_width: Annotated[float, Field(ge=0)] = Style.stroke_width
    dash: Annotated[str, Field(pattern=r"^(\d+( \d+)*)?$")] = Style.dash
    pattern: Literal["solid", "hatch", "hatch_back", "horizontal", "vertical", "none"] = "solid"
    symbol: Annotated[str, Field(pattern=r"^[a-z_]+$")] = Style.symbol
    radius: Annotated[float, Field(gt=0)] = Style.radius
    category: str = ""
    palette: dict[str, Colour] = Field(default_factory=dict)
    label: str = ""
    label_rank: str = ""
    z: int = Style.z


class _Entry(_Strict):
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: _Wording
    theme: Literal["boundaries", "plan", "parks", "sea", "energy", "network", "charging", "statistics", "sample"]
    geometry: Annotated[GeometryKind, Field(strict=False)]
    uri: Annotated[str, AfterValidator(_inside)]
    crs: Annotated[str, Field(pattern=r"^(EPSG:\d{4,5})?$", validate_default=True)] = ""
    publisher: Text
    source: Text
    licence: Text
    attribution: Text
    as_of: Annotated[str, Field(pattern=r"^\d{4}(-\d{2}){0,2}$"), AfterValidator(_dated)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    basis: Annotated[Basis, Field(strict=False)]
    distribution: Annotated[Distribution, Field(strict=False)]
    redistribution: Annotated[Redistribution, Field(strict=False)] = Redistribution.ALLOWED
    accuracy_m: Annotated[float | None, Field(ge=0, allow_inf_nan=False, validate_default=True)] = None
    description: _Wording
    accuracy_column: str = ""
    accuracy_note: _Wording | None = None
    bias_m: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    errors: Annotated[Errors, Field(strict=False)] = Errors.SEPARATE
    covers: Annotated[str, AfterValidator(_extent)]
    id_column: Text = "id"
    name_column: str = "name_zh"
    columns: dict[str, _Wording] = Field(default_factory=dict)
    style: _Style = Field(default_factory=_Style)
    map_approval: str = ""
    visible: bool = False

    @field_validator("crs", "accuracy_m")
    @classmethod
    def _stated(cls, value: Any, info: ValidationInfo) -> Any:
        """Anything with a geometry states its frame and its accuracy."""
        if value in (None, "") and info.data.get("geometry") is not GeometryKind.NONE:
            raise PydanticCustomError("missing", "missing")
        return value
