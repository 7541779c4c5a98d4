"""What is recorded of what a broker has: topic filters, what is left out, quality of service, stored messages."""

from __future__ import annotations

import streamlit as st

from app.presets import left_out, presets
from app.settings import Settings
from app.state import Key, chosen, lines
from app.widgets.problems import hint
from app.widgets.text import plain
from core.topics import why_invalid_filter

ALL_TOPICS = "#"
COST_OF_QOS = {
    0: "QoS 0: a message may be lost on its way, and each is recorded as QoS 0.",
    1: "QoS 1: no message is lost on its way; one that was published with QoS 2 is recorded as QoS 1.",
    2: "QoS 2: each message is recorded with its publisher's own QoS; one with QoS 2 takes two round trips to the "
    "broker instead of one, and can be lost if the program is killed while it is under way.",
}


def recording_topics(settings: Settings) -> None:
    """Draws the fields."""
    st.text_area(
        "Topic filters",
        value=ALL_TOPICS,
        key=Key.RECORD_FILTERS,
        height=100,
        help="One per line. # stands for everything below, + for one level: module/v1/ff/+/state",
        persist_state="session",
    )
    _explain_wrong(Key.RECORD_FILTERS)
    _left_out(settings)
    _quality_of_service()
    st.checkbox(
        "Also record what the broker has stored",
        key=Key.RECORD_RETAINED,
        help="The retained messages that the broker holds at the start become the initial state of the session, marked "
        "as such.",
        persist_state="session",
    )


def _left_out(settings: Settings) -> None:
    st.pills(
        "Leave out",
        list(presets(settings)),
        selection_mode="multi",
        wrap=True,
        format_func=plain,
        key=Key.RECORD_PRESETS,
        help="Presets of the factory and of the settings file. What is left out is received, but not written.",
        persist_state="session",
    )
    st.text_area(
        "Leave out as well",
        key=Key.RECORD_EXCLUDE,
        height=68,
        placeholder="Topic filters, one per line",
        persist_state="session",
    )
    _explain_wrong(Key.RECORD_EXCLUDE)
    exclude = chosen_exclude(settings)
    words = ", ".join(exclude) if exclude else "nothing: all that the filters match is written"
    st.caption(f"Left out: {plain(words)}")


def _explain_wrong(key: Key) -> None:
    for one in lines(key):
        reason = why_invalid_filter(one)
        if reason:
            hint(f"{reason}.")


def _quality_of_service() -> None:
    qos = st.segmented_control(
        "Quality of service (QoS)",
        [0, 1, 2],
        default=1,
        required=True,
        key=Key.RECORD_QOS,
        help="The highest QoS that messages are delivered with. What is published while the connection is lost is "
        "missing with 0; with 1 and 2 the broker keeps it for the recording, as far as its queue reaches, but for what "
        "was published with 0. The session notes each gap.",
        persist_state="session",
    )
    st.caption(COST_OF_QOS[qos])


def chosen_filters() -> tuple[str, ...]:
    """What is subscribed to; everything if the field is empty."""
    return lines(Key.RECORD_FILTERS) or (ALL_TOPICS,)


def chosen_exclude(settings: Settings) -> tuple[str, ...]:
    """The filters of the chosen presets and those typed, each once."""
    known = presets(settings)
    names = [name for name in chosen(Key.RECORD_PRESETS, list[str]()) if name in known]
    return tuple(dict.fromkeys([*left_out(names, known), *lines(Key.RECORD_EXCLUDE)]))
