"""A report in two languages, in a bureau's own template, and with what stands in the way of a site."""

import re
import subprocess
import zipfile
from io import BytesIO

import pytest
import report_example
from docx import Document
from docx.oxml.ns import qn
from PIL import Image
from streamlit.testing.v1 import AppTest
from test_report import squeezed, words_of

from atlas.report import FORMATS, batch, render
from atlas.report.archive import packed
from atlas.report.clock import OLDEST
from atlas.report.docx_template import BLOCKS, INLINE, REQUIRED, checked_template, example_template, fill, names, spots
from atlas.report.overview import reports_of
from atlas.texts import languages, text
from layers.errors import DataError, UnreadableFile

#: A finding of every outcome, one site, hostile names elsewhere.
CONTENT = report_example.assessment()


@pytest.fixture(scope="module")
def picture():
    target = BytesIO()
    Image.new("RGB", (60, 40), "#0b6e7f").save(target, "PNG")
    return target.getvalue()


@pytest.mark.parametrize("fmt", [fmt for fmt in FORMATS if fmt != "json"])
def test_both_languages_stand_in_one_file(fmt, tmp_path):
    words = words_of(render(report_example.assessment(), fmt, "both"), fmt, tmp_path)
    for finding in report_example.findings():
        for language in languages():
            assert squeezed(finding["title"][language]) in words
    assert squeezed(text("stamp.internal", "zh")) in words
    assert squeezed(text("stamp.internal", "en")) in words


@pytest.mark.parametrize("fmt", ["pdf", "docx", "html"])
def test_a_report_is_signed(fmt, tmp_path):
    words = words_of(render(report_example.assessment(report_example.clear_site()), fmt, "zh"), fmt, tmp_path)
    for name in ("编制", "校核", "审定"):
        assert name in words


def explained():
    """A site with the keys that ``check --alternatives`` adds."""
    rule = {"rule": "W1", "title": {"zh": "离岸距离", "en": "Distance offshore"}, "severity": "prohibit"}
    rule |= {"outcome": "conflict", "why": None, "layers": ["mainland_coast"]}
    blocker = {**rule, "verdict_without": "uncertain", "ways": [], "move": {"distance_m": 1234.0, "azimuth_deg": 90.0}}
    place = {
        "geometry": report_example.SQUARE, "distance_m": 1500.0, "azimuth_deg": 180.0, "line": report_example.WITNESS,
        "districts": [{"id": "370211", "name_zh": "黄岛区", "name_en": "Huangdao"}], "in_the_way": [], "weak": [],
        "unassessed": [],
    }  # fmt: skip
    blocking = {"verdict": "conflict", "verdict_without": "uncertain", "conflicts": [blocker], "uncertain": []}
    within = {"kind": "radius", "radius_m": 20000.0, "id": "", "name_zh": "", "name_en": ""}
    alternative = {
        "within": within, "place": place, "best": None, "assured": None, "lost": [], "cell_m": 31.25,
        "best_cell_m": 800.0, "no_nearer_m": None, "looked_at": 1, "asked": 1, "plausibility": [],
    }  # fmt: skip
    return report_example.site(blocking={**blocking, "weak": [], "unassessed": []}, alternative=alternative)


@pytest.mark.parametrize("fmt", ["pdf", "docx", "html", "xlsx"])
def test_what_stands_in_the_way_and_where_instead_are_there_if_asked_for(fmt, tmp_path):
    words = words_of(render(report_example.assessment(explained()), fmt, "zh"), fmt, tmp_path)
    assert "1,234m" in words  # the move that the rule alone asks for
    assert squeezed(text("report.section.blocking", "zh")) in words
    plain = words_of(render(report_example.assessment(report_example.site()), fmt, "zh"), fmt, tmp_path)
    assert squeezed(text("report.section.blocking", "zh")) not in plain


