"""One message in full: tree, text, bytes, pictures, what changed, and its properties. All of it is shown as text."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from analysis.message_view import MessageView, hexadecimal, message_view
from analysis.mosquitto_command import publish_command
from analysis.payload_diff import payload_difference
from analysis.pictures import Picture, pictures
from app import format as fmt
from app.state import Key, zone
from app.widgets.analyse_view import View, set_message
from app.widgets.messages_table import retain_words
from app.widgets.payload_pictures import show_pictures
from app.widgets.problems import hint
from app.widgets.text import parts, plain
from core.errors import UsageError
from core.message import NS_PER_SECOND
from core.payload import PayloadKind
from store.query import MessageQuery
from store.reading import Reader
from store.results import StoredMessage

TREE, TEXT, HEX, PICTURE, CHANGES, COMMAND = "Tree", "Text", "Hex", "Picture", "Changes", "Publish again"
HEX_SHOWN = 4096
"""So many bytes are shown in hexadecimal."""
HEIGHT = 420
CHANGE_COLUMNS = {
    "Field": st.column_config.TextColumn("Field", width=200),
    "Before": st.column_config.TextColumn("Before", width=160),
    "Now": st.column_config.TextColumn("Now", width=160),
}


def message_details(view: View, reader: Reader, stored: StoredMessage) -> None:
    """Draws them; `reader` finds the message before."""
    message = stored.message
    with st.container(border=True):
        st.code(message.topic, language=None, wrap_lines=True)
        st.caption(_facts(view, stored))
        seen, images = message_view(message), pictures(message.payload)
        modes = _modes(seen, images)
        mode = st.segmented_control(
            "View",
            modes,
            default=modes[0],
            required=True,
            key=f"{Key.MESSAGE_VIEW}-{modes[0]}-{len(modes)}",
            label_visibility="collapsed",
        )
        if mode == CHANGES:
            _changes(view, reader, stored)
        elif mode == COMMAND:
            _command(stored)
        elif mode == PICTURE:
            show_pictures(images)
        else:
            _payload(message.payload, seen, images, str(mode))
        if message.properties is not None:
            st.caption("MQTT 5 properties")
            st.json(message.properties.to_json())


def _facts(view: View, stored: StoredMessage) -> str:
    message, retain = stored.message, retain_words(stored.message.retain)
    return parts(
        f"Message {fmt.number(stored.id)}",
        fmt.moment(message.at_ns, zone(), fraction=True),
        fmt.offset((message.at_ns - view.origin_ns) / NS_PER_SECOND),
        fmt.size(len(message.payload)),
        f"QoS {message.qos}",
        *([retain] if retain else []),
    )


def _modes(seen: MessageView, images: tuple[Picture, ...]) -> list[str]:
    """The ways to look at a message, the best one first; bytes that are no text have neither tree nor text."""
    picture = [PICTURE] if images else []
    if seen.kind is PayloadKind.BINARY:
        return [*picture, HEX, CHANGES, COMMAND]
    tree = [TREE] if isinstance(seen.value, dict | list) else []
    return [*tree, TEXT, *picture, HEX, CHANGES, COMMAND]


def _payload(payload: bytes, seen: MessageView, images: tuple[Picture, ...], mode: str) -> None:
    if not payload:
        st.caption("The payload is empty. An empty retained message clears what the broker has stored.")
    elif mode == HEX:
        st.code(hexadecimal(payload[:HEX_SHOWN]), language=None, height=min(HEIGHT, 60 + 22 * (len(payload) // 16)))
        if len(payload) > HEX_SHOWN:
            st.caption(f"The first {fmt.number(HEX_SHOWN)} of {fmt.number(len(payload))} bytes.")
    elif mode == TREE:
        left, right = st.columns([3, 2]) if images else (st.container(), None)
        left.json(seen.value, expanded=2)
        if right is not None:
            with right:
                show_pictures(images[:1])
    else:
        st.code(seen.text, language="json" if seen.value is not None else None, wrap_lines=True, height=HEIGHT)
    if seen.left_out and mode != HEX:
        hint(seen.left_out)


def _changes(view: View, reader: Reader, stored: StoredMessage) -> None:
    """Against the message before on the same topic, whatever the filters hide."""
    before = previous(reader, stored)
    if before is None:
        st.caption("It is the first message of its topic in this session.")
        return
    ago = fmt.duration((stored.message.at_ns - before.message.at_ns) / NS_PER_SECOND)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"What changed since message {fmt.number(before.id)} of this topic, {ago} before", width="content")
        st.button("Open that one", key=Key.MESSAGE_BEFORE, icon=":material/undo:", on_click=set_message,
                  args=(view.entry, before.id))  # fmt: skip
    found = payload_difference(before.message.payload, stored.message.payload)
    if found.changes:
        rows = [(one.path, one.before or fmt.NOTHING, one.after or fmt.NOTHING) for one in found.changes]
        st.dataframe(pd.DataFrame(rows, columns=list(CHANGE_COLUMNS)), column_config=CHANGE_COLUMNS, hide_index=True)
    if found.lines:
        st.code(found.lines, language="diff", wrap_lines=True)
    if found.note:
        st.caption(plain(found.note))


def previous(reader: Reader, stored: StoredMessage) -> StoredMessage | None:
    """The message before on the same topic; None if there is none."""
    topic = stored.message.topic
    try:
        found = reader.latest(MessageQuery(include=(topic,)), 0, stored.id - 1)
    except UsageError:  # a file of another program may hold topics that no broker takes
        return None
    return next((one for one in found if one.message.topic == topic), None)


def _command(stored: StoredMessage) -> None:
    command = publish_command(stored.message, stored.id)
    st.caption("Publishes this message again, from a terminal, to a broker on this machine. Change the host behind -h.")
    st.code(command.text, language="bash", wrap_lines=True)
    if command.file_name:
        st.caption(f"The command reads the payload from {command.file_name} in the folder where it runs.")
        st.download_button("Download the payload", stored.message.payload, command.file_name,
                           mime="application/octet-stream", key=Key.MESSAGE_FILE, icon=":material/download:",
                           on_click="ignore")  # fmt: skip
    if command.note:
        hint(command.note)
