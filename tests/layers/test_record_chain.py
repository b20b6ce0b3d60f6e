"""The record tells of what was changed or taken out of it, and kept files of what became of them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from layers.errors import DataError
from layers.kept import keep, kept
from layers.record import BLOCK_BYTES, append_record, broken_links, read_records


def record(folder: Path, count: int = 5, text: str = "x") -> list[bytes]:
    for number in range(count):
        append_record(folder, {"n": number, "text": text})
    return (folder / "record.jsonl").read_bytes().splitlines(keepends=True)


def rewritten(folder: Path, lines: list[bytes]) -> tuple[int, ...]:
    (folder / "record.jsonl").write_bytes(b"".join(lines))
    return broken_links(folder)


@pytest.mark.parametrize("text", ["x", "长" * BLOCK_BYTES])
def test_a_whole_record_has_no_broken_link(tmp_path: Path, text: str) -> None:
    """Also where a line is longer than what is read at once from behind."""
    record(tmp_path, 3, text)
    assert broken_links(tmp_path) == ()


def test_a_changed_a_missing_and_a_moved_line_show_at_the_one_after(tmp_path: Path) -> None:
    lines = record(tmp_path)
    assert rewritten(tmp_path, [lines[0], lines[1].replace(b'"x"', b'"y"'), *lines[2:]]) == (2,)
    assert rewritten(tmp_path, [lines[0], *lines[2:]]) == (1,)
    assert rewritten(tmp_path, lines[1:]) == (0,)
    assert rewritten(tmp_path, [lines[1], lines[0], *lines[2:]]) == (0, 1, 2)
    assert rewritten(tmp_path, lines) == ()


def test_a_torn_line_breaks_no_link(tmp_path: Path) -> None:
    record(tmp_path, 2)
    with (tmp_path / "record.jsonl").open("ab") as stream:
        stream.write(b'{"n": 2, "te')
    record(tmp_path, 2)
    assert len(read_records(tmp_path)) == 4
    assert broken_links(tmp_path) == ()


def test_a_kept_file_comes_back_and_the_same_is_kept_once(tmp_path: Path) -> None:
    sha256 = keep(tmp_path, "核查".encode())
    assert keep(tmp_path, "核查".encode()) == sha256
    assert kept(tmp_path, sha256) == "核查".encode()
    assert len(list((tmp_path / "assessments").iterdir())) == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"no gzip", gzip.compress(b"other"), gzip.compress(b"whole" * 100)[:-9]],
    ids=["empty", "no gzip", "other content", "cut off"],
)
def test_a_kept_file_that_was_changed_is_told(tmp_path: Path, content: bytes) -> None:
    sha256 = keep(tmp_path, b"whole" * 100)
    (tmp_path / "assessments" / f"{sha256}.json.gz").write_bytes(content)
    with pytest.raises(DataError) as error:
        kept(tmp_path, sha256)
    assert error.value.code == "kept_changed"


@pytest.mark.parametrize("name", ["../record.jsonl", "a" * 63, "A" * 64, "", "0" * 64])
def test_only_a_sha256_names_a_kept_file(tmp_path: Path, name: str) -> None:
    record(tmp_path, 1)
    with pytest.raises(DataError) as error:
        kept(tmp_path, name)
    assert error.value.code == "not_kept"
