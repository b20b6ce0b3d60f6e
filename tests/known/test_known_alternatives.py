"""Why not here, where instead, worked out on paper: what each rule in the way would take, and how far is far enough."""

from __future__ import annotations

import math

import pytest
import shapely
from tiny_world import ON, SQUARE, WEAK, R, features, proposal, rule

from geo import alternatives, blocking, conflict, measuring
from geo.blocking import Blocking, Need
from geo.search import SearchArea
from geo.types import AllOf, AnyOf, Condition, FeatureSet, Outcome, Rule

POINT = shapely.Point(150, 50)
CELL = 10.0


def why_not(rules: list[Rule], layers: dict[str, FeatureSet], accuracy_m: float = 0.0) -> Blocking:
    site = proposal(SQUARE, accuracy_m)
    prepared = {name: measuring.prepare_layer(layer) for name, layer in layers.items()}
    return blocking.blocking(site, conflict.assess(site, rules, prepared.get, ON), prepared.get)


def need(requirement: Condition, layer: FeatureSet) -> Need:
    """What the one condition of one rule asks for."""
    answer = why_not([rule(requirement)], {"layer": layer})
    ((found,),) = (*answer.conflicts, *answer.uncertain)[0].ways
    return found


def test_too_near_a_point() -> None:
    # 50 m away, 60 m asked for, band 10 m: 60 + 10 - 50 = 20 m to the west. The square's part within 70 m of the
    # point is a segment of a circle whose chord lies 50 m from its centre: r² acos(h/r) - h √(r² - h²)
    found = need(Condition(R.MIN_DISTANCE, "layer", distance_m=60.0), features([POINT], 10.0))
    segment = 70**2 * math.acos(50 / 70) - 50 * math.sqrt(70**2 - 50**2)
    assert found.at_least_m == pytest.approx(20.0, abs=1e-4)
    assert found.azimuth_deg == pytest.approx(270.0, abs=0.1)
    assert found.cut_m2 == pytest.approx(segment, rel=0.01)
    assert found.cut_m2 >= segment
    assert found.remaining_m2 == pytest.approx(10_000 - found.cut_m2)


def test_an_accuracy_that_would_do() -> None:
    # 50 m away, 45 m asked for: complies as drawn by 5 m, which a band of 10 m leaves open
    found = need(Condition(R.MIN_DISTANCE, "layer", distance_m=45.0), features([POINT], 10.0))
    assert found.band_m == pytest.approx(5.0, abs=1e-4)


@pytest.mark.parametrize(("band", "cut"), [(0.0, 2_000.0), (10.0, 3_000.0)])
def test_an_overlap_is_cut_off(band: float, cut: float) -> None:
    found = need(Condition(R.NO_OVERLAP, "layer"), features([shapely.box(80, -50, 200, 150)], band))
    assert found.cut_m2 == pytest.approx(cut, rel=0.002)


def test_a_line_of_no_width_leaves_open_what_to_cut() -> None:
    found = need(Condition(R.NO_OVERLAP, "layer"), features([shapely.LineString([(50, -10), (50, 110)])]))
    assert (found.cut_m2, found.remaining_m2) == (None, None)


def test_too_large_a_share() -> None:
    # 2 000 of 10 000 m² are shared and a tenth is allowed: (2 000 - c) / (10 000 - c) = 0.1, so c = 1 000 / 0.9
    strip = features([shapely.box(80, 0, 200, 100)])
    assert need(Condition(R.MAX_OVERLAP_SHARE, "layer", share_max=0.1), strip).cut_m2 == pytest.approx(1000 / 0.9)


def test_too_large_a_site() -> None:
    answer = why_not([rule(Condition(R.VALUE_AT_MOST, quantity="area_ha", value=0.4))], {})
    ((found,),) = answer.conflicts[0].ways
    assert found.cut_m2 == pytest.approx(6_000, rel=1e-4)


