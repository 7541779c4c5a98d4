"""A table of what was found; a row that is selected opens the message behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app.widgets.analyse_view import View, open_message
from app.widgets.row_table import row_table, selected_row
from store.catalog import SessionEntry

Link = tuple[SessionEntry, int]
"""A message: its session and its id."""
HIGHEST_PX = 320


def findings(
    view: View, key: str, table: pd.DataFrame, message_ids: Sequence[int], config: Mapping[str, Any] | None = None
) -> None:
    """Draws `table`; `message_ids` has the message to open for each of its rows. `key` differs for each table."""
    linked_rows(key, table, [(view.entry, message_id) for message_id in message_ids], config)


def linked_rows(
    key: str, table: pd.DataFrame, messages: Sequence[Link | None], config: Mapping[str, Any] | None = None
) -> None:
    """The same for messages of several sessions; None where there is none to open."""

    def open_selected() -> None:
        row = selected_row(key, len(messages))
        link = None if row is None else messages[row]
        if link is not None:
            open_message(*link)

    row_table(table, key, config, highest_px=HIGHEST_PX, on_select=open_selected)
    st.caption(":material/touch_app: Select a row to open its message.")
