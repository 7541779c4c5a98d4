"""The value that everything here is about: one MQTT application message."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Final, NamedTuple, TypeVar

LIVE: Final = 0
"""`Message.retain` of a live message without the retain flag."""
LIVE_RETAINED: Final = 1
"""`Message.retain` of a live message that its publisher sent with the retain flag."""
FROM_DUMP: Final = 2
"""`Message.retain` of a stored message that the broker sent because of a new subscription."""

T = TypeVar("T")

NS_PER_SECOND: Final = 1_000_000_000
NS_PER_MILLISECOND: Final = 1_000_000
NS_PER_MICROSECOND: Final = 1_000


@dataclass(frozen=True, slots=True)
class Properties:
    """The PUBLISH properties of MQTT 5 that belong to a message (MQTT 5.0, section 3.3.2.3).

    Topic alias and subscription identifier are left out: they belong to one connection, not to the message.
    """

    payload_format_indicator: int | None = None
    message_expiry_interval: int | None = None
    """Seconds, as received."""
    content_type: str | None = None
    response_topic: str | None = None
    correlation_data: bytes | None = None
    user_properties: tuple[tuple[str, str], ...] = ()

    def to_json(self) -> dict[str, object]:
        """A JSON object with only what is set; `correlation_data` in base64, `user_properties` as pairs."""
        found: dict[str, object] = {}
        for name in ("payload_format_indicator", "message_expiry_interval", "content_type", "response_topic"):
            value = getattr(self, name)
            if value is not None:
                found[name] = value
        if self.correlation_data is not None:
            found["correlation_data"] = b64encode(self.correlation_data).decode("ascii")
        if self.user_properties:
            found["user_properties"] = [list(pair) for pair in self.user_properties]
        return found

    @classmethod
    def from_json(cls, value: Mapping[str, object]) -> Properties | None:
        """What `to_json` wrote; None when nothing known is in it. Raises ValueError for a value of the wrong type."""
        correlation = _typed(value, "correlation_data", str)
        properties = cls(
            payload_format_indicator=_typed(value, "payload_format_indicator", int),
            message_expiry_interval=_typed(value, "message_expiry_interval", int),
            content_type=_typed(value, "content_type", str),
            response_topic=_typed(value, "response_topic", str),
            correlation_data=None if correlation is None else b64decode(correlation, validate=True),
            user_properties=_pairs(value.get("user_properties", ())),
        )
        return None if properties == cls() else properties


def _typed(value: Mapping[str, object], name: str, kind: type[T]) -> T | None:
    found = value.get(name)
    if isinstance(found, str):
        _require_unicode(found)
    if found is None or isinstance(found, kind):
        return found
    raise ValueError(f"MQTT property {name} must be {kind.__name__}, not {type(found).__name__}")


def _pairs(value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, list | tuple):
        raise ValueError("MQTT property user_properties must be a list of pairs")
    pairs = []
    for pair in value:
        if not (isinstance(pair, list | tuple) and len(pair) == 2 and all(isinstance(part, str) for part in pair)):
            raise ValueError("MQTT property user_properties must hold pairs of strings")
        pairs.append((_require_unicode(str(pair[0])), _require_unicode(str(pair[1]))))
    return tuple(pairs)


def _require_unicode(text: str) -> str:
    """JSON can name half of a surrogate pair, for which there are no bytes (RFC 8259, section 8.2)."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ValueError("an MQTT property is not valid Unicode") from error
    return text


class Message(NamedTuple):
    """One application message. A tuple, because a hundred thousand of them are made in a second."""

    topic: str
    payload: bytes
    qos: int
    """0, 1 or 2, as delivered."""
    retain: int
    """LIVE, LIVE_RETAINED or FROM_DUMP."""
    at_ns: int
    """Arrival, nanoseconds since the epoch, UTC."""
    properties: Properties | None = None

    @property
    def retained(self) -> bool:
        """The retain flag as MQTT knows it."""
        return self.retain != LIVE


def payload_bytes(messages: Iterable[Message]) -> int:
    """The size of their payloads together, in bytes; without a step of the interpreter for each of them."""
    return sum(map(len, map(itemgetter(1), messages)))
