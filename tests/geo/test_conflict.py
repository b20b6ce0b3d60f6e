"""Rules, layers and reasons: who is asked, what is not looked at, and what is never said."""

from __future__ import annotations

from datetime import date
from itertools import product

import numpy as np
import pytest
import shapely
from tiny_world import ON, SQUARE, WEAK, R, ask, features, place, proposal, rule

from geo import conflict
from geo.errors import GeometryError, RegionError, RuleError
from geo.measuring import prepare_layer
from geo.types import (
    AllOf,
    AnyOf,
    Condition,
    ConditionResult,
    FeatureSet,
    Finding,
    Grid,
    Outcome,
    Proposal,
    Severity,
    Use,
    Why,
)

CONFLICT, UNCERTAIN, NOT_ASSESSED, CLEAR = Outcome.CONFLICT, Outcome.UNCERTAIN, Outcome.NOT_ASSESSED, Outcome.CLEAR
APART = Condition(R.NO_OVERLAP, "layer")
FAR = Condition(R.MIN_DISTANCE, "layer", distance_m=100.0)
NEAR = Condition(R.MAX_DISTANCE, "layer", distance_m=100.0)
INSIDE = Condition(R.INSIDE, "layer")
HALF = Condition(R.MAX_OVERLAP_SHARE, "layer", share_max=0.5)
HERE, BESIDE, AWAY = shapely.box(20, 20, 80, 80), shapely.box(150, 0, 200, 100), shapely.box(900, 0, 950, 100)


def said(finding: Finding) -> tuple[Outcome, Why | None]:
    return finding.outcome, finding.why


# Who is asked


def test_only_rules_for_the_use_that_are_in_force_are_answered() -> None:
    rules = [
        rule(FAR, id="other_use", applies_to=(Use.BUILDING,)),
        rule(FAR, id="first_day", in_force_from=ON),
        rule(FAR, id="tomorrow", in_force_from=date(2026, 11, 2)),
        rule(FAR, id="last_day", in_force_to=ON),
        rule(FAR, id="over", in_force_to=date(2026, 10, 31)),
    ]
    found = conflict.assess(proposal(SQUARE), rules, {"layer": features([AWAY])}.get, ON)
    assert [finding.rule.id for finding in found] == ["first_day", "last_day"]


def test_when_known_and_not_matching_gives_no_finding_and_unknown_is_not_assessed() -> None:
    layers = {"layer": features([AWAY])}.get
    new_only = rule(FAR, when={"status": "new", "grade": [1, 2]})

    def outcomes(**quantities: object) -> list[tuple[Outcome, Why | None]]:
        return [said(finding) for finding in conflict.assess(proposal(SQUARE, **quantities), [new_only], layers, ON)]

    assert outcomes(status="new", grade="1") == [(CLEAR, None)]
    assert outcomes(status="legacy", grade=1) == []
    assert outcomes(status="legacy") == []
    assert outcomes(status="new") == [(NOT_ASSESSED, Why.VALUE_UNKNOWN)]
    assert outcomes(status="", grade=1) == [(NOT_ASSESSED, Why.VALUE_UNKNOWN)]


def test_when_takes_a_range() -> None:
    middle = rule(FAR, when={"turbine_mw": {"above": 8, "below": 12}})
    layers = {"layer": features([AWAY])}.get
    assert conflict.assess(proposal(SQUARE, turbine_mw=8), [middle], layers, ON) == ()
    assert len(conflict.assess(proposal(SQUARE, turbine_mw=8.5), [middle], layers, ON)) == 1


# What is not looked at


@pytest.mark.parametrize("condition", [APART, FAR, NEAR, INSIDE, HALF])
def test_a_missing_layer_is_never_clear(condition: Condition) -> None:
    assert said(ask(SQUARE, condition, None)) == (NOT_ASSESSED, Why.MISSING_LAYER)


