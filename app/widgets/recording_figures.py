"""A running recording in figures: counters, a curve of the last minutes, the newest messages."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd
import streamlit as st

from app import format as fmt
from app.services import Services
from app.state import zone
from app.widgets.look import ACCENT
from app.widgets.messages_table import messages_table
from app.widgets.metrics import metrics
from app.widgets.problems import hint
from app.widgets.recorder_here import recorder_here
from app.widgets.text import plain, shortened
from core.message import NS_PER_SECOND
from recorder.recorder import RecordingStatus
from store.events import EventKind

CURVE_SECONDS, TICK_SECONDS = 120, 20
SHORTEST_PAUSE_S = 0.5
"""Seconds; less than this is no pause but the time that a start takes."""
NEWEST = 12
"""How many messages the table shows."""


def recording_figures(services: Services) -> None:
    """Draws them from a snapshot; cheap enough for once a second, however long the recording is."""
    status = recorder_here(services).status()
    paused = was_paused(status, services.clock.now_ns())
    metrics(
        {
            "Messages": fmt.number(status.messages),
            "Rate": fmt.rate(status.rate_per_s),
            "Payload": fmt.size(status.bytes),
            "Topics": fmt.number(status.topics),
            "Without pauses" if paused else "Recorded": fmt.duration(status.elapsed_s),
            "In the queue": f"{fmt.number(status.queued)} msg",
        }
    )
    _limit(status)
    _marks(services, status)
    if status.problem:
        hint(status.problem)
    if status.in_gap:
        hint("There is no connection to the broker. It is tried again; the gap is noted in the session.")
    elif status.gaps:
        hint(f"The connection was lost {fmt.counted(status.gaps, 'time')}; each gap is noted in the session.")
    if status.path is not None and status.messages:
        _curve_and_newest(services, status)
    elif status.active and not status.in_gap:
        st.caption("No message has arrived yet. The table fills as soon as somebody publishes.")


def was_paused(status: RecordingStatus, now_ns: int) -> bool:
    """Whether the recorder's seconds leave something out: pages of a session count from its start to its end."""
    lasted_s = ((status.ended_ns or now_ns) - status.started_ns) / NS_PER_SECOND
    return lasted_s - status.elapsed_s > SHORTEST_PAUSE_S


def _marks(services: Services, status: RecordingStatus) -> None:
    """How many there are, and the last one."""
    if status.path is None:
        return
    with services.read_session(status.path) as reader:
        marks = [event for event in reader.events() if event.kind is EventKind.MARK]
    if marks:
        last = f"{fmt.moment(marks[-1].at_ns, zone())} {shortened(marks[-1].text)}"
        st.caption(f":material/flag: {fmt.counted(len(marks), 'mark')}, the last one at {plain(last.strip())}")


def _limit(status: RecordingStatus) -> None:
    if status.duration_s:
        share = min(1.0, status.elapsed_s / status.duration_s)
        st.progress(share, f"{fmt.duration(status.elapsed_s)} of {fmt.duration(status.duration_s)}")
    if status.max_messages:
        share = min(1.0, status.messages / status.max_messages)
        st.progress(share, f"{fmt.number(status.messages)} of {fmt.messages(status.max_messages)}")


def curve(counts: Mapping[int, int], lasted_s: int) -> alt.Chart:
    """`counts` are messages by second from now, negative; it begins with the recording, which has lasted `lasted_s`."""
    seconds = range(-min(CURVE_SECONDS, lasted_s), 0)
    table = pd.DataFrame({"second": list(seconds), "messages": [counts.get(second, 0) for second in seconds]})
    ticks = list(range(-CURVE_SECONDS, 1, TICK_SECONDS))
    chart: alt.Chart = alt.Chart(table, height=170).mark_area(color=ACCENT).encode(
        alt.X(
            "second:Q",
            title="seconds from now",
            axis=alt.Axis(values=ticks, grid=False),
            scale=alt.Scale(domain=[-CURVE_SECONDS, 0]),
        ),
        alt.Y("messages:Q", title="msg/s", axis=alt.Axis(tickCount=4, tickMinStep=1)),
        tooltip=[alt.Tooltip("second:Q", title="seconds from now"), alt.Tooltip("messages:Q", title="messages")],
    )  # fmt: skip
    return chart


def _curve_and_newest(services: Services, status: RecordingStatus) -> None:
    assert status.path is not None
    with services.read_session(status.path) as reader:
        last = int((services.clock.now_ns() - reader.metadata.started_ns) // 1_000_000_000)
        seconds = reader.activity(last - CURVE_SECONDS, last)
        newest = reader.newest(NEWEST)
    st.caption("Messages per second in the last two minutes")
    st.altair_chart(curve({second - last: messages for second, messages, _ in seconds}, last))
    st.caption(f"The newest messages, times in {zone().key}")
    messages_table(list(reversed(newest)), zone())
