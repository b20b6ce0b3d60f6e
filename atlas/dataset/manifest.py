"""What goes with every file of data: of which layers, whence, under which licence, as of when, how accurate.

The dictionary is for programs; ``manifest_lines`` says the same in words.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from atlas import VERSION
from atlas.dataset.parts import Part
from atlas.texts import code_text, has_text, text
from atlas.wording import known_or_code
from layers.types import Layer

#: Facts of a layer that a reader is told, in this order.
SAID = (
    "source", "publisher", "licence", "redistribution", "attribution", "as_of", "basis", "distribution",
    "accuracy_m", "bias_m", "covers", "crs", "features", "without_geometry", "sha256",
)  # fmt: skip
WORDED = ("basis", "distribution", "redistribution")
CRS = "EPSG:4326"


def layer_entry(layer: Layer) -> dict[str, Any]:
    """A layer of the manifest. ``sha256`` is that of the content as the atlas holds it, not of the written file."""
    spec = layer.spec
    return {
        "id": spec.id,
        "title": dict(spec.title),
        "source": spec.source,
        "publisher": spec.publisher,
        "licence": spec.licence,
        "redistribution": spec.redistribution.value,
        "attribution": spec.attribution,
        "as_of": spec.as_of,
        "basis": spec.basis.value,
        "distribution": spec.distribution.value,
        "accuracy_m": spec.accuracy_m,
        "accuracy_column": spec.accuracy_column,
        "accuracy_note": dict(spec.accuracy_note),
        "bias_m": spec.bias_m,
        "errors": spec.errors.value,
        "covers": spec.covers,
        "crs": CRS,
        "features": len(layer.frame),
        "without_geometry": int(layer.frame.geometry.isna().sum()),
        "sha256": layer.provenance.sha256,
        "columns": {name: dict(titles) for name, titles in spec.columns.items()},
        "steps": list(layer.provenance.steps),
        "assumed": list(layer.provenance.assumed),
    }


def manifest_of(layers: Sequence[Layer], parts: Sequence[Part], stamps: Sequence[str], moment: str) -> dict[str, Any]:
    """The manifest before the file is written; ``limits`` and ``file`` come with it."""
    return {
        "kind": "qingdao-atlas-data",
        "program": f"qingdao-industry-atlas {VERSION}",
        "made_at": moment,
        "stamps": list(stamps),
        "tables": [
            {"name": part.name, "layer": part.layer.spec.id, "geometry": part.kind, "rows": len(part.frame)}
            for part in parts
        ],
        "layers": [layer_entry(layer) for layer in layers],
    }


def sealed(
    manifest: Mapping[str, Any], name: str, content: bytes, limits: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The manifest with the written file's name, size and sha256, and what its format could not hold."""
    file = {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    return {**manifest, "file": file, "limits": [dict(limit) for limit in limits]}


def manifest_bytes(manifest: Mapping[str, Any]) -> bytes:
    """The manifest as a JSON file."""
    return (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "backslashreplace")


def attributions(manifest: Mapping[str, Any]) -> str:
    """The names that licences ask for, in one line."""
    return "; ".join(dict.fromkeys(layer["attribution"] for layer in manifest["layers"]))


def manifest_lines(manifest: Mapping[str, Any], language: str) -> list[str]:
    """The manifest in words, a line a fact."""
    lines = [text("dataset.title", language), *manifest["stamps"], text("dataset.made", language, **_made(manifest))]
    if "file" in manifest:
        lines.append(text("dataset.file", language, **manifest["file"]))
    for layer in manifest["layers"]:
        lines += ["", *_layer_lines(layer, manifest["tables"], language)]
    if manifest.get("limits"):
        lines += ["", text("dataset.limits", language)]
        lines += [limit_words(limit, language) for limit in manifest["limits"]]
    return [*lines, "", text("dataset.caution", language)]


def _made(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {"program": manifest["program"], "moment": manifest["made_at"]}


def _layer_lines(layer: Mapping[str, Any], tables: Sequence[Mapping[str, Any]], language: str) -> list[str]:
    named = [table["name"] for table in tables if table["layer"] == layer["id"]]
    title = layer["title"].get(language) or layer["title"]["zh"]
    lines = [text("dataset.layer", language, title=title, id=layer["id"], tables=", ".join(named))]
    for name in SAID:
        if layer[name] not in (None, "", 0.0) or name in ("features", "without_geometry"):
            lines.append(f"  {text(f'dataset.fact.{name}', language)}{_fact(name, layer[name], language)}")
    note = layer["accuracy_note"].get(language) or layer["accuracy_note"].get("zh")
    if note:
        lines.append(f"  {text('dataset.fact.accuracy_note', language)}{note}")
    lines += [f"  {text('dataset.fact.assumed', language)}{code_text(code, language)}" for code in layer["assumed"]]
    return lines


def _fact(name: str, value: Any, language: str) -> str:
    key = f"dataset.{name}.{value}"
    if name in WORDED and has_text(key, language):
        return text(key, language)
    if name in ("basis", "covers"):
        return known_or_code({"basis": "basis", "covers": "report.covers"}[name], value, language)
    return f"{value:g}" if isinstance(value, float) else str(value)


def limit_words(limit: Mapping[str, Any], language: str) -> str:
    """What a format could not hold, in words."""
    values = {name: value for name, value in limit.items() if name != "code"}
    if "names" in values:
        values["names"] = ", ".join(f"{new} = {old}" for new, old in values["names"].items())
    return text(f"dataset.limit.{limit['code']}", language, **values)
