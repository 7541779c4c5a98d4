"""What all tabs of the analysis look at: one stretch of time and one choice of topics, as the page's address says.

The address (`session`, `tab`, `start`, `end`, `topic`, `exclude`, `message`) and the choices of this visitor mirror
each other: whichever has changed since the last run wins.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from typing import Any

import streamlit as st

from app.state import SESSION_PARAMETER, Key, chosen, forget
from core.message import NS_PER_SECOND
from core.topics import why_invalid_filter
from store.catalog import SessionEntry
from store.query import MessageQuery

Stretch = tuple[float, float]
"""Seconds since the session's start; the end is exclusive."""
OVERVIEW_TAB, MESSAGES_TAB = "Overview", "Messages"
SHORTEST_S = 0.1
"""Seconds; a narrower stretch cannot be chosen by hand."""
_FAR_S = 1e9
"""Seconds; an address with more than that is nonsense."""


@dataclass(frozen=True)
class View:
    """What a tab shows of which session."""

    entry: SessionEntry
    span: Stretch | None = None
    """None: the whole session."""
    include: tuple[str, ...] = ()
    """Topic filters, of which one must match; empty: all topics."""
    exclude: tuple[str, ...] = ()
    """Topic filters of which none may match."""
    message: int | None = None
    """The id of the message that is chosen."""

    @property
    def origin_ns(self) -> int:
        """The session's start, nanoseconds since the epoch, UTC."""
        return self.entry.metadata.started_ns if self.entry.metadata else 0

    @property
    def is_whole(self) -> bool:
        """Whether it is all of the session."""
        return self.span is None and not self.include and not self.exclude

    @property
    def query(self) -> MessageQuery:
        """The messages in view."""
        start_ns, end_ns = (None, None) if self.span is None else map(self._at, self.span)
        return MessageQuery(include=self.include, exclude=self.exclude, start_ns=start_ns, end_ns=end_ns)

    def _at(self, offset_s: float) -> int:
        return self.origin_ns + round(offset_s * NS_PER_SECOND)


@dataclass(frozen=True)
class _Address:
    """What an address says besides the session, valid values only."""

    tab: str = OVERVIEW_TAB
    start: float | None = None
    end: float | None = None
    topic: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    message: int | None = None

    def parameters(self) -> dict[str, str | list[str]]:
        """As query parameters; without those that say nothing."""
        found: dict[str, str | list[str]] = {"tab": self.tab, "topic": [*self.topic], "exclude": [*self.exclude]}
        found["message"] = "" if self.message is None else str(self.message)
        for name, value_s in (("start", self.start), ("end", self.end)):
            found[name] = "" if value_s is None else f"{value_s:.6f}".rstrip("0").rstrip(".")
        return {name: value for name, value in found.items() if value}


PARAMETERS = tuple(asdict(_Address()))


def current_view(entry: SessionEntry) -> View:
    """What this visitor looks at."""
    wanted = _wanted(entry)
    span = None
    if wanted.start is not None or wanted.end is not None:
        first_s, last_s = ends_of(entry)
        start_s = first_s if wanted.start is None else wanted.start
        span = (start_s, max(last_s, start_s + SHORTEST_S) if wanted.end is None else wanted.end)
    return View(entry, span, wanted.topic, wanted.exclude, wanted.message)


def ends_of(entry: SessionEntry) -> Stretch:
    """From where to where a session goes; all its messages lie within, and it is never empty."""
    if entry.summary is None or entry.metadata is None:
        return 0.0, SHORTEST_S
    found, origin_ns = entry.summary, entry.metadata.started_ns
    first_ns, last_ns = found.first_ns or origin_ns, found.last_ns or origin_ns
    first_s = math.floor((min(origin_ns, first_ns) - origin_ns) / NS_PER_SECOND / SHORTEST_S) * SHORTEST_S
    after_last = math.floor((last_ns - origin_ns) / NS_PER_SECOND / SHORTEST_S) * SHORTEST_S + SHORTEST_S
    return round(first_s, 1), round(max(SHORTEST_S, after_last, found.duration_s), 1)


def set_span(entry: SessionEntry, span: Stretch | None) -> None:
    """For callbacks: all tabs show this stretch; None is the whole session."""
    start, end = span or (None, None)
    _want(entry, replace(_wanted(entry), start=_tidy(start), end=_tidy(end)))


