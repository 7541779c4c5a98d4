"""A stored message as a `mosquitto_pub` command that publishes it again, safe to paste into a shell."""

from __future__ import annotations

import re
import shlex
from base64 import b64encode
from dataclasses import dataclass
from typing import Final

from core.message import Message, Properties
from core.payload import text_of

ARGUMENT_BYTES: Final = 16_000
"""Larger payloads are read from a file: Linux takes 128 kB in one argument, a terminal much less in one line."""
HOST: Final = "localhost"
"""Not the broker of the recording: what is pasted without thinking shall not reach the factory."""


@dataclass(frozen=True, slots=True)
class PublishCommand:
    """A line for a POSIX shell."""

    text: str
    file_name: str = ""
    """The file that the command reads, which has to hold the payload; empty if it needs none."""
    note: str = ""
    """What of the message the command leaves out; a sentence."""


def publish_command(message: Message, message_id: int) -> PublishCommand:
    """The command. `message_id` names the file of a large payload."""
    words = ["mosquitto_pub", "-h", HOST, "-q", str(message.qos)]
    if message.retained:
        words.append("-r")
    properties, note = _properties(message.properties)
    words += [*properties, "-t", message.topic]
    if not message.payload:
        return PublishCommand(_line([*words, "-n"]), note=note)
    if len(message.payload) > ARGUMENT_BYTES:
        name = f"message-{message_id}.bin"
        return PublishCommand(_line([*words, "-f", name]), name, note)
    text = text_of(message.payload)
    if text is not None and _PRINTABLE.fullmatch(text):
        return PublishCommand(_line([*words, "-m", text]), note=note)
    encoded = b64encode(message.payload).decode("ascii")
    return PublishCommand(f"printf %s {encoded} | base64 -d | {_line([*words, '-s'])}", note=note)


_PRINTABLE: Final = re.compile(r"[^\x00-\x08\x0b-\x1f\x7f\u0080-\u009f\u2028-\u202e\u2066-\u2069]*")
"""Other characters are lost on the way through a clipboard or a terminal, or do something there."""


def _line(words: list[str]) -> str:
    return " ".join(map(shlex.quote, words))


def _properties(properties: Properties | None) -> tuple[list[str], str]:
    """Options for MQTT 5, and what cannot be given on a command line."""
    if properties is None:
        return [], ""
    found: dict[str, object] = {
        "payload-format-indicator": properties.payload_format_indicator,
        "message-expiry-interval": properties.message_expiry_interval,
        "content-type": properties.content_type,
        "response-topic": properties.response_topic,
        "correlation-data": _plain(properties.correlation_data),
    }
    words = [word for name, value in found.items() if value is not None for word in ("-D", "publish", name, str(value))]
    for name, value in properties.user_properties:
        words += ["-D", "publish", "user-property", name, value]
    left_out = properties.correlation_data is not None and found["correlation-data"] is None
    note = "The correlation data is no plain text, so the command leaves it out." if left_out else ""
    return ["-V", "5", *words], note


def _plain(data: bytes | None) -> str | None:
    text = None if data is None else text_of(data)
    return text if text is not None and _PRINTABLE.fullmatch(text) else None
