"""Shapes that touch themselves in one frame cross themselves by a hair in another: they are measured all the same."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo import conflict, crs
from geo.batch import Sites, assess_sites
from geo.deciding import OUTCOMES
from geo.indexed import IndexedLayer
from geo.measuring import is_covered, prepare_layer, prepare_site
from geo.types import Citation, Condition, FeatureSet, Proposal, Relation, Rule, Severity, Use

ON = date(2026, 11, 1)
longitudes, latitudes = st.floats(119.9, 120.9), st.floats(35.7, 36.8)
sizes, shares = st.floats(1e-4, 2e-2), st.floats(0.2, 0.8)


def with_touching_hole(x: float, y: float, width: float, height: float, at: float) -> shapely.Polygon:
    """A slanted shell, its hole touching the middle of an edge, in degrees."""
    shell = [(x, y), (x + width, y + height / 7.0), (x + width, y + height), (x, y + height)]
    start = (x + width * at, y + height / 7.0 * at)
    hole = [start, (start[0] + width / 10.0, y + height * 0.6), (start[0] - width / 10.0, y + height * 0.6)]
    return shapely.Polygon(shell, [hole])


def touching_parts(x: float, y: float, width: float, height: float, at: float) -> shapely.MultiPolygon:
    """Two triangles, a corner of one on the middle of an edge of the other, in degrees."""
    one = shapely.Polygon([(x, y), (x + width, y + height / 5.0), (x, y - height)])
    corner = (x + width * at, y + height / 5.0 * at)
    other = shapely.Polygon([corner, (x + width, y + height), (x, y + height)])
    return shapely.MultiPolygon([one, other])


@given(longitudes, latitudes, sizes, sizes, shares, st.booleans())
def test_what_touches_itself_is_measured_with_its_area(
    x: float, y: float, width: float, height: float, at: float, parts: bool
) -> None:
    shape = (touching_parts if parts else with_touching_hole)(x, y, width, height, at)
    if not shapely.is_valid(shape):
        return
    site = prepare_site(shape, 5.0)
    assert shapely.is_valid(site.plane)
    drawn = crs.to_plane(shape)
    assert site.plane.area == pytest.approx(drawn.area, rel=1e-4, abs=1e-3)


def _crossing_in_the_plane(count: int) -> list[shapely.Geometry]:
    """Shapes that are valid as stated and not in the plane."""
    random, found = np.random.default_rng(5), list[shapely.Geometry]()
    while len(found) < count:
        make = touching_parts if len(found) % 2 else with_touching_hole
        x, y, size = random.uniform(119.9, 120.9), random.uniform(35.7, 36.8), random.uniform(1e-3, 2e-2, 2)
        shape = make(x, y, *size, random.uniform(0.2, 0.8))
        if shapely.is_valid(shape) and not shapely.is_valid(crs.to_plane(shape)):
            found.append(shape)
    return found


def _rule(relation: Relation, distance_m: float | None) -> Rule:
    citation = Citation("试验", "", "1", "2026-01-01", "V", "high")
    condition = Condition(relation, layer="zones", distance_m=distance_m)
    return Rule(f"R-{relation.value}", {"zh": "试验"}, Severity.PROHIBIT, frozenset({Use.FACTORY}), condition, citation)


def test_both_ways_answer_them_and_the_other_rows() -> None:
    shapes = _crossing_in_the_plane(20)
    shapes += [shapely.box(120.1, 36.1, 120.101, 36.101), shapely.Point(120.2, 36.2)]
    zones = np.array([shapely.buffer(shapes[row].centroid, 1e-3) for row in range(0, 20, 2)], dtype=object)
    layer = FeatureSet("zones", zones, np.arange(len(zones)).astype(str), np.zeros(len(zones)), {})
    rules = (_rule(Relation.NO_OVERLAP, None), _rule(Relation.MIN_DISTANCE, 300.0))
    prepared, indexed = prepare_layer(layer), IndexedLayer(layer)
    sites = Sites(
        np.arange(len(shapes)).astype(str).astype(object), np.array(shapes, object), np.zeros(len(shapes)), Use.FACTORY
    )
    found = assess_sites(sites, rules, lambda _name: indexed, ON)
    for row, shape in enumerate(shapes):
        proposal = Proposal(str(row), "", Use.FACTORY, shape, 0.0, {})
        one_by_one = conflict.assess(proposal, rules, lambda _name: prepared, ON)
        assert [OUTCOMES[code] for code in found.outcome[row]] == [finding.outcome for finding in one_by_one]


def test_coverage_around_a_star_of_many_spikes_is_told_without_drawing_its_halo() -> None:
    """4,000 spikes of 5 km, a halo of 13 km: drawn as one shape it took gigabytes. 60 km from the edge of the region
    it is covered, and not where a cover ends 10 km from a tip.
    """
    angle = np.linspace(0.0, 2.0 * np.pi, 8_000, endpoint=False)
    reach = np.where(np.arange(len(angle)) % 2, 0.045, 0.002)
    star = shapely.Polygon(np.column_stack([120.3 + reach * np.cos(angle) / 0.81, 36.3 + reach * np.sin(angle)]))
    site = prepare_site(star, 5.0)
    assert is_covered(site, None, 13_000.0)
    tip = 36.3 + 0.045
    for beyond_m, covered in ((10_000.0, False), (14_000.0, True)):
        cover = shapely.box(119.5, 35.5, 121.5, tip + beyond_m / 110_960.0)
        assert is_covered(site, cover, 13_000.0) is covered
