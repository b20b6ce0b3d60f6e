"""The geodesic step against GeographicLib, and against distances that its author published."""

from __future__ import annotations

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic

from geo import crs


def measured(start: tuple[float, float], end: tuple[float, float]) -> float:
    """Metres between two lon-lat points by the atlas."""
    return float(crs.geodesic_distance_m(np.array([start]), np.array([end]))[0])


@pytest.mark.parametrize(
    ("start", "end", "metres"),
    [
        # The manual's example: from New York's airport (40.6N 73.8W) to London's (51.6N 0.5W).
        ((-73.8, 40.6), (-0.5, 51.6), 5551759.400),
        # From the pole to the equator is the quarter of a meridian of WGS 84.
        ((120.0, 0.0), (120.0, 90.0), 10001965.729),
    ],
)
def test_published_distances(start: tuple[float, float], end: tuple[float, float], metres: float) -> None:
    assert measured(start, end) == pytest.approx(metres, abs=1e-3)


def test_random_pairs_of_the_region() -> None:
    """GeographicLib's own implementation in Python, which shares no code with PROJ's in C: to a micrometre."""
    random = np.random.default_rng(11)
    starts = random.uniform((119.3, 35.2), (121.8, 37.3), (300, 2))
    reach = 10.0 ** random.uniform(-6, 0, (300, 1))
    ends = starts + reach * random.uniform(-1, 1, (300, 2))
    ours = crs.geodesic_distance_m(starts, ends)
    for (x, y), (to_x, to_y), metres in zip(starts, ends, ours, strict=True):
        assert metres == pytest.approx(Geodesic.WGS84.Inverse(y, x, to_y, to_x)["s12"], abs=1e-6)