def test_a_study_has_no_number() -> None:
    assert said(ask(SQUARE, Condition(R.STUDY, "layer"), None)) == (NOT_ASSESSED, Why.NEEDS_STUDY)
    assert said(ask(SQUARE, Condition(R.STUDY), features([HERE]))) == (NOT_ASSESSED, Why.NEEDS_STUDY)


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (date(2024, 12, 31), (NOT_ASSESSED, Why.OUT_OF_DATE)),
        (None, (NOT_ASSESSED, Why.OUT_OF_DATE)),
        (date(2025, 1, 1), (CONFLICT, None)),
    ],
)
def test_a_layer_older_than_the_rule_accepts(as_of: date | None, expected: tuple[Outcome, Why | None]) -> None:
    layer = features([HERE], as_of=as_of)
    assert said(ask(SQUARE, APART, layer, layer_not_before=date(2025, 1, 1))) == expected


NOWHERE = shapely.Polygon()
AROUND = place(shapely.box(-5000, -5000, 5000, 5000))
JUST_SHORT = place(shapely.box(-5000, -5000, 199, 5000))
UNCOVERED = (NOT_ASSESSED, Why.NOT_COVERED)


@pytest.mark.parametrize(
    ("condition", "drawn", "covers", "expected"),
    [
        (FAR, [], AROUND, (CLEAR, None)),
        (FAR, [], None, (CLEAR, None)),
        (FAR, [], JUST_SHORT, UNCOVERED),  # 199 - 100 < the limit
        (FAR, [], NOWHERE, UNCOVERED),
        (FAR, [AWAY], JUST_SHORT, UNCOVERED),
        (FAR, [BESIDE], NOWHERE, (CONFLICT, None)),  # what is there is there
        (APART, [], AROUND, (CLEAR, None)),
        (APART, [], NOWHERE, UNCOVERED),
        (APART, [HERE], NOWHERE, (CONFLICT, None)),
        (HALF, [], NOWHERE, UNCOVERED),
        (HALF, [shapely.box(0, 0, 90, 100)], NOWHERE, (CONFLICT, None)),
        (NEAR, [], AROUND, (CONFLICT, None)),
        (NEAR, [], JUST_SHORT, UNCOVERED),
        (NEAR, [AWAY], NOWHERE, UNCOVERED),
        (NEAR, [BESIDE], NOWHERE, (CLEAR, None)),
        (INSIDE, [], AROUND, (CONFLICT, None)),
        (INSIDE, [], NOWHERE, UNCOVERED),
        (INSIDE, [shapely.box(-9, -9, 109, 109)], NOWHERE, (CLEAR, None)),
    ],
)
def test_an_answer_that_rests_on_nothing_being_there_needs_a_complete_layer(
    condition: Condition, drawn: list, covers: shapely.Geometry | None, expected: tuple[Outcome, Why | None]
) -> None:
    assert said(ask(SQUARE, condition, features(drawn, covers=covers))) == expected


def test_the_halo_grows_with_the_accuracy() -> None:
    covers = place(shapely.box(-1000, -1000, 210, 1000))
    assert said(ask(SQUARE, FAR, features([], covers=covers), accuracy_m=5.0)) == (CLEAR, None)
    assert said(ask(SQUARE, FAR, features([], covers=covers), accuracy_m=15.0)) == UNCOVERED


def test_near_the_edge_of_the_region_no_layer_is_complete() -> None:
    edge = Proposal("p", "p", Use.FACTORY, shapely.Point(119.3005, 36.0), 0.0)
    (finding,) = conflict.assess(edge, [rule(FAR)], {"layer": features([])}.get, ON)
    assert said(finding) == UNCOVERED


@pytest.mark.parametrize("condition", [INSIDE, HALF])
def test_a_layer_of_points_can_hold_no_site(condition: Condition) -> None:
    assert said(ask(SQUARE, condition, features([shapely.Point(50, 50)]))) == (NOT_ASSESSED, Why.VALUE_UNKNOWN)


def test_an_accuracy_that_is_not_known_is_never_an_answer() -> None:
    for condition in (APART, FAR, NEAR, INSIDE, HALF):
        assert said(ask(SQUARE, condition, features([BESIDE], float("nan")))) == (UNCERTAIN, Why.WITHIN_TOLERANCE)


