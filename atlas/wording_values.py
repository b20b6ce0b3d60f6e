"""Names of what rules read, for a reader: quantities and classes of a site, attributes and values of a layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from atlas.texts import has_text, text


def in_language(titles: Mapping[str, str] | str | None, language: str) -> str:
    """A text that comes in several languages: the reader's, else Chinese, else any."""
    if not isinstance(titles, Mapping):
        return titles or ""
    return titles.get(language) or titles.get("zh") or next(iter(titles.values()), "")


def known_or_code(table: str, code: Any, language: str) -> str:
    """The words of a code, or the code itself where the texts have none (it may come from a user's file)."""
    key = f"{table}.{code}"
    return text(key, language) if has_text(key, language) else str(code)


def quantity_words(quantity: str, language: str) -> str:
    """A number or class that a rule reads, by its name."""
    table = "quantity" if has_text(f"quantity.{quantity}", language) else "report.quantity"
    return known_or_code(table, quantity, language)


def quantity_value(quantity: str, value: Any, language: str) -> str:
    """What a site states for a quantity: a number, a class by its name, or a word of the user's as it is."""
    said = f"{value:.10g}" if isinstance(value, (int, float)) else str(value)
    key = f"quantity.{quantity}_{said}"
    if has_text(key, language):
        return text(key, language)
    return f"{value:,.10g}" if isinstance(value, (int, float)) else said


def quantities_words(quantities: Mapping[str, Any], language: str) -> str:
    """What a site states of itself, one after the other."""
    stated = (
        f"{quantity_words(name, language)}{text('report.colon', language)}{quantity_value(name, value, language)}"
        for name, value in quantities.items()
    )
    return text("report.fact_separator", language).join(stated)


def column_words(column: str, language: str) -> str:
    """A column that a layer must have: the name that is read, and what it means."""
    table = "attribute" if has_text(f"attribute.{column}", language) else "report.quantity"
    meaning = known_or_code(table, column, language)
    return column if meaning == column else text("report.column", language, column=column, meaning=meaning)


def picked_words(attribute: str, wanted: Any, language: str) -> str:
    """What picks features, in words: an attribute and its value, its spellings, or the bounds of a number."""
    if isinstance(wanted, Mapping):
        said = _bounds_words(wanted)
    else:
        said = "/".join(_spelled(wanted if isinstance(wanted, (list, tuple)) else [wanted], language))
    return f"{known_or_code('attribute', attribute, language)} {said}"


def _bounds_words(bounds: Mapping[str, Any]) -> str:
    """``{at_least, above, at_most, below}`` as a mathematician writes them."""
    signs = {"at_least": "≥", "above": ">", "at_most": "≤", "below": "<"}
    return ", ".join(f"{signs.get(name, name)} {bound:,g}" for name, bound in bounds.items())


def _spelled(values: Sequence[Any], language: str) -> list[str]:
    """The spellings of a reader's language, each once: a rule lists codes, Chinese names and their short forms."""
    words = [known_or_code("attribute_value", value, language) for value in values]
    own = [word for word in words if word.isascii() == (language != "zh")] or words
    kept: list[str] = []
    for word in own:
        if not any(word in other or other in word for other in kept):
            kept.append(word)
    return kept
