"""Many sites at once answer what each answers alone: random worlds, and places chosen to be hard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry
from tiny_world import ON, ORIGIN, WEAK, R, features, place, rule

from geo import batch, conflict, deciding, indexed
from geo.errors import GeometryError, RegionError
from geo.indexed import IndexedLayer
from geo.types import AllOf, AnyOf, Condition, FeatureSet, Finding, Grid, Outcome, Proposal, Rule, Severity, Use, Why

SEEDS = st.integers(0, 10**6)
CONDITIONS = (
    Condition(R.MIN_DISTANCE, "layer", distance_m=60.0),
    Condition(R.MIN_DISTANCE, "layer", distance_m=300.0),
    Condition(R.NO_OVERLAP, "layer"),
    Condition(R.MAX_DISTANCE, "layer", distance_m=80.0),
    Condition(R.MAX_OVERLAP_SHARE, "layer", share_max=0.3),
    Condition(R.INSIDE, "layer"),
)
RULES = tuple(rule(condition, id=f"r{place}") for place, condition in enumerate(CONDITIONS))


def figure(random: np.random.Generator, dimension: int, span: float) -> BaseGeometry:
    """A point, line or star-shaped polygon somewhere within a span, at times with a hole or of two parts."""
    centre = random.uniform(-span, span, 2)
    if dimension == 0:
        return shapely.Point(centre)
    if dimension == 1:
        return shapely.LineString(centre + random.uniform(-80, 80, (int(random.integers(2, 30)), 2)))
    count = int(random.integers(4, 40))
    angles = np.sort(random.uniform(0, 2 * np.pi, count)) + np.array([0.0])
    rays = np.column_stack([np.cos(angles), np.sin(angles)]) * random.uniform(20, 90, (count, 1))
    body = shapely.make_valid(shapely.Polygon(centre + rays))
    if random.random() < 0.3:
        body = body.difference(shapely.Point(centre).buffer(15, quad_segs=3))
    if random.random() < 0.3:
        body = body.union(shapely.box(*centre + 100, *centre + 140))
    return shapely.union_all([part for part in shapely.get_parts(body) if part.geom_type == "Polygon"])


def layer_of(random: np.random.Generator, accuracy_m: float, dimensions: Sequence[int], **more: Any) -> FeatureSet:
    drawn = [figure(random, int(random.choice(dimensions)), 400) for _ in range(int(random.integers(1, 25)))]
    spread = accuracy_m * random.choice([1.0, 0.5], len(drawn)) if more.pop("uneven", False) else accuracy_m
    return features([shape for shape in drawn if not shape.is_empty], spread, **more)


def hard_points(layer: FeatureSet, distances: Sequence[float]) -> list[BaseGeometry]:
    """Lon-lat: vertices, middles of edges, a hair and a millimetre beside them, and places at exactly a distance."""
    from geo.crs import from_plane, to_plane

    vertices = shapely.get_coordinates(to_plane(layer.geometries))
    middles = (vertices[1:] + vertices[:-1]) / 2.0
    base = np.concatenate([vertices, middles])
    offsets = [0.0, 1e-7, -1e-7, 1e-3, -1e-3]
    moved = [base + (offset, 0.0) for offset in offsets] + [base + (0.0, offset) for offset in offsets[1:]]
    moved += [vertices + (distance, 0.0) for distance in distances]
    return list(shapely.points(from_plane(np.concatenate(moved))))


def proposals_at(footprints: Sequence[BaseGeometry], accuracy_m: float = 0.0, **more: Any) -> list[Proposal]:
    return [Proposal(f"p{row}", "", Use.FACTORY, shape, accuracy_m, more) for row, shape in enumerate(footprints)]


def assert_same(
    proposals: Sequence[Proposal], rules: Sequence[Rule], layers: dict[str, Any], on: date = ON
) -> dict[Outcome, int]:
    """Every finding of the batch against that of the site alone; how many there were of each outcome."""
    known = {
        name: IndexedLayer(content) if isinstance(content, FeatureSet) else content for name, content in layers.items()
    }
    seen: dict[Outcome, int] = dict.fromkeys(Outcome, 0)
    for rows, sites in batch.grouped(proposals, rules):
        found = batch.assess_sites(sites, rules, known.get, on)
        verdicts, whys = found.verdict
        numbers = {(int(site), column): (part, at) for column, parts in enumerate(found.measured)
                   for part in parts for at, site in enumerate(part.site)}  # fmt: skip
        for at, row in enumerate(rows):
            alone = conflict.assess(proposals[row], rules, layers.get, on)
            verdict, why = conflict.verdict(alone)
            assert batch.OUTCOMES[verdicts[at]] is verdict
            assert (batch.WHYS[whys[at]] if whys[at] != batch.NO_WHY else None) is why
            asked = [column for column in range(len(found.rules)) if found.outcome[at, column] != batch.NOT_ASKED]
            assert [found.rules[column].id for column in asked] == [finding.rule.id for finding in alone]
            for column, finding in zip(asked, alone, strict=True):
                seen[finding.outcome] += 1
                assert_finding(finding, found, at, column, numbers.get((at, column)))
    return seen


def assert_finding(finding: Finding, found: batch.Findings, at: int, column: int, measured: Any) -> None:
    where = f"{finding.rule.id} {finding}"
    assert batch.OUTCOMES[found.outcome[at, column]] is finding.outcome, where
    why = found.why[at, column]
    assert (batch.WHYS[why] if why != batch.NO_WHY else None) is finding.why, where
    looked_at = finding.deciding is not None and finding.deciding.outcome in (Outcome.CONFLICT, Outcome.UNCERTAIN)
    assert (measured is not None) == looked_at, where
    if not looked_at:
        return
    part, row = measured
    deciding = finding.deciding
    assert tuple(part.names[part.features[part.start[row] : part.start[row + 1]]]) == deciding.features, where
    for name in ("distance_m", "margin_m", "tolerance_m", "limit_m", "value"):
        expected, number = getattr(deciding, name), part.numbers.get(name)
        if expected is None:
            assert number is None or np.isnan(number[row]), (name, where)
        else:
            assert number[row] == pytest.approx(expected, abs=1e-4), (name, where)
    for name, low, high in (("overlap_m2", "overlap_low_m2", "overlap_high_m2"), ("overlap_share", "share_low", "share_high")):  # fmt: skip  # noqa: E501
        expected = getattr(deciding, name)
        if expected is not None:
            assert (part.numbers[low][row], part.numbers[high][row]) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("site_dimension", [0, 1, 2])
@settings(max_examples=6)
@given(seed=SEEDS, band=st.sampled_from([0.0, 0.0, 3.0, 12.0]), more=st.sampled_from(["", "rigid", "uneven"]))
def test_random_sites_answer_as_each_alone(site_dimension: int, seed: int, band: float, more: str) -> None:
    random = np.random.default_rng(seed)
    layer = layer_of(random, band, (0, 1, 2), **({more: True} if more else {}))
    drawn = [place(figure(random, site_dimension, 500)) for _ in range(12)]
    accuracy = float(random.choice([0.0, 5.0]))
    assert_same(proposals_at([shape for shape in drawn if not shape.is_empty], accuracy), RULES, {"layer": layer})


@pytest.mark.parametrize("east", [0.0, 120_000.0])
@pytest.mark.parametrize("dimension", [0, 1, 2])
def test_hard_points_answer_as_each_alone(dimension: int, east: float) -> None:
    """120 km east of the meridian the plane is longer than the ground by 0.02 %."""
    random = np.random.default_rng(dimension)
    drawn = [figure(random, dimension, 300) for _ in range(4)]
    layer = features([shapely.transform(shape, lambda xy: xy + (east, 0.0)) for shape in drawn if not shape.is_empty])
    points = hard_points(layer, [60.0, 300.0])
    chosen = [points[at] for at in random.permutation(len(points))[:70]]
    seen = assert_same(proposals_at(chosen), RULES[:3], {"layer": layer})
    assert seen[Outcome.CONFLICT] > 20
    if dimension == 2:
        assert_same(proposals_at(chosen[:15], 4.0), RULES[:3], {"layer": layer})


def hard_squares(layer: FeatureSet, distance: float, random: np.random.Generator) -> list[BaseGeometry]:
    """Lon-lat: squares with a corner on a vertex, a hair beside it, or at exactly a distance, of many sizes."""
    from geo.crs import from_plane, to_plane

    vertices = shapely.get_coordinates(to_plane(layer.geometries))
    corner = random.choice(vertices, 60) + random.choice([0.0, 1e-7, 1e-3, -1e-3, distance], (60, 1)) * (1.0, 0.0)
    side = random.choice([5.0, 40.0, 200.0, 1_500.0], (60, 1)) * (1.0, random.choice([1.0, -1.0]))
    return list(from_plane(shapely.box(*np.minimum(corner, corner + side).T, *np.maximum(corner, corner + side).T)))


@pytest.mark.parametrize("dimension", [0, 1, 2])
def test_hard_squares_answer_as_each_alone(dimension: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Overlapping features count once; a third of the answers at least is not asked one by one."""
    random = np.random.default_rng(40 + dimension)
    drawn = [figure(random, dimension, 300) for _ in range(9)]
    layer = features([shape for shape in drawn if not shape.is_empty])
    asked = []
    ask = batch._Asked._ask
    monkeypatch.setattr(batch._Asked, "_ask", lambda *given: asked.append(1) or ask(*given))
    squares = hard_squares(layer, 60.0, random)
    seen = assert_same(proposals_at(squares), RULES[:3], {"layer": layer})
    assert min(seen[Outcome.CONFLICT], seen[Outcome.CLEAR]) > 3
    assert dimension < 2 or len(asked) < 2 * len(squares)
    monkeypatch.setattr(deciding, "CELLS_AT_ONCE", 300)  # a few shapes at a time
    large = features([shapely.Point(0, 0).buffer(900, quad_segs=40), *drawn])
    assert_same(proposals_at(squares[:20]), RULES[:3], {"layer": large})
    mixed = [replace(site, accuracy_m=4.0 * (row % 2)) for row, site in enumerate(proposals_at(squares[:20]))]
    assert_same(mixed, RULES[:3], {"layer": large})


