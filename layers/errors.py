"""What can be wrong with data. Every error names the file, and where it can the row and the field."""

from __future__ import annotations

from geo.errors import CodedError


class DataError(CodedError):
    """Data cannot be used as it is. ``code`` and ``values`` make the sentence in ``atlas.texts``."""


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
