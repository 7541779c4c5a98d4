"""How a session is replayed: speed, topics, QoS, retain flags, repetitions."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.state import Key, chosen, lines, optional_number
from app.widgets.problems import hint, reversed_hint
from app.widgets.replay_speeds import FASTEST, SLOWEST, SPEEDS
from core.topics import why_invalid_filter
from replay.player import ReplayRequest

OTHER = "other"
ORIGINAL = "1x"
AS_RECORDED = "as recorded"


def _speed_choice() -> None:
    """Presets, `max`, or any number."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        picked = st.segmented_control(
            "Speed", [*SPEEDS, OTHER], default=ORIGINAL, required=True, key=Key.REPLAY_SPEED, persist_state="session",
            wrap=True,
            help="Times the original speed. max publishes as fast as the broker confirms.",
        )  # fmt: skip
        if picked == OTHER:
            st.number_input("Times the original speed", SLOWEST, FASTEST, 1.0, key=Key.REPLAY_OTHER_SPEED, width=180)


def chosen_speed() -> float | None:
    """Times the original speed, which is the default; None is as fast as the broker confirms."""
    picked = chosen(Key.REPLAY_SPEED, ORIGINAL)
    return chosen(Key.REPLAY_OTHER_SPEED, 1.0) if picked == OTHER else SPEEDS.get(picked, 1.0)


def replay_form() -> None:
    """Every field may stay as it is: the whole session, as it was recorded."""
    _speed_choice()
    with st.expander("Part, topics, QoS and repetitions", icon=":material/tune:"):
        left, right = st.columns(2, gap="large")
        with left:
            _filters("Only these topics", Key.REPLAY_INCLUDE, "All topics; or one filter per line, e.g. ccu/#")
            _filters("Without these topics", Key.REPLAY_EXCLUDE, "None; or one filter per line")
            _part()
        with right:
            st.segmented_control("QoS", [AS_RECORDED, "0", "1", "2"], default=AS_RECORDED, required=True,
                                 key=Key.REPLAY_QOS)  # fmt: skip
            st.segmented_control("Retain flag", [AS_RECORDED, "never"], default=AS_RECORDED, required=True,
                                 key=Key.REPLAY_RETAIN)  # fmt: skip
            st.number_input("Repetitions", 1, 1_000_000, 1, key=Key.REPLAY_LOOP, width=180)


def _part() -> None:
    start, end = st.columns(2)
    start.number_input("From (s)", min_value=0.0, value=None, step=1.0, key=Key.REPLAY_FROM, placeholder="start",
                       help="Seconds since the start of the session")  # fmt: skip
    end.number_input("To (s)", min_value=0.0, value=None, step=1.0, key=Key.REPLAY_TO, placeholder="end",
                     help="Seconds since the start of the session, not included")  # fmt: skip
    reversed_hint(Key.REPLAY_FROM, Key.REPLAY_TO)


def _filters(label: str, key: Key, placeholder: str) -> None:
    st.text_area(label, key=key, placeholder=placeholder, height=80)
    for one in lines(key):
        reason = why_invalid_filter(one)
        if reason:
            hint(f"{reason}.")


def replay_request(session: Path) -> ReplayRequest:
    """What the form says."""
    qos = chosen(Key.REPLAY_QOS, AS_RECORDED)
    return ReplayRequest(
        session=session,
        speed=chosen_speed(),
        include=lines(Key.REPLAY_INCLUDE),
        exclude=lines(Key.REPLAY_EXCLUDE),
        start_s=optional_number(Key.REPLAY_FROM) or 0.0,
        end_s=optional_number(Key.REPLAY_TO),
        loop=chosen(Key.REPLAY_LOOP, 1),
        qos=None if qos == AS_RECORDED else int(qos),
        retain=chosen(Key.REPLAY_RETAIN, AS_RECORDED) == AS_RECORDED,
    )
