"""Uploads that are wrong, odd or hostile: a clear code, nothing run, the good rows kept."""

from __future__ import annotations

import hashlib
import io
import json
import math
import re
import zipfile
from pathlib import Path
from typing import Any

import hostile_files as hostile
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as some

from geo.crs import geodesic_distance_m, parse_frame
from geo.errors import FrameError, GeometryError, RegionError
from geo.types import Use
from layers import proposing
from layers.errors import DataError, FrameUnstated, UnreadableFile
from layers.formats.raw import Step
from layers.importing import import_layer, import_sites, parse_corners
from layers.reading import Limits, read_bytes, read_table
from layers.types import Basis, GeometryKind
from tests.frames import in_frame

HERE = (120.1, 36.1)
SQUARE = hostile.polygon((120.1, 36.1), (120.2, 36.1), (120.2, 36.2), (120.1, 36.2))
BOW_TIE = hostile.polygon((120.1, 36.1), (120.2, 36.2), (120.2, 36.1), (120.1, 36.2))


def code_of(error: pytest.ExceptionInfo[Any]) -> str:
    return str(error.value.code)


def sites(data: bytes, name: str = "sites.geojson", use: Use | str = Use.FACTORY, **options: Any) -> Any:
    return import_sites(data, name, use=use, **options)


def layer(data: bytes, name: str = "zones.geojson", **options: Any) -> Any:
    return import_layer(data, name, layer_id="zones", **options)


# What is refused before anything is parsed


def test_a_file_of_300_mb_is_refused_by_its_size_alone(tmp_path: Path) -> None:
    big = tmp_path / "big.geojson"
    with big.open("wb") as stream:
        stream.truncate(300 * 1024 * 1024)
    with pytest.raises(UnreadableFile) as error:
        read_bytes(big)
    assert code_of(error) == "file_too_large"
    assert (error.value.values["size_mb"], error.value.values["limit_mb"]) == (300, 200)


def test_an_upload_over_the_limit_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(UnreadableFile) as error:
        read_table(b"{" * 101, "a.geojson", limits=Limits(file_bytes=100))
    assert code_of(error) == "file_too_large"


@pytest.mark.parametrize("name", ["a.vrt", "a.gml", "a.dxf", "a.xls", "a.html", "a", "a.geojson.exe", "a.shp"])
def test_a_suffix_outside_the_list_is_refused(name: str) -> None:
    with pytest.raises(UnreadableFile) as error:
        read_table(b"{}", name)
    assert code_of(error) == "format_refused"


VRT = b"<OGRVRTDataSource><OGRVRTLayer><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.geojson", VRT, "content_is_not"),
        ("a.csv", VRT, "content_is_not"),
        ("a.gpkg", VRT, "content_is_not"),
        ("a.zip", VRT, "content_is_not"),
        ("a.tif", VRT, "content_is_not"),
        ("a.kml", VRT, "xml_not_kml"),
        ("a.kml", b"<html><script>1</script></html>", "xml_not_kml"),
        ("a.csv", b"<html></html>", "content_is_not"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "content_is_not"),
        ("a.csv", b"lon,lat\x00", "content_is_not"),
        ("a.gpkg", b"SQLite format 3\x00" + VRT, "gpkg_broken"),
        ("a.geojson", b"", "file_empty"),
        ("a.parquet", b"PAR1" + b"\x00" * 100, "parquet_broken"),
        ("a.tif", b"II*\x00" + b"\xff" * 100, "raster_broken"),
        ("a.zip", b"PK\x03\x04" + b"\x00" * 100, "archive_broken"),
    ],
)
def test_content_that_is_not_what_the_suffix_says(name: str, content: bytes, code: str) -> None:
    with pytest.raises(UnreadableFile) as error:
        layer(content, name)
    assert code_of(error) == code
    assert error.value.values["file"] == name


def test_a_name_with_a_path_is_never_opened(tmp_path: Path) -> None:
    result = layer(hostile.geojson(hostile.feature(SQUARE)), "/vsicurl/http://127.0.0.1/../../x.geojson")
    assert result.layer.spec.uri == "x.geojson"


# Archives


def test_a_zip_bomb_is_refused_by_ratio() -> None:
    with pytest.raises(UnreadableFile) as error:
        read_table(hostile.archive({"a.shp": b"\x00" * 20_000_000}), "a.zip")
    assert code_of(error) == "archive_ratio"


