"""Closed forms of positional error, and what they make of many features; tests/calibration asks the engine itself."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo import uncertainty

DRAWS = 400_000


def drawn(true: tuple[float, float], sigma: float, count: int = DRAWS, seed: int = 7) -> NDArray[np.float64]:
    """Where a point is drawn that truly is somewhere, with an isotropic normal error."""
    return np.array(true) + np.random.default_rng(seed).normal(0.0, sigma, (count, 2))


def error_of(share: float, count: int = DRAWS) -> float:
    """Four standard errors of a simulated share."""
    return 4 * math.sqrt(share * (1 - share) / count)


@pytest.mark.parametrize(("depth", "share"), [(0, 0.5), (1, 0.841345), (2, 0.977250), (-2, 0.022750)])
def test_half_plane(depth: float, share: float) -> None:
    inside = drawn((depth * 30.0, 0.0), 30.0)[:, 0] >= 0
    assert inside.mean() == pytest.approx(share, abs=error_of(share))


@pytest.mark.parametrize(
    ("figure", "true", "sigma", "share"),
    [
        (shapely.Point(0, 0).buffer(50, quad_segs=256), (0, 0), 25, 0.864665),
        (shapely.box(-50, -50, 50, 50), (0, 0), 25, 0.911070),
        (shapely.box(0, 0, 100, 100), (0, 0), 25, 0.249968),
        (shapely.Point(0, 0).buffer(900, quad_segs=256), (1000, 0), 60, 0.044726),
        (shapely.Point(0, 0).buffer(900, quad_segs=256), (900, 0), 60, 0.486695),
        (shapely.Point(0, 0).buffer(900, quad_segs=256), (800, 0), 60, 0.948587),
    ],
)
def test_figures(figure: BaseGeometry, true: tuple[float, float], sigma: float, share: float) -> None:
    inside = shapely.contains_xy(figure, drawn(true, sigma))
    assert inside.mean() == pytest.approx(share, abs=error_of(share) + 1e-4)


@pytest.mark.parametrize(("count", "rigid", "single"), [(1, 0.007, 0.008), (5, 0.035, 0.034), (20, 0.049, 0.131)])
def test_what_independent_errors_do_to_a_false_conflict(count: int, rigid: float, single: float) -> None:
    """Points all round a site at exactly the limit of 100 standard deviations: docs/uncertainty.md states these shares.

    One point errs by more than the band towards the site in 1 - Φ(2.4477) = 0.72 % of cases, so that one of twenty does
    in 1 - (1 - 0.0072)^20 = 13.4 % when each errs on its own; a common shift stays under 5 % whatever their number.
    """
    draws = 10_000
    random = np.random.default_rng(5)
    angle = np.arange(count) * 2 * np.pi / count
    true = 100.0 * np.column_stack([np.cos(angle), np.sin(angle)])
    for shape, share in (((draws, 1, 2), rigid), ((draws, count, 2), single)):
        distance = np.linalg.norm(true + random.normal(0.0, 1.0, shape), axis=2)
        wrong = uncertainty.decide_min_distance(distance, 2.4477, 100.0).conflict.any(axis=1)
        assert wrong.mean() == pytest.approx(share, abs=error_of(share, draws) + 1e-3)
