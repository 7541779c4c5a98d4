"""The state before the first message: what a session's topics held at a moment, or what lies in a folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from core.errors import UsageError
from core.message import LIVE, LIVE_RETAINED, NS_PER_SECOND, Message
from core.topics import why_invalid_topic
from store.query import MessageQuery
from store.reading import Reader
from store.results import StoredMessage

DEFAULT_QOS = 1


@dataclass(frozen=True, slots=True)
class PreloadFile:
    """One message of a folder."""

    name: str
    """The file's name, without folder."""
    message: Message
    """Its time is 0."""


class StateThen(NamedTuple):
    """What the topics of a session held at a moment, each list in the order of arrival."""

    messages: list[Message]
    """The last message of each topic, and where the broker did not store that one, before it the last one that it did
    store: whoever comes later gets that. What was deleted, or has expired by then, is left out."""
    deletions: list[Message]
    """With an empty payload: on these topics the broker stored nothing any more."""


def state_then(reader: Reader, query: MessageQuery, before_ns: int, *, flagged: bool = True) -> StateThen:
    """What `query` has chosen on each topic before a moment; `flagged`: see `Keyframes`."""
    before = until(query, before_ns)
    found: dict[int, StoredMessage] = {}
    kept = reader.latest(replace(before, retained=flagged))
    for stored in (*kept, *reader.latest(before)):
        found[stored.id] = stored
    messages = (at_moment(found[number].message, before_ns, flagged=flagged) for number in sorted(found))
    ended = (at_moment(stored.message, before_ns, flagged=flagged) for stored in kept)
    return StateThen(
        [message for message in messages if message.payload or not message.retained],
        [message for message in ended if not message.payload],
    )


def until(query: MessageQuery, before_ns: int) -> MessageQuery:
    """What `query` chooses before a moment."""
    return replace(query, end_ns=before_ns if query.end_ns is None else min(before_ns, query.end_ns))


def at_moment(message: Message, at_ns: int, *, flagged: bool = True) -> Message:
    """A stored message as the broker holds it at a moment: with what is left of its time, or its deletion.

    `flagged`: with the retain flag that it was recorded with; else it has it in any case.

    A broker counts the message expiry interval down, and forgets the message at its end (MQTT 5.0, section 3.3.2.3.3).
    A message that is not stored stays as it is: who was there has got it.
    """
    if not flagged:
        message = message._replace(retain=LIVE_RETAINED)
    properties = message.properties
    if not message.retained or properties is None or properties.message_expiry_interval is None:
        return message
    left_s = properties.message_expiry_interval - max(0, at_ns - message.at_ns) // NS_PER_SECOND
    if left_s <= 0:
        return message._replace(payload=b"", properties=None)
    return message._replace(properties=replace(properties, message_expiry_interval=left_s))


def preload_files(folder: Path) -> list[PreloadFile]:
    """The messages in the `.json` files of a folder, sorted by name; see `preload_file`.

    Raises UsageError, naming the file and the reason, for one that is no message, and for a folder without any.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if _is_message_file(path))
    except OSError as error:
        raise UsageError(f"The folder {folder} cannot be read: {error.strerror}. Choose another folder.") from error
    if not paths:
        raise UsageError(f"There is no .json file in {folder}: choose the folder that holds the messages.")
    return [preload_file(path) for path in paths]


def preload_message(folder: Path, name: str) -> Message:
    """The message of one file, chosen by its name, with or without `.json`. Raises UsageError."""
    wanted = {name, f"{name}.json"}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name in wanted and _is_message_file(path):
            return preload_file(path).message
    names = ", ".join(file.name for file in preload_files(folder))
    raise UsageError(f"There is no message '{name}' in {folder}: choose one of {names}.")


def preload_file(path: Path) -> PreloadFile:
    """Reads one message: an object with `topic`, `payload`, and, if they are not 1 and false, `qos` and `retain`.

    A payload that is a text is sent as it is, anything else as JSON. Other keys are ignored. Raises UsageError.
    """
    try:
        value = json.loads(path.read_text("utf-8-sig"), parse_constant=_refuse)
    except OSError as error:
        raise UsageError(f"The message {path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"The message {path} is not valid JSON: {error}.") from error
    return PreloadFile(path.name, preload_of(value, str(path)))


def _is_message_file(path: Path) -> bool:
    return path.suffix.lower() == ".json" and not path.name.startswith(".") and path.is_file()


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no number of JSON")


def preload_of(value: object, name: str) -> Message:
    """What a file holds, see `preload_file`, as a message; `name` is what an error calls it. Raises UsageError."""
    if not isinstance(value, Mapping):
        raise _wrong(name, 'it must be an object like {"topic": "a/b", "payload": {}, "qos": 1, "retain": true}')
    topic, qos, retain = value.get("topic"), value.get("qos", DEFAULT_QOS), value.get("retain", False)
    if not isinstance(topic, str):
        raise _wrong(name, "it has no 'topic' that is a text")
    if reason := why_invalid_topic(topic):
        raise _wrong(name, reason)
    if "payload" not in value:
        raise _wrong(name, "it has no 'payload'; write \"\" for an empty one")
    if isinstance(qos, bool) or qos not in (0, 1, 2):
        raise _wrong(name, f"its 'qos' must be 0, 1 or 2, not {json.dumps(qos)}")
    if not isinstance(retain, bool):
        raise _wrong(name, f"its 'retain' must be true or false, not {json.dumps(retain)}")
    return Message(topic, _payload(name, value["payload"]), int(qos), LIVE_RETAINED if retain else LIVE, 0)


def _payload(name: str, value: object) -> bytes:
    try:
        text = (
            value
            if isinstance(value, str)
            else json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        )
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise _wrong(name, f"its payload is not valid Unicode: {error}") from error
    except ValueError as error:
        raise _wrong(name, "a number in its payload is larger than JSON can say, or is none") from error


def _wrong(name: str, reason: str) -> UsageError:
    return UsageError(f"The message {name} cannot be sent: {reason}.")
