"""The append-only record of a workspace: one line of JSON an entry, whole or not there.

Every entry carries as ``after`` the sha256 of the line before it, so that a line which somebody changed or took out
later shows. The chain cannot tell of lines cut off at its end: who needs that keeps the last sha256 elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from layers.errors import DataError

FILE_NAME = "record.jsonl"
LINK = "after"
BLOCK_BYTES = 1 << 16


def append_record(folder: Path, entry: Mapping[str, Any]) -> None:
    """Write one entry behind the others and wait until it is on the disk.

    Raises DataError ``record_not_json``, ``workspace_unwritable``.
    """
    try:
        json.dumps(dict(entry), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise DataError("record_not_json", detail=str(error)[:200]) from error
    try:
        handle = os.open(folder / FILE_NAME, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        try:
            with _locked(handle):
                linked = {**entry, LINK: hashlib.sha256(_last_line(handle)).hexdigest()}
                _append(handle, json.dumps(linked, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace"))
        finally:
            os.close(handle)
    except OSError as error:
        raise DataError("workspace_unwritable", folder=folder.name) from error


def read_records(folder: Path) -> tuple[Mapping[str, Any], ...]:
    """Every whole entry, oldest first. A line that an interrupted computer left torn is passed over."""
    return tuple(entry for entry in map(_entry, _lines(folder)) if entry is not None)


def broken_links(folder: Path) -> tuple[int, ...]:
    """Places in ``read_records`` of entries before which something was changed or taken out."""
    broken, place, before = [], 0, b""
    for line in _lines(folder):
        entry = _entry(line)
        if entry is not None:
            if entry.get(LINK) != hashlib.sha256(before).hexdigest():
                broken.append(place)
            place += 1
        before = line
    return tuple(broken)


def _lines(folder: Path) -> list[bytes]:
    try:
        return (folder / FILE_NAME).read_bytes().removesuffix(b"\n").split(b"\n")
    except FileNotFoundError as error:
        if not folder.is_dir():
            raise DataError("workspace_missing", folder=folder.name) from error
        return []
    except OSError as error:
        raise DataError("workspace_unreadable", folder=folder.name) from error


def _last_line(handle: int) -> bytes:
    """The last line, whole or torn, read from behind."""
    at, tail = os.lseek(handle, 0, os.SEEK_END), b""
    while at and b"\n" not in tail.removesuffix(b"\n"):
        start = max(0, at - BLOCK_BYTES)
        os.lseek(handle, start, os.SEEK_SET)
        tail, at = os.read(handle, at - start) + tail, start
    return tail.removesuffix(b"\n").rpartition(b"\n")[2]


def _entry(line: bytes) -> Mapping[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None


def _append(handle: int, line: bytes) -> None:
    """Append a line; a full disk leaves the file as it was, and a torn last line is closed before."""
    before = os.lseek(handle, 0, os.SEEK_END)
    if before:
        os.lseek(handle, before - 1, os.SEEK_SET)
        line = line if os.read(handle, 1) == b"\n" else b"\n" + line
    rest = memoryview(line + b"\n")
    try:
        while rest:
            rest = rest[os.write(handle, rest) :]
        os.fsync(handle)
    except OSError:
        os.ftruncate(handle, before)
        raise


@contextmanager
def _locked(handle: int) -> Iterator[None]:
    """Only one process at a time; Windows locks a byte far behind the end, where no entry is."""
    try:
        import fcntl
    except ImportError:
        yield from _locked_on_windows(handle)
        return
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)


def _locked_on_windows(handle: int) -> Iterator[None]:
    import msvcrt

    windows: Any = msvcrt
    beyond = 1 << 40
    os.lseek(handle, beyond, os.SEEK_SET)
    windows.locking(handle, windows.LK_LOCK, 1)
    try:
        yield
    finally:
        os.lseek(handle, beyond, os.SEEK_SET)
        windows.locking(handle, windows.LK_UNLCK, 1)
