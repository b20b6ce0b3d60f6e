"""What ``map`` does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from atlas.commands.files import need_folder, write_result
from atlas.commands.options import listed
from atlas.commands.progress import Bar
from atlas.journeys.export import MapRequest, export_maps
from atlas.journeys.series import export_series
from atlas.workspace import open_store
from layers.errors import DataError


@dataclass(frozen=True)
class MapOptions:
    """The options of ``map`` as the shell gives them."""

    layer_ids: str
    bbox: str | None
    title: str
    size: str
    orientation: str
    scale: str
    series: str | None
    approval: str
    compiler: str
    out: Sequence[Path]
    workspace: Path | None


def write_map(options: MapOptions, language: str) -> None:
    """Draw layers into HTML, PNG, SVG or PDF files, or into a PDF of a page a district or designation."""
    for path in options.out:
        need_folder(path)
    scale, round_scale = _scale(options.scale)
    request = MapRequest(
        layer_ids=listed(options.layer_ids),
        bounds=_bounds(options.bbox),
        title=options.title,
        size=options.size,
        orientation=options.orientation,
        language=language,
        approval_number=options.approval,
        compiler=options.compiler,
        scale=scale,
        round_scale=round_scale,
    )
    store, suffixes = open_store(options.workspace), [path.suffix for path in options.out]
    if options.series:
        contents = [export_series(request, options.series, suffix, store, on_progress=Bar()) for suffix in suffixes]
    else:
        contents = export_maps(request, suffixes, store)
    for path, content in zip(options.out, contents, strict=True):
        write_result(path, content)


def _bounds(given: str | None) -> tuple[float, float, float, float] | None:
    if not given:
        return None
    try:
        west, south, east, north = (float(part) for part in given.split(","))
    except ValueError as error:
        raise DataError("bad_bbox", given=given) from error
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise DataError("bad_bbox", given=given)
    return west, south, east, north


def _scale(given: str) -> tuple[float | None, bool]:
    """``--scale`` as the n of 1:n, or whether a round scale is to be found."""
    if given in ("", "fit"):
        return None, False
    if given == "round":
        return None, True
    try:
        ratio = float(given.replace(",", "").removeprefix("1:"))
    except ValueError as error:
        raise DataError("bad_scale", given=given) from error
    if not 1 <= ratio <= 100_000_000:
        raise DataError("bad_scale", given=given)
    return ratio, False
