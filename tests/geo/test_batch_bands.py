"""Many sites at once where accuracies are mixed or features err each on their own: as each alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from test_batch import assert_same, proposals_at
from tiny_world import R, features, place, rule

from geo import deciding, indexed
from geo.cells import ORIGIN, cell_size
from geo.crs import from_plane
from geo.types import Condition, FeatureSet, Outcome

CENTRE = shapely.Point(0, 0)


def outcomes_of(site: shapely.Point, layer: FeatureSet, relation: R, **more: Any) -> dict[Outcome, int]:
    """How many answers there were of each outcome to one rule, the same both ways."""
    return assert_same(proposals_at([place(site)]), [rule(Condition(relation, "layer", **more))], {"layer": layer})


@pytest.mark.parametrize("rigid", [True, False])
def test_a_share_is_free_of_features_only_if_none_may_err_so_far(rigid: bool) -> None:
    """Six parcels 12 m off, each known to 10 m on its own: bands are widened to 12.6 m."""
    parcels = [shapely.box(12, 2 * row, 30, 2 * row + 2) for row in range(6)]
    seen = outcomes_of(CENTRE, features(parcels, 10.0, rigid=rigid), R.MAX_OVERLAP_SHARE, share_max=0.3)
    assert seen[Outcome.CLEAR if rigid else Outcome.UNCERTAIN] == 1


@pytest.mark.parametrize("relation", [R.NO_OVERLAP, R.INSIDE])
def test_of_many_accuracies_as_many_are_told_apart_as_the_engine_does(relation: R) -> None:
    """Deeper than its band in a parcel of 3 m, which the engine weighs together with those of 4 m."""
    half = np.full(12, 0.5)
    half[2] = 3.2
    layer = features([shapely.box(-size, -size, size, size) for size in half], np.arange(1.0, 13.0), rigid=True)
    assert outcomes_of(CENTRE, layer, relation)[Outcome.UNCERTAIN] == 1


def test_the_worst_feature_of_the_class_that_is_asked_for_says_how_far_to_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two bands of 20 m beyond the limit there is a second well that may be too near, though the worst of all layers'
    features is of another class.
    """
    monkeypatch.setattr(indexed, "WHOLE_VERTICES", 0)
    wells = [shapely.Point(54.7, 0), shapely.Point(0, 85), shapely.Point(5_000, 0), shapely.Point(9_000, 0)]
    kinds = np.array(["well", "well", "well", "other"], dtype=object)
    layer = features(wells, [5.0, 5.0, 20.0, 50.0], attributes={"kind": kinds})
    seen = outcomes_of(CENTRE, layer, R.MIN_DISTANCE, distance_m=60.0, where={"kind": "well"})
    assert seen[Outcome.UNCERTAIN] == 1


def test_more_features_than_were_looked_for_are_asked_of_the_whole_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bands of 490 m widened 1.46 times reach a well 1,308 m west, where cells list 1,300 m and begin at the site."""
    monkeypatch.setattr(indexed, "WHOLE_VERTICES", 0)
    monkeypatch.setattr(deciding, "WIDEST", 1.4)
    cell = cell_size(1_300.0)
    site = ORIGIN + 700 * cell + (0.01, cell / 2)
    wells = from_plane(shapely.points(site + [(0.0, 100.0), *[(0.0, 1_000.0)] * 29, (-1_308.0, 0.0)]))
    ids = np.array([f"w{row}" for row in range(len(wells))], dtype=object)
    layer = FeatureSet("layer", wells, ids, np.full(len(wells), 490.0))
    asked = rule(Condition(R.MIN_DISTANCE, "layer", distance_m=600.0))
    assert_same(proposals_at([from_plane(shapely.Point(site))]), [asked], {"layer": layer})


def test_a_share_far_from_all_features_needs_no_wider_cover() -> None:
    """Two vague parcels far away, more than two bands: neither may err as far as the site, whose surroundings are
    known for one band and no more.
    """
    layer = features([shapely.box(500, 1, 540, 40), shapely.box(500, -40, 540, -1)], 10.0)
    cover = place(shapely.box(-10.5, -10.5, 10.5, 10.5))
    layer = FeatureSet("layer", layer.geometries, layer.ids, layer.accuracy_m, covers=cover)
    seen = outcomes_of(CENTRE, layer, R.MAX_OVERLAP_SHARE, share_max=0.3)
    assert seen[Outcome.CLEAR] == 1
