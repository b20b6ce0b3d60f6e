"""Strings of users made fit to be read: what cannot be shown, or would reorder the words around it, is replaced."""

from __future__ import annotations

import re

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

#: Control characters but tab and newline, halves of surrogate pairs, non-characters: XML and fonts know none of them.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
#: Characters that turn the direction of writing, with which a name could make the words after it read otherwise.
_REORDERING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def printable(value: str) -> str:
    """The text with unprintable and reordering characters replaced; everything else stays as it is."""
    if value.isprintable():  # as nearly every string is
        return value
    return _REORDERING.sub(REPLACEMENT, _UNPRINTABLE.sub(REPLACEMENT, value))
