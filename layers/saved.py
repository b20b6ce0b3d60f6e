"""The user's layers in a workspace: a folder a layer, with its content and a ``layer.toml`` that is written last."""

from __future__ import annotations

import hashlib
import io
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import shapely

from layers.errors import DataError, UnknownLayer
from layers.sources.files import read_layer
from layers.style import own_style
from layers.types import Basis, Distribution, Errors, GeometryKind, Layer, LayerSpec, Provenance, Redistribution
from layers.whole import UNFINISHED, write_whole

LAYERS = "layers"
ENTRY = "layer.toml"
ID = re.compile(r"[a-z][a-z0-9_]{0,63}")
WRITTEN = tuple(field.name for field in fields(LayerSpec) if field.name not in ("style", "folder"))


def save_layer(workspace: Path, layer: Layer) -> LayerSpec:
    """Keep a layer; an earlier one of its id stays whole until the new one is.

    Raises DataError ``layer_id_invalid``, ``workspace_unwritable``.
    """
    folder = _folder(workspace, layer.spec.id)
    content, suffix = _content(layer)
    sha256 = hashlib.sha256(content).hexdigest()
    spec = replace(layer.spec, uri=f"content-{sha256[:16]}{suffix}", sha256=sha256, folder=folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / spec.uri, content)
        write_whole(folder / ENTRY, _entry_text(spec, layer).encode("utf-8"))
        _sweep(folder, {ENTRY, spec.uri})
    except OSError as error:
        raise DataError("workspace_unwritable", folder=workspace.name) from error
    return spec


def saved_ids(workspace: Path) -> tuple[str, ...]:
    """The ids of the saved layers. Raises DataError ``workspace_missing``, ``workspace_unreadable``."""
    if not workspace.is_dir():
        raise DataError("workspace_missing", folder=workspace.name)
    try:
        entries = sorted((workspace / LAYERS).glob(f"*/{ENTRY}"))
    except OSError as error:
        raise DataError("workspace_unreadable", folder=workspace.name) from error
    return tuple(path.parent.name for path in entries if ID.fullmatch(path.parent.name))


def saved_spec(workspace: Path, layer_id: str) -> LayerSpec:
    """The entry of a saved layer. Raises DataError ``saved_layer_broken``."""
    return _spec(_entry(workspace, layer_id), _folder(workspace, layer_id))


def load_layer(workspace: Path, layer_id: str) -> Layer:
    """A saved layer as it was when it was saved. Raises DataError ``saved_layer_broken``, ``content_changed``."""
    entry = _entry(workspace, layer_id)
    spec = _spec(entry, _folder(workspace, layer_id))
    kept = entry["provenance"]
    layer = read_layer(spec)
    provenance = Provenance(
        str(kept["sha256"]), str(kept["retrieved_at"]), tuple(kept["steps"]), tuple(kept["assumed"])
    )
    covers = shapely.from_geojson(entry["covers_shape"]) if "covers_shape" in entry else None
    grid = layer.grid
    if grid is not None:
        about = entry["grid"]
        grid = replace(grid, unit=str(about["unit"]), value_error=about.get("value_error"))
    return replace(layer, provenance=provenance, covers=covers, grid=grid)


def remove_layer(workspace: Path, layer_id: str) -> None:
    """Forget a saved layer. Raises UnknownLayer, DataError ``workspace_unwritable``."""
    folder = _folder(workspace, layer_id)
    if not (folder / ENTRY).is_file():
        raise UnknownLayer("unknown_layer", layer=layer_id)
    try:
        (folder / ENTRY).unlink()
        _sweep(folder, set())
        folder.rmdir()
    except OSError as error:
        raise DataError("workspace_unwritable", folder=workspace.name) from error


def _folder(workspace: Path, layer_id: str) -> Path:
    if not ID.fullmatch(layer_id):
        raise DataError("layer_id_invalid", layer=layer_id[:80])
    return workspace / LAYERS / layer_id


