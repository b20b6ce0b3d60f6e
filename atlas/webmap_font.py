"""The signs of the vendored typeface that an exported page writes, so that it reads the same on every machine."""

from __future__ import annotations

import base64
from io import BytesIO

from atlas.fonts import REGULAR

#: The name that the style sheet falls back to on a machine without any Chinese typeface.
_RULE = "@font-face{{font-family:'Atlas Sans SC';font-weight:400;src:url(data:font/woff;base64,{data}) format('woff')}}"


def font_style(text: str) -> str:
    """A style rule that holds the typeface cut down to the signs of a text; the same text gives the same rule."""
    from fontTools.subset import Options, Subsetter, save_font
    from fontTools.ttLib import TTFont

    options = Options(
        flavor="woff", hinting=False, layout_features=[], name_IDs=[1, 2], notdef_outline=True, recalc_timestamp=False
    )
    font = TTFont(REGULAR, recalcTimestamp=False, lazy=True)
    cutter = Subsetter(options)
    cutter.populate(unicodes={ord(sign) for sign in text})
    cutter.subset(font)
    target = BytesIO()
    save_font(font, target, options)
    return _RULE.format(data=base64.b64encode(target.getvalue()).decode())
