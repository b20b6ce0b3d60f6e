"""What leaves the building says everything, says it honestly, runs nothing, and is the same twice."""

import csv
import hashlib
import html
import json
import math
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from io import BytesIO, StringIO
from pathlib import Path

import pyogrio
import pytest
import report_example
from defusedxml import ElementTree
from docx import Document
from openpyxl import load_workbook
from PIL import Image
from shapely.geometry import shape

from atlas.assessment_file import sealed
from atlas.printable import printable
from atlas.report import FORMATS, render
from atlas.report.overview import report_of
from atlas.report.sites import area_m2, corners_of
from atlas.wording import decimals_of, reason_words, verdict_sentence, verdict_tone

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("html", "pdf", "docx")


class _Page(HTMLParser):
    """The words of a page, and every tag and attribute that a browser would see."""

    def __init__(self, content):
        super().__init__()
        self.words, self.tags, self.attributes = [], [], []
        self.feed(content.decode())

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_data(self, data):
        self.words.append(data)


def _pdf_words(content, tmp_path):
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext (poppler-utils) is not installed")
    path = tmp_path / "report.pdf"
    path.write_bytes(content)
    return subprocess.run(["pdftotext", "-raw", str(path), "-"], capture_output=True, check=True).stdout.decode()


def _docx_words(content):
    document = Document(BytesIO(content))
    lines = [paragraph.text for paragraph in document.paragraphs]
    lines += [paragraph.text for paragraph in document.sections[0].header.paragraphs]
    lines += [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join(lines)


def _xlsx_words(content):
    book = load_workbook(BytesIO(content))
    return "\n".join(str(cell.value) for sheet in book for row in sheet for cell in row if cell.value is not None)


def _gpkg_words(content, tmp_path):
    path = tmp_path / "report.gpkg"
    path.write_bytes(content)
    frames = [pyogrio.read_dataframe(path, layer=name) for name, _ in pyogrio.list_layers(path)]
    return "\n".join(str(value) for frame in frames for column in frame for value in frame[column])


def words_of(content, fmt, tmp_path):
    """Everything that a reader of the file finds, without blanks and line ends, which a layout moves."""
    found = {
        "json": lambda: content.decode(),
        "html": lambda: "".join(_Page(content).words),
        "pdf": lambda: _pdf_words(content, tmp_path),
        "docx": lambda: _docx_words(content),
        "xlsx": lambda: _xlsx_words(content),
        "csv": lambda: content.decode("utf-8-sig"),
        "gpkg": lambda: _gpkg_words(content, tmp_path),
    }[fmt]()
    return squeezed(found)


def squeezed(words):
    """Without blanks and line ends."""
    return "".join(words.split())


@pytest.fixture(scope="module")
def picture():
    """A small PNG."""
    target = BytesIO()
    Image.new("RGB", (60, 40), "#0b6e7f").save(target, "PNG")
    return target.getvalue()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("fmt", FORMATS)
def test_every_finding_clause_source_and_refused_row_is_there(fmt, language, tmp_path):
    content = report_example.assessment()
    words = words_of(render(content, fmt, language), fmt, tmp_path)
    for finding in report_example.findings():
        assert squeezed(finding["title"][language]) in words
        assert squeezed(finding["citation"]["clause"]) in words
        assert squeezed(finding["citation"]["document"]).strip("《》") in words
    for layer in content["layers"]:
        assert layer["id"] in words
        assert layer["sha256"] in words
        assert squeezed(layer["attribution"]) in words
    assert "GSHHG2.3.7" in words
    assert content["rulebook_sha256"] in words
    refused = content["rejected"][0]
    assert squeezed(reason_words(refused, language) if fmt != "json" else refused["reason"]) in words


@pytest.mark.parametrize("fmt", [fmt for fmt in FORMATS if fmt != "json"])
def test_stamps_stand_where_their_layers_are_and_only_there(fmt, tmp_path):
    stamped = words_of(render(report_example.assessment(), fmt, "zh"), fmt, tmp_path)
    assert "示例数据（虚构）" in stamped
    assert "内部资料" in stamped
    plain = report_example.assessment()
    plain["layers"] = plain["layers"][:1]
    unstamped = words_of(render(plain, fmt, "zh"), fmt, tmp_path)
    assert "示例数据（虚构）" not in unstamped
    assert "内部资料" not in unstamped


@pytest.mark.parametrize("fmt", PAGES)
def test_a_page_with_a_map_says_that_it_is_not_approved(fmt, picture, tmp_path):
    content = report_example.assessment()
    assert "未经审图，不得公开" in words_of(render(content, fmt, "zh", picture), fmt, tmp_path)
    assert "未经审图" not in words_of(render(content, fmt, "zh"), fmt, tmp_path)


@pytest.mark.parametrize("fmt", PAGES)
def test_the_plan_has_ended_wherever_its_clauses_are_cited(fmt, tmp_path):
    cited = words_of(render(report_example.assessment(report_example.site()), fmt, "zh"), fmt, tmp_path)
    assert "2025年结束" in cited
    uncited = report_example.assessment(report_example.clear_site())
    assert "2025年结束" not in words_of(render(uncited, fmt, "zh"), fmt, tmp_path)


def test_clear_names_how_many_rules_were_checked_and_is_no_approval():
    entry = report_example.clear_site()
    assert verdict_sentence(entry, "zh") == "未发现冲突（已核查 1 条）"
    assert "不是许可" in report_of(report_example.assessment(entry), "zh").caution


def test_advice_is_not_counted_in_a_verdict():
    entry = report_example.clear_site()
    assert [finding["severity"] for finding in entry["findings"]] == ["advise", "prohibit"]
    assert verdict_tone(entry) == "clear"
    assert "1 条" in verdict_sentence(entry, "zh")


def test_a_restricting_conflict_is_not_worded_as_a_prohibition():
    sentence = verdict_sentence(report_example.restricted_site(), "zh")
    assert sentence == "须征求意见或须论证：触及 1 条限制性规则（并非禁止）"
    assert "prohibit" not in verdict_sentence(report_example.restricted_site(), "en").replace("not a prohibition", "")


def test_a_conflict_does_not_hide_what_was_not_looked_at():
    assert verdict_sentence(report_example.site(), "zh") == "冲突：不满足 1 条禁止性规则；另有 2 条无法判定；3 条未核查"


def test_no_assessed_rule_says_so():
    entry = report_example.site(findings=[], verdict="not_assessed", why="no_rule")
    assert verdict_sentence(entry, "zh") == "未核查：没有可核查的禁止性或限制性规则"


def test_only_refused_rows_are_not_a_clear_answer():
    content = report_example.assessment()
    content["proposals"] = []
    report = report_of(content, "zh")
    assert report.tone == "not_assessed"
    assert "1 条记录未能使用" in report.verdict
    assert render(content, "pdf", "zh").startswith(b"%PDF")


def test_a_tiny_margin_is_not_rounded_away():
    finding = next(entry for entry in report_example.findings() if entry["rule"] == "D2")
    assert decimals_of(finding) == 3
    report = report_of(report_example.assessment(report_example.site(findings=[finding])), "zh")
    shown = dict(report.sites[0].groups[0].findings[0].facts)
    assert shown["距离"] == "99.980 m"
    assert shown["余量"] == "-0.020 m"


def test_area_of_a_square_of_a_hundredth_of_a_degree():
    # GRS80 at 36.205N: M = a(1-e²)/(1-e² sin²φ)^1.5, N = a/(1-e² sin²φ)^0.5; area on the ground ≈ M N cos φ dφ dλ.
    # The plane is larger by k² with k = 1 + (x/R)²/2, x = 27.4 km east of 120E.
    a, e2, latitude, step = 6378137.0, 0.00669437999, math.radians(36.205), math.radians(0.01)
    w = 1 - e2 * math.sin(latitude) ** 2
    ground = a * (1 - e2) / w**1.5 * a / w**0.5 * math.cos(latitude) * step * step
    east = a / w**0.5 * math.cos(latitude) * math.radians(0.305)
    expected = ground * (1 + (east / 6_371_400.0) ** 2 / 2) ** 2
    assert area_m2(shape(report_example.SQUARE), 0.0) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("accuracy_m", "said"),
    [
        # 4,018 m around: off by 5 m it is open by 20,000 m², a tenth of which is rounded to thousands
        (5.0, "998,000 m² = 1,497 亩 = 99.8 公顷"),
        (500.0, "1,000,000 m² = 1,500 亩 = 100 公顷"),
        (0.05, "997,900 m² = 1,496.85 亩 = 99.790 公顷"),
    ],
)
def test_an_area_is_rounded_to_what_the_accuracy_leaves(accuracy_m, said):
    site = report_example.site() | {"accuracy_m": accuracy_m}
    facts = dict(report_of(report_example.assessment(site), "zh").sites[0].facts)
    assert facts["面积"].startswith(said)


