"""Measures end to end: the sample's planted clusters and emptiness, small numbers, files, the command line."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from fractions import Fraction
from functools import cache
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pyogrio
import pytest
from click.testing import CliRunner

from atlas.cli import atlas, main
from atlas.journeys.measure import MeasureRequest, measure_alignment, measure_concentration, open_firms
from atlas.report.firm_template import firm_template
from atlas.report.measures import TABLES, render_measures
from atlas.texts import has_text
from atlas.workspace import open_store
from geo.crs import to_plane
from geo.disclosure import Rule
from layers.firms import FirmsResult, read_firms
from layers.plan import DATA

STAMP = "示例数据（虚构）"
TRUTH = json.loads((DATA / "sample" / "truth.json").read_text(encoding="utf-8"))


@cache
def sample() -> FirmsResult:
    return open_firms("sample:firms", open_store())


def request(**options: Any) -> MeasureRequest:
    return MeasureRequest(**{"firms": sample(), "store": open_store(), "permutations": 999, **options})


@cache
def aligned() -> dict[str, Any]:
    return measure_alignment(request()).document


@cache
def by_district() -> dict[str, Any]:
    return measure_concentration(request(scheme="subsector")).document


@cache
def by_grid() -> dict[str, Any]:
    return measure_concentration(request(scheme="subsector", unit="grid:2000")).document


def without_clusters() -> FirmsResult:
    """The sample's background alone."""
    planted = {firm for cluster in TRUTH["planted"] for firm in cluster["firms"]}
    table = sample().table
    return replace(sample(), table=table.chosen(~table.frame["id"].isin(planted).to_numpy()))


PLANTED = {(cluster["subsector"], cluster["district"]) for cluster in TRUTH["planted"]}


def test_every_planted_cluster_is_found_and_nothing_else() -> None:
    found = {
        (row["subsector"], row["place_code"]) for row in aligned()["designations"] if row["standing"] == "concentrated"
    }
    undesignated = {(row["category"], row["place_code"]) for row in aligned()["undesignated"]}
    assert found == {("无人驾驶", "370215")}
    assert found | undesignated == PLANTED


def test_the_planted_emptiness_is_found() -> None:
    rows = [
        row for row in aligned()["designations"] if row["subsector"] == "无人驾驶" and row["place_code"] == "370211"
    ]
    assert {row["standing"] for row in rows} == {"thin"}
    assert all(row["firms_high"] < row["chance_low95"] for row in rows)


def test_somewhere_within_is_measured_on_the_district_and_said() -> None:
    rows = {row["id"]: row for row in aligned()["designations"]}
    assert (rows["D087"]["measured_on"], rows["D087"]["somewhere_within"]) == ("district", True)
    assert rows["D090"]["somewhere_within"] is False


def test_what_has_no_outline_is_listed_and_not_measured() -> None:
    why = {row["id"]: row["why"] for row in aligned()["not_measured"]}
    assert why["D088"] == "no_extent"
    assert why["D084"] == "whole_city"
    measured = {row["id"] for row in aligned()["designations"]}
    assert measured.isdisjoint(why)
    assert (
        len(measured) + len(why) == sum(1 for _ in (DATA / "plan/source/designations.csv").open(encoding="utf-8")) - 1
    )


def test_targets_stand_beside_what_was_counted() -> None:
    targets = {row["id"]: row for row in aligned()["targets"]}
    nodes = targets["T029"]
    assert (nodes["clause"], nodes["value"], nodes["year"]) == ("三（一）7", 200, 2025)
    assert nodes["counted_low"] == len(open_store().layer("sample_edge_nodes").frame)
    assert (nodes["counted_from"], nodes["counted_as_of"]) == ("sample_edge_nodes", "2026-11-24")
    assert (targets["T030"]["value"], targets["T030"]["counted_as_of"]) == (30, "2024")
    assert targets["T030"]["caveat"] == "all_firms_of_subsector"
    assert targets["T022"]["counted_low"] is None


def test_the_three_lists() -> None:
    lists: dict[str, set[tuple[str, str]]] = {}
    for row in aligned()["lists"]:
        lists.setdefault(row["list"], set()).add((row["category"], row["place_code"]))
    assert set(lists) == {"designated_concentrated", "designated_empty", "concentrated_undesignated"}
    assert lists["designated_concentrated"] | lists["concentrated_undesignated"] == PLANTED
    assert {(row["subsector"], row["district"]) for row in TRUTH["not_planted"]} <= lists["designated_empty"]
    assert all(row["clause"] for row in aligned()["lists"])


