"""What a reader hands on: rows and geometries as the file has them, and what was noticed on the way."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.errors import UnreadableFile
from layers.types import Rejected

if TYPE_CHECKING:
    import pandas as pd

MEGABYTE = 1024 * 1024

Found = TypeVar("Found")

#: NUL, and the characters by which a text says that it runs from right to left.
_UNWANTED = dict.fromkeys([0x00, 0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])


@dataclass(frozen=True)
class Limits:
    """How much a user's file may ask for. ``ratio`` is unpacked to packed bytes of an archive."""

    file_bytes: int = 200 * MEGABYTE
    unpacked_bytes: int = 1024 * MEGABYTE
    ratio: int = 200
    members: int = 2000
    rows: int = 2_000_000
    columns: int = 500
    cells: int = 20_000_000
    grid_cells: int = 60_000_000


@dataclass(frozen=True)
class Step:
    """Something that was guessed, repaired or converted: a text code with its values."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def written(self) -> str:
        """As one line for a record: the code, then its values as JSON where it has any."""
        if not self.values:
            return self.code
        return f"{self.code} {json.dumps(dict(self.values), ensure_ascii=False, sort_keys=True, default=str)}"

    @classmethod
    def parsed(cls, line: str) -> Step:
        """The step that ``written`` wrote."""
        code, _, values = line.partition(" ")
        return cls(code, json.loads(values) if values else {})


@dataclass(frozen=True)
class RawTable:
    """A file as it was read, nothing converted.

    ``rows`` is indexed by row number from 1, with gaps where a row was refused; ``geometry`` has one entry a row
    (None where the row has no place) or is None for a plain table. ``frame`` is what the file itself says (an EPSG
    code, a name or a WKT definition, not yet judged), ``frame_assumed`` what its format's standard says when the
    file is silent.
    """

    columns: tuple[str, ...]
    rows: pd.DataFrame
    geometry: NDArray[np.object_] | None = None
    frame: str | None = None
    frame_assumed: str | None = None
    encoding: str = "UTF-8"
    steps: tuple[Step, ...] = ()
    assumed: tuple[Step, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    format: str = ""


def clean_text(text: str) -> str:
    """Text without what no file can hold, and without marks that turn the direction of writing.

    Lone surrogates become question marks; NUL disappears, and so do the marks: a name must not change how the words
    after it read.
    """
    # none of these is printable, and nearly all cells of a table are
    return text if text.isprintable() else text.encode("utf-8", "replace").decode("utf-8").translate(_UNWANTED)


def clean_value(value: Any) -> Any:
    """A cell as plain text, number, truth value or None; anything nested becomes its JSON text."""
    if isinstance(value, str):
        return clean_text(value)
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return clean_text(json.dumps(value, ensure_ascii=False, default=str))


def clean_columns(names: Iterable[Any]) -> tuple[str, ...]:
    """Column names as text, none empty, none twice, none called ``geometry``."""
    taken = {"geometry"}
    cleaned = []
    for position, name in enumerate(names, start=1):
        base = clean_text(str(name if name is not None else "")).strip() or f"column_{position}"
        candidate, number = base, 1
        while candidate in taken:
            number += 1
            candidate = f"{base}_{number}"
        taken.add(candidate)
        cleaned.append(candidate)
    return tuple(cleaned)


def object_array(values: Sequence[Any]) -> NDArray[np.object_]:
    """A one-dimensional object array, also of things numpy would like to unpack."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


class GeometryFaultError(ValueError):
    """A geometry that cannot be built from its file; its text is the reason code."""


def geometries_of_wkb(wkb: Sequence[Any] | NDArray[np.object_]) -> tuple[NDArray[np.object_], tuple[Rejected, ...]]:
    """Geometries, None where a row has none, and the rows (from 1) whose WKB cannot be read."""
    geometries = shapely.from_wkb(object_array(list(wkb)), on_invalid="ignore")
    pairs = enumerate(zip(geometries, wkb, strict=True), start=1)
    broken = [row for row, (geometry, raw) in pairs if geometry is None and raw is not None]
    return geometries, tuple(Rejected(row, "geometry", "geometry_unreadable") for row in broken)


def check_size(rows: int, columns: int, limits: Limits) -> None:
    """Raise UnreadableFile when a table has more rows, columns or cells than can be handled."""
    if rows > limits.rows:
        raise UnreadableFile("too_many_rows", rows=rows, limit=limits.rows)
    if columns > limits.columns:
        raise UnreadableFile("too_many_columns", columns=columns, limit=limits.columns)
    if rows * columns > limits.cells:
        raise UnreadableFile("too_many_cells", cells=rows * columns, limit=limits.cells)


def frame_of_records(records: Sequence[Mapping[str, Any]], numbers: Sequence[int]) -> pd.DataFrame:
    """Attribute records as a frame indexed by row number; columns in order of first appearance."""
    import pandas as pd

    names = list(dict.fromkeys(name for record in records for name in record))
    columns = {
        clean: [clean_value(record.get(name)) for record in records]
        for clean, name in zip(clean_columns(names), names, strict=True)
    }
    return pd.DataFrame(columns, index=pd.Index(list(numbers), name="row"))


def read_features(
    features: Sequence[Found], place_of: Callable[[Found], Any], attributes_of: Callable[[Found], Mapping[str, Any]]
) -> tuple[pd.DataFrame, NDArray[np.object_], tuple[Rejected, ...]]:
    """Attributes and geometries of features, numbered from 1, and those whose geometry cannot be built."""
    numbers, records, geometries, rejected = [], [], [], []
    for number, feature in enumerate(features, start=1):
        try:
            geometries.append(place_of(feature))
        except GeometryFaultError as fault:
            rejected.append(Rejected(number, "geometry", str(fault)))
            continue
        numbers.append(number)
        records.append(attributes_of(feature))
    return frame_of_records(records, numbers), object_array(geometries), tuple(rejected)


def frame_of_cells(header: Sequence[Any], cells: Sequence[Sequence[Any]], numbers: Sequence[int]) -> pd.DataFrame:
    """Rows of cells, each as long as the header, as a frame indexed by row number."""
    import pandas as pd

    columns = {name: [clean_value(row[at]) for row in cells] for at, name in enumerate(clean_columns(header))}
    return pd.DataFrame(columns, index=pd.Index(list(numbers), name="row", dtype=int), dtype=object)
