"""Data inside a Markdown sentence: its signs are shown, not obeyed."""

from atlas.printable import printable

_SIGNS = {ord(sign): f"\\{sign}" for sign in "\\`*_{}[]()#+-.!|<>$~:&"}


def literal(sentence: str) -> str:
    """The sentence with every Markdown sign escaped, and without what would reorder it."""
    return printable(sentence).translate(_SIGNS)