def test_many_points_of_a_band_give_all_outcomes() -> None:
    random = np.random.default_rng(3)
    layer = layer_of(random, 9.0, (2,))
    points = [place(shapely.Point(xy)) for xy in random.uniform(-500, 500, (150, 2))]
    seen = assert_same(proposals_at(points, 12.0), RULES[:3], {"layer": layer})
    assert min(seen[Outcome.CONFLICT], seen[Outcome.UNCERTAIN], seen[Outcome.CLEAR]) > 20


def test_where_picks_features_and_an_unknown_class_is_told() -> None:
    random = np.random.default_rng(11)
    drawn = [figure(random, 2, 300) for _ in range(12)]
    kinds = np.array(["a", "b", None] * 4, dtype=object)
    layer = features(drawn, 0.0, attributes={"kind": kinds})
    points = [place(shapely.Point(xy)) for xy in random.uniform(-400, 400, (60, 2))]
    rules = [
        rule(Condition(R.MIN_DISTANCE, "layer", distance_m=40.0, where={"kind": "a"}), id="near"),
        rule(Condition(R.NO_OVERLAP, "layer", where={"kind": ["a", "b"]}), id="on"),
        rule(Condition(R.NO_OVERLAP, "layer", where={"lacking": 1}), id="lacking"),
    ]
    seen = assert_same(proposals_at(points), rules, {"layer": layer})
    assert all(seen.values())


