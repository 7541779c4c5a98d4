"""One message of the message centre in full: when it came, its payload, and the pictures in it."""

from __future__ import annotations

import streamlit as st

from analysis.message_view import message_view
from analysis.pictures import pictures
from app import format as fmt
from app.state import zone
from app.widgets.payload_pictures import show_pictures
from app.widgets.problems import hint
from app.widgets.text import plain
from core.message import FROM_DUMP, Message


def whole_message(message: Message) -> None:
    """Draws it; of what is too large for a browser the beginning."""
    seen, images = message_view(message), pictures(message.payload)
    at = fmt.moment(message.at_ns, zone(), fraction=True)
    when = "stored at the broker, age not known" if message.retain == FROM_DUMP else at
    st.caption(plain(f"{message.topic}, {fmt.size(len(message.payload))}, {when}"))
    if isinstance(seen.value, dict | list):
        st.json(seen.value)
    else:
        st.code(seen.text or "(empty)", language=None, wrap_lines=True)
    if seen.left_out:
        hint(seen.left_out)
    show_pictures(images)
