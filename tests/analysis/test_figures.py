"""Figures carry the numbers of their results, with zone and units, and never a name as HTML."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from analysis.figure_events import MAX_DRAWN, WORDS, part_shown
from analysis.figure_style import REST_COLOUR, WallClock
from analysis.figures import activity_figure, timeline_figure
from analysis.lanes import OTHER_TOPICS
from analysis.overview import overview
from analysis.timeline import timeline
from analysis.topic_figures import topic_share_figure
from analysis.topic_stats import topic_table
from core.errors import UsageError
from core.message import FROM_DUMP, Message
from store.events import Event, EventKind
from tests.analysis.sessions import HOSTILE_TOPICS, SECOND, START_NS, message, session

HAPPENINGS = [
    Event(START_NS, EventKind.MARK, "<b>order</b>"),
    Event(START_NS + 2 * SECOND, EventKind.GAP_START, "broker <i>gone</i>"),
    Event(START_NS + 3 * SECOND, EventKind.GAP_END),
    Event(START_NS + 4 * SECOND, EventKind.PAUSE),
    Event(START_NS + 5 * SECOND, EventKind.RESUME),
]


OUR_MARKUP = (r"<b>%\{customdata\[1\]\}</b>", r"<b>%\{y\}</b>", "<extra></extra>", "<br>", *WORDS.split("{}"))


def figures_of(messages: list[Message], events: list[Event] | None = None, zone: str = "UTC") -> list[go.Figure]:
    with session(messages, events or [], ended_s=10.0) as reader:
        near, far = timeline(reader), timeline(reader, max_points=0)
        return [
            activity_figure(overview(reader), zone),
            timeline_figure(near, zone),
            timeline_figure(far, zone),
            topic_share_figure(topic_table(reader)),
        ]


def texts_of(value: Any) -> list[str]:
    """All strings of a figure's JSON, at any depth."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for part in value.values() for text in texts_of(part)]
    return [text for part in value for text in texts_of(part)] if isinstance(value, list) else []


@pytest.mark.parametrize(
    "messages",
    [[], [message(at_s=1)], [message(at_s=3)] * 5, [message(at_s=-4), message(at_s=99)]],
    ids=["empty", "one message", "one instant", "outside the recording"],
)
def test_every_session_has_figures_that_can_be_sent_to_a_browser(messages: list[Message]) -> None:
    for events in ([], HAPPENINGS):
        for figure in figures_of(messages, events):
            assert json.loads(figure.to_json())["data"]
            assert figure.layout.height >= 60


def test_no_figure_shows_a_name_or_a_text_as_html() -> None:
    messages = [message(topic, at_s) for at_s in (0, 5) for topic in HOSTILE_TOPICS]
    for figure in figures_of(messages, HAPPENINGS):
        found = json.loads(figure.to_json())
        found["layout"].pop("template")
        for text in texts_of(found):
            assert "<" not in re.sub("|".join(OUR_MARKUP), "", text)


def test_labels_are_the_names_once_they_are_read_as_html() -> None:
    _, near, far, share = figures_of([message(topic) for topic in HOSTILE_TOPICS])
    for figure in (near, far):
        assert [unescape(text) for text in figure.layout.yaxis.ticktext] == sorted(HOSTILE_TOPICS)
    assert sorted(unescape(text) for text in share.layout.yaxis.ticktext) == sorted(HOSTILE_TOPICS)


def test_backgrounds_are_transparent_and_titles_left_to_the_page() -> None:
    for figure in figures_of([message()], HAPPENINGS):
        assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
        assert figure.layout.title.text is None
        assert figure.layout.showlegend is False


def test_time_axes_name_their_zone_and_every_other_axis_its_unit() -> None:
    activity, near, far, share = figures_of([message()], zone="Europe/Berlin")
    for figure in (activity, near, far):
        assert figure.layout.xaxis.title.text == "time (Europe/Berlin, UTC+02:00)"
        assert figure.layout.xaxis.type == "date"
    assert activity.layout.yaxis.title.text == "messages/s"
    assert share.layout.xaxis.title.text == "share of messages (%)"
    with pytest.raises(UsageError):
        figures_of([message()], zone="Nowhere")


