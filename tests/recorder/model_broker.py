"""A broker with a persistent session, a connection that can be cut, and a client that acknowledges in order: in steps.

Nothing happens by itself: what is on its way in either direction stays there until it is delivered, or cut.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from core.message import LIVE, Message
from core.ports import Arrival

Put = Callable[[Arrival], None]


class ModelBroker:
    """Gives out packet identifiers in turn, and sends again what is not acknowledged, in the original order."""

    def __init__(self, window: int, identifiers: int, first: int) -> None:
        self._window = window
        self._identifiers = identifiers
        self._last = first
        self._queue: deque[Message] = deque()
        self._in_flight: dict[int, Message] = {}
        self.session = 1
        self._to_client: deque[tuple[int, Message, bool]] = deque()
        """Packet identifier, message, DUP flag."""
        self._to_broker: deque[int] = deque()
        self._pending: deque[tuple[list[int], list[bool]]] = deque()
        """In the client: the identifiers of each arrival, and whether it was settled."""
        self._connection = 0

    @property
    def idle(self) -> bool:
        """Whether nothing is left to be sent or acknowledged."""
        return not (self._queue or self._in_flight or self._to_client or self._to_broker)

    def publish(self, message: Message) -> None:
        """A publisher is heard; a message of QoS 0 is on its way, or lost, at once."""
        if message.qos == 0:
            self._to_client.append((0, message, False))
        else:
            self._queue.append(message)
            self._send()

    def cut(self, session: int | None = None) -> None:
        """The connection breaks, and there is a new one: what was on its way is lost."""
        self._connection += 1
        self._to_client.clear()
        self._to_broker.clear()
        self._pending.clear()
        self.session = self.session if session is None else session
        self._to_client.extend((packet_id, message, True) for packet_id, message in self._in_flight.items())
        self._send()

    def deliver(self, count: int, at_ns: int, put: Put) -> None:
        """So many messages reach the client, and are handed to its keeper as one arrival."""
        taken = [self._to_client.popleft() for _ in range(min(count, len(self._to_client)))]
        if not taken:
            return
        packet_ids = [packet_id for packet_id, _, _ in taken]
        settled = [False]
        self._pending.append((packet_ids, settled))
        connection = self._connection

        def settle() -> None:
            settled[0] = True
            if connection == self._connection:
                self._acknowledge()

        put(
            Arrival(
                [message._replace(at_ns=at_ns) for _, message, _ in taken],
                packet_ids,
                [place for place, (_, _, again) in enumerate(taken) if again],
                self.session,
                settle,
            )
        )

    def read_acknowledgements(self, count: int) -> None:
        """So many acknowledgements reach the broker."""
        for _ in range(min(count, len(self._to_broker))):
            del self._in_flight[self._to_broker.popleft()]
        self._send()

    def _acknowledge(self) -> None:
        while self._pending and self._pending[0][1][0]:
            packet_ids, _ = self._pending.popleft()
            self._to_broker.extend(packet_id for packet_id in packet_ids if packet_id)

    def _send(self) -> None:
        while self._queue and len(self._in_flight) < self._window:
            self._last = self._last % self._identifiers + 1
            message = self._queue.popleft()
            self._in_flight[self._last] = message
            self._to_client.append((self._last, message, False))


def numbered(number: int, qos: int = 1, topic: str = "a") -> Message:
    """A message that there is only once."""
    return Message(topic, b"%d" % number, qos, LIVE, 0)


def heartbeat() -> Message:
    """A message that there is again and again."""
    return Message("alive", b"1", 1, LIVE, 0)
