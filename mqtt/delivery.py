"""The way out: messages wait here for the connection and for the broker's confirmation."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Final
from typing import Protocol as Port

from core.clock import Clock
from core.message import Message
from mqtt.batch_delivery import BatchDelivery
from mqtt.publish_encoding import Unsendable
from mqtt.runs import Flight, Handed, Run, runs_of

log = logging.getLogger(__name__)

MAX_OPEN: Final = 1_000
"""Messages at the broker without confirmation at most, even if it would take more: what is open is sent again after
a cut, and packet ids are only 65,535."""
MAX_OPEN_BYTES: Final = 32_000_000
"""The same in bytes of payload; one message is sent however large."""
MAX_WRITE_BYTES: Final = 256 * 1024
"""Payload that is written at once, unless one message has more: enough to make a write cheap, little to copy."""
MAX_BEHIND: Final = 30_000
"""So many messages later at most something is still open: packet identifiers begin anew after 65,535."""
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
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: deque[Run] = deque()
        self._flights: deque[Flight] = deque()
        """Of QoS 0 and 1, in the order of sending; those that are done are taken out when they are the first."""
        self._exactly_once: dict[int, Flight] = {}
        """Of QoS 2, by packet identifier."""
        self._handed: deque[Flight] = deque()
        """Given to the link and not known to be written yet, in this order."""
        self._number = 0
        """Of messages that were handed to a link."""
        self._open = 0
        """Messages."""
        self._open_bytes = 0
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
            runs = self._brought_back(self._link)
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
        if self._confirmed or self._handed:
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

    def _brought_back(self, link: Carrier | None) -> list[Run]:
        """What was on its way and is not confirmed, in order."""
        runs = []
        for flight in sorted((*self._flights, *self._exactly_once.values()), key=lambda one: one.number):
            self._stamp(flight, flight.handed.whole())
            if rest := flight.rest():
                run = flight.run.part(rest)
                # MQTT 5.0, section 4.4: a broker goes on with a message of QoS 2 where it was, under its identifier.
                if link is not None and run.message(0).qos == 2:
                    run.packet_id = flight.handed.packet_id
                    run.received = link.is_received(run.packet_id)
                runs.append(run)
        self._flights.clear()
        self._exactly_once.clear()
        self._handed.clear()
        self._open = self._open_bytes = 0
        return runs

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
        self._stamp_written()
        while self._link is not None and self._waiting and (room := self._room(self._link)):
            there = self._send(self._link, self._next(room))
            self._stamp_written()  # what is QoS 0 makes room at once
            if not there:  # the connection has just gone: `detach` follows
                break

    def _room(self, link: Carrier) -> int:
        """How many messages may follow now."""
        oldest = [one.number for flights in (self._flights, self._exactly_once.values()) for one in islice(flights, 1)]
        if oldest and (self._open_bytes >= MAX_OPEN_BYTES or self._number - min(oldest) > MAX_BEHIND):
            return 0
        if self._losses > 1:  # one at a time, until one is confirmed: then it shows at which one connections end
            return 0 if self._open else 1
        exactly_once = self._exactly_once or self._waiting[0].message(0).qos == 2
        window = link.window_exactly_once if exactly_once else link.window
        return max(min(window, MAX_OPEN) - self._open, 0)

    def _next(self, room: int) -> Run:
        """Takes from the line what is sent next; the caller has to send it."""
        run = self._waiting[0]
        most, left = 0, min(MAX_OPEN_BYTES - self._open_bytes, MAX_WRITE_BYTES)
        for message in run.messages(room):
            left -= len(message.payload)
            if left < 0 and most:
                break
            most += 1
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
        flight = Flight(run, messages, handed, self._number)
        self._number += len(messages)
        if alone:
            self._exactly_once[handed.packet_id] = flight
        else:
            self._flights.append(flight)
        self._handed.append(flight)
        self._open += len(messages)
        self._open_bytes += flight.size
        return True

    def _stamp_written(self) -> None:
        while self._handed and self._handed[0].handed.is_written():
            flight = self._handed.popleft()
            self._stamp(flight, len(flight.run.places))
        if self._handed:
            self._stamp(self._handed[0], self._handed[0].handed.whole())
        self._forget_done()

    def _forget_done(self) -> None:
        while self._flights and self._flights[0].is_done():
            self._open_bytes -= self._flights.popleft().size

    def _stamp(self, flight: Flight, up_to: int) -> None:
        """So many messages of it are written, which is all that there is to know of QoS 0."""
        if up_to <= flight.stamped:
            return
        places, confirmed = flight.stamp(up_to)
        flight.run.delivery.sent(places, self._clock.now_ns())
        if confirmed:
            self._open -= confirmed
            flight.run.delivery.settle(confirmed=confirmed)

    def _take_confirmed(self) -> None:
        while self._confirmed:
            packet_ids, refusals = self._confirmed.popleft()
            at = 0
            while at < len(packet_ids):
                flight = self._flight(packet_ids[at])
                count = 0 if flight is None else flight.acknowledge(packet_ids, at)
                if flight is not None and count:
                    refused = [one for one in packet_ids[at : at + count] if one in refusals] if refusals else []
                    for packet_id in refused:
                        topic, reason = flight.message(packet_id).topic, refusals[packet_id].lower()
                        log.warning("The broker refused a message on %r: %s.", topic, reason)
                    self._settle(flight, count, len(refused))
                at += count or 1
        self._forget_done()

    def _flight(self, packet_id: int) -> Flight | None:
        self._forget_done()
        if self._flights and self._flights[0].holds(packet_id):
            return self._flights[0]
        alone = self._exactly_once.get(packet_id)
        return alone or next((flight for flight in self._flights if flight.holds(packet_id)), None)

    def _settle(self, flight: Flight, count: int, refused: int) -> None:
        self._stamp(flight, flight.written_at_least())
        self._open -= count
        self._losses = 0
        flight.run.delivery.settle(confirmed=count - refused, failed=refused)
        if flight.is_done() and self._exactly_once.get(flight.handed.packet_id) is flight:
            del self._exactly_once[flight.handed.packet_id]
            self._open_bytes -= flight.size

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
        for run in (*self._brought_back(None), *self._waiting):
            self._fail(run)
        self._waiting.clear()
