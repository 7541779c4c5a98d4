"""The sending half of the message centre: any message by hand, with a history."""

from __future__ import annotations

import streamlit as st

from app import format as fmt
from app.listening import Heard
from app.services import Services
from app.state import Key, chosen, zone
from app.widgets.problems import hint, problem, why_failed
from app.widgets.replay_single import SENT, for_people, was_json
from app.widgets.text import plain, shortened
from core.message import LIVE, LIVE_RETAINED, Message
from core.topics import why_invalid_topic
from mqtt.gateway import send_one
from replay.guard import why_not

KEPT = 20
"""Messages in the history of a visitor."""
LARGEST = 1_000_000
"""Bytes of a payload that is sent by hand."""


def sending(services: Services, name: str, heard: Heard) -> None:
    """Draws it."""
    _starting_point(heard)
    left, right = st.columns([3, 1])
    left.text_input("Topic", key=Key.CENTRE_SEND_TOPIC, placeholder="for example test/me", persist_state="session")
    qos = right.segmented_control("QoS", [0, 1, 2], default=1, required=True, key=Key.CENTRE_SEND_QOS)
    st.text_area("Payload", key=Key.CENTRE_SEND_PAYLOAD, height=160, persist_state="session")
    retain = st.checkbox("Retain", key=Key.CENTRE_SEND_RETAIN,
                         help="The broker keeps it and sends it to everybody who subscribes later. An empty payload "
                         "deletes what it keeps.")  # fmt: skip
    refused = why_not(services.client(name))
    if st.button(f"Send to {plain(name)}", key=Key.CENTRE_SEND, icon=":material/send:", type="primary",
                 disabled=refused is not None):  # fmt: skip
        _send(services, name, int(qos), retain=retain)
    if refused:
        hint(refused)
    _warnings()
    _result()
    _history()


def _starting_point(heard: Heard) -> None:
    topics = sorted(heard.by_topic)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        topic = st.selectbox("Start from the last value of a topic", topics, index=None, key=Key.CENTRE_START,
                             placeholder="Pick a topic that was heard, or write your own message")  # fmt: skip
        if topic is not None and topic in heard.by_topic:
            st.button("Take it", key=Key.CENTRE_TAKE, on_click=_take, args=(heard.by_topic[topic],))


def _take(message: Message) -> None:
    st.session_state[Key.CENTRE_SEND_TOPIC] = message.topic
    st.session_state[Key.CENTRE_SEND_PAYLOAD] = for_people(message.payload)
    st.session_state[Key.CENTRE_SEND_QOS] = message.qos
    st.session_state[Key.CENTRE_SEND_RETAIN] = message.retained


def _typed() -> tuple[str, bytes]:
    topic = str(chosen(Key.CENTRE_SEND_TOPIC, "")).strip()
    return topic, str(chosen(Key.CENTRE_SEND_PAYLOAD, "")).encode("utf-8", "replace")


def why_not_sent(topic: str, payload: bytes) -> str | None:
    """Why this is no message; None if it is one."""
    if reason := why_invalid_topic(topic):
        return f"{reason[:1].upper()}{reason[1:]}. Correct the topic."
    if len(payload) > LARGEST:
        return f"The payload has {fmt.size(len(payload))}; at most {fmt.size(LARGEST)} are sent by hand."
    return None


def _warnings() -> None:
    topic, payload = _typed()
    if topic and (reason := why_not_sent(topic, payload)):
        hint(reason)
    elif payload[:1] in (b"{", b"[") and not was_json(payload):
        hint("This payload begins like JSON and is none. It is sent as it stands.")


def _send(services: Services, name: str, qos: int, *, retain: bool) -> None:
    topic, payload = _typed()
    message = Message(topic, payload, qos, LIVE_RETAINED if retain else LIVE, services.clock.now_ns())
    wrong = why_not_sent(topic, payload) or why_failed(lambda: send_one(services.client(name), message))
    at = fmt.moment(services.clock.now_ns(), zone())
    done = f"{SENT}{topic}, {fmt.size(len(payload))}, {at}. The broker of {name} has confirmed it."
    st.session_state[Key.CENTRE_RESULT] = wrong or done
    entry = (topic, payload.decode(), qos, retain, at, wrong or "confirmed")
    st.session_state[Key.CENTRE_HISTORY] = [entry, *chosen(Key.CENTRE_HISTORY, [])][:KEPT]


def _result() -> None:
    text = str(chosen(Key.CENTRE_RESULT, ""))
    if text.startswith(SENT):
        st.success(plain(text), icon=":material/check_circle:")
    elif text:
        problem(text)


def _history() -> None:
    """What was sent before; each can be taken again."""
    history: list[tuple[str, str, int, bool, str, str]] = chosen(Key.CENTRE_HISTORY, [])
    if not history:
        return
    with st.expander(f"Sent before ({len(history)})"):
        for number, (topic, payload, qos, retain, at, outcome) in enumerate(history):
            message = Message(topic, payload.encode("utf-8", "replace"), qos, LIVE_RETAINED if retain else LIVE, 0)
            with st.container(horizontal=True, vertical_alignment="center"):
                st.caption(plain(f"{at}  {shortened(topic, 80)}: {shortened(outcome, 120)}"), width="stretch")
                st.button("Take it again", key=f"{Key.CENTRE_AGAIN}-{number}", type="tertiary", on_click=_take,
                          args=(message,))  # fmt: skip
