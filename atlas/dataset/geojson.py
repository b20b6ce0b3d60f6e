"""GeoJSON (RFC 7946): one layer, with the manifest as a member beside the features."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from atlas.dataset.manifest import attributions
from atlas.dataset.parts import Part


def write(
    parts: Sequence[Part], manifest: dict[str, Any], _moment: datetime, _language: str
) -> tuple[bytes, list[dict[str, Any]]]:
    """One FeatureCollection of the layer as the atlas holds it, rows without a place with a null geometry."""
    layer = parts[0].layer
    features = json.loads(layer.frame.to_json(drop_id=True, ensure_ascii=False, na="null"))["features"]
    document = {
        "type": "FeatureCollection",
        "name": layer.spec.id,
        "attribution": attributions(manifest),
        "manifest": manifest,
        "features": features,
    }
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace") + b"\n", []