def test_conditions_are_words_and_no_program_text():
    from atlas.wording import condition_words
    from atlas.wording_values import picked_words

    assert picked_words("kv", {"above": 10, "below": 35}, "zh") == "电压（kV） > 10, < 35"
    assert picked_words("class", ["high_speed", "高速铁路", "高铁"], "zh") == "类别 高速铁路/高铁"
    assert picked_words("class", ["high_speed", "高速铁路", "高铁"], "en") == "class high-speed railway"
    assert picked_words("level", ["2", "二级", "二级保护区"], "zh") == "级别 二级"
    asked = {"relation": "no_overlap", "layer": "highways", "outcome": "clear", "where": {"kv": {"at_least": 500}}}
    assert "{" not in condition_words(asked, "zh")


# The bureau's own template


def template(*paragraphs, header=""):
    document = Document()
    for words in paragraphs:
        document.add_paragraph(words)
    document.sections[0].header.paragraphs[0].text = header
    target = BytesIO()
    document.save(target)
    return target.getvalue()


def needed():
    return [f"{{{{{text(f'template.{key}', 'zh')}}}}}" for key in REQUIRED]


@pytest.mark.parametrize("language", languages())
def test_the_example_has_every_placeholder_and_holds_the_whole_report(language, picture, tmp_path):
    made = example_template(language)
    assert {spot.key for spot in spots(checked_template(made, "t.docx"))} == {*INLINE, *BLOCKS}
    filled = fill(made, "t.docx", report_example.assessment(), language, picture)
    words = words_of(filled, "docx", tmp_path)
    for finding in report_example.findings():
        assert squeezed(finding["title"][language]) in words
        assert squeezed(finding["citation"]["clause"]) in words
    for layer in CONTENT["layers"]:
        assert layer["sha256"] in words
    assert CONTENT["rulebook_sha256"] in words
    assert "{{7*7}}" in words  # a name that looks like a placeholder is a name
    assert not [name for name in names() if f"{{{{{name}}}}}" in words]
    assert filled == fill(made, "t.docx", report_example.assessment(), language, picture)


def test_a_template_of_a_bureau_without_our_styles_keeps_its_own(picture):
    document = Document()
    for name in ("Heading 1", "Heading 2", "Heading 3", "List Bullet"):
        document.styles[name].delete()
    cell = document.add_table(rows=1, cols=1).rows[0].cells[0]
    cell.paragraphs[0].text = "{{核查结果}}"
    run = document.add_paragraph().add_run("结论：{{结")
    run.bold = True
    document.paragraphs[-1].add_run("论}}；另见附件")
    for words in [words for words in needed() if words not in ("{{核查结果}}", "{{结论}}")]:
        document.add_paragraph(words)
    target = BytesIO()
    document.save(target)
    filled = Document(BytesIO(fill(target.getvalue(), "t.docx", report_example.assessment(), "zh", picture)))
    line = next(p for p in filled.paragraphs if p.text.startswith("结论："))
    assert line.text == "结论：冲突 1、须征求意见或须论证 1、未发现冲突 1；1 条记录未能使用；另见附件"
    assert line.runs[0].bold
    inside = "\n".join(p.text for p in filled.tables[0].rows[0].cells[0].paragraphs)
    assert "新建海上风电离岸距离与水深" in inside
    assert len(filled.tables[0].rows[0].cells[0].tables) > 2


@pytest.mark.parametrize("missing", REQUIRED)
def test_a_template_that_lacks_a_placeholder_is_told_which(missing):
    words = f"{{{{{text(f'template.{missing}', 'zh')}}}}}"
    with pytest.raises(DataError) as caught:
        checked_template(template(*[each for each in needed() if each != words]), "t.docx")
    assert caught.value.code == "template_lacks"
    assert caught.value.values == {"file": "t.docx", "lacking": words}


def test_an_unknown_placeholder_and_a_part_within_a_line_are_refused():
    with pytest.raises(DataError, match="template_unknown"):
        checked_template(template(*needed(), "{{结伦}}"), "t.docx")
    with pytest.raises(DataError, match="template_block_not_alone"):
        checked_template(template(*needed(), "见 {{地图}}"), "t.docx")
    with pytest.raises(DataError, match="template_block_not_alone"):
        checked_template(template(*needed(), header="{{签字栏}}"), "t.docx")


