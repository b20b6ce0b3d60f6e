"""How dense are points? A Gaussian kernel on a grid of the plane, by fast Fourier transform."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import ArrayLike, NDArray

from geo.errors import GeoError

#: Beyond so many bandwidths the kernel is nothing (3e-6 of its height), and the grid need not be padded.
REACH = 5.0
SQUARE_METRES_PER_KM2 = 1e6
#: A density is shown only where this many points lie near: fewer would show where single firms are.
SHOWN_POINTS_MIN = 3
SHOWN_REACH = 2.0
CELLS_MAX = 60_000_000

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Surface:
    """A density per km²: ``values[row, column]``, row 0 in the **north**; ``bounds`` in EPSG:4549 metres.

    ``points_near`` counts the points within two bandwidths (a square) of each cell, for the small-number rule.
    """

    values: NDArray[np.float64]
    bounds: Bounds
    cell_m: float
    points_near: NDArray[np.integer]

    def shown(self, points_min: int = SHOWN_POINTS_MIN) -> NDArray[np.float64]:
        """The density with NaN where some points, but fewer than allowed, lie near."""
        few = (self.points_near > 0) & (self.points_near < points_min)
        return np.where(few, np.nan, self.values)


def kernel_density(
    points_plane: NDArray[np.float64],
    bandwidth_m: float,
    cell_m: float,
    bounds: Bounds,
    weights: ArrayLike | None = None,
) -> Surface:
    """Density of points (n, 2) of EPSG:4549 by a Gaussian kernel of a standard deviation ``bandwidth_m``.

    Points are counted in cells first, then spread; the sum over the plane is kept. No correction is made at the
    coast, where the kernel spreads over water. Points outside ``bounds`` (west, south, east, north) count as far as
    their kernel reaches in. Raises GeoError ``bandwidth``, ``cell_side``, ``grid_too_large``.
    """
    if not (np.isfinite(bandwidth_m) and np.isfinite(cell_m) and 0 < cell_m <= bandwidth_m):
        raise GeoError("bandwidth", bandwidth_m=bandwidth_m, cell_m=cell_m)
    margin = int(np.ceil(REACH * bandwidth_m / cell_m))
    columns, rows = (max(1, int(np.ceil((bounds[i + 2] - bounds[i]) / cell_m))) for i in (0, 1))
    shape = (rows + 2 * margin, columns + 2 * margin)
    if shape[0] * shape[1] > CELLS_MAX:
        raise GeoError("grid_too_large", cells=shape[0] * shape[1], limit=CELLS_MAX)
    corner = (bounds[0] - margin * cell_m, bounds[1] - margin * cell_m)
    amounts, counts = _binned(points_plane, weights, corner, cell_m, shape)
    spread = _smoothed(amounts, bandwidth_m / cell_m) * (SQUARE_METRES_PER_KM2 / cell_m**2)
    near = _window_sums(counts, int(np.ceil(SHOWN_REACH * bandwidth_m / cell_m)))
    inner = (slice(margin, margin + rows), slice(margin, margin + columns))
    east, north = bounds[0] + columns * cell_m, bounds[1] + rows * cell_m
    return Surface(spread[inner][::-1], (bounds[0], bounds[1], east, north), cell_m, near[inner][::-1])


def _binned(
    points: NDArray[np.float64],
    weights: ArrayLike | None,
    corner: tuple[float, float],
    cell_m: float,
    shape: tuple[int, int],
) -> tuple[NDArray[np.float64], NDArray[Any]]:
    cell = np.floor((points - corner) / cell_m).astype(np.int64)
    inside = (cell >= 0).all(axis=1) & (cell[:, 1] < shape[0]) & (cell[:, 0] < shape[1])
    flat = cell[inside, 1] * shape[1] + cell[inside, 0]
    counts = np.bincount(flat, minlength=shape[0] * shape[1]).reshape(shape)
    if weights is None:
        return counts.astype(np.float64), counts
    each = np.asarray(weights, dtype=float)[inside]
    amounts = np.bincount(flat, weights=each, minlength=shape[0] * shape[1])
    return np.asarray(amounts.reshape(shape), dtype=np.float64), counts


def _smoothed(amounts: NDArray[np.float64], sigma_cells: float) -> NDArray[np.float64]:
    """Convolution with a Gaussian, its transform known in closed form: exp(−2 π² σ² f²)."""
    size = tuple(scipy.fft.next_fast_len(length, real=True) for length in amounts.shape)
    down = np.exp(-2.0 * (np.pi * sigma_cells * scipy.fft.fftfreq(size[0])) ** 2)
    across = np.exp(-2.0 * (np.pi * sigma_cells * scipy.fft.rfftfreq(size[1])) ** 2)
    transform = scipy.fft.rfft2(amounts.astype(np.float32), size)
    transform *= down[:, None].astype(np.float32)
    transform *= across[None, :].astype(np.float32)
    spread = scipy.fft.irfft2(transform, size)[: amounts.shape[0], : amounts.shape[1]]
    return np.maximum(spread, 0.0).astype(np.float64)


def _window_sums(counts: NDArray[Any], reach: int) -> NDArray[np.int32]:
    """How many points lie in the square of ``reach`` cells to each side, by sums of sums."""
    sums = np.zeros((counts.shape[0] + 1, counts.shape[1] + 1), dtype=np.int32)
    np.cumsum(np.cumsum(counts, axis=0, dtype=np.int32), axis=1, out=sums[1:, 1:])
    low_row, high_row = _window(counts.shape[0], reach)
    low_column, high_column = _window(counts.shape[1], reach)
    upper, lower = sums[high_row], sums[low_row]
    return upper[:, high_column] - upper[:, low_column] - lower[:, high_column] + lower[:, low_column]


def _window(length: int, reach: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    at = np.arange(length)
    return np.maximum(at - reach, 0), np.minimum(at + reach + 1, length)
