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
from layers.columns import WORST_ACCURACY_M
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
    ``members`` says what counts for what: firm (index), scheme, code, surely. ``known`` are the firms whose sector of
    the plan is known, for what it counts or for nothing; ``known_nationally`` those of whom that is known in SEI 2018.
    ``accuracy_m`` is CE95 of the places.
    """

    frame: pd.DataFrame
    members: pd.DataFrame
    known: NDArray[np.bool_]
    known_nationally: NDArray[np.bool_]
    accuracy_m: float
    name: str
    sha256: str
    synthetic: bool = False

    @property
    def years(self) -> tuple[int, ...]:
        """The years of the table, rising; empty where it states none."""
        return tuple(int(year) for year in np.unique(self.frame["year"].dropna()))

    def known_in(self, scheme: str) -> NDArray[np.bool_]:
        """The firms that a scheme can place: those that surely or possibly belong somewhere, or surely nowhere."""
        return self.known if scheme in SCHEMES[:2] else self.known_nationally

    @property
    def has_subsectors(self) -> bool:
        """Whether any firm's subsector is known, and not only that it may be any of its sector."""
        return bool((self.members["surely"] & (self.members["scheme"] == "subsector")).any())

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
        frame, known = self.frame[keep].reset_index(drop=True), (self.known[keep], self.known_nationally[keep])
        return replace(self, frame=frame, members=members, known=known[0], known_nationally=known[1])


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

    Raises UnreadableFile; DataError ``firms_columns_missing`` (no place or no sector), ``no_rows``,
    ``firms_none_usable`` with the first ``faults``; FrameError, FrameUnstated, ``frame_contradiction``.
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
    if accuracy_m is not None and not 0.0 <= accuracy_m <= WORST_ACCURACY_M:
        raise DataError("accuracy_invalid", given=accuracy_m)
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
        raise _none_usable(name, len(frame), faults)
    exact = () if accuracy_m is not None else (Step("accuracy_exact"),)
    usable = frame[kept].reset_index(drop=True)
    members = _members(usable, classes)
    table = FirmTable(usable, members, *_known(usable, members, classes), (accuracy_m or 0.0) + added, name, "")
    report = (*raw.steps, *steps, *_unmapped(table))
    return FirmsResult(
        table, faults.listed(REJECTED_LISTED), len(faults.rows), report, (*raw.assumed, *assumed, *exact)
    )


def _none_usable(name: str, rows: int, faults: Faults) -> DataError:
    """The refusal of a whole table, with its first fault in full and some more in short."""
    if not faults.found:
        return DataError("no_rows", file=name)
    first = faults.listed(1)[0]
    told = {"row": first.row, "field": first.field, "reason": first.reason, "faults": faults.described(5)}
    return DataError("firms_none_usable", **{**first.values, "file": name, "rows": rows, **told})


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


def _members(frame: pd.DataFrame, classes: Classification) -> pd.DataFrame:
    """What each firm counts for: what it states counts surely, what its code says as far as the code does."""
    by_code = _by_code(frame, classes)
    stated = (frame["sector"] != "").to_numpy()
    # a firm that states its sector of the plan is not put into another one by its code
    own = ~(stated[by_code["firm"].to_numpy(dtype=np.int64)] & by_code["scheme"].isin(SCHEMES[:2]).to_numpy())
    found = [_stated(frame, "sector"), _stated(frame, "subsector"), by_code[own]]
    if any((part["scheme"] == "subsector").any() for part in found):
        found.append(_any_below(frame, classes))
    national = by_code.loc[by_code["scheme"].isin(SCHEMES[2:]), "firm"].unique()
    found.append(_by_relation(frame.drop(index=national), classes))
    members = pd.concat(found, ignore_index=True)
    return members.astype({"firm": np.int64, "surely": bool})[["firm", "scheme", "code", "surely"]]


def _by_code(frame: pd.DataFrame, classes: Classification) -> pd.DataFrame:
    codes = frame.loc[frame["gbt4754"] != "", "gbt4754"]
    pairs = [(code, entry.code, entry.surely) for code in codes.unique() for entry in classes.counted(code) or ()]
    return _with_scheme(codes, pairs)


def _any_below(frame: pd.DataFrame, classes: Classification) -> pd.DataFrame:
    """A firm that states its sector alone may be of any subsector of it."""
    sectors = frame.loc[(frame["sector"] != "") & (frame["subsector"] == ""), "sector"]
    return _with_scheme(sectors, [(c.parent, c.code, False) for c in classes.plan.values() if c.parent])


def _by_relation(frame: pd.DataFrame, classes: Classification) -> pd.DataFrame:
    """What a firm may count for nationally by the sector that it states: the relations are read from names alone."""
    stated = frame["subsector"].where(frame["subsector"] != "", frame["sector"])
    stated = stated[stated != ""]
    return _with_scheme(stated, [(plan, sei, False) for plan in stated.unique() for sei in classes.related(plan)])


def _with_scheme(stated: pd.Series, pairs: list[tuple[str, str, bool]]) -> pd.DataFrame:
    """Memberships of firms (the index) by what they state, which means the codes of the pairs."""
    meant = pd.DataFrame(pairs, columns=["stated", "code", "surely"])
    found = pd.DataFrame({"firm": stated.index, "stated": stated.to_numpy()}).merge(meant, on="stated")
    return found.assign(scheme=found["code"].map(_scheme)).drop(columns="stated")


def _known(
    frame: pd.DataFrame, members: pd.DataFrame, classes: Classification
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Firms that the plan's and the national classification can place."""
    by_side = []
    for side, schemes in (("plan", SCHEMES[:2]), ("sei", SCHEMES[2:])):
        codes = {code: code != "" and classes.speaks_of(code, side) for code in frame["gbt4754"].unique()}
        known = frame["gbt4754"].map(codes).to_numpy(dtype=bool, copy=True)
        known[members.loc[members["scheme"].isin(schemes), "firm"].to_numpy()] = True
        by_side.append(known)
    return by_side[0], by_side[1]


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