# Which features


def zoned(column: str, values: list, drawn: list, name: str = "layer") -> FeatureSet:
    layer = features(drawn, attributes={column: np.array(values, dtype=object)})
    return FeatureSet(name, layer.geometries, layer.ids, layer.accuracy_m, layer.attributes)


def test_where_picks_features() -> None:
    layer = zoned("class", ["甲", "丁"], [AWAY, HERE])
    picked = Condition(R.NO_OVERLAP, "layer", where={"class": ["甲", "乙"]})
    assert said(ask(SQUARE, picked, layer)) == (CLEAR, None)
    other = ask(SQUARE, Condition(R.NO_OVERLAP, "layer", where={"class": "丁"}), layer)
    assert said(other) == (CONFLICT, None)
    assert other.deciding is not None
    assert other.deciding.features == ("f1",)


def test_where_takes_a_range_and_numbers_written_as_text() -> None:
    layer = zoned("kv", ["35", 500], [HERE, AWAY])
    lines = Condition(R.NO_OVERLAP, "layer", where={"kv": {"at_least": 35, "at_most": 110}})
    assert said(ask(SQUARE, lines, layer)) == (CONFLICT, None)
    with pytest.raises(RuleError):
        ask(SQUARE, Condition(R.NO_OVERLAP, "layer", where={"kv": {"around": 35}}), layer)


@pytest.mark.parametrize("name", ["核心保护区", "核心区", "缓冲区", "core", "Buffer "])
def test_zones_of_protected_areas_under_their_older_names(name: str) -> None:
    layers = {"nature_reserves": zoned("zone", [name], [HERE], "nature_reserves")}
    core = Condition(R.NO_OVERLAP, "nature_reserves", where={"zone": "core"})
    control = Condition(R.NO_OVERLAP, "nature_reserves", where={"zone": "control"})
    assert said(ask(SQUARE, core, layers)) == (CONFLICT, None)
    assert said(ask(SQUARE, control, layers)) == (CLEAR, None)


def test_a_buffer_of_another_layer_is_no_core() -> None:
    core = Condition(R.NO_OVERLAP, "layer", where={"zone": "core"})
    assert said(ask(SQUARE, core, zoned("zone", ["buffer"], [HERE]))) == (CLEAR, None)


def test_a_column_that_the_layer_lacks_is_not_known() -> None:
    asked = Condition(R.NO_OVERLAP, "layer", where={"zone": "core"})
    assert said(ask(SQUARE, asked, features([HERE]))) == (NOT_ASSESSED, Why.VALUE_UNKNOWN)


@pytest.mark.parametrize("blank", [None, float("nan"), "", " "])
def test_a_feature_of_unknown_class_is_not_ignored_where_it_matters(blank: object) -> None:
    asked = Condition(R.NO_OVERLAP, "layer", where={"class": "甲"})
    assert said(ask(SQUARE, asked, zoned("class", [blank], [HERE]))) == (UNCERTAIN, Why.VALUE_UNKNOWN)
    assert said(ask(SQUARE, asked, zoned("class", [blank], [AWAY]))) == (CLEAR, None)
    assert said(ask(SQUARE, asked, zoned("class", [blank, "甲"], [HERE, HERE]))) == (CONFLICT, None)


def test_all_that_are_in_the_way_are_named_the_worst_first() -> None:
    layer = features([AWAY, BESIDE, shapely.Point(-20, 50)], [0, 0, 40])
    finding = ask(SQUARE, FAR, layer)
    assert finding.deciding is not None
    assert finding.deciding.features == ("f2", "f1")
    assert finding.deciding.tolerance_m == 40
    assert shapely.length(finding.deciding.witness) > 0


def test_rows_without_a_place_are_left_out() -> None:
    layer = features([HERE, AWAY])
    layer.geometries[0] = None
    assert said(ask(SQUARE, APART, layer)) == (CLEAR, None)
    assert len(prepare_layer(layer)) == 1


