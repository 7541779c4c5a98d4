"""The head of a page: its title, one sentence, and why the last action failed, if it did."""

from __future__ import annotations

import streamlit as st

from app.widgets.problems import last_problem


def page_header(title: str, sentence: str) -> None:
    """Both are our own texts, never data."""
    st.title(title, anchor=False)
    st.caption(sentence)
    with st.container():  # there with and without a problem: else all below would move, live figures be drawn twice
        last_problem()
