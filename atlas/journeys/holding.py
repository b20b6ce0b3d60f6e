"""What an assessment file carries so that it can be run again: layers and rulebooks that the atlas does not embed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from layers.importing import import_layer
from layers.store import Store
from layers.types import Basis, Layer

#: A layer larger than this is named by its sha256 only; a verification then says that it cannot be run again.
HELD_LIMIT_BYTES = 50_000_000


def _content(layer: Layer) -> str:
    """The layer's features as one canonical GeoJSON text (lon-lat, sorted keys)."""
    return json.dumps(json.loads(layer.frame.to_json(drop_id=True)), ensure_ascii=False, sort_keys=True)


def _held(layer: Layer) -> dict[str, Any]:
    content = _content(layer)
    fits = len(content.encode()) <= HELD_LIMIT_BYTES
    return {
        "id": layer.spec.id,
        "title": dict(layer.spec.title),
        "sha256": layer.provenance.sha256,
        "content_sha256": hashlib.sha256(content.encode()).hexdigest(),
        "accuracy_m": layer.spec.accuracy_m,
        "bias_m": layer.spec.bias_m,
        "errors": layer.spec.errors.value,
        "as_of": layer.spec.as_of,
        "source": layer.spec.source,
        "covers": layer.spec.covers,
        "assumed": list(layer.provenance.assumed),
        "content": json.loads(content) if fits else None,
    }


def held_layers(store: Store, layer_ids: Iterable[str]) -> list[dict[str, Any]]:
    """The user's own layers among those read, with their content."""
    layers = (store.layer(layer_id) for layer_id in layer_ids)
    return [_held(layer) for layer in layers if layer.spec.basis is Basis.USER]


def restored(held: Mapping[str, Any]) -> Layer | None:
    """The layer that an assessment file holds, or None where it holds only the layer's sha256.

    The content is read by the same guarded reader as an upload: an assessment file is somebody's file.
    """
    if held.get("content") is None:
        return None
    text = json.dumps(held["content"], ensure_ascii=False, sort_keys=True)
    result = import_layer(
        text.encode(),
        "held.geojson",
        layer_id=str(held["id"]),
        crs="EPSG:4326",
        title=str(held["title"].get("zh", held["id"])),
        accuracy_m=held["accuracy_m"],
        as_of=held["as_of"],
        source=held["source"],
        covers=held["covers"],
        sidecar=_sidecar(held),
        may_be_empty=True,
    )
    return result.layer


def _sidecar(held: Mapping[str, Any]) -> str:
    """What was said of the layer's errors beside its file; a JSON string or number is one in TOML too."""
    said = {name: held[name] for name in ("bias_m", "errors") if name in held}
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in said.items())


def content_is_whole(held: Mapping[str, Any]) -> bool:
    """Whether the held content is what it was when the assessment was made."""
    text = json.dumps(held["content"], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest() == held["content_sha256"]
