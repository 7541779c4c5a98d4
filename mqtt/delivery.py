"""The way out: messages wait here for the connection and for the broker's confirmation."""

from __future__ import annotations

import logging
import threading
from bisect import bisect_right
from collections import deque
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Final
from typing import Protocol as Port

from core.clock import Clock
from core.message import Message, payload_bytes
from mqtt.batch_delivery import BatchDelivery
from mqtt.flights import MAX_OPEN_BYTES, Flights
from mqtt.publish_encoding import Unsendable
from mqtt.runs import Handed, Run, runs_of

log = logging.getLogger(__name__)

MAX_OPEN: Final = 1_000
"""Messages at the broker without confirmation at most, even if it would take more: what is open is sent again after
a cut, and packet ids are only 65,535. In bytes of payload: see `mqtt.flights`."""
MAX_WRITE_BYTES: Final = 256 * 1024
"""Payload that is written at once, unless one message has more: enough to make a write cheap, little to copy."""
MAX_LOSSES: Final = 5
"""After so many connections that ended with the same message first in line, the broker evidently does not bear it."""


class Carrier(Port):
    """The part of a link that publishes."""

    window: int
    window_exactly_once: int

    def publish_run(self, messages: Sequence[Message]) -> Handed | None: ...

    def publish_exactly_once(self, message: Message, packet_id: int = 0) -> Handed | None: ...

    def is_received(self, packet_id: int) -> bool: ...

    def release(self, packet_id: int) -> None: ...


