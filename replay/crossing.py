"""Which message has to wait until another one on its topic is through: MQTT keeps the order within one QoS only.

A broker takes a message of QoS 0 or 1 when it comes, and one of QoS 2 when it is released (PUBREL, MQTT 5.0, section
4.3.3), a round trip later: so one of QoS 2 is overtaken by what follows closely, and the broker would store the older
one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.message import Message


class Crossing:
    """Remembers the topics of messages of QoS 2 that may not be released yet. One thread uses it."""

    def __init__(self) -> None:
        self._under_way: set[str] = set()

    @property
    def any(self) -> bool:
        """Whether there are such topics."""
        return bool(self._under_way)

    def settled(self) -> None:
        """Everything that was published is confirmed."""
        self._under_way.clear()

    def runs(self, messages: Sequence[Message]) -> Iterator[slice]:
        """Where to cut: what was published must be confirmed before each part but the first.

        The first part is empty if that is so for the very first message.
        """
        begin = 0
        for place, message in enumerate(messages):
            if message.qos == 2:
                self._under_way.add(message.topic)
            elif self._under_way and message.topic in self._under_way:
                yield slice(begin, place)
                self._under_way.clear()
                begin = place
        yield slice(begin, len(messages))
