"""One line of the log <-> one message, event or metadata record."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from json.encoder import encode_basestring
from typing import Final

from core.message import FROM_DUMP, LIVE, LIVE_RETAINED, NS_PER_SECOND, Message, Properties
from core.topics import why_invalid_topic
from store.events import Event, EventKind
from store.metadata import SessionMetadata
from store.timestamps import TimestampParser, iso, seconds_text

KIND: Final = "_kind"
SESSION_META: Final = "session_meta"
SESSION_END: Final = "session_end"
EVENT: Final = "event"
_MESSAGES: Final = "messages"
"""In a session_end line: messages that go missing at the end of both files would leave no trace otherwise."""

FORMAT: Final = "mqtt-session-manager"
"""`format` of our session_meta line: what tells our logs from those of other programs."""
FORMAT_VERSION: Final = 1

Record = dict[str, object]
"""A line without `topic`."""

_COMPACT: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)
_TAILS: Final = {
    (qos, retain): f',"qos":{qos},"retain":{"true" if retain else "false"}}}\n'
    for qos in (0, 1, 2)
    for retain in (LIVE, LIVE_RETAINED)
}
_MANY_TOPICS: Final = 50_000
"""Above that the prepared texts are dropped and made anew: memory stays bounded with a topic for each message."""


def _quoted(text: str) -> str:
    """A JSON string; the line separators that some readers split at are escaped too."""
    quoted: str = encode_basestring(text)
    if not text.isascii():
        quoted = quoted.replace("\x85", "\\u0085").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return quoted


def _seconds_start(second: int) -> str:
    return '{"timestamp":"' + seconds_text(second) + "."


class LineEncoder:
    """Encodes messages; keeps what neighbouring messages have in common."""

    def __init__(self) -> None:
        self._second = 0
        self._second_text = _seconds_start(0)
        self._topics: dict[str, str] = {}

    def encode(self, messages: Sequence[Message]) -> bytes:
        """One line for each message, in this order."""
        topics, tails, encode_text = self._topics, _TAILS, encode_basestring
        lines: list[str] = []
        start, nanos, start_ns = "", 0, None
        for message in messages:
            topic, payload, qos, retain, at_ns, properties = message
            if at_ns != start_ns:  # what came together has one time
                start_ns = at_ns
                start, nanos = self._start(at_ns)
            middle = topics.get(topic) or self._prepare(topic)
            try:
                text = payload.decode("utf-8")
            except UnicodeDecodeError:
                lines.append(self._special(message))
                continue
            if nanos or properties is not None or retain > LIVE_RETAINED or not text.isascii():
                lines.append(self._special(message))
                continue
            lines.append(f"{start}{middle}{encode_text(text)}{tails[qos, retain]}")
        return "".join(lines).encode("utf-8")

    def _start(self, at_ns: int) -> tuple[str, int]:
        """A line's beginning, to the microsecond; and the nanoseconds beyond that."""
        second, rest = divmod(at_ns, NS_PER_SECOND)
        if second != self._second:
            self._second, self._second_text = second, _seconds_start(second)
        micros, nanos = divmod(rest, 1000)
        return f"{self._second_text}{micros:06d}", nanos

    def _prepare(self, topic: str) -> str:
        if len(self._topics) >= _MANY_TOPICS:
            self._topics.clear()
        self._topics[topic] = middle = f'+00:00","topic":{_quoted(topic)},"payload":'
        return middle

    def _special(self, message: Message) -> str:
        """The full form of a line, with all that is seldom."""
        extra = ""
        try:
            payload = _quoted(message.payload.decode("utf-8"))
        except UnicodeDecodeError:
            payload, extra = f'"{b64encode(message.payload).decode("ascii")}"', ',"encoding":"base64"'
        if message.properties is not None:
            extra += f',"properties":{_quote_separators(_COMPACT.encode(message.properties.to_json()))}'
        if message.retain == FROM_DUMP:
            extra += ',"from_dump":true'
        retain = "true" if message.retained else "false"
        return (
            f'{{"timestamp":"{iso(message.at_ns)}","topic":{_quoted(message.topic)},"payload":{payload},'
            f'"qos":{message.qos},"retain":{retain}{extra}}}\n'
        )


def _quote_separators(encoded: str) -> str:
    if encoded.isascii():
        return encoded
    return encoded.replace("\x85", "\\u0085").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _encode_record(record: Mapping[str, object]) -> bytes:
    return (_quote_separators(_COMPACT.encode(record)) + "\n").encode("utf-8")


