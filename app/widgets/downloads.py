"""The files of a session to take away, as far as a browser can carry them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from app import format as fmt
from app.widgets.text import plain
from core.errors import StorageError
from store.catalog import SessionEntry

LARGEST = 200_000_000
"""Bytes; Streamlit holds a download in memory as a whole, for every visitor."""


def download_buttons(entry: SessionEntry) -> None:
    """A button for each file that can be downloaded."""
    for suffix in (".db", ".log"):
        file = entry.path.with_suffix(suffix)
        if file.is_file() and not why_not(entry, file):
            st.download_button(f"Download {suffix}", reading(file), file.name, icon=":material/download:",
                               on_click="ignore", key=f"download{suffix}")  # fmt: skip


def download_reasons(entry: SessionEntry) -> None:
    """Why the other files cannot be downloaded, and where they lie."""
    for suffix in (".db", ".log"):
        file = entry.path.with_suffix(suffix)
        reason = why_not(entry, file) if file.is_file() else None
        if reason:
            st.caption(f":material/info: {plain(reason)}")


def why_not(entry: SessionEntry, file: Path) -> str | None:
    """Why `file` of this session is not offered for download; None if it is."""
    if entry.metadata is not None and entry.metadata.status.active and file.suffix == ".db":
        return (
            "The .db can be downloaded when the recording has ended: until then its newest messages are not in the "
            "file itself yet."
        )
    try:
        size = file.stat().st_size
    except OSError as error:
        return f"{file} cannot be read: {error.strerror or error}."
    if size > LARGEST:
        return f"{file.name} has {fmt.size(size)}, which is too much for a browser. Copy it from {file.resolve()}."
    return None


def reading(file: Path) -> Callable[[], bytes]:
    """Read only when somebody clicks; by then the log of a running recording may have become too large."""

    def read() -> bytes:
        if file.stat().st_size > LARGEST:
            raise StorageError(f"{file.name} has become too large for a browser. Copy it from {file.resolve()}.")
        return file.read_bytes()

    return read
