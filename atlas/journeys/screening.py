"""A district or park screened for a use: every cell a site, what it is, how much of each there is."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import shapely

from atlas import VERSION
from atlas.assessment import stated_time
from atlas.drawing import MapLayer
from atlas.explaining import rule_dict, unassessed_dict
from atlas.journeys.alternatives import Within
from atlas.journeys.explore import stamps_of
from atlas.journeys.sitemap import collection, feature
from atlas.report.screening import STANDING_COLOURS, STANDING_STYLE, legend_words
from atlas.texts import languages, text
from geo import conflict, crs
from geo.screening_map import CellMap, Standing, screening_map
from geo.search import Progress
from geo.types import Proposal, Use
from layers.prepared import prepared_contents
from layers.rulebook import Rulebook, load_rulebook
from layers.store import Store
from layers.types import LayerSpec

#: Sides of a cell in metres to choose from; the first that keeps an area within the number of cells is proposed.
CELL_SIDES_M = (100, 250, 500, 1000, 2000, 5000)
CELLS_PROPOSED = 3_000
SQUARE_METRES_A_KM2 = 1e6
#: Digits of a degree on the map: a metre.
DIGITS = 5


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
        "rules": found.rules,
        "computed_at": stated_time(),
        "version": VERSION,
        "rulebook_sha256": request.rulebook.sha256,
        "stamps": {language: list(stamps_of(_used(request.store, found), language)) for language in languages()},
        "standings": [
            {
                "standing": standing.value,
                "cells": counted[standing],
                "area_km2": round(counted[standing] * cell_km2, 4),
                "share": counted[standing] / total,
                "checked": _checked(found, standing),
            }
            for standing in Standing
        ],
        "deciding": [{**rule_dict(titles[rule]), "cells": number} for rule, number in blamed.most_common()],
        "unassessed": [unassessed_dict(finding, request.quantities) for finding in found.unassessed],
    }


def _used(store: Store, found: CellMap) -> list[LayerSpec]:
    """The layers that the rules ask for and the atlas has."""
    asked = dict.fromkeys(layer for finding in found.here for layer in conflict.layers_of(finding.rule.requirement))
    return [store.spec(layer) for layer in asked if layer in store]


def _checked(found: CellMap, standing: Standing) -> list[int]:
    """The least and the largest number of rules that were looked at in a cell of a standing; blank without a cell."""
    numbers = [number for number, what in zip(found.checked, found.standing, strict=True) if what is standing]
    return [min(numbers), max(numbers)] if numbers else []


def _geojson(found: CellMap) -> str:
    rounded = shapely.transform(found.cells, lambda degrees: degrees.round(DIGITS))
    shapes = (json.loads(shape) for shape in shapely.to_geojson(rounded))
    rows = zip(shapes, found.standing, found.deciding, found.checked, strict=True)
    return collection(
        feature(shape, {"standing": standing.value, "rules": " ".join(rules), "checked": checked})
        for shape, standing, rules, checked in rows
    )


def screening_layer(screening: Screening, language: str) -> MapLayer:
    """The cells ready for the map, coloured by standing, with the words of their classes."""
    said = legend_words(screening.document, language)
    style = replace(STANDING_STYLE, palette={standing: STANDING_COLOURS[standing] for standing in said})
    total = screening.document["rules"]
    named = (
        feature(
            one["geometry"],
            {
                **one["properties"],
                "word": text(f"screening.standing.{one['properties']['standing']}", language),
                "looked": f"{one['properties']['checked']}/{total}",
            },
        )
        for one in json.loads(screening.geojson)["features"]
    )
    return MapLayer(
        id="screening",
        title=text("screening.layer", language),
        geojson=collection(named),
        columns=tuple(
            (column, text(f"screening.head.{key}", language))
            for column, key in (("word", "standing"), ("rules", "rules"), ("looked", "checked"))
        ),
        tooltip_column="word",
        style=style,
        z=80,
        clickable=False,
        words=tuple(said.items()),
    )
