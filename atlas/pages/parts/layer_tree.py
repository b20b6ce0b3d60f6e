"""The tree of layers by theme: switch, opacity, legend, source."""

from __future__ import annotations

import streamlit as st

from atlas import state
from atlas.journeys.explore import can_be_drawn, entry_legend, source_line, stamps_of
from atlas.pages.parts.legend import legend_html
from atlas.pages.parts.markdown import literal
from atlas.texts import text
from layers.store import Store
from layers.types import LayerSpec


def _switched(layer_id: str) -> None:
    state.switch_layer(layer_id, state.widget(f"on.{layer_id}"))


def _faded(layer_id: str) -> None:
    opacities = {**state.view().opacities, layer_id: state.widget(f"opacity.{layer_id}") / 100}
    state.change_view(opacities=opacities)


def _details(spec: LayerSpec, language: str) -> None:
    """What a layer is, whence, and how it is drawn."""
    with st.popover("", icon=":material/tune:", help=text("layer.details", language), type="tertiary"):
        st.text(spec.titled(language))
        for stamp in stamps_of([spec], language):
            st.warning(stamp)
        if spec.description.get(language):
            st.text(spec.description[language])
        st.caption(literal(source_line(spec, language)))
        st.caption(literal(f"{text('layer.licence', language)}: {spec.licence}"))
        if can_be_drawn(spec):
            state.preset(f"opacity.{spec.id}", round(100 * state.view().opacities.get(spec.id, 1.0)))
            st.slider(
                text("layer.opacity", language),
                0,
                100,
                step=5,
                format="%d%%",
                key=f"opacity.{spec.id}",
                on_change=_faded,
                args=(spec.id,),
            )
            st.html(legend_html(entry_legend(spec, language)))


def layer_tree(store: Store, language: str) -> None:
    """One expander a theme; a theme with a layer switched on is open."""
    shown = set(state.view().layers)
    for theme, specs in store.themes().items():
        drawable = [spec for spec in specs if can_be_drawn(spec)]
        if not drawable:
            continue
        on = sum(spec.id in shown for spec in drawable)
        label = f"{text(f'theme.{theme}', language)}　{on}/{len(drawable)}"
        with st.expander(label, expanded=on > 0):
            for spec in drawable:
                switch, more = st.columns([5, 1], vertical_alignment="center", gap=None)
                state.preset(f"on.{spec.id}", spec.id in shown)
                switch.checkbox(
                    literal(spec.titled(language)),
                    key=f"on.{spec.id}",
                    on_change=_switched,
                    args=(spec.id,),
                )
                with more:
                    _details(spec, language)
