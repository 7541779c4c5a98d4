"""The live half of the message centre: the newest messages, or the last value of each topic."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app import format as fmt
from app.listening import Heard
from app.state import Key, chosen, zone
from app.widgets.messages_table import preview
from app.widgets.text import plain
from aps.topics import COLOURS, LABELS, category
from core.message import NS_PER_SECOND, Message
from core.payload import PayloadKind, view

MESSAGES, TOPICS = "Messages", "Topics"
SILENT_S = 60.0
"""A topic that has said nothing for so long is greyed."""
ROW_PX, TALL_PX = 30, 460
FAINT = "opacity: 0.5"


def live_messages(heard: Heard, now_ns: int) -> None:
    """Draws them."""
    search = str(chosen(Key.CENTRE_SEARCH, "")).strip().casefold()
    if chosen(Key.CENTRE_SHAPE, MESSAGES) == TOPICS:
        _topics([one for one in heard.by_topic.values() if _wanted(one, search)], now_ns, too_many=heard.too_many)
    else:
        _messages([one for one in heard.newest if _wanted(one, search)])
    topics = sorted(one.topic for one in heard.by_topic.values() if _wanted(one, search))
    if topics:
        _one_topic(heard, topics)


def _wanted(message: Message, search: str) -> bool:
    found = not search or search in message.topic.casefold()
    return found or search in preview(message.payload).casefold()


def _messages(messages: Sequence[Message]) -> None:
    if not messages:
        st.caption(
            ":material/hourglass_empty: No message has come for this choice yet. It is shown as soon as one does."
        )
        return
    where = zone()
    st.caption(f"The newest {fmt.messages(len(messages))}, the newest first, times in {where.key}")
    rows = [
        (fmt.moment(one.at_ns, where, fraction=True).split()[1], _category(one), one.topic, one.qos, _retained(one),
         preview(one.payload))
        for one in messages
    ]  # fmt: skip
    _table(pd.DataFrame(rows, columns=["Time", "Category", "Topic", "QoS", "Retain", "Payload"]))


def _topics(messages: Sequence[Message], now_ns: int, *, too_many: bool) -> None:
    if not messages:
        st.caption(":material/hourglass_empty: No topic of this choice has been heard yet.")
        return
    ages = {one.topic: max(0.0, (now_ns - one.at_ns) / NS_PER_SECOND) for one in messages}
    ordered = sorted(messages, key=lambda one: one.topic)
    more = " More topics were heard than are kept; choose fewer." if too_many else ""
    st.caption(f"{fmt.counted(len(ordered), 'topic')}; those that have been silent for a minute are grey.{more}")
    rows = [
        (_category(one), one.topic, fmt.duration(float(round(ages[one.topic]))), one.qos, _retained(one),
         preview(one.payload))
        for one in ordered
    ]  # fmt: skip
    silent = {number for number, one in enumerate(ordered) if ages[one.topic] > SILENT_S}
    _table(pd.DataFrame(rows, columns=["Category", "Topic", "Age", "QoS", "Retain", "Payload"]), silent)


def _table(frame: pd.DataFrame, faint: set[int] | None = None) -> None:
    """Categories in their colours; topics and payloads are text."""
    colours = {LABELS[one]: colour for one, colour in COLOURS.items()}
    styled = frame.style.map(lambda value: f"color: {colours.get(value, 'inherit')}", subset=["Category"])
    if faint:
        styled = styled.apply(lambda row: [FAINT if row.name in faint else ""] * len(row), axis=1)
    columns = {
        "Time": st.column_config.TextColumn("Time", width=105),
        "Category": st.column_config.TextColumn("Category", width=155),
        "Topic": st.column_config.TextColumn("Topic", width=290),
        "Age": st.column_config.TextColumn("Age", width=90),
        "QoS": st.column_config.NumberColumn("QoS", width=45),
        "Retain": st.column_config.TextColumn("Retain", width=75),
        "Payload": st.column_config.TextColumn("Payload", width=520),
    }
    tall = min(TALL_PX, ROW_PX * (len(frame) + 1) + 10)
    st.dataframe(styled, column_config={name: columns[name] for name in frame.columns}, hide_index=True,
                 row_height=ROW_PX, height=tall)  # fmt: skip


def _one_topic(heard: Heard, topics: list[str]) -> None:
    """The last value of a topic, in full."""
    if chosen(Key.CENTRE_TOPIC, "") not in topics:
        st.session_state[Key.CENTRE_TOPIC] = None
    topic = st.selectbox(
        "Look at a topic", topics, index=None, key=Key.CENTRE_TOPIC, placeholder="Its last value in full"
    )
    if topic is None:
        return
    message = heard.by_topic[topic]
    seen = view(message.payload)
    st.caption(f"{fmt.size(len(message.payload))}, {plain(fmt.moment(message.at_ns, zone(), fraction=True))}")
    if seen.kind is PayloadKind.JSON and isinstance(seen.value, dict | list):
        st.json(seen.value)
    else:
        st.code(seen.text or "(empty)", language=None, wrap_lines=True)


def _category(message: Message) -> str:
    return LABELS[category(message.topic)]


def _retained(message: Message) -> str:
    return "retained" if message.retained else ""
