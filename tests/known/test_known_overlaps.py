"""The matrix worked out on paper: bounds of shared areas, patches, slivers, and which rule a zone breaks by itself."""

from __future__ import annotations

import math
from datetime import date

import pytest
import shapely
from tiny_world import SQUARE, R, features, place, rule

from geo import measuring, overlaps
from geo.overlaps import Overlapping, constraints_of, overlapping, zone_of
from geo.types import AllOf, AnyOf, Condition, FeatureSet, Outcome, Why

NO_OVERLAP = Condition(R.NO_OVERLAP, "layer")


def measure(
    condition: Condition, layer: FeatureSet | None, accuracy_m: float = 0.0, sliver_m2: float = 1.0
) -> Overlapping:
    (constraint,) = constraints_of([rule(condition)])
    site = measuring.prepare_site(place(SQUARE), accuracy_m)
    zone = zone_of(constraint, measuring.prepare_layer(layer) if layer else None, [site])
    return overlapping(site, zone, sliver_m2)


def test_a_strip_shared_within_bounds() -> None:
    # a strip of 20 m of the square's 100 m, band 10 m: at least 10 m x 80 m (shrunk on all sides), at most 30 m x 100 m
    found = measure(NO_OVERLAP, features([shapely.box(80, 0, 200, 100)], 10.0))
    assert found.outcome is Outcome.CONFLICT
    assert (found.low_m2, found.drawn_m2, found.high_m2) == pytest.approx((800, 2_000, 3_000), abs=2.0)
    assert found.area_m2 == pytest.approx(10_000, abs=0.1)
    assert [patch.area_m2 for patch in found.patches] == pytest.approx([2_000], abs=0.1)


def test_a_zone_around_a_point_is_a_segment_of_a_circle() -> None:
    # 50 m from the square, everything nearer than 70 m: r² acos(h/r) - h √(r² - h²)
    found = measure(Condition(R.MIN_DISTANCE, "layer", distance_m=70.0), features([shapely.Point(150, 50)]))
    segment = 70**2 * math.acos(50 / 70) - 50 * math.sqrt(70**2 - 50**2)
    assert found.outcome is Outcome.CONFLICT
    assert found.low_m2 == found.high_m2 == pytest.approx(segment, rel=2e-3)


def test_patches_are_told_apart_and_slivers_are_counted() -> None:
    layer = features([shapely.box(-10, 10, 30, 20), shapely.box(60, 80, 61, 100.5), shapely.box(99.8, 0, 110, 2)])
    found = measure(NO_OVERLAP, layer, sliver_m2=1.0)
    assert [(patch.features, round(patch.area_m2)) for patch in found.patches] == [(("f0",), 300), (("f1",), 20)]
    assert (found.slivers, found.slivers_m2) == (1, pytest.approx(0.4, abs=1e-3))
    coarse = measure(NO_OVERLAP, layer, sliver_m2=50.0)
    assert len(coarse.patches) == 1
    assert (coarse.slivers, coarse.slivers_m2) == (2, pytest.approx(20.4, abs=1e-2))
    assert found.drawn_m2 == coarse.drawn_m2 == pytest.approx(sum(p.area_m2 for p in found.patches) + found.slivers_m2)


def test_neighbours_that_only_touch_share_nothing() -> None:
    found = measure(NO_OVERLAP, features([shapely.box(100, 0, 200, 100), shapely.box(50, 50, 60, 60)]))
    assert [patch.features for patch in found.patches] == [("f1",)]


def test_no_layer_and_a_layer_that_is_not_complete_are_not_clear() -> None:
    missing = measure(NO_OVERLAP, None)
    assert (missing.outcome, missing.why) == (Outcome.NOT_ASSESSED, Why.MISSING_LAYER)
    elsewhere = features([shapely.box(500, 0, 600, 100)], covers=place(shapely.box(400, -100, 700, 200)))
    assert measure(NO_OVERLAP, elsewhere).why is Why.NOT_COVERED


