"""How times inside payloads move, with examples from the session itself."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from app.state import Key, chosen, lines
from app.widgets.cached import shift_examples_of, stamp_of
from app.widgets.problems import hint, why_failed
from core.message import NS_PER_SECOND
from replay.schedule import why_invalid
from replay.status import ReplayRequest, TimeShift
from replay.time_fields import FieldRule
from replay.time_shift import ShiftExample
from store.catalog import SessionEntry

CHOICES = {
    "as recorded": TimeShift.NONE,
    "move with the start": TimeShift.RUN,
    "move with each message": TimeShift.MESSAGE,
}
UNCHANGED, WITH_START, WITH_EACH = CHOICES
EXPLAINED = {
    UNCHANGED: "Payloads stay as they are, byte for byte: a dashboard that plots by the times in them shows the past.",
    WITH_START: "All by the same offset, so that the start of the replay is now: past stays past, distances are kept. "
    "At other speeds than 1x they drift away from the clock.",
    WITH_EACH: "Each message's by as much as the message itself has moved: at every speed they are from now, and "
    "distances shrink or grow with the speed.",
}
_MINUTE_NS = 60 * NS_PER_SECOND


def time_fields(entry: SessionEntry, request: ReplayRequest, now_ns: int) -> None:
    """The choice, which fields, and a preview: what the times would become if the replay began at `now_ns`."""
    how = st.segmented_control("Times in JSON payloads", list(CHOICES), default=UNCHANGED, required=True,
                               key=Key.REPLAY_SHIFT, wrap=True, persist_state="session")  # fmt: skip
    st.caption(EXPLAINED[how])
    if CHOICES[how] is TimeShift.NONE:
        return
    st.text_area("Fields that are times", key=Key.REPLAY_SHIFT_FIELDS, height=80, persist_state="session",
                 placeholder="Found by themselves; or one name per line, e.g. timestamp or *At",
                 help="Empty: timestamp, ts, names that end in At, and fields whose values are times throughout the "
                 "session. * stands for any part of a name.")  # fmt: skip
    wrong = why_failed(FieldRule, request.shift_fields)
    if wrong:
        hint(wrong)
    elif not why_invalid(request):
        _preview(entry, request, now_ns)


def _preview(entry: SessionEntry, request: ReplayRequest, now_ns: int) -> None:
    """Whole minutes, so that it is not made anew at each click."""
    asked = ReplayRequest(
        entry.path,
        include=request.include,
        exclude=request.exclude,
        start_s=request.start_s,
        shift=request.shift,
        shift_fields=request.shift_fields,
    )
    examples = shift_examples_of(entry.path, stamp_of(entry), asked, now_ns - now_ns % _MINUTE_NS)
    if not examples:
        hint("No time was found in the payloads of these topics, so nothing would move. Name the fields above.")
        return
    st.caption("If the replay had begun with this minute, for example:")
    st.dataframe(as_table(examples), hide_index=True, height="content" if len(examples) <= 6 else 248)


def as_table(examples: list[ShiftExample]) -> pd.DataFrame:
    """One row for each example."""
    rows = [(one.field, one.before, one.after, one.topic) for one in examples]
    return pd.DataFrame(rows, columns=["Field", "Recorded", "Published", "Topic"])


def time_summary(request: ReplayRequest) -> str:
    """What is set there, in a line."""
    how = next(words for words, shift in CHOICES.items() if shift is request.shift)
    if request.shift is TimeShift.NONE or not request.shift_fields:
        return how
    return f"{how}, chosen fields only"


def with_times(request: ReplayRequest) -> ReplayRequest:
    """With what the fields say."""
    shift = CHOICES.get(chosen(Key.REPLAY_SHIFT, UNCHANGED), TimeShift.NONE)
    fields = lines(Key.REPLAY_SHIFT_FIELDS) if shift is not TimeShift.NONE else ()
    return replace(request, shift=shift, shift_fields=fields)