def test_the_activity_has_a_bar_for_every_second_in_wall_clock_time() -> None:
    activity = figures_of([message(at_s=0, payload=b"12"), message(at_s=0.9), message(at_s=2)], zone="Europe/Berlin")[0]
    bars = activity.data[0]
    assert list(bars.y) == [2.0, 0.0, 1.0]
    assert str(bars.x[0]) == "2026-08-07T11:11:27.500000"
    assert bars.width == 1_000
    assert list(bars.customdata[0]) == [0, "2026-08-07 11:11:27.000 UTC+02:00", 2, "3 B"]


def test_each_message_is_a_tick_and_a_point_whose_customdata_begins_with_its_id() -> None:
    messages = [message("b", 1, b"12", qos=2), message("a", 2.125, retain=FROM_DUMP)]
    figure = figures_of(messages, zone="Europe/Berlin")[1]
    points = figure.data[0]
    assert list(points.y) == [1, 0]
    assert [str(at) for at in points.x] == ["2026-08-07T11:11:28.000000", "2026-08-07T11:11:29.125000"]
    assert [tuple(row) for row in points.customdata] == [
        (1, "b", "2 B, QoS 2"),
        (2, "a", "1 B, QoS 0, initial state (stored at the broker before)"),
    ]
    paths = [ticks.path for ticks in figure.layout.shapes]
    assert paths == ["M2026-08-07_11:11:28.000000,0.58V1.42", "M2026-08-07_11:11:29.125000,-0.42V0.42"]


def test_a_lane_has_the_colour_that_was_handed_in_for_its_name_and_the_rest_is_grey() -> None:
    colours = {"a": "#010203", "b": "#040506"}
    with session([message("a"), message("a"), message("b"), message("b"), message("c"), message("d")]) as reader:
        near, far = timeline(reader, lanes=3), timeline(reader, lanes=3, max_points=0)
    paths = timeline_figure(near, colour_of=colours.__getitem__).layout.shapes
    drawn = [(path.line.color, re.findall(r",(.*?)V", path.path)) for path in paths]
    assert drawn == [("#010203", ["-0.42"] * 2), ("#040506", ["0.58"] * 2), (REST_COLOUR, ["1.58"] * 2)]
    figure = timeline_figure(far, colour_of=colours.__getitem__)
    assert figure.layout.yaxis.ticktext[-1] == OTHER_TOPICS
    sections = [colour for _, colour in figure.data[0].colorscale]
    assert sections == [f"rgba({rgb},{alpha})" for rgb in ("1,2,3", "4,5,6", "148,163,184") for alpha in (0.5, 1)]


def test_a_density_has_a_cell_for_every_lane_and_bucket_and_leaves_silence_empty() -> None:
    with session([message("a", 0)] * 9 + [message("b", 30), message("a", 100)]) as reader:
        far = timeline(reader, max_points=0)
    heat = timeline_figure(far, colour_of={"a": "#000001", "b": "#000002"}.__getitem__).data[0]
    assert np.asarray(heat.customdata).shape == (2, 101)
    assert len(heat.x) == 102
    counts, z = np.asarray(heat.customdata), np.asarray(heat.z)
    assert (counts[0, 0], counts[1, 30], counts[0, 100], counts.sum()) == (9, 1, 1, 11)
    assert np.isnan(z[counts == 0]).all()
    assert 0 < z[0, 100] < z[0, 0] < 1 < z[1, 30] < 2
    assert str(heat.x[0]) == "2026-08-07T09:11:27.000000"


def happenings_of(figure: go.Figure) -> list[Any]:
    """Its shapes, but for the ticks of messages."""
    return [shape for shape in figure.layout.shapes if shape.type != "path"]


