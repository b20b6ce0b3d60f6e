"""Write a file so that a reader sees the old one or the new one, never half of one."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

#: What is left behind where a computer stops while it writes begins with this.
UNFINISHED = ".new-"
#: Who may read a file: the account alone, or whoever its settings let.
PRIVATE, SHARED = 0o600, 0o666


def write_whole(path: Path, content: bytes | Callable[[BinaryIO], object], mode: int = PRIVATE) -> None:
    """Write beside the place, wait for the disk, rename. Raises OSError; the old file then stands as it was.

    ``content`` may write to the file itself, where it is too long to be held.
    """
    partial = path.with_name(f"{UNFINISHED}{secrets.token_hex(8)}")
    try:
        with open(partial, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as stream:  # noqa: PTH123
            if callable(content):
                content(stream)
            else:
                stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