def test_rules_that_measure_nothing_and_combinations() -> None:
    random = np.random.default_rng(7)
    near, on = Condition(R.MIN_DISTANCE, "layer", distance_m=60.0), Condition(R.NO_OVERLAP, "other")
    area = Condition(R.VALUE_AT_MOST, quantity="area_ha", value=0.5)
    rules = [
        rule(AllOf((near, on)), id="all"),
        rule(AnyOf((near, on)), id="any"),
        rule(AnyOf((on, AllOf((near, Condition(R.STUDY))))), id="nested"),
        rule(near, id="weak", citation=WEAK),
        rule(near, id="when", when={"grade": "one"}),
        rule(near, id="unknown", when={"status": "new"}),
        rule(near, id="large", when={"area_ha": {"at_least": 0.5}}),
        rule(near, id="old", layer_not_before=date(2026, 1, 1)),
        rule(near, id="ended", in_force_to=date(2020, 1, 1)),
        rule(Condition(R.NO_OVERLAP, "missing"), id="missing", severity=Severity.ADVISE),
        rule(Condition(R.STUDY), id="study"),
        rule(area, id="area"),
        rule(Condition(R.VALUE_AT_LEAST, quantity="capacity_mw", value=5.0), id="capacity"),
        rule(Condition(R.VALUE_AT_LEAST, layer="depth", value=10.0, unit="m"), id="depth"),
    ]
    grid = Grid("depth", np.array([[5.0, 20.0], [np.nan, 12.0]]), (119.9, 36.0, 120.1, 36.1), "m", 0.0)
    layers = {
        "layer": layer_of(random, 4.0, (0, 1, 2)), "other": layer_of(random, 0.0, (2,)), "depth": grid
    }  # fmt: skip
    footprints = [place(figure(random, dimension, 400)) for dimension in (0, 0, 0, 0, 0, 0, 1, 2, 2, 2)]
    proposals = proposals_at([shape for shape in footprints if not shape.is_empty], 3.0)
    graded = [
        replace(site, quantities={"grade": grade}) for site, grade in zip(proposals, ["one", "two"] * 5, strict=False)
    ]
    powered = [replace(site, quantities={"capacity_mw": 4.0 + row}) for row, site in enumerate(proposals)]
    seen = assert_same([*proposals, *graded, *powered], rules, layers)
    assert all(seen.values())


