"""A broker and the way to it as plain data: what the handover must cope with, in any order that MQTT allows."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from core.message import LIVE, Message
from core.ports import Arrival
from core.topics import matches, overlap
from mqtt.acknowledgements import Acknowledgements
from mqtt.arrivals import Arrivals
from mqtt.batching import PublishBatch
from mqtt.connect import Protocol
from mqtt.fanout import FanOut
from mqtt.subscriptions import Subscriptions
from mqtt.twins import Twins

WINDOW = 10
MANY = 100_000
"""More packets than any test needs."""
Copy = tuple[Message, tuple[int, ...]]


@dataclass
class SimulatedBroker:
    """Answers each packet in its turn; sends QoS 1 messages as its window allows, the others queue. Implements
    mqtt.subscriptions.Subscriber and mqtt.arrivals.Receiving.
    """

    subscription_ids: bool
    copies: bool
    """Whether each matching subscription brings a copy of its own."""
    refuses: frozenset[str] = frozenset()
    newest_first: bool = False
    """Whether the copy for the newest subscription is sent first."""
    window: int = WINDOW
    """How many unacknowledged messages it sends."""
    protocol: Protocol = Protocol.V5
    held: dict[str, int] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    most_matching: int = 0
    """The most subscriptions that ever matched one published message."""
    connected: bool = False
    _to_broker: deque[Callable[[], None]] = field(default_factory=deque)
    _to_client: deque[Callable[[], None]] = field(default_factory=deque)
    _queue: deque[Copy] = field(default_factory=deque)
    _unacknowledged: dict[int, Copy] = field(default_factory=dict)
    """By packet identifier, in the order of sending."""
    _sessions: int = 0
    _packet_id: int = 0
    _mid: int = 0

    def connect(self) -> tuple[Subscriptions, Callable[[Callable[[Message], None]], None]]:
        """A client's subscriptions on this connection, and how it is told who gets the messages."""
        acknowledgements = Acknowledgements()
        twins = Twins(lambda: 0.0, acknowledgements)
        self.client, self.fanout = Subscriptions(twins), FanOut()
        self._arrivals = Arrivals(
            twins, self.fanout, acknowledgements, lambda message: not self.client.as_published(message.topic)
        )
        self.reconnect(session_present=False)
        return self.client, self._set_receiver

    def cut(self) -> None:
        """The connection breaks: what is on its way, in both directions, is lost."""
        self.connected = False
        self._to_broker.clear()
        self._to_client.clear()
        self.client.detach()
        self._arrivals.detach()

    def reconnect(self, *, session_present: bool = True, doubtful: bool = False) -> None:
        """The client connects again: the broker has kept its subscriptions and messages, or has not.

        `doubtful`: it says in either case that it has, and the client has a reason to doubt.
        """
        self.connected = True
        if session_present:
            for packet_id, copy in self._unacknowledged.items():
                self._send(copy, packet_id, again=True)
        else:
            self._sessions += not doubtful
            self.held.clear()
            self._queue.clear()
            self._unacknowledged.clear()
        self._arrivals.attach(self, self._sessions)
        self.client.attach(self, session_present=session_present or doubtful, doubtful=doubtful)
        self._fill_window()

    def unreleased(self) -> int:
        return 0

    def acknowledge(self, packet_ids: Sequence[int]) -> None:
        for packet_id in packet_ids:
            if packet_id:
                self._to_broker.append(partial(self._on_acknowledged, packet_id))

    def subscribe(self, filters: Sequence[str], qos: int, *, identifier: int = 0) -> int:
        self.log.append(f"subscribe {' '.join(filters)} at {qos}")
        self._mid += 1
        mid = self._mid
        self._to_broker.append(lambda: self._on_subscribe(mid, filters, qos, identifier))
        return mid

    def unsubscribe(self, filters: Sequence[str]) -> int:
        self.log.append(f"unsubscribe {' '.join(filters)}")
        self._mid += 1
        mid = self._mid
        self._to_broker.append(lambda: self._on_unsubscribe(mid, filters))
        return mid

    def publish(self, topic: str, payload: bytes, qos: int) -> None:
        """Somebody publishes: the broker handles it at once."""
        message = Message(topic, payload, qos, LIVE, 0)
        matching = [identifier for topic_filter, identifier in self.held.items() if matches(topic_filter, topic)]
        self.most_matching = max(self.most_matching, len(matching))
        if not matching:
            return
        if self.newest_first:
            matching.reverse()
        ids = [(one,) if self.subscription_ids else () for one in matching]
        for copy_ids in ids if self.copies else [tuple(one for many in ids for one in many)]:
            if qos == 0 and self.connected:
                self._send((message, copy_ids), 0)
            elif qos:
                self._queue.append((message, copy_ids))
        self._fill_window()

    def handle_one(self) -> bool:
        """The broker handles the oldest packet of the client; False if there is none."""
        if not self._to_broker:
            return False
        self._to_broker.popleft()()
        self.client.turn()
        return True

    def deliver_one(self) -> bool:
        """The client gets the oldest packet of the broker; False if there is none."""
        if not self._to_client:
            return False
        self._to_client.popleft()()
        self.client.turn()
        return True

    def run_dry(self) -> None:
        """Until nothing is on its way any more."""
        for _ in range(MANY):
            if not (self.handle_one() or self.deliver_one()):
                return
        raise AssertionError(f"it never ends: {self.log[-3:]}")

    def overlapping(self) -> list[tuple[str, str]]:
        """Pairs of held filters that match a common topic."""
        held = sorted(self.held)
        return [(a, b) for at, a in enumerate(held) for b in held[at + 1 :] if overlap(a, b)]

    def _set_receiver(self, receive: Callable[[Message], None]) -> None:
        def keeper(arrival: Arrival) -> None:
            for message in arrival.messages:
                receive(message)
            arrival.settle()

        self.fanout.add_keeper(["#"], keeper)

    def _on_subscribe(self, mid: int, filters: Sequence[str], qos: int, identifier: int) -> None:
        granted = [None if one in self.refuses else qos for one in filters]
        self.held.update({one: identifier for one in filters if one not in self.refuses})
        self._to_client.append(lambda: self.client.on_subscribed(mid, granted))

    def _on_unsubscribe(self, mid: int, filters: Sequence[str]) -> None:
        for one in filters:
            self.held.pop(one, None)
        self._to_client.append(lambda: self.client.on_unsubscribed(mid))

    def _on_acknowledged(self, packet_id: int) -> None:
        del self._unacknowledged[packet_id]
        self._fill_window()

    def _fill_window(self) -> None:
        while self.connected and self._queue and len(self._unacknowledged) < self.window:
            self._packet_id += 1
            self._unacknowledged[self._packet_id] = self._queue.popleft()
            self._send(self._unacknowledged[self._packet_id], self._packet_id)

    def _send(self, copy: Copy, packet_id: int, *, again: bool = False) -> None:
        batch = PublishBatch()
        batch.messages.append(copy[0])
        batch.subscription_ids.append(copy[1])
        batch.packet_ids.append(packet_id)
        batch.duplicates += [0] * again
        self._to_client.append(lambda: self._arrivals.take(batch))
