"""What is different in two sessions, as tables: messages, course, topics, templates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pandas as pd
import streamlit as st

from analysis.compare import TopicChange, TopicPair
from analysis.copy_check import CopyReport
from analysis.copy_differences import Difference
from analysis.key_messages import Course, KeyMessage, Step
from analysis.template_compare import TemplatePair
from app import format as fmt
from app.state import Key
from app.widgets.findings import Link, linked_rows
from app.widgets.text import plain
from core.message import NS_PER_SECOND
from store.catalog import SessionEntry

MOST_ROWS: Final = 2_000
CONTEXT: Final = 5
"""So many steps before the first difference are shown where there are more than MOST_ROWS."""
WIDE: Final = st.column_config.TextColumn(width=320)


def differences_table(left: SessionEntry, right: SessionEntry, copy: CopyReport, key: str) -> None:
    """The first messages that are not the same; a row opens the message, of A if A has it."""
    if not copy.differences and not copy.latest:
        return
    st.subheader("Messages that differ", anchor=False)
    if copy.differences:
        if copy.different > len(copy.differences):
            st.caption(f":material/info: The first {len(copy.differences):,} of {fmt.number(copy.different)}.")
        rows = copy.differences
        table = pd.DataFrame(
            {
                "What": [one.kind.replace("_", " ") for one in rows],
                "Topic": [one.topic for one in rows],
                "In A": [_offset(left, one.left_at_ns) for one in rows],
                "In B": [_offset(right, one.right_at_ns) for one in rows],
                "Changed": [", ".join(one.changes) for one in rows],
            }
        )
        linked_rows(key, table, [_link(left, right, one) for one in rows], {"Topic": WIDE})
    if copy.latest:
        with st.expander("Messages whose time differs most", icon=":material/timer:"):
            table = pd.DataFrame(
                {
                    "Later in B by (ms)": [round(one.error_ms, 3) for one in copy.latest],
                    "Topic": [one.topic for one in copy.latest],
                    "Message of A": [one.left_id for one in copy.latest],
                    "Message of B": [one.right_id for one in copy.latest],
                }
            )
            linked_rows(f"{key}-times", table, [(left, one.left_id) for one in copy.latest], {"Topic": WIDE})


def _offset(entry: SessionEntry, at_ns: int | None) -> str:
    if at_ns is None or entry.metadata is None:
        return fmt.NOTHING
    return fmt.offset((at_ns - entry.metadata.started_ns) / NS_PER_SECOND)


def _link(left: SessionEntry, right: SessionEntry, one: Difference) -> Link | None:
    if one.left_id is not None:
        return left, one.left_id
    return None if one.right_id is None else (right, one.right_id)


def course_table(left: SessionEntry, right: SessionEntry, course: Course, key: str) -> None:
    """The key messages of both, aligned."""
    st.subheader("Course", anchor=False)
    if not course.steps:
        st.caption("Neither session has messages that tell how things went on: orders, commands, states.")
        return
    place = course.first_difference
    st.caption(
        f"{fmt.number(course.common)} of {fmt.counted(len(course.steps), 'key message')} are in both, in this order, "
        "whatever their times and ids are."
    )
    if course.cut:
        st.caption(":material/info: There are more; what comes after the first 20,000 of a session is not aligned.")
    if place is None:
        st.caption(":material/check: The same course.")
    else:
        st.caption(f":material/first_page: {plain(_first_words(course.steps[place]))}")
    only = st.toggle("Only what differs", key=Key.COMPARE_ONLY)
    begin = max(0, (place or 0) - CONTEXT) if len(course.steps) > MOST_ROWS else 0
    numbered = [(number, step) for number, step in enumerate(course.steps) if number >= begin]
    rows = [(number, step) for number, step in numbered if not (only and step.common)][:MOST_ROWS]
    if not rows:
        return
    table = pd.DataFrame(
        {
            "": ["" if step.common else "first ≠" if number == place else "≠" for number, step in rows],
            "In A": [_at(step.left) for _, step in rows],
            "A": [step.left.label if step.left else "" for _, step in rows],
            "B": [step.right.label if step.right else "" for _, step in rows],
            "In B": [_at(step.right) for _, step in rows],
        }
    )
    links = [(left, step.left.id) if step.left else (right, step.right.id) if step.right else None for _, step in rows]
    linked_rows(key, table, links, {"A": WIDE, "B": WIDE})


def _first_words(step: Step) -> str:
    here = [(side, one) for side, one in (("A", step.left), ("B", step.right)) if one]
    return "The first difference: " + " and ".join(
        f"only {side} has “{one.label}”, at {fmt.offset(one.offset_s)}" for side, one in here
    )


def _at(message: KeyMessage | None) -> str:
    return fmt.offset(message.offset_s) if message else ""


def topics_table(pairs: Sequence[TopicPair]) -> None:
    """All topics; those that have changed come first."""
    st.subheader("Topics", anchor=False)
    changed = sum(pair.change is not TopicChange.ALIKE for pair in pairs)
    st.caption(
        f"{fmt.counted(changed, 'topic')} of {fmt.number(len(pairs))} appear, vanish, or carry another rate: by half "
        "as much again at least, and by more than chance explains."
    )
    rows = sorted(pairs, key=lambda pair: (_ORDER[pair.change], pair.topic))[:MOST_ROWS]
    table = pd.DataFrame(
        {
            "Topic": [pair.topic for pair in rows],
            "Change": [pair.change.value for pair in rows],
            "Messages in A": [pair.left_messages for pair in rows],
            "Messages in B": [pair.right_messages for pair in rows],
            "Rate in A (msg/s)": [round(pair.left_rate, 3) for pair in rows],
            "Rate in B (msg/s)": [round(pair.right_rate, 3) for pair in rows],
        }
    )
    st.dataframe(table, hide_index=True, row_height=30, height=min(420, 30 * (len(table) + 1) + 10),
                 column_config={"Topic": WIDE})  # fmt: skip


_ORDER: Final = {
    TopicChange.APPEARED: 0,
    TopicChange.VANISHED: 1,
    TopicChange.BUSIER: 2,
    TopicChange.QUIETER: 3,
    TopicChange.ALIKE: 4,
}


def templates_table(pairs: Sequence[TemplatePair]) -> None:
    """The templates that differ, a row for each field."""
    st.subheader("Templates", anchor=False)
    if not pairs:
        st.caption(":material/check: The messages of both have the same fields, types and words.")
        return
    rows = [(pair, one) for pair in pairs for one in pair.fields or (None,)][:MOST_ROWS]
    table = pd.DataFrame(
        {
            "Topic": [pair.topic for pair, _ in rows],
            "Change": [pair.change.value for pair, _ in rows],
            "Field": [one.path if one else "" for _, one in rows],
            "What": [one.what if one else "" for _, one in rows],
        }
    )
    st.dataframe(table, hide_index=True, row_height=30, height=min(420, 30 * (len(table) + 1) + 10),
                 column_config={"Topic": WIDE, "What": WIDE})  # fmt: skip