def test_a_layer_that_does_not_reach_is_not_covered() -> None:
    random = np.random.default_rng(5)
    covers = place(shapely.box(-200, -200, 200, 200))
    layer = replace(layer_of(random, 2.0, (1, 2)), covers=covers)
    points = [place(shapely.Point(xy)) for xy in random.uniform(-420, 420, (60, 2))]
    edge = [shapely.Point(xy) for xy in [(119.3, 36.0), (119.3001, 35.2), (121.7999, 37.29999)]]
    seen = assert_same(proposals_at([*points, *edge]), RULES, {"layer": layer})
    assert seen[Outcome.NOT_ASSESSED] > 8
    nowhere = replace(layer, covers=shapely.Polygon())
    assert assert_same(proposals_at(points[:20]), RULES[:3], {"layer": nowhere})[Outcome.CLEAR] == 0


def test_a_large_layer_is_asked_by_the_features_near(monkeypatch: pytest.MonkeyPatch) -> None:
    """One site is then measured against a few features of the layer, and answers as against all."""
    monkeypatch.setattr(indexed, "WHOLE_VERTICES", 0)
    random = np.random.default_rng(21)
    layer = layer_of(random, 6.0, (0, 1, 2), uneven=True)
    shapes = [place(figure(random, dimension, 400)) for dimension in (0, 1, 2) * 6]
    assert_same(proposals_at([shape for shape in shapes if not shape.is_empty], 3.0), RULES, {"layer": layer})
    assert_same(proposals_at(hard_points(layer, [60.0])[:40]), RULES[:3], {"layer": layer})


def test_far_limits_answer_as_each_alone() -> None:
    """Beyond 2 km arrays tell only what is clear; 120 km east of the meridian the scales of two places part most."""
    random = np.random.default_rng(8)
    drawn = [shapely.transform(figure(random, 2, 3000), lambda xy: xy + (110_000.0, 0.0)) for _ in range(3)]
    points = [place(shapely.Point(xy + (110_000.0, 0.0))) for xy in random.uniform(-16_000, 16_000, (40, 2))]
    rules = [rule(Condition(R.MIN_DISTANCE, "layer", distance_m=9_000.0))]
    for band in (0.0, 30.0):
        seen = assert_same(proposals_at(points, band), rules, {"layer": features(drawn, band)})
        assert min(seen[Outcome.CONFLICT], seen[Outcome.CLEAR]) > 5


