"""Take data away: layers as a file with a manifest, where their licences allow it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from atlas.assessment import stated_time
from atlas.dataset import BARE, FORMATS, SINGLE, write_parts
from atlas.dataset.manifest import manifest_bytes, manifest_lines, manifest_of, sealed
from atlas.dataset.parts import parts_of
from atlas.journeys.explore import stamps_of
from atlas.journeys.export import known_format
from atlas.report.archive import packed
from atlas.report.clock import stated_moment
from atlas.texts import text
from layers.errors import DataError
from layers.store import Store
from layers.types import Distribution, Layer, LayerSpec, Redistribution

DATA_FORMATS = {suffix: suffix for suffix in FORMATS}


@dataclass(frozen=True)
class DataRequest:
    """Layers to be taken away. ``internal``: the file stays inside the reader's own unit, and says so."""

    layer_ids: tuple[str, ...]
    suffix: str
    language: str = "zh"
    internal: bool = False


@dataclass(frozen=True)
class DataFile:
    """A file of data, and by name what lies beside it."""

    content: bytes
    beside: dict[str, bytes] = field(default_factory=dict)
    limits: tuple[dict, ...] = ()


def why_not(spec: LayerSpec, internal: bool) -> str:
    """Why a layer's data may not be written, as a code of the gate; empty where it may."""
    if spec.redistribution is Redistribution.FORBIDDEN:
        return "forbidden"
    if internal:
        return ""
    if spec.distribution is Distribution.INTERNAL:
        return "internal"
    return "unconfirmed" if spec.redistribution is Redistribution.UNCONFIRMED else ""


def check_licences(specs: Sequence[LayerSpec], internal: bool, language: str) -> None:
    """Raises DataError ``licence_gate`` that names every layer that may not leave, and why."""
    refused = [(spec, why_not(spec, internal)) for spec in specs]
    said = [
        text(f"dataset.gate.{why}", language, title=spec.titled(language), id=spec.id, licence=spec.licence)
        for spec, why in refused
        if why
    ]
    if said:
        hopeless = any(why == "forbidden" for _, why in refused)
        step = text("dataset.gate.leave_out" if hopeless else "dataset.gate.internal_only", language)
        raise DataError("licence_gate", layers=" ".join(said), step=step)


def export_data(request: DataRequest, name: str, store: Store) -> DataFile:
    """The layers in the format of the suffix. ``name`` is what the file will be called.

    Raises UnknownLayer, DataError ``unknown_format``, ``no_layer_to_export``, ``one_layer_only``, ``grid_layer``,
    ``licence_gate``.
    """
    suffix = known_format(request.suffix, DATA_FORMATS)
    specs = [store.spec(layer_id) for layer_id in dict.fromkeys(request.layer_ids)]
    if not specs:
        raise DataError("no_layer_to_export")
    if len(specs) > 1 and suffix in SINGLE:
        others = ", ".join(known for known in FORMATS if known not in SINGLE)
        raise DataError("one_layer_only", suffix=suffix, others=others)
    check_licences(specs, request.internal, request.language)
    layers = [store.layer(spec.id) for spec in specs]
    grids = [layer.spec.id for layer in layers if layer.grid is not None]
    if grids:
        raise DataError("grid_layer", layers=", ".join(grids))
    return _written(layers, suffix, name, request)


def _written(layers: list[Layer], suffix: str, name: str, request: DataRequest) -> DataFile:
    moment = stated_time()
    parts = [part for layer in layers for part in parts_of(layer)]
    manifest = manifest_of(layers, parts, data_stamps(layers, request), moment)
    written = write_parts(parts, suffix, manifest, stated_moment({"computed_at": moment}), request.language)
    told = sealed(manifest, name, written.content, written.limits)
    words = "\n".join(manifest_lines(told, request.language)) + "\n"
    beside = {f"{name}.manifest.json": manifest_bytes(told), f"{name}.manifest.txt": words.encode()}
    return DataFile(written.content, beside, written.limits)


def data_stamps(layers: Sequence[Layer], request: DataRequest) -> list[str]:
    """What must stand on the data: invented, internal, of a licence that nobody confirmed."""
    stamps = list(stamps_of([layer.spec for layer in layers], request.language))
    if any(layer.spec.redistribution is Redistribution.UNCONFIRMED for layer in layers):
        stamps.append(text("dataset.stamp_unconfirmed", request.language))
    return stamps


def bundled(file: DataFile, name: str) -> tuple[bytes, str]:
    """One file for a download, with its name: itself where its format holds a manifest, else an archive of all."""
    if PurePath(name).suffix not in BARE:
        return file.content, name
    moment = stated_moment({"computed_at": stated_time()})
    return packed({name: file.content, **file.beside}, moment), f"{PurePath(name).stem}.zip"
