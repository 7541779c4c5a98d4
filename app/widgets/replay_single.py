"""Single test messages: one of a folder, changed as needed, sent by hand."""

from __future__ import annotations

import json
from typing import Final
from zlib import crc32

import streamlit as st

from app import format as fmt
from app.services import Services
from app.state import Key, chosen, environment, zone
from app.widgets.problems import hint, problem, why_failed
from app.widgets.replay_state import chosen_folder, folder_field
from app.widgets.text import plain
from core.message import Message
from mqtt.gateway import send_one
from replay.guard import why_not
from replay.preload import PreloadFile, preload_files

SENT: Final = "Sent: "
"""How a result begins that is none of the errors."""


def single_message_meanwhile(services: Services) -> None:
    """The same while a replay plays."""
    with st.expander("Send a single test message :gray[· by hand]", key=Key.REPLAY_TEST, icon=":material/send:"):
        single_messages(services, environment(services.environments.names(), services.default_environment))
        st.caption("The replay takes it for a message of another publisher: a barrier may open, its report counts it.")


def single_messages(services: Services, name: str, *, with_folder: bool = True) -> None:
    """Draws it. `with_folder`: also the field that names the folder, if it is not on the page already."""
    if with_folder:
        folder_field(Key.REPLAY_FOLDER)
    folder = chosen_folder()
    if folder is None:
        st.caption(":material/info: Type the folder that holds the messages, then pick one of them.")
        return
    found: list[PreloadFile] = []
    if wrong := why_failed(lambda: found.extend(preload_files(folder))):
        problem(wrong)
        return
    _pick(services, name, {one.name: one.message for one in found})


def _pick(services: Services, place: str, messages: dict[str, Message]) -> None:
    if chosen(Key.REPLAY_TEST_MESSAGE, "") not in messages:
        st.session_state[Key.REPLAY_TEST_MESSAGE] = next(iter(messages))
    name = st.selectbox("Message", list(messages), key=Key.REPLAY_TEST_MESSAGE, persist_state="session",
                        on_change=_forget_result)  # fmt: skip
    message = messages[name]
    st.caption(f"On {plain(message.topic)}, QoS {message.qos}, {'retained' if message.retain else 'not retained'}")
    payload = f"{Key.REPLAY_TEST_PAYLOAD}-{name}-{crc32(message.payload):08x}"  # another file, another text
    st.text_area("Payload", for_people(message.payload), key=payload, height=160, persist_state="session")
    typed = chosen(payload, for_people(message.payload))
    if was_json(message.payload) and not was_json(typed.encode("utf-8", "replace")):
        hint("This payload is no valid JSON. It is sent as it stands; whoever receives it may not understand it.")
    reason = why_not(services.client(place))
    st.button(f"Send to {plain(place)}", key=Key.REPLAY_TEST_SEND, icon=":material/send:", on_click=_send,
              args=(services, place, message, payload), disabled=reason is not None)  # fmt: skip
    if reason:
        hint(reason)
    _result()


def _forget_result() -> None:
    st.session_state[Key.REPLAY_TEST_RESULT] = ""


def _send(services: Services, place: str, message: Message, payload: str) -> None:
    shown = for_people(message.payload)
    typed = chosen(payload, shown)
    changed = message if typed == shown else message._replace(payload=typed.encode("utf-8", "replace"))
    wrong = why_failed(lambda: send_one(services.client(place), changed))
    size, at = fmt.size(len(changed.payload)), fmt.moment(services.clock.now_ns(), zone())
    done = f"{SENT}{message.topic}, {size}, {at}. The broker of {place} has confirmed it."
    st.session_state[Key.REPLAY_TEST_RESULT] = wrong or done


def _result() -> None:
    text = chosen(Key.REPLAY_TEST_RESULT, "")
    if text.startswith(SENT):
        st.success(plain(text), icon=":material/check_circle:")
    elif text:
        problem(text)


def for_people(payload: bytes) -> str:
    """JSON on several lines, anything else as it is."""
    text = payload.decode("utf-8", "replace")
    if not was_json(payload) or text[:1] not in ("{", "["):
        return text
    return json.dumps(json.loads(text), indent=2, ensure_ascii=False)


def was_json(payload: bytes) -> bool:
    """Whether a payload is JSON."""
    return not why_no_json(payload)


def why_no_json(payload: bytes) -> str:
    """What is wrong and where, such as `line 3, column 8: expecting ',' delimiter`; empty if it is JSON."""
    try:
        json.loads(payload.decode("utf-8", "replace"))
    except json.JSONDecodeError as error:
        return f"line {error.lineno}, column {error.colno}: {error.msg[:1].lower()}{error.msg[1:]}"
    except (ValueError, RecursionError) as error:
        return str(error) or "it cannot be read"
    return ""