def test_a_prepared_layer_answers_as_the_layer_does() -> None:
    layer = features([BESIDE, AWAY], 3.0)
    assert ask(SQUARE, FAR, {"layer": prepare_layer(layer)}) == ask(SQUARE, FAR, layer)


# Values


def depths(values: list[list[float]], accuracy_m: float = 0.0, value_error: float | None = None) -> Grid:
    bounds = place(shapely.box(-100, -100, 300, 300)).bounds
    return Grid("layer", np.array(values, dtype=float), bounds, "m", accuracy_m, value_error)


DEEP = Condition(R.VALUE_AT_LEAST, "layer", value=30.0, unit="m")
SHALLOW = Condition(R.VALUE_AT_MOST, "layer", value=30.0, unit="m")
INNER = shapely.box(10, 10, 90, 90)


@pytest.mark.parametrize(
    ("site", "rows", "error", "at_least", "at_most"),
    [
        (INNER, [[9, 9], [40, 9]], None, CLEAR, CONFLICT),
        (INNER, [[9, 9], [20, 9]], None, CONFLICT, CLEAR),
        (INNER, [[9, 9], [40, 9]], 15.0, UNCERTAIN, UNCERTAIN),
        (INNER, [[9, 9], [40, 9]], 5.0, CLEAR, CONFLICT),
        (SQUARE.buffer(9), [[40, 40], [40, 20]], None, CONFLICT, CONFLICT),
        (INNER, [[9, 9], [float("nan"), 9]], None, NOT_ASSESSED, NOT_ASSESSED),
    ],
)
def test_values_of_a_grid(site, rows, error, at_least, at_most) -> None:
    """Four cells of 200 m; the site lies in the south-western one, or reaches into all four."""
    grid = depths(rows, value_error=error)
    assert ask(site, DEEP, grid).outcome is at_least
    assert ask(site, SHALLOW, grid).outcome is at_most


def test_a_grid_is_as_vague_as_its_place() -> None:
    grid = depths([[40, 40], [40, 20]], accuracy_m=50.0)
    finding = ask(INNER, DEEP, grid)
    assert said(finding) == (UNCERTAIN, Why.WITHIN_TOLERANCE)
    assert finding.deciding is not None
    assert (finding.deciding.value, finding.deciding.tolerance_m) == (20.0, 50.0)


def test_a_grid_that_does_not_reach_or_is_asked_amiss() -> None:
    grid = depths([[40]])
    assert said(ask(shapely.Point(290, 290), DEEP, grid, accuracy_m=20.0)) == UNCOVERED
    assert said(ask(INNER, APART, grid)) == (NOT_ASSESSED, Why.VALUE_UNKNOWN)
    feet = Condition(R.VALUE_AT_LEAST, "layer", value=90.0, unit="ft")
    assert said(ask(INNER, feet, grid)) == (NOT_ASSESSED, Why.VALUE_UNKNOWN)


def test_values_of_features() -> None:
    around = [shapely.box(-500, -500, 50, 600), shapely.box(50, -500, 600, 600)]
    assert said(ask(INNER, DEEP, zoned("value", [35, 40], around))) == (CLEAR, None)
    assert said(ask(INNER, DEEP, zoned("m", ["35", 20], around))) == (CONFLICT, None)
    assert said(ask(INNER, DEEP, zoned("value", [35, None], around))) == (NOT_ASSESSED, Why.VALUE_UNKNOWN)
    assert said(ask(INNER, DEEP, zoned("value", [35], around[:1]))) == (NOT_ASSESSED, Why.VALUE_UNKNOWN)
    assert said(ask(INNER, DEEP, zoned("value", [35], [AWAY]))) == UNCOVERED
    assert said(ask(INNER, DEEP, zoned("depth", [35, 40], around))) == (NOT_ASSESSED, Why.VALUE_UNKNOWN)


