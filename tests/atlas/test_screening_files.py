"""A screening taken away: grey where not every rule was looked at, and the same cells in every file."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import geopandas
import pytest
import shapely

from atlas.drawing import OUTCOME_COLOURS
from atlas.journeys.alternatives import outlines
from atlas.journeys.screening import Screening, ScreeningRequest, screen_area, screening_layer
from atlas.journeys.screening_export import export_screening
from atlas.report.screening import legend_words
from atlas.texts import text
from atlas.workspace import open_store
from geo.types import Use
from layers.store import Store

LICANG = "李沧区"


@pytest.fixture(scope="module")
def store() -> Store:
    return open_store(None)


@pytest.fixture(scope="module")
def screening(store: Store) -> Screening:
    within = next(district for district in outlines(store, "district") if district.name_zh == LICANG)
    return screen_area(ScreeningRequest(within, Use.FACTORY, 2_000.0, store, date(2026, 11, 1)))


def test_cells_looked_at_in_part_are_not_green(screening: Screening) -> None:
    (partly,) = [row for row in screening.document["standings"] if row["standing"] == "partly"]
    rules = screening.document["rules"]
    least, most = partly["checked"]
    assert partly["cells"] > 0
    assert 0 < least <= most < rules
    assert f"{least}" in legend_words(screening.document, "zh")["partly"]
    assert f"/{rules} " in legend_words(screening.document, "zh")["partly"]
    palette = screening_layer(screening, "zh").style.palette
    red, green, blue = (int(palette["partly"][start : start + 2], 16) for start in (1, 3, 5))
    assert max(red, green, blue) - min(red, green, blue) < 20
    assert OUTCOME_COLOURS["clear"] not in palette.values()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_files_hold_every_cell(screening: Screening, store: Store, language: str, tmp_path: Path) -> None:
    document = screening.document
    table = export_screening(screening, "csv", store, language).decode("utf-8-sig")
    head, *rows = csv.reader(io.StringIO(table))
    cells = [row for row in rows if row[1]]
    said = [row[head.index(text("screening.head.standing", language))] for row in cells]
    for standing in document["standings"]:
        assert said.count(text(f"screening.standing.{standing['standing']}", language)) == standing["cells"]
    assert any(row[-1].startswith(document["within"][f"name_{language}"]) for row in rows)
    path = tmp_path / "cells.gpkg"
    path.write_bytes(export_screening(screening, "gpkg", store, language))
    placed = geopandas.read_file(path, layer="cells")
    assert len(placed) == document["cells"] == len(cells)
    assert set(placed["checked"]) == {int(row[head.index(text("screening.head.checked", language))]) for row in cells}
    assert shapely.contains_xy(placed.geometry.to_numpy(), placed["lon"], placed["lat"]).all()


def test_the_map_on_paper(screening: Screening, store: Store) -> None:
    assert export_screening(screening, "pdf", store, "zh").startswith(b"%PDF")
