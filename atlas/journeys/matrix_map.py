"""The patches of a matrix ready for the map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from atlas.drawing import OUTCOME_COLOURS, PATCH_STYLE, MapLayer
from atlas.journeys.sitemap import collection, feature
from atlas.report.matrix import tones_of
from atlas.texts import text
from atlas.wording import layer_words

COLUMNS = ("patch", "name", "clause", "constraint", "rules", "area_m2")


def patch_layer(document: Mapping[str, Any], language: str) -> MapLayer:
    """Patches by what they mean: a prohibition broken, a restriction met, or an overlap that is only possible."""
    tones = tones_of(document)
    used = set(tones)
    palette = {tone: colour for tone, colour in OUTCOME_COLOURS.items() if tone in used}
    features = (
        feature(
            patch["geometry"],
            {
                **{name: patch[name] for name in ("patch", "name", "clause", "area_m2")},
                "tone": tone,
                "constraint": layer_words(patch["constraint_layer"], language),
                "rules": " ".join(patch["rules"]),
            },
        )
        for patch, tone in zip(document["patches"], tones, strict=True)
    )
    return MapLayer(
        id="patches",
        title=text("matrix.layer", language),
        geojson=collection(features),
        columns=tuple((name, text(f"matrix.head.{name}", language)) for name in COLUMNS),
        tooltip_column="patch",
        style=replace(PATCH_STYLE, palette=palette),
        z=85,
        clickable=False,
        words=tuple((tone, text(f"matrix.tone.{tone}", language)) for tone in palette),
    )
