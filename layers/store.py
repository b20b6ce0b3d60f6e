"""All layers at hand: embedded ones, the workspace's, and this session's, the latter in place of the former."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from layers.errors import DataError, UnknownLayer
from layers.types import Layer, LayerSpec

if TYPE_CHECKING:  # geometry and frames load when a layer is asked for, not when the program starts
    from shapely.geometry.base import BaseGeometry

    from geo.types import FeatureSet, Grid
    from layers.catalogue import Catalogue


@dataclass(frozen=True)
class Store:
    """Reads layers lazily and never changes them; ``with_layer`` gives another store.

    ``workspace`` is the folder of saved layers and of the record, or None.
    """

    catalogue: Catalogue
    workspace: Path | None = None
    session: Mapping[str, Layer] = field(default_factory=dict)

    def specs(self) -> tuple[LayerSpec, ...]:
        """Every layer's entry: the catalogue's order, then the workspace's and the session's own."""
        return tuple(self._specs().values())

    def themes(self) -> Mapping[str, tuple[LayerSpec, ...]]:
        """The entries by theme, in the same order."""
        grouped: dict[str, list[LayerSpec]] = {}
        for spec in self.specs():
            grouped.setdefault(spec.theme, []).append(spec)
        return MappingProxyType({theme: tuple(specs) for theme, specs in grouped.items()})

    def spec(self, layer_id: str) -> LayerSpec:
        """The entry of a layer. Raises UnknownLayer."""
        found = self._specs().get(layer_id)
        if found is None:
            raise UnknownLayer("unknown_layer", layer=layer_id)
        return found

    def layer(self, layer_id: str) -> Layer:
        """A layer with its content. Raises UnknownLayer, and DataError for content that is missing or was changed."""
        from layers import saved
        from layers.sources.files import read_layer

        if layer_id in self.session:
            return self.session[layer_id]
        if layer_id in self.saved_ids():
            return saved.load_layer(self._folder(), layer_id)
        return read_layer(self.catalogue[layer_id])

    def with_layer(self, layer: Layer) -> Store:
        """A store that also has a layer, in place of any other of its id."""
        return replace(self, session=MappingProxyType({**self.session, layer.spec.id: layer}))

    def feature_set(self, layer_id: str) -> FeatureSet | Grid | None:
        """What the engine sees of a layer; None where there is no layer of that id: it was not looked at."""
        from layers.features import feature_set

        if layer_id not in self:
            return None
        layer = self.layer(layer_id)
        return layer.grid if layer.grid is not None else feature_set(layer)

    def near(self, layer_id: str, footprint: BaseGeometry, distance_m: float) -> FeatureSet | Grid | None:
        """As ``feature_set``, with only the features that may lie within a distance of a lon-lat footprint."""
        from layers.features import feature_set, rows_near

        if layer_id not in self:
            return None
        layer = self.layer(layer_id)
        return layer.grid if layer.grid is not None else feature_set(layer, rows_near(layer, footprint, distance_m))

    def __contains__(self, layer_id: object) -> bool:
        return layer_id in self.session or layer_id in self.catalogue or layer_id in self.saved_ids()

    def saved_ids(self) -> tuple[str, ...]:
        """The layers that the workspace holds. Raises DataError ``workspace_missing``."""
        from layers import saved

        return saved.saved_ids(self.workspace) if self.workspace is not None else ()

    def replaced(self) -> tuple[LayerSpec, ...]:
        """The embedded entries in whose place a layer of the workspace or of this session stands."""
        own = {*self.session, *self.saved_ids()}
        return tuple(spec for spec in self.catalogue if spec.id in own)

    def save_layer(self, layer: Layer) -> LayerSpec:
        """Keep a layer in the workspace, in place of an earlier one of its id; the folder is made if need be.

        Raises DataError ``no_workspace``, ``workspace_unwritable``.
        """
        from layers import saved

        return saved.save_layer(self._folder(), layer)

    def remove_layer(self, layer_id: str) -> None:
        """Forget a layer of the workspace. Raises UnknownLayer."""
        from layers import saved

        saved.remove_layer(self._folder(), layer_id)

    def append_record(self, entry: Mapping[str, Any]) -> None:
        """Add an entry to the workspace's record, which is never rewritten."""
        from layers.record import append_record

        append_record(self._made_folder(), entry)

    def records(self) -> tuple[Mapping[str, Any], ...]:
        """The entries of the record, oldest first."""
        from layers.record import read_records

        return read_records(self._folder())

    def broken_records(self) -> tuple[int, ...]:
        """Places in ``records`` before which something was changed or taken out."""
        from layers.record import broken_links

        return broken_links(self._folder())

    def keep(self, content: bytes) -> str:
        """Keep an assessment's file in the workspace; the answer is its sha256, by which it is found again."""
        from layers.kept import keep

        return keep(self._made_folder(), content)

    def kept(self, sha256: str) -> bytes:
        """A file that was kept. Raises DataError ``not_kept``, ``kept_changed``."""
        from layers.kept import kept

        return kept(self._folder(), sha256)

    def _specs(self) -> dict[str, LayerSpec]:
        from layers import saved

        found = {spec.id: spec for spec in self.catalogue}
        found |= {layer_id: saved.saved_spec(self._folder(), layer_id) for layer_id in self.saved_ids()}
        return found | {layer_id: layer.spec for layer_id, layer in self.session.items()}

    def _folder(self) -> Path:
        if self.workspace is None:
            raise DataError("no_workspace")
        return self.workspace

    def _made_folder(self) -> Path:
        folder = self._folder()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DataError("workspace_unwritable", folder=folder.name) from error
        return folder
