"""What is drawn of a measure, on documents small enough to be worked by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely

from atlas.journeys.measure import MeasureRequest
from atlas.journeys.measure_classes import amount_breaks, classed_rows, drawn_rows, indicators_of, weights_of
from atlas.journeys.measure_density import density_bands
from atlas.journeys.measure_series import lorenz, ranking
from atlas.workspace import open_store
from geo import crs
from layers.errors import DataError
from layers.firms import FirmsResult, read_firms


def row(place: str, firms: float | None, quotient: float | None = None, **more: Any) -> dict[str, Any]:
    ends = {"quotient_low95": None, "quotient_high95": None}
    if quotient is not None:
        ends = {"quotient_low95": quotient / 2, "quotient_high95": quotient * 2}
    hidden = "" if firms is not None else "small"
    base = {"place": place, "place_name": place.upper(), "code": "P01", "firms_low": firms, "firms_high": firms}
    return {**base, "quotient_max": quotient, **ends, "hidden": hidden, "hot_spot": "", "cluster": "", **more}


def document(by: str, cells: list[dict[str, Any]], totals: dict[str, float | None], firms: float) -> dict[str, Any]:
    return {
        "by": by,
        "cells": cells,
        "places": [{"place": place, "place_name": place.upper(), "firms": total} for place, total in totals.items()],
        "sectors": [{"code": "P01", "category": "甲", "unit": by, "firms_high": firms}],
        "firms_counted": 100,
    }


def test_a_lorenz_curve_joins_what_is_hidden() -> None:
    """Of 100 firms 50, 30, 10, 10 by place, the sector's 20 are 2, 12 and two hidden places with 6 together.

    By quotient: a 2/50, c and d together 6/20, b 12/30: corners (0.5, 0.1), (0.7, 0.4), (1, 1).
    """
    cells = [row("a", 2, 0.2), row("b", 12, 2.0), row("c", None), row("d", None)]
    found = lorenz(document("district", cells, {"a": 50, "b": 30, "c": 10, "d": 10}, 20), "P01", "rest", "en")
    assert [(round(p.base, 9), round(p.sector, 9), p.name) for p in found] == [
        (0.0, 0.0, ""),
        (0.5, 0.1, "A"),
        (0.7, 0.4, "rest"),
        (1.0, 1.0, "B"),
    ]


def test_a_ranking_leaves_out_places_without_a_quotient() -> None:
    cells = [row("a", 9, 0.5), row("b", None), row("c", 4), row("d", 30, 3.0)]
    found = ranking(document("district", cells, dict.fromkeys("abcd", 25.0), 50), "P01", "firms", "en")
    assert [(entry.place, entry.value, entry.low, entry.high) for entry in found] == [
        ("d", 3.0, 1.5, 6.0),
        ("a", 0.5, 0.25, 1.0),
    ]


def test_a_hidden_cell_looks_like_an_empty_one() -> None:
    """One firm in b, none in c: on a grid nothing may tell them apart; d is not drawn, its total is hidden."""
    cells = [row("a", 8, 2.0), row("b", None, hot_spot="none", cluster="none")]
    content = document("grid:1000", cells, {"a": 20, "b": 20, "c": 20, "d": None}, 9)
    rows = drawn_rows(content, "P01")
    drawn = {entry["place"]: {k: v for k, v in entry.items() if not k.startswith("place")} for entry in rows}
    assert list(drawn) == ["a", "b", "c"]
    assert drawn["b"] == drawn["c"]
    for indicator in ("quotient", "amount", "hot_spot", "cluster"):
        words = classed_rows(rows, "grid:1000", indicator, "firms", "zh").words
        assert words[1] == words[2]


def test_classes_of_a_quotient_begin_at_their_bounds() -> None:
    values = [0.49, 0.5, 1.25, 1.99, 4.0]
    rows = [row(str(n), 9, value) for n, value in enumerate(values)]
    classes = classed_rows([*rows, row("few", 2.0), row("hid", None)], "district", "quotient", "firms", "zh")
    assert list(classes.words) == [
        "< 0.5",
        "0.5 – 0.8",
        "1.25 – 2",
        "1.25 – 2",
        "≥ 4",
        "期望不足 5 家",
        "已隐藏（小数目）",
    ]
    assert set(classes.words) <= set(classes.colours)


def test_a_strict_spot_is_told_from_a_weaker_one() -> None:
    rows = [row("a", 9, hot_spot="hot", hot_spot_q=0.01), row("b", 9, hot_spot="hot", hot_spot_q=0.04), row("c", 9)]
    words = classed_rows(rows, "grid:1000", "hot_spot", "firms", "zh").words
    assert list(words) == ["热点（q ≤ 0.01）", "热点（q ≤ 0.05）", "未检验（单元少于 30 个）"]


@pytest.mark.parametrize("values", [[], [0.0], [3.0], [1.0, 1.0, 1.0], [1.0, 2.0, 1e6, 0.0013]])
def test_bounds_of_an_amount_rise(values: list[float]) -> None:
    breaks = amount_breaks(values)
    assert breaks
    assert all(np.diff(breaks) > 0)


def test_what_can_be_shown_follows_from_the_places() -> None:
    assert indicators_of("district", has_points=False) == ("quotient", "amount", "share")
    assert indicators_of("h3:7", has_points=True)[0] == "hot_spot"
    assert weights_of("share") == ("firms",)


def firms_at(points: list[tuple[float, float]]) -> FirmsResult:
    lines = [f"{lon},{lat},生物" for lon, lat in points]
    return read_firms("\n".join(["lon,lat,plan_sector", *lines]).encode(), "firms.csv", crs="EPSG:4326")


def test_the_bands_of_forty_firms_lie_round_them_and_follow_one_another() -> None:
    """Forty firms at one place: a density falls evenly with distance, so that the bands are rings inside one another.

    The highest value of the kernel is 40 / (2π σ²) = 1.59 a km² for σ = 2 km, and r = σ √(2 ln 2) = 2.35 km at half.
    """
    request = MeasureRequest(firms_at([(120.4, 36.3 + n * 1e-7) for n in range(40)]), open_store())
    bands = density_bands(request, "P09")
    assert bands[-1].high is None
    assert bands[-1].low == pytest.approx(0.8)
    radius = np.sqrt(shapely.area(crs.to_plane(bands[-1].outline)) / np.pi)
    assert radius == pytest.approx(2000 * np.sqrt(2 * np.log(40 / (2 * np.pi * 4) / 0.8)), rel=0.05)
    for inner, outer in zip(bands[::-1], bands[-2::-1], strict=False):
        assert inner.low == outer.high
        assert shapely.area(shapely.intersection(inner.outline, outer.outline)) < 1e-9


def test_two_firms_have_no_density() -> None:
    request = MeasureRequest(firms_at([(120.4, 36.3), (120.5, 36.3)]), open_store())
    for asked in (request, replace(request, rule=None)):
        with pytest.raises(DataError) as refused:
            density_bands(asked, "P09")
        assert refused.value.code == "nothing_to_draw"


def test_lone_firms_are_not_drawn_beside_a_cluster() -> None:
    """Two firms 60 km from forty others: a reader would see where they are."""
    alone = [(120.4, 36.9), (120.4001, 36.9)]
    request = MeasureRequest(firms_at([*[(120.4, 36.3 + n * 1e-7) for n in range(40)], *alone]), open_store())
    near = shapely.Point(120.4, 36.9)
    assert not any(shapely.intersects(band.outline, near) for band in density_bands(request, "P09"))
