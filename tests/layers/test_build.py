"""The committed data is what the commands make, and the world it describes is the one that was measured elsewhere."""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import shapely
from click.testing import CliRunner
from pyproj import Geod
from shapely.geometry import Point, box

from geo.crs import to_plane
from geo.types import REGION_BOUNDS
from layers.build.__main__ import main
from layers.build.boundaries import chinese_name
from layers.build.content import Content, as_text, content, from_text, same, sha256_of
from layers.build.sample import SEED
from layers.build.workshop import GSHHG, BuildError, Outcome, Workshop, build_all, package, stamped
from layers.catalogue import DATA, Catalogue, load_catalogue
from layers.sources.files import read_layer

GEOD = Geod(ellps="WGS84")
WINDOW = box(*REGION_BOUNDS)


@cache
def committed(layer_id: str) -> Content:
    spec = load_catalogue()[layer_id]
    return from_text(spec.path.read_text(encoding="utf-8"), table=spec.path.suffix == ".csv")


def geometries(layer_id: str) -> np.ndarray:
    return np.array(committed(layer_id).geometries, dtype=object)


def column(layer_id: str, name: str) -> list:
    return [row[name] for row in committed(layer_id).rows]


def truth() -> dict:
    return json.loads((DATA / "sample" / "truth.json").read_text(encoding="utf-8"))


def test_committed_content_is_what_the_commands_make() -> None:
    if not GSHHG.is_file():
        message = "the Debian package gmt-gshhg-full is not installed: the embedded data was NOT compared"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
    outcomes = build_all(check=True)
    assert {name: outcome for name, outcome in outcomes.items() if outcome is not Outcome.UNCHANGED} == {}
    assert set(load_catalogue().layers) < set(outcomes)


# districts ----------------------------------------------------------------------------------------------------------


def test_the_census_sums_to_the_published_city() -> None:
    """10,071,722 is the city in the communiqué of 2020; the ten districts of 2010 sum to 8,715,087."""
    assert sum(column("districts", "population_2020")) == 10_071_722
    assert sum(column("districts", "population_2010")) == 8_715_087
    assert len(column("districts", "id")) == 10


def test_districts_have_the_measured_area_without_gaps_or_overlaps() -> None:
    plane = to_plane(geometries("districts"))
    whole = shapely.union_all(plane)
    assert shapely.area(plane).sum() / 1e6 == pytest.approx(11_039.6, abs=0.1)
    assert whole.area == pytest.approx(shapely.area(plane).sum(), abs=1.0)
    assert shapely.coverage_is_valid(plane)
    assert all(len(part.interiors) == 0 for part in shapely.get_parts(whole))
    assert shapely.get_num_coordinates(geometries("districts")).sum() == pytest.approx(890, abs=15)


@pytest.mark.parametrize(
    ("lon", "lat", "name"), [(120.3826, 36.0671, "市南区"), (120.462, 36.390, "即墨区"), (119.946, 36.784, "平度市")]
)
def test_known_places_lie_in_their_district(lon: float, lat: float, name: str) -> None:
    inside = shapely.contains_xy(geometries("districts"), lon, lat)
    assert [n for n, here in zip(column("districts", "name_zh"), inside, strict=True) if here] == [name]


def test_a_blank_product_is_blank_and_a_density_uses_the_area_it_names() -> None:
    by_name = {row["name_zh"]: row for row in committed("districts").rows}
    assert by_name["市南区"]["gdp_2023_yi"] is None
    assert by_name["黄岛区"]["gdp_2023_yi"] == 5003.38
    # 486,643 people on 30 km²
    assert by_name["市南区"]["density_2020_per_km2"] == pytest.approx(486_643 / 30, abs=0.05)
    for row in by_name.values():
        assert bool(row["gdp_source"]) == any(row[f"gdp_{year}_yi"] for year in (2020, 2021, 2022, 2023))


def test_areas_stay_separate_facts() -> None:
    """The 2019 table sums to 11,067 km², the city states 11,293 = 5,226 + 6,067."""
    areas = {row["id"]: float(row["area_km2"]) for row in committed("district_areas").rows}
    kinds = {row["id"]: row["kind"] for row in committed("district_areas").rows}
    assert sum(area for key, area in areas.items() if kinds[key] == "district_2019") == 11_067
    assert areas["city"] == 11_293 == areas["city_districts"] + areas["city_cities"]


