"""What a page shows when there is nothing yet: what will be here, and the first step."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app.widgets.text import plain


def empty_state(icon: str, title: str, sentence: str, first_step: Callable[[], object] | None = None) -> None:
    """A quiet box in the middle; `first_step` draws the button or link that leads on."""
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.space("small")
        st.markdown(f"## :gray[:material/{icon}:]", text_alignment="center")
        st.markdown(f"**{plain(title)}**", text_alignment="center")
        st.caption(plain(sentence), text_alignment="center")
        if first_step is not None:
            with st.container(horizontal=True, horizontal_alignment="center"):
                first_step()
        st.space("small")
