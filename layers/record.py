"""The append-only record of a workspace: one line of JSON an entry, whole or not there."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from layers.errors import DataError

FILE_NAME = "record.jsonl"


def append_record(folder: Path, entry: Mapping[str, Any]) -> None:
    """Write one entry behind the others and wait until it is on the disk.

    Raises DataError ``record_not_json``, ``workspace_unwritable``.
    """
    try:
        line = json.dumps(dict(entry), ensure_ascii=False, allow_nan=False, sort_keys=True)
    except (TypeError, ValueError) as error:
        raise DataError("record_not_json", detail=str(error)[:200]) from error
    try:
        handle = os.open(folder / FILE_NAME, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        try:
            with _locked(handle):
                _append(handle, line.encode("utf-8", "replace"))
        finally:
            os.close(handle)
    except OSError as error:
        raise DataError("workspace_unwritable", folder=folder.name) from error


def read_records(folder: Path) -> tuple[Mapping[str, Any], ...]:
    """Every whole entry, oldest first. A line that an interrupted computer left torn is passed over."""
    try:
        lines = (folder / FILE_NAME).read_bytes().split(b"\n")
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise DataError("workspace_unreadable", folder=folder.name) from error
    return tuple(entry for entry in map(_entry, lines) if entry is not None)


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
