"""Which sector does a code or a name mean? The plan's sectors, SEI 2018, and what maps GB/T 4754-2017 to them.

Plan sectors and national ones map many to many; both are kept. A code may count for a sector in part only.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from layers.errors import DataError
from layers.plan import DATA, rows

EXTENTS = ("full", "partial", "none")
CROSSWALK_COLUMNS = ("gbt4754", "name_zh", "plan_code", "plan_extent", "sei_code", "sei_extent", "basis")
SIDES = ("plan", "sei")
#: In a user's crosswalk: every code that is not listed.
EVERY_OTHER = "*"
CODE = re.compile(r"\d{4}")


@dataclass(frozen=True)
class Category:
    """A sector or subsector. ``parent`` is the code of its sector, blank for a sector; ``clause`` the plan's."""

    code: str
    name_zh: str
    name_en: str
    parent: str = ""
    clause: str = ""

    def named(self, language: str) -> str:
        """The name in a language."""
        return self.name_en if language == "en" else self.name_zh


@dataclass(frozen=True)
class Counted:
    """A code counts for a category: ``surely`` or only in part."""

    code: str
    surely: bool


@dataclass(frozen=True)
class Classification:
    """The plan's categories, the national ones, how they relate, and what GB/T 4754 codes count for.

    ``plan`` and ``sei`` are in their own order. ``of_code`` maps a class to what it counts for in both; an empty tuple
    says that it is known to count for nothing, a code that is absent is unknown unless ``others_are_none``. ``silent``
    are the (code, side) of listed codes of which nobody says what they count for on that side, "plan" or "sei".
    """

    plan: Mapping[str, Category]
    sei: Mapping[str, Category]
    plan_to_sei: tuple[tuple[str, str, str], ...]
    of_code: Mapping[str, tuple[Counted, ...]]
    others_are_none: bool = False
    silent: frozenset[tuple[str, str]] = frozenset()

    def counted(self, code: str) -> tuple[Counted, ...] | None:
        """What a GB/T 4754-2017 class counts for, plan and national; None where nobody knows."""
        found = self.of_code.get(code)
        return () if found is None and self.others_are_none else found

    def speaks_of(self, code: str, side: str) -> bool:
        """Whether it is known what a class counts for on a side, be it nothing."""
        return self.counted(code) is not None and (code, side) not in self.silent

    def related(self, plan_code: str) -> tuple[str, ...]:
        """National categories that a category of the plan may fall into, both levels; empty where no relation is known.

        A relation of the sector stands in for one that its subsector lacks. Where only a level 1 is named, all of its
        level 2 are possible.
        """
        named = {
            plan: [sei for found, sei, _ in self.plan_to_sei if found == plan] for plan in self._upwards(plan_code)
        }
        codes = next((found for found in named.values() if found), [])
        below = [code for code, category in self.sei.items() if category.parent in codes]
        above = [self.sei[code].parent for code in codes if self.sei[code].parent]
        return tuple(dict.fromkeys([*codes, *above, *below]))

    def _upwards(self, plan_code: str) -> tuple[str, ...]:
        parent = self.plan[plan_code].parent
        return (plan_code, parent) if parent else (plan_code,)

    @property
    def names(self) -> Mapping[str, tuple[str, ...]]:
        """Codes of the plan that a name, a code or a clause may mean, names without blanks."""
        found: dict[str, list[str]] = {}
        for category in self.plan.values():
            for name in (category.code, category.name_zh, category.name_en, category.clause):
                found.setdefault(plain(name), []).append(category.code)
        return {name: tuple(codes) for name, codes in found.items()}


def plain(name: str) -> str:
    """A name as it is compared: small letters, no blanks."""
    return re.sub(r"\s+", "", name).lower()


@lru_cache
def load_classification(data: Path = DATA) -> Classification:
    """The embedded classification."""
    folder = data / "statistics" / "classification"
    plan = {row["code"]: _plan_category(row) for row in rows(folder / "plan_sectors.csv")}
    sei = {row["code"]: _sei_category(row) for row in rows(folder / "sei_2018.csv")}
    relations = tuple((r["plan_code"], r["sei_code"], r["relation"]) for r in rows(folder / "plan_to_sei.csv"))
    empty = Classification(MappingProxyType(plan), MappingProxyType(sei), relations, MappingProxyType({}))
    return _with_rows(empty, rows(folder / "gbt4754_crosswalk.csv"), "gbt4754_crosswalk.csv")