def test_a_stretch_is_a_part_of_the_width_of_a_figure_with_margins() -> None:
    figure = figures_of([message(), message(at_s=10)])[0]
    clock = WallClock("UTC", START_NS)
    assert part_shown(figure, clock, START_NS, (-1000.0, 1000.0)) == (0.0, 1.0)
    start, end = part_shown(figure, clock, START_NS, (0.0, 11.0))
    assert start == pytest.approx(0.005 / 1.01, abs=1e-6)
    assert end == pytest.approx(1.005 / 1.01, abs=1e-6)
    assert part_shown(figure, clock, START_NS, (0.0, 5.5))[1] == pytest.approx(0.5)


def test_gaps_and_pauses_are_bands_marks_are_lines_and_all_have_a_label() -> None:
    for figure in figures_of([message()], HAPPENINGS)[:3]:
        assert [(shape.type, shape.x0) for shape in happenings_of(figure)] == [
            ("rect", "2026-08-07T09:11:29.000000"),
            ("rect", "2026-08-07T09:11:31.000000"),
            ("line", "2026-08-07T09:11:27.000000"),
        ]
        labels = {label.text: label.hovertext for label in figure.layout.annotations}
        assert labels == {
            WORDS.format("gap 1.0 s"): "gap 1.0 s<br>broker &lt;i&gt;gone&lt;/i&gt;",
            WORDS.format("pause 1.0 s"): "pause 1.0 s",
            "▼" + WORDS.format(" &lt;b&gt;order&lt;/b&gt;"): "&lt;b&gt;order&lt;/b&gt;<br>2026-08-07 09:11:27.000 UTC",
        }


def test_a_label_that_would_overlap_the_next_one_becomes_a_symbol_and_very_many_marks_are_limited() -> None:
    marks = [Event(START_NS + at_ms * 1_000_000, EventKind.MARK, f"mark {at_ms}") for at_ms in (0, 100, 5_000)]
    near = figures_of([message()], marks)[1]
    second, third = (WORDS.format(f" mark {at_ms}") for at_ms in (100, 5_000))
    assert [label.text for label in near.layout.annotations] == ["▼", f"▼{second}", f"▼{third}"]
    assert near.layout.annotations[0].hovertext.startswith("mark 0<br>")
    many = [Event(START_NS + number, EventKind.MARK) for number in range(MAX_DRAWN + 50)]
    assert len(happenings_of(figures_of([message()], many)[1])) == MAX_DRAWN


def test_a_label_at_the_end_turns_to_the_left_and_what_began_before_the_plot_has_its_label_inside() -> None:
    events = [
        Event(START_NS + 1 * SECOND, EventKind.PAUSE),
        Event(START_NS + 9 * SECOND, EventKind.RESUME),
        Event(START_NS + 19 * SECOND, EventKind.MARK, "gripper jams"),
    ]
    with session([message(at_s=19.5)], events) as reader:
        figure = timeline_figure(timeline(reader, start_s=5.0, end_s=20.0))
    pause, mark = figure.layout.annotations
    assert (pause.text, pause.x, pause.xanchor) == (WORDS.format("pause 8.0 s"), "2026-08-07T09:11:32.000000", "left")
    assert (mark.text, mark.x) == (WORDS.format("gripper jams ") + "▼", "2026-08-07T09:11:46.000000")
    assert mark.xanchor == "right"


def test_shares_add_up_with_the_others_in_one_bar() -> None:
    messages = [message(f"t/{number:02}") for number in range(20)] + [message("t/19")] * 10
    with session(messages) as reader:
        figure = topic_share_figure(topic_table(reader), top=3)
    bars = figure.data[0]
    assert list(figure.layout.yaxis.ticktext) == ["t/19", "t/00", "t/01", "17 other topics"]
    assert sum(bars.x) == pytest.approx(100)
    assert list(bars.text) == ["36.7 %", "3.3 %", "3.3 %", "56.7 %"]
    assert [tuple(row) for row in bars.customdata] == [("t/19", 11), ("t/00", 1), ("t/01", 1), ("17 other topics", 17)]
