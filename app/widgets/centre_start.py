"""Where a message by hand begins: a shipped command, a saved template, or the last value of a topic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import streamlit as st

from analysis.templates.example import POSSIBLE, Present, example
from analysis.templates.model import Template, TemplateSet
from app.listening import Heard
from app.services import Services
from app.state import Key, chosen_of
from app.widgets.problems import problem, why_failed
from app.widgets.replay_single import for_people
from app.widgets.template_source import saved_set, saved_sets
from aps.command import Command
from aps.command_examples import command_examples
from aps.generator import MessageGenerator
from aps.modules import HBW
from aps.simulator.payloads import iso
from core.message import LIVE, Message

COMMANDS: Final = ""
"""The choice that is no saved set: what the factory listens to."""
HEARD: Final = "/heard"
"""No key of a saved set: those are names of files."""

Begin = Callable[[], Message]


def starting_point(services: Services, heard: Heard) -> TemplateSet | None:
    """Draws the choice. Returns the saved set that is chosen; None if none is, or it cannot be read."""
    saved = {one.key: one for one in saved_sets()}
    chosen_of(Key.CENTRE_SOURCE, {HEARD, *saved}, COMMANDS)
    names = {COMMANDS: "Commands to the factory", HEARD: "The last value of a topic"}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        source = st.selectbox("Start from", [COMMANDS, HEARD, *saved], key=Key.CENTRE_SOURCE, persist_state="session",
                              format_func=lambda one: names.get(one) or f"Saved: {saved[one].name}",
                              width=260,
                              help="Saved templates are those of the page Analyse. What is sent is checked against "
                              "them, and against the commands that the factory knows.")  # fmt: skip
        found: list[TemplateSet] = []
        wrong = why_failed(lambda: found.append(saved_set(source))) if source in saved else ""
        _item(_begins(services, source, heard, found[0] if found else None))
    if wrong:
        problem(wrong)
    return found[0] if found else None


def _begins(services: Services, source: str, heard: Heard, saved: TemplateSet | None) -> Mapping[str, Begin]:
    if source == HEARD:
        return {topic: partial(_as_it_is, heard.by_topic[topic]) for topic in sorted(heard.by_topic)}
    make = services.steering.generator
    if saved is not None:
        written = [one for one in saved.templates if any(kind in POSSIBLE for kind in one.payloads)]
        return {str(one.topic): partial(_of_template, one, services.clock.now_ns(), make) for one in written}
    examples = command_examples(make) if source == COMMANDS else {}
    return {title: partial(_of_command, build) for title, build in examples.items()}


def _item(begins: Mapping[str, Begin]) -> None:
    chosen_of(Key.CENTRE_START, begins)
    which = st.selectbox("Which", list(begins), index=None, key=Key.CENTRE_START, disabled=not begins,
                         placeholder="Pick one, or write your own message" if begins else "There is none yet",
                         width="stretch")  # fmt: skip
    st.button("Take it", key=Key.CENTRE_TAKE, disabled=which is None, on_click=_take_it, args=(begins, which))


def _take_it(begins: Mapping[str, Begin], which: str) -> None:
    take(begins[which]())


def take(message: Message) -> None:
    """For callbacks: the message is the one that is being written."""
    st.session_state[Key.CENTRE_RESULT] = ""
    st.session_state[Key.CENTRE_OVERRIDE] = False
    st.session_state[Key.CENTRE_SEND_TOPIC] = message.topic
    st.session_state[Key.CENTRE_SEND_PAYLOAD] = for_people(message.payload)
    st.session_state[Key.CENTRE_SEND_QOS] = message.qos
    st.session_state[Key.CENTRE_SEND_RETAIN] = message.retained


def _as_it_is(message: Message) -> Message:
    return message


def _of_command(build: Callable[[], Command]) -> Message:
    command = build()
    return Message(command.topic, command.text.encode(), 1, LIVE, 0)


def _of_template(template: Template, now_ns: int, make: MessageGenerator) -> Message:
    present = Present(iso(now_ns), make.new_id, {"serialNumber": HBW.serial})
    topic, payload = example(template, present) or ("", b"")
    return Message(topic, payload, 1, LIVE, 0)
