"""Which messages the tab Messages shows, besides range and topics of the view; the page's address carries it, too."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from app.state import Key, chosen
from app.widgets.analyse_view import View
from store.query import MessageQuery

PAGE_SIZES = (25, 50, 100, 250)
QUALITIES = (0, 1, 2)
LONGEST = 1_000
"""Characters; a longer filter is not put into the address, which browsers and servers cut."""
JSON_HELP = """
A condition on JSON payloads: a path, and what its value shall be.

- `$.state == "RUNNING"`, `$.temperature > 25`, `$.actionState exists`
- operators `==` `!=` `<` `<=` `>` `>=` `exists`; texts in quotes, numbers, `true`, `false`, `null`
- `$.loads[0].type` the first element, `[-1]` the last one, `[*]` any one
- `$.type == "RED" && $.state != "FINISHED"`: both have to hold
"""
_PARAMETERS = {Key.MESSAGES_TEXT: "text", Key.MESSAGES_JSON: "json", Key.MESSAGES_QOS: "qos"}


def messages_filter(view: View) -> tuple[MessageQuery, int]:
    """Draws the fields. What they ask for, and how many messages a page has."""
    _read_address()
    text, condition, qos, size = st.columns([3, 3.4, 1.6, 1.1])
    text.text_input("Text in topic or payload", key=Key.MESSAGES_TEXT, placeholder="e.g. FINISHED",
                    icon=":material/search:", persist_state="session")  # fmt: skip
    condition.text_input("JSON condition", key=Key.MESSAGES_JSON, placeholder='e.g. $.state == "RUNNING"',
                         icon=":material/data_object:", help=JSON_HELP, persist_state="session")  # fmt: skip
    picked = qos.segmented_control("QoS", QUALITIES, selection_mode="multi", key=Key.MESSAGES_QOS,
                                   help="Quality of service; none chosen: all", persist_state="session")  # fmt: skip
    limit = size.selectbox("Per page", PAGE_SIZES, index=1, key=Key.MESSAGES_SIZE, persist_state="session")
    _write_address()
    query = replace(
        view.query,
        text=chosen(Key.MESSAGES_TEXT, ""),
        json=chosen(Key.MESSAGES_JSON, "").strip(),
        qos=tuple(sorted(picked)),
    )
    return query, limit


def _read_address() -> None:
    """Only what has not been chosen yet in this visit: afterwards the fields lead."""
    for key, name in _PARAMETERS.items():
        if key in st.session_state or name not in st.query_params:
            continue
        text = st.query_params[name]
        digits = [int(one) for one in text if one in "012"]
        st.session_state[key] = sorted(set(digits)) if key is Key.MESSAGES_QOS else text


def _write_address() -> None:
    for key, name in _PARAMETERS.items():
        value = st.session_state.get(key)
        text = "".join(map(str, sorted(value))) if isinstance(value, list) else str(value or "")
        if not text or len(text) > LONGEST:
            st.query_params.pop(name, None)
        elif st.query_params.get(name) != text:
            st.query_params[name] = text
