"""What to record: the form, and the request that is made from it."""

from __future__ import annotations

import streamlit as st

from app.state import Key, chosen, lines, optional_number
from app.widgets.problems import hint
from aps.topics import PRESETS
from core.topics import why_invalid_filter
from recorder.recorder import RecordingRequest

ALL_TOPICS = "#"
SECONDS_PER_MINUTE = 60.0


def recording_form() -> None:
    """Name, source, note, topics and limits. Every field may stay as it is."""
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("About it", anchor=False)
        st.text_input(
            "Name", key=Key.RECORD_NAME, placeholder="Named after the time if left empty", persist_state="session"
        )
        st.text_input(
            "Source",
            key=Key.RECORD_SOURCE,
            placeholder="Where it is recorded, e.g. APS line 1",
            persist_state="session",
        )
        st.text_area("Note", key=Key.RECORD_NOTE, height=80, persist_state="session")
        _limits()
    with right:
        st.subheader("What to record", anchor=False)
        _topics()


def _topics() -> None:
    st.text_area(
        "Topic filters",
        value=ALL_TOPICS,
        key=Key.RECORD_FILTERS,
        height=100,
        help="One per line. # stands for everything below, + for one level: module/v1/ff/+/state",
        persist_state="session",
    )
    for one in lines(Key.RECORD_FILTERS):
        reason = why_invalid_filter(one)
        if reason:
            hint(f"{reason}.")
    st.selectbox("Leave out", list(PRESETS), key=Key.RECORD_PRESET, format_func=_preset_words, persist_state="session")
    st.segmented_control(
        "Quality of service (QoS)",
        [0, 1, 2],
        default=1,
        required=True,
        key=Key.RECORD_QOS,
        help="The highest QoS that messages are delivered with. With 0 a message may be lost on its way; with 1 and 2 "
        "none is while the connection holds. What is published while the connection is lost is not recorded, whatever "
        "the QoS: the session notes the gap.",
        persist_state="session",
    )
    st.checkbox(
        "Also record what the broker has stored",
        key=Key.RECORD_RETAINED,
        help="The retained messages that the broker holds at the start become the initial state of the session.",
        persist_state="session",
    )


def _limits() -> None:
    minutes, count = st.columns(2)
    minutes.number_input(
        "Stop after (minutes)",
        min_value=0.01,
        value=None,
        step=1.0,
        key=Key.RECORD_MINUTES,
        placeholder="no limit",
        persist_state="session",
    )
    count.number_input(
        "Stop after (messages)",
        min_value=1,
        value=None,
        step=1000,
        key=Key.RECORD_MESSAGES,
        placeholder="no limit",
        persist_state="session",
    )


def _preset_words(name: str) -> str:
    left_out = PRESETS[name]
    return f"{name} (leaves out {', '.join(left_out)})" if left_out else "nothing (record everything)"


def recording_request() -> RecordingRequest:
    """What the form says. An empty list of filters is everything."""
    minutes, count = optional_number(Key.RECORD_MINUTES), optional_number(Key.RECORD_MESSAGES)
    return RecordingRequest(
        name=chosen(Key.RECORD_NAME, "").strip(),
        source=chosen(Key.RECORD_SOURCE, "").strip() or "Unknown",
        note=chosen(Key.RECORD_NOTE, "").strip(),
        filters=lines(Key.RECORD_FILTERS) or (ALL_TOPICS,),
        exclude=PRESETS.get(chosen(Key.RECORD_PRESET, ""), ()),
        qos=chosen(Key.RECORD_QOS, 1),
        retained=chosen(Key.RECORD_RETAINED, False),  # noqa: FBT003 - the default of the checkbox
        duration_s=None if minutes is None else minutes * SECONDS_PER_MINUTE,
        max_messages=None if count is None else int(count),
    )