class Outbox:
    """Sends messages in order, as many at a time as the broker takes, and again after a cut.

    What is not confirmed when the connection ends goes back to the front of the line, whatever its QoS: QoS 0 counts
    as confirmed when it has been written to the socket, and only then. So after a cut the broker can get a message of
    QoS 1 a second time, and one of QoS 2 if it has not kept its session state, but never a message of QoS 0.
    """

    def __init__(self, clock: Clock) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[Run] = deque()
        self._flights = Flights(clock)
        self._unreleased: list[int] = []
        """Identifiers of messages of QoS 2 that the broker may have, and that are not to be sent again."""
        self._first_in_line: tuple[BatchDelivery, int] | None = None
        """When the last connection ended, and..."""
        self._losses = 0
        """...how many ended like that."""
        self._link: Carrier | None = None
        self._closed = False
        self._confirmed: deque[tuple[Sequence[int], Mapping[int, str]]] = deque()
        """Packet ids and the broker's objections, from the network thread's callbacks, which must not take our lock:
        paho holds a lock of its own then that publishing needs too."""

    def add(self, messages: Sequence[Message]) -> BatchDelivery:
        """Puts a batch in line. After `close` all of it fails at once."""
        delivery = BatchDelivery(len(messages), self._cancel)
        runs = runs_of(delivery, tuple(messages))
        with self._lock:
            self._waiting.extend(runs)
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
                for run in self._waiting:
                    run.packet_id, run.received = 0, False
            self._pump()

    def detach(self) -> None:
        """The connection is gone: what is not confirmed goes back to the front of the line."""
        with self._lock:
            self._take_confirmed()
            runs = self._flights.bring_back(self._link)
            self._link = None
            if runs and self._is_hopeless(runs[0]):
                self._fail(runs[0].split(1)) if len(runs[0].places) > 1 else self._fail(runs.pop(0))
            self._waiting.extendleft(reversed(runs))
            self._drop_cancelled()

    def close(self) -> None:
        """Nothing is sent any more: what is open or in line has failed."""
        with self._lock:
            self._take_confirmed()
            self._closed = True
            self._fail_all()
            self._link = None

    def on_confirmed(self, packet_ids: Sequence[int], refusals: Mapping[int, str]) -> None:
        """These messages were confirmed or, with an objection, refused. Takes effect with the next `turn`."""
        self._confirmed.append((packet_ids, refusals))

    def turn(self) -> None:
        """Accounts for what was written and confirmed, and sends what has room now."""
        if self._confirmed or self._flights.handed:
            with self._lock:
                self._take_confirmed()
                self._pump()

    def _cancel(self, delivery: BatchDelivery) -> int:
        """See core.ports.Delivery."""
        with self._lock:
            self._take_confirmed()
            delivery.cancelled = True
            return self._drop_cancelled()

    def _drop_cancelled(self) -> int:
        dropped = [run for run in self._waiting if run.delivery.cancelled]
        if dropped:
            self._waiting = deque(run for run in self._waiting if not run.delivery.cancelled)
        self._unreleased += [run.packet_id for run in dropped if run.packet_id]
        for run in dropped:
            self._fail(run)
        return sum(run.delivery.unsent(run.places) for run in dropped)

    def _release_received(self, link: Carrier) -> None:
        """What the broker has already is not sent again; nor is what was cancelled since, but it cannot be called back:
        the broker would keep the place for it for ever.
        """
        for packet_id in self._unreleased:
            link.release(packet_id)
        self._unreleased.clear()
        for run in [run for run in self._waiting if run.received]:
            link.release(run.packet_id)
            self._waiting.remove(run)
            run.delivery.settle(confirmed=1)

    def _pump(self) -> None:
        self._flights.stamp_written()
        while self._link is not None and self._waiting and (room := self._room(self._link)):
            there = self._send(self._link, self._next(room))
            self._flights.stamp_written()  # what is QoS 0 makes room at once
            if not there:  # the connection has just gone: `detach` follows
                break

    def _room(self, link: Carrier) -> int:
        """How many messages may follow now."""
        if self._flights.is_full():
            return 0
        if self._losses > 1:  # one at a time, until one is confirmed: then it shows at which one connections end
            return 0 if self._flights.open else 1
        exactly_once = self._flights.exactly_once or self._waiting[0].message(0).qos == 2
        window = link.window_exactly_once if exactly_once else link.window
        return max(min(window, MAX_OPEN) - self._flights.open, 0)

    def _next(self, room: int) -> Run:
        """Takes from the line what is sent next; the caller has to send it."""
        run = self._waiting[0]
        left = min(MAX_OPEN_BYTES - self._flights.open_bytes, MAX_WRITE_BYTES)
        messages = run.messages(room)
        most = len(messages)
        if payload_bytes(messages) > left:
            sizes = accumulate([len(message.payload) for message in messages])
            most = max(1, bisect_right(list(sizes), left))
        if most < len(run.places):
            return run.split(most)
        return self._waiting.popleft()

    def _send(self, link: Carrier, run: Run) -> bool:
        """Whether there is still a connection. What cannot be sent has failed."""
        messages = run.messages()
        try:
            alone = messages[0].qos == 2
            handed = link.publish_exactly_once(messages[0], run.packet_id) if alone else link.publish_run(messages)
        except Unsendable as problem:
            log.warning("A message on %r cannot be sent: %s.", messages[problem.place].topic, problem)
            before, after = run.places[: problem.place], run.places[problem.place + 1 :]
            self._fail(run.part(run.places[problem.place : problem.place + 1]))
            self._waiting.extendleft(run.part(places) for places in (after, before) if places)
            return True
        if handed is None:
            self._waiting.appendleft(run)
            return False
        self._flights.add(run, messages, handed)
        return True

    def _take_confirmed(self) -> None:
        while self._confirmed:
            if self._flights.confirm(*self._confirmed.popleft()):
                self._losses = 0
        self._flights.forget_done()

    def _is_hopeless(self, run: Run) -> bool:
        first = run.delivery, run.places[0]
        self._losses = self._losses + 1 if first == self._first_in_line else 1
        self._first_in_line = first
        if self._losses < MAX_LOSSES:
            return False
        log.warning("The broker ended %d connections at a message on %r.", MAX_LOSSES, run.message(0).topic)
        return True

    def _fail(self, run: Run) -> None:
        run.delivery.settle(failed=len(run.places))

    def _fail_all(self) -> None:
        for run in (*self._flights.bring_back(None), *self._waiting):
            self._fail(run)
        self._waiting.clear()
