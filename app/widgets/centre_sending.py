"""The sending half of the message centre: any message by hand, with a history."""

from __future__ import annotations

import streamlit as st

from analysis.templates.model import TemplateSet
from app import format as fmt
from app.listening import Heard
from app.services import Services
from app.state import Key, chosen, zone
from app.widgets.centre_check import wrong_with
from app.widgets.centre_start import starting_point, take
from app.widgets.problems import hint, problem, why_failed
from app.widgets.replay_single import SENT, why_no_json
from app.widgets.steering_draft import breaks_template
from app.widgets.text import plain, shortened
from core.message import LIVE, LIVE_RETAINED, Message
from core.topics import why_invalid_topic
from mqtt.gateway import MqttGateway, Sent
from replay.guard import why_not

KEPT = 20
"""Messages in the history of a visitor."""
LARGEST = 1_000_000
"""Bytes of a payload that is sent by hand."""


def sending(services: Services, name: str, heard: Heard) -> None:
    """Draws it."""
    saved = starting_point(services, heard)
    left, right = st.columns([3, 1])
    left.text_input(
        "Topic",
        key=Key.CENTRE_SEND_TOPIC,
        placeholder="for example test/me",
        persist_state="session",
        on_change=_edited,
    )
    right.segmented_control("QoS", [0, 1, 2], default=1, required=True, key=Key.CENTRE_SEND_QOS)
    st.text_area("Payload", key=Key.CENTRE_SEND_PAYLOAD, height=160, persist_state="session", on_change=_edited)
    st.checkbox("Retain", key=Key.CENTRE_SEND_RETAIN,
                help="The broker keeps it and sends it to everybody who subscribes later. An empty payload deletes "
                "what it keeps.")  # fmt: skip
    _warnings(saved)
    refused = why_not(services.client(name))
    st.button(f"Send to {plain(name)}", key=Key.CENTRE_SEND, icon=":material/send:", type="primary",
              disabled=refused is not None, on_click=_send, args=(services, name, saved))  # fmt: skip
    if refused:
        st.caption(f":material/lock: {plain(name)} is not marked for publishing, so nothing is sent to it by hand. "
                   "Choose replay or mock in the sidebar, or the page Steering for commands.")  # fmt: skip
    _result()
    _history()


def _edited() -> None:
    """Why the message before was not sent says nothing about this one."""
    if not str(chosen(Key.CENTRE_RESULT, "")).startswith(SENT):
        st.session_state[Key.CENTRE_RESULT] = ""


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


def _warnings(saved: TemplateSet | None) -> None:
    topic, payload = _typed()
    if not topic:
        return
    if reason := why_not_sent(topic, payload):
        hint(reason)
        return
    wrong = wrong_with(topic, payload, saved, retain=bool(chosen(Key.CENTRE_SEND_RETAIN, default=False)))
    if wrong:
        breaks_template(wrong, payload, Key.CENTRE_OVERRIDE)
    elif wrong is not None:
        st.caption(":material/check: It is as the template of its topic expects.")
    elif payload[:1] in (b"{", b"[") and (why := why_no_json(payload)):
        hint(f"This payload begins like JSON and is none ({why}). It is sent as it stands.")
    else:
        st.caption("No template is about this topic, so nothing is checked.")


def _send(services: Services, name: str, saved: TemplateSet | None) -> None:
    topic, payload = _typed()
    qos = int(chosen(Key.CENTRE_SEND_QOS, 1))
    retain, override = (bool(chosen(key, default=False)) for key in (Key.CENTRE_SEND_RETAIN, Key.CENTRE_OVERRIDE))

    def check(topic: str, payload: bytes) -> list[str]:
        return [f"{one.path} {one.reason}" for one in wrong_with(topic, payload, saved, retain=retain) or ()]

    gateway = MqttGateway(services.client(name), check, services.steering.generator.new_id)
    done: list[Sent] = []
    wrong = why_not_sent(topic, payload) or why_failed(
        lambda: done.append(gateway.send(topic, lambda: payload, override=override, qos=qos, retain=retain))
    )
    at = fmt.moment(services.clock.now_ns(), zone())
    against = " It breaks its template; that was on purpose." if done and done[0].overridden else ""
    words = f"{SENT}{topic}, {fmt.size(len(payload))}, {at}. The broker of {name} has confirmed it.{against}"
    st.session_state[Key.CENTRE_RESULT] = wrong or words
    outcome = wrong or ("confirmed, against its template" if against else "confirmed")
    entry = (topic, payload.decode(), qos, retain, at, outcome)
    st.session_state[Key.CENTRE_HISTORY] = [entry, *chosen(Key.CENTRE_HISTORY, [])][:KEPT]
    if done:
        st.session_state[Key.CENTRE_OVERRIDE] = False  # the next one is looked at anew; browsers have to be told


def _result() -> None:
    text = str(chosen(Key.CENTRE_RESULT, ""))
    if text.startswith(SENT):
        st.success(plain(text), icon=":material/check_circle:")
    elif text:
        problem(text)


def _history() -> None:
    """What was sent before, and what was not, with the reason; each can be taken again."""
    history: list[tuple[str, str, int, bool, str, str]] = chosen(Key.CENTRE_HISTORY, [])
    if not history:
        return
    with st.expander(f"History ({len(history)})"):
        for number, (topic, payload, qos, retain, at, outcome) in enumerate(history):
            message = Message(topic, payload.encode("utf-8", "replace"), qos, LIVE_RETAINED if retain else LIVE, 0)
            with st.container(horizontal=True, vertical_alignment="center"):
                st.caption(
                    plain(f"{at}  {shortened(topic, 80) or 'no topic'}: {shortened(outcome, 120)}"), width="stretch"
                )
                st.button("Take it again", key=f"{Key.CENTRE_AGAIN}-{number}", type="tertiary", on_click=take,
                          args=(message,))  # fmt: skip
