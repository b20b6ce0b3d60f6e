"""What stands on one map can be told apart: by shape, hatching or dashes, or by colours that differ for every reader.

The matrices are those of Machado, Oliveira and Fernandes (2009, IEEE TVCG 15, table for severity 1.0), applied to
linear sRGB. Differences are Euclidean in CIELAB (CIE 1976, D65); 2.3 is the smallest that is noticed side by side.
"""

import itertools

import numpy as np
import pytest

from atlas.journeys.explore import can_be_drawn, legend_of, map_layers
from atlas.workspace import open_store
from layers.rulebook import load_rulebook
from layers.style import HATCHINGS, LegendRow, own_style

READERS = {
    "all colours": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
#: The paper under a half clear fill.
GROUND = "#efede6"
#: Twice what is just noticed; of an outline, which is thin, much more.
FILLS_APART, OUTLINES_APART = 5.0, 20.0


def _linear(colour):
    channels = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def _lab(linear):
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    ratios = to_xyz @ np.clip(linear, 0, 1) / (0.9505, 1.0, 1.089)
    x, y, z = np.where(ratios > 0.008856, np.cbrt(ratios), 7.787 * ratios + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def _filled(row):
    """The colour of a fill on the ground, linear."""
    if row.geometry == "line":
        return _linear(row.stroke)
    share = max(row.fill_opacity, 0.75) if row.geometry == "point" else row.fill_opacity
    return share * _linear(row.colour) + (1 - share) * _linear(GROUND)


def _shape(row):
    """What is left of a row's look without colour."""
    if row.geometry == "point":
        return "point", row.symbol
    if row.geometry == "line":
        return "line", row.dash
    return "area", row.pattern, row.dash, row.symbol if row.geometry == "mixed" else ""


def _difference(first, second):
    """The smallest difference of two fills over all readers, and over a grey print."""
    labs = [
        (_lab(np.asarray(eye) @ _filled(first)), _lab(np.asarray(eye) @ _filled(second))) for eye in READERS.values()
    ]
    return min(np.linalg.norm(a - b) for a, b in labs), abs(_lab(_filled(first))[0] - _lab(_filled(second))[0])


def _can_be_told_apart(first, second):
    if _shape(first) != _shape(second):
        return True
    if abs(_lab(_linear(first.stroke))[0] - _lab(_linear(second.stroke))[0]) > OUTLINES_APART:
        return True
    return min(_difference(first, second)) > FILLS_APART - 1.0


@pytest.fixture(scope="module")
def rows():
    store = open_store(None)
    drawn = [spec for spec in store.specs() if can_be_drawn(spec)]
    return legend_of([shown for spec in drawn for shown in map_layers(store.layer(spec.id), "zh")])


def test_black_and_white_are_as_far_apart_as_lightness_goes():
    black, white = (LegendRow("", colour, colour, geometry="line") for colour in ("#000000", "#ffffff"))
    assert _difference(black, white) == pytest.approx((100, 100), abs=0.1)


def test_red_and_green_of_one_lightness_fail_the_check_that_the_layers_pass():
    red, green = (LegendRow("", colour, colour) for colour in ("#b5543c", "#7a7a3c"))
    assert not _can_be_told_apart(red, green)


def test_every_two_rows_of_the_embedded_legend_can_be_told_apart(rows):
    assert len(rows) > 15
    alike = [
        (first.label, second.label)
        for first, second in itertools.combinations(rows, 2)
        if not _can_be_told_apart(first, second)
    ]
    assert alike == []


def test_layers_that_users_bring_differ_from_one_another_and_leave_the_plans_hatching_alone():
    wanted = sorted({name for rule in load_rulebook().rules if (name := getattr(rule.requirement, "layer", ""))})
    styles = [own_style(name) for name in wanted]
    assert len(styles) > 10
    assert all(style.pattern in HATCHINGS and style.pattern != "hatch" for style in styles)
    looks = [(style.fill, style.pattern, style.dash, style.symbol) for style in styles]
    assert len(set(looks)) >= 0.9 * len(looks)
    assert own_style("red_line") == own_style("red_line")