def test_an_archive_that_claims_more_than_the_limit_is_refused() -> None:
    with pytest.raises(UnreadableFile) as error:
        read_table(hostile.lying_zip(2_000_000_000), "a.zip")
    assert code_of(error) == "archive_size"


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"../a.shp": b""}, "archive_path"),
        ({"/etc/a.shp": b""}, "archive_path"),
        ({"a/../../a.shp": b""}, "archive_path"),
        ({"..\\a.shp": b""}, "archive_path"),
        ({"C:a.shp": b""}, "archive_path"),
        ({"a.shp": b"", "run.sh": b""}, "archive_member"),
        ({"a.shp": b"", "inner.zip": b""}, "archive_member"),
        ({"a.shp": b""}, "shapefile_part_missing"),
        ({"a.prj": b""}, "no_shapefile"),
        ({"a.shp": b"PK\x03\x04", "a.shx": b"", "a.dbf": b""}, "archive_nested"),
        ({"a.shp": VRT, "a.shx": b"", "a.dbf": b""}, "content_is_not"),
        ({f"{name}.shp": b"" for name in "ab"}, "several_layers"),
    ],
)
def test_archives_that_are_refused(members: dict[str, bytes], code: str) -> None:
    with pytest.raises(UnreadableFile) as error:
        read_table(hostile.archive(members), "a.zip")
    assert code_of(error) == code


def test_an_archive_of_too_many_members_is_refused() -> None:
    with pytest.raises(UnreadableFile) as error:
        read_table(hostile.archive({f"{i}.txt": b"" for i in range(30)}), "a.zip", limits=Limits(members=20))
    assert code_of(error) == "archive_members"


def test_a_link_in_an_archive_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as target:
        member = zipfile.ZipInfo("a.shp")
        member.external_attr = 0o120777 << 16
        target.writestr(member, "/etc/passwd")
    with pytest.raises(UnreadableFile) as error:
        read_table(stream.getvalue(), "a.zip")
    assert code_of(error) == "archive_link"


# Shapefiles


def test_a_shapefile_without_prj_asks_for_its_frame(tmp_path: Path) -> None:
    members = hostile.shapefile_members(tmp_path, encoding="UTF-8")
    del members["sites.prj"]
    with pytest.raises(FrameUnstated) as error:
        layer(hostile.archive(members), "sites.zip")
    assert code_of(error) == "frame_unstated"
    placed = layer(hostile.archive(members), "sites.zip", crs="EPSG:4549").layer.frame.geometry[0]
    assert (placed.x, placed.y) == pytest.approx(HERE, abs=1e-8)


@pytest.mark.parametrize("encoding", ["GBK", "UTF-8"])
def test_a_shapefile_without_cpg_has_its_encoding_guessed_and_said(tmp_path: Path, encoding: str) -> None:
    members = hostile.shapefile_members(tmp_path, encoding=encoding)
    del members["sites.cpg"]
    dbf = bytearray(members["sites.dbf"])
    dbf[29] = 0  # no language byte either
    result = layer(hostile.archive({**members, "sites.dbf": bytes(dbf)}), "sites.zip")
    assert list(result.layer.frame["名称"]) == ["青岛"]
    label = {"GBK": "GB18030", "UTF-8": "UTF-8"}[encoding]
    assert Step("encoding_guessed", {"encoding": label}) in result.report
    assert Step("encoding_guessed", {"encoding": label}).written() in result.layer.provenance.assumed


def test_a_shapefile_with_cpg_is_not_guessed(tmp_path: Path) -> None:
    result = layer(hostile.archive(hostile.shapefile_members(tmp_path, encoding="GBK")), "sites.zip")
    assert list(result.layer.frame["名称"]) == ["青岛"]
    assert "encoding_guessed" not in {step.code for step in result.report}


# KML


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE kml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE kml SYSTEM "http://127.0.0.1/x.dtd">',
    ],
)
def test_kml_with_entities_is_refused(head: str) -> None:
    with pytest.raises(UnreadableFile) as error:
        read_table(hostile.kml("<name>&b;</name>", head=head), "a.kml")
    assert code_of(error) == "xml_entities"
    with pytest.raises(UnreadableFile) as error:
        read_table(hostile.archive({"doc.kml": hostile.kml(head=head)}), "a.kmz")
    assert code_of(error) == "xml_entities"


def test_kml_rows_names_and_data_are_read_as_text() -> None:
    content = hostile.kml(
        "<name>{{7*7}}</name><ExtendedData><Data name='use'><value>factory</value></Data></ExtendedData>"
        "<Point><coordinates> 120.1 , 36.1 , 0 </coordinates></Point>",
        "<Polygon><outerBoundaryIs><LinearRing><coordinates>120.1,36.1 120.2,36.1 120.2,36.2 120.1,36.1</coordinates>"
        "</LinearRing></outerBoundaryIs></Polygon>",
        "<Polygon><outerBoundaryIs><LinearRing><coordinates>120.1,36.1 120.2,36.1 120.2,36.2</coordinates>"
        "</LinearRing></outerBoundaryIs></Polygon>",
        "<Point><coordinates>abc</coordinates></Point>",
        "<name>nowhere</name>",
    )
    result = layer(content, "a.kml")
    assert list(result.layer.frame["name"])[0] == "{{7*7}}"
    assert [geometry and geometry.geom_type for geometry in result.layer.frame.geometry] == ["Point", "Polygon", None]
    assert [(row.row, row.reason) for row in result.rejected] == [(3, "ring_open"), (4, "geometry_unreadable")]
    assert any(step.startswith("frame_by_standard") for step in result.layer.provenance.assumed)
    assert sites(content, "a.kml", use="column:use").proposals[0].use is Use.FACTORY


