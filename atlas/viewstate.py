"""What a reader is looking at, as plain words of a query string: a link can be shared, read, and refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ViewState:
    """Language, layers switched on (drawing order is the catalogue's), opacities, and what is filtered."""

    language: str = "zh"
    layers: tuple[str, ...] = ()
    opacities: Mapping[str, float] = field(default_factory=dict)
    sector: str = ""
    subsector: str = ""
    indicator: str = ""
    basemap: str = ""


def parsed(query: Mapping[str, str], known_layers: tuple[str, ...], default: ViewState) -> ViewState:
    """The state that a query string asks for; words that mean nothing here are ignored."""
    layers = default.layers
    if "layers" in query:
        layers = tuple(word for word in query["layers"].split(",") if word in known_layers)
    language = query.get("lang", default.language)
    return ViewState(
        language=language if language in ("zh", "en") else default.language,
        layers=layers,
        opacities=_opacities(query.get("opacity", ""), known_layers),
        sector=query.get("sector", "")[:100],
        subsector=query.get("item", "")[:100],
        indicator=query.get("indicator", "")[:60],
        basemap=query.get("basemap", "")[:60],
    )


def _opacities(words: str, known_layers: tuple[str, ...]) -> dict[str, float]:
    found = {}
    for word in words.split(","):
        layer, _, value = word.partition(":")
        if layer in known_layers and value.isdigit() and int(value) <= 100:
            found[layer] = int(value) / 100
    return found


def as_query(state: ViewState, default: ViewState) -> dict[str, str]:
    """The query string of a state, without what is as usual."""
    words = {
        "lang": "" if state.language == default.language else state.language,
        "layers": "" if set(state.layers) == set(default.layers) else ",".join(state.layers),
        "opacity": ",".join(f"{layer}:{round(100 * value)}" for layer, value in sorted(state.opacities.items())),
        "sector": state.sector,
        "item": state.subsector,
        "indicator": state.indicator,
        "basemap": state.basemap,
    }
    query = {key: value for key, value in words.items() if value}
    if not state.layers and default.layers:
        query["layers"] = "none"
    return query