def test_corners_are_listed_once_each_in_both_frames():
    assert len(corners_of(shape(report_example.SQUARE))) == 4
    facts = dict(report_of(report_example.assessment(report_example.clear_site()), "zh").sites[0].facts)
    # the known point of the city in EPSG:4549
    assert "E 534467.459，N 3993055.813" in facts["中心点"]


def test_what_to_supply_names_the_layer_or_the_quantity():
    rows = report_of(report_example.assessment(), "zh").sites[0].to_supply.rows
    steps = {rule: step for step, rules, _ in rows for rule in rules.split("、")}
    assert set(steps) == {"C3", "L3", "E3", "W5", "W8"}
    assert "生态保护红线" in steps["E3"]
    assert "装机容量" in steps["W5"]


@pytest.mark.parametrize("fmt", ["html", "pdf", "docx", "xlsx", "csv", "gpkg"])
def test_hostile_names_are_literal_text(fmt, tmp_path):
    words = words_of(render(report_example.assessment(), fmt, "en"), fmt, tmp_path)
    literal = squeezed("{{7*7}} {% x %} ${1+1} `id` <img src=x onerror=alert(1)>")
    assert literal in words
    assert "\\input{a}" in words
    assert "\u202e" not in words


def test_html_has_no_script_no_handler_no_address(picture):
    content = render(report_example.assessment(), "html", "zh", picture)
    page = _Page(content)
    assert page.tags.count("img") == 1
    assert not {"script", "link", "iframe", "object", "form"} & set(page.tags)
    assert not [name for name in page.attributes if name.startswith("on")]
    assert b"default-src 'none'" in content
    assert b'src="data:image/png;base64,' in content


