"""A layer whose file says WGS 84 and whose outlines are those of a web map."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely.geometry import mapping

from atlas.workspace import open_store
from geo.crs import GCJ02
from layers.importing import import_layer
from layers.shift_hint import shift_hint
from tests.atlas.shell import run
from tests.frames import in_frame

STORE = open_store()
DISTRICTS = STORE.layer("districts").frame.geometry.to_numpy()


def content(shapes: np.ndarray) -> bytes:
    features = [{"type": "Feature", "properties": {}, "geometry": mapping(shape)} for shape in shapes]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def hints(shapes: np.ndarray, crs: str = "EPSG:4326") -> list[str]:
    layer = import_layer(content(shapes), "own.geojson", layer_id="own", crs=crs).layer
    return [step.code for step in shift_hint(layer, STORE)]


def shifted() -> np.ndarray:
    return np.array([in_frame(shape, GCJ02) for shape in DISTRICTS], dtype=object)


def test_districts_of_a_web_map_are_noticed_whatever_their_order_and_company() -> None:
    park = shapely.box(120.1, 36.1, 120.11, 36.11)
    assert hints(np.array([park, *shifted()[::-1]], dtype=object)) == ["looks_like_gcj02"]


def test_true_districts_and_shifted_ones_that_are_said_to_be_are_not() -> None:
    assert hints(DISTRICTS) == []
    assert hints(shifted(), "gcj02") == []


@pytest.mark.parametrize("shapes", [shapely.points([[120.1, 36.1]]), np.array([shapely.box(120.1, 36.1, 120.2, 36.2)])])
def test_what_shows_no_district_tells_nothing(shapes: np.ndarray) -> None:
    assert hints(shapes) == []


def test_a_shell_says_it_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "own.geojson").write_bytes(content(shifted()))
    left = run("import", tmp_path / "own.geojson", "--as", "own", "--accuracy-m", "10", "--data", tmp_path / "ws")
    assert left.code == 0
    assert [line for line in left.out.splitlines() if "GCJ-02" in line and "gcj02" in line]
