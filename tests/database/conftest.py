"""One PostGIS server for all tests that ask it; without one they are skipped loudly, and fail in CI."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "geo")]

from server import NoServer, running_server  # noqa: E402 - once the folder is known


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of one worker: a second server would cost more than it brings."""
    for item in items:
        if item.get_closest_marker("database"):
            item.add_marker(pytest.mark.xdist_group("database"))


@pytest.fixture(scope="session")
def postgis() -> Iterator[psycopg.Connection]:
    """A connection to a fresh database with PostGIS."""
    try:
        server = running_server()
        address = server.__enter__()
    except NoServer as error:
        if os.environ.get("CI"):
            pytest.fail(f"no PostGIS server: {error}")
        pytest.skip(f"!! NOT COMPARED WITH POSTGIS: {error}")
    try:
        with psycopg.connect(address, autocommit=True) as connection:
            yield connection
    finally:
        server.__exit__(None, None, None)