@pytest.mark.parametrize(
    ("capacity", "expected"),
    [(200, CLEAR), (100, CONFLICT), (None, NOT_ASSESSED), (0, NOT_ASSESSED), ("NaN", NOT_ASSESSED)],
)
def test_area_for_100_megawatts(capacity: object, expected: Outcome) -> None:
    """4 km × 5 km are 20 km²: 10 km² for each 100 MW of 200 MW, 20 of 100 MW."""
    dense = Condition(R.VALUE_AT_MOST, quantity="area_km2_per_100mw", value=13.0)
    finding = ask(shapely.box(-2000, 0, 2000, 5000), dense, None, quantities={"capacity_mw": capacity})
    assert said(finding) == (expected, Why.VALUE_UNKNOWN if expected is NOT_ASSESSED else None)


def test_area_in_hectares_is_derived_and_a_point_has_none() -> None:
    large = Condition(R.VALUE_AT_MOST, quantity="area_ha", value=0.9)
    finding = ask(SQUARE, large, None)
    assert said(finding) == (CONFLICT, None)
    assert finding.deciding is not None
    assert finding.deciding.value == pytest.approx(1.0)
    assert said(ask(shapely.Point(0, 0), large, None)) == (NOT_ASSESSED, Why.VALUE_UNKNOWN)


# What a weak rule may say, and how answers join


def test_a_weak_rule_neither_condemns_nor_clears() -> None:
    for drawn in ([HERE], [AWAY]):
        assert said(ask(SQUARE, APART, features(drawn), citation=WEAK)) == (UNCERTAIN, Why.WEAK_SOURCE)
    assert said(ask(SQUARE, APART, None, citation=WEAK)) == (NOT_ASSESSED, Why.MISSING_LAYER)


PARTS = {
    outcome: ConditionResult(Condition(R.STUDY, quantity=outcome.value), outcome)
    for outcome in (CONFLICT, UNCERTAIN, NOT_ASSESSED, CLEAR)
}
TRUTH = {CONFLICT: False, CLEAR: True, UNCERTAIN: None, NOT_ASSESSED: None}


def join(kind: type, outcomes: tuple[Outcome, ...]) -> tuple[ConditionResult, tuple[ConditionResult, ...]]:
    by_condition = {result.condition.quantity: result for result in PARTS.values()}
    requirement = kind(tuple(PARTS[outcome].condition for outcome in outcomes))
    return conflict.combine(requirement, lambda condition: by_condition[condition.quantity])


@pytest.mark.parametrize("outcomes", list(product(PARTS, repeat=2)) + list(product(PARTS, repeat=3)))
def test_kleene(outcomes: tuple[Outcome, ...]) -> None:
    truths = [TRUTH[outcome] for outcome in outcomes]
    open_part = UNCERTAIN if UNCERTAIN in outcomes else NOT_ASSESSED
    everything = CONFLICT if False in truths else CLEAR if None not in truths else open_part
    anything = CLEAR if True in truths else CONFLICT if None not in truths else open_part
    assert join(AllOf, outcomes)[0].outcome is everything
    assert join(AnyOf, outcomes)[0].outcome is anything
    assert [result.outcome for result in join(AnyOf, outcomes)[1]] == list(outcomes)


def test_nested_requirement_of_offshore_wind() -> None:
    """30 km, or 10 km and more than 30 m deep: near the limits only the depth is open."""
    deep = Condition(R.VALUE_AT_LEAST, "sea_depth", value=30.0, unit="m")
    thirty, ten = (Condition(R.MIN_DISTANCE, "coast", distance_m=metres) for metres in (30_000.0, 10_000.0))
    requirement = AnyOf((thirty, AllOf((deep, ten))))
    assert conflict.layers_of(requirement) == ("coast", "sea_depth")
    assert conflict.reach_m(requirement) == 30_000.0

    def at(kilometres: float) -> Finding:
        return ask(shapely.Point(0, 0), requirement, {"coast": features([shapely.Point(0, kilometres * 1000)], 300.0)})

    assert said(at(31)) == (CLEAR, None)
    assert said(at(20)) == (NOT_ASSESSED, Why.MISSING_LAYER)
    assert said(at(9)) == (CONFLICT, None)
    assert said(at(30.1)) == (UNCERTAIN, Why.WITHIN_TOLERANCE)
    assert len(at(20).conditions) == 3


# Verdict


