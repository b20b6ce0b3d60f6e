"""What may be stated of a site: the names that rules read, and the classes that they and the page know, by their words.

A word that no rule knows would make rules fall silent, so it is refused; a word of the page is as good as its code.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches

from atlas.texts import languages, text
from geo.conflict import conditions_of
from geo.matching import CLAIMS
from geo.types import Rule, Use
from layers.columns import Classes, UnknownClassError, class_code, class_word, quantity
from layers.errors import DataError
from layers.rulebook import Rulebook

#: What the protection of Jiaozhou Bay bans by name, and everything else.
INDUSTRIES = (
    "chemical", "dyeing", "paper", "plating", "electrolysis", "leather", "non_ferrous_smelting", "cement",
    "ship_breaking", "livestock", "landfill", "other",
)  # fmt: skip
#: The closed classes by what the page asks: the quantity that rules read, and its codes.
CLASSES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "status": ("status", ("new", "legacy")),
    "data_center_grade": ("grade", ("A", "B", "C")),
    "station_grade": ("grade", ("1", "2", "3")),
    "project_class": ("project_class", ("ordinary", "national_key")),
    "industry": ("industry", INDUSTRIES),
}


def names_read(rules: Iterable[Rule]) -> set[str]:
    """The numbers and classes that rules read of a site; the area a sea use takes is worked out from the capacity."""
    read: set[str] = set()
    for rule in rules:
        read |= set(rule.when)
        read |= {c.quantity for c in conditions_of(rule.requirement) if c.quantity and not c.layer}
    return read | ({"capacity_mw"} if "area_km2_per_100mw" in read else set())


def known_classes(rulebook: Rulebook) -> Classes:
    """For every use the classes that its rules ask for: each word that is understood, and the code it stands for."""
    return {use: _classes_of([rule for rule in rulebook.rules if use in rule.applies_to]) for use in Use}


def _classes_of(rules: Sequence[Rule]) -> Mapping[str, Mapping[str, str]]:
    asked: dict[str, dict[str, str]] = {}
    for rule in rules:
        for name, wanted in rule.when.items():
            asked.setdefault(name, {}).update({class_word(word): word for word in _words(wanted)})
    known = {}
    for name, options in CLASSES.values():
        words = asked.get(name, {})
        if words.keys() & {class_word(option) for option in options}:
            known[name] = {**words, **_spelled(name, options)}
    return known


def _words(wanted: object) -> list[str]:
    """The words that a condition on a class lists; a bound on a number has none."""
    if isinstance(wanted, Mapping):
        return [word for claim in CLAIMS & wanted.keys() for word in _words(wanted[claim])]
    choices = wanted if isinstance(wanted, (list, tuple)) else (wanted,)
    return [str(choice) for choice in choices if isinstance(choice, str)]


def _spelled(name: str, options: Iterable[str]) -> dict[str, str]:
    """Codes by themselves and by the words of every language."""
    words = {class_word(option): option for option in options}
    for option in options:
        words |= {class_word(text(f"quantity.{name}_{option}", language)): option for language in languages()}
    return words


def stated(pairs: Mapping[str, str], rulebook: Rulebook, uses: Sequence[Use]) -> dict[str, float | str]:
    """What is said of all sites at once, whose uses may be these; a class by its code.

    Raises DataError ``quantity_unknown``, ``class_unknown``, ``not_a_quantity``.
    """
    return {name: _stated(name, value, rulebook, uses) for name, value in pairs.items()}


def _stated(name: str, value: str, rulebook: Rulebook, uses: Sequence[Use]) -> float | str:
    read = sorted(names_read(rulebook.rules))
    if name not in read:
        near = get_close_matches(name, read, n=3)
        raise DataError("quantity_unknown", name=name[:40], known=", ".join(near or read), options_of="quantity.")
    classes = known_classes(rulebook)
    words = {word: code for use in uses for word, code in classes[use].get(name, {}).items()}
    try:
        return class_code(name, value, words) if words else quantity(name, value)
    except UnknownClassError as error:
        raise DataError("class_unknown", **error.values) from error
    except ValueError as error:
        raise DataError("not_a_quantity", name=name, given=value) from error


def unread(names: Iterable[str], rulebook: Rulebook, uses: Collection[Use]) -> list[str]:
    """The names of which no rule for these uses takes notice."""
    read = names_read(rule for rule in rulebook.rules if not set(rule.applies_to).isdisjoint(uses))
    return [name for name in names if name not in read]
