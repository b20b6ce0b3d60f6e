"""What a command refuses before it works: a place it cannot write, an input without end, a number that is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.atlas.shell import run
from tests.atlas.test_cli_bad_input import collection, feature, point


@pytest.fixture
def sites(tmp_path: Path) -> Path:
    file = tmp_path / "sites.geojson"
    file.write_text(collection(feature(point(120.38, 36.2), name="A")))
    return file


@pytest.mark.parametrize(
    "command",
    [
        "check {sites} --use factory --out {out}.pdf",
        "check {sites} --use factory --out {out}.parquet",
        "plan --out {out}.docx",
        "export districts --out {out}.gpkg",
        "matrix --out {out}.csv",
        "measure concentration sample:firms --out {out}.csv",
        "map --layers parks --out {out}.png",
    ],
)
def test_a_missing_folder_is_refused_before_the_work(
    command: str, sites: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def worked(*_arguments: object, **_options: object) -> None:
        raise AssertionError("it worked before it looked")

    for place in (
        "atlas.journeys.plan.export_plan",
        "atlas.journeys.matrix.run_matrix",
        "atlas.commands.check._answered",
    ):
        monkeypatch.setattr(place, worked)
    out = tmp_path / "nope" / "x"
    ran = run(*command.format(sites=sites, out=out).split())
    assert ran.code == 64
    assert f"不能写入“{out}" in ran.err
    assert not out.parent.exists()


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no /dev/zero")
@pytest.mark.parametrize("command", ["check /dev/zero --use factory", "verify /dev/zero"])
def test_a_device_without_end_is_not_read(command: str) -> None:
    ran = run(*command.split())
    assert ran.code == 64
    assert "zero" in ran.err


@pytest.mark.parametrize("given", ["nan", "inf", "-1"])
def test_no_number_of_a_site_is_below_zero_or_without_end(given: str, sites: Path) -> None:
    ran = run("check", sites, "--use", "base_station", "--set", f"power_density_w_m2={given}")
    assert ran.code == 64
    assert "power_density_w_m2" in ran.err


@pytest.mark.parametrize("given", ["-inf,-inf,inf,inf", "119,36,500,37"])
def test_a_map_does_not_reach_beyond_the_earth(given: str, tmp_path: Path) -> None:
    ran = run("map", "--layers", "districts", f"--bbox={given}", "--out", tmp_path / "x.png")
    assert ran.code == 64
    assert not list(tmp_path.iterdir())


def test_a_refused_check_makes_no_workspace(sites: Path, tmp_path: Path) -> None:
    sites.write_text(collection())
    assert run("check", sites, "--use", "factory", "--data", tmp_path / "new").code == 64
    assert not (tmp_path / "new").exists()


def test_a_workspace_that_cannot_be_made_is_named(sites: Path) -> None:
    ran = run("check", sites, "--use", "factory", "--data", sites / "below")
    assert ran.code == 64
    assert "不能写入工作区" in ran.err


@pytest.mark.parametrize("as_link", [None, "symbolic", "hard"])
@pytest.mark.parametrize("command", ["check", "rules", "layer", "matrix", "measure"])
def test_a_result_is_never_written_over_an_input(command: str, as_link: str | None, tmp_path: Path) -> None:
    table = tmp_path / "in.csv"
    table.write_text("id,name,lon,lat\nA,甲,120.2,36.3\n")
    other = tmp_path / "other.csv"
    other.write_text("id,name,lon,lat\nB,乙,120.2,36.3\n")
    out = table if as_link is None else tmp_path / "link.csv"
    if as_link == "symbolic":
        out.symlink_to(table)
    elif as_link == "hard":
        out.hardlink_to(table)
    stated = ("--use", "factory", "--crs", "EPSG:4326", "--accuracy-m", "5", "--out", out)
    asked = {
        "check": ("check", table, *stated),
        "rules": ("check", other, "--rules", table, *stated),
        "layer": ("check", other, "--layer", f"wells={table}", *stated),
        "matrix": ("matrix", "--layer", f"wells={table}", "--out", out),
        "measure": ("measure", "concentration", table, "--by", "district", "--out", out),
    }[command]
    before = table.read_bytes()
    refused = run(*asked)
    assert refused.code == 64
    assert out.name in refused.err
    assert table.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted({"in.csv", "other.csv", out.name})


def test_words_that_name_no_file_are_no_inputs(tmp_path: Path) -> None:
    out = tmp_path / "m.csv"
    out.write_text("old")
    assert run("map", "--layers", "land", "--title", "x" * 3000, "--out", tmp_path / "m.png").code == 0
    assert run("measure", "concentration", "sample:firms", "--by", "district", "--out", out).code == 0


def test_a_layer_that_takes_the_place_of_another_is_said(sites: Path, tmp_path: Path) -> None:
    coast = tmp_path / "coast.geojson"
    coast.write_text(collection(feature({"type": "LineString", "coordinates": [[120.3, 36.0], [120.4, 36.1]]}, id="c")))
    asked = ("--use", "factory", "--layer", f"mainland_coast={coast}")
    told = run("check", sites, *asked)
    assert [line for line in told.err.splitlines() if "coast.geojson" in line and "大陆海岸线" in line]
    new = run("check", sites, "--use", "factory", "--layer", f"ecological_red_line={coast}")
    assert not [line for line in new.err.splitlines() if "代替" in line]
