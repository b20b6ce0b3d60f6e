"""A GeoTIFF of one band as an upright grid in degrees."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from layers.errors import UnreadableFile
from layers.formats.gdal import private_copy
from layers.formats.raw import Limits, Step

if TYPE_CHECKING:
    from rasterio.io import DatasetReader


@dataclass(frozen=True)
class RawGrid:
    """``values[row, column]``, row 0 in the north, NaN where unknown; ``bounds`` west, south, east, north.

    ``frame`` is the frame of ``bounds`` (None when the file does not say), ``step`` the cell sizes in its units.
    """

    values: NDArray[np.float64]
    bounds: tuple[float, float, float, float]
    frame: str | None
    step: tuple[float, float]
    unit: str = ""
    steps: tuple[Step, ...] = ()


def read_geotiff(data: bytes, limits: Limits) -> RawGrid:
    """The only band of a north-up GeoTIFF.

    Raises UnreadableFile ``raster_broken``, ``raster_bands``, ``raster_turned``, ``raster_size``.
    """
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    with private_copy({"content.tif": data}) as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # such a grid is refused in words
        try:
            with rasterio.open(folder / "content.tif", driver="GTiff", sharing=False) as source:
                _check(source, limits)
                return _grid(source)
        except (RasterioError, ValueError, OSError) as error:
            if isinstance(error, UnreadableFile):
                raise
            raise UnreadableFile("raster_broken") from error


def _check(source: DatasetReader, limits: Limits) -> None:
    if source.count != 1:
        raise UnreadableFile("raster_bands", bands=source.count)
    if source.width * source.height > limits.grid_cells:
        raise UnreadableFile("raster_size", cells=source.width * source.height, limit=limits.grid_cells)
    turn = source.transform
    if turn.b or turn.d or turn.a <= 0 or turn.e >= 0:
        raise UnreadableFile("raster_turned")
    west, south, east, north = source.bounds
    if not (west < east and south < north and all(map(math.isfinite, source.bounds))):
        raise UnreadableFile("raster_broken")  # cells too small to be told apart, or without end


def _grid(source: DatasetReader) -> RawGrid:
    band: Any = source.read(1, masked=True)
    with np.errstate(invalid="ignore", over="ignore"):  # what is no number then is unknown
        values = np.ma.filled(band.astype(np.float64), np.nan)
        values = values * source.scales[0] + source.offsets[0]
    values[~np.isfinite(values)] = np.nan
    bounds = (source.bounds.left, source.bounds.bottom, source.bounds.right, source.bounds.top)
    return RawGrid(values, bounds, _frame(source), (source.transform.a, -source.transform.e), source.units[0] or "")


def _frame(source: DatasetReader) -> str | None:
    if source.crs is None:
        return None
    code = source.crs.to_epsg()
    return f"EPSG:{code}" if code else str(source.crs.to_wkt())
