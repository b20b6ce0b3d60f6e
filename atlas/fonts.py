"""The Chinese typeface that the atlas brings along, for everything that is printed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "static" / "fonts"

#: What the files call their family.
FAMILY = "Noto Sans SC"
#: The file of its ordinary weight.
REGULAR = FOLDER / "NotoSansSC_400Regular.ttf"


@cache
def font_files() -> tuple[Path, ...]:
    """Every TrueType file of the vendored typeface, in a fixed order."""
    return tuple(sorted(FOLDER.rglob("*.ttf")))


@cache
def font_folders() -> tuple[Path, ...]:
    """The folders that hold a typeface."""
    return tuple(sorted({path.parent for path in font_files()}))
