"""Files that a workspace keeps for its record: compressed, named by the sha256 of their content, never overwritten."""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from pathlib import Path

from layers.errors import DataError
from layers.whole import write_whole

FOLDER = "assessments"
SHA256 = re.compile(r"[0-9a-f]{64}")

#: A kept file that grows beyond this when it is opened is not one of ours.
LARGEST_BYTES = 2_000_000_000


def keep(workspace: Path, content: bytes) -> str:
    """Keep a file; the same content is kept once. Raises DataError ``workspace_unwritable``."""
    sha256 = hashlib.sha256(content).hexdigest()
    path = _path(workspace, sha256)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            write_whole(path, gzip.compress(content, 6, mtime=0))
    except OSError as error:
        raise DataError("workspace_unwritable", folder=workspace.name) from error
    return sha256


def kept(workspace: Path, sha256: str) -> bytes:
    """The content of a kept file.

    Raises DataError ``not_kept`` where there is none of that sha256, ``kept_changed`` where it is not what was kept.
    """
    path = _path(workspace, sha256)
    try:
        with gzip.open(path) as file:
            content = file.read(LARGEST_BYTES + 1)
    except FileNotFoundError as error:
        raise DataError("not_kept", sha256=sha256[:12]) from error
    except (OSError, EOFError, zlib.error) as error:
        raise DataError("kept_changed", file=path.name) from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DataError("kept_changed", file=path.name)
    return content


def _path(workspace: Path, sha256: str) -> Path:
    """Where a file is kept; only a sha256 names one, so that no entry of a record can lead elsewhere."""
    if not SHA256.fullmatch(sha256):
        raise DataError("not_kept", sha256=sha256[:12])
    return workspace / FOLDER / f"{sha256}.json.gz"