def test_html_policy_admits_the_style_that_the_page_has():
    import base64

    content = render(report_example.assessment(), "html", "zh").decode()
    style = content.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src &#39;sha256-{digest}&#39;" in content or f"style-src 'sha256-{digest}'" in content


def test_workbook_has_four_sheets_and_no_formula():
    content = render(report_example.assessment(), "xlsx", "zh")
    book = load_workbook(BytesIO(content))
    assert len(book.sheetnames) == 4
    cells = [cell for sheet in book for row in sheet for cell in row if cell.value is not None]
    assert report_example.FORMULA in [cell.value for cell in cells]
    assert not [cell.value for cell in cells if cell.data_type == "f"]
    assert all(cell.quotePrefix for cell in cells if isinstance(cell.value, str))
    with zipfile.ZipFile(BytesIO(content)) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/")]
    assert not [sheet for sheet in sheets if b"<f>" in sheet or b"<f " in sheet]


def test_workbook_keeps_numbers_as_numbers():
    book = load_workbook(BytesIO(render(report_example.assessment(), "xlsx", "en")))
    rows = list(book.worksheets[1].values)
    head = list(rows[0])
    distances = [row[head.index("Distance (m)")] for row in rows[1:]]
    assert 12345.678 in distances
    assert -17654.322 in [row[head.index("Margin (m)")] for row in rows[1:]]


def _csv_rows(content):
    return list(csv.DictReader(StringIO(content.decode("utf-8-sig"), newline="")))


def test_csv_has_a_mark_for_excel_and_no_cell_that_it_computes():
    content = render(report_example.assessment(), "csv", "zh")
    assert content.startswith(b"\xef\xbb\xbf")
    rows = _csv_rows(content)
    texts = [value for row in rows for name, value in row.items() if not _is_number(value)]
    assert "'" + report_example.FORMULA in texts
    assert not [value for value in texts if value.lstrip().startswith(("=", "+", "-", "@"))]


def _is_number(value):
    try:
        float(value)
    except ValueError:
        return False
    return True


def test_csv_keeps_negative_numbers_as_numbers():
    rows = [row for row in _csv_rows(render(report_example.assessment(), "csv", "zh")) if row["kind"] == "finding"]
    assert {float(row["margin_m"]) for row in rows if row["rule"] == "W1"} == {-17654.322}


