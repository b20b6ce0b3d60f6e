"""What a map is made of, before any map library sees it: layers as text, a basemap with its datum.

``atlas.webmap`` draws these; the journeys make them.
"""

from __future__ import annotations

from dataclasses import dataclass

from layers.types import Style

#: What a map shows at first: the city with its coast. West, south, east, north in degrees.
CITY_BOUNDS = (119.45, 35.45, 121.25, 37.2)

#: Colours by outcome, told apart by colour-blind readers too; a restriction never has the red of a prohibition.
OUTCOME_COLOURS = {
    "conflict": "#b2182b",
    "restrict": "#d9822b",
    "uncertain": "#b8860b",
    "not_assessed": "#6b7780",
    "clear": "#1b7837",
}

SITE_STYLE = Style(
    fill="#d81b60", fill_opacity=0.35, stroke="#ad1457", stroke_width=2.5, radius=8, symbol="diamond", z=90
)
WITNESS_STYLE = Style(stroke="#6b7780", stroke_width=2.0, dash="6 4", category="outcome", palette=OUTCOME_COLOURS, z=91)
#: What a site shares with a feature of a rule.
OVERLAP_STYLE = Style(fill="#7f0000", fill_opacity=0.85, stroke="#7f0000", stroke_width=1.2, pattern="hatch_back", z=89)
PATCH_STYLE = Style(fill_opacity=0.55, stroke="#4c5661", stroke_width=0.8, category="tone", z=85)


@dataclass(frozen=True)
class MapLayer:
    """A layer ready for the screen, every word already in the reader's language.

    ``geojson`` is a FeatureCollection text in lon-lat whose properties are those that may be shown; ``columns`` are
    (key, label) pairs in the order of the popup; ``words`` says what the values of the style's palette mean, ``kinds``
    what each of them draws (point, line, polygon, mixed) where that is not the layer's ``geometry``.
    """

    id: str
    title: str
    geojson: str
    columns: tuple[tuple[str, str], ...]
    tooltip_column: str
    style: Style
    opacity: float = 1.0
    source_line: str = ""
    stamp: str = ""
    z: int = 10
    clickable: bool = True
    geometry: str = "polygon"
    words: tuple[tuple[str, str], ...] = ()
    kinds: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Basemap:
    """A background map and the datum it is drawn in. ``kind``: none, xyz or wmts."""

    kind: str
    url: str
    datum: str
    attribution: str
    max_zoom: int = 18
