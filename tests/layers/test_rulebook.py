"""The rulebook: no collected fact is missing, nothing unreadable is skipped, nothing weak passes as sure."""

from __future__ import annotations

import hashlib
import pickle
import re
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.conflict import conditions_of
from geo.relations import check_condition
from geo.types import AllOf, AnyOf, Condition, Relation, Rule, Severity, Use
from layers.errors import RulebookFault
from layers.rulebook import (
    RULES,
    Fault,
    Rulebook,
    load_rulebook,
    rule_file_text,
    rulebook_of_text,
    waiting_layers,
)

#: The lines of the collected facts, typed from them by hand: 50.
FACTS = """
W1 W2 W3 W4 W5 W6 W7 W8  C1 C2 C3 C4  J1 J2 J3  E1 E2 E3 E4 E5  A1 A2 A3  D1 D2 D3 D4 D5 D6 D7 D8
H1 H2 H3 H4 H5  EV1 EV2 EV3  T1 T2 T3  P1 P2  L1 L2 L3 L4 L5  Z1
"""
FACT_LINES = FACTS.split()

#: Lines whose own mark says that no number may be used or that none exists.
WITHOUT_NUMBER = ("W8", "C4", "H4", "EV1", "EV2", "EV3", "T3", "P1", "P2", "Z1")

#: The layers that the contract lets rules wait for, and those that are embedded.
LAYERS = """
ecological_red_line permanent_basic_farmland nature_reserves water_source_zones coastal_core_setback
coastal_control_zone jiaozhou_bay_protection jiaozhou_bay_marine_park submarine_cables shipping_routes anchorages
sea_depth tidal_flat marine_function_zones railways highways power_lines pipelines housing public_buildings
hazardous_plants explosives_stores nuclear_zones landfills parking metro heritage flood_zones airport_point
airport_runways aviation_stations city_centre roads population
districts land mainland_coast islands territorial_baseline parks offshore_wind_policy_sea
"""
KNOWN_LAYERS = set(LAYERS.split())

GOOD = """
[[rule]]
id = "R1"
title = { zh = "甲", en = "one" }
applies_to = ["factory"]
severity = "prohibit"
citation = { document = "某规定", evidence = "V", confidence = "high" }
layer = "housing"
relation = "min_distance"
distance_m = 50
"""


@pytest.fixture(scope="module")
def rules() -> dict[str, Rule]:
    return {rule.id: rule for rule in load_rulebook().rules}


def of_line(rules: dict[str, Rule], line: str) -> list[Rule]:
    return [rule for name, rule in rules.items() if re.match(rf"{line}(?!\d)", name)]


def in_force(book: Rulebook, use: Use, on: date) -> tuple[Rule, ...]:
    return tuple(rule for rule in book.rules if use in rule.applies_to and rule.in_force(on))


def faults_of(text: str) -> tuple[Fault, ...]:
    with pytest.raises(RulebookFault) as caught:
        rulebook_of_text(text, "mine.toml")
    return caught.value.values["faults"]


def codes_of(text: str) -> set[tuple[str, str]]:
    return {(fault.field, fault.code) for fault in faults_of(text)}


def bounds_of(rule: Rule) -> list[tuple[str | None, float | None]]:
    return [(c.layer or c.quantity, c.distance_m or c.value) for c in conditions_of(rule.requirement)]


