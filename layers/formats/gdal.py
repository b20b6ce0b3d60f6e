"""The one door to GDAL's vector drivers: a private folder, our own file names, one expected driver."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from layers.errors import UnreadableFile
from layers.formats.raw import (
    Limits,
    RawTable,
    check_size,
    clean_columns,
    clean_value,
    geometries_of_wkb,
    object_array,
)


@contextmanager
def private_copy(contents: Mapping[str, bytes]) -> Iterator[Path]:
    """A folder that only this user can read, holding the contents under names chosen by us."""
    with tempfile.TemporaryDirectory(prefix="atlas-") as folder:
        for name, content in contents.items():
            (Path(folder) / name).write_bytes(content)
        yield Path(folder)


def read_with_gdal(
    path: Path, driver: str, limits: Limits, *, layer: str | None = None, frame: str | None, encoding: str | None = None
) -> RawTable:
    """Rows and geometries of one layer. Raises UnreadableFile ``file_broken`` or ``content_is_not``."""
    import pandas as pd
    import pyogrio

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # GDAL warns of what the report says in its own words
            about = pyogrio.read_info(path, layer=layer, encoding=encoding, force_feature_count=True)
            if about["driver"] != driver:
                raise UnreadableFile("content_is_not", expected=driver, found=about["driver"])
            check_size(max(int(about["features"]), 0), len(about["fields"]), limits)
            meta, _, geometry, values = pyogrio.raw.read(path, layer=layer, encoding=encoding, datetime_as_string=True)
    except UnreadableFile:
        raise
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError, RuntimeError) as error:
        raise UnreadableFile("file_broken") from error
    rows_read = len(values[0]) if values else 0
    geometries, rejected = geometries_of_wkb(geometry if geometry is not None else [None] * rows_read)
    numbers = pd.RangeIndex(1, len(geometries) + 1, name="row")
    names = clean_columns(meta["fields"])
    rows = pd.DataFrame(
        {name: object_array([_plain(cell) for cell in column]) for name, column in zip(names, values, strict=True)},
        index=numbers,
    )
    kept = ~np.isin(numbers, [fault.row for fault in rejected])
    return RawTable(names, rows[kept], geometries[kept], frame, rejected=rejected, format=driver)


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bytes):
        return None
    if isinstance(value, float) and value != value:
        return None
    return clean_value(value)
