"""Choosing a session, and what is said about one in a line."""

from __future__ import annotations

from collections import Counter
from datetime import tzinfo

import streamlit as st

from app import format as fmt
from app.services import Services
from app.state import SESSION_PARAMETER, Key, chosen, forget, zone
from app.status_words import status_words
from app.widgets.problems import hint
from app.widgets.text import parts, shortened
from store.catalog import SessionEntry

SAMPLE_PREFIX = "sample_"
"""How the stems of the sessions that are shipped with the program begin."""

__all__ = [
    "choices",
    "in_a_line",
    "missing_hint",
    "own_sessions",
    "readable_sessions",
    "session_picker",
    "started",
    "status_words",
]


def own_sessions(entries: list[SessionEntry]) -> list[SessionEntry]:
    """Without the samples that are shipped: whoever has only those is a newcomer."""
    return [entry for entry in entries if not entry.path.stem.startswith(SAMPLE_PREFIX)]


def readable_sessions(services: Services) -> list[SessionEntry]:
    """Those that can be looked at and replayed, newest first."""
    return [entry for entry in services.catalog.sessions() if entry.metadata is not None and not entry.problem]


def started(entry: SessionEntry, where: tzinfo) -> str:
    """The moment at which the recording began."""
    return fmt.moment(entry.metadata.started_ns if entry.metadata else None, where)


def in_a_line(entry: SessionEntry, where: tzinfo) -> str:
    """`2026-11-21 08:15:03 CET · 4 min 05 s · 1,234 messages · 37 topics`; the problem of an unreadable one."""
    if entry.summary is None:
        return entry.problem
    return parts(
        started(entry, where),
        fmt.duration(entry.summary.duration_s),
        fmt.messages(entry.summary.messages),
        fmt.counted(entry.summary.topics, "topic"),
    )


def choices(entries: list[SessionEntry], where: tzinfo) -> dict[str, str]:
    """What each is called in a list to choose from, by id. No two alike: a list cannot tell such apart."""
    words = {entry.id: f"{entry.name} · {started(entry, where)}" for entry in entries}
    often = Counter(words.values())
    return {
        entry.id: f"{words[entry.id]} · {entry.path.stem}" if often[words[entry.id]] > 1 else words[entry.id]
        for entry in entries
    }


def session_picker(services: Services) -> SessionEntry | None:
    """Lets the visitor choose a session, beginning with the one in the address.

    None if there is none at all, or if the address names one that there is not: nobody shall take another one for it.
    """
    entries = {entry.id: entry for entry in readable_sessions(services)}
    linked = st.query_params.get(SESSION_PARAMETER)
    meant = next((entry.id for entry in entries.values() if linked in (entry.id, entry.path.stem)), None)
    if linked and meant is None:
        missing_hint(linked, _why_unreadable(services, linked))
        st.session_state[Key.SESSION] = None
    elif meant is not None:
        st.session_state[Key.SESSION] = meant
    elif chosen(Key.SESSION, "") not in entries:
        st.session_state[Key.SESSION] = next(iter(entries), None)
    if not entries:
        return None
    words = choices(list(entries.values()), zone())
    picked: str | None = st.selectbox(
        "Session",
        list(entries),
        index=0 if meant is not None or not linked else None,
        placeholder="Choose a session",
        format_func=lambda one: words[one],
        key=Key.SESSION,
        on_change=_put_into_address,
        persist_state="session",
    )
    return entries[picked] if picked is not None else None


def _why_unreadable(services: Services, linked: str) -> str:
    """What is wrong with the session that is meant; empty if there is none of that name."""
    found = (one for one in services.catalog.sessions() if linked in (one.id, one.path.stem))
    return next((one.problem for one in found), "")


def missing_hint(session_id: str, why: str = "") -> None:
    """For a session that an address or an earlier choice names; `why` is what is wrong with one that is there."""
    named = shortened(session_id)
    if why:
        hint(f"The session '{named}' cannot be read: {why} Choose another one.")
    else:
        hint(f"There is no session '{named}' here. It may have been deleted; choose another one.")


def _put_into_address() -> None:
    forget(Key.PROBLEM)
    st.query_params[SESSION_PARAMETER] = chosen(Key.SESSION, "")
