"""Palettes, classes and legend rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.style import (
    RAMPS,
    class_labels,
    class_numbers,
    classed_style,
    legend_rows,
    ramp,
)
from layers.types import Basis, Distribution, GeometryKind, LayerSpec, Style


def _spec(style: Style, geometry: GeometryKind = GeometryKind.POLYGON) -> LayerSpec:
    return LayerSpec(
        id="parks",
        title={"zh": "园区", "en": "Parks"},
        theme="parks",
        geometry=geometry,
        uri="parks.geojson",
        crs="EPSG:4326",
        publisher="p",
        source="s",
        licence="l",
        attribution="a",
        as_of="2024",
        sha256="0",
        basis=Basis.COMPILED,
        distribution=Distribution.PUBLIC,
        accuracy_m=10.0,
        style=style,
    )


def _luminance(colour: str) -> float:
    """Relative luminance of sRGB (IEC 61966-2-1)."""
    linear = []
    for start in (1, 3, 5):
        channel = int(colour[start : start + 2], 16) / 255
        linear.append(channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4)
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_layer_of_one_colour_has_one_row_with_its_title() -> None:
    (row,) = legend_rows(_spec(Style(fill="#112233", pattern="hatch")), "en")
    assert (row.label, row.colour, row.pattern, row.layer, row.group) == ("Parks", "#112233", "hatch", "parks", "Parks")


def test_a_palette_gives_one_row_a_value_in_its_order() -> None:
    style = Style(category="kind", palette={"基地": "#0072b2", "园区": "#e69f00"})
    rows = legend_rows(_spec(style), "zh")
    assert [(row.label, row.colour) for row in rows] == [("基地", "#0072b2"), ("园区", "#e69f00")]
    assert {row.group for row in rows} == {"园区"}


def test_categories_of_lines_colour_the_line() -> None:
    style = Style(category="kind", palette={"a": "#0072b2"}, stroke="#000000")
    assert legend_rows(_spec(style, GeometryKind.LINE), "zh")[0].stroke == "#0072b2"


def test_quantile_classes_by_hand() -> None:
    # ten values in five classes: the bounds are the 1st, 2.8th, 4.6th, 6.4th, 8.2th and 10th value, taken downwards
    breaks, colours = classed_style(np.arange(1, 11), 5)
    assert breaks == (1, 2, 4, 6, 8, 10)
    assert len(colours) == 5
    assert class_numbers([1, 1.9, 2, 9.5, 10, np.nan], breaks).tolist() == [0, 0, 1, 4, 4, -1]
    assert class_labels(breaks)[0] == "1 – 2"


def test_ties_are_not_split_and_one_value_is_one_class() -> None:
    assert classed_style([7, 7, 7, 7], 5).breaks == (7, 7)
    assert class_numbers([7, np.nan], (7, 7)).tolist() == [0, -1]
    assert classed_style([np.nan], 5) == ((), ())


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=50), st.integers(1, 7))
def test_every_known_value_has_a_class_and_order_is_kept(values: list[float], count: int) -> None:
    breaks, colours = classed_style(values, count)
    numbers = class_numbers(sorted(values), breaks)
    assert 1 <= len(colours) <= count
    assert numbers.min() >= 0
    assert numbers.max() < len(colours)
    assert (np.diff(numbers) >= 0).all()


@pytest.mark.parametrize("name", RAMPS)
@pytest.mark.parametrize("count", [2, 5, 7])
def test_ramps_darken_steadily(name: str, count: int) -> None:
    shades = [_luminance(colour) for colour in ramp(name, count)]
    assert len(shades) == count
    assert all(light - dark > 0.02 for light, dark in zip(shades, shades[1:], strict=False))
