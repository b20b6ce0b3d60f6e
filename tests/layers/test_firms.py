"""Tables of firms: what is read, what is refused with row, field and reason, and what a code counts for."""

from __future__ import annotations

import io
import time

import geopandas
import openpyxl
import pytest
import shapely

from layers.classification import CROSSWALK_COLUMNS, load_classification, with_crosswalk
from layers.errors import DataError, UnreadableFile
from layers.firms import UNSTATED_SHIFT_M, FirmsResult, read_firms
from layers.formats.raw import Limits
from layers.plan import DATA, rows

HEADER = "编号,名称,经度,纬度,规划产业,规划领域,行业代码,从业人员,营业收入（万元）,年份"


def read(*lines: str, header: str = HEADER, encoding: str = "utf-8", **options: object) -> FirmsResult:
    text = "\n".join([header, *lines])
    return read_firms(text.encode(encoding), "firms.csv", **({"crs": "EPSG:4326", "accuracy_m": 10.0} | options))


def faults(result: FirmsResult) -> set[tuple[int, str, str]]:
    return {(fault.row, fault.field, fault.reason) for fault in result.rejected}


GOOD = "1,甲,120.38,36.07,新能源,风能,,12,300,2024"


def test_a_good_table() -> None:
    table = read(GOOD).table
    firm = table.frame.iloc[0]
    assert (firm["sector"], firm["subsector"], firm["employees"], firm["year"]) == ("P03", "P03.01", 12, 2024)
    assert (firm["lon"], firm["lat"]) == pytest.approx((120.38, 36.07))
    assert table.accuracy_m == 10.0


def test_every_fault_is_told_at_once() -> None:
    result = read(
        GOOD,
        "2,乙,0,0,新能源,风能,,-3,多,2024",
        "3,丙,36.07,120.38,新能源,人工智能,,1.5,1,45000",
        "4,丁,10,10,没有的产业,,,1,1,05/06/23",
        "5,戊,120.38,36.07,,,111,1,1,2024",
    )
    assert faults(result) == {
        (2, "lon, lat", "coordinate_zero"),
        (2, "employees", "amount_negative"),
        (2, "revenue", "number_unreadable"),
        (3, "lon, lat", "axes_swapped"),
        (3, "subsector", "sector_contradiction"),
        (3, "employees", "not_whole"),
        (3, "year", "year_day_number"),
        (4, "lon, lat", "outside_region"),
        (4, "sector", "sector_unknown"),
        (4, "year", "year_unreadable"),
        (5, "gbt4754", "code_lost_zero"),
    }
    assert (result.refused, len(result.table.frame)) == (4, 1)


def test_chinese_of_another_encoding_is_read_and_said() -> None:
    result = read(GOOD, encoding="gbk")
    assert result.table.frame["name"].tolist() == ["甲"]
    assert "encoding_guessed" in {step.code for step in result.assumed}


def test_bytes_of_no_encoding_are_refused() -> None:
    with pytest.raises(UnreadableFile) as refused:
        read_firms(HEADER.encode() + b"\n1,\xff\xff\xff,120,36,,,,,,2024\n", "firms.csv")
    assert refused.value.code == "encoding_unknown"


def test_mixed_dates_are_read_and_said() -> None:
    written = ["2024", "2023-05-01", "2022/5/1", "2021年5月", "20200501"]
    result = read(*(f"{n},名{n},120.38,36.07,新能源,,,1,1,{date}" for n, date in enumerate(written)))
    assert result.table.years == (2020, 2021, 2022, 2023, 2024)
    mixed = next(step for step in result.report if step.code == "dates_mixed")
    assert sum(mixed.values["forms"].values()) == 5


def test_duplicates_are_refused_once() -> None:
    same_id = GOOD.replace("甲", "别名")
    same_firm = GOOD.replace("1,甲", "9,甲")
    other_year = GOOD.replace("2024", "2023")
    result = read(GOOD, same_id, same_firm, other_year)
    assert faults(result) == {(2, "id", "duplicate_id"), (3, "name", "duplicate_firm")}


def test_an_address_gives_the_district_but_a_street_does_not() -> None:
    header = "名称,地址,规划产业"
    result = read(
        "甲,青岛市市南区胶州路1号,新能源",
        "乙,胶州路1号,新能源",
        "丙,西海岸新区,新能源",
        "丁,即墨,新能源",
        header=header,
        crs=None,
    )
    assert result.table.frame["district"].tolist() == ["370202", "370211", "370215"]
    assert faults(result) == {(2, "district", "district_unknown")}


