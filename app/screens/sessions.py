"""Sessions: all recordings of the folder, to find, name, check, import and delete."""

from __future__ import annotations

import hashlib

import pandas as pd
import streamlit as st

from app import format as fmt
from app.outcomes import OUTCOME_WORDS
from app.services import Services, get_services
from app.state import SESSION_PARAMETER, Key, chosen, zone
from app.widgets.empty import empty_state
from app.widgets.header import page_header
from app.widgets.importing import importer
from app.widgets.links import record_link
from app.widgets.session_details import session_details
from app.widgets.session_search import session_search
from app.widgets.sessions import missing_hint, started, status_words
from store.catalog import SessionEntry

COLUMNS = {
    "Name": st.column_config.TextColumn("Name", width=158),
    "Started": st.column_config.TextColumn("Started", width=168),
    "Duration": st.column_config.TextColumn("Duration", width=72, help="Hours, minutes, seconds"),
    "Messages": st.column_config.NumberColumn("Messages", format="localized", width=72),
    "Size": st.column_config.NumberColumn("Size (MB)", format="%.2f", width=72),
    "Status": st.column_config.TextColumn("Status", width=104),
    "Outcome": st.column_config.TextColumn("Outcome", width=72),
    "Source": st.column_config.TextColumn("Source", width=104),
    "Tags": st.column_config.ListColumn("Tags"),
}
"""All fit beside the sidebar of a window of 1280 pixels; what is wider goes to the last one, the tags."""


def _row(entry: SessionEntry) -> tuple[object, ...]:
    summary, metadata = entry.summary, entry.metadata
    return (
        entry.name,
        started(entry, zone()),
        fmt.stopwatch(summary.duration_s) if summary else "",
        summary.messages if summary else None,
        entry.size_bytes / 1_000_000,
        status_words(entry),
        OUTCOME_WORDS[metadata.outcome] if metadata else "",
        metadata.source if metadata else "",
        list(metadata.tags) if metadata else [],
    )


def _table(entries: list[SessionEntry], wanted: str) -> None:
    """Selecting a row chooses the session; the row of a choice made elsewhere, or before a search, is selected too."""
    ids = [entry.id for entry in entries]
    key = f"{Key.SESSIONS_TABLE}-{hashlib.sha1(' '.join(ids).encode(), usedforsecurity=False).hexdigest()[:8]}"
    if wanted in ids and key not in st.session_state:
        st.session_state[key] = {"selection": {"rows": [ids.index(wanted)]}}

    def choose() -> None:
        rows = st.session_state[key]["selection"]["rows"]
        st.session_state[Key.SESSION] = ids[rows[0]] if rows else ""
        st.query_params[SESSION_PARAMETER] = chosen(Key.SESSION, "")

    st.dataframe(
        pd.DataFrame([_row(entry) for entry in entries], columns=list(COLUMNS)),
        column_config=COLUMNS,
        hide_index=True,
        key=key,
        on_select=choose,
        selection_mode="single-row",
        placeholder=fmt.NOTHING,
    )


def show(services: Services) -> None:
    """Draws the page."""
    page_header("Sessions", "All recordings of this installation. Select one to open, rename, check or delete it.")
    importer(services)
    entries = services.catalog.sessions()
    if not entries:
        empty_state("video_library", "No sessions yet", "Record one, or import a recording above.", record_link)
        return
    found = session_search(entries)
    st.caption(f"{fmt.counted(len(found), 'session')}, times in {zone().key}")
    linked = st.query_params.get(SESSION_PARAMETER)
    wanted = linked or chosen(Key.SESSION, "")
    if found:
        _table(found, wanted)
    else:
        empty_state("search_off", "No session matches", "Try fewer or other words.")
    selected = next((entry for entry in found if entry.id == wanted), None)
    if selected is not None:
        session_details(services, selected)
    elif linked and all(entry.id != linked for entry in entries):
        missing_hint(linked)


show(get_services())
