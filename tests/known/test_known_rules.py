"""The embedded rulebook on a square of land: who may build in a red line, on farmland, in a reserve, and since when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pytest
import shapely

from geo.conflict import assess, verdict
from geo.types import FeatureSet, Finding, Outcome, Proposal, Severity, Use, Why
from layers.rulebook import Rulebook, load_rulebook

HERE = shapely.box(120.20, 36.30, 120.24, 36.34)
SITE = shapely.box(120.21, 36.31, 120.22, 36.32)
AWAY = shapely.box(120.40, 36.31, 120.41, 36.32)
ON = date(2026, 11, 1)
FINDING = tuple[Outcome, Severity, Why | None]

PROHIBITED = (Outcome.CONFLICT, Severity.PROHIBIT, None)
RESTRICTED = (Outcome.CONFLICT, Severity.RESTRICT, None)


@cache
def rulebook() -> Rulebook:
    return load_rulebook()


def layer(name: str, **attributes: Any) -> FeatureSet:
    columns = {key: np.array([value], dtype=object) for key, value in attributes.items()}
    shapes = np.array([HERE], dtype=object)
    return FeatureSet(name, shapes, np.array(["f"], dtype=object), np.zeros(1), columns, as_of=date(2026, 10, 1))


def findings(use: Use, known: FeatureSet, on: date = ON, site: Any = SITE, **stated: Any) -> Mapping[str, Finding]:
    """The findings of the rules that read this one layer, all others being absent."""
    proposal = Proposal("p", "", use, site, 0.0, stated)
    found = assess(proposal, rulebook().rules, {known.layer: known}.get, on)
    return {
        f.rule.id: f
        for f in found
        if any(c.condition.layer == known.layer for c in f.conditions) or f.why is Why.VALUE_UNKNOWN
    }


def said(finding: Finding) -> FINDING:
    return finding.outcome, finding.rule.severity, finding.why


def binding(found: Mapping[str, Finding], *names: str) -> Outcome:
    return verdict([found[name] for name in names])[0]


def test_a_factory_in_a_red_line_is_prohibited_and_a_mast_needs_its_reasons() -> None:
    """自然资发〔2022〕142号: the list of limited activities holds point ancillaries such as a telecom base station."""
    outside_core = layer("ecological_red_line", zone="control")
    factory = findings(Use.FACTORY, outside_core)
    assert said(factory["E3.1"]) == PROHIBITED
    mast = findings(Use.BASE_STATION, outside_core)
    assert "E3.1" not in mast
    assert said(mast["E3.2"])[0] is Outcome.CLEAR
    assert said(mast["E3.3"]) == RESTRICTED


@pytest.mark.parametrize("zone", ["core", "核心保护区", "核心区", "缓冲区"])
def test_in_the_core_of_a_protected_area_a_mast_is_prohibited_too(zone: str) -> None:
    assert said(findings(Use.BASE_STATION, layer("ecological_red_line", zone=zone))["E3.2"]) == PROHIBITED


def test_a_red_line_without_zones_leaves_the_core_open_for_a_mast_and_nothing_open_for_a_factory() -> None:
    unzoned = layer("ecological_red_line")
    mast = findings(Use.BASE_STATION, unzoned)
    assert said(mast["E3.2"]) == (Outcome.NOT_ASSESSED, Severity.PROHIBIT, Why.VALUE_UNKNOWN)
    assert said(mast["E3.3"]) == RESTRICTED
    assert said(findings(Use.FACTORY, unzoned)["E3.1"]) == PROHIBITED


FARMLAND = layer("permanent_basic_farmland")


@pytest.mark.parametrize("stated", [{}, {"project_class": "ordinary"}, {"project_class": ""}])
def test_farmland_is_prohibited_to_whoever_does_not_claim_the_exception(stated: Mapping[str, Any]) -> None:
    found = findings(Use.FACTORY, FARMLAND, **stated)
    assert said(found["E4"]) == PROHIBITED
    assert "E4N" not in found


@pytest.mark.parametrize("word", ["national_key", "国家重点", " National_Key "])
def test_a_national_key_project_on_farmland_has_to_be_justified(word: str) -> None:
    """土地管理法第35条, 条例第15–17条: only where it cannot be avoided and the State approves; no number tells that."""
    found = findings(Use.FACTORY, FARMLAND, project_class=word)
    assert "E4" not in found
    assert said(found["E4N"]) == (Outcome.NOT_ASSESSED, Severity.RESTRICT, Why.NEEDS_STUDY)
    assert found["E4X"].why is Why.WEAK_SOURCE
    assert binding(found, "E4N") is Outcome.NOT_ASSESSED


def test_a_national_key_project_beside_farmland_meets_the_law() -> None:
    found = findings(Use.FACTORY, FARMLAND, site=AWAY, project_class="national_key")
    assert said(found["E4N"])[0] is Outcome.CLEAR
    assert binding(found, "E4N") is Outcome.CLEAR


@pytest.mark.parametrize(
    ("zone", "core", "control"),
    [
        ("核心保护区", True, False),
        ("一般控制区", False, True),
        ("核心区", True, False),
        ("缓冲区", True, False),
        ("实验区", False, True),
        ("core", True, False),
        ("experimental", False, True),
    ],
)
def test_a_reserve_under_the_names_of_two_zones_and_of_three(zone: str, core: bool, control: bool) -> None:
    found = findings(Use.FACTORY, layer("nature_reserves", zone=zone))
    assert said(found["E1"]) == (PROHIBITED if core else (Outcome.CLEAR, Severity.PROHIBIT, None))
    assert said(found["E2"]) == (RESTRICTED if control else (Outcome.CLEAR, Severity.RESTRICT, None))


def test_a_zone_of_no_known_name_is_neither_core_nor_control_nor_forgotten() -> None:
    found = findings(Use.FACTORY, layer("nature_reserves", zone=None))
    assert {found[name].outcome for name in ("E1", "E2")} == {Outcome.UNCERTAIN}
    assert {found[name].why for name in ("E1", "E2")} == {Why.VALUE_UNKNOWN}


@pytest.mark.parametrize(("on", "asked"), [(date(2026, 3, 14), False), (date(2026, 3, 15), True)])
def test_the_two_zones_are_asked_from_the_day_on_which_their_regulation_holds(on: date, asked: bool) -> None:
    found = findings(Use.FACTORY, layer("nature_reserves", zone="core"), on=on)
    assert ("E1" in found, "E2" in found) == (asked, asked)


@pytest.mark.parametrize(
    ("level", "factory", "housing"),
    [
        ("1", Outcome.UNCERTAIN, Outcome.UNCERTAIN),  # recalled: it never says conflict
        ("一级", Outcome.UNCERTAIN, Outcome.UNCERTAIN),
        ("二级保护区", Outcome.UNCERTAIN, Outcome.NOT_ASSESSED),  # whether a building discharges is to be shown
    ],
)
def test_water_sources_by_level(level: str, factory: Outcome, housing: Outcome) -> None:
    water = layer("water_source_zones", level=level)
    assert verdict(findings(Use.FACTORY, water).values())[0] is factory
    asked = findings(Use.BUILDING, water)
    name = "E5.1" if level in ("1", "一级") else "E5.3"
    assert asked[name].outcome is housing


@pytest.mark.parametrize(
    ("status", "on", "rules"),
    [
        ("new", date(2024, 12, 29), set()),
        ("new", date(2024, 12, 30), {"W1"}),
        ("legacy", date(2026, 11, 1), {"W3"}),
    ],
)
def test_wind_farms_by_status_and_day(status: str, on: date, rules: set[str]) -> None:
    """The notice of 2024-12-30 speaks of new wind farms, the measures of 2016 of those before."""
    coast = layer("mainland_coast")
    found = findings(Use.OFFSHORE_WIND, coast, on=on, site=AWAY, status=status)
    assert {name for name in found if name in ("W1", "W3")} == rules


@pytest.mark.parametrize(("grade", "rule", "severity"), [("A", "D2", Severity.RESTRICT), ("B", "D2", Severity.ADVISE)])
def test_data_centres_by_grade(grade: str, rule: str, severity: Severity) -> None:
    found = findings(Use.DATA_CENTER, layer("railways", **{"class": "other", "setting": "city"}), grade=grade)
    asked = [f for name, f in found.items() if name.startswith(rule)]
    assert {f.rule.severity for f in asked if f.why is not Why.VALUE_UNKNOWN} == {severity}
