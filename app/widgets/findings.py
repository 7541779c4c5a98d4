"""A table of what was found; a row that is selected opens the message behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app.widgets.analyse_view import View, open_message
from store.catalog import SessionEntry

Link = tuple[SessionEntry, int]
"""A message: its session and its id."""
ROW_PX = 30
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
        row = selected_row(st.session_state.get(key))
        link = messages[row] if row is not None and row < len(messages) else None
        if link is not None:
            open_message(*link)

    st.dataframe(
        table,
        hide_index=True,
        row_height=ROW_PX,
        height=min(HIGHEST_PX, ROW_PX * (len(table) + 1) + 10),
        column_config=dict(config or {}),
        key=key,
        on_select=open_selected,
        selection_mode="single-row",
    )
    st.caption(":material/touch_app: Select a row to open its message.")


def selected_row(state: object) -> int | None:
    """The row that a visitor has selected, from what Streamlit says about a table."""
    rows = state.get("selection", {}).get("rows", []) if isinstance(state, Mapping) else []
    return int(rows[0]) if rows else None
