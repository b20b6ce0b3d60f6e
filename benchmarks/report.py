"""Reports and data as files: how long each takes warm, and whether 100 exports one after another leave memory flat."""

from __future__ import annotations

import gc
import os
import statistics
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from shapely.geometry import Point

from atlas.assessment import InputRecord, as_dict
from atlas.journeys.check import CheckRequest, run_check
from atlas.journeys.data_export import DATA_FORMATS, DataRequest, export_data
from atlas.journeys.export import ASSESSMENT_FORMATS, export_assessment
from atlas.journeys.plan import PLAN_FORMATS, export_plan
from atlas.workspace import open_store
from geo.types import Proposal, Use
from layers.store import Store

RUNS = 2
EXPORTS = 100
MEGABYTE = 2**20
DAY = date(2026, 11, 24)


def _seconds(action: Callable[[], Any]) -> tuple[float, float]:
    """Seconds on the clock and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    action()
    return time.perf_counter() - clock, time.process_time() - processor


def _line(name: str, action: Callable[[], Any]) -> str:
    action()
    runs = [_seconds(action) for _ in range(RUNS)]
    clock, processor = (statistics.median(run[which] for run in runs) for which in (0, 1))
    return f"{name:<44} median {clock:6.2f} s   processor {processor:6.2f} s"


def _assessed(store: Store, sites: int) -> dict[str, Any]:
    proposals = tuple(
        Proposal(f"S{number}", f"地块{number}", Use.FACTORY, Point(120.1 + 0.01 * number, 36.3), 5.0)
        for number in range(sites)
    )
    inputs = (InputRecord("benchmark", "0" * 64, "EPSG:4326", 5.0),)
    return as_dict(run_check(CheckRequest(proposals=proposals, store=store, on=DAY, inputs=inputs)))


def resident_bytes() -> int:
    """Memory that the process holds."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _memory(name: str, action: Callable[[], Any]) -> str:
    """What the process holds after 10 and after 100 exports more: a leak shows as growth that goes on."""
    held = []
    for number in range(EXPORTS):
        action()
        if number + 1 in (10, EXPORTS // 2, EXPORTS):
            gc.collect()
            held.append(resident_bytes() / MEGABYTE)
    said = ", ".join(f"{megabytes:.0f}" for megabytes in held)
    return f"{name:<44} MiB after 10, {EXPORTS // 2}, {EXPORTS} exports: {said}"


def run() -> list[str]:
    """Every format of an assessment of one site, a batch of 100, the plan, the data of four layers; then memory.

    The map of a report is a map like any other: what 100 of them hold is for the benchmark of maps.
    """
    store = open_store()
    one, many = _assessed(store, 1), _assessed(store, 100)
    layers = ("land", "towns", "islands", "mainland_coast")
    lines = [
        _line(f"assessment of one site, {suffix}", lambda suffix=suffix: export_assessment(one, suffix, "zh", store))
        for suffix in ASSESSMENT_FORMATS
    ]
    lines += [
        _line(f"batch of 100 sites, {suffix}", lambda suffix=suffix: export_assessment(many, suffix, "zh", store))
        for suffix in (".pdf", ".docx")
    ]
    lines += [
        _line(f"plan, {suffix}", lambda suffix=suffix: export_plan(suffix, "zh", store)) for suffix in PLAN_FORMATS
    ]
    lines += [
        _line(
            f"land, {suffix}", lambda suffix=suffix: export_data(DataRequest(layers[:1], suffix), f"a{suffix}", store)
        )
        for suffix in DATA_FORMATS
    ]
    lines.append(_memory("assessment without its map, .pdf", lambda: export_assessment(one, ".pdf", "zh")))
    lines.append(_memory("assessment without its map, .docx", lambda: export_assessment(one, ".docx", "zh")))
    lines.append(
        _memory("data of four layers, .gpkg", lambda: export_data(DataRequest(layers, ".gpkg"), "a.gpkg", store))
    )
    return lines
