"""The message browser: filters, pages, and one message in full."""

from __future__ import annotations

import streamlit as st

from app import format as fmt
from app.services import Services
from app.state import Key, chosen, optional_number, zone
from app.widgets.cached import count_of, page_of, stamp_of
from app.widgets.message_details import message_details
from app.widgets.messages_table import COLUMNS, messages_frame
from app.widgets.problems import problems_shown, reversed_hint
from core.message import NS_PER_SECOND
from store.catalog import SessionEntry
from store.query import MessageQuery
from store.reading import Reader

PAGE_SIZES = (25, 50, 100, 250)
FILTER_SEPARATOR = ","
ROW_PX = 30


def messages_tab(services: Services, entry: SessionEntry) -> None:
    """Draws it; a change of filter, page or selection refreshes only this part of the page."""
    st.fragment(_draw)(services, entry)


def _draw(services: Services, entry: SessionEntry) -> None:
    with problems_shown():
        size = _filters()
        if reversed_hint(Key.MESSAGES_FROM, Key.MESSAGES_TO):
            return
        with services.read_session(entry.path) as reader:
            _page(reader, entry, _query(reader.metadata.started_ns), size)


def _filters() -> int:
    topic, text, start, end, size = st.columns([3, 3, 1.5, 1.5, 1.2])
    topic.text_input("Topic filter", key=Key.MESSAGES_FILTER, placeholder="e.g. ccu/order/# or module/v1/ff/+/state",
                     help="Several are separated by commas.")  # fmt: skip
    text.text_input("Text in topic or payload", key=Key.MESSAGES_TEXT, placeholder="e.g. FINISHED",
                    icon=":material/search:")  # fmt: skip
    start.number_input("From (s)", min_value=0.0, value=None, step=1.0, key=Key.MESSAGES_FROM, placeholder="start",
                       help="Seconds since the start of the session")  # fmt: skip
    end.number_input("To (s)", min_value=0.0, value=None, step=1.0, key=Key.MESSAGES_TO, placeholder="end",
                     help="Seconds since the start of the session, not included")  # fmt: skip
    return size.selectbox("Per page", PAGE_SIZES, index=1, key=Key.MESSAGES_SIZE)


def _query(origin_ns: int) -> MessageQuery:
    filters = (one.strip() for one in chosen(Key.MESSAGES_FILTER, "").split(FILTER_SEPARATOR))
    return MessageQuery(
        include=tuple(one for one in filters if one),
        text=chosen(Key.MESSAGES_TEXT, ""),
        start_ns=_at(origin_ns, optional_number(Key.MESSAGES_FROM)),
        end_ns=_at(origin_ns, optional_number(Key.MESSAGES_TO)),
    )


def _at(origin_ns: int, offset_s: float | None) -> int | None:
    return None if offset_s is None else origin_ns + round(offset_s * NS_PER_SECOND)


def _page_key(entry: SessionEntry, query: MessageQuery, size: int) -> str:
    """Another choice of messages is another row of pages, so it begins at the first."""
    return f"{Key.MESSAGES_PAGE}-{entry.id}-{size}-{query}"


def _page(reader: Reader, entry: SessionEntry, query: MessageQuery, size: int) -> None:
    stamp = stamp_of(entry)
    total = count_of(entry.path, stamp, query)
    pages = max(1, -(-total // size))
    table = st.container()
    page = st.pagination(pages, key=_page_key(entry, query, size)) if pages > 1 else 1
    offset = (min(page, pages) - 1) * size
    ids = page_of(entry.path, stamp, query, offset, size) if total else []  # to find nothing once is enough
    found = (reader.message(one) for one in ids)
    messages = [message for message in found if message is not None]
    if not messages:
        table.caption("No message matches. Change the filters above.")
        return
    table.caption(
        f"{fmt.number(offset + 1)} to {fmt.number(offset + len(messages))} of {fmt.messages(total)}, "
        f"times in {zone().key}"
    )
    picked = table.dataframe(
        messages_frame(messages, zone()),
        column_config=COLUMNS,
        hide_index=True,
        row_height=ROW_PX,
        height=min(400, ROW_PX * (len(messages) + 1) + 10),
        key=f"{Key.MESSAGES_TABLE}-{messages[0].id}-{len(messages)}",
        on_select="rerun",
        selection_mode="single-row",
    )
    rows = picked["selection"]["rows"]
    if rows and rows[0] < len(messages):
        message_details(messages[rows[0]], reader.metadata.started_ns)
    else:
        st.caption(":material/touch_app: Select a row to see the whole message.")
