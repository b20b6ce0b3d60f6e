"""Synthetic firms, base stations, edge nodes and charging stations: invented, seeded, with their truth written down.

A background that follows the districts' population alike for every subsector, and planted clusters on top: what a
measure of concentration must find, and what it must not.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from geo.crs import from_plane, to_plane
from layers.build.content import Content, content, rounded_geometry
from layers.build.parks import district_names
from layers.build.workshop import Builder, Workshop

SEED = 20_261_124
FIRMS, BASE_STATIONS, EDGE_NODES, CHARGING_STATIONS = 5000, 600, 60, 400
YEARS = (2021, 2024)
#: Share of the background that is recorded in the earlier year.
EARLIER_SHARE = 0.4
#: Share of the background that gathers round the district's towns, and how far it spreads.
URBAN_SHARE, URBAN_SPREAD_M = 0.6, 2500.0
#: GB/T 4754-2017 classes of the subsectors that are one class; the rest stays blank, as in many a user's table.
CLASSES = {
    "整车制造": "3612",
    "机器人": "3491",
    "集成电路": "3973",
    "风能": "4415",
    "现代中药": "2740",
    "飞行器整机": "3741",
}


@dataclass(frozen=True)
class Planted:
    """A planted cluster: so many firms of a subsector, spread round one centre (standard deviation in metres)."""

    id: str
    subsector: str
    district: str
    spread_m: float
    firms_2021: int
    firms_2024: int


PLANTED = (
    Planted("driverless_jimo", "无人驾驶", "370215", 1200, 30, 130),
    Planted("vehicles_laixi", "整车制造", "370285", 1800, 60, 90),
    Planted("rail_chengyang", "轨道交通装备", "370214", 1500, 90, 110),
    Planted("software_laoshan", "高端软件", "370212", 1000, 110, 150),
    Planted("ocean_engineering_huangdao", "海洋工程装备", "370211", 2000, 90, 110),
    Planted("appliances_pingdu", "节能家电", "370283", 1600, 70, 80),
    Planted("aviation_parts_jiaozhou", "航空关键零部件", "370281", 1800, 40, 90),
    Planted("blockchain_shibei", "区块链", "370203", 800, 20, 60),
)
#: What no cluster was planted for though the plan designates it: the measure must not find one.
NOT_PLANTED = ({"subsector": "无人驾驶", "district": "370211"},)


@dataclass(frozen=True)
class Ground:
    """Land of one district, planar metres, with the towns in it and its share of the city's people."""

    code: str
    land: BaseGeometry
    towns: NDArray[np.float64]
    share: float


def sample_firms(workshop: Workshop) -> Content:
    """Firms of the planted clusters and of the background, shuffled; which is which stands in the truth alone."""
    rows, _, places = _firms(workshop)
    return content(rows, places)


def _firms(workshop: Workshop) -> tuple[list[dict[str, Any]], list[str], list[Point]]:
    """Rows, the cluster each was planted in (blank: background), and their places."""
    random = np.random.default_rng([SEED, FIRMS])
    grounds = {ground.code: ground for ground in _grounds(workshop)}
    sectors = _sectors(workshop)
    kinds: list[tuple[str, int, str]] = []
    places: list[NDArray[np.float64]] = []
    for planted in PLANTED:
        years = [YEARS[0]] * planted.firms_2021 + [YEARS[1]] * planted.firms_2024
        kinds += [(planted.subsector, year, planted.id) for year in years]
        land, middle = grounds[planted.district].land, centre(planted, grounds)
        places.append(_gathered(random, land, middle, planted.spread_m, len(years)))
    rest = FIRMS - len(kinds)
    names = list(sectors)
    for index in random.integers(0, len(names), rest):
        year = YEARS[int(random.random() >= EARLIER_SHARE)]
        kinds.append((names[index], year, ""))
    places.append(_background(random, list(grounds.values()), rest))
    points = _points(np.concatenate(places))
    order = random.permutation(FIRMS)
    rows = [_firm(random, number, sectors, *kinds[index][:2]) for number, index in enumerate(order, 1)]
    return rows, [kinds[index][2] for index in order], [points[index] for index in order]


