"""One build: every layer made once in memory, written whole or not at all, or compared with what is committed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from types import ModuleType

from layers.build.content import Content, as_text, from_text, same, sha256_of
from layers.build.tables import Table, read_table
from layers.catalogue import DATA, Catalogue, load_catalogue
from layers.errors import DataError
from layers.types import LayerSpec
from layers.whole import SHARED, write_whole

#: The world vector shoreline as Debian's gmt-gshhg-full installs it.
GSHHG = Path("/usr/share/gmt-gshhg/binned_GSHHS_f.nc")


class BuildError(DataError):
    """What a layer is made from is not installed or not there: install it, or build the other layers only."""


class Outcome(StrEnum):
    """What a build did with a layer, or what a check found."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    DIFFERS = "differs"


@dataclass
class Workshop:
    """The materials of one build; a layer that others need is made once."""

    root: Path = DATA
    gshhg: Path = GSHHG
    _made: dict[str, Content] = field(default_factory=dict)

    def make(self, layer_id: str) -> Content:
        """The content of a layer, made from its packages and tables."""
        if layer_id not in self._made:
            self._made[layer_id] = builders()[layer_id](self)
        return self._made[layer_id]

    def table(self, name: str) -> Table:
        """A curated source table, by its path below data. Raises BuildError where it is missing."""
        path = self.root / name
        if not path.is_file():
            raise BuildError("source_missing", file=name)
        return read_table(path)


Builder = Callable[[Workshop], Content]


def package(name: str, *, distribution: str) -> ModuleType:
    """A package that only the build needs. Raises BuildError naming what to install."""
    try:
        return import_module(name)
    except ImportError as error:
        raise BuildError("package_missing", package=distribution) from error


def builders() -> Mapping[str, Builder]:
    """Who makes which layer, in the order in which they are made."""
    from layers.build import boundaries, energy, parks, plan, sample, sea, totals

    modules = (boundaries, sea, energy, parks, plan, totals, sample)
    return {layer_id: builder for module in modules for layer_id, builder in module.BUILDERS.items()}


def build_all(
    layers: Sequence[str] = (), *, check: bool = False, root: Path = DATA, gshhg: Path = GSHHG
) -> dict[str, Outcome]:
    """Make the layers (default: all) and write them with their sha256; ``check`` compares and writes nothing.

    Raises BuildError where a package or a source is missing, CatalogueFault, UnknownLayer.
    """
    catalogue = load_catalogue(root)
    workshop = Workshop(root, gshhg)
    wanted = [catalogue[layer_id] for layer_id in layers] or _all(catalogue)
    made = {spec.id: workshop.make(spec.id) for spec in wanted}
    texts = {path: text for layer_id in made for path, text in _documents(workshop, layer_id)}
    act = _compared if check else _written
    outcomes = {spec.id: act(spec, made[spec.id]) for spec in wanted}
    return outcomes | {path: _document(root / path, text, check) for path, text in texts.items()}


def _documents(workshop: Workshop, layer_id: str) -> list[tuple[str, str]]:
    """What is written beside a layer: its path below data, and its text."""
    from layers.build import sample

    return [(path, write(workshop)) for path, (owner, write) in sample.DOCUMENTS.items() if owner == layer_id]


def _document(path: Path, text: str, check: bool) -> Outcome:
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return Outcome.UNCHANGED
    if not check:
        write_whole(path, text.encode(), SHARED)
    return Outcome.DIFFERS if check else Outcome.WRITTEN


def _all(catalogue: Catalogue) -> list[LayerSpec]:
    return [catalogue[layer_id] for layer_id in builders()]


def _compared(spec: LayerSpec, made: Content) -> Outcome:
    if not spec.path.is_file():
        return Outcome.DIFFERS
    seen = from_text(spec.path.read_text(encoding="utf-8"), table=spec.path.suffix == ".csv")
    return Outcome.UNCHANGED if same(made, seen) else Outcome.DIFFERS


def _written(spec: LayerSpec, made: Content) -> Outcome:
    text = as_text(made)
    unchanged = spec.path.is_file() and spec.path.read_bytes() == text.encode() and spec.sha256 == sha256_of(text)
    if unchanged:
        return Outcome.UNCHANGED
    write_whole(spec.path, text.encode(), SHARED)
    entry = spec.folder / "layer.toml"
    entry_text = stamped(entry.read_text(encoding="utf-8"), spec.id, sha256_of(text))
    write_whole(entry, entry_text.encode(), SHARED)
    return Outcome.WRITTEN


def stamped(entry: str, layer_id: str, sha256: str) -> str:
    """The text of a ``layer.toml`` with the digest of one of its layers replaced; comments and order stay."""
    pattern = rf'(\[\[layer\]\]\nid = "{re.escape(layer_id)}"\n(?:(?!\[\[layer\]\]).*\n)*?sha256 = ")[0-9a-f]{{64}}"'
    changed, count = re.subn(pattern, rf'\g<1>{sha256}"', entry)
    if count != 1:
        raise BuildError("entry_unstamped", layer=layer_id)
    return changed
