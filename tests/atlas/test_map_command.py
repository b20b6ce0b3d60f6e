"""``python -m atlas map``: what cannot be drawn is said in one sentence, and nothing half-written is left."""

import pytest

from tests.atlas.shell import run

REFUSED = {
    "an extent without size": (["--bbox", "120.3,36.1,120.3,36.1"], "图.pdf", "西小于东"),
    "a scale that is no number": (["--scale", "小"], "图.pdf", "小"),
    "a scale of nought": (["--scale", "0"], "图.pdf", "比例尺"),
    "a scale that does not show all": (["--scale", "5000"], "图.pdf", "1:5,000"),
    "a series as a picture": (["--series", "districts"], "图.png", ".pdf"),
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


@pytest.mark.parametrize("series", [[], ["--series", "districts"]])
def test_a_folder_that_is_not_there_is_named(series, tmp_path):
    """Root may write anywhere, so that a folder that is a file stands for one that may not be written."""
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "图.pdf"
    ran = run("map", "--layers", "airport_point", *series, "--out", path)
    assert ran.code == 64
    assert "不能写入" in ran.err
    assert "图.pdf" in ran.err or "file" in ran.err
