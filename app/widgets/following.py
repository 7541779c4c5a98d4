"""A session that is still being recorded: what has come since the page was drawn, and a switch that keeps up."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Final

import streamlit as st

from app import format as fmt
from app.services import get_services
from app.state import Key
from app.widgets.live import live
from app.widgets.sessions import status_words
from core.errors import SessionManagerError
from store.catalog import SessionEntry

LOOK_S: Final = 3.0
"""Seconds between two looks. Each that finds something new draws the page again, if that is wanted."""


def following(entry: SessionEntry) -> None:
    """Draws it, for an entry that is being recorded."""
    live(_news, LOOK_S, entry, count())


def _news(entry: SessionEntry, looks: Iterator[int]) -> None:
    """`entry` is as the page shows it; `looks` counts from 0, which is while the page itself is drawn.

    Then nothing is drawn anew, or a page of a busy session would never be complete.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(status_words(entry), icon=":material/radio_button_checked:", color="red")
        follow = st.toggle("Follow", key=Key.ANALYSE_FOLLOW, persist_state="session", width="content",
                           help="Draws the page again every few seconds while messages come.")  # fmt: skip
        new = new_messages(entry, _now(entry))
        if next(looks) and (new is None or (follow and new)):
            st.rerun()
        st.caption("Up to date" if not new else f"{fmt.counted(new, 'new message')} since", width="content")
        if st.button("Refresh", key=Key.ANALYSE_REFRESH, icon=":material/refresh:", type="tertiary"):
            st.rerun()


def _now(entry: SessionEntry) -> SessionEntry | None:
    """As it is by now; None if it has gone."""
    try:
        return get_services().catalog.find(str(entry.path))
    except SessionManagerError:
        return None


def new_messages(shown: SessionEntry, now: SessionEntry | None) -> int | None:
    """How many have come since; None if the page must be drawn again: the recording has ended, or the file is gone."""
    if now is None or not now.recording or now.summary is None or shown.summary is None:
        return None
    return max(0, now.summary.messages - shown.summary.messages)