def test_links_in_kml_are_not_opened_and_said() -> None:
    content = hostile.kml("<Point><coordinates>120.1,36.1</coordinates></Point>").replace(
        b"</Document>", b"<NetworkLink><Link><href>http://127.0.0.1:1/</href></Link></NetworkLink></Document>"
    )
    assert Step("links_ignored", {"links": 1}) in layer(content, "a.kml").report


# GeoPackages


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("CREATE VIRTUAL TABLE t USING fts5(body)", "fts5"),
        ("CREATE/**/VIRTUAL TABLE t USING fts5(body)", "fts5"),
        ("CREATE VIEW v AS SELECT load_extension('x') AS a", "view"),
        ("CREATE TABLE g (a INTEGER, b INTEGER GENERATED ALWAYS AS (a * 2) VIRTUAL)", "generated"),
    ],
)
def test_a_geopackage_that_does_something_is_refused(tmp_path: Path, statement: str, kind: str) -> None:
    with pytest.raises(UnreadableFile) as error:
        read_table(hostile.geopackage(tmp_path / "a.gpkg", statement), "a.gpkg")
    assert (code_of(error), error.value.values["kind"]) == ("gpkg_active", kind)


def test_an_honest_geopackage_with_its_index_is_read(tmp_path: Path) -> None:
    result = layer(hostile.geopackage(tmp_path / "a.gpkg"), "a.gpkg")
    assert list(result.layer.frame["name"]) == ["a"]
    assert result.layer.frame.geometry[0].equals(shapely.Point(HERE))


def test_a_geopackage_of_several_layers_asks_which(tmp_path: Path) -> None:
    import geopandas

    hostile.geopackage(tmp_path / "a.gpkg")
    other = geopandas.GeoDataFrame({"n": [1]}, geometry=[shapely.Point(HERE)], crs="EPSG:4326")
    other.to_file(tmp_path / "a.gpkg", layer="other", driver="GPKG", mode="a")
    content = (tmp_path / "a.gpkg").read_bytes()
    with pytest.raises(UnreadableFile) as error:
        read_table(content, "a.gpkg")
    assert (code_of(error), error.value.values["layers"]) == ("several_layers", ["other", "sites"])
    assert read_table(content, "a.gpkg", layer_name="other").columns == ("n",)


def test_a_geopackage_without_a_known_frame_asks(tmp_path: Path) -> None:
    content = hostile.geopackage(tmp_path / "a.gpkg", "UPDATE gpkg_geometry_columns SET srs_id = -1")
    with pytest.raises(FrameUnstated):
        layer(content, "a.gpkg")


# Tables


def test_formula_cells_of_a_csv_stay_text() -> None:
    content = b"id,name,lon,lat\n1,=1+1,120.1,36.1\n2,\"=cmd|' /C calc'!A0\",120.1,36.1\n"
    assert [site.name for site in sites(content, "s.csv", crs="4326").proposals] == ["=1+1", "=cmd|' /C calc'!A0"]


@pytest.mark.parametrize(("codec", "guessed"), [("gbk", True), ("utf-8", False), ("utf-8-sig", False)])
def test_a_chinese_csv_in_its_encodings(codec: str, guessed: bool) -> None:
    content = "编号,名称,经度,纬度,用途\nA1,青岛港,120.1,36.1,充电站\n".encode(codec)
    result = sites(content, "s.csv", use="column:用途", crs="EPSG:4490")
    site = result.proposals[0]
    assert (site.id, site.name, site.use) == ("A1", "青岛港", Use.CHARGING_STATION)
    assert any(step.startswith("encoding_guessed") for step in result.record.assumed) is guessed


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_by_its_separator(separator: str) -> None:
    content = separator.join(["id", "x", "y"]) + "\n" + separator.join(["7", "534467.459", "3993055.813"])
    site = sites(content.encode(), "s.csv", crs="EPSG:4549").proposals[0]
    assert (site.footprint.x, site.footprint.y) == pytest.approx((120.3826, 36.0671), abs=1e-8)


def test_a_table_of_coordinates_without_a_frame_is_a_question() -> None:
    with pytest.raises(FrameUnstated) as error:
        sites(b"lon,lat\n120.1,36.1\n", "s.csv")
    assert error.value.values["file"] == "s.csv"


def test_rows_of_a_table_that_are_no_sites() -> None:
    lines = ["lon,lat,capacity_mw", "120.1,36.1,5", "abc,36.1,5", "120.1,,5", "nan,36.1,5", "120.1,36.1", ",,", ",,5"]
    lines += ["120.1,36.1,many", "120.1,36.1,-3", "36.1,120.1,5"]
    result = sites("\n".join(lines).encode(), "s.csv", crs="4326")
    assert [site.quantities["capacity_mw"] for site in result.proposals] == [5.0]
    assert [(row.row, row.field, row.reason) for row in result.rejected] == [
        (2, "lon", "coordinate_unreadable"),
        (3, "lat", "coordinate_missing"),
        (4, "geometry", "geometry_not_finite"),
        (5, "", "row_length"),
        (7, "geometry", "geometry_missing"),
        (8, "capacity_mw", "quantity_unreadable"),
        (9, "capacity_mw", "quantity_unreadable"),
        (10, "geometry", "axes_swapped"),
    ]