def test_data_older_than_a_rule_accepts_were_not_looked_at() -> None:
    (constraint,) = constraints_of([rule(NO_OVERLAP, layer_not_before=date(2025, 1, 1))])
    old = measuring.prepare_layer(features([SQUARE], as_of=date(2024, 12, 31)))
    site = measuring.prepare_site(place(SQUARE), 0.0)
    found = overlapping(site, zone_of(constraint, old, [site]))
    assert (found.outcome, found.why, found.drawn_m2) == (Outcome.NOT_ASSESSED, Why.OUT_OF_DATE, 0.0)


def test_a_feature_that_may_be_anywhere_may_keep_all_of_a_site() -> None:
    far = features([shapely.Point(5_000, 0)], accuracy_m=math.nan)
    found = measure(Condition(R.MIN_DISTANCE, "layer", distance_m=70.0), far)
    assert (found.low_m2, found.drawn_m2, found.patches) == (0.0, 0.0, ())
    assert found.high_m2 == pytest.approx(10_000, abs=0.1)


def test_a_zone_is_drawn_where_any_of_its_sites_comes_near() -> None:
    """A line of 40 km, 50 m south of two squares: the strip of 100 m beside it holds the southern half of both."""
    line = shapely.LineString([(x, -50.0) for x in range(-1_000, 40_000, 10)])
    (constraint,) = constraints_of([rule(Condition(R.MIN_DISTANCE, "layer", distance_m=100.0))])
    sites = [measuring.prepare_site(place(shapely.box(x, 0, x + 100, 100)), 0.0) for x in (0, 30_000)]
    zone = zone_of(constraint, measuring.prepare_layer(features([line])), sites)
    for site in sites:
        assert overlapping(site, zone).drawn_m2 == pytest.approx(5_000, rel=2e-3)
    assert shapely.length(zone.shapes[0]) < 20_000, "nothing is drawn in between"


def test_a_zone_is_named_once_and_breaks_alone_only_what_it_must() -> None:
    far = Condition(R.MIN_DISTANCE, "coast", distance_m=30.0)
    deep = Condition(R.VALUE_AT_LEAST, "depth", value=10.0)
    rules = [
        rule(far, id="a"),
        rule(AnyOf((far, deep)), id="b"),
        rule(AllOf((NO_OVERLAP, AnyOf((far, deep)))), id="c"),
        rule(Condition(R.STUDY, "coast"), id="d"),
    ]
    coast, layer = constraints_of(rules)
    assert ([asked.id for asked in coast.rules], coast.alone, coast.width_m) == (["a", "b", "c"], {"a"}, 30.0)
    assert ([asked.id for asked in layer.rules], layer.alone, layer.width_m) == (["c"], {"c"}, 0.0)


def patch_of(plane: shapely.Polygon) -> overlaps.Patch:
    return overlaps.Patch(place(plane), plane, plane.area, ())


def test_patches_that_lie_on_one_another_cover_their_union() -> None:
    # 100 m by 100 m twice, half of each on the other, and one far away that is named twice
    apart = patch_of(shapely.box(1_000, 0, 1_010, 10))
    patches = [patch_of(SQUARE), patch_of(shapely.box(50, 0, 150, 100)), apart, apart]
    assert overlaps.union_area_m2(patches) == pytest.approx(15_100, abs=0.5)
    assert overlaps.union_area_m2([]) == 0.0


def test_a_patch_names_every_feature_that_it_lies_in() -> None:
    """Two overlap and make one patch; the third adds a square metre and shares 5 mm by 1 m, the fourth adds 10 m²."""
    layer = features(
        [
            shapely.box(20, 20, 50, 50),
            shapely.box(40, 40, 70, 70),
            shapely.box(19, 30, 20.005, 31),
            shapely.box(70, 40, 80, 41),
        ]
    )
    (patch,) = measure(NO_OVERLAP, layer, sliver_m2=0.0).patches
    assert patch.features == ("f0", "f1", "f2", "f3")
    assert patch.area_m2 == pytest.approx(900 + 900 - 100 + 1 + 10, abs=1e-3)


def test_a_patch_is_not_named_after_what_it_only_touches() -> None:
    """The first and the third meet in a corner: two patches. The second meets the square along its edge."""
    layer = features([shapely.box(20, 20, 50, 50), shapely.box(100, 20, 150, 50), shapely.box(50, 50, 60, 60)])
    assert [patch.features for patch in measure(NO_OVERLAP, layer).patches] == [("f0",), ("f2",)]
