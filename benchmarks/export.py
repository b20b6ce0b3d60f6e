"""What leaves: an A3 map in three formats, a page for each of ten districts, one HTML file; memory over 100 exports.

Each time is given as the clock's and the processor's: on a busy machine only the second says what the work costs.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from atlas.journeys.export import MapRequest, export_map, export_maps
from atlas.journeys.series import export_series
from atlas.workspace import open_store
from layers.store import Store

LAYERS = (
    "land",
    "districts",
    "towns",
    "plan_designations",
    "parks",
    "plan_places",
    "mainland_coast",
    "islands",
    "territorial_baseline",
    "offshore_wind_policy_sea",
    "airport_point",
)
EXPORTS = 100
#: Exports before memory is first looked at: by then every module, font and cache is there.
WARM = 10


def _timed(name: str, action: Callable[[], Any], limit_s: float | None = None) -> str:
    clock, processor = time.perf_counter(), time.process_time()
    action()
    seconds, work = time.perf_counter() - clock, time.process_time() - processor
    wanted = f"   (wanted: under {limit_s:g} s)" if limit_s else ""
    return f"{name:<58} {seconds:7.2f} s   processor {work:6.2f} s{wanted}"


def _memory_mb() -> float:
    """What of this process is in memory (Linux)."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 2**20


def map_lines(store: Store) -> list[str]:
    """Maps and series."""
    request = MapRequest(LAYERS, size="A3")
    formats = (".png", ".pdf", ".svg")
    lines = [
        _timed(f"A3 map, {len(LAYERS)} layers, {suffix}", lambda s=suffix: export_map(request, s, store))
        for suffix in formats
    ]
    together = _timed("A3 map, PNG + PDF + SVG", lambda: export_maps(request, formats, store), 8)
    series = _timed(
        "series of 10 districts, A4, one PDF", lambda: export_series(MapRequest(LAYERS), "districts", ".pdf", store), 30
    )
    file = _timed("interactive HTML, two languages", lambda: export_map(MapRequest(LAYERS), ".html", store))
    return [*lines, together, series, file]


def memory_lines(store: Store) -> list[str]:
    """What 100 exports leave behind."""
    request = MapRequest(LAYERS, bounds=(120.0, 35.9, 120.6, 36.3))
    suffixes = (".pdf", ".png", ".svg", ".html")
    held = []
    for number in range(EXPORTS + 1):
        if number >= WARM and (number - WARM) % 15 == 0:
            held.append(_memory_mb())
        export_map(request, suffixes[number % len(suffixes)], store)
    told = " ".join(f"{each:.0f}" for each in held)
    return [f"memory after {WARM}, {WARM + 15} … {EXPORTS} exports of an A4 map, MB: {told}"]


def run() -> list[str]:
    """The lines of the report."""
    store = open_store(None)
    export_map(MapRequest(("districts",)), ".pdf", store)  # modules and typefaces are read once
    return [*map_lines(store), *memory_lines(store)]