def test_a_frame_that_nobody_states_is_assumed_with_room_for_its_shift() -> None:
    result = read(GOOD, crs=None)
    assert result.table.accuracy_m == 10.0 + UNSTATED_SHIFT_M
    assert "frame_assumed_wgs84" in {step.code for step in result.assumed}


def test_gcj02_is_undone() -> None:
    moved = read(GOOD, crs="gcj02").table.frame.iloc[0]
    assert (120.38 - moved["lon"]) * 89_900 == pytest.approx(462, abs=10)


def test_missing_columns_are_named() -> None:
    with pytest.raises(DataError) as missing:
        read("甲", header="名称")
    assert missing.value.code == "firms_columns_missing"
    assert len(missing.value.values["columns"]) == 2


def test_a_table_without_a_usable_row_says_why() -> None:
    with pytest.raises(DataError) as nothing:
        read("1,甲,0,0,新能源,,,1,1,2024")
    assert nothing.value.code == "firms_none_usable"
    assert nothing.value.values["faults"] == ["1 lon, lat coordinate_zero"]


def test_a_table_of_headers_alone_is_refused() -> None:
    with pytest.raises(DataError) as nothing:
        read()
    assert nothing.value.code == "no_rows"


def test_units_of_revenue() -> None:
    assert (
        read("甲,市南区,新能源,2.5", header="名称,区市,规划产业,营业收入（亿元）").table.frame["revenue_wan"][0]
        == 25_000
    )
    assumed = read("甲,市南区,新能源,2.5", header="名称,区市,规划产业,营业收入")
    assert "revenue_unit_assumed" in {step.code for step in assumed.report}


def test_a_workbook_with_numbers_for_codes() -> None:
    book = openpyxl.Workbook()
    book.active.append(HEADER.split(","))
    book.active.append([1, "甲", 120.38, 36.07, None, None, 3612, 12, 300.5, 2024])
    book.active.append([2, "乙", 120.38, 36.07, None, None, 111, 12, 300, 2024])
    content = io.BytesIO()
    book.save(content)
    result = read_firms(content.getvalue(), "firms.xlsx", crs="EPSG:4326")
    assert result.table.frame["gbt4754"].tolist() == ["3612"]
    assert faults(result) == {(2, "gbt4754", "code_lost_zero")}


@pytest.mark.parametrize(("suffix", "write"), [("gpkg", "to_file"), ("parquet", "to_parquet")])
def test_files_of_points(tmp_path: object, suffix: str, write: str) -> None:
    frame = geopandas.GeoDataFrame(
        {"name": ["甲"], "plan_sector": ["生物"]}, geometry=[shapely.Point(534467.459, 3993055.813)], crs="EPSG:4549"
    )
    path = tmp_path / f"firms.{suffix}"  # type: ignore[operator]
    getattr(frame, write)(path)
    firm = read_firms(path.read_bytes(), path.name).table.frame.iloc[0]
    assert (firm["lon"], firm["lat"]) == pytest.approx((120.3826, 36.0671), abs=1e-6)


def test_too_many_rows_are_refused_and_not_half_read() -> None:
    with pytest.raises(UnreadableFile) as refused:
        read(*[GOOD] * 6, limits=Limits(rows=5))
    assert refused.value.code == "too_many_rows"


def test_many_wrong_rows_get_an_answer_in_time() -> None:
    began = time.process_time()
    result = read(GOOD, *(f"{n},名{n},0,0,新能源,,111,-1,x,99" for n in range(2, 30_002)))
    assert result.refused == 30_000
    assert len(result.rejected) == 1000
    assert time.process_time() - began < 30


def test_the_plans_sectors_are_those_of_its_text() -> None:
    """The classification has every heading of chapter 3, in order, under its own sector."""
    headings = [
        (r["clause"], r["heading"])
        for r in rows(DATA / "plan" / "source" / "clauses.csv")
        if r["clause"].startswith("三（")
    ]
    plan = load_classification().plan.values()
    assert [(category.clause, category.name_zh) for category in plan] == headings
    assert sum(not category.parent for category in plan) == 11


