"""Take the map away: one HTML file, a page as PDF, PNG or SVG, or a series of pages in one PDF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from atlas import state
from atlas.cache import map_file
from atlas.journeys.explore import LayerView
from atlas.journeys.export import MAP_FORMATS, MapRequest, within_reach
from atlas.journeys.series import SERIES, export_series
from atlas.pages.parts.choice import choice
from atlas.pages.parts.markdown import literal
from atlas.texts import error_text, text
from layers.errors import DataError
from layers.store import Store
from layers.types import LayerSpec

_TYPES = {".html": "text/html", ".png": "image/png", ".svg": "image/svg+xml", ".pdf": "application/pdf"}
#: How the scale is chosen: fitted to the sheet, the largest round one that shows all, or stated.
_SCALES = ("fit", "round", "stated")
#: All on one page, instead of a series.
ONE_PAGE = "one"


def export_panel(store: Store, shown: list[LayerSpec], views: Mapping[str, LayerView], language: str) -> None:
    """Format, page, scale, series, approval number; the file is made when asked for."""
    with st.expander(text("export.map", language), expanded=False):
        if not shown:
            st.caption(text("map.empty", language))
            return
        suffix = st.segmented_control(
            text("export.format", language), list(MAP_FORMATS), default=".html", key="export_format", required=True
        )
        series = _series(suffix, language)
        request = _request(shown, views, suffix, language)
        known = True
        if series is None:
            request, known = _with_extent(request, language)
        if st.button(text("export.make", language), key="export_make", type="primary", disabled=not known):
            _offer(store, request, series, suffix, language)


def _request(shown: list[LayerSpec], views: Mapping[str, LayerView], suffix: str, language: str) -> MapRequest:
    title = st.text_input(text("export.title", language), text("app.title", language), max_chars=500)
    on_paper = suffix != ".html"
    size, turn = "A4", "landscape"
    scale: tuple[float | None, bool] = (None, False)
    if on_paper:
        size = st.selectbox(text("export.size", language), ("A4", "A3", "16:9"), key="export_size")
        turn = _choice("turn", ("landscape", "portrait"), "export.", language)
        scale = _scale(language)
    compiler = st.text_input(text("export.compiler", language), max_chars=100) if on_paper else ""
    approval = st.text_input(
        text("export.approval", language), help=text("export.approval_help", language), max_chars=60
    )
    return MapRequest(
        layer_ids=tuple(spec.id for spec in shown),
        title=title,
        size=size,
        orientation=turn,
        language=language,
        approval_number=approval.strip(),
        compiler=compiler,
        scale=scale[0],
        round_scale=scale[1],
        views=dict(views),
    )


def _choice(name: str, options: Sequence[str], words: str, language: str) -> str:
    """One of some options, the first until another is chosen."""
    chosen = choice(
        text("export.pages" if name == "series" else f"export.{name}", language),
        options,
        language,
        key=f"export_{name}",
        worded=lambda option: text(f"{words}{option}", language),
        first=options[0],
    )
    return chosen or options[0]


def _with_extent(request: MapRequest, language: str) -> tuple[MapRequest, bool]:
    """The request for the extent that was chosen, and whether that is known yet: the map tells what it shows."""
    chosen = _choice("extent", ("all", "view"), "export.extent_", language)
    if chosen == "all":
        return request, True
    seen = state.seen()
    if seen is None:
        st.caption(text("export.extent_unknown", language))
        return request, False
    bounds = within_reach(seen)
    sides = (f"{side:.3f}" for side in bounds)
    st.caption(
        text("export.extent_seen", language, **dict(zip(("west", "south", "east", "north"), sides, strict=True)))
    )
    return replace(request, bounds=bounds), True


def _scale(language: str) -> tuple[float | None, bool]:
    """The n of 1:n, or whether the largest round scale is taken."""
    how = _choice("scale", _SCALES, "export.scale_", language)
    if how != "stated":
        return None, how == "round"
    stated = st.number_input(
        text("export.scale_number", language), 500, 10_000_000, 250_000, 5_000, key="export_scale_number"
    )
    return float(stated), False


def _series(suffix: str, language: str) -> str | None:
    """What the pages of a PDF are about; None for one page."""
    if suffix != ".pdf":
        return None
    chosen = _choice("series", (ONE_PAGE, *SERIES), "export.pages_", language)
    return None if chosen == ONE_PAGE else chosen


def _offer(store: Store, request: MapRequest, series: str | None, suffix: str, language: str) -> None:
    """Make the file and hand it over, or say why it cannot be made."""
    try:
        with st.spinner(text("export.working", language)):
            content = _made(store, request, series, suffix, language)
    except DataError as error:
        st.error(literal(error_text(error, language)))
        return
    st.download_button(
        text("export.download", language, size=f"{len(content) / 1e6:.1f}"),
        content,
        file_name=f"qingdao-atlas{suffix}",
        mime=_TYPES[suffix],
        on_click="ignore",
        key="export_download",
    )


def _made(store: Store, request: MapRequest, series: str | None, suffix: str, language: str) -> bytes:
    if series is None:
        return map_file(store, request, suffix)
    bar = st.progress(0.0)

    def show(done: int, total: int) -> None:
        bar.progress(done / total, text("export.page_done", language, done=done, total=total))

    content = export_series(request, series, suffix, store, on_progress=show)
    bar.empty()
    return content
