"""What is asked of the firms: which category, by which places, which measure, which year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import streamlit as st

from atlas import state
from atlas.cache import measured
from atlas.journeys.measure import MeasureRequest
from atlas.journeys.measure_classes import indicators_of, weights_of
from atlas.journeys.measure_layers import Shown
from atlas.journeys.measure_series import most_concentrated
from atlas.pages.parts.choice import choice
from atlas.texts import text
from geo.disclosure import Rule
from layers.classification import Category
from layers.errors import DataError
from layers.firms import FirmsResult
from layers.store import Store

#: Kinds of place that the page offers; the command line takes any side and resolution.
UNITS = ("district", "park", "grid:1000", "grid:2000", "grid:5000", "h3:6", "h3:7", "h3:8")
#: The two classifications: the schemes of their first and second level.
_PLAN_SECTOR = "measure.sector.plan"
SCHEMES = {"plan": ("sector", "subsector"), "sei": ("sei1", "sei2")}


@dataclass(frozen=True)
class Question:
    """What the reader asks: how to measure, and what of it to show."""

    request: MeasureRequest
    shown: Shown

    @property
    def category(self) -> Category:
        """The category that is looked at."""
        return category_of(self.request, self.shown.code)


def category_of(request: MeasureRequest, code: str) -> Category:
    """A category of either classification."""
    return request.classes.plan.get(code) or request.classes.sei[code]


def measure_form(firms: FirmsResult, store: Store, language: str) -> Question:
    """The boxes, from the category to the year."""
    request = MeasureRequest(firms, store, language=language)
    code, scheme = _category(request, language)
    unit = _unit(firms, language)
    indicators = indicators_of(unit, firms.table.has_places)
    indicator = choice(
        text("measurepage.indicator_label", language),
        indicators,
        language,
        key=f"measure.indicator.{'cells' if indicators[0] == 'hot_spot' else 'places'}",
        worded=lambda name: text(f"measurepage.indicator.{name}", language),
        first=indicators[0],
    )
    indicator = indicator or indicators[0]
    weight = _weight(firms, indicator, language)
    year = _year(firms, language)
    rule = None if _shows_small(language) else Rule()
    request = replace(request, unit=unit, scheme=scheme, year=year, spatial=(code,), rule=rule)
    return Question(request, Shown(code, indicator, weight, state.picked()))


def _category(request: MeasureRequest, language: str) -> tuple[str, str]:
    """The category and its scheme; the reader's sector of the plan is that of the other pages."""
    kind = _kind(request, language)
    first, second = SCHEMES[kind]
    categories = request.classes.plan if kind == "plan" else request.classes.sei
    sector = _sector(request, kind, categories, language)
    item = _item(request, sector, categories, language)
    if kind == "plan":
        _tell_view(categories[sector].name_zh, categories[item].name_zh if item else "")
    return (item, second) if item else (sector, first)


def _kind(request: MeasureRequest, language: str) -> str:
    """Which of the two classifications, where the table can be put into both."""
    known = set(request.firms.table.members["scheme"])
    kinds = [kind for kind, schemes in SCHEMES.items() if known & set(schemes)] or ["plan"]
    if len(kinds) < 2:
        return kinds[0]
    label = text("measurepage.scheme", language)
    chosen = choice(
        label,
        kinds,
        language,
        key="measure.scheme",
        worded=lambda name: text(f"measurepage.scheme_{name}", language),
        first=kinds[0],
    )
    return chosen or kinds[0]


def _sector(request: MeasureRequest, kind: str, categories: Mapping[str, Category], language: str) -> str:
    sectors = [code for code, category in categories.items() if not category.parent]
    _take_sector_of_view(kind, sectors, categories)
    key = f"measure.sector.{kind}"
    first = state.remembered(key, None) or _first_sector(request, SCHEMES[kind][0], sectors)
    chosen = choice(
        text("measurepage.sector" if kind == "plan" else "measurepage.sector_sei", language),
        sectors,
        language,
        key=key,
        worded=lambda code: categories[code].named(language),
        first=first,
    )
    return chosen or first


def _item(request: MeasureRequest, sector: str, categories: Mapping[str, Category], language: str) -> str | None:
    """An item of the sector that the table knows firms of; None for the whole sector."""
    members = set(request.firms.table.members["code"])
    items = [code for code, category in categories.items() if category.parent == sector and code in members]
    if not items:
        return None
    return choice(
        text("measurepage.item", language),
        items,
        language,
        key=f"measure.item.{sector}",
        worded=lambda code: categories[code].named(language),
        placeholder=text("measurepage.all_items", language),
    )


def _take_sector_of_view(kind: str, sectors: Sequence[str], categories: Mapping[str, Category]) -> None:
    """A sector chosen on another page, or named in the address, is the first choice here."""
    view = state.view()
    if kind != "plan" or not view.sector or state.remembered(_PLAN_SECTOR, None):
        return
    sector = next((code for code in sectors if categories[code].name_zh == view.sector), None)
    if sector is None:
        return
    state.remember(_PLAN_SECTOR, sector)
    for code, category in categories.items():
        if category.parent == sector and category.name_zh == view.subsector:
            state.remember(f"measure.item.{sector}", code)


def _tell_view(sector: str, item: str) -> None:
    """The address and the other pages follow what the reader chose here; what nobody chose stays here."""
    chosen = state.remembered(_PLAN_SECTOR, None) is not None
    if chosen and (state.view().sector, state.view().subsector) != (sector, item):
        state.change_view(sector=sector, subsector=item)


def _first_sector(request: MeasureRequest, scheme: str, sectors: Sequence[str]) -> str:
    """The most concentrated sector, so that the first map says something; the first one where none can be said."""
    try:
        overview = measured("concentration", replace(request, scheme=scheme, spatial=()))
        return most_concentrated(overview.document)
    except DataError:
        return sectors[0]


def _unit(firms: FirmsResult, language: str) -> str:
    units = [unit for unit in UNITS if firms.table.has_places or unit in ("district", "park")]
    return (
        choice(
            text("measurepage.unit_label", language),
            units,
            language,
            key="measure.unit",
            worded=lambda unit: unit_name(unit, language),
            first="district",
        )
        or "district"
    )


def unit_name(unit: str, language: str) -> str:
    """A kind of place as it is offered."""
    return text(f"measurepage.unit.{unit.replace(':', '-')}", language)


def _weight(firms: FirmsResult, indicator: str, language: str) -> str:
    """Firms, or what the table states of them."""
    known = [weight for weight in weights_of(indicator) if weight == "firms" or firms.table.frame[weight].notna().any()]
    if len(known) < 2:
        return "firms"
    return (
        choice(
            text("measurepage.weight_label", language),
            known,
            language,
            key="measure.weight",
            worded=lambda weight: text(f"measurepage.weight.{weight}", language),
            first="firms",
        )
        or "firms"
    )


def _year(firms: FirmsResult, language: str) -> int | None:
    years = [str(year) for year in reversed(firms.table.years)]
    if len(years) < 2:
        return int(years[0]) if years else None
    chosen = choice(
        text("measurepage.year_label", language), years, language, key="measure.year", worded=str, first=years[0]
    )
    return int(chosen or years[0])


def _shows_small(language: str) -> bool:
    return st.toggle(
        text("measurepage.show_small", language), key="show_small", help=text("measurepage.show_small_help", language)
    )