# coast --------------------------------------------------------------------------------------------------------------


def window_coast() -> list[shapely.LineString]:
    """Mainland and island shore inside the region, joined again where layers or settings part it."""
    mainland = shapely.line_merge(shapely.union_all(geometries("mainland_coast")))
    islands = shapely.boundary(geometries("islands"))
    clipped = [shapely.intersection(line, WINDOW) for line in [mainland, *islands]]
    joined = [shapely.line_merge(shapely.multilinestrings(lines_of(part))) for part in clipped if lines_of(part)]
    return [line for part in joined for line in shapely.get_parts(part)]


def lines_of(geometry: shapely.Geometry) -> list[shapely.LineString]:
    return [part for part in shapely.get_parts(geometry) if part.geom_type == "LineString" and part.length > 0]


def test_the_coast_in_the_region_has_the_known_pieces_and_length() -> None:
    """67 pieces and 1,254 km, counted from the source file by other means."""
    pieces = window_coast()
    assert len(pieces) == 67
    assert sum(GEOD.geometry_length(piece) for piece in pieces) / 1000 == pytest.approx(1254, abs=0.5)


def test_the_coast_goes_on_beyond_the_region_and_no_cut_is_taken_for_it() -> None:
    west, south, east, north = shapely.total_bounds(geometries("land"))
    for here, there in [((west, 36), (119.3, 36)), ((121, south), (121, 35.2)), ((east, 37.3), (121.8, 37.3))]:
        assert GEOD.inv(*here, *there)[2] > 59_000
    edge = box(west, south, east, north).exterior
    assert shapely.intersection(shapely.union_all(geometries("mainland_coast")), edge.buffer(1e-5)).length < 1e-3


def test_mainland_and_islands_are_told_apart() -> None:
    land = committed("land")
    mainland = [g for row, g in zip(land.rows, land.geometries or (), strict=True) if row["kind"] == "mainland"]
    assert len(mainland) == 1
    islands = geometries("islands")
    assert not shapely.intersects(mainland[0], islands).any()
    lingshan = Point(120.165, 35.765)
    assert shapely.contains(islands, lingshan).sum() == 1 and not mainland[0].contains(lingshan)
    assert mainland[0].contains(Point(120.3826, 36.0671)) and not mainland[0].contains(Point(120.22, 36.12))
    assert set(column("islands", "id")) == {row["id"] for row in land.rows if row["kind"] == "island"}


def test_the_bay_is_coarser_than_the_open_coast() -> None:
    accuracy = {"jiaozhou_bay": 1000, "open_coast": 300}
    for layer in ("mainland_coast", "islands"):
        assert all(row["accuracy_m"] == accuracy[row["setting"]] for row in committed(layer).rows)
    coast = committed("mainland_coast")
    bay = [g for r, g in zip(coast.rows, coast.geometries or (), strict=True) if r["setting"] == "jiaozhou_bay"]
    reach = shapely.total_bounds(bay)
    assert reach == pytest.approx([120.09, 35.96, 120.38, 36.28], abs=0.02)


def test_the_baseline_runs_between_the_declared_points() -> None:
    """Base points of the declaration in degrees and minutes, as printed there."""
    ends = shapely.get_coordinates(geometries("territorial_baseline"))[[0, 1, 3]]
    declared = [(122 + 15.8 / 60, 36 + 44.8 / 60), (120 + 53.1 / 60, 35 + 53.6 / 60), (119 + 54.2 / 60, 35 + 0.2 / 60)]
    assert ends == pytest.approx(np.array(declared), abs=1e-6)
    assert load_catalogue()["territorial_baseline"].bias_m == 200


def test_towns_lie_in_the_region_and_the_city_name_wins_over_a_subdistrict() -> None:
    assert shapely.covers(WINDOW, geometries("towns")).all()
    assert len(geometries("towns")) == 110
    names = dict(zip(column("towns", "name_en"), column("towns", "name_zh"), strict=True))
    assert (names["Laizhou"], names["Qingdao"], names["Changyi"]) == ("莱州市", "青岛市", "昌邑")
    assert chinese_name(["Somewhere"]) == ""


