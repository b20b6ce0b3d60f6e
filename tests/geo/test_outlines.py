"""What compiled loops measure of areas and lines, against GEOS asked shape by shape."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo import crs
from geo.cells import build_cells
from geo.runs import runs_of
from geo.shapewise import apart, pairs_of_shapes

ORIGIN = np.array([520_000.0, 4_010_000.0])


def star(random: np.random.Generator, centre: np.ndarray, radius: float, vertices: int) -> np.ndarray:
    """A ring around a centre whose reach changes from vertex to vertex, so that it is seldom convex."""
    angle = np.sort(random.uniform(0.0, 2.0 * np.pi, vertices))
    reach = radius * random.uniform(0.3, 1.0, vertices)
    return centre + np.column_stack([reach * np.cos(angle), reach * np.sin(angle)])


def world(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Features of the plane, with holes, in several parts, lines among them; and shapes that lie among these."""
    random = np.random.default_rng(seed)
    centres = ORIGIN + random.uniform(0.0, 3_000.0, (60, 2))
    areas = [shapely.Polygon(star(random, centre, random.uniform(50.0, 400.0), 12)) for centre in centres]
    areas = [area for area in areas if area.is_valid]
    holed = [
        area.difference(area.centroid.buffer(0.3 * np.sqrt(area.area / np.pi), 3)) for area in areas[: len(areas) // 3]
    ]
    several = [
        shapely.MultiPolygon([shapely.box(*at, *(at + 60.0)), shapely.box(*(at + 90.0), *(at + 150.0))])
        for at in centres[:5]
    ]
    lines = [shapely.LineString(star(random, centre, 500.0, 6)) for centre in centres[:8]]
    features = np.array([area for area in [*areas, *holed, *several, *lines] if not area.is_empty], dtype=object)
    places = ORIGIN + random.uniform(0.0, 3_000.0, (120, 2))
    shapes = [shapely.box(*(at - 100.0), *(at + 100.0)) for at in places[:40]]
    shapes += [shapely.Polygon(star(random, at, 300.0, 15)) for at in places[40:90]]
    shapes += [shapely.LineString(star(random, at, 300.0, 4)) for at in places[90:110]]
    shapes += [shapely.box(*(at - 100.0), *(at + 100.0)).difference(at_hole(at)) for at in places[110:]]
    return features, np.array([shape for shape in shapes if shape.is_valid], dtype=object)


def at_hole(at: np.ndarray) -> shapely.Geometry:
    return shapely.box(*(at - 40.0), *(at + 10.0))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("reach_m", [1e-3, 150.0])
def test_distances_and_shared_areas_are_those_of_geos(seed: int, reach_m: float) -> None:
    features, shapes = world(seed)
    lonlat = crs.from_plane(features)
    features = crs.to_plane(lonlat)
    runs = runs_of(lonlat)
    found = pairs_of_shapes(
        runs, build_cells(runs, reach_m), shapes, shapely.bounds(shapes), reach_m, with_areas=reach_m < 1.0
    )
    assert not found.pairs.doubtful.any()
    told = {
        (shape, feature): (ground, area, meets or holds)
        for shape, feature, ground, area, meets, holds in zip(
            found.pairs.point, found.pairs.feature, found.pairs.ground_m, found.area_m2, found.crossed,
            found.pairs.holds, strict=True,
        )
    }  # fmt: skip
    true_gap = shapely.distance(shapes[:, None], features[None, :])
    assert {(int(s), int(f)) for s, f in told} >= set(map(tuple, np.argwhere(true_gap <= reach_m * (1.0 - 1e-9))))
    measured = 0
    for (shape, feature), (ground, area, touches) in told.items():
        assert touches == (true_gap[shape, feature] == 0.0)
        assert ground == pytest.approx(true_gap[shape, feature], rel=1e-5, abs=1e-9)
        if not np.isnan(area):
            shared = shapely.area(shapely.intersection(shapes[shape], features[feature]))
            assert area == pytest.approx(shared, rel=1e-9, abs=1e-6)
            measured += shared > 0.0
    assert (measured > 50) == (reach_m < 1.0)


def test_a_square_over_a_corner_with_a_hole_shares_what_a_hand_counts() -> None:
    """A square of 100 m from 0, a feature of 100 m from 50 with a hole of 20 m from 60: 2,500 - 400."""
    feature = shapely.box(50.0, 50.0, 150.0, 150.0).difference(shapely.box(60.0, 60.0, 80.0, 80.0))
    found = shared_of(feature, shapely.box(0.0, 0.0, 100.0, 100.0))
    assert found.area_m2 == pytest.approx([2_100.0], rel=1e-9)
    assert found.box[0] == pytest.approx([*(ORIGIN + 50.0), *(ORIGIN + 100.0)], abs=1e-6)


def test_a_feature_inside_a_square_shares_all_of_itself() -> None:
    found = shared_of(shapely.box(20.0, 20.0, 30.0, 50.0), shapely.box(0.0, 0.0, 100.0, 100.0))
    assert found.area_m2 == pytest.approx([300.0], rel=1e-9)


def test_an_edge_upon_an_edge_is_left_to_geos() -> None:
    """Parcels of one cadastre share their edges to the last digit."""
    found = shared_of(shapely.box(0.0, 50.0, 100.0, 150.0), shapely.box(0.0, 0.0, 100.0, 100.0))
    assert found.crossed.tolist() == [True]
    assert np.isnan(found.area_m2).all()


def shared_of(feature: shapely.Geometry, shape: shapely.Geometry):
    """The pairs of one feature and one shape, both drawn from ORIGIN in the plane."""
    moved = shapely.transform(np.array([feature, shape], dtype=object), lambda places: places + ORIGIN)
    runs = runs_of(crs.from_plane(moved[:1]))
    shapes = crs.to_plane(crs.from_plane(moved[1:]))
    return pairs_of_shapes(runs, build_cells(runs, 1e-3), shapes, shapely.bounds(shapes), 1e-3, with_areas=True)


def test_boxes_that_meet_in_a_group_are_told() -> None:
    boxes = np.array(
        [[0, 0, 1, 1], [2, 2, 3, 3], [0.5, 0.5, 2.5, 2.5], [0, 0, 1, 1], [5, 5, 6, 6], [0, 0, 9, 9]], float
    )
    assert apart(boxes, np.array([0, 0, 0, 1, 1, 2], np.int32)).tolist() == [False, False, False, True, True, True]


def test_a_repeated_vertex_that_is_nearest_to_a_line_is_measured() -> None:
    """A run of no length: a line that touches one feature is measured against another by GEOS."""
    lines = np.array(
        [shapely.LineString([(0, 0), (0, 100)]), shapely.LineString([(90, 50), (50, 50), (50, 50), (90, 90)])],
        dtype=object,
    )
    moved = shapely.transform(np.append(lines, shapely.LineString([(0, 50), (20, 50)])), lambda places: places + ORIGIN)
    runs = runs_of(crs.from_plane(moved[:2]))
    shapes = crs.to_plane(crs.from_plane(moved[2:]))
    found = pairs_of_shapes(runs, build_cells(runs, 60.0), shapes, shapely.bounds(shapes), 60.0)
    assert found.pairs.ground_m[found.pairs.feature == 1] == pytest.approx([30.0], rel=1e-5)
