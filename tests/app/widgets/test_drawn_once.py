"""What is sent of a chart has nothing that Plotly would take for changed when it gets it again."""

from __future__ import annotations

import json

import plotly.graph_objects as go
from streamlit.testing.v1 import AppTest


def _page() -> None:
    import plotly.graph_objects as go
    import streamlit as st

    from app.widgets.drawn_once import drawn_once

    for mouse in ("box", "points"):
        figure = go.Figure(go.Scatter(x=["2026-08-07", "2026-08-08"], y=[1, 2]))
        st.plotly_chart(drawn_once(figure, mouse), theme=None, on_select="rerun", selection_mode=mouse, key=mouse)


def test_a_chart_has_no_template_but_a_revision_and_what_the_mouse_does() -> None:
    app = AppTest.from_function(_page).run(timeout=60)
    assert not app.exception
    assert "template" in json.loads(go.Figure().to_json())["layout"]
    box, points = (json.loads(chart.proto.spec)["layout"] for chart in app.get("plotly_chart"))
    for layout in (box, points):
        assert "template" not in layout
        assert layout["datarevision"] == 1
    assert (box["clickmode"], box["dragmode"]) == ("event", "select")
    assert (points["clickmode"], points["dragmode"]) == ("event+select", "pan")


def test_the_numbers_along_the_axes_of_the_timeline_are_lists() -> None:
    """What is sent in binary is another array each time that it is read."""
    from analysis.figures import activity_figure, timeline_figure
    from analysis.overview import overview
    from analysis.timeline import timeline
    from app.widgets.drawn_once import drawn_once
    from tests.analysis.sessions import message, session

    with session([message(at_s=1)], ended_s=10.0) as reader:
        figures = [activity_figure(overview(reader)), timeline_figure(timeline(reader)),
                   timeline_figure(timeline(reader, max_points=0))]  # fmt: skip
    for figure in figures:
        for trace in json.loads(drawn_once(figure, "box").to_json())["data"]:
            assert isinstance(trace["x"], list)
            assert isinstance(trace["y"], list)
