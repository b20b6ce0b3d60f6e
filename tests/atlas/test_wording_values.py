"""What rules read and what sites state is said by name, never by the code that a file carries."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
import shapely
from openpyxl import load_workbook

from atlas.assessment import as_dict
from atlas.journeys.check import CheckRequest, run_check
from atlas.journeys.export import export_assessment
from atlas.journeys.site import input_record
from atlas.journeys.stating import CLASSES
from atlas.pages.parts.check_form import OF_ANY_USE, QUANTITIES
from atlas.report.overview import report_of
from atlas.texts import has_text
from atlas.wording import next_step, partly_failed_lines, verdict_sentence, why_sentence
from atlas.wording_citation import citation_quality, citation_words
from atlas.wording_values import column_words, picked_words, quantities_words, quantity_words
from atlas.workspace import open_store
from geo.conflict import DERIVED, conditions_of
from geo.types import Proposal, Use
from layers.rulebook import load_rulebook

LANGUAGES = ("zh", "en")
#: A word that only a program would write.
CODE = re.compile(r"[a-z0-9]+_[a-z0-9_]+")
#: In the sea off Jimo, between 10 and 30 km from the mainland: which of both asks for the depth.
BETWEEN = shapely.Point(120.75, 35.95)


def checked(use: Use, footprint: shapely.Geometry, **quantities: float | str) -> dict:
    site = Proposal("1", "场址", use, footprint, 10.0, quantities)
    return as_dict(
        run_check(
            CheckRequest(
                proposals=(site,),
                store=open_store(None),
                on=date(2026, 1, 1),
                inputs=(input_record(site, "typed", "EPSG:4490"),),
                rejected=(),
                rulebook=load_rulebook(),
            )
        )
    )


def finding(entry: dict, rule: str) -> dict:
    return next(one for one in entry["findings"] if one["rule"] == rule)


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_that_the_rules_read_has_a_name(language: str) -> None:
    for rule in load_rulebook().rules:
        conditions = conditions_of(rule.requirement)
        read = [*rule.when, *(condition.quantity for condition in conditions if condition.quantity)]
        assert not [name for name in read if quantity_words(name, language) == name], rule.id
        for condition in conditions:
            for attribute, wanted in condition.where.items():
                assert has_text(f"attribute.{attribute}", language)
                assert not CODE.search(picked_words(attribute, wanted, language)), (rule.id, attribute)
        assert not CODE.search(rule.note.get(language, "").replace("width_km", "")), rule.id


def test_the_page_asks_for_everything_that_the_rules_of_a_use_read() -> None:
    for use in Use:
        asked = {CLASSES[name][0] if name in CLASSES else name for name in (*QUANTITIES.get(use, ()), *OF_ANY_USE)}
        for rule in (rule for rule in load_rulebook().rules if use in rule.applies_to):
            of_site = [part.quantity for part in conditions_of(rule.requirement) if part.quantity and not part.layer]
            assert {*rule.when, *of_site} - DERIVED <= asked, (use, rule.id)


def test_what_a_site_states_is_said_in_words() -> None:
    stated = {"status": "new", "grade": 1.0, "project_class": "national_key", "capacity_mw": 1234567.5, "x": "甲"}
    assert quantities_words(stated, "zh") == (
        "项目状态：新建；等级：一级；项目类别：国家重点项目；装机容量（MW）：1,234,567.5；x：甲"
    )
    assert (
        quantities_words({"grade": "A", "industry": "ship_breaking"}, "en") == "Grade: Grade A; Industry: ship breaking"
    )
    assert column_words("zone", "zh") == "zone：分区"
    assert column_words("zone", "en") == "zone"
    assert column_words("of_the_user", "zh") == "of_the_user"


def test_only_what_was_not_stated_is_asked_for() -> None:
    (entry,) = checked(Use.OFFSHORE_WIND, BETWEEN, status="new")["proposals"]
    waiting = finding(entry, "W5.1")
    assert waiting["unstated"] == ["turbine_mw"]
    assert why_sentence(waiting, "zh") == "缺少所需的数值或类别（单机容量（MW））"
    assert next_step(waiting, "zh") == "请补充数值或类别：单机容量（MW）"


def test_a_distance_that_fails_already_is_said_with_its_number_and_without_a_verdict() -> None:
    content = checked(Use.OFFSHORE_WIND, BETWEEN, status="new")
    (entry,) = content["proposals"]
    rule = finding(entry, "W1")
    assert rule["outcome"] == "not_assessed"
    measured = rule["conditions"][0]["measured"]["distance_m"]
    assert 10_000 < measured < 30_000
    said = f"{measured:,.1f} m"
    (line,) = partly_failed_lines(entry, "zh")
    assert line.startswith("W1 ") and said in line and "海图水深" in line
    assert verdict_sentence(entry, "zh").endswith("W1 已有距离条件不满足，最后结论待定")
    assert verdict_sentence(entry, "zh").startswith("未核查")
    site = report_of(content, "zh").sites[0]
    assert line in site.notices
    shown = next(text for group in site.groups for text in group.findings if text.rule == "W1")
    assert [said in condition for condition in shown.conditions] == [True, False, True]
    book = load_workbook(BytesIO(export_assessment(content, ".xlsx", "zh", open_store(None))))
    cells = {str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}
    assert line in cells
    assert {"海图水深", "航路航道"} <= cells
    assert not {"sea_depth", "shipping_routes"} & cells


def test_a_distance_that_is_kept_or_a_source_that_is_weak_is_no_hint() -> None:
    far = checked(Use.OFFSHORE_WIND, shapely.Point(121.4, 35.6), status="new")["proposals"][0]
    assert partly_failed_lines(far, "zh") == ()
    near = checked(Use.OFFSHORE_WIND, BETWEEN, status="new")["proposals"][0]
    weak = {**near, "findings": [{**one, "why": "weak_source"} for one in near["findings"]]}
    assert partly_failed_lines(weak, "zh") == ()


def test_typed_coordinates_keep_the_frame_that_they_were_typed_in() -> None:
    content = checked(Use.FACTORY, shapely.Point(120.3, 36.3))
    assert content["inputs"][0]["crs"] == "EPSG:4490"
    (row,) = report_of(content, "zh").inputs.rows
    assert row[:2] == ("键入的坐标", "EPSG:4490")


def test_a_drawing_is_recorded_in_the_frame_of_the_map() -> None:
    site = replace(Proposal("1", "", Use.FACTORY, shapely.Point(120.3, 36.3), 1.0), name="甲")
    assert input_record(site, "drawing").crs == "EPSG:4326"


@pytest.mark.parametrize(
    ("document", "number", "date", "said"),
    [
        ("YD 5039-2009", "YD 5039-2009", "2009", "YD 5039-2009"),
        ("电磁环境控制限值", "GB 8702-2014", "2014", "《电磁环境控制限值》 GB 8702-2014 表 1"),
        ("《甲法》（2024 年修订）", "", "2024", "《甲法》（2024 年修订） 表 1"),
        ("甲法（2024 年修订）", "", "2024", "《甲法》（2024 年修订） 表 1"),
        ("2021 年通告", "1", "2022", "2021 年通告 1 表 1 2022"),
        ("甲条例；乙标准", "第1号；GB 2-2020", "", "《甲条例》 第1号；《乙标准》 GB 2-2020 表 1"),
        ("甲条例；乙标准", "第1号", "", "《甲条例》；《乙标准》 第1号 表 1"),
        ("通告；令第242号", "", "", "通告；令第242号 表 1"),
    ],
)
def test_a_citation_says_nothing_twice(document: str, number: str, date: str, said: str) -> None:
    clause = "" if number == document else "表 1"
    assert citation_words({"document": document, "number": number, "clause": clause, "date": date}, "zh") == said


def test_a_clause_that_nobody_recorded_is_said_to_be_missing() -> None:
    said = citation_words({"document": "甲条例", "number": "", "clause": "", "date": ""}, "zh")
    assert said == "《甲条例》 （条款号未录入）"
    assert "not recorded" in citation_words({"document": "甲条例"}, "en")


def test_what_nobody_looked_up_is_never_sure() -> None:
    assert "把握" not in citation_quality({"evidence": "M", "confidence": "high"}, "zh")
    assert "把握高" in citation_quality({"evidence": "V", "confidence": "high"}, "zh")
