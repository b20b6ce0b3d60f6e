"""A table of sites that is checked in parts: killed in the middle nothing is lost, the end is the same to the byte."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import openpyxl
import pytest
import shapely

from atlas.assessment import as_dict
from atlas.journeys import batch
from atlas.journeys.check import Checker, CheckRequest, run_check
from atlas.texts import text
from atlas.workspace import open_store
from geo.types import Proposal, Use
from layers.rulebook import rulebook_of_text
from tests.atlas.shell import run

ROOT = Path(__file__).resolve().parents[2]
ON = date(2026, 11, 1)
SITES = 200

RULES = """
[[rule]]
id = "COAST"
title = { zh = "离岸距离", en = "Distance from the coast" }
applies_to = ["factory"]
severity = "prohibit"
citation = { document = "试验", evidence = "V", confidence = "high" }
layer = "mainland_coast"
relation = "min_distance"
distance_m = 3000

[[rule]]
id = "AIR"
title = { zh = "机场", en = "Airport" }
applies_to = ["factory"]
severity = "restrict"
citation = { document = "试验", evidence = "V", confidence = "high" }
layer = "airport_point"
relation = "min_distance"
distance_m = 13000
"""


@pytest.fixture(autouse=True)
def stated_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    monkeypatch.delenv("ATLAS_DATA", raising=False)


def table(folder: Path, count: int = SITES) -> list[object]:
    """A table of sites and a small rulebook in a folder; the arguments that check them."""
    places = np.random.default_rng(11).uniform((119.9, 35.9), (120.6, 36.8), (count, 2))
    rows = (f"s{n},{lon:.6f},{lat:.6f}\n" for n, (lon, lat) in enumerate(places))
    (folder / "sites.csv").write_text("id,lon,lat\n" + "".join(rows) + "bad,300,36\n")
    (folder / "rules.toml").write_text(RULES)
    common = ["--use", "factory", "--crs", "EPSG:4326", "--on", ON.isoformat(), "--rules", folder / "rules.toml"]
    return ["check", folder / "sites.csv", *common]


def parts_of(result: Path) -> list[Path]:
    return sorted(result.with_name(f"{result.name}.unfinished").glob("part-*"))


def killed_in_the_middle(arguments: list[object], result: Path) -> None:
    """Start a check and kill it without warning when its second part is written."""
    command = [sys.executable, "-m", "atlas", *map(str, arguments), "--out", str(result)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        while len(parts_of(result)) < 2:
            assert process.poll() is None, "the run ended before it could be killed"
            time.sleep(0.01)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(30)


def test_a_run_that_is_killed_goes_on_where_it_ended(tmp_path: Path) -> None:
    arguments = table(tmp_path)
    broken, unbroken = tmp_path / "broken.csv", tmp_path / "unbroken.csv"
    killed_in_the_middle(arguments, broken)
    assert not broken.exists()
    finished = int(parts_of(broken)[-1].name.split("-")[2].split(".")[0])
    assert 0 < finished < SITES
    again = run(*arguments, "--out", broken)
    assert f"已有 {finished}/{SITES} 个地址" in again.err
    assert not parts_of(broken)
    assert [
        path.name for path in tmp_path.iterdir() if "unfinished" in path.name or path.name.startswith(".new-")
    ] == []
    whole = run(*arguments, "--out", unbroken)
    assert again.code == whole.code
    assert broken.read_bytes() == unbroken.read_bytes()


def request(count: int = 40) -> CheckRequest:
    places = np.random.default_rng(5).uniform((120.0, 36.0), (120.6, 36.6), (count, 2))
    sites = tuple(Proposal(str(n), "", Use.FACTORY, shapely.Point(*place), 5.0) for n, place in enumerate(places))
    return CheckRequest(sites, open_store(), ON, rulebook=rulebook_of_text(RULES, "r.toml"), rulebook_text=RULES)


def test_a_batch_is_what_one_by_one_gives() -> None:
    asked = request()
    alone = [
        as_dict(run_check(CheckRequest((site,), asked.store, ON, rulebook=asked.rulebook))) for site in asked.proposals
    ]
    together = batch.run_batch(asked, None)
    assert together["proposals"] == [content["proposals"][0] for content in alone]
    assert together == as_dict(run_check(asked))


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[batch.Unfinished]:
    yield batch.unfinished_beside(tmp_path / "result.csv", request())


def test_what_is_finished_is_not_asked_again(
    tmp_path: Path, kept: batch.Unfinished, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = batch.run_batch(request(), kept)
    assert kept.done() == 40
    monkeypatch.setattr(Checker, "assess", lambda *_: pytest.fail("a finished site was asked again"))
    again = batch.run_batch(request(), batch.unfinished_beside(tmp_path / "result.csv", request()))
    assert json.dumps(again) == json.dumps(whole)


@pytest.mark.parametrize("change", ["day", "site", "accuracy", "rules"])
def test_another_question_begins_anew(tmp_path: Path, kept: batch.Unfinished, change: str) -> None:
    asked = request()
    batch.run_batch(asked, kept)
    first, *rest = asked.proposals
    other = {
        "day": lambda: replace(asked, on=date(2026, 11, 2)),
        "site": lambda: replace(asked, proposals=(replace(first, footprint=shapely.Point(120.5, 36.5)), *rest)),
        "accuracy": lambda: replace(asked, proposals=(replace(first, accuracy_m=6.0), *rest)),
        "rules": lambda: replace(asked, rulebook=rulebook_of_text(RULES.replace("3000", "3001"), "r.toml")),
    }[change]()
    assert batch.unfinished_beside(tmp_path / "result.csv", other).done() == 0


def test_an_interrupt_keeps_what_is_finished_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = table(tmp_path, 60)
    answered = Checker.assess

    def until_interrupted(checker: Checker, proposals: tuple[Proposal, ...]) -> Iterator[object]:
        if proposals[0].id != "s0":
            raise KeyboardInterrupt
        yield from answered(checker, proposals)

    monkeypatch.setattr(Checker, "assess", until_interrupted)
    left = run(*arguments, "--out", tmp_path / "o.csv")
    assert left.code == 130
    assert "16/60" in left.err
    assert "o.csv.unfinished" in left.err
    assert not (tmp_path / "o.csv").exists()
    monkeypatch.undo()
    os.environ["SOURCE_DATE_EPOCH"] = "1790000000"
    assert "16/60" in run(*arguments, "--out", tmp_path / "o.csv").err


def test_the_table_has_a_row_a_site_and_rule_and_a_summary(tmp_path: Path) -> None:
    arguments = table(tmp_path, 20)
    for name in ("o.csv", "o.xlsx"):
        run(*arguments, "--out", tmp_path / name)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "o.csv").read_text(encoding="utf-8-sig"))))
    findings = [(row["site"], row["rule"]) for row in rows if row["kind"] == "finding"]
    assert findings == [(f"s{n}", rule) for n in range(20) for rule in ("COAST", "AIR")]
    assert [row["row"] for row in rows if row["kind"] == "rejected"] == ["21"]
    assert sum(row["kind"] == "site" for row in rows) == 20
    book = openpyxl.load_workbook(tmp_path / "o.xlsx")
    summary, sheet = book.worksheets[:2]
    assert sheet.max_row == 1 + 40
    assert {"s0", "s19"} <= {str(cell.value) for row in summary.iter_rows() for cell in row}


def test_progress_is_said_on_the_error_stream_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("atlas.commands.progress.BAR_AFTER_S", 0.0)
    said = run(*table(tmp_path, 20), "--out", tmp_path / "o.csv")
    assert "20/20" in said.err
    assert said.out == ""


@pytest.mark.parametrize("damage", ["cut short", "empty", "other bytes", "other content"])
def test_a_damaged_part_is_discarded_said_and_done_again(tmp_path: Path, damage: str) -> None:
    whole, broken = tmp_path / "whole.csv", tmp_path / "broken.csv"
    arguments = table(tmp_path)
    assert run(*arguments, "--out", whole).code in (0, 1, 2)
    killed_in_the_middle(arguments, broken)
    part = parts_of(broken)[0]
    content = part.read_bytes()
    damaged = {"cut short": content[: len(content) // 2], "empty": b"", "other bytes": b"x" * 50}
    part.write_bytes(damaged.get(damage, gzip.compress(b"[1, 2]")))
    left = run(*arguments, "--out", broken)
    assert left.code in (0, 1, 2)
    assert "1" in left.err
    assert text("batch.damaged", "zh", count=1) in left.err
    assert broken.read_bytes() == whole.read_bytes()
    assert not parts_of(broken)


def test_a_written_result_is_said_with_its_verdicts(tmp_path: Path) -> None:
    left = run(*table(tmp_path), "--out", tmp_path / "o.json")
    said = [line for line in left.err.splitlines() if "o.json" in line]
    assert len(said) == 1
    counts = [int(count) for count in re.findall(r" (\d+)", said[0])]
    assert sum(counts) == SITES + 1  # the refused row
