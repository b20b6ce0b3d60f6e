"""Data inside a Markdown sentence: its signs are shown, not obeyed."""

_SIGNS = {ord(sign): f"\\{sign}" for sign in "\\`*_{}[]()#+-.!|<>$~:&"}


def literal(sentence: str) -> str:
    """The sentence with every Markdown sign escaped."""
    return sentence.translate(_SIGNS)