def test_shuffled_labels_give_false_alarms_at_most_at_the_stated_rate() -> None:
    """The clusters taken out and the labels dealt anew: a table with any false finding comes in about 5 % of cases."""
    firms, random = without_clusters(), np.random.default_rng(5)
    frame = firms.table.frame.assign(employees=np.nan, revenue_wan=np.nan)
    alarmed = 0
    for _ in range(5):
        new_owner = random.permutation(len(frame))
        members = firms.table.members.assign(firm=new_owner[firms.table.members["firm"]])
        table = replace(firms.table, frame=frame.assign(year=2024.0), members=members)
        document = measure_alignment(request(firms=replace(firms, table=table))).document
        # an empty place needs no test: it states what the table holds
        alarmed += any(row["standing"] != "empty" for row in document["lists"])
    assert alarmed <= 2


def test_without_clusters_nothing_is_found() -> None:
    document = measure_alignment(request(firms=without_clusters())).document
    believed = [row for row in document["designations"] if row["standing"] in ("concentrated", "thin")]
    assert believed == []
    assert document["undesignated"] == []


def test_hot_spots_are_where_the_clusters_were_planted() -> None:
    hot = {row["category"] for row in by_grid()["cells"] if row["hot_spot"] == "hot"}
    assert hot == {subsector for subsector, _ in PLANTED}
    patterned = {
        row["category"] for row in by_grid()["sectors"] if row["unit"] == "grid:2000" and (row["moran_q"] or 1) < 0.05
    }
    assert patterned == hot


def test_cells_have_a_density_and_a_local_index() -> None:
    """The densest cell of a planted sector lies within two spreads (and one cell) of where it was planted."""
    planted = next(cluster for cluster in TRUTH["planted"] if cluster["id"] == "driverless_jimo")
    rows = [row for row in by_grid()["cells"] if row["category"] == "无人驾驶"]
    densest = max(rows, key=lambda row: row["density_per_km2"] or 0.0)
    column, row = (int(part) for part in densest["place"].removeprefix("E").split("N"))
    middle = to_plane(np.array([planted["centre"]]))[0]
    apart = np.hypot((column + 0.5) * 2000 - middle[0], (row + 0.5) * 2000 - middle[1])
    assert apart < 2 * planted["spread_m"] + 2000
    assert densest["local_moran_i"] > 0
    assert densest["local_moran_q"] < 0.05
    assert all(row["density_per_km2"] is None for row in rows if row["hidden"])


def test_without_clusters_there_are_hardly_any_hot_spots() -> None:
    document = measure_concentration(request(firms=without_clusters(), scheme="subsector", unit="grid:2000")).document
    hot = {row["category"] for row in document["cells"] if row["hot_spot"] == "hot"}
    assert len(hot) <= 0.05 * len({row["category"] for row in document["sectors"]}) + 1


def test_districts_are_counted_as_the_sample_was_made() -> None:
    firms = {row["place_name"]: row["firms"] for row in by_district()["places"]}
    assert firms == TRUTH["firms_by_district_2024"]


def test_the_same_measure_by_another_cut_stands_beside() -> None:
    assert {row["unit"] for row in by_district()["sectors"]} == {"district", "grid:5000"}
    assert {row["unit"] for row in by_grid()["sectors"]} == {"grid:2000", "district"}
    pairs = list(zip(by_district()["sectors"][::2], by_district()["sectors"][1::2], strict=True))
    assert all(one["code"] == other["code"] and one["unit"] != other["unit"] for one, other in pairs)


def test_years_are_compared() -> None:
    rows = [row for row in by_district()["over_time"] if row["category"] == "无人驾驶"]
    assert [row["year"] for row in rows] == [2021, 2024]
    assert rows[0]["firms_high"] < rows[1]["firms_high"]


