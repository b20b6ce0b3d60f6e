"""A file is the old one or the new one, and nobody reads it who may not."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

import pytest

from layers.whole import PRIVATE, SHARED, write_whole


@pytest.mark.parametrize(("mode", "expected"), [(PRIVATE, 0o600), (SHARED, 0o640)])
def test_who_may_read_it(mode: int, expected: int, tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "a", b"x", mode)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == expected


def test_a_writer_that_breaks_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "a"
    write_whole(target, b"old")

    def broken(file: BinaryIO) -> None:
        file.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(target, broken)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]
    write_whole(target, lambda file: file.write(b"new"))
    assert target.read_bytes() == b"new"


def test_a_name_may_be_as_long_as_the_disk_allows(tmp_path: Path) -> None:
    write_whole(tmp_path / ("a" * 255), b"x")
    with pytest.raises(OSError, match="long"):
        write_whole(tmp_path / ("a" * 256), b"x")
    assert len(list(tmp_path.iterdir())) == 1
