"""Big shapes cut into parts for the peers: without it every one of them spends its time on a few huge polygons."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

LARGEST = 128


def subdivided(plane: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Parts of at most 128 vertices or so, and the row of the feature of each; halved where the box is longest."""
    parts, owner = shapely.get_parts(plane, return_index=True)
    done: list[NDArray[np.object_]] = []
    owners: list[NDArray[np.int64]] = []
    while len(parts):
        small = shapely.get_num_coordinates(parts) <= LARGEST
        done.append(parts[small])
        owners.append(owner[small])
        parts, owner = _halved(parts[~small], owner[~small])
    return np.concatenate(done), np.concatenate(owners)


def _halved(parts: NDArray[np.object_], owner: NDArray[np.int64]) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    if not len(parts):
        return parts, owner
    west, south, east, north = shapely.bounds(parts).T
    wide = (east - west) > (north - south)
    x, y = (west + east) / 2.0, (south + north) / 2.0
    halves = np.concatenate(
        [
            _clipped(parts, west, south, np.where(wide, x, east), np.where(wide, north, y)),
            _clipped(parts, np.where(wide, x, west), np.where(wide, south, y), east, north),
        ]
    )
    pieces, of = shapely.get_parts(halves, return_index=True)
    kept = shapely.get_dimensions(pieces) >= shapely.get_dimensions(np.concatenate([parts, parts]))[of]
    return pieces[kept], np.concatenate([owner, owner])[of][kept]


def _clipped(parts: NDArray[np.object_], *sides: NDArray[np.float64]) -> NDArray[np.object_]:
    return shapely.intersection(parts, shapely.box(*sides))
