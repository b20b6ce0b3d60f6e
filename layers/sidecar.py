"""What a person writes beside a file: ``<stem>.layer.toml``, every key known or the whole of it refused."""

from __future__ import annotations

import tomllib
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from layers.columns import WORST_ACCURACY_M
from layers.errors import DataError
from layers.types import Errors

LONGEST = 64 * 1024

Metres = Annotated[float, Field(ge=0, le=WORST_ACCURACY_M, allow_inf_nan=False)]
ShortText = Annotated[str, Field(max_length=500)]


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
    id_column: ShortText | None = None
    name_column: ShortText | None = None
    layer_name: ShortText | None = None
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
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise DataError("sidecar_unreadable", detail=str(error)[:200]) from error
    try:
        return Sidecar.model_validate({key: _as_text(key, value) for key, value in document.items()})
    except ValidationError as error:
        fields = sorted({".".join(str(part) for part in item["loc"]) for item in error.errors(include_url=False)})
        raise DataError("sidecar_fault", fields=fields) from error


def _as_text(key: str, value: Any) -> Any:
    """TOML reads a bare date as a date and a bare EPSG code as a number; both are meant as text."""
    if key == "as_of" and hasattr(value, "isoformat"):
        return value.isoformat()
    if key in ("as_of", "crs") and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return float(value) if isinstance(value, int) and key.endswith(("_m", "_error")) else value
