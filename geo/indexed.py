"""A layer made ready for many sites at once: its runs of edges and the cells of every question that is asked of it.

Making them costs about a microsecond a vertex; what ``keep`` has kept from an earlier run is taken instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo import measuring
from geo.cells import Cells, build_cells
from geo.measuring import PreparedLayer
from geo.runs import Keys, Rows, Runs, runs_of
from geo.types import FeatureSet

Arrays = Mapping[str, NDArray[Any]]
#: Gives the arrays of a name: kept ones, or those that the function makes. Names tell the question, not the layer.
Keep = Callable[[str, Callable[[], Arrays]], Arrays]

#: A layer with no more vertices than this is prepared whole for the sites that must be asked one by one.
WHOLE_VERTICES = 300_000


def made(_name: str, make: Callable[[], Arrays]) -> Arrays:
    """Keeps nothing."""
    return make()


class IndexedLayer:
    """A feature set with its index. ``source`` holds the rows with a place."""

    def __init__(self, features: FeatureSet, keep: Keep = made) -> None:
        self.source = measuring.placed(features)
        accuracy = np.asarray(features.accuracy_m, dtype=np.float64)
        self.worst_accuracy_m = float(accuracy.max(initial=0.0))
        self._keep = keep
        self._plane = np.full(len(self.source.ids), None, dtype=object)
        self._cells: dict[tuple[str, float], Cells] = {}
        self._picks: dict[str, tuple[NDArray[np.bool_], NDArray[np.bool_]] | None] = {}

    def __len__(self) -> int:
        return len(self.source.ids)

    @cached_property
    def runs(self) -> Runs:
        """The edges. Raises GeometryError ``feature_invalid`` when a polygon crosses itself."""

        def make() -> Arrays:
            measuring.check_features(self.source)
            runs = runs_of(self.source.geometries)
            return {field.name: getattr(runs, field.name) for field in fields(Runs)}

        return Runs(**self._keep("runs", make))

    @cached_property
    def has_collections(self) -> bool:
        """Whether some feature has parts of several kinds, which runs cannot tell apart."""
        return bool((shapely.get_type_id(self.source.geometries) == shapely.GeometryType.GEOMETRYCOLLECTION).any())

    @cached_property
    def prepared(self) -> PreparedLayer:
        """The whole layer for questions that are asked one site at a time."""
        return replace(measuring.prepare_layer(self.source), worst_accuracy_m=self.worst_accuracy_m)

    def around(self, rows: Rows, where: Mapping[str, Any]) -> PreparedLayer:
        """A prepared layer that answers as the whole one does where only features at ``rows`` can matter.

        The least accurate feature that may be meant comes along, for its band says how far to look.
        """
        if len(self.runs.vertices) <= WHOLE_VERTICES:
            return self.prepared
        chosen = np.zeros(len(self), dtype=bool)
        chosen[rows] = True
        picked = self.picks(where)
        meant = np.ones(len(self), dtype=bool) if picked is None else picked[1]
        chosen[int(np.argmax(np.where(meant, self.source.accuracy_m, -1.0)))] = True
        plane = self.plane_of(np.flatnonzero(chosen))
        return PreparedLayer(measuring.rows_of(self.source, chosen), plane, self.worst_accuracy_m)

    def plane_of(self, rows: Keys | Rows) -> NDArray[np.object_]:
        """Features in EPSG:4549, made when first asked for."""
        new = rows[shapely.is_missing(self._plane[rows])]
        if len(new):
            self._plane[new] = measuring.plane_copies(self.source.geometries[new])
        return self._plane[rows]

    def picks(self, where: Mapping[str, Any]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]] | None:
        """Which features surely and which possibly match; None when a column that is asked for is lacking."""
        key = _key(where)
        if key not in self._picks:
            self._picks[key] = measuring.picks(self.source, where)
        return self._picks[key]

    def cells(self, where: Mapping[str, Any], reach_m: float) -> Cells:
        """The cells of a question that looks so far (plane metres, rounded up), over features that possibly match."""
        reach = rounded_up(reach_m)
        key = (_key(where), reach)
        if key not in self._cells:
            self._cells[key] = self._kept_cells(where, reach)
        return self._cells[key]

    def _kept_cells(self, where: Mapping[str, Any], reach_m: float) -> Cells:
        def make() -> Arrays:
            picked = self.picks(where)
            chosen = None if picked is None or picked[1].all() else picked[1]
            built = build_cells(self.runs, reach_m, chosen)
            return {field.name: np.asarray(getattr(built, field.name)) for field in fields(Cells)}

        kept = dict(self._keep(f"cells {reach_m:g} {_key(where)}", make))
        return Cells(float(kept.pop("size_m")), float(kept.pop("reach_m")), **kept)


def _key(where: Mapping[str, Any]) -> str:
    return repr(sorted(where.items())) if where else ""


def rounded_up(reach_m: float) -> float:
    """Two significant digits, so that sites of nearly one accuracy ask for the same cells."""
    step = 10.0 ** (np.floor(np.log10(max(reach_m, 1e-3))) - 1.0)
    return float(np.ceil(reach_m / step - 1e-9) * step)
