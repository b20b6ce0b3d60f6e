"""What a person writes beside a file: ``<stem>.layer.toml``, every key known or the whole of it refused."""

from __future__ import annotations

import math
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from layers.columns import WORST_ACCURACY_M
from layers.errors import DataError, UnreadableFile
from layers.types import Errors

LONGEST = 64 * 1024
#: A whole number above this is no length; far above it, it would be no float.
LARGEST = 10**9

Metres = Annotated[float, Field(ge=0, le=WORST_ACCURACY_M, allow_inf_nan=False)]
ShortText = Annotated[str, Field(max_length=500)]
Name = Annotated[str, Field(min_length=1, max_length=500)]


class Sidecar(BaseModel):
    """Statements about a layer. ``columns`` maps a name that rules use to the name in the file."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    title: ShortText | dict[str, ShortText] | None = None
    crs: ShortText | None = None
    accuracy_m: Metres | None = None
    accuracy_column: ShortText = "accuracy_m"
    bias_m: Metres = 0.0
    errors: Annotated[Errors, Field(strict=False)] = Errors.SEPARATE
    as_of: ShortText | None = None
    covers: ShortText | None = None
    source: ShortText | None = None
    publisher: ShortText = ""
    licence: ShortText = ""
    attribution: ShortText = ""
    id_column: Name | None = None
    name_column: Name | None = None
    layer_name: Name | None = None
    unit: ShortText = ""
    value_error: Metres | None = None
    columns: dict[str, ShortText] = Field(default_factory=dict)


def read_sidecar(text: str | None) -> Sidecar:
    """The statements of a sidecar; none of them where there is no file.

    Raises DataError ``sidecar_too_long``, ``sidecar_unreadable`` (not TOML), ``sidecar_fault`` with every wrong key.
    """
    if text is None:
        return Sidecar()
    if len(text) > LONGEST:
        raise DataError("sidecar_too_long", limit=LONGEST)
    try:
        document = tomllib.loads(text)
    except RecursionError as error:
        raise DataError("sidecar_unreadable", place="1:1") from error
    except ValueError as error:  # TOMLDecodeError, and a number of thousands of digits
        raise DataError("sidecar_unreadable", place=line_and_column(str(error), text)) from error
    try:
        return Sidecar.model_validate({key: _as_text(key, value) for key, value in document.items()})
    except ValidationError as error:
        fields = sorted({_named(item["loc"]) for item in error.errors(include_url=False)})
        raise DataError("sidecar_fault", fields=fields) from error


def sidecar_beside(path: Path) -> str | None:
    """The text of ``<stem>.layer.toml`` in the same folder; None where there is none.

    Raises DataError ``sidecar_too_long``, ``sidecar_not_utf8``, UnreadableFile ``file_unreadable``.
    """
    beside = path.with_name(path.name.split(".")[0] + ".layer.toml")
    if not beside.is_file():
        return None
    try:
        with beside.open("rb") as file:
            content = file.read(LONGEST + 1)
    except OSError as error:
        raise UnreadableFile("file_unreadable", file=beside.name) from error
    if len(content) > LONGEST:
        raise DataError("sidecar_too_long", limit=LONGEST)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError("sidecar_not_utf8", file=beside.name) from error


def line_and_column(message: str, text: str) -> str:
    """Where a text is no TOML, as ``line:column``; its end where the reader does not say."""
    place = re.search(r"\(at line (\d+), column (\d+)\)", message)
    return f"{place[1]}:{place[2]}" if place else f"{text.count(chr(10)) + 1}:1"


def _named(location: tuple[int | str, ...]) -> str:
    """The key at fault; of the kinds of a title, which are ours, nothing is said."""
    return "title" if location[0] == "title" else ".".join(str(part) for part in location)


def _as_text(key: str, value: Any) -> Any:
    """TOML reads a bare date as a date and a bare EPSG code as a number; both are meant as text."""
    if key == "as_of" and hasattr(value, "isoformat"):
        return value.isoformat()
    if key in ("as_of", "crs") and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, int) and key.endswith(("_m", "_error")):
        return float(value) if abs(value) < LARGEST else math.inf
    return value
