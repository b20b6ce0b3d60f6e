"""A user's table of firms: one row a firm and year, checked against a contract that lists every fault at once.

What each column means is found by its header; what cannot be read is refused with row, field and reason, and never
guessed: a code that lost its leading zero, a day written 05/06/23, a coordinate of zero.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo.crs import WGS84, parse_frame, to_lonlat
from layers.classification import Classification, load_classification
from layers.errors import DataError
from layers.firm_cells import (
    Faults,
    as_codes,
    as_numbers,
    as_sectors,
    as_texts,
    as_years,
    district_names,
    find_firm_columns,
    find_firm_district,
)
from layers.firm_contract import contract_faults
from layers.formats.raw import Limits, RawTable, Step, clean_text
from layers.placing import decide_frame
from layers.reading import LIMITS, read_table
from layers.types import Basis, Layer, Rejected

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: How far GCJ-02 may be off in the region: added to the accuracy where nobody says which frame lon and lat are in.
UNSTATED_SHIFT_M = 500.0
#: How many refused rows are listed; the rest is counted.
REJECTED_LISTED = 1000

SCHEMES = ("sector", "subsector", "sei1", "sei2")


@dataclass(frozen=True)
class FirmTable:
    """Firms that can be measured.

    ``frame`` has one row a firm and year, index from 0: row, id, name, sector, subsector (codes of the plan), gbt4754,
    employees, revenue_wan, year, district (code, as stated), park, lon, lat; blank texts and NaN where not stated.
    ``members`` says what counts for what: firm (index), scheme, code, surely. ``known`` are the firms whose sector is
    known, for what it counts or for nothing. ``accuracy_m`` is CE95 of the places.
    """

    frame: pd.DataFrame
    members: pd.DataFrame
    known: NDArray[np.bool_]
    accuracy_m: float
    name: str
    sha256: str
    synthetic: bool = False

    @property
    def years(self) -> tuple[int, ...]:
        """The years of the table, rising; empty where it states none."""
        return tuple(int(year) for year in np.unique(self.frame["year"].dropna()))

    @property
    def has_places(self) -> bool:
        """Whether any firm has coordinates."""
        return bool(self.frame["lon"].notna().any())

    @property
    def has_parks(self) -> bool:
        """Whether the table names parks."""
        return bool((self.frame["park"] != "").any())

    def of_year(self, year: int | None) -> FirmTable:
        """The firms of one year, renumbered; all of them for None."""
        return self if year is None else self.chosen((self.frame["year"] == year).to_numpy())

    def chosen(self, keep: NDArray[np.bool_]) -> FirmTable:
        """Some of the firms, renumbered."""
        number = np.cumsum(keep) - 1
        members = self.members[keep[self.members["firm"].to_numpy()]]
        members = members.assign(firm=number[members["firm"].to_numpy()]).reset_index(drop=True)
        return replace(self, frame=self.frame[keep].reset_index(drop=True), members=members, known=self.known[keep])


@dataclass(frozen=True)
class FirmsResult:
    """Firms of a file, what was refused (the first of them, ``refused`` counts all rows), and what was noticed."""

    table: FirmTable
    rejected: tuple[Rejected, ...]
    refused: int
    report: tuple[Step, ...] = ()
    assumed: tuple[Step, ...] = ()


def read_firms(
    data: bytes,
    filename: str,
    *,
    crs: str | None = None,
    accuracy_m: float | None = None,
    classification: Classification | None = None,
    limits: Limits = LIMITS,
) -> FirmsResult:
    """The firms of a CSV, XLSX, GeoPackage or GeoParquet file.

    Raises UnreadableFile; DataError ``firms_columns_missing`` (no place or no sector), ``firms_none_usable`` with the
    first ``faults``; FrameError, FrameUnstated, ``frame_contradiction``.
    """
    raw = read_table(data, filename, limits=limits)
    name = clean_text(PurePath(filename).name)[:200]
    result = firms_of_table(raw, name, crs=crs, accuracy_m=accuracy_m, classification=classification)
    return replace(result, table=replace(result.table, sha256=hashlib.sha256(data).hexdigest()))


def firms_of_layer(layer: Layer, classification: Classification | None = None) -> FirmsResult:
    """The firms of a layer; those of a synthetic one stay marked."""
    attributes = layer.frame.drop(columns=layer.frame.geometry.name)
    rows = pd.DataFrame(attributes).astype(object)
    rows.index = pd.RangeIndex(1, len(rows) + 1, name="row")
    raw = RawTable(tuple(rows.columns), rows, np.asarray(layer.frame.geometry.array, dtype=object), WGS84.code)
    result = firms_of_table(raw, layer.spec.id, accuracy_m=layer.spec.accuracy_m, classification=classification)
    synthetic = layer.spec.basis is Basis.SYNTHETIC
    return replace(result, table=replace(result.table, sha256=layer.provenance.sha256, synthetic=synthetic))


def firms_of_table(
    raw: RawTable,
    name: str,
    *,
    crs: str | None = None,
    accuracy_m: float | None = None,
    classification: Classification | None = None,
) -> FirmsResult:
    """The firms of a table that was read; see ``read_firms``."""
    classes = classification or load_classification()
    columns = find_firm_columns(raw.columns)
    _check_columns(raw, columns, name)
    faults = Faults(list(raw.rejected))
    cells = raw.rows.reset_index(drop=True)
    frame, steps = _parsed(cells, columns, classes, faults, raw.rows.index.to_numpy())
    lonlat, added, assumed = _places(raw, columns, frame, crs, name, faults)
    frame["lon"], frame["lat"] = lonlat[:, 0], lonlat[:, 1]
    faults.extend(contract_faults(frame))
    kept = ~np.isin(frame["row"].to_numpy(), list(faults.rows))
    if not kept.any():
        raise DataError("firms_none_usable", file=name, rows=len(frame), faults=faults.described(5))
    exact = () if accuracy_m is not None else (Step("accuracy_exact"),)
    usable = frame[kept].reset_index(drop=True)
    members, known = _members(usable, classes)
    table = FirmTable(usable, members, known, (accuracy_m or 0.0) + added, name, "")
    report = (*raw.steps, *steps, *_unmapped(table))
    return FirmsResult(
        table, faults.listed(REJECTED_LISTED), len(faults.rows), report, (*raw.assumed, *assumed, *exact)
    )


def _check_columns(raw: RawTable, columns: dict[str, str], name: str) -> None:
    """Raises DataError where the table says of no firm where it is, or of none what it does."""
    placed = raw.geometry is not None or {"lon", "lat"} <= set(columns) or "district" in columns
    classed = {"sector", "subsector", "gbt4754"} & set(columns)
    missing = ([] if placed else ["lon, lat | district"]) + ([] if classed else ["plan_sector | gbt4754"])
    if missing:
        raise DataError("firms_columns_missing", file=name, columns=missing, found=list(raw.columns)[:30])


def _parsed(
    cells: pd.DataFrame,
    columns: dict[str, str],
    classes: Classification,
    faults: Faults,
    numbers: NDArray[np.int64],
) -> tuple[pd.DataFrame, tuple[Step, ...]]:
    """Every column but the coordinates, in our names and types; what cannot be read goes to the faults."""
    frame = pd.DataFrame({"row": numbers})
    column = {meaning: cells[header] for meaning, header in columns.items()}
    blank = pd.Series([None] * len(cells), dtype=object)
    for meaning in ("id", "name", "park"):
        frame[meaning] = as_texts(column.get(meaning, blank))
    frame["sector"], frame["subsector"] = as_sectors(
        column.get("sector", blank), column.get("subsector", blank), classes, frame["row"], faults
    )
    frame["gbt4754"] = as_codes(column.get("gbt4754", blank), frame["row"], faults)
    frame["employees"] = as_numbers(column.get("employees", blank), "employees", frame["row"], faults)
    revenue, factor, unit_steps = _revenue(columns)
    frame["revenue_wan"] = factor * as_numbers(column.get(revenue, blank), "revenue", frame["row"], faults)
    frame["year"], forms = as_years(column.get("year", blank), frame["row"], faults)
    frame["district"] = find_firm_district(column.get("district", blank), district_names(), frame["row"], faults)
    mixed = (Step("dates_mixed", {"forms": forms}),) if len(forms) > 1 else ()
    return frame, (*mixed, *unit_steps)


def _revenue(columns: dict[str, str]) -> tuple[str, float, tuple[Step, ...]]:
    """The column of revenue, what turns it into 10,000 yuan, and a word where its unit was assumed."""
    for meaning, factor in (("revenue_wan", 1.0), ("revenue_yi", 10_000.0), ("revenue_yuan", 1e-4)):
        if meaning in columns:
            return meaning, factor, ()
    assumed = (Step("revenue_unit_assumed", {"column": columns["revenue"]}),) if "revenue" in columns else ()
    return "revenue", 1.0, assumed


def _places(
    raw: RawTable, columns: dict[str, str], frame: pd.DataFrame, crs: str | None, name: str, faults: Faults
) -> tuple[NDArray[np.float64], float, tuple[Step, ...]]:
    """Lon-lat a row (NaN without), metres to add to the accuracy, and what was assumed of the frame."""
    if raw.geometry is not None:
        points = shapely.centroid(raw.geometry)
        stated = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
    elif {"lon", "lat"} <= set(columns):
        cells = raw.rows.reset_index(drop=True)
        stated = np.column_stack(
            [as_numbers(cells[columns[axis]], axis, frame["row"], faults) for axis in ("lon", "lat")]
        )
    else:
        return np.full((len(frame), 2), np.nan), 0.0, ()
    if crs is None and raw.frame is None and raw.frame_assumed is None and columns.get("degrees"):
        frame_of, added = parse_frame("EPSG:4326"), UNSTATED_SHIFT_M
        assumed: tuple[Step, ...] = (Step("frame_assumed_wgs84", {"added_m": UNSTATED_SHIFT_M}),)
    else:
        decided = decide_frame(raw.frame, raw.frame_assumed, crs, name)
        frame_of, added, assumed = decided.frame, decided.frame.added_accuracy_m, decided.assumed
    faults.add(frame["row"], (stated == 0).any(axis=1), "lon, lat", "coordinate_zero")
    one_missing = np.isnan(stated).sum(axis=1) == 1
    faults.add(frame["row"], one_missing, "lon, lat", "coordinate_missing")
    usable = np.isfinite(stated).all(axis=1) & (stated != 0).all(axis=1)
    placed = np.full(stated.shape, np.nan)
    if usable.any():
        placed[usable] = to_lonlat(stated[usable], frame_of)
    return placed, added, assumed


def _members(frame: pd.DataFrame, classes: Classification) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """What each firm counts for: what it states counts surely, what its code says as far as the code does."""
    parts = [
        _stated(frame, "sector"),
        _stated(frame, "subsector"),
    ]
    codes = frame.loc[frame["gbt4754"] != "", "gbt4754"]
    mapped = {code: classes.counted(code) for code in codes.unique()}
    pairs = [(code, entry.code, entry.surely) for code, found in mapped.items() for entry in found or ()]
    crosswalk = pd.DataFrame(pairs, columns=["gbt4754", "code", "surely"])
    by_code = pd.DataFrame({"firm": codes.index, "gbt4754": codes.to_numpy()}).merge(crosswalk, on="gbt4754")
    by_code["scheme"] = by_code["code"].map(_scheme)
    stated = (frame["sector"] != "").to_numpy()
    # a firm that states its sector of the plan is not put into another one by its code
    own = ~(stated[by_code["firm"].to_numpy(dtype=np.int64)] & by_code["scheme"].isin(SCHEMES[:2]).to_numpy())
    members = pd.concat([*parts, by_code[own].drop(columns="gbt4754")], ignore_index=True)
    known = stated | frame["gbt4754"].map(lambda code: mapped.get(code) is not None).to_numpy(dtype=bool)
    return members.astype({"firm": np.int64, "surely": bool})[["firm", "scheme", "code", "surely"]], known


def _stated(frame: pd.DataFrame, scheme: str) -> pd.DataFrame:
    there = frame.index[frame[scheme] != ""]
    return pd.DataFrame({"firm": there, "scheme": scheme, "code": frame.loc[there, scheme], "surely": True})


def _scheme(code: str) -> str:
    level = "." in code
    return ("subsector" if level else "sector") if code.startswith("P") else ("sei2" if level else "sei1")


def _unmapped(table: FirmTable) -> tuple[Step, ...]:
    """Firms whose code nobody can map: left out of the measures, and said."""
    unknown = table.frame.loc[~table.known]
    if not len(unknown):
        return ()
    values: dict[str, Any] = {"firms": len(unknown), "codes": sorted(unknown["gbt4754"].unique())[:20]}
    return (Step("codes_unmapped", values),)
