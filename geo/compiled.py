"""Functions in plain arithmetic, compiled by numba when first called."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """The function, compiled; what is compiled is kept beside the source or in the user's cache for the next run.

    Where neither can be written it is compiled anew in every run. ``NUMBA_CACHE_DIR`` names another folder.
    """
    try:
        return cast(Function, njit(cache=True)(function))
    except RuntimeError:  # nowhere to keep it
        return cast(Function, njit(function))