def test_a_workbook_is_read_by_its_stored_values() -> None:
    content = hostile.workbook(
        [["编号", "经度", "纬度", "备注"], [1, 120.1, 36.1, "{{7*7}}"], [2, "=120+0.1", 36.1, ""]]
    )
    result = sites(content, "s.xlsx", crs="4326")
    assert [site.id for site in result.proposals] == ["1"]
    assert [(row.row, row.field, row.reason) for row in result.rejected] == [(2, "经度", "formula_without_value")]


def test_a_workbook_that_claims_a_million_columns_is_read_by_what_it_has() -> None:
    with zipfile.ZipFile(io.BytesIO(hostile.workbook([["lon", "lat"], [120.1, 36.1]]))) as source:
        members = {name: source.read(name) for name in source.namelist()}
    sheet = members["xl/worksheets/sheet1.xml"]
    members["xl/worksheets/sheet1.xml"] = sheet.replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"')
    assert members["xl/worksheets/sheet1.xml"] != sheet
    assert len(sites(hostile.archive(members), "s.xlsx", crs="4326").proposals) == 1


def test_a_workbook_with_an_entity_or_a_macro_is_refused() -> None:
    with zipfile.ZipFile(io.BytesIO(hostile.workbook([["lon", "lat"]]))) as source:
        members = {name: source.read(name) for name in source.namelist()}
    entity = {**members, "xl/workbook.xml": b'<!DOCTYPE a [<!ENTITY b "c">]>' + members["xl/workbook.xml"]}
    for content, code in ((entity, "xml_entities"), ({**members, "xl/vbaProject.bin": b"x"}, "xlsx_macro")):
        with pytest.raises(UnreadableFile) as error:
            read_table(hostile.archive(content), "s.xlsx")
        assert code_of(error) == code


# GeoJSON


def test_rows_of_a_geojson_that_are_no_sites_leave_the_others() -> None:
    content = hostile.geojson(
        hostile.feature(hostile.point(*HERE), id="good"),
        hostile.feature(BOW_TIE, id="crossing"),
        hostile.feature(None),
        hostile.feature({"type": "Polygon", "coordinates": []}),
        hostile.feature(hostile.point(math.nan, 36.1)),
        hostile.feature(hostile.point(36.1, 120.1)),
        hostile.feature(hostile.point(534467.459, 3993055.813)),
        hostile.feature(hostile.point(2.3, 48.9)),
        hostile.feature({"type": "Polygon", "coordinates": [[[120.1, 36.1], [120.2, 36.1], [120.2, 36.2]]]}),
        hostile.feature({"type": "Point", "coordinates": "no"}),
        hostile.feature({"type": "Curve", "coordinates": [1, 2]}),
        {"type": "no feature"},  # type: ignore[arg-type]
        hostile.feature({"type": "GeometryCollection", "geometries": [hostile.point(*HERE)]}),
    )
    result = sites(content)
    assert [site.id for site in result.proposals] == ["good"]
    assert [(row.row, row.reason) for row in result.rejected] == [
        (2, "geometry_self_crossing"),
        (3, "geometry_missing"),
        (4, "geometry_empty"),
        (5, "geometry_not_finite"),
        (6, "axes_swapped"),
        (7, "metres_declared_as_degrees"),
        (8, "outside_region"),
        (9, "ring_open"),
        (10, "geometry_unreadable"),
        (11, "geometry_unreadable"),
        (12, "not_a_feature"),
        (13, "geometry_kind"),
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'{"a":' * 200_000, "json_too_deep"),
        (b'{"type":', "json_broken"),
        (b'{"type":"Topology"}', "json_not_geo"),
        (b'{"type":"FeatureCollection","features":{}}', "json_not_geo"),
        (b'{"type":"Point","coordinates":[' + b"9" * 10_000 + b",36]}", "json_broken"),
        (b'{"type":["Point"]}', "json_not_geo"),
    ],
)
def test_json_that_is_no_geojson(content: bytes, code: str) -> None:
    with pytest.raises(UnreadableFile) as error:
        sites(content)
    assert code_of(error) == code


def test_a_collection_nested_too_deeply_is_a_row_refused() -> None:
    geometry: dict[str, Any] = hostile.point(*HERE)
    for _ in range(50):
        geometry = {"type": "GeometryCollection", "geometries": [geometry]}
    assert sites(hostile.geojson(hostile.feature(geometry))).rejected[0].reason == "geometry_unreadable"


