"""What to record: the form, and the request that is made from it."""

from __future__ import annotations

import streamlit as st

from app.settings import Settings
from app.sources import as_known, known_sources
from app.state import Key, chosen, optional_number
from app.widgets.recording_topics import chosen_exclude, chosen_filters, recording_topics
from recorder.recorder import RecordingRequest

SECONDS_PER_MINUTE = 60.0


def recording_form(settings: Settings) -> None:
    """Name, source, note, topics and limits. Every field may stay as it is."""
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("About it", anchor=False)
        st.text_input(
            "Name", key=Key.RECORD_NAME, placeholder="Named after the time if left empty", persist_state="session"
        )
        st.selectbox(
            "Source",
            known_sources(settings),
            key=Key.RECORD_SOURCE,
            accept_new_options=True,
            help="Where it is recorded. The names come from the settings; any other can be typed.",
            persist_state="session",
        )
        st.text_area("Note", key=Key.RECORD_NOTE, height=80, persist_state="session")
        _limits()
    with right:
        st.subheader("What to record", anchor=False)
        recording_topics(settings)


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


def recording_request(settings: Settings) -> RecordingRequest:
    """What the form says."""
    minutes, count = optional_number(Key.RECORD_MINUTES), optional_number(Key.RECORD_MESSAGES)
    return RecordingRequest(
        name=chosen(Key.RECORD_NAME, "").strip(),
        source=as_known(chosen(Key.RECORD_SOURCE, ""), settings),
        note=chosen(Key.RECORD_NOTE, "").strip(),
        filters=chosen_filters(),
        exclude=chosen_exclude(settings),
        qos=chosen(Key.RECORD_QOS, 1),
        retained=chosen(Key.RECORD_RETAINED, default=False),
        duration_s=None if minutes is None else minutes * SECONDS_PER_MINUTE,
        max_messages=None if count is None else int(count),
    )
