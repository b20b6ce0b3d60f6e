"""Where the atlas finds its data: the embedded catalogue, and the workspace of the one who runs it."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from layers.catalogue import Catalogue, load_catalogue
from layers.store import Store

#: Names the workspace where no option does.
WORKSPACE_VARIABLE = "ATLAS_DATA"

#: ``sample:NAME`` on the command line stands for one of the synthetic layers.
SAMPLE_LAYERS = {
    "firms": "sample_firms",
    "base_stations": "sample_base_stations",
    "edge_nodes": "sample_edge_nodes",
    "charging_stations": "sample_charging_stations",
}


@lru_cache
def embedded_catalogue() -> Catalogue:
    """The catalogue of the embedded layers, read once."""
    return load_catalogue()


def workspace_folder(chosen: Path | None = None) -> Path | None:
    """The workspace that the option or the environment names; None where neither does."""
    stated = os.environ.get(WORKSPACE_VARIABLE)
    return chosen or (Path(stated) if stated else None)


def open_store(workspace: Path | None = None) -> Store:
    """The embedded layers and those of the workspace."""
    return Store(embedded_catalogue(), workspace_folder(workspace))