def test_the_frame_of_a_geojson_is_honoured_assumed_or_asked_for() -> None:
    one = hostile.feature(hostile.point(534467.459, 3993055.813))
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4549"}}
    result = sites(hostile.geojson(one, crs=named))
    assert (result.record.crs, result.record.assumed) == ("EPSG:4549", ("accuracy_exact",))
    assert sites(hostile.geojson(one), crs="EPSG:4549").proposals[0].footprint.x == pytest.approx(120.3826, abs=1e-8)
    with pytest.raises(FrameUnstated):
        sites(hostile.geojson(one, crs=None))
    with pytest.raises(DataError) as error:
        sites(hostile.geojson(one, crs=named), crs="gcj02")
    assert code_of(error) == "frame_contradiction"
    with pytest.raises(UnreadableFile) as error:
        sites(hostile.geojson(one, crs={"type": "link", "properties": {"href": "http://127.0.0.1/"}}))
    assert code_of(error) == "crs_member"
    with pytest.raises(FrameError):
        sites(hostile.geojson(one), crs="+proj=longlat +nadgrids=/etc/passwd")


def test_gcj02_is_undone_and_costs_two_metres() -> None:
    """In the city GCJ-02 draws a point 463 m towards azimuth 86 degrees (a known answer of the project's brief)."""
    there = in_frame(np.array([[120.3826, 36.0671]]), parse_frame("gcj02"))[0]
    assert geodesic_distance_m(np.array([120.3826, 36.0671]), there) == pytest.approx(463, abs=1)
    content = hostile.geojson(hostile.feature(hostile.point(*there), accuracy_m=3))
    site = sites(content, crs="gcj02", accuracy_m=5.0).proposals[0]
    assert (site.footprint.x, site.footprint.y) == pytest.approx((120.3826, 36.0671), abs=1e-8)
    assert site.accuracy_m == 5.0  # 3 of its own column, 2 for the frame
    spec = layer(content, crs="gcj02").layer.spec
    assert (spec.accuracy_m, spec.accuracy_column) == (5.0, "accuracy_m")


# Sites


def test_repeated_ids_are_renamed_and_said() -> None:
    here = hostile.point(*HERE)
    content = hostile.geojson(*[hostile.feature(here, id=name) for name in ("a", "a", "a_2", "b", "a")])
    result = sites(content)
    assert [site.id for site in result.proposals] == ["a", "a_3", "a_2", "b", "a_4"]
    assert Step("ids_renamed", {"ids": ["a"], "count": 1}).written() in result.record.assumed


def test_a_rows_own_use_accuracy_and_quantities_go_first() -> None:
    cells = {"use": "offshore-wind", "accuracy_m": "7", "turbine_mw": 8, "project_class": "national_key", "other": 1}
    content = hostile.geojson(hostile.feature(SQUARE, **cells), hostile.feature(SQUARE, use="castle"))
    result = sites(content, use="column:use", accuracy_m=50, quantities={"turbine_mw": 3.0, "capacity_mw": 300.0})
    site = result.proposals[0]
    assert (site.use, site.accuracy_m) == (Use.OFFSHORE_WIND, 7.0)
    assert dict(site.quantities) == {"turbine_mw": 8.0, "capacity_mw": 300.0, "project_class": "national_key"}
    assert [(row.row, row.field, row.reason) for row in result.rejected] == [(2, "use", "unknown_use")]


def test_the_record_of_a_file() -> None:
    content = hostile.geojson(hostile.feature(hostile.point(120.1, 36.1, 12.0)))
    record = sites(content, "folder/a.geojson").record
    assert (record.name, record.crs, record.accuracy_m) == ("a.geojson", "EPSG:4326", 0.0)
    assert record.sha256 == hashlib.sha256(content).hexdigest()
    steps = [Step.parsed(line) for line in record.assumed]
    assert [step.code for step in steps] == ["frame_by_standard", "accuracy_exact", "z_dropped"]


@pytest.mark.parametrize(("use", "code"), [("castle", "unknown_use"), ("column:nope", "column_missing")])
def test_a_use_that_nobody_knows(use: str, code: str) -> None:
    with pytest.raises(DataError) as error:
        sites(hostile.geojson(hostile.feature(SQUARE)), use=use)
    assert code_of(error) == code


# Layers


def test_what_nobody_states_of_a_layer_is_assumed_and_recorded() -> None:
    result = layer(hostile.geojson(hostile.feature(SQUARE, id="z")))
    spec = result.layer.spec
    assert (spec.basis, spec.covers, spec.accuracy_m, spec.geometry) == (
        Basis.USER,
        "region",
        0.0,
        GeometryKind.POLYGON,
    )
    codes = [Step.parsed(line).code for line in result.layer.provenance.assumed]
    assert codes == ["frame_by_standard", "accuracy_exact", "covers_region", "as_of_unknown"]


