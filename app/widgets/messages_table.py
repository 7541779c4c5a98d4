"""Messages as a table: time, topic, size and the beginning of the payload, all as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import tzinfo

import pandas as pd
import streamlit as st

from app import format as fmt
from app.widgets.text import shortened
from core.message import FROM_DUMP, LIVE, Message
from core.payload import text_of
from store.results import StoredMessage

PREVIEW_BYTES = 400
"""So much of a payload is decoded for the table; the rest is in the detail view."""
PREVIEW_CHARS = 200
COLUMNS = {
    "Time": st.column_config.TextColumn("Time", width=205),
    "Topic": st.column_config.TextColumn("Topic", width=300),
    "Size (B)": st.column_config.NumberColumn("Size (B)", format="localized", width=75),
    "QoS": st.column_config.NumberColumn("QoS", width=50),
    "Retain": st.column_config.TextColumn("Retain", width=90),
    "Payload": st.column_config.TextColumn("Payload", width=600),
}


def messages_frame(messages: Iterable[StoredMessage], where: tzinfo) -> pd.DataFrame:
    """One row per message, in the given order. Of an iterator it holds one message at a time: they may be large."""
    return pd.DataFrame(
        [_row(message, where) for _, message in messages],
        columns=list(COLUMNS),
    )


def messages_table(messages: Sequence[StoredMessage], where: tzinfo) -> None:
    """A table to read, not to select from."""
    st.dataframe(messages_frame(messages, where), column_config=COLUMNS, hide_index=True, row_height=30)


def _row(message: Message, where: tzinfo) -> tuple[object, ...]:
    return (
        fmt.moment(message.at_ns, where, fraction=True),
        message.topic,
        len(message.payload),
        message.qos,
        retain_words(message.retain),
        preview(message.payload),
    )


def retain_words(retain: int) -> str:
    """Empty for an ordinary live message; the initial state is what the broker had stored before the recording."""
    return {LIVE: "", FROM_DUMP: "initial state"}.get(retain, "retained")


def preview(payload: bytes) -> str:
    """The beginning of a payload in one line; `(empty)`, or hexadecimal for what is no text."""
    text = text_of(payload) if len(payload) <= PREVIEW_BYTES else _beginning(payload)
    if text is None:
        return f"hex {payload[:32].hex(' ')}{' …' if len(payload) > 32 else ''}"
    return shortened(" ".join(text.split()), PREVIEW_CHARS) if payload else "(empty)"


def _beginning(payload: bytes) -> str | None:
    """Text that may end in the middle of a character."""
    for cut in range(4):
        text = text_of(payload[: PREVIEW_BYTES - cut])
        if text is not None:
            return text
    return None
