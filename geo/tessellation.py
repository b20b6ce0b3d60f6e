"""Which place does a point lie in? Outlines, square cells of the plane, hexagons of H3."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.errors import GeoError

Points = NDArray[np.float64]
Indices = NDArray[np.int64]

NOWHERE = -1
_MIXED = -2
#: Cells to a side of the helper grid; a cell wholly inside one outline answers for every point in it.
_HELPER_CELLS = 128
_WORTH_A_HELPER = 20_000
_TABLE_MAX = 20_000_000
H3_RESOLUTIONS = range(16)


@dataclass(frozen=True)
class Cells:
    """Cells that hold at least one point: ``ids`` and outlines as asked for, and the cell of every point.

    ``columns`` and ``rows`` count square cells from the origin of EPSG:4549; hexagons have none.
    """

    ids: tuple[str, ...]
    of_point: Indices
    columns: Indices | None = None
    rows: Indices | None = None


def assign(points: Points, outlines: NDArray[np.object_]) -> Indices:
    """The outline that each point (n, 2) lies in, in the same frame; −1 for none, the first for a common edge."""
    if len(points) >= _WORTH_A_HELPER:
        return _assign_many(points, outlines)
    found = np.full(len(points), NOWHERE, dtype=np.int64)
    for index, outline in enumerate(outlines):
        _fill(found, points, np.flatnonzero(found == NOWHERE), outline, index)
    return found


def _fill(found: Indices, points: Points, asked: Indices, outline: BaseGeometry, index: int) -> None:
    if not len(asked) or outline is None or shapely.is_empty(outline):
        return
    west, south, east, north = shapely.bounds(outline)
    x, y = points[asked, 0], points[asked, 1]
    near = asked[(x >= west) & (x <= east) & (y >= south) & (y <= north)]
    shapely.prepare(outline)
    found[near[shapely.intersects_xy(outline, points[near, 0], points[near, 1])]] = index


def _assign_many(points: Points, outlines: NDArray[np.object_]) -> Indices:
    """As ``assign``: most points are answered by their cell of a helper grid, the others one by one."""
    west, south, east, north = shapely.total_bounds(outlines)
    step = max(east - west, north - south) / _HELPER_CELLS
    column = np.floor((points[:, 0] - west) / step)
    row = np.floor((points[:, 1] - south) / step)
    on_grid = (column >= 0) & (row >= 0) & (column < _HELPER_CELLS) & (row < _HELPER_CELLS)
    answers = _helper_answers(outlines, west, south, step)
    found = np.full(len(points), NOWHERE, dtype=np.int64)
    found[on_grid] = answers[row[on_grid].astype(np.int64), column[on_grid].astype(np.int64)]
    open_points = np.flatnonzero((found == _MIXED) | ~on_grid)
    found[open_points] = NOWHERE
    for index, outline in enumerate(outlines):
        _fill(found, points, open_points[found[open_points] == NOWHERE], outline, index)
    return found


def _helper_answers(outlines: NDArray[np.object_], west: float, south: float, step: float) -> Indices:
    """The outline that wholly holds a cell where no other meets it, −1 where none meets it, else −2."""
    edges = np.arange(_HELPER_CELLS) * step
    x, y = np.meshgrid(west + edges, south + edges)
    margin = 1e-9 * step
    boxes = shapely.box(x - margin, y - margin, x + step + margin, y + step + margin).ravel()
    tree = shapely.STRtree(boxes)
    shapely.prepare(outlines)
    outline, met = tree.query(outlines, predicate="intersects")
    holder, held = tree.query(outlines, predicate="contains_properly")
    answers = np.full(len(boxes), NOWHERE, dtype=np.int64)
    answers[met] = _MIXED
    alone = np.bincount(met, minlength=len(boxes))[held] == 1
    answers[held[alone]] = holder[alone]
    return answers.reshape(_HELPER_CELLS, _HELPER_CELLS)


def square_cells(points_plane: Points, side_m: float) -> Cells:
    """Square cells of a side in metres, lines at whole multiples of it in EPSG:4549, south-west edges inclusive.

    The id is ``E<column>N<row>``. Raises GeoError ``cell_side`` for a side that is no length.
    """
    if not (np.isfinite(side_m) and side_m > 0):
        raise GeoError("cell_side", side_m=side_m)
    cell = np.floor(points_plane / side_m).astype(np.int64)
    if not len(cell):
        return Cells((), np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64))
    low = cell.min(axis=0)
    width = int(np.ptp(cell[:, 0])) + 1
    keys, of_point = _numbered((cell[:, 1] - low[1]) * width + cell[:, 0] - low[0])
    columns, rows = keys % width + low[0], keys // width + low[1]
    ids = tuple(f"E{column}N{row}" for column, row in zip(columns, rows, strict=True))
    return Cells(ids, of_point, columns, rows)


def _numbered(keys: Indices) -> tuple[Indices, Indices]:
    """The different keys, rising, and the number of each entry's; by a table where the keys are dense enough."""
    largest = int(keys.max()) + 1
    if largest > _TABLE_MAX:
        different, number = np.unique(keys, return_inverse=True)
        return different, number.astype(np.int64)
    present = np.bincount(keys, minlength=largest) > 0
    return np.flatnonzero(present), (np.cumsum(present) - 1)[keys]


def square_outlines(cells: Cells, side_m: float) -> NDArray[np.object_]:
    """The squares of cells in EPSG:4549."""
    if cells.columns is None or cells.rows is None:
        raise GeoError("cells_not_square")
    x, y = cells.columns * side_m, cells.rows * side_m
    return np.asarray(shapely.box(x, y, x + side_m, y + side_m), dtype=object)


def hexagons(points_lonlat: Points, resolution: int) -> Cells:
    """Cells of H3 at a resolution (0 to 15; 7 is about 5 km², 8 about 0.7 km²) by their H3 index.

    Raises GeoError ``h3_resolution``.
    """
    import h3

    if resolution not in H3_RESOLUTIONS:
        raise GeoError("h3_resolution", resolution=resolution)
    names = [h3.latlng_to_cell(lat, lon, resolution) for lon, lat in points_lonlat.tolist()]
    ids, of_point = np.unique(np.array(names, dtype="U16"), return_inverse=True)
    return Cells(tuple(ids.tolist()), of_point.astype(np.int64))


def hexagon_outlines(ids: tuple[str, ...]) -> NDArray[np.object_]:
    """The lon-lat outlines of H3 cells."""
    import h3

    outlines = np.empty(len(ids), dtype=object)
    outlines[:] = [shapely.Polygon([(lon, lat) for lat, lon in h3.cell_to_boundary(name)]) for name in ids]
    return outlines


def hexagon_pairs(ids: tuple[str, ...]) -> tuple[Indices, Indices]:
    """Pairs of H3 cells in the list that share an edge, as indices."""
    import h3

    place = {name: index for index, name in enumerate(ids)}
    pairs = [(index, place[near]) for name, index in place.items() for near in h3.grid_ring(name, 1) if near in place]
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]