def _firm(
    random: np.random.Generator, number: int, sectors: dict[str, str], subsector: str, year: int
) -> dict[str, Any]:
    employees = int(np.clip(np.rint(random.lognormal(3.6, 1.1)), 3, 8000))
    return {
        "id": f"F{number:04d}",
        "name_zh": f"示例企业{number:04d}",
        "plan_sector": sectors[subsector],
        "plan_subsector": subsector,
        "gbt4754": CLASSES.get(subsector, ""),
        "employees": employees,
        "revenue_wan": int(np.rint(employees * random.lognormal(4.2, 0.5))),
        "year": year,
    }


def sample_base_stations(workshop: Workshop) -> Content:
    """5G sites, more of them where more people live."""
    random, places = _scattered(workshop, BASE_STATIONS)
    rows = [
        {
            "id": f"B{number:04d}",
            "name_zh": f"示例基站{number:04d}",
            "height_m": int(random.choice([20, 25, 30, 35, 40])),
            "service_radius_m": int(random.choice([300, 500, 800])),
        }
        for number in range(1, BASE_STATIONS + 1)
    ]
    return content(rows, places)


def sample_edge_nodes(workshop: Workshop) -> Content:
    """Edge nodes."""
    random, places = _scattered(workshop, EDGE_NODES)
    rows = [
        {
            "id": f"E{number:03d}",
            "name_zh": f"示例边缘节点{number:03d}",
            "racks": int(random.integers(2, 41)),
        }
        for number in range(1, EDGE_NODES + 1)
    ]
    return content(rows, places)


def sample_charging_stations(workshop: Workshop) -> Content:
    """Charging stations."""
    random, places = _scattered(workshop, CHARGING_STATIONS)
    rows = []
    for number in range(1, CHARGING_STATIONS + 1):
        points = int(random.integers(4, 61))
        power = points * int(random.choice([7, 60, 120]))
        rows.append(
            {"id": f"C{number:04d}", "name_zh": f"示例充电站{number:04d}", "charging_points": points, "power_kw": power}
        )
    return content(rows, places)


def _scattered(workshop: Workshop, count: int) -> tuple[np.random.Generator, list[Point]]:
    random = np.random.default_rng([SEED, count])
    return random, _points(_background(random, _grounds(workshop), count))


def _grounds(workshop: Workshop) -> list[Ground]:
    """Land of the districts where both outlines agree that it is land."""
    districts, land = workshop.make("districts"), workshop.make("land")
    mainland = to_plane(land.geometry_of("mainland-1"))
    towns = to_plane(shapely.multipoints(list(workshop.make("towns").geometries or ())))
    people = sum(row["population_2020"] for row in districts.rows)
    grounds = []
    for row, outline in zip(districts.rows, districts.geometries or (), strict=True):
        ground = shapely.intersection(to_plane(outline), mainland)
        inside = shapely.get_coordinates(shapely.intersection(towns, ground))
        seats = inside if len(inside) else shapely.get_coordinates(shapely.point_on_surface(ground))
        grounds.append(Ground(row["id"], ground, seats, row["population_2020"] / people))
    return grounds


def _sectors(workshop: Workshop) -> dict[str, str]:
    """Subsector -> sector, as the plan heads its third chapter."""
    headings = {row["clause"]: row["heading"] for row in workshop.table("plan/source/clauses.csv")}
    return {
        heading: headings[clause[: clause.index("）") + 1]]
        for clause, heading in headings.items()
        if clause.startswith("三（") and not clause.endswith("）")
    }


def centre(planted: Planted, grounds: dict[str, Ground]) -> NDArray[np.float64]:
    """Where a cluster was planted: a seeded place on land, two spreads inside the district's edge where it has room."""
    random = np.random.default_rng([SEED, *planted.id.encode()])
    land = grounds[planted.district].land
    inner = shapely.buffer(land, -2 * planted.spread_m)
    return _uniform(random, land if inner.is_empty else inner, 1)[0]


