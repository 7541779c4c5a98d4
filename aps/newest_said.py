"""Reading the newest message of each topic: what is missing or of another type reads as nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from aps.order_payloads import Json, json_of, object_of
from core.message import FROM_DUMP, Message

FAR: Final = 1e9
"""No battery has so much, whatever the unit; NaN is not below it either."""


class Said:
    """The newest payloads, parsed when they are asked for."""

    def __init__(self, newest: Mapping[str, Message]) -> None:
        self.newest = newest

    def of(self, topic: str) -> Json:
        """The object on a topic; an empty one if there is none."""
        message = self.newest.get(topic)
        return {} if message is None else object_of(message.payload)

    def list_of(self, topic: str) -> list[Any] | None:
        """The list on a topic; None if there is none."""
        message = self.newest.get(topic)
        found = None if message is None else json_of(message.payload)
        return found if isinstance(found, list) else None

    def serials(self, prefix: str) -> Iterator[str]:
        """Who speaks for himself below a prefix."""
        for topic in sorted(self.newest):
            parts = topic.removeprefix(prefix).split("/")
            if topic.startswith(prefix) and len(parts) == 2 and parts[0]:
                yield parts[0]

    def seen_ns(self, own: str) -> int | None:
        """When its newest live message came. What the broker had in store does not count: it may be old."""
        found = [self.newest.get(f"{own}/{kind}") for kind in ("state", "connection")]
        return max((one.at_ns for one in found if one is not None and one.retain != FROM_DUMP), default=None)


def text_of(value: Mapping[str, Any], name: str) -> str:
    """A member that is a text, as it can be drawn: on one line, without half characters; else an empty one."""
    found = value.get(name)
    if not isinstance(found, str):
        return ""
    return found if found.isprintable() else "".join(one if one.isprintable() else " " for one in found)


def number_of(value: Mapping[str, Any], name: str, otherwise: float | None = None) -> float | None:
    """A member that is a number of believable size; else `otherwise`."""
    found = value.get(name)
    if not isinstance(found, int | float) or isinstance(found, bool) or not abs(found) < FAR:
        return otherwise
    return float(found)
