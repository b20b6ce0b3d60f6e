"""The proposed sites on a map, with the witness lines of their findings: for the page and for a report."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from atlas.assessment import geometry_dict
from atlas.drawing import OUTCOME_COLOURS, SITE_STYLE, WITNESS_STYLE, MapLayer
from atlas.texts import text
from atlas.wording import measured_line, outcome_word
from geo.types import Proposal


def feature(geometry: Any, properties: Mapping[str, Any]) -> dict[str, Any]:
    """A GeoJSON feature of a GeoJSON geometry."""
    return {"type": "Feature", "geometry": geometry, "properties": dict(properties)}


def collection(features: Iterable[dict[str, Any]]) -> str:
    """Features as the text that a map layer takes."""
    return json.dumps({"type": "FeatureCollection", "features": list(features)}, ensure_ascii=False)


def _colour_key(finding: Mapping[str, Any]) -> str:
    prohibited = finding["severity"] == "prohibit"
    return "restrict" if finding["outcome"] == "conflict" and not prohibited else str(finding["outcome"])


def witness_features(assessment: Mapping[str, Any], language: str) -> list[dict[str, Any]]:
    """One line a finding that measured a distance: from the site to what stands nearest."""
    found = []
    for entry in assessment["proposals"]:
        for finding in entry["findings"]:
            if finding["witness"]:
                title = finding["title"].get(language) or finding["title"]["zh"]
                properties = {
                    "rule": f"{finding['rule']} {title}",
                    "result": outcome_word(finding, language),
                    "measured": measured_line(finding, language),
                    "outcome": _colour_key(finding),
                }
                found.append(feature(finding["witness"], properties))
    return found


def _sites_layer(features: list[dict[str, Any]], language: str) -> MapLayer:
    columns = (("id", text("sitemap.id", language)), ("name", text("sitemap.name", language)))
    title = text("sitemap.sites", language)
    return MapLayer("sites", title, collection(features), columns, "name", SITE_STYLE, z=90, geometry="point")


def witness_layer(features: list[dict[str, Any]], language: str) -> MapLayer:
    """Witness lines by the outcome of their finding."""
    columns = tuple((key, text(f"sitemap.{key}", language)) for key in ("rule", "result", "measured"))
    title = text("sitemap.witness", language)
    found = {feature["properties"]["outcome"]: feature["properties"]["result"] for feature in features}
    style = replace(WITNESS_STYLE, palette={key: OUTCOME_COLOURS[key] for key in OUTCOME_COLOURS if key in found})
    words = tuple((key, text("sitemap.line", language, result=word)) for key, word in found.items())
    content = collection(features)
    return MapLayer("witness", title, content, columns, "rule", style, z=91, geometry="line", words=words)


def site_layers(sites: Iterable[Proposal], assessment: Mapping[str, Any] | None, language: str) -> list[MapLayer]:
    """The sites, and the witness lines once they have been assessed."""
    drawn = [feature(geometry_dict(site.footprint), {"id": site.id, "name": site.name}) for site in sites]
    lines = witness_features(assessment, language) if assessment else []
    found = [_sites_layer(drawn, language)] if drawn else []
    return [*found, witness_layer(lines, language)] if lines else found
