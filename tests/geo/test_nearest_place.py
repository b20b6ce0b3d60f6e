"""The place found passes the engine, no nearer one does; where there is none the answer says what stands in the way."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from one_rule_worlds import World, worlds
from tiny_world import ON, SQUARE, WEAK, R, features, place, proposal, rule

from geo import alternatives, conflict, crs, search
from geo.alternatives import Alternative, Surrounding
from geo.places import moved
from geo.search import SearchArea
from geo.types import REGION_BOUNDS, AllOf, Condition, Grid, Outcome, Proposal, Rule

CELL = 25.0
RADIUS = 150.0
EVERYWHERE = shapely.box(-50_000, -50_000, 50_000, 50_000)
NO_OVERLAP = Condition(R.NO_OVERLAP, "layer")


def ask(site: Proposal, rules: list[Rule], layers: dict, area: SearchArea, **more: object) -> Alternative:
    findings = conflict.assess(site, rules, layers.get, ON)
    return alternatives.nearest_place(site, findings, layers.get, ON, area, **{"cell_m": CELL, **more})


def middles(radius_m: float) -> np.ndarray:
    """The middles of the last cells within a radius, nearest first: odd multiples of half a cell."""
    steps = np.arange(-radius_m // CELL - 1, radius_m // CELL + 1) * CELL + CELL / 2
    found = np.array([(x, y) for x in steps for y in steps])
    found = found[np.hypot(*found.T) <= radius_m]
    return found[np.argsort(np.hypot(*found.T), kind="stable")]


@given(worlds())
@settings(max_examples=12, deadline=None)
def test_no_middle_of_a_cell_that_passes_is_nearer(world: World) -> None:
    site, layers, asked = proposal(world.site, world.accuracy_m), {"layer": world.layer}, rule(world.requirement)
    answer = ask(site, [asked], layers, SearchArea(radius_m=RADIUS))
    plane = crs.to_plane(site.footprint)

    def passes(offset: np.ndarray) -> bool:
        footprint = crs.from_plane(moved(plane, offset[None])[0])
        (finding,) = conflict.assess(replace(site, footprint=footprint), [asked], layers.get, ON)
        return finding.outcome in (Outcome.CLEAR, Outcome.NOT_ASSESSED)

    nearest = next((offset for offset in middles(RADIUS) if passes(offset)), None)
    if answer.place is None:
        assert nearest is None
        assert answer.best is not None
        assert answer.best.in_the_way
        return
    assert answer.place.in_the_way == ()
    assert answer.place.distance_m <= RADIUS + 0.01
    if nearest is not None:
        assert answer.place.distance_m <= math.hypot(*nearest) + 0.01
    where = crs.to_plane(shapely.centroid(answer.place.proposal.footprint))
    start = crs.to_plane(shapely.centroid(site.footprint))
    assert shapely.distance(where, start) == pytest.approx(answer.place.distance_m, abs=0.01)


def test_nowhere_at_all_the_best_is_named_with_what_stands_in_its_way_and_what_nobody_looked_at() -> None:
    rules = [rule(NO_OVERLAP, id="everywhere"), rule(Condition(R.NO_OVERLAP, "missing"), id="unseen")]
    answer = ask(proposal(SQUARE), rules, {"layer": features([EVERYWHERE])}, SearchArea(radius_m=1000.0))
    assert answer.place is None
    assert answer.best is not None
    assert [finding.rule.id for finding in answer.best.in_the_way] == ["everywhere"]
    assert [finding.rule.id for finding in answer.best.unassessed] == ["unseen"]
    assert answer.best_cell_m > 0.0


def test_the_best_has_the_fewest_prohibitions_in_its_way() -> None:
    west = features([shapely.box(-50_000, -50_000, 500, 50_000)])
    rules = [rule(NO_OVERLAP, id="everywhere"), rule(Condition(R.NO_OVERLAP, "west"), id="west")]
    layers = {"layer": features([EVERYWHERE]), "west": west}
    answer = ask(proposal(SQUARE), rules, layers, SearchArea(radius_m=1000.0))
    assert answer.best is not None
    assert [finding.rule.id for finding in answer.best.in_the_way] == ["everywhere"]
    assert 500.0 <= answer.best.distance_m <= 500.0 + 1.5 * answer.best_cell_m


def test_a_rule_that_no_move_can_meet_keeps_every_place_from_passing() -> None:
    rules = [rule(NO_OVERLAP, id="here"), rule(Condition(R.VALUE_AT_MOST, quantity="area_ha", value=0.5), id="size")]
    layers = {"layer": features([shapely.box(-200, -200, 300, 300)])}
    answer = ask(proposal(SQUARE), rules, layers, SearchArea(radius_m=1000.0))
    assert answer.place is None
    assert answer.best is not None
    assert [finding.rule.id for finding in answer.best.in_the_way] == ["size"]
    assert answer.best.distance_m == pytest.approx(300.0, abs=CELL * 1.5)


def test_a_weak_source_does_not_move_a_site_but_is_told() -> None:
    rules = [rule(NO_OVERLAP, id="weak", citation=WEAK)]
    answer = ask(proposal(SQUARE), rules, {"layer": features([shapely.box(50, 0, 300, 100)])}, SearchArea(radius_m=999))
    assert answer.place is not None
    assert answer.place.distance_m == pytest.approx(50.0, abs=CELL * 1.5)
    assert [finding.rule.id for finding in answer.place.weak] == ["weak"]
    assert conflict.verdict(answer.place.findings)[0] is Outcome.UNCERTAIN


def test_a_place_of_which_a_layer_says_nothing_is_told_apart_from_one_that_is_assured() -> None:
    # Clear to the east inside what the layer covers, 300 m away; nearer, 200 m to the west, nobody has looked.
    layer = features([shapely.box(-100, -2000, 300, 2000)], covers=place(shapely.box(-100, -2000, 3000, 2000)))
    answer = ask(proposal(SQUARE), [rule(NO_OVERLAP)], {"layer": layer}, SearchArea(radius_m=1500.0))
    assert answer.place is not None
    assert answer.assured is not None
    assert answer.lost == ("r",)
    assert 180.0 < answer.place.azimuth_deg < 360.0
    assert [finding.rule.id for finding in answer.place.unassessed] == ["r"]
    assert answer.assured.azimuth_deg == pytest.approx(90.0, abs=10.0)
    assert conflict.verdict(answer.assured.findings)[0] is Outcome.CLEAR


def test_the_whole_footprint_stays_inside_an_outline() -> None:
    outline = place(shapely.box(-50, -50, 400, 150))
    layers = {"layer": features([shapely.box(-50, -50, 210, 150)])}
    answer = ask(proposal(SQUARE), [rule(NO_OVERLAP)], layers, SearchArea(outline=outline))
    assert answer.place is not None
    assert shapely.covers(outline, answer.place.proposal.footprint)
    assert answer.place.distance_m == pytest.approx(210.0, abs=CELL * 1.5)


def test_an_outline_that_is_too_small_has_no_place_and_no_best() -> None:
    layers = {"layer": features([SQUARE])}
    outline = place(shapely.box(500, 0, 580, 80))
    answer = ask(proposal(SQUARE), [rule(NO_OVERLAP)], layers, SearchArea(outline=outline))
    assert (answer.place, answer.best) == (None, None)


def test_a_surrounding_is_kept_and_named() -> None:
    land = Surrounding("on_land", (place(shapely.box(-500, -500, 150, 500)),), inside=True)
    pond = Surrounding("dry", (place(shapely.box(-500, -500, -130, 500)),), inside=False)
    layers = {"layer": features([shapely.box(-40, -40, 140, 140)])}
    answer = ask(proposal(SQUARE), [rule(NO_OVERLAP)], layers, SearchArea(radius_m=900), surroundings=[land, pond])
    assert answer.plausibility == ("on_land", "dry")
    assert answer.place is not None
    assert (
        min(abs(answer.place.azimuth_deg - 360.0), answer.place.azimuth_deg, abs(answer.place.azimuth_deg - 180)) < 30
    )
    assert answer.place.distance_m == pytest.approx(140.0, abs=CELL * 1.5)


def test_at_the_edge_of_the_region_a_site_stays_in_it() -> None:
    west, south, _, _ = REGION_BOUNDS
    corner = crs.to_plane(np.array([[west + 0.002, south + 0.002]]))[0]
    site = Proposal("p", "p", proposal(SQUARE).use, crs.from_plane(shapely.box(*corner, *(corner + 100))), 0.0)
    blocked = replace(
        features([SQUARE]), geometries=np.array([crs.from_plane(shapely.box(*(corner - 30), *(corner + 130)))])
    )
    answer = ask(site, [rule(NO_OVERLAP)], {"layer": blocked}, SearchArea(radius_m=2000.0))
    assert answer.place is not None
    assert shapely.covers(shapely.box(*REGION_BOUNDS), answer.place.proposal.footprint)
    # complete in the region and nothing known beyond it, but a band of 0 asks for nothing beyond
    assert answer.place.distance_m == pytest.approx(130.0, abs=CELL * 1.5)


def test_depth_is_asked_of_the_engine_cell_by_cell() -> None:
    bounds = tuple(shapely.bounds(place(shapely.box(-1000, -1000, 1000, 1000))))
    depths = np.where(np.arange(20)[None] < 14, 5.0, 40.0) * np.ones((20, 1))  # deep from 400 m east on
    grid = Grid("layer", depths, bounds, "m", 0.0, 0.0)
    wanted = rule(Condition(R.VALUE_AT_LEAST, "layer", value=30.0, unit="m"))
    answer = ask(proposal(SQUARE), [wanted], {"layer": grid}, SearchArea(radius_m=800.0), cell_m=50.0)
    assert answer.place is not None
    assert answer.place.azimuth_deg == pytest.approx(90.0, abs=10.0)
    assert answer.place.distance_m == pytest.approx(400.0, abs=76.0)


def test_a_search_that_must_stop_says_up_to_where_it_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "CELLS_LOOKED_AT", 60)
    heard: list[int] = []
    layers = {"layer": features([EVERYWHERE])}
    answer = ask(
        proposal(SQUARE), [rule(Condition(R.MAX_OVERLAP_SHARE, "layer", share_max=0.5))], layers,
        SearchArea(radius_m=3000.0), progress=lambda done, _: heard.append(done),
    )  # fmt: skip
    assert answer.place is None
    assert answer.no_nearer_m is not None
    assert answer.no_nearer_m < 3000.0
    assert heard == sorted(heard)
    assert heard


def test_a_site_that_passes_stays() -> None:
    both = AllOf((NO_OVERLAP, Condition(R.MIN_DISTANCE, "layer", distance_m=10.0)))
    answer = ask(
        proposal(SQUARE), [rule(both)], {"layer": features([shapely.Point(500, 0)])}, SearchArea(radius_m=99.0)
    )
    assert answer.place is not None
    assert answer.place.distance_m == 0.0
    assert answer.asked == 1