def finding(outcome: Outcome, severity: Severity = Severity.PROHIBIT, why: Why | None = None) -> Finding:
    return Finding(rule(FAR, severity=severity), "p", outcome, why)


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([CLEAR, CLEAR], CLEAR),
        ([CLEAR, NOT_ASSESSED], NOT_ASSESSED),
        ([CLEAR, NOT_ASSESSED, UNCERTAIN], UNCERTAIN),
        ([CLEAR, NOT_ASSESSED, UNCERTAIN, CONFLICT], CONFLICT),
    ],
)
@pytest.mark.parametrize("severity", [Severity.PROHIBIT, Severity.RESTRICT])
def test_the_verdict_is_the_worst(outcomes: list[Outcome], expected: Outcome, severity: Severity) -> None:
    assert conflict.verdict([finding(outcome, severity) for outcome in outcomes])[0] is expected
    assert conflict.verdict([finding(outcome, severity) for outcome in reversed(outcomes)])[0] is expected


def test_advice_never_changes_the_verdict() -> None:
    advice = [finding(outcome, Severity.ADVISE) for outcome in Outcome]
    assert conflict.verdict(advice) == (NOT_ASSESSED, Why.NO_RULE)
    assert conflict.verdict([*advice, finding(CLEAR)]) == (CLEAR, None)
    assert conflict.verdict([]) == (NOT_ASSESSED, Why.NO_RULE)


def test_the_verdict_says_why_and_counts_count() -> None:
    found = [finding(CLEAR), finding(UNCERTAIN, why=Why.SLIVER), finding(NOT_ASSESSED, why=Why.MISSING_LAYER)]
    assert conflict.verdict(found) == (UNCERTAIN, Why.SLIVER)
    assert conflict.counts(found) == {CONFLICT: 0, UNCERTAIN: 1, NOT_ASSESSED: 1, CLEAR: 1}


# What is refused


def test_sites_that_cannot_be_measured() -> None:
    bow_tie = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    with pytest.raises(GeometryError):
        ask(bow_tie, FAR, features([AWAY]))
    with pytest.raises(RegionError):
        ask(shapely.Point(0, 900_000), FAR, features([AWAY]))
    for accuracy in (float("nan"), -1.0, float("inf")):
        with pytest.raises(GeometryError):
            ask(SQUARE, FAR, features([AWAY]), accuracy_m=accuracy)


def test_a_layer_that_crosses_itself_is_not_repaired_here() -> None:
    bow_tie = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    with pytest.raises(GeometryError) as caught:
        ask(SQUARE, FAR, features([AWAY, bow_tie]))
    assert caught.value.values == {"layer": "layer", "ids": ["f1"]}


@pytest.mark.parametrize(
    "requirement",
    [
        Condition(R.MIN_DISTANCE, "layer"),
        Condition(R.MAX_OVERLAP_SHARE, "layer", share_max=float("nan")),
        Condition(R.VALUE_AT_LEAST, "layer"),
        Condition(R.NO_OVERLAP),
        Condition(R.VALUE_AT_MOST, value=1.0),
        AllOf(()),
    ],
)
def test_rules_that_cannot_be_answered(requirement: Condition | AllOf) -> None:
    with pytest.raises(RuleError):
        ask(SQUARE, requirement, features([AWAY]))


@pytest.mark.parametrize("band", [0.0, 2.0])
def test_a_site_smaller_than_noise_is_not_clear_of_what_holds_it(band: float) -> None:
    """Of a square of 5 mm all is less than the noise along a long outline; of one beside it nothing is shared."""
    within, beside = shapely.box(50, 50, 50.005, 50.005), shapely.box(100 + band, 50, 100.005 + band, 50.005)
    for known in ({}, {"rigid": True}):
        layer = features([SQUARE], band, **known)
        assert said(ask(within, APART, layer)) == (UNCERTAIN, Why.SLIVER)
        assert said(ask(shapely.affinity.translate(beside, 0.01), APART, layer)) == (CLEAR, None)
    assert said(ask(beside, APART, features([SQUARE]))) == (CLEAR, None)