class TestEmbeddedRules:
    def test_every_line_of_the_facts_is_there(self, rules):
        assert len(FACT_LINES) == 50
        assert [line for line in FACT_LINES if not of_line(rules, line)] == []

    def test_no_rule_comes_from_elsewhere(self, rules):
        known = {rule.id for line in FACT_LINES for rule in of_line(rules, line)}
        assert set(rules) == known

    @pytest.mark.parametrize("line", WITHOUT_NUMBER)
    def test_a_number_that_must_not_be_used_is_not_there(self, rules, line):
        for rule in of_line(rules, line):
            for condition in conditions_of(rule.requirement):
                assert condition.relation is Relation.STUDY
                assert (condition.distance_m, condition.value, condition.share_max) == (None, None, None)

    def test_the_superseded_petrochemical_distances_are_nowhere(self, rules):
        (rule,) = of_line(rules, "P2")
        words = " ".join([*rule.title.values(), *rule.note.values(), rule.citation.quote])
        assert not re.search(r"\b1[02]0\b", words)

    @pytest.mark.parametrize("line", ["A3", "E5", "L3", "L4", "L5", "P2", "T3", "Z1", "E4X"])
    def test_recalled_or_doubtful_rules_are_weak(self, rules, line):
        assert all(rule.citation.is_weak for rule in of_line(rules, line))

    def test_all_other_rules_are_not_weak(self, rules):
        weak = {rule.id for rule in rules.values() if rule.citation.is_weak}
        assert {re.match(r"[A-Z]+\d+X?", name)[0] for name in weak} == {
            "A3", "E5", "L3", "L4", "L5", "P2", "T3", "Z1", "E4X",
        }  # fmt: skip

    def test_the_law_is_kept_apart_from_its_recalled_exception(self, rules):
        assert (rules["E4"].citation.evidence, rules["E4"].citation.confidence) == ("V2", "high")
        assert (rules["E4X"].citation.evidence, rules["E4X"].severity) == ("M", Severity.ADVISE)

    def test_the_coast_fallback_is_second_hand_and_not_weak(self, rules):
        rule = rules["C3"]
        assert (rule.citation.evidence, rule.citation.confidence, rule.citation.is_weak) == ("V2", "medium", False)
        assert bounds_of(rule) == [("mainland_coast", 30.0)]

    def test_every_layer_is_one_that_exists_or_is_waited_for(self, rules):
        asked = {c.layer for rule in rules.values() for c in conditions_of(rule.requirement) if c.layer}
        assert asked <= KNOWN_LAYERS

    def test_every_condition_can_be_asked(self, rules):
        for rule in rules.values():
            for condition in conditions_of(rule.requirement):
                check_condition(condition)

    def test_every_use_has_rules(self, rules):
        assert {use for rule in rules.values() for use in rule.applies_to} == set(Use)

    def test_every_rule_names_its_document_in_both_languages_of_the_screen(self, rules):
        for rule in rules.values():
            assert rule.citation.document
            assert set(rule.title) == {"zh", "en"} and rule.title["zh"] != rule.title["en"]

    def test_offshore_wind_reads_as_the_contract_writes_it(self, rules):
        rule = rules["W1"]
        far = Condition(Relation.MIN_DISTANCE, "mainland_coast", distance_m=30000.0, where={})
        deep = Condition(Relation.VALUE_AT_LEAST, "sea_depth", value=30.0, unit="m", where={})
        near = Condition(Relation.MIN_DISTANCE, "mainland_coast", distance_m=10000.0, where={})
        assert rule.requirement == AnyOf((far, AllOf((deep, near))))
        assert (rule.when, rule.in_force_from, rule.citation.date) == (
            {"status": "new"},
            date(2024, 12, 30),
            "2024-12-30",
        )

    @pytest.mark.parametrize(
        ("rule_id", "expected"),
        [
            ("A1", [("airport_runways", 13000.0)]),
            ("A1P", [("airport_point", 13000.0)]),
            ("A2.2", [("aviation_stations", 10000.0)]),
            ("D1A", [("parking", 20.0)]),
            ("D1B", [("parking", 10.0)]),
            ("D2A", [("railways", 800.0), ("highways", 800.0)]),
            ("D2B", [("railways", 100.0), ("highways", 100.0)]),
            ("D4A", [("airport_point", 8000.0), ("airport_point", None)]),
            ("D5", [("hazardous_plants", 2000.0), ("landfills", 2000.0)]),
            ("D6.1", [("explosives_stores", 3000.0)]),
            ("D6.2", [("nuclear_zones", 40000.0)]),
            ("H1", [("public_buildings", 50.0)]),
            ("L1.1", [("railways", 10.0), ("railways", 12.0), ("railways", 15.0), ("railways", 20.0)]),
            ("L1.2", [("railways", 8.0), ("railways", 10.0), ("railways", 12.0), ("railways", 15.0)]),
            ("L2", [("power_lines", 5.0), ("power_lines", 10.0), ("power_lines", 15.0), ("power_lines", 20.0)]),
            ("L4", [("pipelines", 5.0)]),
            ("W5.1", [("area_km2_per_100mw", 13.0)]),
            ("W5.2", [("area_km2_per_100mw", 14.0)]),
            ("W5.3", [("area_km2_per_100mw", 15.0)]),
            ("W6.1", [("area_ha", 700.0)]),
        ],
    )
    def test_numbers_are_those_of_the_facts(self, rules, rule_id, expected):
        assert bounds_of(rules[rule_id]) == expected

    def test_a_mast_is_restricted_where_a_factory_is_prohibited(self, rules):
        red_line = [r for r in of_line(rules, "E3") if not any(c.where for c in conditions_of(r.requirement))]
        severity = {use: rule.severity for rule in red_line for use in rule.applies_to}
        assert severity[Use.BASE_STATION] is Severity.RESTRICT
        assert severity[Use.FACTORY] is Severity.PROHIBIT

    def test_the_fingerprint_is_that_of_the_files_one_after_another(self):
        content = b"".join(path.read_bytes() for path in sorted(RULES.glob("*.toml")))
        assert load_rulebook().sha256 == hashlib.sha256(content).hexdigest()

    def test_a_rulebook_survives_a_process_boundary(self):
        book = load_rulebook()
        assert pickle.loads(pickle.dumps(book)) == book  # noqa: S301  our own bytes