def _plan_category(row: Mapping[str, str]) -> Category:
    parent = row["code"].partition(".")[0] if row["subsector"] else ""
    return Category(row["code"], row["subsector"] or row["sector"], row["name_en"], parent, row["clause"])


def _sei_category(row: Mapping[str, str]) -> Category:
    parent = row["code"].partition(".")[0] if row["level"] == "2" else ""
    return Category(row["code"], row["name_zh"], row["name_en"], parent)


def with_crosswalk(classification: Classification, content: bytes, file: str) -> Classification:
    """The classification extended by a user's crosswalk: its rows replace those of the same code.

    Raises DataError ``crosswalk_unreadable`` (not UTF-8), ``column_missing``, ``crosswalk_fault`` with all ``faults``.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError("crosswalk_unreadable", file=file) from error
    reader = csv.DictReader(io.StringIO(text, newline=""))
    missing = [name for name in CROSSWALK_COLUMNS[:6] if name not in (reader.fieldnames or ())]
    if missing:
        raise DataError("column_missing", columns=missing, found=list(reader.fieldnames or ())[:20])
    return _with_rows(classification, list(reader), file)


def _with_rows(classification: Classification, entries: Iterable[Mapping[str, str]], file: str) -> Classification:
    faults: list[str] = []
    counted: dict[str, list[Counted]] = {}
    spoken: set[tuple[str, str]] = set()
    others_are_none = classification.others_are_none
    for number, row in enumerate(entries, 1):
        cells = {name: (row.get(name) or "").strip() for name in CROSSWALK_COLUMNS}
        fault = _fault(classification, cells)
        if fault:
            faults.append(f"{number}: {fault}")
        elif cells["gbt4754"] == EVERY_OTHER:
            others_are_none = True
        else:
            counted.setdefault(cells["gbt4754"], []).extend(_counted(classification, cells))
            spoken |= {(cells["gbt4754"], side) for side in SIDES if cells[f"{side}_extent"]}
    if faults:
        raise DataError("crosswalk_fault", file=file, faults=faults)
    joined = {code: _strongest(found) for code, found in counted.items()}
    of_code = MappingProxyType({**classification.of_code, **joined})
    of_others = {(code, side) for code, side in classification.silent if code not in joined}
    silent = of_others | {(code, side) for code in joined for side in SIDES} - spoken
    return replace(classification, of_code=of_code, others_are_none=others_are_none, silent=frozenset(silent))


def _fault(classification: Classification, cells: Mapping[str, str]) -> str:
    """What is wrong with a row, as the name of its field; blank where nothing is."""
    if cells["gbt4754"] == EVERY_OTHER:
        return "" if cells["plan_extent"] == cells["sei_extent"] == "none" else "plan_extent, sei_extent"
    faults = [] if CODE.fullmatch(cells["gbt4754"]) else ["gbt4754"]
    for side, known in zip(SIDES, (classification.plan, classification.sei), strict=True):
        code, extent = cells[f"{side}_code"], cells[f"{side}_extent"]
        if extent not in (*EXTENTS, "") or (extent in EXTENTS[:2]) != bool(code):
            faults.append(f"{side}_extent")
        if code and code not in known:
            faults.append(f"{side}_code")
    return ", ".join(faults)


def _counted(classification: Classification, cells: Mapping[str, str]) -> list[Counted]:
    """The categories of a row and the sectors that they are part of."""
    found = []
    for side, known in zip(SIDES, (classification.plan, classification.sei), strict=True):
        code, surely = cells[f"{side}_code"], cells[f"{side}_extent"] == "full"
        if code:
            found += [Counted(name, surely) for name in (code, known[code].parent) if name]
    return found


def _strongest(found: Iterable[Counted]) -> tuple[Counted, ...]:
    """Each category once, surely where one row says so."""
    surely: dict[str, bool] = {}
    for entry in found:
        surely[entry.code] = surely.get(entry.code, False) or entry.surely
    return tuple(Counted(code, sure) for code, sure in surely.items())
