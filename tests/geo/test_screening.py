"""What is screened is never told otherwise by the engine, and a cell that is ruled out holds no place that passes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from one_rule_worlds import World, worlds
from tiny_world import ON, proposal, rule

from geo import conflict, crs, measuring
from geo.places import Outline, Places, footprint_of, moved
from geo.screening import ASK, CODE_OF, Screen, Window
from geo.types import Outcome

OFFSETS = np.array([(x, y) for x in (-150.0, -60.0, 0.0, 110.0) for y in (-40.0, 0.0, 75.0)])


@given(worlds())
@settings(max_examples=25, deadline=None)
def test_screened_answers_are_the_engines(world: World) -> None:
    site = proposal(world.site, world.accuracy_m)
    asked = rule(world.requirement)
    layer = measuring.prepare_layer(world.layer)
    prepared = measuring.prepare_site(site.footprint, world.accuracy_m)
    west, south, east, north = shapely.bounds(prepared.plane)
    window = Window((west - 160, south - 160, east + 160, north + 160))
    screen = Screen(prepared, [asked], {"layer": layer}.get, {}, window, {})
    screened = screen.answer(asked, screen.places(OFFSETS))
    outcomes = []
    for shape in crs.from_plane(moved(prepared.plane, OFFSETS)):
        (finding,) = conflict.assess(replace(site, footprint=shape), [asked], {"layer": layer}.get, ON)
        outcomes.append(finding.outcome)
    wrong = [
        (offset.tolist(), int(code), outcome.value)
        for offset, code, outcome in zip(OFFSETS, screened.code, outcomes, strict=True)
        if code not in (ASK, CODE_OF[outcome])
    ]
    assert wrong == []
    ways = np.hypot(*(OFFSETS[:, None] - OFFSETS[None]).transpose(2, 0, 1))
    for reach, fine in ((screened.strict, {Outcome.CLEAR}), (screened.open, {Outcome.CLEAR, Outcome.NOT_ASSESSED})):
        passing = np.array([outcome in fine for outcome in outcomes])
        if passing.any():
            assert (reach + ways[:, passing].min(axis=1) >= -0.5).all()


@given(worlds(), st.integers(0, 40))
@settings(max_examples=40, deadline=None)
def test_bounds_hold_the_distance_that_is_measured(world: World, enough: int) -> None:
    shapes = shapely.transform(world.layer.geometries, lambda xy: crs.to_plane(xy))
    outline, body = Outline(shapes), shapely.union_all(shapes)
    plane = crs.to_plane(proposal(world.site).footprint)
    least, most = Places(footprint_of(plane), OFFSETS).outside(outline, float(enough))
    true = shapely.distance(moved(plane, OFFSETS), body)
    assert (np.maximum(least, 0.0) <= true + 1e-6).all()
    assert (true <= np.maximum(most, 0.0) + 1e-6).all()
    known = true < enough
    assert np.allclose(np.maximum(most, 0.0)[known], true[known], atol=1e-6)


def test_a_footprint_that_lies_across_must_come_back_by_its_deepest_corner() -> None:
    outline = Outline(np.array([shapely.box(0, -500, 500, 500)], dtype=object))
    site = footprint_of(shapely.box(-100, 0, 60, 40))  # 60 m too far east, or 100 m too far west
    places = Places(site, np.zeros((1, 2)))
    assert places.outside(outline, 1.0)[1][0] == -60.0
    assert places.inside(outline, 1.0)[1][0] == -100.0
