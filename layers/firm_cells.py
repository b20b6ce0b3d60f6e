"""Reading the cells of a table of firms: headers, numbers, codes, years, names of sectors and districts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from layers.classification import Classification, plain
from layers.plan import DATA, load_plan, rows
from layers.types import Rejected

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Meaning to the headers that carry it, the first that a table has is taken.
HEADERS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "编号", "企业编号", "统一社会信用代码", "firm_id"),
    "name": ("name", "name_zh", "名称", "企业名称", "单位名称", "firm"),
    "lon": ("lon", "lng", "longitude", "经度", "东经", "x", "东坐标"),
    "lat": ("lat", "latitude", "纬度", "北纬", "y", "北坐标"),
    "district": ("district", "区市", "所在区市", "所属区市", "行政区划", "address", "地址", "注册地址", "住所"),
    "park": ("park", "园区", "所在园区", "所属园区"),
    "sector": ("plan_sector", "sector", "规划产业", "产业", "所属产业"),
    "subsector": ("plan_subsector", "subsector", "规划领域", "领域", "细分领域"),
    "gbt4754": ("gbt4754", "industry_code", "行业代码", "国民经济行业代码", "行业小类代码"),
    "employees": ("employees", "从业人员", "从业人数", "从业人员（人）", "员工数", "从业人员期末人数"),
    "revenue_wan": ("revenue_wan", "营业收入（万元）", "营业收入(万元)", "营业收入_万元"),
    "revenue_yi": ("revenue_yi", "营业收入（亿元）", "营业收入(亿元)"),
    "revenue_yuan": ("revenue_yuan", "营业收入（元）", "营业收入(元)"),
    "revenue": ("revenue", "营业收入"),
    "year": ("year", "年份", "统计年份", "年度", "date", "日期", "统计日期"),
}
#: Headers of coordinates that are degrees by their name.
DEGREES = ("lon", "lng", "longitude", "经度", "东经")

_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
#: Ways to write a year or a day whose year cannot be mistaken.
_YEAR_FORMS = (
    ("YYYY", re.compile(r"(\d{4})(?:\.0+)?年?")),
    ("YYYY-MM-DD", re.compile(r"(\d{4})-\d{1,2}(?:-\d{1,2})?(?:[T ].*)?")),
    ("YYYY/MM/DD", re.compile(r"(\d{4})/\d{1,2}(?:/\d{1,2})?(?:[T ].*)?")),
    ("YYYY.MM.DD", re.compile(r"(\d{4})\.\d{1,2}\.\d{1,2}")),
    ("YYYY年M月D日", re.compile(r"(\d{4})年\d{1,2}月(?:\d{1,2}日)?")),
    ("YYYYMMDD", re.compile(r"((?:19|20)\d{2})(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")),
)
_DAY_NUMBER = re.compile(r"[34]\d{4}(?:\.\d+)?")
_SECTION = re.compile(r"[A-Ta-t](?=\d)")


#: Faults that only say again what another one of the same row has said.
_CONSEQUENCES = {
    "sector_missing": (
        "sector_unknown",
        "subsector_unknown",
        "sector_contradiction",
        "code_lost_zero",
        "code_unreadable",
    ),
    "place_missing": ("coordinate_zero", "coordinate_missing", "number_unreadable", "district_unknown"),
}
#: Faults kept in full, so that a table of a million wrong rows still gets an answer; all refused rows are counted.
FAULTS_KEPT = 20_000


@dataclass
class Faults:
    """Rows that were refused so far; a row may have several faults, each is listed."""

    found: list[Rejected] = field(default_factory=list)
    rows: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.rows |= {fault.row for fault in self.found}

    def add(self, numbers: pd.Series, wrong: Any, name: str, reason: str, given: pd.Series | None = None) -> None:
        """Refuse the rows where ``wrong`` is set, with what they gave."""
        at = np.flatnonzero(np.asarray(wrong, dtype=bool))
        for index in at[:FAULTS_KEPT]:
            values = {} if given is None else {"given": str(given.iloc[index])[:40]}
            self.found.append(Rejected(int(numbers.iloc[index]), name, reason, values))
        self.rows |= {int(number) for number in numbers.iloc[at]}

    def extend(self, more: Iterable[Rejected]) -> None:
        """Refuse more rows; what only follows from a fault that the row already has is not told again."""
        told: dict[int, set[str]] = {}
        for fault in self.found:
            told.setdefault(fault.row, set()).add(fault.reason)
        for fault in more:
            self.rows.add(fault.row)
            if told.get(fault.row, set()).isdisjoint(_CONSEQUENCES.get(fault.reason, ())):
                self.found.append(fault)

    def listed(self, limit: int) -> tuple[Rejected, ...]:
        """The first faults by row."""
        return tuple(sorted(self.found, key=lambda fault: (fault.row, fault.field))[:limit])

    def described(self, limit: int) -> list[str]:
        """The first faults in a few words each."""
        return [f"{fault.row} {fault.field} {fault.reason}" for fault in self.listed(limit)]


def find_firm_columns(headers: Iterable[str]) -> dict[str, str]:
    """Meaning to header, of those that the table has; ``degrees`` is there when coordinates are degrees by name."""
    known = {plain(header): header for header in reversed(list(headers))}
    found = {
        meaning: next(known[plain(name)] for name in names if plain(name) in known)
        for meaning, names in HEADERS.items()
        if any(plain(name) in known for name in names)
    }
    if plain(found.get("lon", "")) in {plain(name) for name in DEGREES}:
        found["degrees"] = found["lon"]
    return found


def as_texts(column: pd.Series) -> pd.Series:
    """Cells as text without blanks around, whole numbers without a point, nothing as an empty text."""
    # the cells of a CSV are all text, and there may be millions of them
    if pd.api.types.infer_dtype(column, skipna=True) not in ("string", "empty"):
        column = column.map(lambda c: str(int(c)) if isinstance(c, float) and c.is_integer() else c)
    return column.where(column.notna(), "").astype(str).str.strip()


def as_numbers(column: pd.Series, name: str, numbers: pd.Series, faults: Faults) -> NDArray[np.float64]:
    """Cells as numbers, NaN for empty ones; 1,234 is read, anything else that is no number is a fault."""
    texts = as_texts(column)
    grouped = texts.str.contains(",", regex=False)
    if grouped.any():
        right = texts.where(grouped, "").map(lambda text: bool(_THOUSANDS.fullmatch(text)))
        texts = texts.where(~right, texts.str.replace(",", "", regex=False))
    values = pd.to_numeric(texts, errors="coerce").to_numpy(dtype=float, copy=True)
    wrong = ~np.isfinite(values) & (texts != "").to_numpy()
    faults.add(numbers, wrong, name, "number_unreadable", texts)
    values[~np.isfinite(values)] = np.nan
    return values


def as_codes(column: pd.Series, numbers: pd.Series, faults: Faults) -> pd.Series:
    """GB/T 4754-2017 classes of four digits, a section letter before them dropped.

    Three digits may be a group of the standard or a class whose leading zero was lost; nobody can tell, so the row is
    refused and not repaired.
    """
    codes = as_texts(column).str.replace(_SECTION, "", n=1, regex=True)
    three = codes.str.fullmatch(r"\d{3}")
    four = codes.str.fullmatch(r"\d{4}")
    faults.add(numbers, three, "gbt4754", "code_lost_zero", codes)
    faults.add(numbers, ~(three | four | (codes == "")), "gbt4754", "code_unreadable", codes)
    return codes.where(four, "")


def as_years(column: pd.Series, numbers: pd.Series, faults: Faults) -> tuple[pd.Series, dict[str, int]]:
    """Years of cells that state a year or a day, NaN for empty ones, and how many cells were written in which form."""
    texts = as_texts(column)
    read = {text: _year(text) for text in texts.unique()}
    years = texts.map(lambda text: read[text][0]).astype(float)
    faults.add(numbers, texts.map(lambda text: read[text][1] == "day_number"), "year", "year_day_number", texts)
    faults.add(numbers, texts.map(lambda text: read[text][1] == "unreadable"), "year", "year_unreadable", texts)
    forms = texts.map(lambda text: read[text][1]).value_counts()
    return years, {form: int(forms[form]) for form, _ in _YEAR_FORMS if form in forms}


def _year(text: str) -> tuple[float, str]:
    if not text:
        return float("nan"), "blank"
    for form, pattern in _YEAR_FORMS:
        match = pattern.fullmatch(text)
        if match:
            return float(match.group(1)), form
    return float("nan"), "day_number" if _DAY_NUMBER.fullmatch(text) else "unreadable"


def as_sectors(
    sectors: pd.Series, subsectors: pd.Series, classes: Classification, numbers: pd.Series, faults: Faults
) -> tuple[pd.Series, pd.Series]:
    """Codes of the plan's sector and subsector from names, codes or clauses; a subsector brings its sector."""
    names = classes.names
    above, below = as_texts(sectors), as_texts(subsectors)
    by_pair = {pair: _sector(*pair, names, classes) for pair in set(zip(above, below, strict=True))}
    found = [by_pair[pair] for pair in zip(above, below, strict=True)]
    for reason, name, given in (
        ("sector_unknown", "sector", above),
        ("subsector_unknown", "subsector", below),
        ("sector_contradiction", "subsector", below),
    ):
        faults.add(numbers, [fault == reason for _, _, fault in found], name, reason, given)
    return pd.Series([sector for sector, _, _ in found]), pd.Series([subsector for _, subsector, _ in found])