class TestHelpers:
    def test_rules_of_a_use_on_a_day(self, rules):
        book = load_rulebook()
        before = {rule.id for rule in in_force(book, Use.OFFSHORE_WIND, date(2024, 12, 29))}
        since = {rule.id for rule in in_force(book, Use.OFFSHORE_WIND, date(2024, 12, 30))}
        assert "W1" not in before and "W3" in before
        assert "W1" in since
        assert not since & {"D1A", "H1", "Z1"}

    def test_the_two_zone_reserves_begin_with_their_regulation(self):
        book = load_rulebook()
        assert "E1" not in {rule.id for rule in in_force(book, Use.FACTORY, date(2026, 3, 14))}
        assert "E1" in {rule.id for rule in in_force(book, Use.FACTORY, date(2026, 3, 15))}

    def test_both_ends_of_force_count(self):
        book = rulebook_of_text(GOOD + "in_force_from = 2020-01-02\nin_force_to = 2020-01-03\n", "mine.toml")
        answers = [bool(in_force(book, Use.FACTORY, date(2020, 1, day))) for day in (1, 2, 3, 4)]
        assert answers == [False, True, True, False]

    def test_layers_name_the_rules_that_they_wake(self):
        waiting = waiting_layers(load_rulebook())
        assert [rule.id for rule in waiting["airport_runways"]] == ["A1", "A1F", "A2.1", "A3"]
        assert [rule.id for rule in waiting["city_centre"]] == ["H3"]

    def test_no_layer_wakes_a_study(self):
        text = GOOD.replace('relation = "min_distance"\ndistance_m = 50', 'relation = "study"')
        assert waiting_layers(rulebook_of_text(text, "mine.toml")) == {}

    def test_importing_loads_no_frames(self):
        code = "import sys, layers.rulebook; print({'geopandas', 'pandas', 'pyogrio'} & set(sys.modules))"
        run = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=RULES.parents[1]
        )
        assert run.stdout.strip() == "set()"


