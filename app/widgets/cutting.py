"""New sessions out of one: what is in view, or a case, as a small session."""

from __future__ import annotations

from collections.abc import Callable, Hashable

import streamlit as st

from analysis.cut_selection import CutRequest
from analysis.progress import Progress
from app import format as fmt
from app.cutting import cut_out, pictures_of
from app.services import get_services
from app.state import Key, chosen
from app.widgets.analyse_view import View
from app.widgets.cut_choice import cut_choice
from app.widgets.links import analyse_link
from app.widgets.long_work import computed
from app.widgets.text import plain
from aps.order_values import Order
from store.catalog import SessionEntry
from store.reading import Reader

IN_VIEW, CASE = "What is in view", "A case"
EXPLAINED = {
    IN_VIEW: "The stretch and the topics that are chosen above become a session of their own.",
    CASE: "Every message that carries this id, or an id that follows from it, becomes a session of its own.",
}
Made = tuple[str, str]
"""The id of the new session, and a sentence about it."""


def cut_popover(view: View) -> None:
    """A button that opens the choice of what becomes a session."""
    with st.popover("Cut", icon=":material/content_cut:", key=Key.CUT_OPEN, on_change="rerun") as opened:
        what = st.segmented_control("Make a session of", list(EXPLAINED), default=IN_VIEW, required=True,
                                    key=Key.CUT_WHAT)  # fmt: skip
        st.caption(EXPLAINED[what])
        if what == IN_VIEW:
            _in_view(view)
        else:
            _case(view, search=opened.open is not False)


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
    asked = f"{view.entry.id}-{request}"
    button_and_result(view.entry, asked, Key.CUT_START, lambda: _cut(view.entry, request, title))


def _case(view: View, *, search: bool) -> None:
    """`search`: whether the ids of the session are looked for, which takes its time: not while nobody sees them."""
    found = cut_choice(view) if search else ""
    typed = st.text_input("Or any id", key=Key.CUT_ID, placeholder="Of an order, a workpiece, a step, …").strip()
    wanted = typed or found
    near = st.checkbox("Only messages with this id itself", key=Key.CUT_NEAR)
    request = CutRequest((wanted,), rounds=1 if near else None, state=_state_too())
    if not wanted:
        st.caption("Choose an id, or type one.")
        return
    asked = f"{view.entry.id}-{request}"
    button_and_result(view.entry, asked, Key.CUT_START, lambda: _cut(view.entry, request, f"id {wanted}"))


def _state_too() -> bool:
    return st.checkbox("Begin with the state before it", value=True, key=Key.CUT_STATE,
                       help="The last message of every topic before the first one, so that who watches a replay knows "
                       "how things stood.")  # fmt: skip


def button_and_result(entry: SessionEntry, asked: str, key: Key, result: Callable[[], None]) -> None:
    """The button that begins it; below it what has come of it."""
    if entry.recording:
        st.caption(":material/info: The session is being recorded. Make a session of it when the recording has ended.")
        return
    if st.button("Make the session", key=key, type="primary"):  # no callback: what was just typed counts
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

    result_of(entry, make, request, doing="Cutting…")


def result_of(
    entry: SessionEntry, make: Callable[[Reader, Progress], Made], parameter: Hashable, *, doing: str
) -> None:
    """Each press makes it anew: the session of an earlier one may have been deleted."""
    made = computed("cut", entry, make, parameter, chosen(Key.CUT_ROUND, 0), doing=doing)
    if made is not None:
        st.caption(f":material/check_circle: {plain(made[1])}")
        analyse_link(made[0], "Look at it")
