"""With which quality of service and retain flag messages are published."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from app.state import Key, chosen
from replay.status import ReplayRequest

AS_RECORDED = "as recorded"
ALWAYS, NEVER = "always", "never"
RETAIN = {AS_RECORDED: None, ALWAYS: True, NEVER: False}


def delivery_fields() -> None:
    """Both as recorded, or the same for all messages."""
    st.segmented_control("Quality of service (QoS)", [AS_RECORDED, "0", "1", "2"], default=AS_RECORDED, required=True,
                         key=Key.REPLAY_QOS, wrap=True, persist_state="session",
                         help="0: may be lost on the way. 1: arrives, maybe twice. 2: arrives once.")  # fmt: skip
    st.segmented_control("Retain flag", list(RETAIN), default=AS_RECORDED, required=True,
                         key=Key.REPLAY_RETAIN, wrap=True, persist_state="session",
                         help="With the flag the broker keeps a message, and gives it to whoever connects later. "
                         "Always: it keeps the last one of every topic, whatever the factory did. Never: the replay "
                         "leaves nothing behind, but a dashboard that connects later sees less than with the "
                         "factory.")  # fmt: skip


def delivery_summary(request: ReplayRequest) -> str:
    """What is set there, in a line."""
    if request.qos is None and request.retain is None:
        return AS_RECORDED
    qos = "QoS as recorded" if request.qos is None else f"QoS {request.qos}"
    if request.retain is None:
        return f"{qos}, retain flag as recorded"
    return f"{qos}, {ALWAYS if request.retain else NEVER} retained"


def with_delivery(request: ReplayRequest) -> ReplayRequest:
    """With what the fields say."""
    qos = chosen(Key.REPLAY_QOS, AS_RECORDED)
    return replace(
        request,
        qos=None if qos == AS_RECORDED else int(qos),
        retain=RETAIN[chosen(Key.REPLAY_RETAIN, AS_RECORDED)],
    )
