"""Finding sessions: by words, by where they were recorded, and by how they went."""

from __future__ import annotations

import streamlit as st

from app.outcomes import OUTCOME_WORDS
from app.state import Key, chosen, forget
from app.status_words import status_words
from store.catalog import SessionEntry
from store.metadata import Outcome

ALL_SOURCES = ""


def session_search(entries: list[SessionEntry]) -> list[SessionEntry]:
    """Draws the fields to search with, and returns what fits."""
    search, where, how = st.columns([4, 2, 3])
    text = search.text_input(
        "Search", key=Key.SESSIONS_SEARCH, placeholder="Name, source, note or tag", icon=":material/search:",
        persist_state="session",
    )  # fmt: skip
    sources = sorted({entry.metadata.source for entry in entries if entry.metadata is not None})
    if chosen(Key.SESSIONS_SOURCE, "") not in sources:  # its last session has been changed or deleted
        forget(Key.SESSIONS_SOURCE)
    source = where.selectbox(
        "Source", [ALL_SOURCES, *sources], key=Key.SESSIONS_SOURCE, format_func=lambda one: one or "All",
        persist_state="session",
    )  # fmt: skip
    outcomes = how.pills(
        "Outcome", [one.value for one in Outcome], selection_mode="multi", wrap=True, key=Key.SESSIONS_OUTCOME,
        format_func=lambda one: OUTCOME_WORDS[Outcome(one)], persist_state="session",
    )  # fmt: skip
    return _wanted(entries, text or "", outcomes, source)


def _wanted(entries: list[SessionEntry], text: str, outcomes: list[str], source: str) -> list[SessionEntry]:
    """Those in whose name, source, note or tags every word of `text` occurs, with one of the outcomes and the source.

    Without outcomes those with any, and with ALL_SOURCES those from anywhere.
    """
    words = text.lower().split()
    return [
        entry
        for entry in entries
        if all(word in _haystack(entry) for word in words)
        and (not outcomes or (entry.metadata is not None and entry.metadata.outcome in outcomes))
        and (source == ALL_SOURCES or (entry.metadata is not None and entry.metadata.source == source))
    ]


def _haystack(entry: SessionEntry) -> str:
    parts = [entry.name, entry.path.stem, status_words(entry)]
    if entry.metadata is not None:
        parts += [entry.metadata.source, entry.metadata.note, *entry.metadata.tags]
    return " ".join(parts).lower()