def _background(random: np.random.Generator, grounds: Sequence[Ground], count: int) -> NDArray[np.float64]:
    """Places by the districts' population: most round the towns, the rest anywhere on land."""
    chosen = random.choice(len(grounds), size=count, p=[ground.share for ground in grounds])
    urban = random.random(count) < URBAN_SHARE
    places = np.empty((count, 2))
    for index, ground in enumerate(grounds):
        for gathers in (False, True):
            here = (chosen == index) & (urban == gathers)
            places[here] = (
                _in_town(random, ground, here.sum()) if gathers else _uniform(random, ground.land, here.sum())
            )
    return places


def _in_town(random: np.random.Generator, ground: Ground, count: int) -> NDArray[np.float64]:
    seats = ground.towns[random.integers(0, len(ground.towns), count)]
    return np.array([_gathered(random, ground.land, seat, URBAN_SPREAD_M, 1)[0] for seat in seats]).reshape(-1, 2)


def _gathered(
    random: np.random.Generator, land: BaseGeometry, middle: NDArray[np.float64], spread_m: float, count: int
) -> NDArray[np.float64]:
    """Places round a middle, normally distributed, all on land."""
    return _kept(land, lambda size: middle + random.normal(0, spread_m, (size, 2)), count)


def _uniform(random: np.random.Generator, land: BaseGeometry, count: int) -> NDArray[np.float64]:
    """Places anywhere on land."""
    west, south, east, north = land.bounds
    return _kept(land, lambda size: random.uniform((west, south), (east, north), (size, 2)), count)


def _kept(land: BaseGeometry, draw: Any, count: int) -> NDArray[np.float64]:
    """Draws until ``count`` of them lie on land."""
    shapely.prepare(land)
    kept = np.empty((0, 2))
    while len(kept) < count:
        tried = draw(max(16, 2 * (count - len(kept))))
        kept = np.concatenate([kept, tried[shapely.contains_xy(land, tried[:, 0], tried[:, 1])]])
    return kept[:count]


def _points(plane: NDArray[np.float64]) -> list[Point]:
    return [Point(xy) for xy in shapely.get_coordinates(from_plane(shapely.multipoints(plane)))]


def truth(workshop: Workshop) -> str:
    """What was planted, as JSON: every cluster with its centre and firms, what was not, and the counts by district."""
    firms = workshop.make("sample_firms")
    members = _firms(workshop)[1]
    grounds = {ground.code: ground for ground in _grounds(workshop)}
    document = {
        "seed": SEED,
        "years": list(YEARS),
        "planted": [_planted_truth(planted, firms, members, grounds) for planted in PLANTED],
        "not_planted": list(NOT_PLANTED),
        "background_firms": members.count(""),
        "firms_by_district_2024": _by_district(workshop, firms),
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _planted_truth(planted: Planted, firms: Content, members: list[str], grounds: dict[str, Ground]) -> dict[str, Any]:
    middle = rounded_geometry(from_plane(Point(centre(planted, grounds))))
    own = [row for row, cluster in zip(firms.rows, members, strict=True) if cluster == planted.id]
    return {
        **asdict(planted),
        "sector": own[0]["plan_sector"],
        "centre": [round(middle.x, 6), round(middle.y, 6)],
        "firms": [row["id"] for row in own],
    }


def _by_district(workshop: Workshop, firms: Content) -> dict[str, int]:
    outlines = workshop.make("districts").geometries
    latest = [g for row, g in zip(firms.rows, firms.geometries or (), strict=True) if row["year"] == YEARS[1]]
    _, where = shapely.STRtree(outlines).query(latest, predicate="within")
    counts = Counter(int(index) for index in where)
    return {name: counts[index] for index, name in enumerate(district_names(workshop).values())}


BUILDERS: dict[str, Builder] = {
    "sample_firms": sample_firms,
    "sample_base_stations": sample_base_stations,
    "sample_edge_nodes": sample_edge_nodes,
    "sample_charging_stations": sample_charging_stations,
}
DOCUMENTS = {"sample/truth.json": ("sample_firms", truth)}
