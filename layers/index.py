"""Layers with the index that answers many sites at once; what was made is kept on disk for the next run.

A folder a layer, named by the sha256 of its content and of how it was read; in it a file a part of the index, NumPy
arrays without pickles. A file that cannot be read whole is made again, and one that cannot be written is done without.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo.indexed import Arrays, IndexedLayer
from layers.features import feature_set
from layers.prepared import once_a_layer
from layers.types import Layer
from layers.whole import write_whole

if TYPE_CHECKING:
    from geo.types import Grid

#: Names the folder where no user cache is wanted.
CACHE_VARIABLE = "ATLAS_CACHE"
#: Raised whenever runs or cells are made otherwise: an index of another version is another index.
VERSION = 2
#: Layers of fewer vertices are indexed quicker than they are read.
WORTH_KEEPING_VERTICES = 50_000
#: The folders used longest ago go when all together take more.
LARGEST_BYTES = 4_000_000_000


@once_a_layer
def indexed(layer: Layer) -> IndexedLayer | Grid:
    """A layer as many sites are measured against it; one that is asked for again is at hand."""
    if layer.grid is not None:
        return layer.grid
    features = feature_set(layer)
    if int(shapely.get_num_coordinates(features.geometries).sum()) < WORTH_KEEPING_VERTICES:
        return IndexedLayer(features)
    return IndexedLayer(features, Kept(cache_folder() / _key(layer)))


def cache_folder() -> Path:
    """The user's folder for what can be made again."""
    stated = os.environ.get(CACHE_VARIABLE)
    if stated:
        return Path(stated)
    base = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "qingdao-atlas" / "index"


def _key(layer: Layer) -> str:
    """The same file read in another frame, or with other rows left out, is another layer."""
    seen, frame = layer.provenance, layer.frame
    bounds = [float(value) for value in frame.total_bounds] if len(frame) else []
    said = (VERSION, seen.sha256, seen.steps, layer.spec.id, layer.spec.crs, len(frame), bounds)
    return hashlib.sha256(repr(said).encode("utf-8", "backslashreplace")).hexdigest()


class Kept:
    """Gives the arrays of a name from a folder, or makes and keeps them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, name: str, make: Callable[[], Arrays]) -> Arrays:
        path = self._folder / f"{hashlib.sha256(name.encode()).hexdigest()[:24]}.npz"
        found = _read(path)
        if found is None:
            found = make()
            _write(path, found)
        return found


def _read(path: Path) -> Arrays | None:
    """The arrays of a file; the zip's own checksums tell one that was cut short or changed."""
    try:
        with np.load(path, allow_pickle=False) as file:
            found = {name: file[name] for name in file.files}
        os.utime(path.parent)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return found


def _write(path: Path, arrays: Arrays) -> None:
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, lambda file: np.savez(file, **arrays))  # type: ignore[arg-type]
        _make_room(path.parent)


def _make_room(used: Path) -> None:
    folders = sorted(used.parent.iterdir(), key=lambda folder: folder.stat().st_mtime, reverse=True)
    total = 0
    for folder in folders:
        total += sum(file.stat().st_size for file in folder.glob("*.npz"))
        if total > LARGEST_BYTES and folder != used:
            shutil.rmtree(folder, ignore_errors=True)
