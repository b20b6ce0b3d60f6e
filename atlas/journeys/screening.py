"""A district or park screened for a use: every cell a site, what it is, how much of each there is."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import shapely

from atlas.drawing import OUTCOME_COLOURS, MapLayer
from atlas.explaining import rule_dict, unassessed_dict
from atlas.journeys.alternatives import Within
from atlas.journeys.sitemap import collection, feature
from atlas.texts import text
from geo import crs
from geo.screening_map import CellMap, Standing, screening_map
from geo.search import Progress
from geo.types import Proposal, Use
from layers.prepared import prepared_contents
from layers.rulebook import Rulebook, load_rulebook
from layers.store import Store
from layers.types import Style

#: Sides of a cell in metres to choose from; the first that keeps an area within the number of cells is proposed.
CELL_SIDES_M = (100, 250, 500, 1000, 2000, 5000)
CELLS_PROPOSED = 3_000
SQUARE_METRES_A_KM2 = 1e6
#: Digits of a degree on the map: a metre.
DIGITS = 5

STANDING_COLOURS = {
    Standing.PROHIBITED: OUTCOME_COLOURS["conflict"],
    Standing.RESTRICTED: OUTCOME_COLOURS["restrict"],
    Standing.UNCERTAIN: "#e6c229",
    Standing.NOT_ASSESSED: "#9aa5ac",
    Standing.PARTLY: "#a8d5a2",
    Standing.CLEAR: OUTCOME_COLOURS["clear"],
}


@dataclass(frozen=True)
class ScreeningRequest:
    """What is to be screened. ``accuracy_m`` is that of the sites that would be drawn later."""

    within: Within
    use: Use
    cell_m: float
    store: Store
    on: date
    accuracy_m: float = 0.0
    quantities: Mapping[str, float | str] = field(default_factory=dict)
    rulebook: Rulebook = field(default_factory=load_rulebook)


@dataclass(frozen=True)
class Screening:
    """The outcome: ``document`` of plain values for page and file, ``geojson`` of the cells."""

    document: dict[str, Any]
    geojson: str


def proposed_cell_m(within: Within) -> int:
    """The finest side that keeps an area within a few thousand cells."""
    area = crs.plane_area_m2(within.outline) if within.outline is not None else 0.0
    return next((side for side in CELL_SIDES_M if area / side**2 <= CELLS_PROPOSED), CELL_SIDES_M[-1])


def screen_area(request: ScreeningRequest, progress: Progress | None = None) -> Screening:
    """Screen an outline. Raises GeometryError ``too_many_cells``, ``no_cell_fits``."""
    outline = request.within.outline
    if outline is None:
        raise ValueError("a screening needs an outline")
    middle = outline.representative_point()
    template = Proposal("cell", "", request.use, middle, request.accuracy_m, request.quantities)
    contents = prepared_contents(request.store)
    found = screening_map(
        template, request.rulebook.rules, contents, request.on, outline, request.cell_m, progress=progress
    )
    return Screening(_document(request, found), _geojson(found))


def _document(request: ScreeningRequest, found: CellMap) -> dict[str, Any]:
    counted = Counter(found.standing)
    cell_km2 = found.cell_m**2 / SQUARE_METRES_A_KM2
    total = len(found.standing)
    blamed = Counter(rule for rules in found.deciding for rule in rules)
    titles = {finding.rule.id: finding for finding in found.here}
    return {
        "within": request.within.as_dict(),
        "use": request.use.value,
        "on": request.on.isoformat(),
        "cell_m": found.cell_m,
        "cells": total,
        "asked": found.asked,
        "rulebook_sha256": request.rulebook.sha256,
        "standings": [
            {
                "standing": standing.value,
                "cells": counted[standing],
                "area_km2": round(counted[standing] * cell_km2, 4),
                "share": counted[standing] / total,
            }
            for standing in Standing
        ],
        "deciding": [{**rule_dict(titles[rule]), "cells": number} for rule, number in blamed.most_common()],
        "unassessed": [unassessed_dict(finding, request.quantities) for finding in found.unassessed],
    }


def _geojson(found: CellMap) -> str:
    rounded = shapely.transform(found.cells, lambda degrees: degrees.round(DIGITS))
    shapes = (json.loads(shape) for shape in shapely.to_geojson(rounded))
    rows = zip(shapes, found.standing, found.deciding, strict=True)
    return collection(
        feature(shape, {"standing": standing.value, "rules": " ".join(rules)}) for shape, standing, rules in rows
    )


def screening_layer(screening: Screening, language: str) -> MapLayer:
    """The cells ready for the map, coloured by standing, with the words of their classes."""
    used = {row["standing"] for row in screening.document["standings"] if row["cells"]}
    palette = {standing.value: colour for standing, colour in STANDING_COLOURS.items() if standing.value in used}
    style = Style(fill_opacity=0.6, stroke="#ffffff", stroke_width=0.3, category="standing", palette=palette, z=80)
    words = tuple((value, text(f"screening.standing.{value}", language)) for value in palette)
    features = json.loads(screening.geojson)["features"]
    said = dict(words)
    named = (
        feature(one["geometry"], {**one["properties"], "word": said[one["properties"]["standing"]]}) for one in features
    )
    return MapLayer(
        id="screening",
        title=text("screening.layer", language),
        geojson=collection(named),
        columns=(("word", text("screening.standing_head", language)), ("rules", text("screening.rules", language))),
        tooltip_column="word",
        style=style,
        z=80,
        clickable=False,
        words=words,
    )
