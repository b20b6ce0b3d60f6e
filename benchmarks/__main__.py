"""``python -m benchmarks [NAME ...]``: run the benchmarks and keep their output, with the machine, in ``results/``."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from benchmarks.machine import described, keep

#: Each is a module with ``run() -> list[str]``: its lines, ready to be read.
NAMES = tuple(
    sorted(
        path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in ("__init__", "__main__", "machine")
    )
)


def main() -> None:
    """Run those that were named, or all."""
    for name in sys.argv[1:] or NAMES:
        if name not in NAMES:
            raise SystemExit(f"no such benchmark: {name}; there are: {', '.join(NAMES)}")
        lines = [*described(), *import_module(f"benchmarks.{name}").run()]
        keep(name, lines)


if __name__ == "__main__":
    main()