def test_a_feature_of_parts_of_several_kinds_answers_as_alone() -> None:
    """A square with a line that leaves it: what a line passes is not outside the square."""
    both = shapely.GeometryCollection([shapely.box(0, 0, 200, 200), shapely.LineString([(10, 10), (400, 10)])])
    layer = features([both, shapely.box(500, 0, 600, 100)])
    points = [place(shapely.Point(xy)) for xy in [(100, 5), (100, 100), (300, 10), (300, 20), (550, 50), (-300, 0)]]
    squares = [place(shapely.box(x, 5, x + 20, 25)) for x in (-300, -10, 100, 300, 590)]
    seen = assert_same(proposals_at([*points, *squares]), RULES, {"layer": layer})
    assert min(seen[Outcome.CONFLICT], seen[Outcome.CLEAR]) > 5


def test_an_empty_layer_and_no_sites() -> None:
    empty = features([])
    assert_same(proposals_at([place(shapely.Point(0, 0))]), RULES[:4], {"layer": empty})
    none = batch.Sites(np.empty(0, object), np.empty(0, object), np.empty(0), Use.FACTORY)
    found = batch.assess_sites(none, RULES, {"layer": IndexedLayer(features([shapely.box(0, 0, 9, 9)]))}.get, ON)
    assert found.outcome.shape == (0, len(RULES))


def test_an_unknown_accuracy_is_never_an_answer() -> None:
    layer = features([shapely.box(0, 0, 100, 100), shapely.box(300, 0, 400, 100)], [np.nan, 0.0])
    points = [place(shapely.Point(xy)) for xy in [(50, 50), (200, 50), (350, 50)]]
    assert_same(proposals_at(points), RULES[:3], {"layer": layer})


def test_one_site_at_fault_is_refused_as_alone() -> None:
    layer = {"layer": IndexedLayer(features([shapely.box(0, 0, 9, 9)]))}
    good = place(shapely.Point(0, 0))
    for bad, error in ((shapely.Point(10.0, 10.0), RegionError), (shapely.Point(), GeometryError)):
        ((_, sites),) = batch.grouped(proposals_at([good, bad]), RULES)
        with pytest.raises(error):
            batch.assess_sites(sites, RULES, layer.get, ON)
    ((_, sites),) = batch.grouped(proposals_at([good], float("nan")), RULES)
    with pytest.raises(GeometryError, match="accuracy_unknown"):
        batch.assess_sites(sites, RULES, layer.get, ON)
    crossed = features([shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])])
    ((_, sites),) = batch.grouped(proposals_at([good]), RULES)
    with pytest.raises(GeometryError, match="feature_invalid"):
        batch.assess_sites(sites, RULES, {"layer": IndexedLayer(crossed)}.get, ON)


def test_a_layer_of_the_whole_world_is_cut_to_the_region() -> None:
    """A polygon far larger than the lattice of cells, and one that lies wholly beyond it."""
    from geo.crs import from_plane

    west, south = ORIGIN - 3_000_000.0, ORIGIN - 400_000.0
    ring = np.array(
        [west, (ORIGIN[0] + 2e6, south[1]), (ORIGIN[0] + 2e6, ORIGIN[1] + 50.0), (west[0], ORIGIN[1] + 50.0)]
    )
    world = np.array([from_plane(shapely.Polygon(ring)), shapely.box(10, 50, 11, 51)], dtype=object)
    layer = FeatureSet("layer", world, np.array(["big", "far"], dtype=object), np.zeros(2))
    points = [place(shapely.Point(xy)) for xy in [(0, 0), (20, 49.5), (20, 50.5), (20, 105), (20, 120), (5e3, 400)]]
    seen = assert_same(proposals_at(points), RULES[:3], {"layer": layer})
    assert seen[Outcome.CONFLICT]
    assert seen[Outcome.CLEAR]


def test_verdicts_count_no_advice() -> None:
    layer = {"layer": IndexedLayer(features([shapely.box(0, 0, 9, 9)]))}
    advice = rule(Condition(R.NO_OVERLAP, "layer"), severity=Severity.ADVISE)
    ((_, sites),) = batch.grouped(proposals_at([place(shapely.Point(5, 5))]), [advice])
    found = batch.assess_sites(sites, [advice], layer.get, ON)
    assert batch.OUTCOMES[found.outcome[0, 0]] is Outcome.CONFLICT
    assert found.counts(Outcome.CONFLICT).tolist() == [1]
    assert [batch.OUTCOMES[found.verdict[0][0]], batch.WHYS[found.verdict[1][0]]] == [Outcome.NOT_ASSESSED, Why.NO_RULE]
