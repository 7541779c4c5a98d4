"""Which part of a session is replayed, how often, and how its silences are treated."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import streamlit as st

from app import format as fmt
from app.state import Key, chosen, optional_number, zone
from app.widgets.cached import marks_of, stamp_of
from app.widgets.problems import reversed_hint
from app.widgets.text import parts, plain
from core.message import NS_PER_SECOND
from replay.marks import Mark
from replay.status import ReplayRequest
from store.catalog import SessionEntry

MOST_LOOPS: Final = 1_000_000
LONGEST_S: Final = 366 * 86_400.0
"""Seconds that a pause or a silence may be given: a year, so that a slip of the finger is no hour without end."""


def range_belongs_to(entry: SessionEntry) -> None:
    """A part that was chosen of another session means nothing here. To be called before the fields are drawn."""
    if chosen(Key.REPLAY_RANGE_OF, entry.id) != entry.id:
        st.session_state.update({str(Key.REPLAY_FROM): None, str(Key.REPLAY_TO): None})
    st.session_state[Key.REPLAY_RANGE_OF] = entry.id


def range_fields(entry: SessionEntry) -> None:
    """Two positions, each typed or taken from a mark, and the same as moments."""
    marks = marks_of(entry.path, stamp_of(entry))
    start, end = st.columns(2)
    with start:
        _position("From (s)", Key.REPLAY_FROM, "start", "Seconds since the start of the session.")
        _mark_choice("From a mark", Key.REPLAY_FROM_MARK, Key.REPLAY_FROM, marks)
    with end:
        _position("To (s)", Key.REPLAY_TO, "end", "Seconds since the start of the session, not included.")
        _mark_choice("To a mark", Key.REPLAY_TO_MARK, Key.REPLAY_TO, marks)
    if not reversed_hint(Key.REPLAY_FROM, Key.REPLAY_TO):
        _moments(entry, marks)


def _position(label: str, key: Key, placeholder: str, words: str) -> None:
    st.number_input(label, min_value=0.0, value=None, step=1.0, format="%g", key=key, placeholder=placeholder,
                    help=words, persist_state="session")  # fmt: skip


def _mark_choice(label: str, key: Key, target: Key, marks: list[Mark]) -> None:
    """Puts the position of a mark into `target`, and is empty again."""
    if marks:
        st.selectbox(
            label,
            range(len(marks)),
            index=None,
            format_func=lambda number: _called(marks[number]),
            key=key,
            placeholder="Choose a mark",
            on_change=_take_mark,
            args=(key, target, marks),
            label_visibility="collapsed",
        )


def _take_mark(key: Key, target: Key, marks: list[Mark]) -> None:
    number = st.session_state[key]
    if isinstance(number, int) and number < len(marks):
        st.session_state[target] = max(0.0, round(marks[number].position_s, 3))
    st.session_state[key] = None


def _called(mark: Mark) -> str:
    return f"{mark.text or 'Mark'} · {fmt.position(mark.position_s, digits=1)}"


def _moments(entry: SessionEntry, marks: list[Mark]) -> None:
    """What was typed as seconds, as times of the recording."""
    words = []
    for label, key in (("From", Key.REPLAY_FROM), ("To", Key.REPLAY_TO)):
        position_s = optional_number(key)
        if position_s is not None and entry.metadata is not None:
            at = fmt.moment(entry.metadata.started_ns + round(position_s * NS_PER_SECOND), zone(), fraction=True)
            names = [mark.text for mark in marks if mark.text and abs(mark.position_s - position_s) < 0.001]
            words.append(plain(f"{label} {at}" + (f" ({names[0]})" if names else "") + _beyond(entry, position_s)))
    if words:
        st.caption(parts(*words))


def _beyond(entry: SessionEntry, position_s: float) -> str:
    """Said of what was typed too far."""
    length_s = entry.summary.duration_s if entry.summary else position_s
    return f", after the end of the session ({fmt.position(length_s, digits=1)})" if position_s > length_s else ""


def repetition_fields() -> None:
    """Loops, the pause between them, and the longest silence."""
    times, pause, gap = st.columns(3, vertical_alignment="top")
    with times:
        for_ever = chosen(Key.REPLAY_FOR_EVER, default=False)
        st.number_input("Repetitions", 1, MOST_LOOPS, 1, key=Key.REPLAY_LOOP, disabled=for_ever,
                        help="How many times the part is played.", persist_state="session")  # fmt: skip
        st.checkbox("For ever, until it is stopped", key=Key.REPLAY_FOR_EVER, persist_state="session")
    with pause:
        st.number_input("Pause between repetitions (s)", 0.0, LONGEST_S, 0.0, 1.0, format="%g",
                        key=Key.REPLAY_LOOP_PAUSE, help="In the session's time: at 10x it takes a tenth.",
                        persist_state="session")  # fmt: skip
    with gap:
        st.number_input("Longest silence (s)", 0.0, LONGEST_S, None, 1.0, format="%g", key=Key.REPLAY_MAX_GAP,
                        placeholder="as recorded", persist_state="session",
                        help="Where the recording was silent for longer, the replay goes on after so many seconds of "
                        "the session's time.")  # fmt: skip


def repetition_summary(request: ReplayRequest) -> str:
    """What is set there, in a line."""
    times = "for ever" if request.loop is None else "once" if request.loop == 1 else f"{fmt.number(request.loop)} times"
    pause = f"{fmt.duration(request.loop_pause_s)} apart" if request.loop_pause_s and request.loop != 1 else ""
    gap = "" if request.max_gap_s is None else f"silences of at most {fmt.duration(request.max_gap_s)}"
    return ", ".join(word for word in (times, pause, gap) if word)


def with_range(request: ReplayRequest) -> ReplayRequest:
    """With what the fields say."""
    return replace(
        request,
        start_s=optional_number(Key.REPLAY_FROM) or 0.0,
        end_s=optional_number(Key.REPLAY_TO),
        loop=None if chosen(Key.REPLAY_FOR_EVER, default=False) else chosen(Key.REPLAY_LOOP, 1),
        loop_pause_s=optional_number(Key.REPLAY_LOOP_PAUSE) or 0.0,
        max_gap_s=optional_number(Key.REPLAY_MAX_GAP),
    )
