"""Compiled functions where nothing can be kept."""

from __future__ import annotations

import numba
import pytest

from geo import compiled


def double(value: float) -> float:
    return value + value


def test_where_nothing_can_be_kept_it_is_compiled_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_arguments: object) -> None:
        raise RuntimeError("cannot cache function: no locator available")

    monkeypatch.setattr(numba.core.dispatcher.Dispatcher, "enable_caching", nowhere)
    function = compiled.compiled(double)
    assert function(21.0) == 42.0
    assert len(function.signatures) == 1
