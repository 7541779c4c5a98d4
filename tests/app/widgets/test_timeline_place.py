"""A figure's place holds its picture until the figure is drawn, and is as high as the figure from the beginning."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def _page() -> None:
    import plotly.graph_objects as go
    import streamlit as st

    from app.widgets.timeline_place import place

    with place("here", '<div class="first">picture</div>', 321):
        st.plotly_chart(go.Figure())


def test_a_place_has_a_picture_and_a_figure_of_one_height() -> None:
    app = AppTest.from_function(_page).run(timeout=60)
    assert not app.exception
    container = app.main.children[0]
    picture, figure = container.children[0], container.children[1]
    assert (picture.type, figure.type) == ("html", "plotly_chart")
    body = picture.proto.body
    assert body.endswith('</style><div class="first">picture</div>')
    assert ".st-key-here {position: relative; min-height: 321px}" in body
    assert ".st-key-here:has(.main-svg) .first {display: none}" in body
