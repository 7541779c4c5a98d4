"""A running recording in figures: counters, what may be missing, the curve, the busiest topics, the newest messages."""

from __future__ import annotations

from math import ceil
from pathlib import Path

import streamlit as st

from app import format as fmt
from app.live_session import LiveSession
from app.services import Services
from app.state import zone
from app.widgets.messages_table import messages_table
from app.widgets.metrics import metrics
from app.widgets.problems import hint
from app.widgets.recorder_here import recorder_here
from app.widgets.recording_busiest import busiest_topics
from app.widgets.recording_curve import recording_curve
from app.widgets.text import plain, shortened
from core.message import NS_PER_SECOND
from recorder.ledger import verdict
from recorder.recorder import RecordingStatus
from store.metadata import Status

SHORTEST_PAUSE_S = 0.5
"""Seconds; less than this is no pause but the time that a start takes."""
QUEUE = "Queue and lag"
KEPT = 8
"""Sessions whose figures are remembered."""


def recording_figures(services: Services) -> None:
    """Draws them from a snapshot; cheap enough for once a second, however long the recording is."""
    status = recorder_here(services).status()
    _counters(status, services.clock.now_ns())
    _progress(status)
    _marks(status)
    if status.problem:
        hint(status.problem)
    _missing(status)
    if status.path is not None and status.messages:
        _read_from_session(services, status, status.path)
    elif status.active and not status.in_gap and status.state is Status.IN_PROGRESS:
        st.caption("No message has arrived yet. The table fills as soon as somebody publishes.")


def _counters(status: RecordingStatus, now_ns: int) -> None:
    recorded = "Without pauses" if was_paused(status, now_ns) else "Recorded"
    metrics(
        {
            "Messages": fmt.number(status.messages),
            "Rate": fmt.rate(status.rate_per_s),
            "On disk": fmt.size(status.size_bytes),
            "Topics": fmt.number(status.topics),
            recorded: fmt.duration(status.elapsed_s),
            QUEUE: f"{fmt.number(status.queued)} msg, {fmt.duration(status.lag_s)}",
        },
        {
            "On disk": f"Of both files, as large as they will be in the end. Payloads alone: {fmt.size(status.bytes)}.",
            QUEUE: "How many messages wait for the disk, and since when the oldest of them does. Nothing is dropped "
            f"meanwhile. So far {fmt.number(status.queued_most)} at most.",
        },
    )


def was_paused(status: RecordingStatus, now_ns: int) -> bool:
    """Whether the recorder's seconds leave something out: pages of a session count from its start to its end."""
    lasted_s = ((status.ended_ns or now_ns) - status.started_ns) / NS_PER_SECOND
    return lasted_s - status.elapsed_s > SHORTEST_PAUSE_S


def _progress(status: RecordingStatus) -> None:
    """A sample is one second of the recording."""
    sample = int(status.elapsed_s) + 1
    so_far = f"{fmt.messages(status.messages)} so far"
    if status.duration_s:
        last = ceil(status.duration_s)
        share = min(1.0, status.elapsed_s / status.duration_s)
        st.progress(share, f"Sample {fmt.number(min(sample, last))} of {fmt.number(last)}, one per second · {so_far}")
    else:
        st.caption(f"Sample {fmt.number(sample)}, one per second · {so_far}")
    if status.max_messages:
        share = min(1.0, status.messages / status.max_messages)
        st.progress(share, f"{fmt.number(status.messages)} of {fmt.messages(status.max_messages)}")
    if status.max_bytes:
        share = min(1.0, status.size_bytes / status.max_bytes)
        st.progress(share, f"{fmt.size(status.size_bytes)} of {fmt.size(status.max_bytes)} on disk")


def _marks(status: RecordingStatus) -> None:
    """How many there are, and the last one."""
    mark = status.last_mark
    if mark is not None:
        last = f"{fmt.moment(mark.at_ns, zone())} {shortened(mark.text)}"
        st.caption(f":material/flag: {fmt.counted(status.marks, 'mark')}, the last one at {plain(last.strip())}")


def _missing(status: RecordingStatus) -> None:
    """The gaps, and what follows from them."""
    if status.in_gap:
        hint("There is no connection to the broker. It is tried again; the gap is noted in the session.")
    if not may_be_missing(status) and not status.in_gap:
        st.caption(f":material/verified_user: {plain(verdict(status.losses))}")


def may_be_missing(status: RecordingStatus) -> bool:
    """Says what may be missing; False, and nothing is drawn, if there is no sign that anything is."""
    if not status.losses.noteworthy:
        return False
    lost = f"The connection was lost {fmt.counted(status.gaps, 'time')}. " if status.gaps else ""
    st.caption(f":orange[:material/warning: {lost}{plain(verdict(status.losses))}]")
    return True


def _read_from_session(services: Services, status: RecordingStatus, path: Path) -> None:
    figures = _live_session(path).look(status, services.clock.now_ns())
    recording_curve(figures)
    if figures.busiest:
        busiest_topics(figures.busiest)
    st.caption(f"The newest messages, times in {zone().key}")
    messages_table(figures.newest, zone())


@st.cache_resource(show_spinner=False, max_entries=KEPT)
def _live_session(path: Path) -> LiveSession:
    return LiveSession(path)
