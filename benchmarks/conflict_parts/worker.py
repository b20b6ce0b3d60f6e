"""A process of its own for each contestant, told on its standard input what to do next and answering with what it cost.

``python -m benchmarks.conflict_parts.worker NAME FOLDER``; a line ``STEP COUNT`` does a step of the contestant.
"""

from __future__ import annotations

import json
import pickle
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import shapely

LAYERS, SITES, HARD = "layers.pickle", "sites.npy", "hard.npy"


def keep_workload(folder: Path, layers: Mapping[str, Any], sites: Any, hard: Any) -> None:
    """Put layers (lon-lat) and points where the workers find them."""
    wkb = {name: shapely.to_wkb(geometries) for name, geometries in layers.items()}
    (folder / LAYERS).write_bytes(pickle.dumps(wkb, protocol=5))
    np.save(folder / SITES, sites)
    np.save(folder / HARD, hard)


def kept_layers(folder: Path) -> dict[str, Any]:
    """The layers of this run; the file is our own of a moment ago."""
    wkb = pickle.loads((folder / LAYERS).read_bytes())  # noqa: S301
    return {name: shapely.from_wkb(geometries) for name, geometries in wkb.items()}


class Worker:
    """A contestant in a process of its own."""

    def __init__(self, name: str, folder: Path, root: Path) -> None:
        command = [sys.executable, "-m", "benchmarks.conflict_parts.worker", name, str(folder)]
        self._process = subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def do(self, step: str, count: int = 0) -> dict[str, float]:
        """CPU and wall seconds of a step, and the peak memory of the process so far in GB."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{step} {count}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{step} {count}: the contestant ended")
        return dict(json.loads(line))

    def end(self) -> None:
        """Let the process go."""
        self._process.communicate(timeout=60)


def main() -> None:
    """Serve steps until the input ends."""
    name, folder = sys.argv[1], Path(sys.argv[2])
    contestant = import_module(f"benchmarks.conflict_parts.{name}").Contestant(folder)
    for line in sys.stdin:
        step, count = line.split()
        action: Callable[[int], float | None] = getattr(contestant, step)
        cpu, wall = time.process_time(), time.perf_counter()
        elsewhere = action(int(count))
        spent = time.process_time() - cpu + (elsewhere or 0.0)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(json.dumps({"cpu": spent, "wall": time.perf_counter() - wall, "peak_gb": peak}), flush=True)


if __name__ == "__main__":
    main()
