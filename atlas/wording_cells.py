"""The cells of an embedded layer in the reader's language: its codes as words; a user's own values stay as they are."""

from __future__ import annotations

from atlas.texts import has_text, table, text
from layers.types import Basis, LayerSpec

#: Tables of words that other pages use for the codes of a column, besides ``[cell.COLUMN]``.
_TABLES = {
    "kind": ("kind",),
    "strength": ("strength",),
    "bound": ("bound",),
    "type": ("target_type",),
    "located_by": ("plan_geometry",),
    "uses": ("use",),
    "confidence": ("confidence",),
}


def cell_words(spec: LayerSpec, column: str, value: object, language: str) -> str:
    """What a cell says to a reader; blank where the source is silent, a list of codes as a list of words."""
    if value is None or value != value:
        return ""
    said = str(int(value) if isinstance(value, float) and value.is_integer() else value)
    if spec.basis is Basis.USER:
        return said
    parts = [part.strip() for part in said.split(";")]
    worded = [_worded(column, part, language) for part in parts]
    if None in worded:
        return said
    return ("、" if language == "zh" else ", ").join(word for word in worded if word)


def has_codes(column: str, language: str) -> bool:
    """Whether the column of an embedded layer may hold codes."""
    return column in _TABLES or column in table(language)["cell"]


def _worded(column: str, code: str, language: str) -> str | None:
    keys = (f"{table}.{code}" for table in (f"cell.{column}", *_TABLES.get(column, ())))
    return next((text(key, language) for key in keys if has_text(key, language)), None)
