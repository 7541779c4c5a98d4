"""A session in another format, to take away: which format, how far it is, and the finished file."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import streamlit as st

from analysis.progress import Progress
from app import format as fmt
from app.exporting import MEDIA, Format, export_session
from app.services import get_services
from app.state import Key, chosen, zone
from app.widgets.downloads import LARGEST, reading
from app.widgets.long_work import computed
from store.catalog import SessionEntry
from store.query import EVERYTHING, MessageQuery
from store.reading import Reader

LABELS: Final = {
    Format.HTML: "Report",
    Format.CSV: "CSV",
    Format.PARQUET: "Parquet",
    Format.MCAP: "MCAP",
    Format.LOG: "Log",
}
EXPLAINED: Final = {
    Format.HTML: "One HTML page with overview, timeline, topics, orders and quality; it opens without a network.",
    Format.CSV: "For spreadsheets; no cell is a formula. Imports again without a loss.",
    Format.PARQUET: "For pandas, DuckDB and other data tools. Imports again without a loss.",
    Format.MCAP: "For Foxglove and robotics tools. Imports again without a loss.",
    Format.LOG: "JSON lines, one message each. Imports again without a loss.",
}


def export_popover(entry: SessionEntry, query: MessageQuery = EVERYTHING) -> None:
    """A button that opens the choice of formats; `query` is the part of the session that is in view, if not all."""
    with st.popover("Export", icon=":material/ios_share:"):
        wanted = st.segmented_control("Format", list(LABELS), format_func=LABELS.__getitem__, default=Format.HTML,
                                      required=True, key=Key.EXPORT_FORMAT)  # fmt: skip
        st.caption(EXPLAINED[wanted])
        part = False
        if query != EVERYTHING and wanted is not Format.HTML:
            part = st.checkbox("Only the range and the topics in view", value=True, key=Key.EXPORT_PART)
        asked = f"{entry.id}-{wanted}-{part and hash(query)}"
        st.button("Write the file", key=Key.EXPORT_START, type="primary", on_click=_ask, args=(asked,))
        if chosen(Key.EXPORT_ASKED, "") == asked:
            _file(entry, wanted, query if part else EVERYTHING)


def _ask(asked: str) -> None:
    st.session_state[Key.EXPORT_ASKED] = asked
    st.session_state[Key.EXPORT_ROUND] = chosen(Key.EXPORT_ROUND, 0) + 1


def _file(entry: SessionEntry, wanted: Format, query: MessageQuery) -> None:
    """Each press of the button writes anew: the files of earlier ones may be gone."""
    where = zone().key
    folder = get_services().exports

    def write(reader: Reader, progress: Progress) -> Path:
        file = folder.new(f"{entry.path.stem}.{wanted.value}")
        export_session(reader.path, file, wanted, progress, query=query, zone=where)
        return file

    again = chosen(Key.EXPORT_ROUND, 0)
    file = computed("export", entry, write, wanted.value, query, where, again, doing="Writing the file…")
    if file is None:
        return
    if not file.is_file():
        st.caption(":material/info: The file is gone by now. Write it again.")
        return
    size = file.stat().st_size
    if size > LARGEST:
        st.caption(f":material/info: The file has {fmt.size(size)}, too much for a browser. On the command line:")
        st.code(f"session-manager export {entry.path.stem} --format {wanted.value}", language=None)
        return
    st.download_button(f"Download {file.suffix} ({fmt.size(size)})", reading(file), file.name, MEDIA[wanted],
                       icon=":material/download:", on_click="ignore", key=Key.EXPORT_DOWNLOAD)  # fmt: skip
