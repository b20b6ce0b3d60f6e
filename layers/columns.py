"""Which column of a user's table means what? English and Chinese headers, capitals and blanks forgiven."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from geo.types import Use

#: Meaning to the headers that carry it, the first that a table has is taken.
MEANINGS: Mapping[str, tuple[str, ...]] = {
    "lon": ("lon", "lng", "long", "longitude", "经度", "东经"),
    "lat": ("lat", "latitude", "纬度", "北纬"),
    "x": ("x", "easting", "east", "东坐标"),
    "y": ("y", "northing", "north", "北坐标"),
    "id": ("id", "编号", "序号", "fid", "code", "代码"),
    "name": ("name", "名称", "name_zh", "title", "站址名称", "项目名称"),
    "use": ("use", "用途"),
    "accuracy_m": ("accuracy_m", "精度_m", "精度（米）", "精度(米)"),
}

#: What Chinese tables write for a use.
USES: Mapping[str, Use] = {
    "工厂": Use.FACTORY,
    "厂房": Use.FACTORY,
    "化工项目": Use.CHEMICAL_PLANT,
    "化工厂": Use.CHEMICAL_PLANT,
    "一般建筑": Use.BUILDING,
    "建筑": Use.BUILDING,
    "数据中心": Use.DATA_CENTER,
    "边缘计算节点": Use.EDGE_NODE,
    "边缘节点": Use.EDGE_NODE,
    "基站": Use.BASE_STATION,
    "5g基站": Use.BASE_STATION,
    "充电站": Use.CHARGING_STATION,
    "换电站": Use.SWAP_STATION,
    "加氢站": Use.HYDROGEN_STATION,
    "海上风电": Use.OFFSHORE_WIND,
    "陆上风电": Use.ONSHORE_WIND,
    "光伏": Use.PHOTOVOLTAIC,
    "自动驾驶测试区": Use.TEST_ZONE,
    "测试区": Use.TEST_ZONE,
}

#: What a rule may ask of a site besides its place; a column of such a name is read as one.
QUANTITIES = frozenset(
    {
        "capacity_mw",
        "turbine_mw",
        "area_ha",
        "area_km2_per_100mw",
        "height_m",
        "depth_m",
        "power_kw",
        "voltage_kv",
        "investment_cny",
        "project_class",
        "industry",
        "height_above_aerodrome_m",
        "distance_to_open_flame_m",
        "frequency_mhz",
        "electric_field_v_m",
        "power_density_w_m2",
        "project_power_density_w_m2",
        "grade",
        "status",
        "vessel",
        "class",
        "level",
        "setting",
    }
)
#: For a use and a quantity: each word of a closed class that is understood, and the code it stands for.
Classes = Mapping[Use, Mapping[str, Mapping[str, str]]]
NUMERIC = re.compile(r"_(\d*mw|kw|kwh|kv|kg|t|ha|m|m2|m3|km|mhz|cny)$")
#: A position that may be off by more than this says nothing about a region of some 200 km, metres.
WORST_ACCURACY_M = 100_000.0
PLAIN_NUMBER = re.compile(r"[+-]?(0|[1-9]\d{0,14})(\.\d+)?([eE][+-]?\d{1,3})?")


def find_column(columns: Iterable[str], meaning: str) -> str | None:
    """The column of a meaning, or None."""
    plain = {_plain(column): column for column in reversed(list(columns))}
    return next((plain[_plain(name)] for name in MEANINGS[meaning] if _plain(name) in plain), None)


def find_coordinates(columns: Iterable[str]) -> tuple[str, str] | None:
    """The columns of east and north: lon with lat, or x with y; None when a table has neither pair."""
    columns = list(columns)
    for east, north in (("lon", "lat"), ("x", "y")):
        first, second = find_column(columns, east), find_column(columns, north)
        if first and second:
            return first, second
    return None


def number(value: Any) -> float:
    """A cell as a number. Raises ValueError for what is none."""
    if isinstance(value, bool) or value is None:
        raise ValueError("not a number")
    try:
        return float(value if not isinstance(value, str) else value.strip())
    except OverflowError as error:  # a whole number of hundreds of digits
        raise ValueError("not a number") from error


def accuracy(value: Any) -> float:
    """A cell as a CE95 in metres. Raises ValueError for what is none, or is worse than any map of the region."""
    metres = number(value)
    if not 0.0 <= metres <= WORST_ACCURACY_M:
        raise ValueError("not an accuracy")
    return metres


def is_missing(value: Any) -> bool:
    """An empty cell: None, NaN, or blank text."""
    return (
        value is None
        or (isinstance(value, float) and math.isnan(value))
        or (isinstance(value, str) and not value.strip())
    )


def quantity(name: str, value: Any) -> float | str:
    """A quantity as a rule takes it: a number where its name carries a unit, else a class as text.

    Raises ValueError for a number that is none, is not finite, or is negative.
    """
    if not NUMERIC.search(name):
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
    amount = number(value)
    if not math.isfinite(amount) or amount < 0:
        raise ValueError("out of range")
    return amount


class UnknownClassError(ValueError):
    """A word that is none of a closed class; ``values`` say which are."""

    def __init__(self, name: str, given: str, words: Mapping[str, str]) -> None:
        known = ", ".join(dict.fromkeys(words.values()))
        self.values = {"name": name, "given": given[:40], "known": known, "options_of": f"quantity.{name}_"}
        super().__init__("not of the class")


def class_word(word: str) -> str:
    """A word of a class without what may differ: capitals and blanks."""
    return re.sub(r"\s+", "", word).casefold()


def class_code(name: str, value: Any, words: Mapping[str, str]) -> str:
    """The code of a class from any of its words. Raises UnknownClassError."""
    given = str(quantity(name, value))
    code = words.get(class_word(given))
    if code is None:
        raise UnknownClassError(name, given, words)
    return code


def parse_use(value: Any) -> Use:
    """A use by its code or its Chinese name. Raises ValueError."""
    text = str(value).strip().lower()
    return USES.get(text.replace(" ", "")) or Use(re.sub(r"[\s-]+", "_", text))


def reads_as_numbers(values: Iterable[Any]) -> bool:
    """Whether every filled cell is a plain decimal number without leading zeros (a code such as 007 is not)."""
    filled = [value for value in values if not is_missing(value)]
    return bool(filled) and all(isinstance(value, str) and PLAIN_NUMBER.fullmatch(value.strip()) for value in filled)


def as_numbers(values: Iterable[Any]) -> list[float | int | None]:
    """The numbers of such a column, whole ones as int, None where a cell is empty."""
    numbers = [None if is_missing(value) else number(value) for value in values]
    whole = all(value is None or value.is_integer() for value in numbers)
    return [value if value is None or not whole else int(value) for value in numbers]


def _plain(name: str) -> str:
    return re.sub(r"\s+", "", name).lower()
