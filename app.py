"""The atlas in a browser: page settings, language, navigation."""

from pathlib import Path

import streamlit as st

from atlas import state
from atlas.pages.parts.heading import heading
from atlas.texts import text

PAGES = Path(__file__).parent / "atlas" / "pages"

st.set_page_config(page_title="青岛产业布局图谱", page_icon="🗺", layout="wide", initial_sidebar_state="expanded")

language = state.language()
pages = [
    st.Page(PAGES / f"{name}.py", title=text(f"app.{name}", language), url_path=name, default=name == "map")
    for name in ("map", "check", "screening", "matrix", "history", "measure", "plan", "data")
]
chosen = st.navigation(pages, position="top")
heading(language)
chosen.run()
state.keep_address()
