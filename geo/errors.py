"""What can be wrong with values that reach the geometry, in words the user can act on.

Every error carries a ``code`` (a key of the text tables) and ``values`` for its sentence, so that
this package speaks no language: ``atlas.texts`` turns code and values into Chinese or English.
"""

from __future__ import annotations

from typing import Any


class CodedError(ValueError):
    """An error that ``atlas.texts`` puts into words."""

    def __init__(self, code: str, **values: Any) -> None:
        self.code = code
        self.values = values
        detail = ", ".join(f"{key}={value!r}" for key, value in values.items())
        super().__init__(f"{code}({detail})" if detail else code)


class GeoError(CodedError):
    """Something about a value makes measuring impossible; the row is answered, the others go on."""


class FrameError(GeoError):
    """The coordinate frame is unknown, unstated or impossible: state an EPSG code, gcj02 or bd09."""


class RegionError(GeoError):
    """The coordinates lie outside the region: check axis order, frame and units."""


class GeometryError(GeoError):
    """The geometry is empty, crosses itself, or holds NaN: repair it where it was drawn."""


class RuleError(GeoError):
    """A rule asks something that its layer cannot answer: mend the rulebook."""