def changed(**parts):
    """A good template with some of its parts replaced or added; names with slashes are written with ``__``."""
    with zipfile.ZipFile(BytesIO(template(*needed()))) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}
    return packed({**inside, **parts}, OLDEST)


RELATION = (
    b'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    b'<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"'
    b' Target="http://example.invalid/evil.dotm" TargetMode="External"/></Relationships>'
)
FIELD = (
    b'<?xml version="1.0"?><w:hdr xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:p><w:r>'
    b'<w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>DDE</w:instrText></w:r><w:r><w:instrText>AUTO cmd'
    b'</w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p></w:hdr>'
)
BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "archive_broken"),
        (b"%PDF-1.7", "archive_broken"),
        (packed({"a.xml": b"<a/>"}, OLDEST), "template_not_word"),
        (packed({"../evil.xml": b"<a/>"}, OLDEST), "archive_path"),
        (packed({"word/document.xml": b"0" * 200_000_000}, OLDEST), "archive_size"),
        (packed({"word/document.xml": b"0" * 20_000_000}, OLDEST), "archive_ratio"),
        (changed(**{"word/vbaProject.bin": b"x"}), "template_macros"),
        (changed(**{"word/embeddings/oleObject1.bin": b"x"}), "archive_member"),
        (changed(**{"word/_rels/settings.xml.rels": RELATION}), "template_external"),
        (changed(**{"word/header9.xml": FIELD}), "template_field"),
        (changed(**{"word/header9.xml": BOMB}), "template_not_word"),
        (changed(**{"word/document.xml": b"<a>"}), "template_not_word"),
    ],
)
def test_a_hostile_template_is_not_opened(content, code):
    with pytest.raises(UnreadableFile) as caught:
        checked_template(content, "t.docx")
    assert caught.value.code == code
    assert caught.value.values["file"] == "t.docx"


def test_the_page_offers_languages_and_a_template():
    page = AppTest.from_function(_panel, default_timeout=240)
    page.session_state["atlas.assessment"] = report_example.assessment(report_example.clear_site())
    page.run()
    page.segmented_control(key="report_language").set_value("both").run()
    page.segmented_control(key="report_format").set_value(".docx").run()
    assert page.get("file_uploader") and not page.exception
    page.button(key="report_make").click().run()
    assert not page.exception and not page.error
    assert len(page.get("download_button")) == 2  # the report, and an example of a template


def _panel():
    from atlas import state
    from atlas.pages.parts.reports import reports_panel

    reports_panel(state.store(), "zh")


# Many sites


def many(count=5):
    sites = [report_example.site(f"S{number}", f"地址{number}") for number in range(count - 1)]
    return report_example.assessment(*sites, report_example.clear_site())


@pytest.mark.parametrize("fmt", ["pdf", "docx"])
def test_a_batch_says_every_rule_clause_and_source_once_and_every_site(fmt, picture, tmp_path):
    content = many()
    words = words_of(render(content, fmt, "zh", picture), fmt, tmp_path)
    assert squeezed(text("report.batch.title", "zh")) in words
    for finding in report_example.findings():
        assert squeezed(finding["title"]["zh"]) in words
        assert squeezed(finding["citation"]["clause"]) in words
        assert words.count(squeezed(finding["citation"]["quote"] or finding["rule"])) >= 1
    for number in range(4):
        assert f"地址{number}" in words
    for layer in content["layers"]:
        assert layer["sha256"] in words and squeezed(layer["attribution"]) in words
    assert content["rulebook_sha256"] in words
    assert "未经审图" in words and "内部资料" in words


def test_a_site_of_a_batch_has_a_page_of_its_own(tmp_path):
    path = tmp_path / "batch.pdf"
    path.write_bytes(render(many(), "pdf", "zh"))
    pages = subprocess.run(["pdftotext", "-raw", str(path), "-"], capture_output=True, check=True).stdout.decode()
    headed = [page for page in pages.split("\f") if page.count("拟选地址 ") == 1]
    assert len(headed) == 5


