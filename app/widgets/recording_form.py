"""What to record: the form, and the request that is made from it."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from app.settings import Settings
from app.sources import as_known, known_sources
from app.state import Key, chosen
from app.widgets.recording_duration import chosen_duration, recording_duration
from app.widgets.recording_limits import limits, recording_limits
from app.widgets.recording_topics import chosen_exclude, chosen_filters, recording_topics
from recorder.recorder import RecordingRequest


def recording_form(settings: Settings, *, guided: bool = False) -> None:
    """Name, source, note, topics and limits. Every field may stay as it is. `guided`: the source comes later."""
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("About it", anchor=False)
        st.text_input(
            "Name", key=Key.RECORD_NAME, placeholder="Named after the time if left empty", persist_state="session"
        )
        if not guided:
            source_field(settings, Key.RECORD_SOURCE)
        st.text_area("Note", key=Key.RECORD_NOTE, height=80, persist_state="session")
        if guided:
            recording_duration()
        recording_limits(with_minutes=not guided)
    with right:
        st.subheader("What to record", anchor=False)
        recording_topics(settings)


def source_field(settings: Settings, key: Key) -> None:
    """One of those from the settings, "Unknown", or typed."""
    st.selectbox(
        "Source",
        known_sources(settings),
        key=key,
        accept_new_options=True,
        help="Where it is recorded. The names come from the settings; any other can be typed.",
        persist_state="session",
    )


def recording_request(settings: Settings, *, guided: bool = False) -> RecordingRequest:
    """What the form says."""
    request = replace(
        limits(),
        name=chosen(Key.RECORD_NAME, "").strip(),
        note=chosen(Key.RECORD_NOTE, "").strip(),
        filters=chosen_filters(),
        exclude=chosen_exclude(settings),
        qos=chosen(Key.RECORD_QOS, 1),
        retained=chosen(Key.RECORD_RETAINED, default=False),
    )
    if guided:
        return replace(request, duration_s=chosen_duration())
    return replace(request, source=as_known(chosen(Key.RECORD_SOURCE, ""), settings))
