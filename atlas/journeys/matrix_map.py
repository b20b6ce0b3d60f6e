"""The patches of a matrix ready for the map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from atlas.drawing import MapLayer
from atlas.journeys.sitemap import OUTCOME_COLOURS, collection, feature
from atlas.texts import text
from atlas.wording import layer_words
from layers.types import Style

PATCH_STYLE = Style(fill_opacity=0.55, stroke="#4c5661", stroke_width=0.8, category="outcome", z=85)
COLUMNS = ("patch", "name", "clause", "constraint", "rules", "area_m2")


def patch_layer(document: Mapping[str, Any], language: str) -> MapLayer:
    """Patches coloured by outcome: a conflict, or an overlap that is only possible."""
    used = {patch["outcome"] for patch in document["patches"]}
    palette = {outcome: colour for outcome, colour in OUTCOME_COLOURS.items() if outcome in used}
    words = {"conflict": text("matrix.layer", language)}
    features = (
        feature(
            patch["geometry"],
            {
                **{name: patch[name] for name in ("patch", "name", "clause", "area_m2", "outcome")},
                "constraint": layer_words(patch["constraint_layer"], language),
                "rules": " ".join(patch["rules"]),
            },
        )
        for patch in document["patches"]
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
        words=tuple((outcome, words.get(outcome, text("matrix.possible", language))) for outcome in palette),
    )