# sea by distance ----------------------------------------------------------------------------------------------------


def geodesic_to_coast(points: np.ndarray) -> np.ndarray:
    """Shortest geodesic from each point to the mainland coast taken every 100 m (0.2 m wrong at 10 km)."""
    shore = shapely.get_coordinates(shapely.segmentize(geometries("mainland_coast"), 0.001))
    nearest = []
    for lon, lat in points:
        flat = np.hypot((shore[:, 0] - lon) * math.cos(math.radians(lat)), shore[:, 1] - lat)
        close = shore[np.argsort(flat)[:60]]
        far = GEOD.inv(np.full(60, lon), np.full(60, lat), close[:, 0], close[:, 1])[2]
        nearest.append(float(np.min(far)))
    return np.array(nearest)


def test_bands_agree_with_geodesic_distances_but_for_the_stated_error() -> None:
    west, south, east, north = REGION_BOUNDS
    random = np.random.default_rng(7)
    points = random.uniform((west, south), (east, north), (4000, 2))
    points = points[~shapely.contains_xy(shapely.union_all(geometries("land")), points[:, 0], points[:, 1])]
    distance = geodesic_to_coast(points)
    beyond, between = (
        shapely.contains_xy(g, points[:, 0], points[:, 1]) for g in geometries("offshore_wind_policy_sea")
    )
    assert len(points) > 1000
    assert beyond[distance > 30_020].all() and not beyond[distance < 29_980].any()
    assert between[(distance > 10_020) & (distance < 29_980)].all()
    assert not between[(distance < 9_980) | (distance > 30_020)].any()
    assert min(beyond.sum(), between.sum()) > 100


def test_the_outlines_of_the_bands_keep_their_distance() -> None:
    """Every tenth corner of the far band that is not on the window's edge lies 30 km from the coast."""
    far = geometries("offshore_wind_policy_sea")[0]
    corners = shapely.get_coordinates(far)[::10]
    inner = shapely.contains_xy(WINDOW.buffer(-1e-4), corners[:, 0], corners[:, 1])
    off_islands = ~shapely.intersects_xy(
        shapely.union_all(geometries("islands")).buffer(0.001), corners[:, 0], corners[:, 1]
    )
    distance = geodesic_to_coast(corners[inner & off_islands])
    assert len(distance) > 20
    assert np.abs(distance - 30_000).max() < 20


def test_what_the_plan_says_of_the_sea_is_not_drawn_in_laizhou_bay() -> None:
    """The region reaches north into Laizhou Bay (37.2 N), where Qingdao has no coast; its own sea ends at 36.8 N."""
    laizhou_bay, yellow_sea = Point(119.5, 37.26), Point(121.0, 35.8)
    outlines = geometries("plan_designations")
    assert shapely.intersects(geometries("offshore_wind_policy_sea"), laizhou_bay).any()
    assert shapely.intersects(outlines, yellow_sea).sum() == 3
    assert not shapely.intersects(outlines, laizhou_bay).any()


# tables -------------------------------------------------------------------------------------------------------------


def test_the_wind_register_tells_whose_waters_and_what_is_a_total() -> None:
    rows = committed("offshore_wind_register").rows
    assert len(rows) == 8
    assert {row["project"] for row in rows if row["waters_of"] == "青岛"} == {"三峡青岛", "华电即墨"}
    assert [row["id"] for row in rows if row["is_total"] == "true"] == ["three_gorges_total"]
    single = [float(row["capacity_mw"]) for row in rows if row["waters_of"] == "青岛" and row["is_total"] == "false"]
    assert sum(single) == 2996 + 2000


def test_what_was_not_found_is_blank_not_zero() -> None:
    for layer in ("network_totals", "charging_totals"):
        unknown = [row for row in committed(layer).rows if row["confidence"] == "none"]
        assert unknown and all(row["value"] == "" and row["note"] for row in unknown)


# parks and plan -----------------------------------------------------------------------------------------------------


