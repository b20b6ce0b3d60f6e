"""The patches of a matrix ready for the map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from atlas.drawing import OUTCOME_COLOURS, MapLayer
from atlas.journeys.sitemap import collection, feature
from atlas.texts import text
from atlas.wording import layer_words
from layers.types import Style

PATCH_STYLE = Style(fill_opacity=0.55, stroke="#4c5661", stroke_width=0.8, category="tone", z=85)
COLUMNS = ("patch", "name", "clause", "constraint", "rules", "area_m2")


def patch_layer(document: Mapping[str, Any], language: str) -> MapLayer:
    """Patches by what they mean: a prohibition broken, a restriction met, or an overlap that is only possible."""
    prohibiting = {
        row["constraint"]: any(rule["severity"] == "prohibit" for rule in row["rules"])
        for row in document["constraints"]
    }
    used = {_tone(patch, prohibiting) for patch in document["patches"]}
    palette = {tone: colour for tone, colour in OUTCOME_COLOURS.items() if tone in used}
    features = (
        feature(
            patch["geometry"],
            {
                **{name: patch[name] for name in ("patch", "name", "clause", "area_m2")},
                "tone": _tone(patch, prohibiting),
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
        words=tuple((tone, text(f"matrix.tone.{tone}", language)) for tone in palette),
    )


def _tone(patch: Mapping[str, Any], prohibiting: Mapping[str, bool]) -> str:
    """A restriction never has the red of a prohibition."""
    conflict = patch["outcome"] == "conflict"
    return "restrict" if conflict and not prohibiting[patch["constraint"]] else str(patch["outcome"])
