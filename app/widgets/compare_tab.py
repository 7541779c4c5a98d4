"""This session beside another one: is that a faithful copy, and what is different in its course?"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

import streamlit as st

from analysis.copy_check import TOLERANCE_MS, CopyReport
from analysis.progress import Progress
from app import format as fmt
from app.comparing import Chosen, SessionComparison, compare_sessions
from app.services import get_services
from app.state import Key, zone
from app.widgets.analyse_view import View
from app.widgets.cached import stamp_of
from app.widgets.compare_orders import compared_orders
from app.widgets.compare_tables import course_table, differences_table, templates_table, topics_table
from app.widgets.empty import empty_state
from app.widgets.links import first_steps
from app.widgets.long_work import computed
from app.widgets.metrics import metrics
from app.widgets.problems import hint
from app.widgets.sessions import choices, readable_sessions
from store.catalog import SessionEntry
from store.parts import open_session
from store.reading import Reader

MS_PER_SECOND: Final = 1000
EXPLAINED: Final = {
    "Same": "In both sessions, in whatever order",
    "Missing": "Only in this session, A",
    "Extra": "Only in the other session, B",
    "Changed": "At the same place in both, on the same topic, but not equal",
    "Out of order": "How many of the same ones would have to be moved to have the order of A",
    "Time ±, p99": "99 of 100 messages differ in time by no more; each time counts from the first message of both",
    "Time ±, max": "No message differs in time by more",
}


def compare_tab(view: View) -> None:
    """Draws it."""
    others = {
        one.id: one
        for one in readable_sessions(get_services())
        if one.path != view.entry.path
        and not one.recording  # what grows all the time would be compared for ever
        and one.summary is not None
        and one.summary.messages
    }
    if not others:
        empty_state(
            "compare", "Nothing to compare with", "Record or import a second session that has messages.", first_steps
        )
        return
    other, tolerance_ms = _choice(others)
    chosen = Chosen(view.include, view.exclude, view.span)
    compare = partial(_compare, other=other, chosen=chosen)
    found = computed("compare", view.entry, compare, other.path, stamp_of(other), chosen,
                     doing="Comparing the sessions…")  # fmt: skip
    if found is None:
        return
    copy = replace(found.copy, tolerance_ms=tolerance_ms)
    if not copy.compared:
        st.caption("Neither session has a message in this view. Choose other topics or a longer stretch above.")
        return
    _verdict(copy)
    metrics(_figures(copy), EXPLAINED)
    if view.span is not None:
        st.caption(":material/info: The same stretch of both sessions, in seconds since the start of each.")
    key = f"{Key.COMPARE_TABLE}-{view.entry.id}-{other.id}-{hash(chosen)}"
    if not _are_different_runs(copy):
        differences_table(view.entry, other, copy, f"{key}-differences")
    course_table(view.entry, other, found.runs.course, f"{key}-course")
    compared_orders(found.runs.orders, f"{key}-orders")
    topics_table(found.runs.topics)
    templates_table(found.runs.templates)
    if _are_different_runs(copy):
        differences_table(view.entry, other, copy, f"{key}-differences")


def _choice(others: dict[str, SessionEntry]) -> tuple[SessionEntry, float]:
    """The session B, and by how much times may differ, in milliseconds."""
    words = choices(list(others.values()), zone())
    if st.session_state.get(Key.COMPARE_WITH) not in others:
        st.session_state[Key.COMPARE_WITH] = next(iter(others))
    left, right = st.columns([4, 1])
    picked = left.selectbox("Compare this session (A) with (B)", list(others), format_func=lambda one: words[one],
                            key=Key.COMPARE_WITH, persist_state="session")  # fmt: skip
    tolerance = right.number_input("Times may differ by (ms)", min_value=0.0, value=TOLERANCE_MS, step=10.0,
                                   key=Key.COMPARE_TOLERANCE)  # fmt: skip
    return others[picked], float(tolerance)


def _compare(reader: Reader, progress: Progress, *, other: SessionEntry, chosen: Chosen) -> SessionComparison:
    with open_session(other.path) as theirs:
        return compare_sessions(reader, theirs, chosen, progress=progress)


def _verdict(copy: CopyReport) -> None:
    if copy.faithful:
        st.success(
            "B is a faithful copy of A: the same messages, in the same order, at the same times.",
            icon=":material/verified:",
        )
    elif _are_different_runs(copy):
        st.info(
            f"These are two different recordings: {fmt.messages(copy.same)} are the same. Their course, their orders "
            "and their topics are compared below.",
            icon=":material/compare:",
        )
    else:
        hint(f"B is no faithful copy of A. {' '.join(copy.reasons())}")


def _are_different_runs(copy: CopyReport) -> bool:
    """Whether most messages of A are not in B."""
    return 2 * copy.same < copy.same + copy.missing + copy.changed


def _figures(copy: CopyReport) -> dict[str, str]:
    error = copy.timing_error_ms
    return {
        "Same": fmt.number(copy.same),
        "Missing": fmt.number(copy.missing),
        "Extra": fmt.number(copy.extra),
        "Changed": fmt.number(copy.changed),
        "Out of order": fmt.number(copy.out_of_order),
        "Time ±, p99": _time(error.p99) if copy.same else fmt.NOTHING,
        "Time ±, max": _time(error.max) if copy.same else fmt.NOTHING,
    }


def _time(milliseconds: float) -> str:
    """Tenths of a millisecond matter in a copy, and nothing of the kind between two runs."""
    return f"{milliseconds:.1f} ms" if milliseconds < MS_PER_SECOND else fmt.duration(milliseconds / MS_PER_SECOND)