def test_a_park_is_drawn_only_as_far_as_it_is_known() -> None:
    parks = committed("parks")
    assert len(parks.rows) == 31
    kinds = {"district": ("Polygon", "MultiPolygon"), "anchor": ("Point",), "none": (None,)}
    for row, geometry in zip(parks.rows, parks.geometries or (), strict=True):
        assert (None if geometry is None else geometry.geom_type) in kinds[row["extent"]]
    huangdao = committed("districts").geometry_of("370211")
    assert shapely.equals(parks.geometry_of("west_coast_new_area"), huangdao)
    assert sum(geometry is not None for geometry in parks.geometries or ()) == 5


def test_the_driverless_test_areas_are_two_districts_and_a_name() -> None:
    """三（五）2: within 西海岸新区, 即墨区 and 青岛蓝谷, which has no known shape."""
    plan = committed("plan_designations")
    areas = {
        row["place"]: (row["within"], geometry)
        for row, geometry in zip(plan.rows, plan.geometries or (), strict=True)
        if row["kind"] == "test_zone" and row["clause"] == "三（五）2"
    }
    assert set(areas) == {"青岛西海岸新区", "即墨区", "青岛蓝谷"}
    assert {within for within, _ in areas.values()} == {"somewhere_within"}
    assert areas["青岛蓝谷"][1] is None
    assert shapely.equals(areas["即墨区"][1], committed("districts").geometry_of("370215"))
    assert shapely.equals(areas["青岛西海岸新区"][1], committed("districts").geometry_of("370211"))


def test_a_designation_has_a_geometry_exactly_where_it_says_so() -> None:
    plan = committed("plan_designations")
    for row, geometry in zip(plan.rows, plan.geometries or (), strict=True):
        shape = "none" if geometry is None else "anchor" if "Point" in geometry.geom_type else "polygon"
        assert row["drawn"] == shape
        assert (row["accuracy_m"] is None) == (geometry is None)


# sample -------------------------------------------------------------------------------------------------------------

SIZES = {"sample_firms": 5000, "sample_base_stations": 600, "sample_edge_nodes": 60, "sample_charging_stations": 400}


@pytest.mark.parametrize("layer_id", SIZES)
def test_the_sample_is_invented_and_on_land_inside_the_districts(layer_id: str) -> None:
    points = geometries(layer_id)
    assert len(points) == SIZES[layer_id]
    assert all(name.startswith("示例") for name in column(layer_id, "name_zh"))
    x, y = shapely.get_x(points), shapely.get_y(points)
    land = shapely.union_all(geometries("land"))
    city = shapely.union_all(geometries("districts"))
    for ground in (land, city):
        # a point may be rounded over an edge by 0.1 m
        assert shapely.contains_xy(ground.buffer(2e-6), x, y).all()


def test_planted_clusters_are_where_their_truth_says() -> None:
    firms = committed("sample_firms")
    rows = {row["id"]: row for row in firms.rows}
    places = {row["id"]: g for row, g in zip(firms.rows, firms.geometries or (), strict=True)}
    for planted in truth()["planted"]:
        own = [rows[firm] for firm in planted["firms"]]
        years = [row["year"] for row in own]
        assert {row["plan_subsector"] for row in own} == {planted["subsector"]}
        assert (years.count(2021), years.count(2024)) == (planted["firms_2021"], planted["firms_2024"])
        away = [GEOD.inv(*planted["centre"], places[f].x, places[f].y)[2] for f in planted["firms"]]
        # the mean distance of a circular normal distribution is σ√(π/2); 20 % is over three standard errors of 80 firms
        expected = planted["spread_m"] * math.sqrt(math.pi / 2)
        assert np.mean(away) == pytest.approx(expected, rel=0.2), planted["id"]
    assert truth()["seed"] == SEED
    assert truth()["background_firms"] + sum(len(p["firms"]) for p in truth()["planted"]) == 5000


def share_of(district: str, subsector: str, year: int) -> float:
    """Share of a subsector among the firms of a district in a year, over its share in the city: location quotient."""
    outline = committed("districts").geometry_of(district)
    rows = np.array([row["plan_subsector"] for row in committed("sample_firms").rows])
    now = np.array(column("sample_firms", "year")) == year
    here = shapely.contains(outline, geometries("sample_firms")) & now
    return (rows[here] == subsector).mean() / (rows[now] == subsector).mean()


