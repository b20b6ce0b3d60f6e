"""Findings of many sites as one table, Parquet or CSV, written chunk by chunk and never held whole.

``kind`` says what a row is. ``site``: its verdict and how many findings of each outcome. ``finding``: a conflict, or a
pair that is uncertain, with its numbers; what is clear or not assessed is counted in the site's row and named in the
``rule``'s. ``run``, ``layer``, ``rule``, ``rejected``: what was asked, of which data; ``detail`` holds it as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv
from pyarrow import parquet

from atlas.report.as_csv import literal
from geo.batch import NUMBERS, WHYS, Findings, Measured, Sites
from geo.deciding import OUTCOMES
from geo.types import Outcome, Rule

FORMATS = (".parquet", ".csv")
WORDS, NAMES = pa.dictionary(pa.int8(), pa.string()), pa.dictionary(pa.int32(), pa.string())
COUNTED = (Outcome.CONFLICT, Outcome.UNCERTAIN, Outcome.NOT_ASSESSED, Outcome.CLEAR)
#: Decimals of a number: a millimetre, a thousandth of a square metre, a millionth of a share.
DECIMALS = {"share_low": 6, "share_high": 6, "value": 6}
SCHEMA = pa.schema(
    [("kind", WORDS), ("site", pa.string()), ("use", WORDS), ("verdict", WORDS), ("why", WORDS)]
    + [(outcome.value, pa.int16()) for outcome in COUNTED]
    + [("rule", WORDS), ("outcome", WORDS), ("severity", WORDS), ("layer", WORDS)]
    + [("features", pa.list_(NAMES))]
    + [(name, pa.float64()) for name in NUMBERS]
    + [("detail", pa.string())]
)
_OUTCOME_WORDS = [outcome.value for outcome in OUTCOMES]
_WHY_WORDS = [why.value for why in WHYS]


class TableWriter:
    """Writes a table to a file that appears when all is written; the suffix chooses the format."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._partial = path.with_name(f".{path.name}.partial")
        self._is_csv = path.suffix.lower() == ".csv"
        self._vocabularies: dict[int, tuple[Any, pa.Array]] = {}
        words = [field.name for field in SCHEMA if field.type == WORDS] + ["features.list.element"]
        try:
            if self._is_csv:
                schema = pa.schema([(field.name, _plain(field.type)) for field in SCHEMA])
                self._stream = pa.OSFile(str(self._partial), "wb")
                self._stream.write("\ufeff".encode())  # so that Excel reads Chinese
                self._file: Any = arrow_csv.CSVWriter(self._stream, schema)
            else:
                self._file = parquet.ParquetWriter(self._partial, SCHEMA, use_dictionary=words, write_statistics=False)
        except BaseException:
            self._partial.unlink(missing_ok=True)
            raise

    def __enter__(self) -> TableWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self._file.close()
        if self._is_csv:
            self._stream.close()
        if kind is None:
            self._partial.replace(self._path)
        else:
            self._partial.unlink(missing_ok=True)

    def about(self, rows: Iterable[tuple[str, str, Mapping[str, Any]]]) -> None:
        """Rows of a kind with a name (of the rule, the layer or the refused row) and details."""
        kinds, names, details = zip(*rows, strict=True)
        columns = {
            "kind": pa.array(kinds).dictionary_encode().cast(WORDS),
            "site": pa.array(names),
            "detail": pa.array(
                [json.dumps(detail, ensure_ascii=False, sort_keys=True, default=str) for detail in details]
            ),
        }
        self._write(columns, len(kinds))

    def add(self, sites: Sites, found: Findings) -> None:
        """The sites of a chunk and their findings."""
        ids = pa.array(sites.ids, pa.string())
        self._write(_site_columns(sites, found, ids), len(sites))
        for column, parts in enumerate(found.measured):
            for part in parts:
                if len(part):
                    self._write(self._finding_columns(sites, found, column, part, ids), len(part))

    def _finding_columns(
        self, sites: Sites, found: Findings, column: int, part: Measured, ids: pa.Array
    ) -> dict[str, pa.Array]:
        rule, count = found.rules[column], len(part)
        features = _chosen(self._vocabulary(part.names), part.features)
        numbers = {name: _numbers(values, DECIMALS.get(name, 3)) for name, values in part.numbers.items()}
        return {
            "kind": _same("finding", count),
            "site": ids.take(pa.array(part.site)),
            "use": _same(sites.use.value, count),
            "why": _coded(found.why[:, column].take(part.site), _WHY_WORDS),
            "rule": _same(rule.id, count),
            "outcome": _coded(found.outcome[:, column].take(part.site), _OUTCOME_WORDS),
            "severity": _same(rule.severity.value, count),
            **({"layer": _same(part.condition.layer, count)} if part.condition.layer else {}),
            "features": pa.ListArray.from_arrays(pa.array(part.start.astype(np.int32)), features),
            **numbers,
        }

    def _vocabulary(self, names: Any) -> pa.Array:
        """A layer's feature ids, made once."""
        if id(names) not in self._vocabularies:
            self._vocabularies[id(names)] = (names, pa.array(names, pa.string()))
        return self._vocabularies[id(names)][1]

    def _write(self, columns: Mapping[str, pa.Array], count: int) -> None:
        arrays = [columns[field.name] if field.name in columns else _empty(count, field.type) for field in SCHEMA]
        table = pa.Table.from_arrays(arrays, schema=SCHEMA)
        self._file.write_table(_as_text(table) if self._is_csv else table)


