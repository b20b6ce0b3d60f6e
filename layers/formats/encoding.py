"""In which encoding is this text? UTF-8 when it is valid UTF-8, else GB18030 when it is that, and said."""

from __future__ import annotations

import codecs
from collections.abc import Iterable

from layers.errors import UnreadableFile
from layers.formats.raw import Step

MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
LABELS = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf-16": "UTF-16", "gb18030": "GB18030"}

#: What a .cpg file or the language byte of a .dbf may say, and the codec it means.
CODE_PAGES = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "65001": "utf-8",
    "936": "gb18030",
    "cp936": "gb18030",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "gb18030": "gb18030",
    "950": "big5",
    "big5": "big5",
    "1252": "cp1252",
    "88591": "latin-1",
    "iso-8859-1": "latin-1",
}


def decode(data: bytes) -> tuple[str, str, tuple[Step, ...]]:
    """Text, the name of its encoding, and a step where that was a guess. Raises UnreadableFile ``encoding_unknown``."""
    for mark, codec in MARKS:
        if data.startswith(mark):
            return _strict(data, codec), LABELS[codec], ()
    try:
        return data.decode("utf-8"), "UTF-8", ()
    except UnicodeDecodeError:
        return _strict(data, "gb18030"), "GB18030", (Step("encoding_guessed", {"encoding": "GB18030"}),)


def guess_codec(fields: Iterable[bytes]) -> str | None:
    """The codec in which every field is valid, a character cut at a field's end forgiven; None when neither fits."""
    fields = [field for field in fields if not field.isascii()]
    for codec in ("utf-8", "gb18030"):
        if all(_fits(field, codec) for field in fields):
            return codec
    return None


def _fits(field: bytes, codec: str) -> bool:
    try:
        codecs.getincrementaldecoder(codec)().decode(field, final=False)
    except UnicodeDecodeError:
        return False
    return True


def _strict(data: bytes, codec: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        raise UnreadableFile("encoding_unknown") from error