def test_a_batch_begins_with_its_conflicts_and_says_on_which_page_each_site_stands(tmp_path):
    clear_first = report_example.clear_site() | {"id": "Z", "name": "先列"}
    content = report_example.assessment(clear_first, *(report_example.site(f"S{n}", f"地址{n}") for n in range(4)))
    path = tmp_path / "batch.pdf"
    path.write_bytes(render(content, "pdf", "zh"))
    text_of = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True).stdout.decode()
    pages = text_of.split("\f")
    begun = [text_of.index(text(key, "zh")) for key in ("report.batch.conflicts", "report.batch.contents")]
    assert begun == sorted(begun)
    table = text_of[begun[0] : text_of.index("摘要", begun[0])]
    assert [n for n in range(4) if f"地址{n}" in squeezed(table)] == [0, 1, 2, 3]
    assert "先列" not in squeezed(table)
    found = (re.fullmatch(r"(拟选地址 .+?)[ .\u2060]{3,}(\d+)", line.strip()) for line in text_of.splitlines())
    listed = [(squeezed(line[1]), int(line[2])) for line in found if line]
    assert [name.split("：")[1] for name, _ in listed] == ["地址0", "地址1", "地址2", "地址3", "先列"]
    for name, page in listed:
        assert name in squeezed(pages[page - 1])


def test_a_batch_in_word_has_a_field_for_its_contents():
    document = Document(BytesIO(render(many(), "docx", "zh")))
    instructions = [element.text for element in document.element.body.iter(qn("w:instrText"))]
    assert any("TOC" in instruction for instruction in instructions)
    assert text("report.batch.contents_note", "zh") in "\n".join(p.text for p in document.paragraphs)


def test_only_many_sites_are_a_batch_unless_asked_otherwise(tmp_path):
    title = squeezed(text("report.batch.title", "zh"))
    three = report_example.assessment()
    assert title not in words_of(render(three, "docx", "zh"), "docx", tmp_path)
    assert title in words_of(render(three, "docx", "zh", form="batch"), "docx", tmp_path)
    assert title not in words_of(render(many(), "docx", "zh", form="full"), "docx", tmp_path)


def test_beyond_the_most_pages_the_worst_sites_have_them_and_it_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(batch, "PAGES_MOST", 2)
    words = words_of(render(many(), "docx", "zh"), "docx", tmp_path)
    assert squeezed(text("report.batch.cut", "zh", sites=5, pages=2)) in words
    assert "地址1" in words and "地址3" not in words
    assert "冲突4、未发现冲突1" in words  # the verdict counts all


def test_a_name_of_500_characters_is_cut_in_headings_and_whole_among_the_facts(tmp_path):
    name, identifier = "很长的名字" * 100, "x" * 500
    content = report_example.assessment(report_example.site(identifier, name, findings=[]))
    report = reports_of(content, "zh")[0]
    assert len(report.sites[0].heading) < 120
    assert all(len(cell) <= 60 for cell in report.summary.rows[0][:2])
    words = words_of(render(content, "pdf", "zh"), "pdf", tmp_path)
    assert name in words and identifier in words


@pytest.mark.parametrize("fmt", ["pdf", "docx"])
def test_a_batch_is_the_same_twice(fmt):
    assert render(many(4), fmt, "both") == render(many(4), fmt, "both")


def test_a_field_without_end_is_cut_on_paper_and_said(tmp_path):
    site = report_example.site("S1", "字" * 40_000) | {"quantities": {"note": "y" * 40_000}}
    path = tmp_path / "long.pdf"
    path.write_bytes(render(report_example.assessment(site), "pdf", "zh"))
    ran = subprocess.run(["pdfinfo", str(path)], capture_output=True, check=True).stdout.decode()
    assert int(re.search(r"Pages:\s+(\d+)", ran)[1]) < 20
    assert "另有38,000个字符" in words_of(path.read_bytes(), "pdf", tmp_path)
