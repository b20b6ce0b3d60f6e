"""The index of a layer is kept for the next run; a broken one is made again, and none stands for another layer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from layers.index import Kept, cache_folder


def numbers() -> dict[str, np.ndarray]:
    return {"a": np.arange(5), "b": np.array(1.5)}


def never() -> dict[str, np.ndarray]:
    raise AssertionError("made again")


def test_what_was_made_is_read_back(tmp_path: Path) -> None:
    Kept(tmp_path / "layer")("runs", numbers)
    again = Kept(tmp_path / "layer")("runs", never)
    assert np.array_equal(again["a"], np.arange(5))
    assert float(again["b"]) == 1.5
    with pytest.raises(AssertionError):
        Kept(tmp_path / "layer")("cells 100", never)
    with pytest.raises(AssertionError):
        Kept(tmp_path / "other")("runs", never)


@pytest.mark.parametrize("harm", ["cut", "changed", "emptied", "pickled"])
def test_a_broken_file_is_made_again(tmp_path: Path, harm: str) -> None:
    Kept(tmp_path)("runs", numbers)
    (path,) = tmp_path.glob("*.npz")
    content = bytearray(path.read_bytes())
    if harm == "pickled":
        with path.open("wb") as file:
            np.savez(file, a=np.array([object()], dtype=object))
    else:
        content[len(content) // 3] ^= 0xFF
        path.write_bytes({"cut": content[:-40], "changed": content, "emptied": b""}[harm])
    assert np.array_equal(Kept(tmp_path)("runs", numbers)["a"], np.arange(5))
    assert np.array_equal(Kept(tmp_path)("runs", never)["a"], np.arange(5))


def test_a_place_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert np.array_equal(Kept(tmp_path / "file" / "layer")("runs", numbers)["a"], np.arange(5))


def test_the_folder_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATLAS_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
