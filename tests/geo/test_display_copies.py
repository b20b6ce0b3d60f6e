"""Copies for the screen: fewer vertices, no gaps, nothing outside the view."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo.display import display_copy


def two_districts() -> np.ndarray:
    """Two polygons on both sides of a wiggling border of 400 vertices."""
    y = np.linspace(36.0, 36.5, 400)
    border = np.column_stack([120.3 + 0.01 * np.sin(y * 60) + 0.0005 * np.sin(y * 3000), y])
    west = shapely.Polygon([(120.0, 36.5), (120.0, 36.0), *border])
    east = shapely.Polygon([(120.6, 36.5), (120.6, 36.0), *border])
    return np.array([west, east], dtype=object)


def test_a_tiling_stays_a_tiling() -> None:
    districts = two_districts()
    copy = display_copy(districts, 200.0)
    assert shapely.get_num_coordinates(copy).sum() < shapely.get_num_coordinates(districts).sum() / 4
    assert shapely.coverage_is_valid(copy)
    assert shapely.area(copy).sum() == pytest.approx(shapely.area(districts).sum(), rel=1e-6)
    assert shapely.hausdorff_distance(copy[0], districts[0]) * 111_320 < 400


def test_what_overlaps_or_is_a_line_is_simplified_one_by_one() -> None:
    circles = np.array([shapely.Point(120.3, 36).buffer(0.1), shapely.Point(120.35, 36).buffer(0.1)], dtype=object)
    copy = display_copy(circles, 500.0)
    assert shapely.is_valid(copy).all()
    assert (shapely.get_num_coordinates(copy) < shapely.get_num_coordinates(circles)).all()
    line = np.array([shapely.LineString([(120, 36), (120.1, 36.00001), (120.2, 36)])], dtype=object)
    assert shapely.get_num_coordinates(display_copy(line, 50.0))[0] == 2


def test_clipped_in_order_with_none_kept() -> None:
    view = (120.2, 36.1, 120.4, 36.3)
    shapes = np.array([None, shapely.Point(1, 1), *two_districts(), shapely.Point(120.3, 36.2)], dtype=object)
    copy = display_copy(shapes, 0.0, view)
    assert copy[0] is None
    assert shapely.is_empty(copy[1])
    assert shapely.covers(shapely.box(*view), copy[2])
    assert shapely.area(copy[2:4]).sum() == pytest.approx(0.04, rel=1e-5)
    assert copy[4].equals(shapes[4])
    assert shapes[2].bounds[0] == 120.0  # the original is left alone


def test_a_figure_that_crosses_itself_can_still_be_shown() -> None:
    bow_tie = np.array([shapely.Polygon([(120, 36), (120.1, 36.1), (120.1, 36), (120, 36.1)])], dtype=object)
    copy = display_copy(bow_tie, 0.0, (119.9, 35.9, 120.05, 36.2))
    assert shapely.area(copy[0]) == pytest.approx(0.0025, rel=1e-3)


def test_numbers_have_six_digits() -> None:
    copy = display_copy(np.array([shapely.Point(120.123456789, 36.987654321)], dtype=object), 0.0)
    assert (copy[0].x, copy[0].y) == (120.123457, 36.987654)