def test_a_rule_that_can_be_met_in_several_ways_names_each() -> None:
    near, other = Condition(R.MIN_DISTANCE, "layer", distance_m=60.0), Condition(R.NO_OVERLAP, "strip")
    fine, closer = (Condition(R.MIN_DISTANCE, "layer", distance_m=distance) for distance in (10.0, 55.0))
    layers = {"layer": features([POINT]), "strip": features([shapely.box(80, 0, 200, 100)])}
    answer = why_not([rule(AnyOf((near, AllOf((other, fine, closer)))))], layers)
    ways = answer.conflicts[0].ways
    assert [[found.condition for found in way] for way in ways] == [[near], [other, closer]]


def test_ways_do_not_multiply_without_end() -> None:
    near = Condition(R.MIN_DISTANCE, "layer", distance_m=60.0)
    many = AllOf(tuple(AnyOf((near,) * 8) for _ in range(12)))  # 8^12 ways
    answer = why_not([rule(many)], {"layer": features([POINT])})
    assert len(answer.conflicts[0].ways) == blocking.WAYS_SPELT_OUT


def test_the_verdict_without_a_rule_and_without_all() -> None:
    near, strip = Condition(R.MIN_DISTANCE, "layer", distance_m=60.0), Condition(R.NO_OVERLAP, "strip")
    rules = [rule(near, id="a"), rule(strip, id="b"), rule(Condition(R.NO_OVERLAP, "nobody_has_it"), id="c")]
    rules.append(rule(Condition(R.MIN_DISTANCE, "layer", distance_m=10.0), id="weak", citation=WEAK))
    answer = why_not(rules, {"layer": features([POINT]), "strip": features([shapely.box(80, 0, 200, 100)])})
    assert [blocker.finding.rule.id for blocker in answer.conflicts] == ["a", "b"]
    assert {blocker.verdict_without[0] for blocker in answer.conflicts} == {Outcome.CONFLICT}
    assert answer.verdict_without_conflicts[0] is Outcome.UNCERTAIN  # the weak one stays open wherever the site is
    assert [finding.rule.id for finding in answer.weak] == ["weak"]
    assert answer.uncertain == ()
    assert [finding.rule.id for finding in answer.unassessed] == ["c"]


@pytest.mark.parametrize(
    ("requirement", "shape", "band", "least"),
    [
        (Condition(R.NO_OVERLAP, "layer"), shapely.box(0, 0, 100, 100), 0.0, 100.0),  # side by side do not conflict
        (Condition(R.NO_OVERLAP, "layer"), shapely.box(-20, 0, 120, 100), 5.0, 105.0),  # north or south
        (Condition(R.MIN_DISTANCE, "layer", distance_m=60.0), POINT, 10.0, 20.0),
        (Condition(R.MAX_DISTANCE, "layer", distance_m=60.0), shapely.Point(300, 50), 10.0, 150.0),  # 200 - 60 + 10
        (Condition(R.INSIDE, "layer"), shapely.box(250, -200, 700, 300), 10.0, 260.0),
        (Condition(R.MAX_OVERLAP_SHARE, "layer", share_max=0.3), shapely.box(0, -100, 500, 300), 0.0, 70.0),
    ],
)
def test_how_far_is_far_enough(requirement: Condition, shape: shapely.Geometry, band: float, least: float) -> None:
    site, layer = proposal(SQUARE), {"layer": features([shape], band)}
    findings = conflict.assess(site, [rule(requirement)], layer.get, ON)
    answer = alternatives.nearest_place(site, findings, layer.get, ON, SearchArea(radius_m=600.0), cell_m=CELL)
    assert answer.place is not None
    assert least - 1e-3 <= answer.place.distance_m <= least + CELL * math.sqrt(2)
    assert conflict.verdict(answer.place.findings)[0] is Outcome.CLEAR
    alone = alternatives.nearest_for_rule(site, findings[0], layer.get, ON, 600.0, cell_m=CELL)
    assert alone is not None
    assert alone.distance_m == answer.place.distance_m