@pytest.mark.parametrize("start", ["=1", "+1x", "-1x", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1", "＝1"])
def test_every_start_of_a_formula_is_defused(start):
    entry = report_example.clear_site() | {"id": start, "name": start}
    for row in _csv_rows(render(report_example.assessment(entry), "csv", "zh")):
        if row["kind"] in ("site", "finding"):
            assert row["site"][0] in ("'", "\N{REPLACEMENT CHARACTER}")


def test_json_comes_back_as_it_was():
    content = report_example.assessment()
    content["proposals"][0]["name"] = "half \ud800 of a pair, \u202e turned, {{7*7}}"
    assert json.loads(render(content, "json", "zh")) == sealed(content)


def test_json_has_no_number_that_json_lacks():
    content = report_example.assessment()
    content["proposals"][0]["quantities"]["capacity_mw"] = float("nan")
    assert json.loads(render(content, "json", "zh"))["proposals"][0]["quantities"]["capacity_mw"] is None


@pytest.mark.parametrize("fmt", FORMATS)
def test_unprintable_names_break_no_format(fmt):
    entry = report_example.site(name="".join(map(chr, range(32))) + "\ud800\ufffe\u0085 x" * 500)
    assert render(report_example.assessment(entry), fmt, "zh")


def test_printable_keeps_what_can_be_printed():
    assert printable("青岛 $x$ 😀\n\t{a}") == "青岛 $x$ 😀\n\t{a}"
    assert printable("a\x00b\u202ec") == "a�b�c"


def test_geopackage_has_a_styled_table_a_kind_of_geometry(tmp_path):
    path = tmp_path / "out.gpkg"
    path.write_bytes(render(report_example.assessment(), "gpkg", "zh"))
    kinds = dict(pyogrio.list_layers(path).tolist())
    assert kinds == {
        "sites_area": "Polygon",
        "sites_point": "Point",
        "witness_line": "LineString",
        **dict.fromkeys(("findings", "layers", "rejected", "run", "layer_styles")),
    }
    sites = [pyogrio.read_dataframe(path, layer=name) for name in ("sites_area", "sites_point")]
    assert [len(frame) for frame in sites] == [2, 1]
    assert sites[0].crs.to_epsg() == 4326
    witness = pyogrio.read_dataframe(path, layer="witness_line")
    assert set(witness["rule"]) == {"W1"}
    assert list(witness.geometry.iloc[0].coords) == [(120.31, 36.205), (120.35, 36.205)]
    findings = pyogrio.read_dataframe(path, layer="findings")
    assert len(findings) == sum(len(entry["findings"]) for entry in report_example.assessment()["proposals"])
    with sqlite3.connect(path) as database:
        styles = dict(database.execute("SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault = 1"))
    assert set(styles) == {"sites_area", "sites_point", "witness_line"}
    lines = ElementTree.fromstring(styles["witness_line"])
    assert {each.get("value"): each.get("label") for each in lines.iter("category")} == {
        "conflict": "冲突",
        "restrict": "须征求意见／须论证",
        "uncertain": "无法判定",
        "not_assessed": "未核查",
        "clear": "未发现冲突",
    }
    assert {each.get("field"): each.get("name") for each in lines.iter("alias")}["distance_m"] == "距离（m）"


def test_a_witness_of_patches_and_lines_is_drawn_as_its_patches(tmp_path):
    content = report_example.assessment()
    finding = next(f for entry in content["proposals"] for f in entry["findings"] if f["witness"])
    square = [[120.3, 36.2], [120.31, 36.2], [120.31, 36.21], [120.3, 36.2]]
    patch = {"type": "Polygon", "coordinates": [square]}
    line = {"type": "LineString", "coordinates": [[120.4, 36.2], [120.5, 36.2]]}
    finding["witness"] = {"type": "GeometryCollection", "geometries": [patch, line]}
    path = tmp_path / "out.gpkg"
    path.write_bytes(render(content, "gpkg", "zh"))
    assert pyogrio.read_dataframe(path, layer="witness_area").geometry.iloc[0].equals(shape(patch))


def test_pdf_embeds_its_typeface(tmp_path):
    if not shutil.which("pdffonts"):
        pytest.skip("pdffonts (poppler-utils) is not installed")
    path = tmp_path / "report.pdf"
    path.write_bytes(render(report_example.assessment(), "pdf", "zh"))
    listed = subprocess.run(["pdffonts", str(path)], capture_output=True, check=True).stdout.decode().splitlines()[2:]
    assert any("NotoSansSC" in line for line in listed)
    # the columns emb, sub, uni and the two of the object number end the line
    assert all(line.split()[-5] == "yes" for line in listed)


def test_word_names_a_chinese_typeface():
    content = render(report_example.assessment(), "docx", "zh")
    with zipfile.ZipFile(BytesIO(content)) as archive:
        assert 'w:eastAsia="微软雅黑"' in archive.read("word/styles.xml").decode()


@pytest.mark.skipif(not shutil.which("pdftohtml"), reason="pdftohtml (poppler-utils) is not installed")
def test_a_viewer_lists_the_sections_of_a_report(tmp_path):
    path = tmp_path / "report.pdf"
    path.write_bytes(render(report_example.assessment(), "pdf", "zh"))
    ran = subprocess.run(["pdftohtml", "-xml", "-i", "-stdout", str(path)], capture_output=True, check=True)
    listed = re.findall(r'<item page="\d+">(.*)</item>', html.unescape(ran.stdout.decode()))
    said = report_of(report_example.assessment(), "zh")
    assert listed[:2] == [said.title, said.headings["summary"]]
    assert {site.heading for site in said.sites} <= set(listed)
    assert said.headings["signatures"] in listed


def test_unknown_format_is_refused():
    with pytest.raises(ValueError, match="exe"):
        render(report_example.assessment(), "exe", "zh")


_AGAIN = """
import hashlib, sys
sys.path[:0] = sys.argv[1:3]
import report_example
from atlas.report import FORMATS, render
for fmt in FORMATS:
    print(fmt, hashlib.sha256(render(report_example.assessment(), fmt, "zh")).hexdigest())
"""


def test_same_bytes_at_another_time_in_another_process_and_time_zone():
    """The second run starts seconds later: ZIP notes times to two seconds, SQLite and PDF to one."""
    first = {fmt: hashlib.sha256(render(report_example.assessment(), fmt, "zh")).hexdigest() for fmt in FORMATS}
    environment = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Shanghai", "SOURCE_DATE_EPOCH": "1"}
    command = [sys.executable, "-c", _AGAIN, str(ROOT), str(Path(__file__).parent)]
    printed = subprocess.run(command, env=environment, capture_output=True, check=True).stdout.decode()
    assert dict(line.split() for line in printed.splitlines()) == first


@pytest.mark.parametrize("fmt", ["xlsx", "docx"])
def test_archives_note_the_stated_time(fmt):
    with zipfile.ZipFile(BytesIO(render(report_example.assessment(), fmt, "zh"))) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2026, 11, 24, 3, 4, 4)}
        assert b"2026-11-24T03:04:05Z" in archive.read("docProps/core.xml")


