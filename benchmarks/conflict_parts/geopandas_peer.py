"""``geopandas.sjoin``: the layers as they are, a join a rule."""

from __future__ import annotations

from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import shapely

from benchmarks.conflict_parts.worker import SITES, kept_layers
from benchmarks.conflict_parts.workload import KINDS
from geo.crs import to_plane


class Contestant:
    """Frames in memory; their trees are made by the first question."""

    def __init__(self, folder: Path) -> None:
        self._frames = {
            name: geopandas.GeoDataFrame(geometry=to_plane(geometry)) for name, geometry in kept_layers(folder).items()
        }
        self._lonlat = np.load(folder / SITES)
        self._out = folder / "geopandas.parquet"

    def points(self, count: int) -> None:
        """All rules for so many points, distances by feature, written as Parquet."""
        sites = geopandas.GeoDataFrame(geometry=shapely.points(to_plane(self._lonlat[:count])))
        found = []
        for kind in KINDS:
            frame = self._frames[kind.id]
            if kind.distance_m is None:
                pairs = geopandas.sjoin(sites, frame, predicate="intersects")
                distance = np.zeros(len(pairs))
            else:
                pairs = geopandas.sjoin(sites, frame, predicate="dwithin", distance=kind.distance_m)
                distance = shapely.distance(pairs.geometry.to_numpy(), frame.geometry.to_numpy()[pairs["index_right"]])
            columns = {"site": pairs.index, "rule": kind.id, "distance_m": distance, "feature": pairs["index_right"]}
            found.append(pd.DataFrame(columns))
        pd.concat(found).to_parquet(self._out)