def encode_metadata(metadata: SessionMetadata) -> bytes:
    """A session_meta line: all metadata."""
    return _encode_record(_record(SESSION_META, metadata))


def encode_end(metadata: SessionMetadata, messages: int | None) -> bytes:
    """A session_end line: all metadata, and how many messages the session holds; None where nobody counted them."""
    record = _record(SESSION_END, metadata)
    return _encode_record(record if messages is None else record | {_MESSAGES: messages})


def messages_at_end(record: Mapping[str, object]) -> int | None:
    """How many messages a session_end line speaks of; None for other records and where nobody counted them."""
    found = record.get(_MESSAGES)
    return found if record.get(KIND) == SESSION_END and type(found) is int else None


def _record(kind: str, metadata: SessionMetadata) -> Record:
    return {KIND: kind, "format": FORMAT, "version": FORMAT_VERSION, **metadata.model_dump(mode="json")}


def encode_event(event: Event) -> bytes:
    """An event's line."""
    record: Record = {KIND: EVENT, "timestamp": iso(event.at_ns), "kind": str(event.kind), "text": event.text}
    return _encode_record(record if event.data is None else record | {"data": dict(event.data)})


class LineParser:
    """Reads the lines of one log, own or older; counts what it had to assume."""

    def __init__(self, zone: tzinfo = UTC) -> None:
        self.times = TimestampParser(zone)
        self.without_flags = 0
        """Messages that lacked `qos` or `retain`; taken as 0 and false."""
        self.not_text = 0
        """Messages whose payload was a JSON value instead of a string; taken as its compact text."""
        self._known: set[str] = set()

    def parse(self, line: bytes) -> Message | Record:
        """The message in a line, or the record if it has no topic. Raises ValueError with the reason."""
        value = json.loads(line.decode("utf-8"))
        if not isinstance(value, dict):
            raise ValueError("it is not a JSON object")
        if "topic" not in value:
            return value
        return Message(
            self._topic(value["topic"]),
            self._payload(value),
            self._qos(value),
            self._retain(value),
            self.times.parse(str(value.get("timestamp"))),
            _properties(value.get("properties")),
        )

    def _topic(self, topic: object) -> str:
        if topic in self._known:
            return str(topic)
        if not isinstance(topic, str):
            raise ValueError("its topic is not a string")
        reason = why_invalid_topic(topic)
        if reason:
            raise ValueError(reason)
        if len(self._known) >= _MANY_TOPICS:
            self._known.clear()
        self._known.add(topic)
        return topic

    def _payload(self, value: Record) -> bytes:
        payload = value.get("payload")
        if isinstance(payload, str):
            if value.get("encoding") == "base64":
                return b64decode(payload, validate=True)
            return payload.encode("utf-8", "surrogatepass")  # bytes that another program put in as \udcxx
        if "payload" not in value:
            raise ValueError("it has no payload")
        self.not_text += 1
        return b"" if payload is None else _COMPACT.encode(payload).encode("utf-8", "surrogatepass")

    def _qos(self, value: Record) -> int:
        qos = value.get("qos")
        if qos is None:
            self.without_flags += 1
            return 0
        if type(qos) is int and 0 <= qos <= 2:
            return qos
        raise ValueError(f"its qos is {str(qos)[:20]!r}, not 0, 1 or 2")

    def _retain(self, value: Record) -> int:
        retain = value.get("retain")
        if retain is None:
            self.without_flags += "qos" in value  # count the message once
            return LIVE
        if retain not in (True, False, 0, 1):
            raise ValueError(f"its retain is {str(retain)[:20]!r}, not true or false")
        if not retain:
            return LIVE
        return FROM_DUMP if value.get("from_dump") is True else LIVE_RETAINED


def _properties(value: object) -> Properties | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise ValueError("its properties are not a JSON object")
    return Properties.from_json(value)


def require_unicode(record: Mapping[str, object]) -> None:
    """Raises ValueError: JSON can name half of a surrogate pair, which no file can hold."""
    try:
        _COMPACT.encode(record).encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError("it is not valid Unicode") from error


def parse_event(record: Mapping[str, object], times: TimestampParser) -> Event:
    """The event in a record. Raises ValueError for an unknown kind, a wrong time, and what is not valid Unicode."""
    data = record.get("data")
    require_unicode(record)
    return Event(
        times.parse(str(record.get("timestamp"))),
        EventKind(str(record.get("kind"))),
        str(record.get("text") or ""),
        data if isinstance(data, dict) else None,
    )
