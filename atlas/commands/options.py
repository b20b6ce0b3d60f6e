"""Options that several commands take, as values: lists, names with values, layers, rules, a use."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Protocol

import click

from atlas.commands.files import read_input
from atlas.texts import text
from geo.types import Use
from layers.columns import parse_use
from layers.errors import DataError, UnreadableFile
from layers.rulebook import Rulebook, load_rulebook, rule_file_text, rulebook_of_text
from layers.store import Store
from layers.types import Layer


class LayerOptions(Protocol):
    """Options of a command that takes layers for one run."""

    @property
    def layer_files(self) -> tuple[str, ...]:
        """``ID=FILE`` each."""

    @property
    def layer_accuracies(self) -> tuple[str, ...]:
        """``ID=METRES`` each."""


def listed(given: str) -> tuple[str, ...]:
    """The entries of an option that takes several, with commas between them."""
    return tuple(part.strip() for part in given.split(",") if part.strip())


def day(on: datetime | None) -> date:
    """The day of ``--on``; today where none is stated."""
    return on.date() if on else date.today()


def named_use(given: str) -> Use:
    """A use by its code or its Chinese name. Raises DataError ``unknown_use``."""
    try:
        return parse_use(given)
    except ValueError as error:
        raise DataError("unknown_use", given=given[:40], known=", ".join(Use), options_of="use.") from error


def chosen_rules(file: Path | None) -> tuple[Rulebook, str | None]:
    """The rulebook of ``--rules`` and its text, which an assessment holds; the embedded rules where none is named."""
    if file is None:
        return load_rulebook(), None
    content = rule_file_text(file)
    return rulebook_of_text(content, file.name), content


def assignments(pairs: tuple[str, ...], option: str) -> dict[str, str]:
    """``NAME=VALUE`` pairs as a dictionary."""
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise DataError("not_name_value", option=option, given=pair)
        found[name.strip()] = value.strip()
    return found


def with_layers(store: Store, options: LayerOptions, language: str) -> Store:
    """The store with the layers that ``--layer`` adds or replaces for this run; one that seems shifted is named."""
    from atlas.wording import step_line
    from layers.importing import import_layer
    from layers.shift_hint import shift_hint
    from layers.sidecar import sidecar_beside

    accuracies = _layer_accuracies(options)
    for layer_id, name in assignments(options.layer_files, "--layer").items():
        path = Path(name)
        if not path.is_file():
            raise UnreadableFile("file_missing", file=name)
        result = import_layer(
            read_input(path),
            path.name,
            layer_id=layer_id,
            accuracy_m=accuracies.get(layer_id),
            sidecar=sidecar_beside(path),
            may_be_empty=True,
        )
        if layer_id in store:
            click.echo(_replaced(store.layer(layer_id), path.name, language), err=True)
        for step in shift_hint(result.layer, store):
            click.echo(f"{layer_id}: {step_line(step, language)}", err=True)
        store = store.with_layer(result.layer)
    return store


def _replaced(before: Layer, file: str, language: str) -> str:
    """That a file takes the place of a layer that was there, for this run."""
    as_of = before.spec.as_of or text("report.unknown", language)
    return text("check.layer_replaced", language, file=file, title=before.spec.titled(language), as_of=as_of)


def _layer_accuracies(options: LayerOptions) -> dict[str, float]:
    """Metres for each layer of ``--layer``; for no other, because an accuracy that changes nothing misleads."""
    option = "--layer-accuracy-m"
    supplied = assignments(options.layer_files, "--layer")
    accuracies = {}
    for name, value in assignments(options.layer_accuracies, option).items():
        if name not in supplied:
            raise DataError("accuracy_without_layer", layer=name)
        try:
            accuracies[name] = float(value)
        except ValueError:
            raise DataError("not_a_number", option=option, given=value) from None
    return accuracies
