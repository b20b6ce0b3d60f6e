"""A GeoPackage for a GIS: the sites and witnesses of the findings, styled, and what stands behind them as tables."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geopandas
import pandas as pd
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from atlas import wording
from atlas.drawing import OUTCOME_COLOURS, SITE_STYLE, WITNESS_STYLE
from atlas.gis.geopackage import clock_set, geometry_options, kinds_of, write_styles, write_table
from atlas.gis.qml import KINDS, Look, LookClass
from atlas.report.cleaning import cleaned
from atlas.report.clock import stated_moment
from atlas.report.overview import report_stamps, spoken
from atlas.report.rows import FINDING_COLUMNS, finding_rows, merged
from atlas.report.sites import area_m2
from atlas.texts import has_text, text

LONLAT = "EPSG:4326"
#: A table without a row has no kind.
UNKNOWN_KIND = {"geometry_type": "Unknown"}

#: The class of a finding, in the language of QGIS.
OUTCOME_EXPRESSION = (
    """CASE WHEN "outcome" = 'conflict' AND "severity" <> 'prohibit' THEN 'restrict' ELSE "outcome" END"""
)

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
        "area_m2": area_m2(geometry, entry.get("accuracy_m")),
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
    geometry = [_of_one_kind(shape(witness)) if witness else None for witness in witnesses]
    typed = _typed(frame, NUMBERS)
    return geopandas.GeoDataFrame(typed, geometry=geometry, crs=LONLAT)


def _of_one_kind(geometry: BaseGeometry) -> BaseGeometry:
    """Where a site meets a layer in patches and in lines, the patches: no table of a GIS draws both."""
    if geometry.geom_type != "GeometryCollection":
        return geometry
    parts = shapely.get_parts(geometry)
    dimensions = shapely.get_dimensions(parts)
    return shapely.union_all(parts[dimensions == dimensions.max(initial=-1)])


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
    """Sites and witnesses, a table a kind of geometry, with their looks; tables of findings, layers and the run."""
    content = cleaned(assessment)
    sites = dict(_by_kind("sites", sites_frame(content, language)))
    findings = findings_frame(content, language)
    witnesses = dict(_by_kind("witness", findings[findings.geometry.notna()], always=True))
    tables = {
        "findings": pd.DataFrame(findings.drop(columns="geometry")),
        "layers": _layers_frame(content, language),
        "rejected": _rejected_frame(content, language),
        "run": _run_frame(content, language),
    }
    looks = {name: _site_look(frame, language) for name, frame in sites.items()}
    looks |= {name: _witness_look(frame, language) for name, frame in witnesses.items()}
    moment = stated_moment(assessment)
    with TemporaryDirectory() as folder, clock_set(moment):
        path = Path(folder) / "assessment.gpkg"
        for name, frame in {**sites, **witnesses}.items():
            drawn = geometry_options(frame.geometry, looks[name].kind) if looks[name].kind else UNKNOWN_KIND
            write_table(path, name, frame, **drawn)
        for name, frame in tables.items():
            write_table(path, name, frame)
        write_styles(path, {name: look for name, look in looks.items() if look.kind}, moment)
        return path.read_bytes()


def _by_kind(
    name: str, frame: geopandas.GeoDataFrame, always: bool = False
) -> Iterator[tuple[str, geopandas.GeoDataFrame]]:
    """A table a kind of geometry, because a GIS draws no table of several; one table where there is one kind."""
    kinds = kinds_of(frame.geometry)
    if len(kinds) < 2 and not always:
        yield name, frame
        return
    for kind in kinds:
        yield f"{name}_{kind}", frame[frame.geometry.geom_type.map(KINDS) == kind]


def _site_look(frame: geopandas.GeoDataFrame, language: str) -> Look:
    language = spoken(language)[0]
    columns = [str(name) for name in frame.columns if name != "geometry"]
    return Look(
        title=text("sitemap.sites", language),
        kind="".join(kinds_of(frame.geometry)),
        style=SITE_STYLE,
        label="site_name",
        columns=columns,
        aliases=_aliases(columns, language),
    )


def _witness_look(frame: geopandas.GeoDataFrame, language: str) -> Look:
    """Lines and patches in the colour of their outcome; a restriction never has the red of a prohibition."""
    language = spoken(language)[0]
    kind = "".join(kinds_of(frame.geometry))
    plain = replace(WITNESS_STYLE, fill_opacity=0.35, dash=WITNESS_STYLE.dash if kind == "line" else "")
    classes = [
        LookClass(code, _outcome_words(code, language), replace(plain, fill=colour, stroke=colour))
        for code, colour in OUTCOME_COLOURS.items()
    ]
    columns = [str(name) for name in frame.columns if name != "geometry"]
    return Look(
        title=text("sitemap.witness", language),
        kind=kind,
        style=plain,
        attribute=OUTCOME_EXPRESSION,
        classes=classes,
        columns=columns,
        aliases=_aliases(columns, language),
    )


def _outcome_words(code: str, language: str) -> str:
    return text("outcome.conflict_restrict" if code == "restrict" else f"outcome.{code}", language)


def _aliases(columns: list[str], language: str) -> dict[str, str]:
    keys = {name: f"report.head.{name}" for name in columns}
    return {name: text(key, language) for name, key in keys.items() if has_text(key, language)}