def _sweep(folder: Path, kept: set[str]) -> None:
    for path in folder.iterdir():
        if path.name not in kept and (path.name.startswith(("content-", UNFINISHED))):
            path.unlink()


def _content(layer: Layer) -> tuple[bytes, str]:
    if layer.grid is not None:
        return _tiff(layer), ".tif"
    text = layer.frame.to_json(drop_id=True, ensure_ascii=False, na="null")
    document = json.loads(text)
    document.pop("crs", None)
    return json.dumps(document, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace"), ".geojson"


def _tiff(layer: Layer) -> bytes:
    from rasterio.io import MemoryFile
    from rasterio.transform import from_bounds

    assert layer.grid is not None  # noqa: S101 - narrowed by the caller
    values = layer.grid.values
    profile = {
        "driver": "GTiff",
        "dtype": "float64",
        "count": 1,
        "height": values.shape[0],
        "width": values.shape[1],
        "crs": "EPSG:4326",
        "transform": from_bounds(*layer.grid.bounds, values.shape[1], values.shape[0]),
        "nodata": np.nan,
        "compress": "deflate",
    }
    with MemoryFile() as memory:
        with memory.open(**profile) as target:
            target.write(values, 1)
        return io.BytesIO(memory.read()).getvalue()


def _entry_text(spec: LayerSpec, layer: Layer) -> str:
    values = {name: getattr(spec, name) for name in WRITTEN}
    lines = [f"{name} = {_toml(value)}" for name, value in values.items() if value is not None]
    if layer.covers is not None:
        lines.append(f"covers_shape = {_toml(shapely.to_geojson(layer.covers))}")
    kept = layer.provenance
    lines += ["", "[provenance]", f"sha256 = {_toml(kept.sha256)}", f"retrieved_at = {_toml(kept.retrieved_at)}"]
    lines += [f"steps = {_toml(kept.steps)}", f"assumed = {_toml(kept.assumed)}"]
    if layer.grid is not None:
        about = {"unit": layer.grid.unit, "value_error": layer.grid.value_error}
        lines += ["", "[grid]", *(f"{name} = {_toml(value)}" for name, value in about.items() if value is not None)]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    """A value in TOML. A JSON string is a TOML string, but for the delete character."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_toml(str(key))} = {_toml(part)}" for key, part in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml(part) for part in value) + "]"
    text = str(value).encode("utf-8", "replace").decode("utf-8")
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _entry(workspace: Path, layer_id: str) -> Mapping[str, Any]:
    path = _folder(workspace, layer_id) / ENTRY
    try:
        state = path.stat()
    except FileNotFoundError as error:
        raise UnknownLayer("unknown_layer", layer=layer_id) from error
    except OSError as error:
        raise DataError("workspace_unreadable", folder=workspace.name) from error
    return _parsed_entry(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=256)
def _parsed_entry(path: Path, _changed: int, _size: int) -> Mapping[str, Any]:
    try:
        entry = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError("saved_layer_broken", layer=path.parent.name, detail=str(error)[:200]) from error
    if not isinstance(entry.get("provenance"), dict):
        raise DataError("saved_layer_broken", layer=path.parent.name, detail="provenance")
    return MappingProxyType(entry)


def _spec(entry: Mapping[str, Any], folder: Path) -> LayerSpec:
    try:
        values = {name: entry[name] for name in WRITTEN if name in entry}
        values["geometry"] = GeometryKind(values["geometry"])
        values["basis"] = Basis(values["basis"])
        values["distribution"] = Distribution(values["distribution"])
        values["redistribution"] = Redistribution(values.get("redistribution", Redistribution.ALLOWED))
        values["errors"] = Errors(values.get("errors", Errors.SEPARATE))
        values.setdefault("accuracy_m", None)
        if values["id"] != folder.name or Path(values["uri"]).name != values["uri"]:
            raise ValueError("id or uri")
        return LayerSpec(**values, style=own_style(str(values["id"])), folder=folder)
    except (KeyError, TypeError, ValueError) as error:
        raise DataError("saved_layer_broken", layer=folder.name, detail=str(error)[:200]) from error
