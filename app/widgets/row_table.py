"""A table of which one row can be selected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import pandas as pd
import streamlit as st

ROW_PX: Final = 30


def row_table(
    table: pd.DataFrame,
    key: str,
    columns: Mapping[str, Any] | None = None,
    *,
    highest_px: int,
    on_select: Callable[[], None] | Literal["rerun"] = "rerun",
) -> None:
    """Draws it as high as its rows, but no higher than that; more rows are scrolled. `key` differs for each content."""
    st.dataframe(
        table,
        hide_index=True,
        row_height=ROW_PX,
        height=min(highest_px, ROW_PX * (len(table) + 1) + 10),
        column_config=dict(columns or {}),
        key=key,
        on_select=on_select,
        selection_mode="single-row",
    )


def selected_row(key: str, rows: int) -> int | None:
    """The selected one of a table's `rows`; None if none is, or if the selected one is gone."""
    return row_of(st.session_state.get(key), rows)


def row_of(state: object, rows: int) -> int | None:
    """The same, from what Streamlit says about a table."""
    found = state.get("selection", {}).get("rows", []) if isinstance(state, Mapping) else []
    return int(found[0]) if found and found[0] < rows else None