def test_an_invalid_polygon_of_a_layer_is_repaired_and_said() -> None:
    """The bow tie of a square of 0.1 degrees is two triangles, a quarter of the square each."""
    result = layer(hostile.geojson(hostile.feature(SQUARE), hostile.feature(BOW_TIE)))
    mended = result.layer.frame.geometry[1]
    assert mended.is_valid and mended.geom_type == "MultiPolygon"
    assert mended.area == pytest.approx(0.1 * 0.1 / 2)
    assert [step.values["row"] for step in result.report if step.code == "repaired"] == [2]
    assert any(step.startswith("repaired_rows") for step in result.layer.provenance.steps)


def test_a_layer_that_lost_a_row_is_complete_nowhere() -> None:
    lost = layer(hostile.geojson(hostile.feature(SQUARE), hostile.feature(hostile.point(math.inf, 1))), covers="region")
    assert [row.reason for row in lost.rejected] == ["geometry_not_finite"]
    assert lost.layer.spec.covers == "none"
    placeless = layer(hostile.geojson(hostile.feature(SQUARE), hostile.feature(None)))
    assert (placeless.layer.spec.covers, placeless.layer.frame.geometry[1]) == ("none", None)
    assert Step("without_place", {"rows": 1}) in placeless.report
    vouched = layer(hostile.geojson(hostile.feature(SQUARE), hostile.feature(None)), covers="region")
    assert vouched.layer.spec.covers == "region"


def test_rows_outside_the_region_are_refused_and_cost_no_completeness() -> None:
    result = layer(hostile.geojson(hostile.feature(SQUARE), hostile.feature(hostile.point(2.3, 48.9))))
    assert [(row.row, row.reason) for row in result.rejected] == [(2, "outside_region")]
    assert result.layer.spec.covers == "region"


def test_a_layer_of_which_no_row_is_usable_says_why() -> None:
    with pytest.raises(DataError) as error:
        layer(hostile.geojson(hostile.feature(hostile.point(36.1, 120.1))))
    assert (code_of(error), error.value.values["reason"]) == ("nothing_usable", "axes_swapped")
    with pytest.raises(DataError) as error:
        layer(hostile.geojson())
    assert code_of(error) == "no_rows"


def test_mixed_geometry_and_codes_with_leading_zeros() -> None:
    result = layer(b"id,code,n,lon,lat\n1,007,1.5,120.1,36.1\n2,008,2,120.1,36.1\n3,009,3,,\n", "z.csv", crs="4326")
    frame = result.layer.frame
    assert (list(frame["code"]), list(frame["n"])) == (["007", "008", "009"], [1.5, 2.0, 3.0])
    assert result.layer.spec.geometry is GeometryKind.MIXED
    both = layer(hostile.geojson(hostile.feature(SQUARE), hostile.feature(hostile.point(*HERE))))
    assert both.layer.spec.geometry is GeometryKind.MIXED


def test_a_table_without_coordinates_is_a_layer_without_geometry_and_complete_nowhere() -> None:
    result = layer(b"id,total\na,5\n", "t.csv")
    assert (result.layer.spec.geometry, result.layer.spec.covers) == (GeometryKind.NONE, "none")


SIDECAR = """
title = "河流"
accuracy_m = 20
as_of = 2024-05-01
crs = 4490
covers = "bbox:120,36,121,37"
source = "水务局"
[columns]
level = "级别"
"""


def test_a_sidecar_says_what_the_file_does_not_and_the_caller_goes_first() -> None:
    content = hostile.geojson(hostile.feature(SQUARE, 级别="1"))
    spec = layer(content, sidecar=SIDECAR).layer.spec
    assert (spec.title["zh"], spec.accuracy_m, spec.as_of, spec.source) == ("河流", 20.0, "2024-05-01", "水务局")
    assert spec.covers == "bbox:120,36,121,37"
    result = layer(content, sidecar=SIDECAR, accuracy_m=3.0, covers="none")
    assert (result.layer.spec.accuracy_m, result.layer.spec.covers) == (3.0, "none")
    assert list(result.layer.frame["level"]) == ["1"]


@pytest.mark.parametrize(
    ("sidecar", "code"),
    [
        ("titel = 'a'", "sidecar_fault"),
        ("accuracy_m = -1", "sidecar_fault"),
        ("accuracy_m = nan", "sidecar_fault"),
        ("accuracy_m = 'exact'", "sidecar_fault"),
        ("a = ", "sidecar_unreadable"),
        ("#" * 70_000, "sidecar_too_long"),
        ("covers = 'everywhere'", "covers_unreadable"),
        ("covers = 'bbox:121,36,120,37'", "covers_unreadable"),
        ("as_of = 'yesterday'", "as_of_unreadable"),
        ("[columns]\nlevel = 'missing'", "column_missing"),
    ],
)
def test_a_sidecar_with_a_fault_is_refused_as_a_whole(sidecar: str, code: str) -> None:
    with pytest.raises(DataError) as error:
        layer(hostile.geojson(hostile.feature(SQUARE)), sidecar=sidecar)
    assert code_of(error) == code


