"""Small random worlds for one rule: a footprint, a layer, a condition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import shapely
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry
from tiny_world import R, features, place

from geo.types import AllOf, AnyOf, Condition, FeatureSet, Requirement

NUMBER = st.integers(-120, 120)
SIZE = st.integers(10, 160)


@dataclass(frozen=True)
class World:
    """Metres; the site lies about the origin."""

    site: BaseGeometry
    accuracy_m: float
    layer: FeatureSet
    requirement: Requirement


@st.composite
def shapes(draw: Any) -> BaseGeometry:
    """A box, a box with a hole, an L, a line or a point."""
    x, y, width, height = draw(NUMBER), draw(NUMBER), draw(SIZE), draw(SIZE)
    box = shapely.box(x, y, x + width, y + height)
    kind = draw(st.sampled_from(["box", "box", "hole", "ell", "line", "point"]))
    if kind == "hole":
        return shapely.difference(box, shapely.buffer(box, -4.0))
    if kind == "ell":
        return shapely.difference(box, shapely.box(x + width / 2, y + height / 2, x + width + 1, y + height + 1))
    if kind == "line":
        return shapely.LineString([(x, y), (x + width, y), (x + width, y + height)])
    return shapely.Point(x, y) if kind == "point" else box


@st.composite
def conditions(draw: Any) -> Condition:
    """Any relation to features."""
    relation = draw(st.sampled_from([R.NO_OVERLAP, R.MIN_DISTANCE, R.MAX_DISTANCE, R.INSIDE, R.MAX_OVERLAP_SHARE]))
    distance = draw(st.sampled_from([0.0, 5.0, 20.0, 60.0])) if "distance" in relation else None
    share = draw(st.sampled_from([0.1, 0.5])) if relation is R.MAX_OVERLAP_SHARE else None
    return Condition(relation, "layer", distance_m=distance, share_max=share)


@st.composite
def worlds(draw: Any) -> World:
    """A site of any kind, up to four features of several accuracies, one condition or two."""
    found = draw(st.lists(shapes(), min_size=1, max_size=4))
    accuracies = [draw(st.sampled_from([0.0, 3.0, 12.0])) for _ in found]
    covers = draw(st.sampled_from([None, None, 250]))
    area = None if covers is None else place(shapely.box(-covers, -covers, covers, covers))
    layer = features(found, accuracies, covers=area, rigid=draw(st.booleans()))
    parts = tuple(draw(st.lists(conditions(), min_size=1, max_size=2)))
    kind = draw(st.sampled_from([AllOf, AnyOf]))
    requirement: Requirement = parts[0] if len(parts) == 1 else kind(parts)
    return World(draw(shapes()), draw(st.sampled_from([0.0, 4.0])), layer, requirement)
