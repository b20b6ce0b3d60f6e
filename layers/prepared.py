"""What is made of a layer once and used for many sites: its tree and plane copies, or anything else a caller derives.

Layers are never changed, so that what was made of one holds for as long as the same frame is asked about; the hash of
a file would not do as a key, for the same bytes read with another frame stated lie elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, TypeVar

from geo.measuring import PreparedLayer, prepare_layer
from layers.features import feature_set
from layers.store import Store
from layers.types import Layer

if TYPE_CHECKING:
    from geo.types import Grid

Made = TypeVar("Made")

#: How many layers stay prepared; a region's rules read some dozens, and a session's own come and go.
KEPT_LAYERS = 48


class _Known:
    """A layer as a key: the same frame, described in the same words."""

    __slots__ = ("layer",)

    def __init__(self, layer: Layer) -> None:
        self.layer = layer

    def __hash__(self) -> int:
        return hash((id(self.layer.frame), self.layer.spec.id))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Known):
            return NotImplemented
        mine, theirs = self.layer, other.layer
        same = mine.frame is theirs.frame and mine.grid is theirs.grid
        return same and mine.spec == theirs.spec and mine.covers == theirs.covers


def once_a_layer(make: Callable[[Layer], Made]) -> Callable[[Layer], Made]:
    """A function of a layer that remembers what it made of the layers asked about last."""

    @lru_cache(maxsize=KEPT_LAYERS)
    def remembered(known: _Known) -> Made:
        return make(known.layer)

    @wraps(make)
    def asked(layer: Layer) -> Made:
        return remembered(_Known(layer))

    return asked


@once_a_layer
def prepared(layer: Layer) -> PreparedLayer | Grid:
    """A layer as the engine measures against it. Raises GeometryError ``feature_invalid``."""
    return layer.grid if layer.grid is not None else prepare_layer(feature_set(layer))


def prepared_contents(store: Store) -> Callable[[str], PreparedLayer | Grid | None]:
    """The content of each layer of a store, prepared once; None where there is no layer of that id."""

    def content(layer: str) -> PreparedLayer | Grid | None:
        return prepared(store.layer(layer)) if layer in store else None

    return content