@pytest.mark.parametrize("document", [by_district, by_grid])
def test_small_numbers_are_in_no_table(document: Any) -> None:
    content = document()
    for table in ("cells", "places", "sectors", "over_time"):
        for row in content[table]:
            counts = [row.get(name) for name in ("firms", "firms_low", "firms_high", "firms_of_all_sectors")]
            assert not {1, 2} & set(counts), (table, row)
    hidden = [row for row in content["cells"] if row["hidden"]]
    numbers = ("firms_high", "quotient_max", "employees", "revenue_wan", "share_of_sector", "expected", "gi_star_z")
    assert hidden
    assert all(row[name] is None for row in hidden for name in numbers)


def test_no_total_gives_a_district_away() -> None:
    """Of every sector none or at least two districts are hidden, and of every district none or two sectors."""
    for key in ("code", "place"):
        counts: dict[str, int] = {}
        for row in by_district()["cells"]:
            counts[row[key]] = counts.get(row[key], 0) + bool(row["hidden"])
        assert 1 not in counts.values()


def test_no_quotient_where_fewer_than_five_are_expected() -> None:
    rows = [row for row in by_district()["cells"] if not row["hidden"]]
    assert any(row["quotient_max"] is not None for row in rows)
    assert all((row["quotient_max"] is None) == (row["expected"] < 5) for row in rows)


def test_showing_small_numbers_is_said_on_the_result() -> None:
    shown = measure_concentration(request(scheme="subsector", rule=None)).document
    assert {1, 2} & {row["firms_high"] for row in shown["cells"]}
    assert len(shown["stamps"]) == 2
    assert shown["small_number_rule"] is None


def test_parks_without_an_extent_are_not_assessed() -> None:
    document = measure_concentration(request(unit="park")).document
    assert {row["place"] for row in document["places"]} == {"west_coast_new_area", "elsewhere"}
    why = {row["id"]: row["why"] for row in document["not_assessed"]}
    assert (why["blue_valley"], why["qingdao_etdz"]) == ("no_extent", "anchor_only")


def test_the_parks_of_a_table_are_measured_by_its_column(tmp_path: Path) -> None:
    lines = [f"{n},{'青岛蓝谷（核心区）' if n % 2 else ''},即墨区,生物" for n in range(40)]
    path = tmp_path / "firms.csv"
    path.write_text("\n".join(["编号,园区,区市,规划产业", *lines]), encoding="utf-8")
    firms = open_firms(str(path), open_store())
    places = measure_concentration(request(firms=firms, unit="park")).document["places"]
    assert {row["place"]: row["firms"] for row in places} == {"青岛蓝谷（核心区）": 20, "elsewhere": 20}


def test_the_same_seed_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    for fmt in ("csv", "xlsx", "gpkg", "json"):
        first, again = (render_measures(measure_alignment(request()).document, fmt, "zh") for _ in range(2))
        assert first == again, fmt