def _sector(
    above: str, below: str, names: Mapping[str, tuple[str, ...]], classes: Classification
) -> tuple[str, str, str]:
    """Sector and subsector as codes, and what is wrong."""
    upper, lower = names.get(plain(above), ()), names.get(plain(below), ())
    if above and not upper:
        return "", "", "sector_unknown"
    if below and not any(classes.plan[code].parent for code in lower):
        return "", "", "subsector_unknown"
    if not below:
        code = upper[0] if upper else ""
        return (classes.plan[code].parent, code, "") if code and classes.plan[code].parent else (code, "", "")
    fits = [code for code in lower if classes.plan[code].parent and (not upper or classes.plan[code].parent in upper)]
    return (classes.plan[fits[0]].parent, fits[0], "") if fits else ("", "", "sector_contradiction")


@lru_cache
def district_names() -> Mapping[str, str]:
    """Names to district codes: the ten districts with 区 or 市, and zones that are a whole district."""
    found: dict[str, str] = {}
    for row in rows(DATA / "statistics" / "source" / "districts.csv"):
        stem = row["name_zh"][:-1]
        found |= dict.fromkeys((row["code"], f"{stem}区", f"{stem}市", row["name_en"].lower()), row["code"])
    for zone in load_plan().zones:
        if zone.extent == "district":
            found |= dict.fromkeys((zone.name_zh, zone.name_zh.removeprefix("青岛")), zone.districts[0])
    return found


def find_firm_district(column: pd.Series, names: Mapping[str, str], numbers: pd.Series, faults: Faults) -> pd.Series:
    """District codes of cells that hold a code, a name or an address; blank for empty cells.

    A street may bear a district's name (胶州路), so that only names with 区 or 市 count inside an address.
    """
    texts = as_texts(column)
    read = {text: _district(text, names) for text in texts.unique()}
    faults.add(numbers, texts.map(lambda text: read[text] == "unknown"), "district", "district_unknown", texts)
    faults.add(numbers, texts.map(lambda text: read[text] == "ambiguous"), "district", "district_ambiguous", texts)
    return texts.map(lambda text: read[text] if read[text].isdigit() else "")


def _district(text: str, names: Mapping[str, str]) -> str:
    if not text:
        return ""
    small = text.lower()
    if small in names:
        return names[small]
    found = {code for name, code in names.items() if name in small and not name.isdigit()}
    if len(found) == 1:
        return found.pop()
    stems = {code for name, code in names.items() if name[:-1] == small}
    return stems.pop() if len(stems) == 1 and not found else ("ambiguous" if found else "unknown")
