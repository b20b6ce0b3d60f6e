"""A GeoPackage for a GIS: the sites, the findings with their witness lines, and what stands behind them as tables."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

import geopandas
import pandas as pd
import pyogrio
from shapely.geometry import shape

from atlas import wording
from atlas.report.cleaning import cleaned
from atlas.report.clock import stated_moment
from atlas.report.overview import report_stamps, spoken
from atlas.report.rows import FINDING_COLUMNS, finding_rows, merged
from atlas.report.sites import area_m2

LONLAT = "EPSG:4326"

#: GDAL's clock is one setting of the whole process, so that two files are never written at once.
_CLOCK = Lock()

NUMBERS = (
    "distance_m", "limit_m", "margin_m", "tolerance_m", "overlap_low_m2", "overlap_high_m2", "share_low",
    "share_high", "value",
)  # fmt: skip

LAYER_NAMES = (
    "id", "source", "as_of", "basis", "covers", "licence", "attribution", "distribution", "sha256", "accuracy_m",
)  # fmt: skip
SITE_COLUMNS = (
    "site", "site_name", "use", "verdict", "verdict_words", "area_m2", "accuracy_m", "district", "quantities",
    "geometry",
)  # fmt: skip


@contextmanager
def clock_set(moment: str) -> Iterator[None]:
    """GDAL dates what it writes with a given time; its own clock runs again afterwards."""
    with _CLOCK:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": moment})
        try:
            yield
        finally:
            pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _typed(frame: pd.DataFrame, numbers: tuple[str, ...]) -> pd.DataFrame:
    """Columns of numbers as floats and all others as texts, so that an empty column has a type too."""
    return frame.assign(
        **{
            name: pd.to_numeric(frame[name]).astype("float64")
            if name in numbers
            else frame[name].fillna("").astype("str")
            for name in frame.columns
            if name != "geometry"
        }
    )


def _site_row(entry: Mapping[str, Any], language: str) -> dict[str, Any]:
    geometry = shape(entry["geometry"])
    return {
        "site": str(entry["id"]),
        "site_name": entry.get("name") or "",
        "use": entry["use"],
        "verdict": entry["verdict"],
        "verdict_words": wording.verdict_sentence(entry, language),
        "area_m2": round(area_m2(geometry), 1),
        "accuracy_m": entry.get("accuracy_m"),
        "district": (entry.get("context") or {}).get("district") or "",
        "quantities": json.dumps(entry.get("quantities") or {}, ensure_ascii=False, sort_keys=True),
        "geometry": geometry,
    }


def sites_frame(assessment: Mapping[str, Any], language: str) -> geopandas.GeoDataFrame:
    """One feature a site, lon-lat."""
    rows = [merged([_site_row(entry, one) for one in spoken(language)]) for entry in assessment["proposals"]]
    frame = pd.DataFrame(rows, columns=SITE_COLUMNS)
    return geopandas.GeoDataFrame(_typed(frame, ("area_m2", "accuracy_m")), geometry="geometry", crs=LONLAT)


def findings_frame(assessment: Mapping[str, Any], language: str) -> geopandas.GeoDataFrame:
    """One row a finding with its witness as geometry, lon-lat; None where nothing was measured."""
    frame = pd.DataFrame(list(finding_rows(assessment, language)), columns=FINDING_COLUMNS)
    witnesses = [finding.get("witness") for entry in assessment["proposals"] for finding in entry["findings"]]
    geometry = [shape(witness) if witness else None for witness in witnesses]
    typed = _typed(frame, NUMBERS)
    return geopandas.GeoDataFrame(typed, geometry=geometry, crs=LONLAT)


def _layer_row(layer: Mapping[str, Any], language: str) -> dict[str, Any]:
    return {
        "title": wording.layer_words(layer["id"], language, {layer["id"]: layer.get("title")}),
        "assumed": " ".join(layer.get("assumed") or ()),
        **{name: layer.get(name) for name in LAYER_NAMES},
    }


def _layers_frame(assessment: Mapping[str, Any], language: str) -> pd.DataFrame:
    rows = [merged([_layer_row(layer, one) for one in spoken(language)]) for layer in assessment.get("layers", ())]
    return _typed(pd.DataFrame(rows, columns=["title", "assumed", *LAYER_NAMES]), ("accuracy_m",))


def _rejected_row(rejected: Mapping[str, Any], language: str) -> dict[str, Any]:
    return {
        "row": str(rejected["row"]),
        "field": rejected.get("field") or "",
        "reason": rejected["reason"],
        "reason_words": wording.reason_words(rejected, language),
    }


def _rejected_frame(assessment: Mapping[str, Any], language: str) -> pd.DataFrame:
    refused = assessment.get("rejected", ())
    rows = [merged([_rejected_row(rejected, one) for one in spoken(language)]) for rejected in refused]
    return _typed(pd.DataFrame(rows, columns=["row", "field", "reason", "reason_words"]), ())


def _run_frame(assessment: Mapping[str, Any], language: str) -> pd.DataFrame:
    stated = {name: str(assessment[name]) for name in ("verdict", "on", "computed_at", "version", "rulebook_sha256")}
    stamps = [stamp for one in spoken(language) for stamp in report_stamps(assessment, one)]
    stated["stamps"] = " ".join(stamps)
    return pd.DataFrame({"item": list(stated), "content": list(stated.values())})


def write(assessment: dict[str, Any], language: str) -> bytes:
    """Layers ``sites`` and ``findings``, tables ``layers``, ``rejected`` and ``run``."""
    moment = stated_moment(assessment).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    content = cleaned(assessment)
    frames = {
        "sites": sites_frame(content, language),
        "findings": findings_frame(content, language),
        "layers": _layers_frame(content, language),
        "rejected": _rejected_frame(content, language),
        "run": _run_frame(content, language),
    }
    with TemporaryDirectory() as folder, clock_set(moment):
        path = Path(folder) / "assessment.gpkg"
        for name, frame in frames.items():
            pyogrio.write_dataframe(frame, path, layer=name, driver="GPKG", **_kind(frame))
        return path.read_bytes()


def _kind(frame: pd.DataFrame) -> dict[str, Any]:
    """Sites and witnesses come as points, lines and areas alike."""
    return {"geometry_type": "Unknown"} if isinstance(frame, geopandas.GeoDataFrame) else {}