@pytest.mark.parametrize("layer_id", ["../a", "A", "", "a/b", "a" * 65, "{{a}}"])
def test_a_layer_id_is_no_path(layer_id: str) -> None:
    with pytest.raises(DataError) as error:
        import_layer(hostile.geojson(hostile.feature(SQUARE)), "a.geojson", layer_id=layer_id)
    assert code_of(error) == "layer_id_invalid"


def test_hostile_names_and_values_stay_text() -> None:
    values = {
        "{{7*7}}": "{% x %}",
        "__proto__": "<img src=x onerror=1>",
        "geometry": "${a}",
        "b": "\ud800",
        "c": {"d": [1]},
    }
    content = json.dumps({"type": "Feature", "properties": values, "geometry": SQUARE}).encode()
    frame = layer(content).layer.frame
    assert (frame["{{7*7}}"][0], frame["__proto__"][0]) == ("{% x %}", "<img src=x onerror=1>")
    assert (frame["geometry_2"][0], frame["b"][0], frame["c"][0]) == ("${a}", "?", '{"d": [1]}')


def test_geoparquet_with_and_without_a_frame(tmp_path: Path) -> None:
    import geopandas

    plain = geopandas.GeoDataFrame({"n": [1]}, geometry=[shapely.Point(534467.459, 3993055.813)])
    plain.set_crs(4549).to_parquet(tmp_path / "a.parquet")
    placed = layer((tmp_path / "a.parquet").read_bytes(), "a.parquet").layer.frame.geometry[0]
    assert (placed.x, placed.y) == pytest.approx((120.3826, 36.0671), abs=1e-8)
    plain.to_parquet(tmp_path / "b.parquet")
    with pytest.raises(FrameUnstated):
        layer((tmp_path / "b.parquet").read_bytes(), "b.parquet")


# Grids


def test_a_grid_in_degrees_is_cut_to_the_region_and_keeps_its_values() -> None:
    """Cells of one degree from 118E and 38N: the region touches columns 1-3 and rows 0-2."""
    values = np.arange(20.0).reshape(4, 5)
    values[1, 2] = -9999.0
    result = layer(hostile.geotiff(values, (118, 34, 123, 38), "EPSG:4326"), "depth.tif", sidecar='unit = "m"')
    grid = result.layer.grid
    assert grid is not None
    assert grid.bounds == pytest.approx((119, 35, 122, 38))
    assert np.array_equal(grid.values, [[1, 2, 3], [6, np.nan, 8], [11, 12, 13]], equal_nan=True)
    assert (grid.unit, result.layer.spec.geometry) == ("m", GeometryKind.RASTER)


def test_a_projected_grid_is_resampled_and_says_what_that_costs() -> None:
    """Cells of 1 km: half a diagonal is 707 m; the cells in degrees are sized alike, within a fifth."""
    values = np.full((20, 20), 7.0)
    content = hostile.geotiff(values, (500_000, 3_980_000, 520_000, 4_000_000), "EPSG:4549")
    grid = layer(content, "depth.tif").layer.grid
    assert grid is not None
    assert np.nanmin(grid.values) == np.nanmax(grid.values) == 7.0
    assert grid.accuracy_m == pytest.approx(707, rel=0.2)


def test_grids_that_are_refused() -> None:
    values = np.ones((4, 4))
    with pytest.raises(FrameUnstated):
        layer(hostile.geotiff(values, (120, 36, 121, 37), None), "a.tif")
    with pytest.raises(UnreadableFile) as error:
        layer(hostile.geotiff(values, (120, 36, 121, 37), "EPSG:4326"), "a.tif", limits=Limits(grid_cells=15))
    assert code_of(error) == "raster_size"
    with pytest.raises(DataError) as far:
        layer(hostile.geotiff(values, (0, 0, 1, 1), "EPSG:4326"), "a.tif")
    assert code_of(far) == "outside_region"
    with pytest.raises(UnreadableFile) as error:
        sites(hostile.geotiff(values, (120, 36, 121, 37), "EPSG:4326"), "a.tif")
    assert code_of(error) == "grid_not_table"


# Typed sites


def test_one_coordinate_is_a_point() -> None:
    """The known answer of the working frame: 120.3826E, 36.0671N is E 534467.459, N 3993055.813 in EPSG:4549."""
    written = (("120.3826, 36.0671", 4326), ("534467.459 3993055.813", 4549), ("40534467.459\t3993055.813", 4528))
    for text, frame in written:
        site = parse_corners(text, frame)
        assert (site.x, site.y) == pytest.approx((120.3826, 36.0671), abs=1e-8)