def set_topics(entry: SessionEntry, include: tuple[str, ...], exclude: tuple[str, ...]) -> None:
    """For callbacks: all tabs show these topics only."""
    _want(entry, replace(_wanted(entry), topic=include, exclude=exclude))


def set_message(entry: SessionEntry, message_id: int | None) -> None:
    """The message that the address names from now on; None is no one. Not for callbacks only."""
    _want(entry, replace(_wanted(entry), message=message_id))
    write_address(entry)


def open_message(entry: SessionEntry, message_id: int) -> None:
    """For callbacks: the tab Messages with this message chosen. In a fragment see `rerun_on_new_view`."""
    _want(entry, replace(_wanted(entry), message=message_id))
    st.session_state[Key.ANALYSE_TAB] = MESSAGES_TAB


def open_span(entry: SessionEntry, span: Stretch | None, tab: str) -> None:
    """For callbacks: this stretch on another tab. In a fragment see `rerun_on_new_view`."""
    set_span(entry, span)
    st.session_state[Key.ANALYSE_TAB] = tab


def rerun_on_new_view(view: View, tab: str) -> None:
    """For the first line of a fragment: draws the whole page anew if a callback has changed what all tabs look at."""
    now = current_view(view.entry)
    if replace(now, message=view.message) != view or chosen(Key.ANALYSE_TAB, tab) != tab:
        st.rerun()


def follow_address(entry: SessionEntry, tabs: Collection[str]) -> None:
    """To be called before anything of the page is drawn: the address wins if it has changed since the last run.

    `tabs` are the names that it may have. Whoever comes back by the navigation, with no address, finds what he left.
    """
    mirrored = st.session_state.get(Key.ANALYSE_MIRRORED)
    address = _read_address(tabs)
    arrived = Key.ANALYSE_TAB not in st.session_state  # Streamlit forgets it as soon as another page is shown
    if arrived and SESSION_PARAMETER not in st.query_params and address == _Address():
        st.session_state[Key.ANALYSE_TAB] = _wanted(entry).tab
        forget(Key.ANALYSE_MIRRORED)
    elif arrived or mirrored is None or mirrored[1] != address:
        _want(entry, address)
        st.session_state[Key.ANALYSE_TAB] = address.tab
        st.session_state[Key.ANALYSE_MIRRORED] = (entry.id, address)


def write_address(entry: SessionEntry) -> None:
    """To be called when it is known what the page shows: the address says it.

    Nothing is written that the address has said itself, be it in other words: each writing is a step in the browser's
    history, and who goes back would be sent forth again.
    """
    shown = replace(_wanted(entry), tab=chosen(Key.ANALYSE_TAB, OVERVIEW_TAB))
    _want(entry, shown)
    if st.session_state.get(Key.ANALYSE_MIRRORED) == (entry.id, shown):
        return
    st.session_state[Key.ANALYSE_MIRRORED] = (entry.id, shown)
    others = {name: st.query_params.get_all(name) for name in st.query_params if name not in PARAMETERS}
    st.query_params.from_dict({**others, SESSION_PARAMETER: entry.id, **shown.parameters()})


def _wanted(entry: SessionEntry) -> _Address:
    views: dict[str, Any] = chosen(Key.ANALYSE_VIEWS, {})
    found = views.get(entry.id)
    return found if isinstance(found, _Address) else _Address()


def _want(entry: SessionEntry, wanted: _Address) -> None:
    """Views of other sessions are kept: whoever comes back finds what he left."""
    st.session_state[Key.ANALYSE_VIEWS] = {**chosen(Key.ANALYSE_VIEWS, {}), entry.id: wanted}


def _read_address(tabs: Collection[str]) -> _Address:
    query = st.query_params
    start, end = _number(query.get("start")), _number(query.get("end"))
    if start is not None and end is not None and end <= start:
        start = end = None
    message = query.get("message", "")
    tab = query.get("tab", "")
    return _Address(
        tab=tab if tab in tabs else OVERVIEW_TAB,
        start=start,
        end=end,
        topic=_filters(query.get_all("topic")),
        exclude=_filters(query.get_all("exclude")),
        message=int(message) if message.isdecimal() and len(message) < 19 else None,
    )


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return _tidy(value) if abs(value) < _FAR_S else None


def _tidy(seconds: float | None) -> float | None:
    """To the microsecond, the resolution of a session, and as short in the address as can be."""
    return None if seconds is None else round(seconds, 6)


def _filters(values: list[str]) -> tuple[str, ...]:
    return tuple(value for value in values if not why_invalid_filter(value))
