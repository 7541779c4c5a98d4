"""New sessions out of one: what is in view or a case as a small session, and a copy that can be shown outside."""

from __future__ import annotations

from collections.abc import Callable, Hashable

import streamlit as st

from analysis.cut_selection import CutRequest
from analysis.progress import Progress
from analysis.redaction_rules import RedactionRules
from app import format as fmt
from app.cutting import cut_out, pictures_of, redact
from app.services import get_services
from app.state import Key, chosen
from app.widgets.analyse_view import View
from app.widgets.links import analyse_link
from app.widgets.long_work import computed
from app.widgets.text import plain
from aps.order_values import Order
from store.catalog import SessionEntry
from store.reading import Reader

IN_VIEW, CASE, REDACTED = "What is in view", "A case", "A copy to show"
EXPLAINED = {
    IN_VIEW: "The stretch and the topics that are chosen above become a session of their own.",
    CASE: "Every message that carries this id, or an id that follows from it, becomes a session of its own.",
    REDACTED: "The whole session, with placeholders for what is not for everybody.",
}
Made = tuple[str, str]
"""The id of the new session, and a sentence about it."""


def cut_popover(view: View) -> None:
    """A button that opens the choice of what becomes a session."""
    with st.popover("Cut", icon=":material/content_cut:"):
        what = st.segmented_control("Make a session of", list(EXPLAINED), default=IN_VIEW, required=True,
                                    key=Key.CUT_WHAT)  # fmt: skip
        st.caption(EXPLAINED[what])
        {IN_VIEW: _in_view, CASE: _case, REDACTED: _redacted}[what](view)


def cut_order(view: View, order: Order) -> None:
    """A button that makes a session of an order."""
    request = CutRequest((order.id,), messages=pictures_of(order))
    asked = f"{view.entry.id}-{order.id}"
    st.button("Cut out", key=Key.CUT_ORDER, icon=":material/content_cut:", on_click=_ask, args=(asked,),
              help="Makes a small session of this order, and of all that hangs together with it.")  # fmt: skip
    if chosen(Key.CUT_ASKED, "") == asked:
        _cut(view.entry, request, f"order {order.id[:8]}")


def _in_view(view: View) -> None:
    if view.is_whole or view.exclude:
        st.caption(":material/info: Choose a stretch above first: without it the session itself is what is in view."
                   if view.is_whole else ":material/info: Topics that are left out above would come with it: choose "
                   "the wanted ones instead.")  # fmt: skip
        return
    query = view.query
    start_ns = view.origin_ns if query.start_ns is None else query.start_ns
    state = _state_too()
    request = CutRequest((), start_ns, query.end_ns, view.include, state=state)
    title = "in view" if view.span is None else f"{fmt.offset(view.span[0])} to {fmt.offset(view.span[1])}"
    _button_and_result(view.entry, f"{view.entry.id}-{request}", lambda: _cut(view.entry, request, title))


def _case(view: View) -> None:
    wanted = st.text_input("Id", key=Key.CUT_ID, placeholder="Of an order, a workpiece, a step, …").strip()
    near = st.checkbox("Only messages with this id itself", key=Key.CUT_NEAR)
    request = CutRequest((wanted,), rounds=1 if near else None, state=_state_too())
    if not wanted:
        st.caption("The tabs Correlation and Orders show ids that are there.")
        return
    asked = f"{view.entry.id}-{request}"
    _button_and_result(view.entry, asked, lambda: _cut(view.entry, request, f"id {wanted}"))


def _redacted(view: View) -> None:
    fields = st.text_area("Hide what these fields hold, one name a line", key=Key.CUT_FIELDS, height=80,
                          placeholder="serialNumber")  # fmt: skip
    texts = st.text_area("Hide these texts, one a line", key=Key.CUT_TEXTS, height=80)
    addresses = st.checkbox("Hide addresses (IP, MAC, e-mail)", value=True, key=Key.CUT_ADDRESSES)
    pictures = st.checkbox("Hide pictures", value=True, key=Key.CUT_PICTURES)
    rules = RedactionRules(_lines(fields), _lines(texts), addresses, pictures)
    entry = view.entry

    def make(reader: Reader, progress: Progress) -> Made:
        path, done, fresh = redact(get_services().catalog, reader, rules, None, progress)
        changed = f"{fmt.messages(done.changed)} changed" if fresh else "it was there already"
        return get_services().catalog.find(str(path)).id, f"The copy is in the sessions folder: {changed}."

    _button_and_result(entry, f"{entry.id}-{rules}", lambda: _result(entry, make, rules, doing="Making the copy…"))


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _state_too() -> bool:
    return st.checkbox("Begin with the state before it", value=True, key=Key.CUT_STATE,
                       help="The last message of every topic before the first one, so that who watches a replay knows "
                       "how things stood.")  # fmt: skip


def _button_and_result(entry: SessionEntry, asked: str, result: Callable[[], None]) -> None:
    if entry.recording:
        st.caption(":material/info: The session is being recorded. Make a session of it when the recording has ended.")
        return
    if st.button("Make the session", key=Key.CUT_START, type="primary"):  # no callback: what was just typed counts
        _ask(asked)
    if chosen(Key.CUT_ASKED, "") == asked:
        result()


def _ask(asked: str) -> None:
    st.session_state[Key.CUT_ASKED] = asked
    st.session_state[Key.CUT_ROUND] = chosen(Key.CUT_ROUND, 0) + 1


def _cut(entry: SessionEntry, request: CutRequest, title: str) -> None:
    def make(reader: Reader, progress: Progress) -> Made:
        path, cut, fresh = cut_out(get_services().catalog, reader, request, title, None, progress)
        there = "is in the sessions folder" if fresh else "was in the sessions folder already"
        words = f"{fmt.messages(len(cut.selection.messages))}: the cut {there}."
        return get_services().catalog.find(str(path)).id, words

    _result(entry, make, request, doing="Cutting…")


def _result(entry: SessionEntry, make: Callable[[Reader, Progress], Made], parameter: Hashable, *, doing: str) -> None:
    """Each press makes it anew: the session of an earlier one may have been deleted."""
    made = computed("cut", entry, make, parameter, chosen(Key.CUT_ROUND, 0), doing=doing)
    if made is not None:
        st.caption(f":material/check_circle: {plain(made[1])}")
        analyse_link(made[0], "Look at it")
