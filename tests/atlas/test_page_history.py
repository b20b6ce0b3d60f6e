"""The page of the record as Streamlit runs it: empty, full, with hostile names, with a record that was changed."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
import shapely
from streamlit.testing.v1 import AppTest

from atlas.assessment import as_dict
from atlas.journeys.check import CheckRequest, run_check
from atlas.journeys.history import remember
from atlas.pages.parts.markdown import literal
from atlas.texts import text
from atlas.wording import layer_name
from atlas.workspace import open_store
from geo.types import Proposal, Use
from layers.importing import import_layer
from tests.atlas.hostile import PAYLOADS
from tests.atlas.shell import run

ROOT = Path(__file__).resolve().parents[2]


def page(language: str = "zh") -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=240)
    app.query_params["lang"] = language
    app.run()
    app.switch_page("atlas/pages/history.py").run()
    assert not app.exception, app.exception
    return app


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ATLAS_DATA", str(tmp_path))
    return tmp_path


def record(workspace: Path, *names: str) -> None:
    """A check of one site for each name, the second a kilometre from the first."""
    store = open_store(workspace)
    for step, name in enumerate(names):
        site = Proposal("1", name, Use.FACTORY, shapely.Point(120.24 + step / 100, 36.345), 5.0)
        content = as_dict(run_check(CheckRequest((site,), store, date(2026, 11, 1))))
        remember(store, content, name, "page")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_without_a_workspace(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ATLAS_DATA", raising=False)
    app = page(language)
    assert len(app.info) == 1
    assert "--data" in app.caption[0].value


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_empty_workspace(language: str, workspace: Path) -> None:
    assert len(page(language).info) == 1


@pytest.mark.parametrize("payload", (PAYLOADS[0], PAYLOADS[5], PAYLOADS[15]))
def test_hostile_names_stay_text(payload: str, workspace: Path) -> None:
    record(workspace, payload, "乙")
    app = page()
    assert not app.error
    other = next(box for box in app.selectbox if box.key == "history_other.zh")
    app = other.select_index(0).run()
    assert not app.exception
    (table,) = app.dataframe
    assert len(table.value) == 2
    said = [entry.value for entry in app.markdown if "地址、用途或其数量不同" in entry.value]
    assert said
    assert payload not in "".join(said) or literal(payload) == payload


def test_an_earlier_check_is_open_again(workspace: Path) -> None:
    record(workspace, "甲", "乙")
    app = page()
    chosen = next(box for box in app.selectbox if box.key == "history_chosen.zh")
    app = chosen.select_index(1).run()
    app = next(button for button in app.button if button.key == "history_open").click().run()
    assert not app.exception, app.exception
    assert app.session_state["atlas.assessment"]["proposals"][0]["name"] == "甲"
    assert app.session_state["atlas.sites"][0].footprint.x == pytest.approx(120.24)


def test_a_record_that_was_changed_is_told_and_a_lost_file_too(workspace: Path) -> None:
    record(workspace, "甲", "乙")
    lines = (workspace / "record.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (workspace / "record.jsonl").write_text(lines[0].replace("甲", "丙") + lines[1], encoding="utf-8")
    for kept in (workspace / "assessments").iterdir():
        kept.unlink()
    app = page()
    assert "第 2 条" in app.warning[0].value
    app = next(button for button in app.button if button.key == "history_open").click().run()
    assert not app.exception
    assert len(app.error) == 1


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_large_table_says_where_its_result_stands(language: str, workspace: Path) -> None:
    record(workspace, "甲")
    result = workspace / "t.parquet"
    (workspace / "sites.csv").write_text("id,lon,lat\n1,120.24,36.345\n2,120.25,36.345\n")
    asked = ("--use", "factory", "--crs", "EPSG:4326", "--data", workspace, "--out", result)
    assert run("check", workspace / "sites.csv", *asked).code in (1, 2)
    app = page(language)
    (table,) = app.dataframe
    assert "t.parquet" in str(table.value.iloc[0].to_list())
    assert literal(str(result)) in app.info[0].value
    assert not [button for button in app.button if button.key == "history_open"]
    assert not [box for box in app.selectbox if box.key == f"history_other.{language}"]
    result.unlink()
    app = app.run()
    assert not app.exception, app.exception
    assert literal(str(result)) in app.warning[0].value
    chosen = next(box for box in app.selectbox if box.key == f"history_chosen.{language}")
    app = chosen.select_index(1).run()  # the check that the workspace keeps
    assert [button for button in app.button if button.key == "history_open"]
    assert next(box for box in app.selectbox if box.key == f"history_other.{language}").options == []


def with_red_line(workspace: Path) -> None:
    """A check of a site in a red line that its user supplied."""
    red = shapely.geometry.mapping(shapely.box(120.22, 36.325, 120.28, 36.375))
    feature = {"type": "Feature", "properties": {"id": "F0"}, "geometry": red}
    content = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    layer = import_layer(content, "red.geojson", layer_id="ecological_red_line", accuracy_m=10.0).layer
    store = open_store(workspace).with_layer(layer)
    site = Proposal("1", "甲", Use.FACTORY, shapely.Point(120.25, 36.35), 5.0)
    remember(store, as_dict(run_check(CheckRequest((site,), store, date(2026, 11, 1)))), "甲", "page")


def test_an_earlier_check_comes_back_with_the_layers_that_it_was_given(workspace: Path) -> None:
    with_red_line(workspace)
    app = page()
    app = next(button for button in app.button if button.key == "history_open").click().run()
    assert not app.exception
    assert list(app.session_state["atlas.supplied"]) == ["ecological_red_line"]
    assert any("生态保护红线" in one.value for one in (*app.info, *app.success, *app.caption, *app.markdown))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_earlier_check_is_verified_on_the_page(language: str, workspace: Path) -> None:
    with_red_line(workspace)
    app = page(language)
    app = next(button for button in app.button if button.key == "history_verify").click().run()
    assert not app.exception
    assert [one.value for one in app.success] == [literal(text("cli.verify_same", language))]
    assert any(layer_name("ecological_red_line", language) in one.value for one in app.caption)
