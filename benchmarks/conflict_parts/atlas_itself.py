"""The atlas: the function that ``atlas check`` calls for a large table: from points to the written Parquet."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from atlas.journeys.table import TableRequest, check_table
from atlas.workspace import embedded_catalogue
from benchmarks.conflict_parts.worker import HARD, SITES, kept_layers
from benchmarks.conflict_parts.workload import KINDS, layer_of, rule_of, squares_around
from geo.batch import Sites
from geo.shapewise import compile_loops
from geo.types import Use
from layers.rulebook import Rulebook
from layers.store import Store

ON = date(2026, 11, 1)
RULEBOOK = Rulebook(tuple(rule_of(kind) for kind in KINDS), "benchmark", ())


class Contestant:
    """Layers in memory, the index on disk or not."""

    def __init__(self, folder: Path) -> None:
        compile_loops()  # done once, when the atlas is installed
        geometry = kept_layers(folder)
        layers = {kind.id: layer_of(kind, geometry[kind.id]) for kind in KINDS}
        self._store = Store(embedded_catalogue(), None, layers)
        self._folder = folder
        self._sites = Sites(np.empty(0, object), np.empty(0, object), np.empty(0), Use.FACTORY)

    def take_points(self, count: int) -> None:
        """So many points as sites in memory, as an import leaves them."""
        self._take(shapely.points(np.load(self._folder / SITES)[:count]))

    def take_squares(self, count: int) -> None:
        """So many squares of 200 m."""
        self._take(squares_around(np.load(self._folder / SITES)[:count]))

    def take_hard(self, _count: int) -> None:
        """The adversarial points."""
        self._take(shapely.points(np.load(self._folder / HARD)))

    def _take(self, footprints: NDArray[np.object_]) -> None:
        ids = np.arange(len(footprints)).astype(str).astype(object)
        self._sites = Sites(ids, footprints, np.zeros(len(ids)), Use.FACTORY)

    def answer(self, _count: int) -> None:
        """All rules for the sites that were taken; the first time the index is made, or read from disk."""
        request = TableRequest([self._sites], self._store, ON, rulebook=RULEBOOK)
        check_table(request, self._folder / "atlas.parquet", "en")
