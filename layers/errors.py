"""What can be wrong with data. Every error names the file, and where it can the row and the field."""

from __future__ import annotations

from typing import Any


class DataError(ValueError):
    """Data cannot be used as it is. ``code`` and ``values`` make the sentence in ``atlas.texts``."""

    def __init__(self, code: str, **values: Any) -> None:
        self.code = code
        self.values = values
        detail = ", ".join(f"{key}={value!r}" for key, value in values.items())
        super().__init__(f"{code}({detail})" if detail else code)


class UnreadableFile(DataError):
    """The file is of no allowed format, is broken, or is too large; nothing of it was used."""


class FrameUnstated(DataError):
    """The file does not say in which frame its coordinates are: state an EPSG code, gcj02 or bd09."""


class CatalogueFault(DataError):
    """One or more ``layer.toml`` entries break the contract; ``faults`` lists all of them."""


class RulebookFault(DataError):
    """A rule cannot be read. Nothing is assessed with half a rulebook."""


class UnknownLayer(DataError):
    """No layer of that id in the catalogue, the workspace or this session."""
