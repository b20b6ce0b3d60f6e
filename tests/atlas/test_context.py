"""What holds a site and what looks odd about it, asked of the embedded layers and of a coast drawn by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
import shapely
from geopandas import GeoDataFrame
from shapely.geometry.base import BaseGeometry

from atlas.journeys.context import context_of, notices_of
from atlas.workspace import open_store
from geo.types import Proposal, Use
from layers.plan import load_plan
from layers.prepared import prepared
from layers.store import Store


def shore() -> Store:
    """All the ground is west of 120E, known to 100 m; a degree of longitude is about 90 km there."""
    store = open_store()
    land = store.layer("land")
    frame = GeoDataFrame({"id": ["ground"]}, geometry=[shapely.box(119.8, 35.9, 120.0, 36.1)], crs="EPSG:4326")
    return store.with_layer(replace(land, frame=frame, spec=replace(land.spec, accuracy_m=100.0)))


@pytest.mark.parametrize(
    ("use", "site", "notices"),
    [
        (Use.FACTORY, shapely.Point(119.99, 36.0), ()),  # 900 m inside
        (Use.FACTORY, shapely.Point(119.9995, 36.0), ("near_the_shore",)),  # 45 m inside
        (Use.FACTORY, shapely.Point(120.0005, 36.0), ("near_the_shore",)),  # 45 m outside
        (Use.FACTORY, shapely.Point(120.01, 36.0), ("in_the_sea",)),
        (Use.FACTORY, shapely.box(119.98, 35.99, 119.998, 36.0), ()),
        (Use.FACTORY, shapely.box(119.98, 35.99, 120.01, 36.0), ("near_the_shore",)),
        (Use.OFFSHORE_WIND, shapely.box(119.98, 35.99, 120.01, 36.0), ("on_land",)),
        (Use.OFFSHORE_WIND, shapely.box(119.9995, 35.99, 120.01, 36.0), ()),  # 45 m over a line known to 100 m
        (Use.OFFSHORE_WIND, shapely.box(120.01, 35.99, 120.02, 36.0), ()),
    ],
)
def test_what_looks_odd_by_the_shore(use: Use, site: BaseGeometry, notices: tuple[str, ...]) -> None:
    assert notices_of(Proposal("1", "", use, site, 0.0), shore()) == notices


def test_a_place_in_a_district_carries_the_plan_of_that_district() -> None:
    found = context_of(Proposal("1", "", Use.FACTORY, shapely.Point(120.44, 36.40), 0.0), open_store(), load_plan())
    assert [district["name_zh"] for district in found.districts] == ["即墨区"]
    assert "三（五）2" in {designation["clause"] for designation in found.designations}


def test_a_layer_is_prepared_once_and_again_when_anything_said_of_it_changes() -> None:
    layer = open_store().layer("mainland_coast")
    assert prepared(layer) is prepared(open_store().layer("mainland_coast"))
    worse = replace(layer, spec=replace(layer.spec, accuracy_m=999.0, accuracy_column=""))
    assert prepared(worse) is not prepared(layer)
    assert prepared(worse).worst_accuracy_m == 999.0
    moved = replace(layer, frame=layer.frame.translate(0.1, 0).to_frame("geometry").assign(id="x"))
    assert prepared(moved).source.ids[0] == "x"
