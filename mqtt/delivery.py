"""The way out: messages wait here for the connection and for the broker's confirmation."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from typing import Protocol as Port

from core.clock import Clock
from core.message import Message
from mqtt.batch_delivery import BatchDelivery

log = logging.getLogger(__name__)

MAX_OPEN: Final = 1_000
"""Messages at the broker without confirmation at most, even if it would take more: what is open is sent again after
a cut, and packet ids are only 65,535."""
MAX_OPEN_BYTES: Final = 32_000_000
"""The same in bytes of payload; one message is sent however large."""
MAX_LOSSES: Final = 5
"""After so many connections that ended with the same message first in line, the broker evidently does not bear it."""


class Carrier(Port):
    """The part of a link that publishes."""

    window: int

    def publish(self, message: Message, packet_id: int = 0) -> int | None: ...

    def is_received(self, packet_id: int) -> bool: ...

    def release(self, packet_id: int) -> None: ...

    def unwritten(self) -> int:
        """How many packets wait to be written."""


@dataclass(slots=True)
class _Entry:
    message: Message
    delivery: BatchDelivery
    index: int
    """Its place in the batch."""
    written: bool = False
    """Whether it is known to be written to the present connection."""
    losses: int = 0
    packet_id: int = 0
    """QoS 2: under which it was sent to a connection that ended, for a broker that has kept its session state."""
    received: bool = False
    """QoS 2: whether that broker has said that it has it."""

    def note_written(self, at_ns: int) -> None:
        """The first time counts until it is handed over again."""
        if not self.written:
            self.written = True
            self.delivery.sent(self.index, at_ns)


class Outbox:
    """Sends messages in order, as many at a time as the broker takes, and again after a cut.

    What is not confirmed when the connection ends goes back to the front of the line, whatever its QoS: QoS 0 counts
    as confirmed when it has been written to the socket, and only then. So after a cut the broker can get a message of
    QoS 1 a second time, and one of QoS 2 if it has not kept its session state, but never a message of QoS 0.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: deque[_Entry] = deque()
        self._open: dict[int, _Entry] = {}
        """By packet id, in the order of sending."""
        self._open_bytes = 0
        self._unreleased: list[int] = []
        """Identifiers of messages of QoS 2 that the broker may have, and that are not to be sent again."""
        self._link: Carrier | None = None
        self._closed = False
        self._handed: deque[_Entry] = deque()
        """Given to the link and not known to be written yet, in this order."""
        self._stamping = threading.Lock()
        """Held for a moment, unlike the other one, which the network thread would have to wait for."""
        self._settled: deque[tuple[int, str]] = deque()
        """Packet ids and the broker's objections, from the network thread's callbacks, which must not take our lock:
        paho holds a lock of its own then that publishing needs too."""

    def add(self, messages: Sequence[Message]) -> BatchDelivery:
        """Puts a batch in line. After `close` all of it fails at once."""
        delivery = BatchDelivery(len(messages), self._cancel)
        with self._lock:
            self._waiting.extend(_Entry(message, delivery, index) for index, message in enumerate(messages))
            if self._closed:
                self._fail_all()
            self._pump()
        return delivery

    def attach(self, link: Carrier, *, session_present: bool = False) -> None:
        """There is a connection, whose broker has kept its session state or not: what waits is sent."""
        with self._lock:
            self._link = link
            if session_present:
                self._release_received(link)
            else:
                self._unreleased.clear()
                for entry in self._waiting:
                    entry.packet_id, entry.received = 0, False
            self._pump()

    def detach(self) -> None:
        """The connection is gone: what is not confirmed goes back to the front of the line."""
        with self._lock:
            self._take_settled()
            if self._link is not None:
                self._note_identifiers(self._link)
            self._link = None
            self._forget_handed()
            entries = list(self._open.values())
            self._open.clear()
            self._open_bytes = 0
            if entries and self._is_hopeless(entries[0]):
                entries.pop(0)
            self._waiting.extendleft(reversed(entries))
            self._drop_cancelled()

    def close(self) -> None:
        """Nothing is sent any more: what is open or in line has failed."""
        with self._lock:
            self._take_settled()
            self._closed = True
            self._link = None
            self._fail_all()

    def on_published(self, mid: int, failure: str) -> None:
        """A message was confirmed or, with a `failure`, refused. Takes effect with the next `turn`."""
        self._settled.append((mid, failure))

    def turn(self) -> None:
        """Accounts for what was written and confirmed, and sends what has room now."""
        self._stamp_written()
        if self._settled:
            with self._lock:
                self._take_settled()
                self._pump()

    def _cancel(self, delivery: BatchDelivery) -> int:
        """See core.ports.Delivery."""
        with self._lock:
            self._take_settled()
            delivery.cancelled = True
            return self._drop_cancelled()

    def _drop_cancelled(self) -> int:
        dropped = [entry for entry in self._waiting if entry.delivery.cancelled]
        if dropped:
            self._waiting = deque(entry for entry in self._waiting if not entry.delivery.cancelled)
        for entry in dropped:
            if entry.packet_id:
                self._unreleased.append(entry.packet_id)
            entry.delivery.settle(confirmed=False)
        return sum(not entry.delivery.was_sent(entry.index) for entry in dropped)

    def _note_identifiers(self, link: Carrier) -> None:
        """MQTT 5.0, section 4.4: a broker goes on with a message of QoS 2 where it was, under its identifier."""
        for packet_id, entry in self._open.items():
            if entry.message.qos == 2:
                entry.packet_id, entry.received = packet_id, link.is_received(packet_id)

    def _release_received(self, link: Carrier) -> None:
        """What the broker has already is not sent again; nor is what was cancelled since, but it cannot be called back:
        the broker would keep the place for it for ever.
        """
        for packet_id in self._unreleased:
            link.release(packet_id)
        self._unreleased.clear()
        for entry in [entry for entry in self._waiting if entry.received]:
            link.release(entry.packet_id)
            self._waiting.remove(entry)
            entry.delivery.settle(confirmed=True)

    def _pump(self) -> None:
        self._send_what_has_room()
        self._stamp_written()  # also what the network thread wrote before it was in the list

    def _stamp_written(self) -> None:
        """Notes the moment for what was handed over and has left the link's queue."""
        link = self._link
        if not self._handed or link is None:
            return
        with self._stamping:
            written = len(self._handed) - link.unwritten()
            if written > 0:
                now_ns = self._clock.now_ns()
                for _ in range(written):
                    self._handed.popleft().note_written(now_ns)

    def _forget_handed(self) -> None:
        with self._stamping:
            self._handed.clear()

    def _send_what_has_room(self) -> None:
        while self._link is not None and self._waiting and self._has_room(self._waiting[0]):
            entry = self._waiting.popleft()
            try:
                mid = self._link.publish(entry.message, entry.packet_id)
            except ValueError as problem:
                log.warning("A message on %r cannot be sent: %s.", entry.message.topic, problem)
                entry.delivery.settle(confirmed=False)
                continue
            if mid is None:  # the connection has just gone: `detach` follows
                self._waiting.appendleft(entry)
                return
            self._open[mid] = entry
            entry.written, entry.packet_id, entry.received = False, 0, False
            self._handed.append(entry)
            self._open_bytes += len(entry.message.payload)

    def _has_room(self, entry: _Entry) -> bool:
        if not self._open:
            return True
        assert self._link is not None
        few = len(self._open) < min(self._link.window, MAX_OPEN)
        return few and self._open_bytes + len(entry.message.payload) <= MAX_OPEN_BYTES

    def _take_settled(self) -> None:
        while self._settled:
            mid, failure = self._settled.popleft()
            entry = self._open.pop(mid, None)
            if entry is None:
                continue
            self._open_bytes -= len(entry.message.payload)
            if failure:
                log.warning("The broker refused a message on %r: %s.", entry.message.topic, failure.lower())
            entry.note_written(self._clock.now_ns())  # unless it is known already
            entry.delivery.settle(confirmed=not failure)

    def _is_hopeless(self, entry: _Entry) -> bool:
        entry.losses += 1
        if entry.losses < MAX_LOSSES:
            return False
        log.warning("The broker ended %d connections at a message on %r.", MAX_LOSSES, entry.message.topic)
        entry.delivery.settle(confirmed=False)
        return True

    def _fail_all(self) -> None:
        for entry in (*self._open.values(), *self._waiting):
            entry.delivery.settle(confirmed=False)
        self._forget_handed()
        self._open.clear()
        self._waiting.clear()
        self._open_bytes = 0
