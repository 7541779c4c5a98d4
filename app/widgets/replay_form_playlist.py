"""Which further sessions are replayed, and whether after the first one or at the same time."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from app import format as fmt
from app.services import Services
from app.state import Key, chosen, zone
from app.widgets.sessions import choices, readable_sessions
from replay.status import ReplayRequest
from store.catalog import SessionEntry

IN_TURN, TOGETHER = "one after the other", "at the same time"
EXPLAINED = {
    IN_TURN: "Each begins when the one before it has ended. From and To hold for each of them.",
    TOGETHER: "Merged by the times at which they were recorded, for example on two brokers at once.",
}


def playlist_fields(services: Services) -> None:
    """The sessions, in the order in which they are chosen."""
    known = {one.id: one for one in readable_sessions(services)}
    words = choices(list(known.values()), zone())
    _forget_missing(known)
    st.multiselect(
        "Further sessions",
        list(known),
        format_func=lambda one: words[one],
        key=Key.REPLAY_MORE,
        placeholder="None; they are played in the order in which you choose them",
        persist_state="session",
    )
    how = st.segmented_control("They play", [IN_TURN, TOGETHER], default=IN_TURN, required=True,
                               key=Key.REPLAY_MERGED, wrap=True, persist_state="session")  # fmt: skip
    st.caption(EXPLAINED[how])


def _forget_missing(known: dict[str, SessionEntry]) -> None:
    """A session that was deleted meanwhile is no choice any more."""
    picked = chosen(Key.REPLAY_MORE, list[str]())
    if any(one not in known for one in picked):
        st.session_state[Key.REPLAY_MORE] = [one for one in picked if one in known]


def further_sessions(services: Services) -> list[SessionEntry]:
    """Those that were chosen and still exist."""
    picked = chosen(Key.REPLAY_MORE, list[str]())
    known = {one.id: one for one in readable_sessions(services)} if picked else {}
    return [known[one] for one in picked if one in known]


def playlist_summary(request: ReplayRequest) -> str:
    """What is set there, in a line."""
    if not request.more:
        return "none"
    return f"{fmt.number(len(request.more))}, {TOGETHER if request.merged else IN_TURN}"


def with_playlist(services: Services, request: ReplayRequest) -> ReplayRequest:
    """With what the fields say."""
    return replace(
        request,
        more=tuple(one.path for one in further_sessions(services)),
        merged=chosen(Key.REPLAY_MERGED, IN_TURN) == TOGETHER,
    )
