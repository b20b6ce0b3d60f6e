"""Hostile sites and a hostile layer through the command line into every format: shown as text, and nothing runs."""

from __future__ import annotations

import csv
import json
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.atlas.hostile import PAYLOADS
from tests.atlas.shell import run
from tests.atlas.test_report import _Page, squeezed, words_of

RULE = """
[[rule]]
id = "T2"
title = { zh = "不得占用", en = "No overlap" }
applies_to = ["factory"]
severity = "prohibit"
layer = "ecological_red_line"
relation = "no_overlap"
citation = { document = "测试文件", number = "1", clause = "1", date = 2024-01-01, evidence = "V", confidence = "high" }
in_force_from = 2024-01-01
"""

#: What is shown word for word in every format; a leading = is defused in tables, so it stands behind a letter.
MARKED = "甲{{7*7}} {% x %} ${alert(1)} <img src=x onerror=alert(1)> `b` =1+1"


def words(canary: Path) -> list[str]:
    """Every known attack, and one that would leave a trace wherever it ran."""
    escape = f"{{{{ cycler.__init__.__globals__.os.mkdir('{canary}') }}}}"
    formula = '=HYPERLINK("http://example.invalid","x")'
    plain = [payload.encode("utf-8", "replace").decode() for payload in PAYLOADS]
    return [MARKED, escape, formula, "@SUM(A1)", '#eval("1") $x^2$ \\input{a}', *plain]


def _collection(texts: list[str], size: float) -> str:
    """A square for each text, which is its id, its name, and the name of a column."""
    features = []
    for number, hostile in enumerate(texts):
        west, south = 119.95 + number * 0.002, 36.80
        ring = [[west, south], [west + size, south], [west + size, south + size], [west, south + size], [west, south]]
        geometry = {"type": "Polygon", "coordinates": [ring]}
        properties = {"id": hostile, "name": hostile, hostile: hostile}
        features.append({"type": "Feature", "id": hostile, "properties": properties, "geometry": geometry})
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], Path]:
    """One check written in all seven formats, and the folder that exists only if something ran."""
    folder = tmp_path_factory.mktemp("hostile")
    canary = folder / "ran"
    sites = folder / "{{7*7}}<img src=x>.geojson"
    sites.write_text(_collection(words(canary), 0.001), encoding="utf-8")
    layer = folder / "red`line`.geojson"
    layer.write_text(_collection(words(canary), 0.0005), encoding="utf-8")
    (folder / "rules.toml").write_text(RULE, encoding="utf-8")
    made = {}
    for suffix in ("json", "html", "pdf", "docx", "xlsx", "csv", "gpkg"):
        out = folder / f"out.{suffix}"
        ran = run(
            "check", sites, "--use", "factory", "--layer", f"ecological_red_line={layer}", "--rules",
            folder / "rules.toml", "--out", out,
        )  # fmt: skip
        assert ran.code == 1, ran
        made[suffix] = out.read_bytes()
    return made, canary


def test_nothing_ran_on_the_server(reports: tuple[dict[str, bytes], Path]) -> None:
    assert not reports[1].exists()


@pytest.mark.parametrize("suffix", ["json", "html", "pdf", "docx", "xlsx", "csv", "gpkg"])
def test_the_words_are_there_as_they_were_given(
    suffix: str, reports: tuple[dict[str, bytes], Path], tmp_path: Path
) -> None:
    assert squeezed(MARKED) in words_of(reports[0][suffix], suffix, tmp_path)


def test_the_page_has_nothing_that_a_browser_would_run(reports: tuple[dict[str, bytes], Path]) -> None:
    page = _Page(reports[0]["html"])
    assert not {"script", "iframe", "object", "form", "link"} & set(page.tags)
    assert not [name for name in page.attributes if name.startswith("on")]
    assert page.tags.count("img") <= 1


def test_no_cell_is_a_formula(reports: tuple[dict[str, bytes], Path]) -> None:
    book = load_workbook(BytesIO(reports[0]["xlsx"]))
    assert not [cell.coordinate for sheet in book for row in sheet for cell in row if cell.data_type == "f"]
    rows = csv.reader(StringIO(reports[0]["csv"].decode("utf-8-sig")))
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "@", "+", "\t="))]
