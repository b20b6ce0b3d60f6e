"""A screening to take away: its notes, and its cells as CSV for a table, as GeoPackage for a GIS."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import replace
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from atlas.drawing import OUTCOME_COLOURS
from atlas.gis.geopackage import clock_set, geometry_options, write_styles, write_table
from atlas.gis.qml import Look, LookClass
from atlas.report.as_csv import literal
from atlas.report.clock import stated_moment
from atlas.report.measures import LONLAT
from atlas.texts import text
from atlas.wording import in_language, missing_of_rules
from layers.types import Style

Document = Mapping[str, Any]

#: By standing, from the worst. What was looked at only in part has the grey of what nobody looked at, only lighter:
#: a site checked there is not assessed, and green would read as an answer.
STANDING_COLOURS = {
    "prohibited": OUTCOME_COLOURS["conflict"],
    "restricted": OUTCOME_COLOURS["restrict"],
    "uncertain": "#e6c229",
    "not_assessed": "#7d8990",
    "partly": "#b9c2c7",
    "clear": OUTCOME_COLOURS["clear"],
}
STANDING_STYLE = Style(fill_opacity=0.6, stroke="#ffffff", stroke_width=0.3, category="standing", z=80)
COLUMNS = ("cell", "standing", "checked", "rules_asked", "rules", "lon", "lat")
#: Digits of a degree of a cell's middle: a tenth of a metre.
DIGITS = 6


def legend_words(document: Document, language: str) -> dict[str, str]:
    """What the colours of the cells mean, for the standings that occur."""
    return {
        row["standing"]: _legend_word(row, document["rules"], language) for row in document["standings"] if row["cells"]
    }


def _legend_word(row: Mapping[str, Any], rules: int, language: str) -> str:
    if row["standing"] != "partly":
        return text(f"screening.standing.{row['standing']}", language)
    least, most = row["checked"]
    checked = f"{least}" if least == most else f"{least}–{most}"
    return text("screening.partly_counted", language, checked=checked, rules=rules)


def notes_of(document: Document, language: str) -> list[str]:
    """What was screened, and what nobody looked at."""
    said = text(
        "screening.summary",
        language,
        name=document["within"][f"name_{language}"],
        use=text(f"use.{document['use']}", language),
        cells=document["cells"],
        cell=f"{document['cell_m']:g}",
        on=document["on"],
    )
    unseen = document["unassessed"]
    left = text("screening.unassessed", language, count=len(unseen), missing=missing_of_rules(unseen, language))
    return [said, *([left] if unseen else [])]


def render_cells(document: Document, geojson: str, fmt: str, language: str) -> bytes:
    """The cells in one of csv, gpkg."""
    features = json.loads(geojson)["features"]
    return {"csv": _csv, "gpkg": _gpkg}[fmt](document, features, language)


def _head(column: str, language: str) -> str:
    return text(f"screening.head.{column}", language)


def _rows(document: Document, features: list[dict[str, Any]], language: str) -> list[dict[str, Any]]:
    titles = {rule["rule"]: in_language(rule["title"], language) for rule in document["deciding"]}
    rows = []
    for number, one in enumerate(features, 1):
        values, ring = one["properties"], one["geometry"]["coordinates"][0][:4]
        rows.append(
            {
                "cell": number,
                "standing": text(f"screening.standing.{values['standing']}", language),
                "checked": values["checked"],
                "rules_asked": document["rules"],
                "rules": "; ".join(f"{rule} {titles[rule]}" for rule in values["rules"].split()),
                "lon": round(sum(corner[0] for corner in ring) / 4, DIGITS),
                "lat": round(sum(corner[1] for corner in ring) / 4, DIGITS),
            }
        )
    return rows


def _csv(document: Document, features: list[dict[str, Any]], language: str) -> bytes:
    """A row a cell; the notes stand in rows of their own before them."""
    stamps = " ".join(document["stamps"][language])
    target = StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow(_head(column, language) for column in ("stamps", *COLUMNS, "note"))
    blank = [""] * len(COLUMNS)
    lines = [[stamps, *blank, note] for note in notes_of(document, language)]
    lines += [[stamps, *row.values(), ""] for row in _rows(document, features, language)]
    writer.writerows([literal(value) for value in line] for line in lines)
    return target.getvalue().encode("utf-8-sig")


def _gpkg(document: Document, features: list[dict[str, Any]], language: str) -> bytes:
    import geopandas
    import pandas as pd
    from shapely.geometry import shape

    shapes = geopandas.GeoSeries([shape(one["geometry"]) for one in features], crs=LONLAT)
    codes = [one["properties"]["standing"] for one in features]
    stamps = document["stamps"][language]
    frame = pd.DataFrame(_rows(document, features, language)).assign(code=codes, stamps=" ".join(stamps))
    moment = stated_moment(document)
    with TemporaryDirectory() as folder, clock_set(moment):
        path = Path(folder) / "screening.gpkg"
        placed = geopandas.GeoDataFrame(frame, geometry=shapes)
        write_table(path, "cells", placed, **geometry_options(shapes, "area"))
        write_table(path, "notes", pd.DataFrame({"note": [*stamps, *notes_of(document, language)]}))
        write_styles(path, {"cells": _look(document, language)}, moment)
        return path.read_bytes()


def _look(document: Document, language: str) -> Look:
    """The cells in the colours of the map on the page."""
    columns = [*COLUMNS, "code", "stamps"]
    return Look(
        title=text("screening.layer", language),
        kind="area",
        style=STANDING_STYLE,
        attribute="code",
        classes=[
            LookClass(standing, word, replace(STANDING_STYLE, fill=STANDING_COLOURS[standing]))
            for standing, word in legend_words(document, language).items()
        ],
        columns=columns,
        aliases={name: _head(name, language) for name in columns},
    )
