"""When a recording ends by itself, and when it goes on in a new part."""

from __future__ import annotations

import streamlit as st

from app.state import Key, optional_number
from recorder.recorder import RecordingRequest

SECONDS_PER_MINUTE = 60.0
BYTES_PER_MB = 1_000_000
LEAST_PART_MINUTES = 0.02
"""The recorder takes parts of a second and more."""


def recording_limits(*, with_minutes: bool) -> None:
    """Draws the fields; empty ones are no limit. `with_minutes`: also the one of the duration."""
    minutes, count = st.columns(2) if with_minutes else (None, st.container())
    if minutes is not None:
        with minutes:
            _field("Stop after (minutes)", Key.RECORD_MINUTES, least=0.01)
    count.number_input(
        "Stop after (messages)",
        min_value=1,
        value=None,
        step=1000,
        key=Key.RECORD_MESSAGES,
        placeholder="no limit",
        persist_state="session",
    )
    with st.expander("More limits", icon=":material/tune:"):
        _field("Stop at a size of (MB)", Key.RECORD_MAX_MB, least=0.001, help="Of both files together.")
        size, time = st.columns(2)
        with size:
            _field("New part after (MB)", Key.RECORD_SPLIT_MB, least=1.0, placeholder="one part")
        with time:
            _field("New part after (minutes)", Key.RECORD_SPLIT_MINUTES, LEAST_PART_MINUTES, placeholder="one part")
        st.caption("Parts are files of a handy size. Everywhere in this program they are one session.")


def _field(label: str, key: Key, least: float, placeholder: str = "no limit", help: str | None = None) -> None:  # noqa: A002 - as Streamlit calls it
    st.number_input(
        label,
        min_value=least,
        value=None,
        step=1.0,
        format="%g",
        key=key,
        placeholder=placeholder,
        help=help,
        persist_state="session",
    )


def limits() -> RecordingRequest:
    """A request for everything, with the limits that the fields say."""
    count = optional_number(Key.RECORD_MESSAGES)
    return RecordingRequest(
        duration_s=_times(Key.RECORD_MINUTES, SECONDS_PER_MINUTE),
        max_messages=None if count is None else int(count),
        max_bytes=_bytes(Key.RECORD_MAX_MB),
        split_bytes=_bytes(Key.RECORD_SPLIT_MB),
        split_s=_times(Key.RECORD_SPLIT_MINUTES, SECONDS_PER_MINUTE),
    )


def _times(key: Key, unit: float) -> float | None:
    found = optional_number(key)
    return None if found is None else found * unit


def _bytes(key: Key) -> int | None:
    found = _times(key, BYTES_PER_MB)
    return None if found is None else round(found)