def run(tmp_path: Path, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(atlas, ["measure", *arguments], catch_exceptions=False, standalone_mode=False)
    return int(done.return_value or 0), done.output


def read_table(path: Path, table: str) -> list[dict[str, str]]:
    rows = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig")))
    return [row for row in rows if row["table"] == table]


@pytest.mark.parametrize("kind", ["concentration", "alignment"])
def test_every_format_holds_the_same_numbers_and_the_stamp(tmp_path: Path, kind: str) -> None:
    paths = {fmt: tmp_path / f"out.{fmt}" for fmt in ("json", "csv", "xlsx", "gpkg")}
    for path in paths.values():
        assert run(tmp_path, kind, "sample:firms", "--out", str(path))[0] == 0
    document = json.loads(paths["json"].read_text(encoding="utf-8"))
    assert document["stamps"] == [STAMP]
    main = TABLES[kind][0]
    numbers = [row["firms_high"] for row in document[main]]
    as_csv = read_table(paths["csv"], main)
    assert [float(row["firms_high"] or "nan") for row in as_csv] == pytest.approx(
        [float("nan") if value is None else value for value in numbers], nan_ok=True
    )
    assert {row["stamps"] for row in as_csv} == {STAMP}
    in_gis = pyogrio.read_dataframe(paths["gpkg"], layer=main)
    assert np.allclose(in_gis["firms_high"], [np.nan if v is None else v for v in numbers], equal_nan=True)
    assert set(in_gis["stamps"]) == {STAMP}
    drawn = pyogrio.read_dataframe(paths["gpkg"], layer={"concentration": "cells", "alignment": "designations"}[kind])
    assert drawn.geometry.notna().all()
    for sheet in openpyxl.load_workbook(paths["xlsx"]).worksheets:
        assert STAMP in {cell.value for row in sheet.iter_rows(max_row=3) for cell in row}


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_pictures(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out.{suffix}"
    assert (
        run(tmp_path, "concentration", "sample:firms", "--category", "P05.02", "--by", "grid:3000", "--out", str(path))[
            0
        ]
        == 0
    )
    assert path.read_bytes().startswith({"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[suffix])


def write_firms(path: Path, *extra: str) -> None:
    lines = ["id,name,lon,lat,plan_sector,employees,revenue,year"]
    lines += [f"{n},firm {n},{120.4 + n / 1000:.3f},36.1,生物,10,5,2024" for n in range(60)]
    path.write_text("\n".join([*lines, *extra]), encoding="utf-8")


def test_a_users_file_with_bad_rows_is_measured_and_never_ends_with_zero(tmp_path: Path) -> None:
    source, out = tmp_path / "firms.csv", tmp_path / "out.json"
    write_firms(source, "x,bad,0,0,生物,1,1,2024")
    code, output = run(tmp_path, "concentration", str(source), "--out", str(out))
    document = json.loads(out.read_text(encoding="utf-8"))
    assert code == 2
    assert "61" in output
    assert document["rejected"] == [{"row": 61, "field": "lon, lat", "reason": "coordinate_zero", "values": {}}]
    assert (document["firms"], document["firms_placed"]) == (60, 60)
    assert STAMP not in document["stamps"]


def test_a_table_in_gbk_is_measured(tmp_path: Path) -> None:
    source, out = tmp_path / "企业.csv", tmp_path / "out.json"
    lines = [f"{n},企业{n},市南区,生物,10,2024" for n in range(9)]
    source.write_bytes("\n".join(["编号,名称,区市,规划产业,从业人员,年份", *lines]).encode("gbk"))
    code, _ = run(tmp_path, "concentration", str(source), "--out", str(out))
    document = json.loads(out.read_text(encoding="utf-8"))
    assert (code, document["firms"]) == (0, 9)
    assert any(step.startswith("encoding_guessed") for step in document["assumed"])


BAD_TABLES = {
    "bytes of no encoding": (b"id,name,district,plan_sector\n1,\xff\xff,x,y\n", ("firms.csv", "UTF-8")),
    "headers alone": (b"id,district,plan_sector\n", ("firms.csv",)),
    "no column of places": (b"id,plan_sector\n1,P09\n", ("firms.csv", "plan_sector")),
    "coordinates of zero": (b"id,lon,lat,plan_sector\n1,0,0,P09\n", ("firms.csv", "第 1 行", "lon, lat", "坐标为零")),
    "a lost leading zero": (b"lon,lat,gbt4754\n120.4,36.1,111\n", ("firms.csv", "第 1 行", "gbt4754", "111")),
}


@pytest.mark.parametrize("case", list(BAD_TABLES))
@pytest.mark.parametrize("kind", ["concentration", "alignment"])
def test_an_unusable_table_ends_with_64_and_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], kind: str, case: str
) -> None:
    content, words = BAD_TABLES[case]
    (tmp_path / "firms.csv").write_bytes(content)
    with pytest.raises(SystemExit) as ended:
        main(["measure", kind, str(tmp_path / "firms.csv"), "--out", str(tmp_path / "out.json")])
    told = capfd.readouterr().err.strip()
    assert ended.value.code == 64
    assert len(told.splitlines()) == 1
    assert [word for word in words if word not in told] == []
    assert not (tmp_path / "out.json").exists()


def test_no_row_of_the_users_table_leaves(tmp_path: Path) -> None:
    source = tmp_path / "firms.csv"
    write_firms(source)
    for kind in ("concentration", "alignment"):
        for suffix in ("json", "csv"):
            out = tmp_path / f"{kind}.{suffix}"
            run(tmp_path, kind, str(source), "--out", str(out))
            content = out.read_text(encoding="utf-8")
            assert "firm 17" not in content
            assert "120.417" not in content


def test_a_park_that_looks_like_a_formula_stays_text(tmp_path: Path) -> None:
    source, out = tmp_path / "firms.csv", tmp_path / "out.csv"
    lines = [f"{n},=HYPERLINK(1),即墨区,生物" for n in range(9)]
    source.write_text("\n".join(["id,park,district,plan_sector", *lines]), encoding="utf-8")
    run(tmp_path, "concentration", str(source), "--by", "park", "--out", str(out))
    assert {row["place"][:2] for row in read_table(out, "places")} == {"'=", "el"}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("concentration", "sample:firms", "--by", "blah", "--out", "x.csv"), "unit_unknown"),
        (("concentration", "sample:firms", "--by", "grid:0", "--out", "x.csv"), "cell_side"),
        (("concentration", "sample:firms", "--by", "h3:99", "--out", "x.csv"), "h3_resolution"),
        (("concentration", "sample:firms", "--year", "1999", "--out", "x.csv"), "year_absent"),
        (("concentration", "sample:nothing", "--out", "x.csv"), "unknown_layer"),
        (("alignment", "nowhere.csv", "--out", "x.csv"), "file_missing"),
        (("alignment", "sample:firms", "--out", "x.odt"), "unknown_format"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError) as refused:
        run(tmp_path, *arguments)
    assert refused.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_every_reason_has_a_sentence_in_both_languages() -> None:
    codes = (
        *("number_unreadable", "code_lost_zero", "code_unreadable", "year_unreadable", "year_day_number"),
        *("year_out_of_range", "sector_unknown", "subsector_unknown", "sector_contradiction", "sector_missing"),
        *("place_missing", "coordinate_zero", "district_unknown", "district_ambiguous", "amount_negative"),
        *("not_whole", "duplicate_id", "duplicate_firm", "frame_assumed_wgs84", "dates_mixed"),
        *("revenue_unit_assumed", "codes_unmapped"),
    )
    assert [code for code in codes for language in ("zh", "en") if not has_text(f"firms.{code}", language)] == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_template_is_a_table_that_can_be_measured(language: str) -> None:
    """Its own headers are understood: a row beneath them is read without a fault."""
    header = firm_template("csv", language).decode("utf-8-sig").splitlines()[0]
    row = "A1,甲,120.38,36.07,,,新能源,风能,4415,12,300,2024"
    result = read_firms(f"{header}\n{row}\n".encode(), "firms.csv", crs="EPSG:4326")
    firm = result.table.frame.iloc[0]
    assert (firm["subsector"], firm["gbt4754"], firm["revenue_wan"], firm["year"]) == ("P03.01", "4415", 300, 2024)
    book = openpyxl.load_workbook(io.BytesIO(firm_template("xlsx", language)))
    assert [cell.value for cell in book.worksheets[0][1]] == header.split(",")
    assert book.worksheets[1].max_row == len(header.split(",")) + 1


def test_the_p_of_a_place_is_the_tail_of_random_labelling() -> None:
    """Jimo holds 421 of 3025 firms and 134 of the 165 of automated driving: its upper tail by exact counting."""
    row = next(r for r in by_district()["cells"] if (r["category"], r["place"]) == ("无人驾驶", "370215"))
    firms, inside, sector, both = 3025, row["firms_of_all_sectors"], 165, row["firms_high"]
    ways = sum(comb(sector, k) * comb(firms - sector, inside - k) for k in range(both, sector + 1))
    assert row["p"] == pytest.approx(2 * Fraction(ways, comb(firms, inside)), rel=1e-6)
    assert row["p"] < row["q"] < 0.05
    assert all(r["p"] is None and r["q"] is None for r in by_district()["cells"] if r["hidden"])


def test_asking_for_one_sectors_permutations_changes_no_number_of_it() -> None:
    few = measure_concentration(request(scheme="subsector", unit="grid:2000", spatial=("P05.02",))).document
    for table in ("cells", "sectors"):
        pairs = zip(
            *([r for r in content[table] if r["code"] == "P05.02"] for content in (few, by_grid())), strict=True
        )
        for one, whole in pairs:
            assert {**one, "moran_q": None} == {**whole, "moran_q": None}
    assert all(row["hot_spot"] == "" for row in few["cells"] if row["code"] != "P05.02")


def test_a_stricter_rule_hides_more() -> None:
    loose, strict = (
        measure_concentration(request(scheme="subsector", rule=Rule(firms_min=limit))).document for limit in (3, 10)
    )
    assert sum(bool(row["hidden"]) for row in loose["cells"]) < sum(bool(row["hidden"]) for row in strict["cells"])