def test_what_was_assumed_is_said_in_words():
    content = report_example.assessment()
    content["inputs"][0]["assumed"] = ['frame_by_standard {"frame": "EPSG:4326"}', "never_heard_of {broken"]
    said = report_of(content, "zh").inputs.rows[0][3]
    assert "按其格式的标准" in said
    assert "never_heard_of {broken" in said


def test_a_rule_for_some_classes_asks_for_the_class():
    waiting = report_example.finding("E4X", "例外", "not_assessed", "advise", "value_unknown")
    waiting |= {"conditions": [], "when": {"project_class": "national_key"}}
    entry = report_example.site(findings=[waiting])
    ((step, rules, _),) = report_of(report_example.assessment(entry), "zh").sites[0].to_supply.rows
    assert "项目类别" in step
    assert rules == "E4X"
    del waiting["when"]
    ((step, _, _),) = report_of(report_example.assessment(entry), "zh").sites[0].to_supply.rows
    assert "未知" not in step


def test_no_invisible_sign_comes_along_when_words_are_copied_from_a_pdf(tmp_path):
    long = "abcdefghij" * 8
    content = report_example.assessment(report_example.site(long, long))
    path = tmp_path / "long.pdf"
    for form in ("full", "batch"):
        path.write_bytes(render(content, "pdf", "zh", form=form))
        copied = subprocess.run(["pdftotext", "-raw", str(path), "-"], capture_output=True, check=True).stdout.decode()
        assert not set("\u200b\u200c\u200d\u00ad\ufeff") & set(copied)
        assert long in "".join(copied.split())