def _empty(count: int, kind: pa.DataType) -> pa.Array:
    """So many missing values: a slice of an array that is made once."""
    return _nulls(1 << max(count - 1, 1 << 18).bit_length(), kind).slice(0, count)


@lru_cache(maxsize=64)
def _nulls(count: int, kind: pa.DataType) -> pa.Array:
    return pa.nulls(count, kind)


def _site_columns(sites: Sites, found: Findings, ids: pa.Array) -> dict[str, pa.Array]:
    verdict, why = found.verdict
    counts = {outcome.value: pa.array(found.counts(outcome)) for outcome in COUNTED}
    return {
        "kind": _same("site", len(sites)),
        "site": ids,
        "use": _same(sites.use.value, len(sites)),
        "verdict": _coded(verdict, _OUTCOME_WORDS),
        "why": _coded(why, _WHY_WORDS),
        **counts,
    }


def rule_detail(rule: Rule, tally: Mapping[str, int]) -> dict[str, Any]:
    """What the table says of a rule once: title, source, and how many sites it answered how."""
    cited = {name: getattr(rule.citation, name) for name in rule.citation.__dataclass_fields__}
    return {"title": dict(rule.title), "severity": rule.severity.value, "citation": cited, "answers": dict(tally)}


def _chosen(names: pa.Array, places: Any) -> pa.Array:
    """Names by their places, with only those that occur where these are few."""
    if len(places) < len(names):
        used, places = np.unique(places, return_inverse=True)
        names = names.take(pa.array(used))
    return pa.DictionaryArray.from_arrays(pa.array(places, pa.int32()), names)


def _same(word: str, count: int) -> pa.Array:
    return _coded(np.zeros(count, np.int8), [word])


def _coded(codes: Any, words: Sequence[str]) -> pa.Array:
    """Words from their places; a negative place is none."""
    missing = np.asarray(codes) < 0
    if missing.all():
        return _empty(len(missing), WORDS)
    return pa.DictionaryArray.from_arrays(
        pa.array(codes, pa.int8(), mask=missing if missing.any() else None), pa.array(words)
    )


def _numbers(values: Any, decimals: int) -> pa.Array:
    """Rounded numbers; NaN is none."""
    rounded = np.round(values, decimals)
    return pa.array(rounded, pa.float64(), from_pandas=bool(np.isnan(rounded).any()))


def _plain(kind: pa.DataType) -> pa.DataType:
    return pa.string() if kind == WORDS or pa.types.is_list(kind) else kind


def _as_text(table: pa.Table) -> pa.Table:
    """The table for a spreadsheet: words as words, lists joined by ``; ``, no text that would be computed."""
    columns = []
    for field, column in zip(table.schema, table.columns, strict=True):
        if pa.types.is_list(field.type):
            column = pc.binary_join(column.cast(pa.list_(pa.string())), "; ")
        columns.append(_literal(column.cast(pa.string())) if _plain(field.type) == pa.string() else column)
    return pa.Table.from_arrays(columns, names=table.schema.names)


def _literal(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """As :func:`atlas.report.as_csv.literal`, on the few texts that may need it."""
    harmless = pc.match_substring_regex(column, "^[A-Za-z0-9_{.\\p{Han}]")
    if pc.all(pc.fill_null(harmless, True)).as_py():
        return column
    return pa.chunked_array([pa.array([None if text is None else literal(text) for text in column.to_pylist()])])
