"""Files that the user names: read within a limit, written whole."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import click

from atlas.texts import text
from layers.errors import DataError
from layers.whole import SHARED, write_whole

#: A file of sites or an assessment larger than this is not read.
INPUT_LIMIT_BYTES = 200_000_000


def read_input(path: Path) -> bytes:
    """The bytes of a file that the user named, refused before reading where it is too large or no file.

    A device has no size and no end. Raises UnreadableFile as ``layers.reading.read_bytes`` does.
    """
    from layers.reading import read_bytes

    return read_bytes(path, size_limit=INPUT_LIMIT_BYTES)


def write_result(path: Path, content: bytes) -> None:
    """Write a result, whole or not at all; a symbolic link is itself replaced, and what it pointed to stays.

    Raises DataError ``cannot_write``.
    """
    try:
        write_whole(path, content, SHARED)
    except OSError as error:
        raise DataError("cannot_write", file=str(path), detail=error.strerror) from error


def need_folder(path: Path) -> None:
    """Refuse a place that cannot be written before the work is done, not after. Raises DataError ``cannot_write``."""
    folder = path.parent.resolve()
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        reason = errno.EACCES if folder.is_dir() else errno.ENOTDIR if folder.exists() else errno.ENOENT
        raise DataError("cannot_write", file=str(path), detail=os.strerror(reason))


def need_utf8(path: Path) -> None:
    """Refuse a place that the writer of tables cannot name. Raises DataError ``path_not_utf8``."""
    try:
        str(path.absolute()).encode()
    except UnicodeEncodeError as error:
        raise DataError("path_not_utf8", file=str(path)) from error


def made_workspace(folder: Path | None, language: str) -> Path | None:
    """The workspace of a check, which records it; a new folder is made, and said, for it may be a slip of the pen."""
    if folder is not None and not folder.exists():
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise DataError("workspace_unwritable", folder=str(folder)) from error
        click.echo(text("history.new_workspace", language, folder=folder.name), err=True)
    return folder
