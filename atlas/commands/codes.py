"""The code that a check leaves with."""

from __future__ import annotations

EXIT_CODES = {"clear": 0, "conflict": 1, "uncertain": 2, "not_assessed": 2}


def exit_code(verdict: str, refused: bool) -> int:
    """The verdict's code; 2 where rows were ``refused`` and everything else is clear."""
    code = EXIT_CODES[verdict]
    return 2 if code == 0 and refused else code