def test_driverless_firms_concentrate_in_jimo_and_not_in_huangdao() -> None:
    assert share_of("370215", "无人驾驶", 2024) > 3
    assert share_of("370211", "无人驾驶", 2024) < 1
    assert {"subsector": "无人驾驶", "district": "370211"} in truth()["not_planted"]


# the machinery ------------------------------------------------------------------------------------------------------


@pytest.fixture
def small_root(tmp_path: Path) -> Path:
    for theme in ("network", "charging"):
        shutil.copytree(DATA / theme, tmp_path / theme)
    return tmp_path


def _content_is_as_stamped(catalogue: Catalogue) -> None:
    for spec in catalogue:
        read_layer(spec)


def test_a_check_sees_a_change_writes_nothing_and_a_build_mends_it(small_root: Path) -> None:
    target = small_root / "network" / "network_totals.csv"
    good = target.read_bytes()
    target.write_bytes(good.replace(b"30361", b"30362"))
    assert build_all(["network_totals"], check=True, root=small_root) == {"network_totals": Outcome.DIFFERS}
    assert target.read_bytes() != good
    assert build_all(["network_totals"], root=small_root) == {"network_totals": Outcome.WRITTEN}
    assert target.read_bytes() == good
    assert build_all(["network_totals"], root=small_root) == {"network_totals": Outcome.UNCHANGED}
    _content_is_as_stamped(load_catalogue(small_root))


def test_a_changed_source_changes_content_and_digest_of_its_layer_alone(small_root: Path) -> None:
    source = small_root / "network" / "source" / "totals.csv"
    source.write_text(source.read_text(encoding="utf-8").replace("30361", "1"), encoding="utf-8")
    before = load_catalogue(small_root)
    build_all(["network_totals"], root=small_root)
    after = load_catalogue(small_root)
    assert before["network_totals"].sha256 != after["network_totals"].sha256
    assert before["charging_totals"].sha256 == after["charging_totals"].sha256
    _content_is_as_stamped(after)


def test_only_the_named_layer_of_a_file_is_stamped() -> None:
    old, new = "0" * 64, "a" * 64
    entry = "".join(f'[[layer]]\nid = "{name}"\nsha256 = "{old}"\n\n' for name in ("one", "one_more"))
    changed = stamped(entry, "one_more", new)
    assert changed.index(old) < changed.index("one_more") < changed.index(new)
    with pytest.raises(BuildError):
        stamped(entry, "on.", new)


def test_missing_materials_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"nowhere\.nc"):
        Workshop(gshhg=tmp_path / "nowhere.nc").make("land")
    with pytest.raises(BuildError, match="totals"):
        Workshop(root=tmp_path).make("network_totals")
    monkeypatch.setitem(sys.modules, "netCDF4", None)
    with pytest.raises(BuildError, match="netcdf4"):
        package("netCDF4", distribution="netcdf4")


def test_the_command_checks_and_refuses(tmp_path: Path) -> None:
    checked = CliRunner().invoke(main, ["--check", "network_totals"])
    assert (checked.exit_code, checked.output.split()) == (0, ["unchanged", "network_totals"])
    assert CliRunner().invoke(main, ["no_such_layer"]).exit_code == 64
    missing = CliRunner().invoke(main, ["--check", "land", "--gshhg", str(tmp_path / "none.nc")])
    assert missing.exit_code == 64 and "none.nc" in missing.output


def test_text_and_content_are_the_same_thing_twice() -> None:
    made = content(
        [
            {"id": "a", "value": 1.5, "note": '逗号,引号"', "yes": True},
            {"id": "b", "value": None, "note": "", "yes": False},
        ],
        [Point(120.1234567, 36.0), None],
    )
    text = as_text(made)
    assert text.count("\n") == 4 and "120.123457" in text and "\r" not in text
    assert same(made, from_text(text, table=False))
    assert sha256_of(text) == sha256_of(as_text(made))
    moved = content(made.rows, [Point(120.12348, 36.0), None])
    assert not same(moved, from_text(text, table=False))
    table = Content(made.columns, made.rows)
    assert same(table, from_text(as_text(table), table=True))
    assert not same(
        content([{**made.rows[0], "value": 1.6}, made.rows[1]], made.geometries), from_text(text, table=False)
    )