class TestFaults:
    def test_a_good_rule_is_good(self):
        (rule,) = rulebook_of_text(GOOD, "mine.toml").rules
        expected = Condition(Relation.MIN_DISTANCE, "housing", distance_m=50.0, where={})
        assert (rule.id, rule.requirement, rule.severity) == ("R1", expected, Severity.PROHIBIT)

    def test_unstated_evidence_counts_as_recalled(self):
        text = GOOD.replace(', evidence = "V", confidence = "high"', "")
        (rule,) = rulebook_of_text(text, "mine.toml").rules
        assert rule.citation.is_weak

    @pytest.mark.parametrize(
        ("old", "new", "fault"),
        [
            ('title = { zh = "甲", en = "one" }', "", ("title", "missing")),
            ('title = { zh = "甲", en = "one" }', "title = {}", ("title", "empty")),
            ('["factory"]', '["factory", "space_port"]', ("applies_to[1]", "bad_choice")),
            ('["factory"]', "[]", ("applies_to", "empty")),
            ('["factory"]', '"factory"', ("applies_to", "wrong_type")),
            ('"prohibit"', '"forbid"', ("severity", "bad_choice")),
            ('document = "某规定", ', "", ("citation.document", "missing")),
            ('document = "某规定"', 'document = "  "', ("citation.document", "empty")),
            ('evidence = "V"', 'evidence = "sure"', ("citation.evidence", "bad_choice")),
            ('confidence = "high"', 'confidence = "hgih"', ("citation.confidence", "bad_choice")),
            ('layer = "housing"', "", ("layer", "missing")),
            ('layer = "housing"', 'layer = "../etc"', ("layer", "bad_form")),
            ('layer = "housing"', 'layers = "housing"', ("layers", "unknown_key")),
            ("distance_m = 50", "", ("distance_m", "missing")),
            ("distance_m = 50", 'distance_m = "50"', ("distance_m", "wrong_type")),
            ("distance_m = 50", "distance_m = true", ("distance_m", "wrong_type")),
            ("distance_m = 50", "distance_m = nan", ("distance_m", "out_of_range")),
            ("distance_m = 50", "distance_m = inf", ("distance_m", "out_of_range")),
            ("distance_m = 50", "distance_m = -1", ("distance_m", "out_of_range")),
            ("distance_m = 50", "distance_m = 0", ("distance_m", "out_of_range")),
            ("distance_m = 50", "distance_m = 50\nshare_max = 0.5", ("share_max", "does_not_fit")),
            ("distance_m = 50", "distance_m = 50\nany_of = []", ("any_of", "empty")),
            ("distance_m = 50", "distance_m = 50\nwhere = { zone = [] }", ("where.zone", "empty")),
            ("distance_m = 50", "distance_m = 50\nwhere = { zone = nan }", ("where.zone", "bad_form")),
            ("distance_m = 50", "distance_m = 50\nwhere = { kv = { over = 3 } }", ("where.kv", "bad_form")),
            ("distance_m = 50", "distance_m = 50\nwhere = { kv = { above = 5, below = 3 } }", ("where.kv", "bad_form")),
            ('"min_distance"', '"near"', ("relation", "bad_choice")),
            ('relation = "min_distance"', "", ("relation", "missing")),
            ('id = "R1"', "", ("id", "missing")),
            ('id = "R1"', 'id = "R 1"', ("id", "bad_form")),
            ('id = "R1"', 'id = "R1"\nin_force_from = "soon"', ("in_force_from", "bad_form")),
            ('id = "R1"', 'id = "R1"\nin_force_from = 2024-01-02T03:04:05', ("in_force_from", "bad_form")),
            ('id = "R1"', 'id = "R1"\nin_force_from = "2024-02-30"', ("in_force_from", "bad_form")),
        ],
    )
    def test_an_incomplete_or_misspelt_rule_is_an_error(self, old, new, fault):
        assert old in GOOD
        assert fault in codes_of(GOOD.replace(old, new))

    @pytest.mark.parametrize(
        ("asking", "fault"),
        [
            ('relation = "no_overlap"', ("layer", "missing")),
            ('relation = "no_overlap"\nlayer = "a"\ndistance_m = 3', ("distance_m", "does_not_fit")),
            ('relation = "inside"\nlayer = "a"\nshare_max = 0.1', ("share_max", "does_not_fit")),
            ('relation = "max_overlap_share"\nlayer = "a"', ("share_max", "missing")),
            ('relation = "max_overlap_share"\nlayer = "a"\nshare_max = 1.5', ("share_max", "out_of_range")),
            ('relation = "max_overlap_share"\nlayer = "a"\nshare_max = -0.1', ("share_max", "out_of_range")),
            ('relation = "value_at_least"\nvalue = 3\nunit = "m"', ("", "layer_or_quantity")),
            ('relation = "value_at_least"\nquantity = "h"\nvalue = 3', ("unit", "missing")),
            ('relation = "value_at_most"\nquantity = "h"\nunit = "m"', ("value", "missing")),
            (
                'relation = "value_at_most"\nquantity = "h"\nunit = "m"\nvalue = 1\nwhere = { a = 1 }',
                ("where", "does_not_fit"),
            ),
            ('relation = "study"\ndistance_m = 3', ("distance_m", "does_not_fit")),
            ('relation = "study"\nvalue = 3\nunit = "m"', ("value", "does_not_fit")),
            ("", ("relation", "missing")),
            ('any_of = [ { relation = "no_overlap" } ]', ("any_of[0].layer", "missing")),
            ('all_of = [ { any_of = [ { relation = "study" }, 3 ] } ]', ("all_of[0].any_of[1]", "wrong_type")),
            ('any_of = [ { relation = "study" } ]\nlayer = "a"', ("", "two_requirements")),
            ('any_of = [ { relation = "study" } ]\nall_of = [ { relation = "study" } ]', ("", "two_requirements")),
            ('any_of = { relation = "study" }', ("any_of", "wrong_type")),
        ],
    )
    def test_each_relation_has_its_own_number_and_no_other(self, asking, fault):
        head = GOOD.split("layer =")[0]
        assert fault in codes_of(head + asking + "\n")

    def test_all_faults_of_all_rules_and_files_come_at_once(self, tmp_path):
        (tmp_path / "a.toml").write_text(GOOD.replace('"prohibit"', '"no"').replace("distance_m = 50", ""), "utf-8")
        (tmp_path / "b.toml").write_text(GOOD + GOOD.replace('"R1"', '"R2"').replace("factory", "moon"), "utf-8")
        (tmp_path / "c.toml").write_text("[[rule]]\nid = \n", "utf-8")
        (tmp_path / "d.toml").write_bytes(b"\xff\xfe")
        with pytest.raises(RulebookFault) as caught:
            load_rulebook([tmp_path / f"{name}.toml" for name in "abcde"])
        faults = {(fault.file, fault.rule, fault.field, fault.code) for fault in caught.value.values["faults"]}
        assert faults == {
            ("a.toml", "R1", "severity", "bad_choice"),
            ("a.toml", "R1", "distance_m", "missing"),
            ("b.toml", "R2", "applies_to[0]", "bad_choice"),
            ("c.toml", "", "", "unreadable_toml"),
            ("d.toml", "", "", "not_utf8"),
            ("e.toml", "", "", "unreadable_file"),
        }

    def test_a_fault_in_one_rule_leaves_none_of_the_others_in_use(self):
        assert len(faults_of(GOOD + GOOD.replace('"R1"', '"R2"').replace("distance_m = 50", ""))) == 1

    def test_an_id_stands_once_in_all_files(self, tmp_path):
        for name in "ab":
            (tmp_path / f"{name}.toml").write_text(GOOD, "utf-8")
        with pytest.raises(RulebookFault) as caught:
            load_rulebook([tmp_path / "a.toml", tmp_path / "b.toml"])
        assert caught.value.values["faults"] == (Fault("b.toml", "R1", "id", "duplicate_id", "a.toml"),)

    def test_force_cannot_end_before_it_begins(self):
        text = GOOD + "in_force_from = 2024-01-02\nin_force_to = 2024-01-01\n"
        assert codes_of(text) == {("in_force_to", "contradictory_dates")}

    def test_a_rule_without_an_id_is_named_by_its_place(self):
        (fault,) = faults_of(GOOD + GOOD.replace('id = "R1"', ""))
        assert (fault.rule, fault.field, fault.code) == (2, "id", "missing")

    def test_a_syntax_error_names_line_and_column(self):
        (fault,) = faults_of(GOOD + "\nnonsense here\n")
        assert (fault.code, fault.detail.split(":")[0]) == (
            "unreadable_toml",
            "12",
        )  # GOOD has lines 1 to 10, 11 is blank

    def test_a_rulebook_without_rules_is_an_error(self):
        assert {fault.code for fault in faults_of("")} == {"no_rules"}
        assert {fault.code for fault in faults_of("# nothing\n")} == {"no_rules"}

    def test_other_tables_are_not_overlooked(self):
        assert ("'rules'", "unknown_key") in codes_of(GOOD + GOOD.replace("[[rule]]", "[[rules]]"))

    def test_no_files_are_an_error(self):
        with pytest.raises(RulebookFault):
            load_rulebook([])


