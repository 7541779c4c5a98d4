"""One message in full: tree, text or bytes, and its properties. All of it is shown as text."""

from __future__ import annotations

import streamlit as st

from analysis.message_view import MessageView, hexadecimal, message_view
from app import format as fmt
from app.state import Key, zone
from app.widgets.messages_table import retain_words
from app.widgets.problems import hint
from core.message import NS_PER_SECOND
from core.payload import PayloadKind
from store.reader import StoredMessage

TREE, TEXT, HEX = "Tree", "Text", "Hex"
HEX_SHOWN = 4096
"""So many bytes are shown in hexadecimal."""
HEIGHT = 420


def message_details(stored: StoredMessage, origin_ns: int) -> None:
    """`origin_ns` is the session's start."""
    message = stored.message
    with st.container(border=True):
        st.code(message.topic, language=None, wrap_lines=True)
        retain = retain_words(message.retain)
        st.caption(
            f"Message {fmt.number(stored.id)} · {fmt.moment(message.at_ns, zone(), fraction=True)} · "
            f"{fmt.offset((message.at_ns - origin_ns) / NS_PER_SECOND)} · {fmt.size(len(message.payload))} · "
            f"QoS {message.qos}{f' · {retain}' if retain else ''}"
        )
        seen = message_view(message)
        modes = _modes(seen)
        mode = st.segmented_control(
            "View",
            modes,
            default=modes[0],
            required=True,
            key=f"{Key.MESSAGE_VIEW}-{modes[0]}",
            label_visibility="collapsed",
        )
        _payload(message.payload, seen, str(mode))
        if message.properties is not None:
            st.caption("MQTT 5 properties")
            st.json(message.properties.to_json())


def _modes(seen: MessageView) -> list[str]:
    """The ways to look at a payload, the best one first; of bytes that are no text there is but one."""
    if seen.kind is PayloadKind.BINARY:
        return [HEX]
    return [TREE, TEXT, HEX] if isinstance(seen.value, dict | list) else [TEXT, HEX]


def _payload(payload: bytes, seen: MessageView, mode: str) -> None:
    if not payload:
        st.caption("The payload is empty. An empty retained message clears what the broker has stored.")
    elif mode == HEX:
        st.code(hexadecimal(payload[:HEX_SHOWN]), language=None, height=min(HEIGHT, 60 + 22 * (len(payload) // 16)))
        if len(payload) > HEX_SHOWN:
            st.caption(f"The first {fmt.number(HEX_SHOWN)} of {fmt.number(len(payload))} bytes.")
    elif mode == TREE:
        st.json(seen.value, expanded=2)
    else:
        st.code(seen.text, language="json" if seen.value is not None else None, wrap_lines=True, height=HEIGHT)
    if seen.left_out and mode != HEX:
        hint(seen.left_out)
