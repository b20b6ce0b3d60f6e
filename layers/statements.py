"""What the caller and the file beside it say of a layer, the caller first."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from shapely.geometry.base import BaseGeometry

from layers.columns import WORST_ACCURACY_M
from layers.errors import DataError
from layers.extent import parse_extent
from layers.formats.raw import Step, clean_text
from layers.sidecar import Sidecar
from layers.types import Distribution

LAYER_ID = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True)
class Statements:
    """What the caller and the sidecar say of a layer, the caller first."""

    layer_id: str
    file: str
    sha256: str
    title: Mapping[str, str]
    crs: str | None
    accuracy_m: float | None
    as_of: str
    source: str
    covers: str | None
    covers_shape: BaseGeometry | None
    distribution: Distribution
    sidecar: Sidecar

    @property
    def assumed(self) -> tuple[Step, ...]:
        """What nobody stated."""
        silent = {"covers_region": self.covers is None, "as_of_unknown": not self.as_of}
        return tuple(Step(code) for code, is_silent in silent.items() if is_silent)


def statements_of(
    data: bytes,
    filename: str,
    layer_id: str,
    sidecar: Sidecar,
    given: Mapping[str, Any],
    covers: str | BaseGeometry | None,
    distribution: Distribution,
) -> Statements:
    if not LAYER_ID.fullmatch(layer_id):
        raise DataError("layer_id_invalid", layer=layer_id[:80])
    file = clean_text(PurePath(filename).name)[:200]
    said = {key: getattr(sidecar, key) if value is None else value for key, value in given.items()}
    extent = sidecar.covers if covers is None else covers
    words, shape = parse_extent(extent) if extent is not None else (None, None)
    return Statements(
        layer_id=layer_id,
        file=file,
        sha256=hashlib.sha256(data).hexdigest(),
        title=_title(said["title"] or PurePath(file).stem),
        crs=said["crs"],
        accuracy_m=_checked_accuracy(said["accuracy_m"]),
        as_of=_checked_day(said["as_of"] or ""),
        source=clean_text(said["source"] or file),
        covers=words,
        covers_shape=shape,
        distribution=distribution,
        sidecar=sidecar,
    )


def _title(title: str | Mapping[str, str]) -> dict[str, str]:
    if isinstance(title, str):
        title = {"zh": title, "en": title}
    either = next(iter(title.values()), "")
    return {language: clean_text(title.get(language, either)) for language in ("zh", "en")}


def _checked_accuracy(metres: float | None) -> float | None:
    if metres is not None and not 0.0 <= metres <= WORST_ACCURACY_M:
        raise DataError("accuracy_invalid", given=metres)
    return metres


def _checked_day(text: str) -> str:
    from layers.catalogue import as_of_day

    try:
        if text:
            as_of_day(text)
    except (ValueError, TypeError) as error:
        raise DataError("as_of_unreadable", given=text[:40]) from error
    return text
