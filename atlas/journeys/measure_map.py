"""A measure as a printed map: one sector by place, or the standing of designations, with what must be said on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from atlas.journeys.explore import source_line
from atlas.journeys.measure import Measured, outlines_by_id
from atlas.report.measures import notes_of
from atlas.texts import text
from layers.errors import DataError
from layers.store import Store
from layers.style import QUALITATIVE, UNKNOWN, LegendRow, ramp
from layers.types import Style

if TYPE_CHECKING:
    from atlas.printmap import PrintLayer

#: Classes of a quotient: below, about and above the mix of the base.
QUOTIENT_BREAKS = (0.5, 0.8, 1.25, 2.0, 4.0)
STANDING_COLOURS = {
    "concentrated": QUALITATIVE[2],
    "as_expected": QUALITATIVE[4],
    "thin": QUALITATIVE[1],
    "empty": QUALITATIVE[5],
    "too_few": UNKNOWN,
}
HOT_COLOURS = {"hot": QUALITATIVE[5], "cold": QUALITATIVE[0], "none": UNKNOWN}
CITY_BOUNDS = (119.4, 35.5, 121.1, 37.2)
GROUND = "land"
#: Units that are cut finely: drawn as hot spots.
CELLS = ("grid", "h3")
_CLASS = "_class"


def draw_measure(measured: Measured, store: Store, fmt: str, language: str, code: str = "", size: str = "A4") -> bytes:
    """The map of a document. ``code`` chooses the sector of a concentration; by default the most concentrated one.

    Raises DataError ``sector_not_measured``, ``nothing_to_draw`` (parks of a table without outlines).
    """
    from atlas.printmap import MapSheet, print_map

    document = measured.document
    layers, title = (
        _concentration(measured, store, language, code)
        if document["kind"] == "concentration"
        else _alignment(measured, store, language, code)
    )
    sources = [source_line(store.spec(name), language) for name in (GROUND, "districts")]
    sheet = MapSheet(
        layers,
        bounds=CITY_BOUNDS,
        title=title,
        size=size,
        language=language,
        sources=[*notes_of(document, language), *sources],
        date=str(document["computed_at"])[:10],
        stamps=document["stamps"],
        land=store.layer(GROUND).frame,
    )
    return print_map(sheet, fmt)


def unit_words(unit: str, language: str) -> str:
    """A kind of place in words."""
    kind, _, size = unit.partition(":")
    return text(f"measure.unit.{kind}", language, size=size)


def most_concentrated(document: Mapping[str, Any]) -> str:
    """The sector with the largest Ellison-Glaeser index in the first unit."""
    unit = document["by"]
    rows = [row for row in document["sectors"] if row["unit"] == unit and row["ellison_glaeser"] is not None]
    if not rows:
        raise DataError("nothing_to_draw")
    return str(max(rows, key=lambda row: row["ellison_glaeser"])["code"])


def _concentration(measured: Measured, store: Store, language: str, code: str) -> tuple[list[PrintLayer], str]:
    document = measured.document
    wanted = code or most_concentrated(document)
    rows = _drawn_rows(document, wanted)
    outlines = outlines_by_id(measured.places)
    drawn = [row for row in rows if row["place"] in outlines]
    if not drawn:
        raise DataError("nothing_to_draw")
    cells = document["by"].startswith(CELLS)
    words, colours = (_spot_classes if cells else _quotient_classes)(drawn, language)
    name = text("measure.legend_spots" if cells else "measure.legend_quotient", language)
    outline = [outlines[row["place"]] for row in drawn]
    category = next(row["category"] for row in document["sectors"] if row["code"] == wanted)
    title = text("measure.map_title", language, category=category, unit=unit_words(document["by"], language))
    return [*_ground(store, language), _layer(name, outline, words, colours, width=0.0 if cells else 0.8)], title


def _drawn_rows(document: Mapping[str, Any], code: str) -> list[dict[str, Any]]:
    """The rows of a sector; of cells also those without it, so that a pale cell does not tell where one firm is."""
    rows = [row for row in document["cells"] if row["code"] == code]
    if code not in {row["code"] for row in document["sectors"]}:
        raise DataError("sector_not_measured", given=code)
    if not document["by"].startswith(CELLS):
        return rows
    spots = {row["place"]: row["hot_spot"] for row in rows if row["hot_spot"] in ("hot", "cold")}
    shown = [row["place"] for row in document["places"] if row["firms"] is not None or row["place"] in spots]
    return [{"place": place, "hot_spot": spots.get(place, "none")} for place in shown]


def _quotient_classes(rows: list[dict[str, Any]], language: str) -> tuple[list[str], dict[str, str]]:
    bounds = ["", *(f"{bound:g}" for bound in QUOTIENT_BREAKS), ""]
    labels = [f"< {bounds[1]}", *(f"{low} – {high}" for low, high in zip(bounds[1:-1], bounds[2:-1], strict=False))]
    labels.append(f"≥ {bounds[-2]}")
    colours = dict(zip(labels, ramp("teal", len(labels)), strict=True))
    hidden, few = text("measure.word.small", language), text("measure.word.too_few", language)
    words = []
    for row in rows:
        value = row["quotient_max"]
        if value is None:
            words.append(hidden if row["hidden"] else few)
        else:
            words.append(labels[int(np.searchsorted(QUOTIENT_BREAKS, value, side="right"))])
    return words, {**colours, hidden: "#e8e3d5", few: UNKNOWN}


def _spot_classes(rows: list[dict[str, Any]], language: str) -> tuple[list[str], dict[str, str]]:
    named = {key: text(f"measure.word.{key}", language) for key in HOT_COLOURS}
    return [named[row["hot_spot"] or "none"] for row in rows], {named[k]: colour for k, colour in HOT_COLOURS.items()}


def _alignment(measured: Measured, store: Store, language: str, code: str) -> tuple[list[PrintLayer], str]:
    """Places by standing, those of one category where ``code`` chooses it; a place has its strongest word."""
    outlines = designation_outlines(measured.document, store)
    order = {name: index for index, name in enumerate(("too_few", "as_expected", "empty", "thin", "concentrated"))}
    rows = sorted(measured.document["designations"], key=lambda row: order[row["standing"]])
    wanted = [row for row in rows if row["id"] in outlines and code in ("", row["code"])]
    drawn = list({row["place_code"]: row for row in wanted}.values())
    if not drawn:
        raise DataError("nothing_to_draw")
    named = {key: text(f"measure.word.{key}", language) for key in STANDING_COLOURS}
    words = [named[row["standing"]] for row in drawn]
    colours = {named[key]: colour for key, colour in STANDING_COLOURS.items()}
    layer = _layer(
        text("measure.legend_standing", language), [outlines[row["id"]] for row in drawn], words, colours, width=0.8
    )
    title = text("measure.title_alignment", language)
    return [
        *_ground(store, language),
        layer,
    ], f"{title} · {drawn[0]['subsector'] or drawn[0]['sector']}" if code else title


def designation_outlines(document: Mapping[str, Any], store: Store) -> dict[str, Any]:
    """Outlines of the measured designations by id, as the plan's layer draws them."""
    frame = store.layer("plan_designations").frame
    wanted = {row["id"] for row in document["designations"]}
    pairs = zip(frame["id"].astype(str), frame.geometry, strict=True)
    return {name: outline for name, outline in pairs if name in wanted and outline is not None}


def _ground(store: Store, language: str) -> list[PrintLayer]:
    """The districts' outlines, for the reader's bearings."""
    from atlas.printmap import PrintLayer

    layer = store.layer("districts")
    label = "name_en" if language == "en" else "name_zh"
    style = Style(fill_opacity=0.0, stroke="#6b7780", stroke_width=0.7, label=label, pattern="none")
    return [PrintLayer("districts", layer.spec.titled(language), layer.frame, style)]


def _layer(title: str, outlines: list[Any], words: list[str], colours: dict[str, str], width: float) -> PrintLayer:
    from geopandas import GeoDataFrame

    from atlas.printmap import PrintLayer

    used = {word: colour for word, colour in colours.items() if word in set(words)}
    style = Style(category=_CLASS, palette=used, fill_opacity=0.7, stroke="#4c5661", stroke_width=width)
    legend = [
        LegendRow(word, colour, "#4c5661", fill_opacity=0.7, layer="measure", group=title)
        for word, colour in used.items()
    ]
    frame = GeoDataFrame({_CLASS: words}, geometry=outlines, crs="EPSG:4326")
    return PrintLayer("measure", title, frame, style, tuple(legend))
