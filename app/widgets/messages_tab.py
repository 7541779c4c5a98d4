"""The message browser: filters, pages, and one message in full."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from analysis.message_pages import BUDGET_S, START, Matches, Page, Place, after, count_matches, page
from analysis.progress import Progress
from app import format as fmt
from app.state import Key, chosen, zone
from app.widgets.analyse_view import View, set_message
from app.widgets.cached import of_session, stamp_of
from app.widgets.long_work import abandon, computed
from app.widgets.message_details import message_details
from app.widgets.messages_filter import messages_filter
from app.widgets.messages_place import opened, place_buttons, place_of, time_field, time_problem
from app.widgets.messages_table import COLUMNS, messages_frame
from store.parts import open_session
from store.query import MessageQuery
from store.reading import Reader

ROW_PX = 30
WAIT_S = 0.1
"""The page has taken its time to search already."""


@of_session("Reading the messages…")
def page_of(reader: Reader, query: MessageQuery, place: Place, limit: int, matches: Matches | None) -> Page:
    """One page of what a query finds; where matches are rare, what of it is found in time.

    Ids only: the payloads may be of any size.
    """
    found = page(reader, query, place, limit, matches, after(BUDGET_S))
    if place.before_id is not None and found.complete and len(found.ids) < limit:  # the first page, then in full
        return page(reader, query, START, limit, matches, after(BUDGET_S))
    return found


def messages_tab(view: View) -> None:
    """Draws it."""
    if view.entry.summary is not None and not view.entry.summary.messages:
        st.caption("No message has been recorded in this session.")
        return
    query, limit = messages_filter(view)
    place = place_of(view, query)
    path, stamp = view.entry.path, stamp_of(view.entry)
    found = page_of(path, stamp, query, place, limit, None)
    row = st.container(horizontal=True, vertical_alignment="center")
    time_problem()
    spot, counting = st.empty(), st.container()
    if not found.complete:
        _table(view, query, found, spot, "-so-far")
    with counting:
        matches = _matches(view, query)
    if not found.complete and matches is not None:
        found = page_of(path, stamp, query, place, limit, matches)
    if found.complete:
        _table(view, query, found, spot)
    before = _before(view, query, found, matches)
    with row:
        place_buttons(view, query, START if before == 0 else place, found, limit)
        st.caption(_where(found, matches, before), width="content")
        time_field(view, query)
    _details(view)


def _matches(view: View, query: MessageQuery) -> Matches | None:
    """How many messages match; None until that is known. A search for other filters ends."""
    before = st.session_state.get(Key.MESSAGES_COUNTED)
    if isinstance(before, MessageQuery) and before != query:
        abandon("matches", view.entry, before)
    st.session_state[Key.MESSAGES_COUNTED] = query

    def count(reader: Reader, progress: Progress) -> Matches:
        return count_matches(reader, query, progress)

    return computed("matches", view.entry, count, query, doing="Searching the whole session…",
                    wait_s=WAIT_S)  # fmt: skip


def _before(view: View, query: MessageQuery, found: Page, matches: Matches | None) -> int | None:
    """How many matching messages arrived before those shown; None while that is not known."""
    if matches is None or not found.ids:
        return None
    with open_session(view.entry.path) as reader:
        return matches.before(reader.search(query), found.ids[0])


def _where(found: Page, matches: Matches | None, before: int | None) -> str:
    """Which messages of how many, or how far the search has come."""
    shown = fmt.messages(len(found.ids))
    if matches is None:
        return f"{shown} here; counting all" if found.complete else f"{shown} so far; searching"
    if before is None:
        return "No message lies here." if matches.total else "No message matches these filters, range and topics."
    last = before + len(found.ids)
    total = fmt.messages(max(matches.total, last))  # more may have arrived since
    return f"{fmt.number(before + 1)} to {fmt.number(last)} of {total}, times in {zone().key}"


def _table(view: View, query: MessageQuery, found: Page, spot: DeltaGenerator, part: str = "") -> None:
    ids = found.ids
    if not ids:
        return
    with open_session(view.entry.path) as reader:
        frame = messages_frame((one for each in ids if (one := reader.message(each)) is not None), zone())
    rows = [ids.index(view.message)] if view.message in ids else []
    key = f"{Key.MESSAGES_TABLE}{part}-{chosen(Key.MESSAGES_ROUND, 0)}-{hash((query, *ids))}"

    def select() -> None:
        now = st.session_state[key]["selection"]["rows"]
        message_id = ids[now[0]] if now and now[0] < len(ids) else None
        opened(message_id)
        set_message(view.entry, message_id)

    spot.dataframe(
        frame,
        column_config=COLUMNS,
        hide_index=True,
        row_height=ROW_PX,
        height=min(400, ROW_PX * (len(frame) + 1) + 10),
        key=key,
        on_select=select,
        selection_mode="single-row",
        selection_default={"selection": {"rows": rows}},
    )


def _details(view: View) -> None:
    if view.message is None:
        st.caption(":material/touch_app: Select a row to see the whole message.")
        return
    with open_session(view.entry.path) as reader:
        stored = reader.message(view.message)
        if stored is None:
            st.caption(f"The session has no message {fmt.number(view.message)}. Select a row.")
        else:
            message_details(view, reader, stored)
