"""One command before it is sent: shown, edited, checked; and what became of the last one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import streamlit as st

from analysis.templates.checking import Violation
from app import format as fmt
from app.services import Services
from app.state import Key, chosen, forget, zone
from app.widgets.links import factory_link
from app.widgets.problems import problem, succeeded, why_failed
from app.widgets.replay_confirm import confirmed
from app.widgets.replay_single import why_no_json
from app.widgets.text import plain
from aps.command import Command
from aps.command_check import check_command
from mqtt.gateway import Sent

SENT: Final = "Sent: "
"""How a result begins that is none of the errors."""
RESET: Final = "ccu/set/reset"


def prepare(build: Callable[..., Command], *arguments: object) -> None:
    """For callbacks: builds a command and shows it; an expected error is shown instead."""
    forget(Key.STEERING_RESULT, Key.STEERING_OVERRIDE, Key.STEERING_SURE)
    succeeded(lambda: _show(build(*arguments)))


def _show(command: Command) -> None:
    st.session_state[Key.STEERING_DRAFT] = command.title
    st.session_state[Key.STEERING_TOPIC] = command.topic
    st.session_state[Key.STEERING_PAYLOAD] = command.text


def draft(services: Services, name: str) -> None:
    """Draws the command that is being prepared, and the result of the last one."""
    _result()
    title = chosen(Key.STEERING_DRAFT, "")
    if not title:
        return
    with st.container(border=True):
        st.subheader(plain(title), anchor=False)
        st.text_input("Topic", key=Key.STEERING_TOPIC, persist_state="session")
        st.text_area("Payload", key=Key.STEERING_PAYLOAD, height=230, persist_state="session")
        topic, payload = _topic(), chosen(Key.STEERING_PAYLOAD, "")
        told(topic, payload, Key.STEERING_OVERRIDE)
        sure = topic != RESET or st.checkbox(
            "Yes, reset the factory: all orders end, wherever their workpieces are", key=Key.STEERING_SURE
        )
        with st.container(horizontal=True):
            st.button(f"Send to {plain(name)}", key=Key.STEERING_SEND, type="primary", icon=":material/send:",
                      disabled=not sure or locked(services, name), on_click=_send, args=(services, name))  # fmt: skip
            st.button("Discard", key=Key.STEERING_DISCARD, icon=":material/delete:", on_click=_discard)


def told(topic: str, payload: str, override: str, changed: Callable[[], None] | None = None) -> None:
    """What is wrong with a command, and the way to send it all the same; `override` is the key of that box, `changed`
    is called when somebody has used it.
    """
    typed = payload.encode("utf-8", "replace")
    wrong = check_command(topic, typed)
    if not wrong:
        st.caption(":material/check: It is what the factory's templates expect. QoS 1, not retained.")
        return
    breaks_template(wrong, typed, override, changed)


def breaks_template(
    wrong: Sequence[Violation], payload: bytes, override: str, changed: Callable[[], None] | None = None
) -> None:
    """Says it, each field with the reason, and offers to send it all the same; `override` is the key of that box."""
    reasons = [f"`{one.path}` {plain(one.reason)}" for one in wrong]
    if any(one.path == "$" for one in wrong) and (why := why_no_json(payload)):
        reasons.append(f"Read as JSON: {plain(why)}")
    st.warning("\n- ".join(["It breaks its template:", *reasons]), icon=":material/rule:")
    st.checkbox("Send it all the same", key=override, on_change=changed)


def locked(services: Services, name: str) -> bool:
    """Whether nothing can be sent to this environment before its address was typed."""
    place = services.environments.get(name)
    return not place.may_publish and not confirmed(place)


def sent_words(sent: Sent, services: Services, name: str) -> str:
    """For people: what has been confirmed."""
    against = " It breaks its template; that was on purpose." if sent.overridden else ""
    at = fmt.moment(services.clock.now_ns(), zone())
    return f"{SENT}{sent.message.topic}, {at}. The broker of {name} has confirmed it.{against}"


def _topic() -> str:
    """The one that is checked, asked about and sent: without blanks that somebody has typed around it."""
    return str(chosen(Key.STEERING_TOPIC, "")).strip()


def _send(services: Services, name: str) -> None:
    topic, payload = _topic(), chosen(Key.STEERING_PAYLOAD, "")
    done: list[Sent] = []
    wrong = why_failed(
        lambda: done.append(
            services.steering.send(
                name,
                topic,
                payload.encode("utf-8", "replace"),
                title=str(chosen(Key.STEERING_DRAFT, "")),
                confirmed=confirmed(services.environments.get(name)),
                override=bool(chosen(Key.STEERING_OVERRIDE, default=False)),
            )
        )
    )
    st.session_state[Key.STEERING_RESULT] = wrong or sent_words(done[0], services, name)
    if not wrong:
        st.session_state[Key.REPLAY_CONFIRM] = ""  # the next command is confirmed anew
        forget(Key.STEERING_DRAFT)


def _discard() -> None:
    forget(Key.STEERING_DRAFT, Key.STEERING_RESULT)


def _result() -> None:
    text = chosen(Key.STEERING_RESULT, "")
    if text.startswith(SENT):
        st.success(plain(text), icon=":material/check_circle:")
        factory_link()
    elif text:
        problem(text)
