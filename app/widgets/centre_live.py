"""The live half of the message centre: the newest messages, or the last value of each topic."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from app import format as fmt
from app.listening import NEWEST, Heard
from app.state import Key, chosen, chosen_of, zone
from app.widgets.centre_message import whole_message
from app.widgets.messages_table import preview
from app.widgets.problems import hint
from app.widgets.row_table import selected_row
from aps.topics import COLOURS, LABELS, category
from core.message import FROM_DUMP, NS_PER_SECOND, Message

MESSAGES, TOPICS = "Messages", "Topics"
SILENT_S = 60.0
"""A topic that has said nothing for so long is greyed."""
ROW_PX, TALL_PX = 30, 460
FAINT = "color: #8a8f94"
"""The table is painted, it knows colours only."""
STORED = "stored"
"""In place of a time or an age that nobody knows."""


def live_messages(heard: Heard, now_ns: int, nothing: str) -> None:
    """Draws them. `nothing`: what to do while nothing has come, as markdown; empty: no word."""
    search = str(chosen(Key.CENTRE_SEARCH, "")).strip().casefold()
    wanted = [one for one in heard.by_topic.values() if _wanted(one, search)]
    if heard.why_not_stored:
        hint(heard.why_not_stored)
    if nothing and not heard.newest:
        st.caption(f":material/hourglass_empty: {nothing}")
    if heard.by_topic and not wanted:
        st.caption(":material/search_off: Nothing that is known has this text.")
    elif chosen(Key.CENTRE_SHAPE, MESSAGES) == TOPICS:
        _topics(wanted, now_ns, too_many=heard.too_many)
    else:
        _messages([one for one in heard.newest if _wanted(one, search)],
                  [one for one in heard.stored if _wanted(one, search)], search)  # fmt: skip
    if wanted:
        _one_topic(heard, sorted(one.topic for one in wanted))


def _wanted(message: Message, search: str) -> bool:
    found = not search or search in message.topic.casefold()
    return found or search in preview(message.payload).casefold()


def _messages(messages: Sequence[Message], stored: Sequence[Message], search: str) -> None:
    """What came, the newest first; below it what the broker stores of topics that have said nothing since.

    In a pause, when the rows stand still, one can be selected and is shown in full.
    """
    shown = [*messages, *stored][:NEWEST]
    if not shown:
        return
    where = zone()
    rows = [
        (STORED if one.retain == FROM_DUMP else fmt.moment(one.at_ns, where, fraction=True).split()[1],
         _category(one), one.topic, one.qos, _retained(one), preview(one.payload))
        for one in shown
    ]  # fmt: skip
    said = []
    if messages:
        said.append(f"The newest {fmt.messages(len(messages))}, the newest first, times in {where.key}.")
    if rest := len(shown) - len(messages):
        said.append(f"Grey: {fmt.messages(rest)} that the broker stores; when they were sent is not known.")
    paused = bool(chosen(Key.CENTRE_PAUSED, default=False))
    said.append("Select a row to see the whole message." if paused else "Pause to look at a single one.")
    st.caption(" ".join(said))
    faint = set(range(len(messages), len(shown)))
    frame = pd.DataFrame(rows, columns=["Time", "Category", "Topic", "QoS", "Retain", "Payload"])
    if not paused:
        _table(frame, faint)
        return
    key = f"{Key.CENTRE_ROW}-{hash((search, len(shown), shown[0].topic, shown[0].at_ns))}"  # other rows, none selected
    _table(frame, faint, key)
    row = selected_row(key, len(shown))
    if row is not None:
        whole_message(shown[row])


def _topics(messages: Sequence[Message], now_ns: int, *, too_many: bool) -> None:
    if not messages:
        return
    ordered = sorted(messages, key=lambda one: one.topic)
    ages = [_age_s(one, now_ns) for one in ordered]
    more = " More topics were heard than are kept; choose fewer." if too_many else ""
    st.caption(
        f"{fmt.counted(len(ordered), 'topic')}; grey: silent for a minute, or only stored at the broker, so that the "
        f"age is not known.{more}"
    )
    rows = [
        (_category(one), one.topic, STORED if age is None else fmt.age(age), one.qos,
         _retained(one), preview(one.payload))
        for one, age in zip(ordered, ages, strict=True)
    ]  # fmt: skip
    silent = {number for number, age in enumerate(ages) if age is None or age > SILENT_S}
    _table(pd.DataFrame(rows, columns=["Category", "Topic", "Age", "QoS", "Retain", "Payload"]), silent)


def _age_s(message: Message, now_ns: int) -> float | None:
    """None: nobody knows."""
    return None if message.retain == FROM_DUMP else max(0.0, (now_ns - message.at_ns) / NS_PER_SECOND)


def _table(frame: pd.DataFrame, faint: set[int] | None = None, key: str = "") -> None:
    """Categories in their colours; topics and payloads are text. `key`: of one whose rows can be selected."""
    colours = {LABELS[one]: _as_text(colour) for one, colour in COLOURS.items()}
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
                 row_height=ROW_PX, height=tall, key=key or None, on_select="rerun" if key else "ignore",
                 selection_mode="single-row")  # fmt: skip


def _as_text(colour: str) -> str:
    """A colour of the charts, further from the background: small text needs more contrast than an area."""
    towards, share = (255, 0.4) if st.context.theme.type == "dark" else (0, 0.25)
    parts = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return "#" + "".join(f"{round(part + (towards - part) * share):02x}" for part in parts)


def _one_topic(heard: Heard, topics: list[str]) -> None:
    """The last value of a topic, in full."""
    chosen_of(Key.CENTRE_TOPIC, topics)
    topic = st.selectbox(
        "Look at a topic", topics, index=None, key=Key.CENTRE_TOPIC, placeholder="Its last value in full"
    )
    if topic is not None:
        whole_message(heard.by_topic[topic])


def _category(message: Message) -> str:
    return LABELS[category(message.topic)]


def _retained(message: Message) -> str:
    return "retained" if message.retained else ""
