"""Measure firms: from a table to concentrations and to what the plan wants, as one plain document.

The document is what every export writes and the page shows; it holds no row of the user's table.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from atlas import VERSION
from atlas.assessment import stated_time
from atlas.journeys import concentration
from atlas.journeys.aligning import alignment_tables
from atlas.journeys.aligning_subject import subject_of
from atlas.journeys.concentration import Counts, Settings
from atlas.journeys.places import Places, located, lonlat, places_of
from atlas.journeys.target_counts import LayerCount, target_rows
from atlas.texts import text
from atlas.workspace import SAMPLE_LAYERS
from geo import crs
from geo.autocorrelation import PERMUTATIONS
from geo.colocation import colocation_quotients
from geo.disclosure import Rule
from geo.intervals import FALSE_DISCOVERY_RATE, adjusted_p
from layers.classification import Category, Classification, load_classification
from layers.errors import DataError, UnknownLayer
from layers.firms import SCHEMES, FirmsResult, FirmTable, firms_of_layer, read_firms
from layers.plan import load_plan
from layers.store import Store

SAMPLE = "sample:"
#: The other kind of place beside which a measure is shown: what it says may depend on how the city is cut.
GRID_BESIDE, DISTRICT_BESIDE = "grid:5000", "district"
#: Co-location compares all pairs of sectors; beyond this many firms it is left out.
COLOCATION_FIRMS_MAX = 50_000
COLOCATION_PERMUTATIONS = 199


@dataclass(frozen=True)
class MeasureRequest:
    """What to measure. ``year`` None takes the latest of the table; ``rule`` None shows small numbers, on purpose.

    ``spatial`` limits what takes long, the statistics by permutation, to some categories; None asks for all.
    """

    firms: FirmsResult
    store: Store
    unit: str = "district"
    scheme: str = "sector"
    year: int | None = None
    seed: int = 20_261_124
    permutations: int = PERMUTATIONS
    rule: Rule | None = field(default_factory=Rule)
    spatial: tuple[str, ...] | None = None
    bandwidth_m: float = 2000.0
    language: str = "zh"
    classes: Classification = field(default_factory=load_classification)

    @property
    def settings(self) -> Settings:
        """How to measure."""
        return Settings(self.scheme, self.seed, self.permutations, self.rule, self.bandwidth_m, self.spatial)

    @property
    def measured_year(self) -> int | None:
        """The year that is measured; None for a table without years. Raises DataError ``year_absent``."""
        years = self.firms.table.years
        if self.year is not None and self.year not in years:
            raise DataError("year_absent", given=self.year, known=list(years))
        return self.year if self.year is not None else (years[-1] if years else None)

    @property
    def table(self) -> FirmTable:
        """The firms of the measured year."""
        return self.firms.table.of_year(self.measured_year)


@dataclass(frozen=True)
class Measured:
    """A document with the outlines of its places (lon-lat, by place id), for maps and GIS files."""

    document: dict[str, Any]
    places: Places


def open_firms(
    source: str,
    store: Store,
    *,
    crs_stated: str | None = None,
    accuracy_m: float | None = None,
    classes: Classification | None = None,
) -> FirmsResult:
    """Firms of ``sample:firms``, or of a file that the user named. Raises what ``read_firms`` raises, UnknownLayer."""
    if source.startswith(SAMPLE):
        layer_id = SAMPLE_LAYERS.get(source.removeprefix(SAMPLE))
        if layer_id is None:
            raise UnknownLayer("unknown_layer", layer=source)
        return firms_of_layer(store.layer(layer_id), classes)
    from layers.reading import read_bytes

    path = Path(source)
    return read_firms(read_bytes(path), path.name, crs=crs_stated, accuracy_m=accuracy_m, classification=classes)


def categories(request: MeasureRequest) -> dict[str, Category]:
    """The categories of the scheme in its own order. Raises DataError ``scheme_unknown``, ``scheme_empty``."""
    if request.scheme not in SCHEMES:
        raise DataError("scheme_unknown", given=request.scheme, known=list(SCHEMES))
    known = request.classes.plan if request.scheme in SCHEMES[:2] else request.classes.sei
    nested = request.scheme in ("subsector", "sei2")
    if not (request.firms.table.members["scheme"] == request.scheme).any():
        raise DataError("scheme_empty", given=request.scheme, file=request.firms.table.name)
    return {code: category for code, category in known.items() if bool(category.parent) == nested}


def measure_concentration(request: MeasureRequest) -> Measured:
    """Concentration of every sector by one kind of place, with the summary for another one beside it."""
    table, codes = request.table, categories(request)
    places = places_of(table, request.unit, request.store, request.language)
    counts = concentration.count(table, places, tuple(codes), request.settings)
    sectors = [_summary(request, table, places, counts)]
    beside = _beside(request, table)
    if beside is not None:
        sectors.append(
            _summary(request, table, beside, concentration.count(table, beside, tuple(codes), request.settings))
        )
    names = {code: category.named(request.language) for code, category in codes.items()}
    document = {
        **_head(request, "concentration", table),
        "by": places.unit,
        "scheme": request.scheme,
        "firms_counted": int(counts.base.sum()),
        "firms_placed": int((places.of_firm >= 0).sum()),
        "firms_outside": int((places.of_firm < 0).sum()),
        "sectors": _records(_named(_side_by_side(sectors, tuple(codes)), names)),
        "cells": _records(_named(concentration.cell_table(table, places, counts, request.settings), names)),
        "places": _records(concentration.place_table(places, counts, request.settings)),
        "over_time": _over_time(request, tuple(codes), names),
        "colocation": _colocation(request, table, tuple(codes), names),
        "not_assessed": list(places.not_assessed),
    }
    return Measured(document, places)


def measure_alignment(request: MeasureRequest) -> Measured:
    """Every designation of the plan against the firms, concentrations nobody designated, targets against counts."""
    plan = load_plan()
    subject = subject_of(request.table, request.store, plan, request.classes, request.settings, request.language)
    document = {
        **_head(request, "alignment", request.table),
        "level": "subsector" if subject.has_subsectors else "sector",
        "firms_compared": len(subject.table.frame),
        "firms_left_out": len(request.table.frame) - len(subject.table.frame),
        **alignment_tables(subject),
        "targets": target_rows(subject, _layer_counts(request), request.measured_year),
    }
    return Measured(_plain(document), subject.districts)


def _layer_counts(request: MeasureRequest) -> dict[str, LayerCount]:
    """Sites that are loaded and can be counted: the user's layer of that id, the sample's beside sample firms."""
    found = {}
    for kind in ("edge_nodes",):
        layer_id = kind if kind in request.store else SAMPLE_LAYERS[kind]
        if kind in request.store or request.firms.table.synthetic:
            layer = request.store.layer(layer_id)
            found[kind] = LayerCount(layer_id, len(layer.frame), layer.spec.as_of)
    return found


def _head(request: MeasureRequest, kind: str, table: FirmTable) -> dict[str, Any]:
    """What every document says: of what, how, and with which caution."""
    source, language = request.firms.table, request.language
    stamps = [text("stamp.synthetic", language)] if source.synthetic else []
    if request.rule is None:
        stamps.append(text("measure.small_numbers_shown", language))
    rule = (
        {"firms_min": request.rule.firms_min, "dominant_share": request.rule.dominant_share} if request.rule else None
    )
    return {
        "kind": kind,
        "stamps": stamps,
        "synthetic": source.synthetic,
        "computed_at": stated_time(),
        "version": VERSION,
        "input": {"name": source.name, "sha256": source.sha256, "accuracy_m": source.accuracy_m},
        "assumed": [step.written() for step in request.firms.assumed],
        "noticed": [step.written() for step in request.firms.report],
        "year": request.measured_year,
        "years": list(source.years),
        "firms": len(table.frame),
        "firms_unclassified": int((~table.known_in(request.scheme)).sum()),
        "seed": request.seed,
        "permutations": request.permutations,
        "bandwidth_m": request.bandwidth_m,
        "false_discovery_rate": FALSE_DISCOVERY_RATE,
        "small_number_rule": rule,
        "rejected": [
            {"row": fault.row, "field": fault.field, "reason": fault.reason, "values": dict(fault.values)}
            for fault in request.firms.rejected
        ],
        "rejected_rows": request.firms.refused,
    }


def _summary(request: MeasureRequest, table: FirmTable, places: Places, counts: Counts) -> pd.DataFrame:
    return concentration.sector_table(table, places, counts, request.settings)


def _beside(request: MeasureRequest, table: FirmTable) -> Places | None:
    """The same firms cut another way; None where they have no coordinates to cut."""
    unit = GRID_BESIDE if request.unit == "district" else DISTRICT_BESIDE
    if unit == GRID_BESIDE and not located(table).any():
        return None
    return places_of(table, unit, request.store, request.language)


def _side_by_side(summaries: list[pd.DataFrame], codes: tuple[str, ...]) -> pd.DataFrame:
    """The summaries of several cuts, those of one sector beside each other."""
    frame = pd.concat(summaries, ignore_index=True)
    place = frame["code"].map({code: index for index, code in enumerate(codes)})
    return frame.iloc[np.argsort(place.to_numpy(), kind="stable")].reset_index(drop=True)


def _over_time(request: MeasureRequest, codes: tuple[str, ...], names: dict[str, str]) -> list[dict[str, Any]]:
    """The summary of every year, where the table has several."""
    years = request.firms.table.years
    if len(years) < 2:
        return []
    frames = []
    for year in years:
        table = request.firms.table.of_year(year)
        places = places_of(table, request.unit, request.store, request.language)
        counts = concentration.count(table, places, codes, request.settings)
        frames.append(_summary(request, table, places, counts).assign(year=year))
    return _records(_named(pd.concat(frames, ignore_index=True), names))


def _colocation(
    request: MeasureRequest, table: FirmTable, codes: tuple[str, ...], names: dict[str, str]
) -> list[dict[str, Any]]:
    """Which sectors lie next to which, of firms that surely belong to exactly one; sectors and first levels only."""
    if request.scheme not in ("sector", "sei1") or not located(table).any():
        return []
    entries = table.members[(table.members["scheme"] == request.scheme) & table.members["surely"]]
    entries = entries[~entries["firm"].duplicated(keep=False) & located(table)[entries["firm"]]]
    if not 3 <= len(entries) <= COLOCATION_FIRMS_MAX:
        return []
    sectors = entries["code"].map({code: index for index, code in enumerate(codes)}).to_numpy(dtype=np.int64)
    points = crs.to_plane(lonlat(table)[entries["firm"].to_numpy()])
    found = colocation_quotients(points, sectors, len(codes), request.seed, COLOCATION_PERMUTATIONS)
    enough = np.bincount(sectors, minlength=len(codes)) >= (request.rule.firms_min if request.rule else 1)
    rows, columns = np.nonzero(np.isfinite(found.values) & enough[:, None] & enough[None, :])
    frame = pd.DataFrame(
        {
            "of": np.array(codes)[rows],
            "of_name": [names[codes[row]] for row in rows],
            "next_to": np.array(codes)[columns],
            "next_to_name": [names[codes[column]] for column in columns],
            "quotient": found.values[rows, columns],
            "p": found.p[rows, columns],
            "q": adjusted_p(found.p[rows, columns]),
        }
    )
    return _records(frame)


def _named(frame: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    frame.insert(list(frame.columns).index("code") + 1, "category", frame["code"].map(names))
    return frame


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain dictionaries, None where nothing is known."""
    return [_plain(row) for row in frame.to_dict("records")]


def _plain(value: Any) -> Any:
    """Numbers of numpy as Python's, rounded to nine figures; NaN and infinities as None."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if isinstance(value, (np.bool_, bool)):
        return bool(value)
    if isinstance(value, (float, np.floating)):
        number = float(value)
        if not np.isfinite(number):
            return None
        return int(number) if number.is_integer() and abs(number) < 1e15 else float(f"{number:.9g}")
    return int(value) if isinstance(value, np.integer) else value


def outlines_by_id(places: Places) -> dict[str, Any]:
    """Place id to lon-lat outline, those that have one."""
    outlines: NDArray[np.object_] = places.outlines
    return {name: outline for name, outline in zip(places.ids, outlines, strict=True) if outline is not None}
