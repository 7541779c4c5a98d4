"""What `mosquitto_sub -F '%J'` prints: one JSON object per line; also `%j`, whose payload is a quoted text.

With `%J` the payload is a JSON value that mosquitto_sub has read and written anew: its spaces are gone and long numbers
are rounded. `payloadlen` is the length of the original. A message that is not JSON leaves an empty line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from core.message import FROM_DUMP, LIVE, Message, Properties
from core.topics import why_invalid_topic
from store.events import Event
from store.formats.source import name_from, without_messages, zone_assumption
from store.log import Record
from store.log_file import LogReader
from store.metadata import SessionMetadata, Status, new_metadata
from store.timestamps import TimestampParser

TIME: Final = "tst"
"""The key of a line's time, by which such a file is recognised."""

_PAYLOAD = b',"payload":'
_TWO_ZONES = re.compile(r"[Zz]([+-]\d{4})")
"""Mosquitto 2.0 writes `2026-11-21T16:52:29.567303Z+0000`."""


class MosquittoParser:
    """Reads the lines of one file; counts what had to be assumed."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.times = TimestampParser(zone)
        self.rewritten = self.retained = 0

    def parse(self, line: bytes) -> Message | Record:
        """The message in a line. Raises ValueError with the reason."""
        text = line.decode("utf-8", "surrogateescape").strip()
        value = json.loads(text, object_pairs_hook=_Pairs)
        if not isinstance(value, _Pairs):
            raise ValueError("it is not a JSON object")
        found = dict(value)
        topic, qos = found.get("topic"), found.get("qos")
        if not isinstance(topic, str):
            raise ValueError("it has no topic")
        if reason := why_invalid_topic(topic):
            raise ValueError(reason)
        if type(qos) is not int or not 0 <= qos <= 2:
            raise ValueError(f"its qos is {str(qos)[:20]!r}, not 0, 1 or 2")
        at_ns = self.times.parse(_TWO_ZONES.sub(r"\1", str(found.get(TIME))))
        payload = self._payload(text.encode("utf-8", "surrogateescape"), found)
        retain = FROM_DUMP if found.get("retain") else LIVE
        self.retained += retain == FROM_DUMP
        return Message(topic, payload, qos, retain, at_ns, _properties(found.get("properties")))

    def _payload(self, line: bytes, found: dict[str, Any]) -> bytes:
        if "payload" not in found:
            raise ValueError("it has no payload")
        length, value = found.get("payloadlen"), found["payload"]
        if value is None and not length:
            return b""
        if isinstance(value, str):
            quoted = value.encode("utf-8", "surrogateescape")
            if length is None or len(quoted) == length:
                return quoted  # %j: a JSON text is longer than what it quotes
            if len(quoted) + 2 > length:
                raise ValueError("its payload is not whole: mosquitto_sub ends it at a null byte")
        elif value is None and length != len(b"null"):
            raise ValueError("its payload is a number that mosquitto_sub cannot write")
        written = _payload_as_written(line)
        self.rewritten += len(written) != length
        return written


class _Pairs(list[tuple[str, Any]]):
    """A JSON object with all its keys, be they twice: a message may have two user properties of one name."""


def _payload_as_written(line: bytes) -> bytes:
    """The text of the payload, the last value of the line. It is not parsed and printed again: digits would change."""
    start = line.find(_PAYLOAD)
    while start >= 0:
        try:
            json.loads(line[:start] + b"}")
        except ValueError:  # it stands inside of the properties
            start = line.find(_PAYLOAD, start + 1)
            continue
        return line[start + len(_PAYLOAD) : -1].strip()
    raise ValueError("its payload is not the last value")


def _properties(found: object) -> Properties | None:
    """With names like `content-type`; user properties are the pairs of an object, correlation data is text."""
    if not isinstance(found, _Pairs):
        return None
    value = {key.replace("-", "_"): one for key, one in found}
    data, users = value.get("correlation_data"), value.get("user_properties", _Pairs())
    properties = Properties.from_json(
        {key: one for key, one in value.items() if key not in ("correlation_data", "user_properties")}
        | {"user_properties": [(key, str(one)) for key, one in users] if isinstance(users, _Pairs) else []}
    )
    if not isinstance(data, str):
        return properties
    return replace(properties or Properties(), correlation_data=data.encode("utf-8", "surrogateescape"))


class MosquittoLines:
    """One such file."""

    def __init__(self, path: Path, zone: ZoneInfo) -> None:
        self._path = path
        self._zone = zone
        self._parser = MosquittoParser(zone)
        self._lines = LogReader(path, self._parser)

    def items(self) -> Iterator[Message | Event]:
        return (item for item in self._lines if isinstance(item, Message))

    def metadata(self, first_ns: int | None, last_ns: int | None) -> SessionMetadata:
        if first_ns is None:
            raise without_messages(self._path)
        return new_metadata(name_from(self._path), first_ns, status=Status.COMPLETED, ended_ns=last_ns)

    def assumptions(self) -> list[str]:
        parser = self._parser
        anew = (
            "mosquitto_sub had written {0:,} payloads anew, without spaces and with rounded numbers: as it wrote them."
        )
        stored = "{0:,} messages with the retain flag were taken for what the broker had stored: the initial state."
        return [
            *zone_assumption(parser.times.naive, self._zone.key),
            *([anew.format(parser.rewritten)] if parser.rewritten else []),
            *([stored.format(parser.retained)] if parser.retained else []),
        ]

    def problems(self) -> list[str]:
        blank = f"{self._lines.blank:,} lines are empty: mosquitto_sub prints no messages that are not JSON."
        return [*self._lines.problems, *([blank] if self._lines.blank else [])]
