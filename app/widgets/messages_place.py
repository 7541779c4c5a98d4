"""Where in a session the tab Messages is: buttons from page to page, and a field for a time."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import streamlit as st

from analysis.message_pages import END, START, Page, Place
from app.state import Key, chosen, forget, zone
from app.widgets.analyse_view import View
from app.widgets.problems import problem, why_failed
from core.errors import UsageError
from core.message import NS_PER_SECOND
from replay.marks import position_of
from store.parts import open_session
from store.query import MessageQuery
from store.reading import Reader

BEFORE = 3
"""So many messages are shown before one that was opened from elsewhere."""


def place_of(view: View, query: MessageQuery) -> Place:
    """Where the visitor is; another choice of messages begins at the first one, or at the one that is open."""
    if chosen(Key.MESSAGES_OPENED, 0) != (view.message or 0):  # opened from elsewhere
        opened(view.message)
        st.session_state[Key.MESSAGES_ROUND] = chosen(Key.MESSAGES_ROUND, 0) + 1
        if view.message is not None:
            go_to(view, query, around(view, query, view.message))
    key, after_id, before_id = chosen(Key.MESSAGES_PLACE, ("", 0, 0))
    return Place(after_id, before_id or None) if key == _key(view, query) else START


def opened(message_id: int | None) -> None:
    """This tab knows that the message is open."""
    st.session_state[Key.MESSAGES_OPENED] = message_id or 0


def around(view: View, query: MessageQuery, message_id: int) -> Place:
    """A page that begins some messages before this one, as far as these are near."""
    with open_session(view.entry.path) as reader:
        near = reader.search(query)(max(0, message_id - 100), message_id - 1)
    return Place(after_id=near[-BEFORE] - 1 if len(near) >= BEFORE else near[0] - 1 if near else message_id - 1)


def go_to(view: View, query: MessageQuery, place: Place) -> None:
    """From now on the page there is shown."""
    st.session_state[Key.MESSAGES_PLACE] = (_key(view, query), place.after_id, place.before_id or 0)


def _key(view: View, query: MessageQuery) -> str:
    return f"{view.entry.id}-{query}"


def place_buttons(view: View, query: MessageQuery, place: Place, shown: Page, limit: int) -> None:
    """Draws them in a row."""
    ids = shown.ids
    at_end = shown.complete and len(ids) < limit
    back, forth = Place(before_id=ids[0] if ids else None), Place(after_id=ids[-1] if ids else 0)
    buttons = (
        (Key.MESSAGES_FIRST, "first_page", "First page", START, place == START),
        (Key.MESSAGES_PREVIOUS, "chevron_left", "Previous page", back, place == START or not ids),
        (Key.MESSAGES_NEXT, "chevron_right", "Next page", forth, at_end or place == END or not ids),
        (Key.MESSAGES_LAST, "last_page", "Last page", END, at_end or place == END),
    )
    for key, icon, label, target, disabled in buttons:
        st.button(f":material/{icon}:", key=key, help=label, disabled=disabled, on_click=go_to,
                  args=(view, query, target))  # fmt: skip


def time_field(view: View, query: MessageQuery) -> None:
    """A form, so that Enter goes there too."""
    with (
        st.form(Key.MESSAGES_TIME_FORM, border=False, width="content", clear_on_submit=True),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        st.text_input("Go to a time", key=Key.MESSAGES_TIME, placeholder="42, 1:30 or 13:37:52", width=190,
                      label_visibility="collapsed",
                      help="Seconds or m:ss since the session's start, a time of day, a date and time, or a "
                      "mark.")  # fmt: skip
        st.form_submit_button("Go", key=Key.MESSAGES_GO, icon=":material/arrow_forward:", on_click=_go,
                              args=(view, query))  # fmt: skip


def time_problem() -> None:
    """Says why the last time was none."""
    if wrong := chosen(Key.MESSAGES_WRONG, ""):
        problem(wrong)
        forget(Key.MESSAGES_WRONG)


def _go(view: View, query: MessageQuery) -> None:
    text = chosen(Key.MESSAGES_TIME, "").strip()
    if text:
        st.session_state[Key.MESSAGES_WRONG] = why_failed(_go_to_time, view, query, text, zone())


def _go_to_time(view: View, query: MessageQuery, text: str, where: ZoneInfo) -> None:
    with open_session(view.entry.path) as reader:
        at_ns = moment_of(reader, text, where)
        first = reader.page(MessageQuery(start_ns=at_ns), 0, 1)
    go_to(view, query, Place(after_id=first[0].id - 1) if first else END)


def moment_of(reader: Reader, text: str, where: ZoneInfo) -> int:
    """The moment that somebody means, nanoseconds since the epoch, from 0 to what SQLite can compare.

    A date and time, or a time of day (h:mm:ss) that is no position in the session: both in the zone, if they name
    none. All else is a position, see `position_of`. Raises UsageError.
    """
    origin_ns, last_ns = reader.metadata.started_ns, reader.summary().last_ns or 0
    start = datetime.fromtimestamp(origin_ns // NS_PER_SECOND, where)
    try:
        moment = _of_clock(text, start)
        if moment is None or _CLOCK.fullmatch(text):
            at_ns = origin_ns + round(position_of(reader, text.removeprefix("+")) * NS_PER_SECOND)
            if moment is None or at_ns <= last_ns:
                return _comparable(at_ns)
        return _comparable(round(moment.timestamp() * 1_000) * 1_000_000)
    except UsageError as error:
        raise UsageError(f"{error} A time of day is written 13:37:52.") from error
    except (ValueError, OverflowError) as error:
        raise UsageError(f"'{text}' is no time. Write seconds, m:ss, a time of day or a date and time.") from error


_CLOCK: Final = re.compile(r"\d{1,2}:\d\d:\d\d(\.\d+)?")


def _comparable(at_ns: int) -> int:
    return min(max(at_ns, 0), 2**63 - 1)


def _of_clock(text: str, start: datetime) -> datetime | None:
    """A date and time, or the first such time of day from the session's start on; None if it is neither."""
    if _CLOCK.fullmatch(text):
        hours, _, rest = text.partition(":")
        clock = time.fromisoformat(f"{hours:0>2}:{rest}")
        moment = datetime.combine(start, clock, start.tzinfo)
        return moment if moment >= start else moment + timedelta(days=1)
    if not _DATE.match(text):
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=start.tzinfo)


_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
