"""``python -m atlas map``: what cannot be drawn is said in one sentence, and nothing half-written is left."""

import pytest

from tests.atlas.shell import run

REFUSED = {
    "an extent without size": (["--bbox", "120.3,36.1,120.3,36.1"], "图.pdf", "西小于东"),
    "a scale that is no number": (["--scale", "小"], "图.pdf", "小"),
    "a scale of nought": (["--scale", "0"], "图.pdf", "比例尺"),
    "a scale that does not show all": (["--scale", "5000"], "图.pdf", "1:5,000"),
    "a series as a picture": (["--series", "districts"], "图.png", ".pdf"),
    "an extent far from the region": (["--bbox", "2.2,48.8,2.5,48.9"], "图.pdf", "119.3,35.2,121.8,37.3"),
    "an extent of the whole earth": (["--bbox=-180,-90,180,90"], "图.pdf", "5 度以上"),
    "a series of an extent far away": (["--series", "districts", "--bbox", "2,48,3,49"], "图.pdf", "2,48,3,49"),
    "an unknown suffix": ([], "图.exe", ".exe"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_drawn_is_said_and_leaves_nothing(case, tmp_path):
    options, name, said = REFUSED[case]
    ran = run("map", "--layers", "districts", *options, "--out", tmp_path / name)
    assert ran.code == 64
    assert said in ran.err
    assert ran.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_an_extent_beside_the_region_that_a_layer_reaches_is_drawn(tmp_path):
    """The land goes on for a degree beyond the region's edge, so that a map's rim is not mistaken for sea."""
    ran = run("map", "--layers", "land", "--bbox", "118.7,36,119.2,36.5", "--out", tmp_path / "图.png")
    assert (ran.code, ran.err) == (0, "")


def test_several_formats_at_once_are_the_same_files_as_one_by_one(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    suffixes = ("png", "html", "pdf", "svg")
    together = [arg for suffix in suffixes for arg in ("--out", tmp_path / f"a.{suffix}")]
    assert run("map", "--layers", "districts", *together).code == 0
    for suffix in suffixes:
        assert run("map", "--layers", "districts", "--out", tmp_path / f"b.{suffix}").code == 0
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes(), suffix


@pytest.mark.parametrize("series", [[], ["--series", "districts"]])
def test_a_folder_that_is_not_there_is_named(series, tmp_path):
    """Root may write anywhere, so that a folder that is a file stands for one that may not be written."""
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "图.pdf"
    ran = run("map", "--layers", "airport_point", *series, "--out", path)
    assert ran.code == 64
    assert "不能写入" in ran.err
    assert "图.pdf" in ran.err or "file" in ran.err
