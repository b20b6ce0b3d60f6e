"""A measure as a report: its caveats, tables, charts and sources are read back, and what the shell writes as one."""

from functools import cache
from pathlib import Path

import pytest
from docx import Document
from test_report import squeezed, words_of

from atlas.commands.measure import MeasureOptions, format_of
from atlas.journeys.measure import Measured, MeasureRequest, measure_alignment, measure_concentration, open_firms
from atlas.journeys.measure_report import export_report
from atlas.report.measures import notes_of
from atlas.workspace import open_store
from layers.errors import DataError
from tests.atlas.shell import run, run_elsewhere


@pytest.fixture(autouse=True)
def _stated_time(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1764028800")


@cache
def request_of() -> MeasureRequest:
    store = open_store()
    return MeasureRequest(firms=open_firms("sample:firms", store), store=store, permutations=99)


@cache
def measured_of(kind: str) -> Measured:
    return {"concentration": measure_concentration, "alignment": measure_alignment}[kind](request_of())


@pytest.mark.parametrize("fmt", ["pdf", "docx"])
def test_a_concentration_report_says_its_caveats_and_every_sector(fmt: str, tmp_path: Path) -> None:
    measured = measured_of("concentration")
    document = measured.document
    content = export_report(measured, request_of(), fmt)
    words = words_of(content, fmt, tmp_path)
    for note in notes_of(document, "zh"):
        assert squeezed(note) in words
    for row in document["sectors"]:
        assert squeezed(row["category"]) in words
    for row in document["places"]:
        assert squeezed(row["place_name"]) in words
    assert document["input"]["sha256"] in words
    assert squeezed("示例数据（虚构）") in words and "未经审图" in words
    store = request_of().store
    for layer_id in ("land", "districts", "plan_designations"):
        assert squeezed(store.spec(layer_id).attribution) in words
    if fmt == "docx":
        path = tmp_path / "c.docx"
        path.write_bytes(content)
        assert len(Document(str(path)).inline_shapes) == 4  # map, ranking, Lorenz curve, table of colours


@pytest.mark.parametrize("kind", ["concentration", "alignment"])
@pytest.mark.parametrize("fmt", ["pdf", "docx"])
def test_a_report_has_the_same_bytes_in_another_process(kind: str, fmt: str, tmp_path: Path) -> None:
    here, there = tmp_path / f"here.{fmt}", tmp_path / f"there.{fmt}"
    options = ["--report", "--permutations", "99"] if kind == "concentration" else ["--report"]
    assert run("measure", kind, "sample:firms", *options, "--out", here).code == 0
    run_elsewhere("measure", kind, "sample:firms", *options, "--out", there)
    assert there.read_bytes() == here.read_bytes()


def test_an_alignment_report_has_every_list(tmp_path: Path) -> None:
    measured = measured_of("alignment")
    words = words_of(export_report(measured, request_of(), "pdf"), "pdf", tmp_path)
    for name in ("designations", "undesignated", "not_measured"):
        assert measured.document[name]
        for row in measured.document[name]:
            assert squeezed(row["place"]) in words
    for row in measured.document["targets"]:
        assert squeezed(row["indicator"]) in words
    assert "2025年结束" in words


@pytest.mark.parametrize(
    ("name", "report", "fmt"), [("a.docx", False, "docx"), ("a.pdf", True, "pdf"), ("a.pdf", False, "pdf")]
)
def test_a_word_file_is_always_a_report_and_a_pdf_if_asked(name: str, report: bool, fmt: str) -> None:
    assert format_of(MeasureOptions("sample:firms", Path(name), report=report)) == fmt


def test_a_report_is_no_table() -> None:
    with pytest.raises(DataError, match="unknown_format"):
        format_of(MeasureOptions("sample:firms", Path("a.csv"), report=True))
