"""Progress on stderr."""

from __future__ import annotations

import sys
import time

#: A run that takes no longer shows no bar.
BAR_AFTER_S = 2.0


class Bar:
    """Progress on stderr, once a run has taken longer than two seconds."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._shown = False

    def __call__(self, done: int, total: int) -> None:
        if not self._shown and time.monotonic() - self._began < BAR_AFTER_S:
            return
        self._shown = True
        filled = 40 * done // max(total, 1)
        end = "\n" if done >= total else ""
        sys.stderr.write(f"\r[{'#' * filled}{'.' * (40 - filled)}] {done}/{total}{end}")
        sys.stderr.flush()