class TestHostileFiles:
    def test_line_ends_and_byte_order_marks_do_not_change_the_fingerprint(self, tmp_path: Path):
        windows = tmp_path / "windows.toml"
        windows.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
        assert load_rulebook([windows]).sha256 == rulebook_of_text(GOOD, "unix.toml").sha256
        assert (
            rulebook_of_text(rule_file_text(windows), "held.toml").sha256 == hashlib.sha256(GOOD.encode()).hexdigest()
        )

    def test_a_large_file_is_not_read(self, tmp_path: Path):
        large = tmp_path / "large.toml"
        large.write_bytes(GOOD.encode() + b"#" * 2_000_001)
        with pytest.raises(RulebookFault) as caught:
            load_rulebook([large])
        assert [fault.code for fault in caught.value.values["faults"]] == ["too_large"]

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("a." * 900_000 + "a = 1", "too_deep"),
            ('"a" . ' * 300_000 + "a = 1", "too_deep"),
            ("[" + "a." * 900_000 + "a]", "too_deep"),
            ("a = " + "[" * 100_000, "too_deep"),
            ("a = " + "{a=" * 100_000, "too_deep"),
            ("a = " + "1" * 100_000, "unreadable_toml"),
            ("a" * 1_900_000, "unreadable_toml"),
            ('"' * 1_900_000, "unreadable_toml"),
            ("rule = 3", "wrong_type"),
            ("rule = [1]", "wrong_type"),
        ],
    )
    def test_costly_texts_are_refused_quickly(self, text, code):
        begun = time.monotonic()
        assert code in {fault.code for fault in faults_of(text)}
        assert time.monotonic() - begun < 5

    def test_nesting_has_an_end(self):
        nested = '{ relation = "study" }'
        for _ in range(20):
            nested = f"{{ any_of = [ {nested} ] }}"
        text = GOOD.split("layer =")[0] + f"any_of = [ {nested} ]\n"
        assert {fault.code for fault in faults_of(text)} == {"too_deep"}

    @pytest.mark.parametrize("letter", ["\\u0000", "\\u001b", "\\u202e", "\\u200b", "\\n"])
    def test_letters_that_hide_or_command_are_refused(self, letter):
        assert ("title.zh", "unprintable") in codes_of(GOOD.replace('zh = "甲"', f'zh = "甲{letter}乙"'))

    @pytest.mark.parametrize(
        "word", ["{{7*7}}", "{% x %}", "<img src=x onerror=alert(1)>", "${7*7}", "`id`", "{0.__class__}"]
    )
    def test_template_like_words_stay_words(self, word):
        (rule,) = rulebook_of_text(GOOD.replace("某规定", word), "mine.toml").rules
        assert rule.citation.document == word

    def test_a_fault_shows_a_foreign_key_cut_short_and_without_control_characters(self):
        key = "\\u001b" + "x" * 5000
        (fault,) = faults_of(GOOD + f'"{key}" = 1\n')
        assert fault.code == "unknown_key"
        assert len(fault.field) < 100 and "\x1b" not in str(fault)

    @given(st.text(max_size=200))
    def test_any_text_is_read_or_refused_and_never_crashes(self, text):
        with pytest.raises(RulebookFault):  # no rule of nine fields is found by chance
            rulebook_of_text(text, "any.toml")

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates(),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["any_of", "all_of", "relation", "layer", "value", "id", "x"]), inner, max_size=4
                )
            ),
            max_leaves=12,
        )
    )
    def test_any_parsed_entry_is_a_rule_or_has_faults(self, entry):
        from layers.rule_entry import read_rule

        rule, flaws = read_rule(entry)
        assert rule is None and flaws
