"""A district cell by cell: each cell is what the engine says of it; what nobody looked at is never clear."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from tiny_world import ON, SQUARE, WEAK, R, features, place, proposal, rule

from geo import alternatives, conflict, crs
from geo.errors import GeometryError
from geo.screening_map import CellMap, Standing, screening_map
from geo.types import Condition, Rule, Severity

NO_OVERLAP = Condition(R.NO_OVERLAP, "layer")
AREA = shapely.box(0, 0, 1000, 500)


def screened(rules: list[Rule], layers: dict, cell_m: float = 100.0) -> CellMap:
    content = alternatives.prepared(layers.get)
    return screening_map(proposal(SQUARE), rules, content, ON, place(AREA), cell_m)


def counted(found: CellMap) -> dict[str, int]:
    return {standing.value: found.standing.count(standing) for standing in Standing if standing in found.standing}


def test_a_strip_across_is_counted_on_paper() -> None:
    # x from 250 to 420 touches the columns 200-300, 300-400 and 400-500: 3 of 10, in 5 rows
    strip = {"layer": features([shapely.box(250, -50, 420, 550)])}
    found = screened([rule(NO_OVERLAP)], strip)
    assert counted(found) == {"prohibited": 15, "clear": 35}
    assert set(found.deciding) == {(), ("r",)}
    assert counted(screened([rule(NO_OVERLAP, severity=Severity.RESTRICT)], strip)) == {"restricted": 15, "clear": 35}
    assert counted(screened([rule(NO_OVERLAP, citation=WEAK)], strip)) == {"uncertain": 15, "partly": 35}
    assert counted(screened([rule(NO_OVERLAP, severity=Severity.ADVISE)], strip)) == {"not_assessed": 50}


def test_what_nobody_looked_at_is_never_clear() -> None:
    strip = {"layer": features([shapely.box(250, -50, 420, 550)])}
    missing = rule(Condition(R.NO_OVERLAP, "missing"), id="missing")
    assert counted(screened([rule(NO_OVERLAP), missing], strip)) == {"prohibited": 15, "partly": 35}
    assert set(screened([rule(NO_OVERLAP), missing], strip).checked) == {1}
    assert screened([rule(NO_OVERLAP), missing], strip).rules == 2
    found = screened([missing], {})
    assert set(found.checked) == {0}
    assert counted(found) == {"not_assessed": 50}
    assert [finding.rule.id for finding in found.unassessed] == ["missing"]
    half = {"layer": features([shapely.box(0, -50, 90, 550)], covers=place(shapely.box(-50, -50, 505, 550)))}
    assert counted(screened([rule(NO_OVERLAP)], half)) == {"prohibited": 5, "not_assessed": 25, "clear": 20}


def test_every_cell_is_what_the_engine_says_of_it() -> None:
    rules = [rule(NO_OVERLAP, id="a"), rule(Condition(R.MIN_DISTANCE, "point", distance_m=180.0), id="b")]
    ell = shapely.difference(shapely.box(130, 140, 470, 390), shapely.box(300, 250, 500, 400))
    layers = {"layer": features([ell], 7.0), "point": features([shapely.Point(900, 20)], 25.0)}
    found = screened(rules, layers)
    worst = {"conflict": Standing.PROHIBITED, "uncertain": Standing.UNCERTAIN, "clear": Standing.CLEAR}
    for cell, standing in zip(found.cells, found.standing, strict=True):
        findings = conflict.assess(replace(proposal(SQUARE), footprint=cell), rules, layers.get, ON)
        assert standing is worst[conflict.verdict(findings)[0].value]
    assert len(set(found.standing)) == 3
    assert np.allclose(shapely.area(crs.to_plane(found.cells)), 100.0**2, rtol=1e-6)


@pytest.mark.parametrize(("cell_m", "code"), [(1.0, "too_many_cells"), (5_000.0, "no_cell_fits")])
def test_cells_of_no_use_are_refused(cell_m: float, code: str) -> None:
    with pytest.raises(GeometryError) as refused:
        screened([rule(NO_OVERLAP)], {}, cell_m)
    assert refused.value.code == code