def test_the_national_classification_has_nine_and_forty() -> None:
    levels = [bool(category.parent) for category in load_classification().sei.values()]
    assert (levels.count(False), levels.count(True)) == (9, 40)


def test_every_relation_names_known_categories() -> None:
    classes = load_classification()
    assert all(plan in classes.plan and sei in classes.sei for plan, sei, _ in classes.plan_to_sei)
    assert len({plan for plan, _, _ in classes.plan_to_sei}) < len(classes.plan_to_sei)


def test_a_code_counts_in_part_for_the_nation_and_surely_for_the_plan() -> None:
    table = read("1,甲,120.38,36.07,,,3612,1,1,2024").table
    members = {row.code: row.surely for row in table.members.itertuples()}
    assert members == {"P05": True, "P05.01": True, "5": False, "5.1": False}


def test_an_unlisted_code_is_unknown_and_said() -> None:
    result = read(GOOD, "2,乙,120.38,36.07,,,0111,1,1,2024")
    assert result.table.known.tolist() == [True, False]
    assert next(step for step in result.report if step.code == "codes_unmapped").values["codes"] == ["0111"]


def members(result: FirmsResult, firm: int, scheme: str) -> dict[str, bool]:
    entries = result.table.members
    chosen = entries[(entries["firm"] == firm) & (entries["scheme"] == scheme)]
    return dict(zip(chosen["code"], chosen["surely"], strict=True))


def test_a_sector_alone_may_be_any_of_its_subsectors() -> None:
    result = read(GOOD, "2,乙,120.38,36.07,航空航天,,,1,1,2024")
    assert members(result, 1, "sector") == {"P07": True}
    assert members(result, 1, "subsector") == {"P07.01": False, "P07.02": False, "P07.03": False}
    assert members(result, 0, "subsector") == {"P03.01": True}


def test_a_table_of_sectors_alone_is_not_spread_over_subsectors() -> None:
    result = read("2,乙,120.38,36.07,航空航天,,,1,1,2024")
    assert members(result, 0, "subsector") == {}
    assert not result.table.has_subsectors


def test_what_a_firm_states_of_the_plan_may_count_nationally() -> None:
    """现代海洋 overlaps 2.5, 3, 4 and 7 by name; 海洋生物医药 lies within 4.1; 未来产业 has no relation."""
    result = read(
        "1,甲,120.38,36.07,现代海洋,海洋生物医药,,1,1,2024",
        "2,乙,120.38,36.08,现代海洋,,,1,1,2024",
        "3,丙,120.38,36.09,未来产业,量子信息,,1,1,2024",
    )
    assert members(result, 0, "sei2") == {"4.1": False}
    assert members(result, 1, "sei1") == {"2": False, "3": False, "4": False, "7": False}
    assert members(result, 2, "sei1") == {}
    assert result.table.known_in("sei1").tolist() == [True, True, False]
    assert result.table.known_in("sector").all()


def test_a_code_that_is_silent_nationally_is_unknown_there() -> None:
    result = read("1,甲,120.38,36.07,,,3851,1,1,2024", "2,乙,120.38,36.08,,,3612,1,1,2024")
    assert result.table.known_in("subsector").tolist() == [True, True]
    assert result.table.known_in("sei2").tolist() == [False, True]


def test_a_users_crosswalk_goes_before_ours_and_may_be_complete() -> None:
    lines = [",".join(CROSSWALK_COLUMNS), "0111,稻谷种植,P09.07,partial,4.3,partial,", "*,,,none,,none,"]
    classes = with_crosswalk(load_classification(), "\n".join(lines).encode(), "mine.csv")
    table = read("1,甲,120.38,36.07,,,0111,1,1,2024", "2,乙,120.38,36.07,,,0112,1,1,2024", classification=classes).table
    assert table.known.all()
    assert set(table.members["code"]) == {"P09", "P09.07", "4", "4.3"}
    assert not table.members["surely"].any()


def test_all_faults_of_a_crosswalk_are_told() -> None:
    lines = [",".join(CROSSWALK_COLUMNS), "36,x,P05.01,full,,,", "3612,x,P99,full,5.1,whole,"]
    with pytest.raises(DataError) as broken:
        with_crosswalk(load_classification(), "\n".join(lines).encode(), "mine.csv")
    assert broken.value.values["faults"] == ["1: gbt4754", "2: plan_code, sei_extent"]
