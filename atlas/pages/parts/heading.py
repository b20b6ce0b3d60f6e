"""The line above every page: style sheet and language switch."""

from __future__ import annotations

import streamlit as st

from atlas import state
from atlas.pages.parts.markdown import literal
from atlas.texts import text

_STYLE = """
<style>
.block-container {padding: 3.6rem 1rem 1rem 1rem; max-width: 100%;}
[data-testid="stSidebar"] {min-width: 300px; max-width: 320px;}
[data-testid="stSidebarHeader"] {position: absolute; right: .4rem; z-index: 1; height: 2.2rem; padding: 0;}
[data-testid="stSidebarContent"] {padding: 0 .35rem;}
[data-testid="stSidebarUserContent"] {padding: .9rem .8rem 2rem .8rem;}
[data-testid="stSidebar"] [data-testid="stVerticalBlock"] {gap: .5rem;}
[data-testid="stSidebar"] details [data-testid="stVerticalBlock"] {gap: .15rem;}
[data-testid="stSidebar"] details [data-testid="stHorizontalBlock"] {min-height: 1.9rem;}
[data-testid="stSidebar"] [data-testid="stCheckbox"] p {white-space: normal; line-height: 1.25;}
[data-testid="stSidebar"] [data-testid="stPopover"] button {min-height: 0; padding: .1rem .3rem;}
[data-testid="stSidebar"] summary {padding: .3rem .7rem; min-height: 0;}
[data-testid="stSidebar"] [data-testid="stHeading"] {margin-bottom: .5rem;}
h2, h3 {font-size: 1.02rem !important; padding: .2rem 0 !important;}
.st-key-tall_map iframe {height: calc(100vh - 7.8rem) !important; min-height: 430px;}
.st-key-check_map iframe {height: clamp(430px, calc(100vh - 18rem), 640px) !important;}
.st-key-undrawn_box {max-height: calc(100vh - 15rem); min-height: 12rem; overflow-y: auto;}
</style>
"""


#: Streamlit's own uploader and input hints speak English only; ours stand in their place.
_WORDS = """
<style>
[data-testid="stFileUploaderDropzoneInstructions"], [data-testid="InputInstructions"] {{display: none;}}
[data-testid="stFileUploaderDropzone"] button p,
[data-testid="stFileUploaderDropzone"] button [data-testid="stMarkdownContainer"] {{font-size: 0;}}
[data-testid="stFileUploaderDropzone"] button::after {{content: "{upload}";}}
</style>
"""


def _switch() -> None:
    """The map is loaded anew in the other language: it opens where the sites are."""
    state.change_view(language=state.widget("language_choice"))
    state.show_sites()


def heading(language: str) -> None:
    """Draw it; the style sheet is ours and constant."""
    st.html(_STYLE)
    st.html(_WORDS.format(upload=text("app.upload", language)))
    with st.sidebar:
        st.markdown(f"#### {text('app.title', language)}", help=text("app.subtitle", language))
        st.segmented_control(
            text("app.language", language),
            ("zh", "en"),
            default=language,
            key="language_choice",
            format_func={"zh": "中文", "en": "English"}.__getitem__,
            on_change=_switch,
            label_visibility="collapsed",
            required=True,
        )
    for sentence in state.told():
        st.info(literal(sentence))
