"""The result of a large table of sites: it stands in a file of the user's, and the record only says which.

A workspace keeps no copy, for such a table may be larger than all else in it. What the record has is where the file
was written, its sha256, and how many sites have which verdict.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COLUMNS = ["kind", "site", "verdict", "outcome", "severity"]


@dataclass(frozen=True)
class TableResult:
    """A file by its name, the folder in which it was written (empty where the record does not say) and its sha256."""

    name: str
    folder: str
    sha256: str

    @property
    def path(self) -> Path | None:
        """Where it was written; None where nobody knows."""
        return Path(self.folder, self.name) if self.folder else None

    @property
    def place(self) -> str:
        """The file with its folder, as far as that is known."""
        return str(self.path or self.name)

    @property
    def state(self) -> str:
        """``whole``, ``changed`` or ``gone``, as its place says now; ``unknown`` where the record names no place."""
        if self.path is None:
            return "unknown"
        try:
            return "whole" if sha256_of(self.path) == self.sha256 else "changed"
        except OSError:
            return "gone"


def table_result(entry: Mapping[str, Any]) -> TableResult | None:
    """The table of an entry of the record; None where the entry is of a check that the workspace keeps."""
    if "result" not in entry:
        return None
    name = Path(str(entry["result"])).name
    return TableResult(name, str(entry.get("result_folder", "")), str(entry["assessment_sha256"]))


def sha256_of(path: Path) -> str:
    """The sha256 of a file. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def tones_of(path: Path) -> dict[str, int]:
    """How many sites of a written table have which verdict, a conflict by whether any of its rules prohibits."""
    import pyarrow.compute as pc

    verdicts: Counter[str] = Counter()
    prohibited: set[str] = set()
    for rows in _read(path):
        for pair in pc.value_counts(rows.filter(pc.field("kind") == "site")["verdict"]).to_pylist():
            verdicts[pair["values"]] += pair["counts"]
        breaks = (pc.field("outcome") == "conflict") & (pc.field("severity") == "prohibit")
        prohibited.update(rows.filter((pc.field("kind") == "finding") & breaks)["site"].unique().to_pylist())
    conflicts = verdicts.pop("conflict", 0)
    tones = {"prohibit": len(prohibited), "restrict": conflicts - len(prohibited), **verdicts}
    return {tone: count for tone, count in tones.items() if count}


def _read(path: Path) -> Iterator[Any]:
    """The columns that tell a verdict, part by part, as text."""
    import pyarrow as pa
    from pyarrow import csv, parquet

    if path.suffix.lower() == ".csv":
        plain = csv.ConvertOptions(include_columns=COLUMNS, column_types=dict.fromkeys(COLUMNS, pa.string()))
        lines = csv.ParseOptions(newlines_in_values=True)  # an id of a site may hold one
        batches: Any = csv.open_csv(path, parse_options=lines, convert_options=plain)
    else:
        batches = parquet.ParquetFile(path).iter_batches(columns=COLUMNS)
    schema = pa.schema([(name, pa.string()) for name in COLUMNS])
    for batch in batches:
        yield pa.Table.from_batches([batch]).cast(schema)
