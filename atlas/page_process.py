"""The page's own process: Streamlit, and beside it a thread that reads what the first reader will look at."""

from __future__ import annotations

import runpy
import sys
import threading
import time
import urllib.request
from contextlib import suppress

#: How long the page may take to answer before nobody waits for it, and how often it is asked, seconds.
PATIENCE = 60.0
PAUSE = 0.2


def make_ready(address: str) -> None:
    """Once the page answers, do what its first map needs: libraries, the visible layers, their display copies.

    The live map itself is left alone: a component of Streamlit that is imported outside a page's run is never served.
    Whatever is wrong with a layer is for the page to say, to the reader who asks for it.
    """
    if not _answers(address):
        return
    with suppress(Exception):
        from atlas.journeys.explore import map_layers
        from atlas.webmap import feature_group
        from atlas.workspace import open_store
        from layers.plan import load_plan

        load_plan()
        store = open_store()
        for spec in store.specs():
            if spec.visible:
                for layer in map_layers(store.layer(spec.id), "zh"):
                    feature_group(layer)


def _answers(address: str) -> bool:
    given_up = time.monotonic() + PATIENCE
    while time.monotonic() < given_up:
        with suppress(OSError), urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):  # noqa: S310
            return True
        time.sleep(PAUSE)
    return False


def main() -> None:
    """``python -m atlas.page_process APP PORT HOST``."""
    app, port, host = sys.argv[1:4]
    address = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104 - the choice was the user's
    threading.Thread(target=make_ready, args=(address,), daemon=True).start()
    sys.argv = ["streamlit", "run", app, "--server.port", port, "--server.address", host]
    runpy.run_module("streamlit", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