@pytest.mark.parametrize(
    "text",
    [
        "120.1,36.1\n120.2,36.1\n120.2,36.2",
        "J1 120.1 36.1; J2 120.2 36.1; J3 120.2 36.2; J1 120.1 36.1",
        "Ｊ１：１２０．１，３６．１；Ｊ２：120.2、36.1；Ｊ３：120.2　36.2",
        "点号\t经度\t纬度\n1\t120.1\t36.1\n2\t120.2\t36.1\n3\t120.2\t36.2\n",
        "(120.1,36.1) (120.2,36.1) (120.2,36.2)",
        "120.1 36.1 120.2 36.1 120.2 36.2",
    ],
)
def test_corner_points_as_people_write_them(text: str) -> None:
    expected = shapely.Polygon([(120.1, 36.1), (120.2, 36.1), (120.2, 36.2)])
    assert parse_corners(text, "EPSG:4326").equals(expected)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "corners_empty", None),
        ("120.1,36.1\n120.2", "corners_odd", 2),
        ("120.1,36.1\n120.2,36.1\n120.2,36.x", "corners_unreadable", 3),
        ("nan,36.1", "corners_odd", 1),
        ("120.1,36.1\n120.2,36.1", "corners_two", None),
        ("1," * 150_000, "corners_too_many", None),
        ("J1 120.1 36.1 12.5", "corners_odd", 1),
    ],
)
def test_corner_points_that_cannot_be_read(text: str, code: str, line: int | None) -> None:
    with pytest.raises(DataError) as error:
        parse_corners(text, 4326)
    assert (code_of(error), error.value.values.get("line")) == (code, line)


def test_typed_sites_that_cannot_be_measured() -> None:
    with pytest.raises(GeometryError) as crossing:
        parse_corners("120.1,36.1;120.2,36.2;120.2,36.1;120.1,36.2", 4326)
    assert crossing.value.code == "geometry_self_crossing"
    with pytest.raises(RegionError) as swapped:
        parse_corners("36.1,120.1", 4326)
    assert swapped.value.values["hint"] == "axes_swapped"
    with pytest.raises(FrameError):
        parse_corners("120.1,36.1", "mars")


@settings(max_examples=60, deadline=None)
@given(
    some.lists(some.tuples(some.floats(119.5, 121.5), some.floats(35.5, 37.0)), min_size=3, max_size=12, unique=True),
    some.sampled_from(["\n", ";", "；", "\n\n"]),
    some.sampled_from([",", " ", "\t", "，", ", "]),
)
def test_any_convex_outline_survives_being_written_and_read(
    points: list[tuple[float, float]], between_points: str, between_numbers: str
) -> None:
    hull = shapely.MultiPoint([(round(x, 6), round(y, 6)) for x, y in points]).convex_hull
    if hull.geom_type != "Polygon" or hull.area < 1e-6:
        return
    corners = list(hull.exterior.coords)[:-1]
    text = between_points.join(
        f"J{n}{between_numbers}{x:.6f}{between_numbers}{y:.6f}" for n, (x, y) in enumerate(corners)
    )
    assert parse_corners(text, 4326).equals(hull)


# What a user reads


def test_every_code_of_this_package_has_a_sentence_in_both_languages() -> None:
    from atlas.texts import has_code

    root = Path(__file__).resolve().parents[2] / "layers"
    files = [*root.glob("*.py"), *root.glob("formats/*.py"), *root.glob("sources/*.py")]
    text = "\n".join(
        file.read_text("utf-8") for file in files if file.stem not in ("catalogue", "rulebook", "rule_entry")
    )
    raised = r'(?:DataError|UnreadableFile|FrameUnstated|UnknownLayer|Step|GeometryFaultError)\(\s*"([a-z_]+)"'
    refused = r'Rejected\([^"\n]*"[a-z]*", "([a-z_]+)"'
    codes = set(re.findall(raised, text)) | set(re.findall(refused, text))
    assert len(codes) > 80
    for language in ("zh", "en"):
        assert [code for code in codes if not has_code(code, language)] == []


def test_coordinates_that_come_north_first_are_placed_when_that_is_said() -> None:
    table = b"id,X,Y\nA,4017000,518000\n"
    refused = sites(table, "a.csv", crs="EPSG:4549")
    assert [fault.reason for fault in refused.rejected] == ["axes_swapped"]
    placed = sites(table, "a.csv", crs="EPSG:4549", north_first=True)
    expected = sites(b"id,X,Y\nA,518000,4017000\n", "a.csv", crs="EPSG:4549").proposals[0].footprint
    assert placed.proposals[0].footprint.equals(expected)
    corners = "4017000, 518000; 4017000, 518100; 4017100, 518100"
    east_first = parse_corners("518000, 4017000; 518100, 4017000; 518100, 4017100", "EPSG:4549")
    assert parse_corners(corners, "EPSG:4549", north_first=True).equals(east_first)


def test_a_site_of_too_many_vertices_is_refused_and_the_others_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proposing, "MOST_VERTICES", 50)
    shapes = [shapely.Point(120.2, 36.2).buffer(0.01, quad_segs=segments) for segments in (4, 40)]
    features = [{"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(one)} for one in shapes]
    found = sites(json.dumps({"type": "FeatureCollection", "features": features}).encode(), accuracy_m=5.0)
    assert len(found.proposals) == 1
    (fault,) = found.rejected
    assert (fault.row, fault.reason, fault.values) == (2, "geometry_too_detailed", {"count": 161, "limit": 50})
