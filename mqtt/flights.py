"""What was handed to a connection: how much of it is written, and what the broker has said of it."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Final
from typing import Protocol as Port

from core.clock import Clock
from core.message import Message
from mqtt.runs import Flight, Handed, Run

log = logging.getLogger(__name__)

MAX_OPEN_BYTES: Final = 32_000_000
"""Payload at the broker without confirmation at most; one message is sent however large."""
MAX_BEHIND: Final = 30_000
"""So many messages later at most something is still open: packet identifiers begin anew after 65,535."""


class Receiver(Port):
    """What a link knows of messages of QoS 2."""

    def is_received(self, packet_id: int) -> bool: ...


class Flights:
    """The messages on their way, over one connection after the other. Guarded by `mqtt.delivery`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._in_order: deque[Flight] = deque()
        """Of QoS 0 and 1, in the order of sending; those that are done are taken out when they are the first."""
        self._exactly_once: dict[int, Flight] = {}
        """Of QoS 2, by packet identifier."""
        self._handed: deque[Flight] = deque()
        """Given to the link and not known to be written yet, in this order."""
        self._number = 0
        """Of messages that were handed to a link."""
        self.open = 0
        """Messages that are not confirmed."""
        self.open_bytes = 0

    @property
    def handed(self) -> bool:
        """Whether something is not known to be written yet."""
        return bool(self._handed)

    @property
    def exactly_once(self) -> bool:
        """Whether there are some of QoS 2 among them."""
        return bool(self._exactly_once)

    def is_full(self) -> bool:
        """Whether nothing may follow now, however large the broker's window is."""
        oldest = [one.number for flights in (self._in_order, self._exactly_once.values()) for one in islice(flights, 1)]
        return bool(oldest) and (self.open_bytes >= MAX_OPEN_BYTES or self._number - min(oldest) > MAX_BEHIND)

    def add(self, run: Run, messages: Sequence[Message], handed: Handed) -> None:
        """These were handed to the link."""
        flight = Flight(run, messages, handed, self._number)
        self._number += len(messages)
        if messages[0].qos == 2:
            self._exactly_once[handed.packet_id] = flight
        else:
            self._in_order.append(flight)
        self._handed.append(flight)
        self.open += len(messages)
        self.open_bytes += flight.size

    def stamp_written(self) -> None:
        """Notes what has been written to the connection since."""
        while self._handed and self._handed[0].handed.is_written():
            flight = self._handed.popleft()
            self._stamp(flight, len(flight.run.places))
        if self._handed:
            self._stamp(self._handed[0], self._handed[0].handed.whole())
        self.forget_done()

    def confirm(self, packet_ids: Sequence[int], refusals: Mapping[int, str]) -> bool:
        """These are done, or refused with an objection. Whether any of them was on its way."""
        at, known = 0, False
        while at < len(packet_ids):
            flight = self._flight(packet_ids[at])
            count = 0 if flight is None else flight.acknowledge(packet_ids, at)
            if flight is not None and count:
                refused = [one for one in packet_ids[at : at + count] if one in refusals] if refusals else []
                for packet_id in refused:
                    topic, reason = flight.message(packet_id).topic, refusals[packet_id].lower()
                    log.warning("The broker refused a message on %r: %s.", topic, reason)
                self._settle(flight, count, len(refused))
                known = True
            at += count or 1
        return known

    def bring_back(self, link: Receiver | None) -> list[Run]:
        """What was on its way and is not confirmed, in order; from now on nothing is. None: without a connection."""
        runs = []
        for flight in sorted((*self._in_order, *self._exactly_once.values()), key=lambda one: one.number):
            self._stamp(flight, flight.handed.whole())
            if rest := flight.rest():
                run = flight.run.part(rest)
                # MQTT 5.0, section 4.4: a broker goes on with a message of QoS 2 where it was, under its identifier.
                if link is not None and run.message(0).qos == 2:
                    run.packet_id = flight.handed.packet_id
                    run.received = link.is_received(run.packet_id)
                runs.append(run)
        self._in_order.clear()
        self._exactly_once.clear()
        self._handed.clear()
        self.open = self.open_bytes = 0
        return runs

    def forget_done(self) -> None:
        """Takes out what nothing can come for any more."""
        while self._in_order and self._in_order[0].is_done():
            self.open_bytes -= self._in_order.popleft().size

    def _flight(self, packet_id: int) -> Flight | None:
        self.forget_done()
        if self._in_order and self._in_order[0].holds(packet_id):
            return self._in_order[0]
        alone = self._exactly_once.get(packet_id)
        return alone or next((flight for flight in self._in_order if flight.holds(packet_id)), None)

    def _stamp(self, flight: Flight, up_to: int) -> None:
        """So many messages of it are written, which is all that there is to know of QoS 0."""
        if up_to <= flight.stamped:
            return
        places, confirmed = flight.stamp(up_to)
        flight.run.delivery.sent(places, self._clock.now_ns())
        if confirmed:
            self.open -= confirmed
            flight.run.delivery.settle(confirmed=confirmed)

    def _settle(self, flight: Flight, count: int, refused: int) -> None:
        self._stamp(flight, flight.written_at_least())
        self.open -= count
        flight.run.delivery.settle(confirmed=count - refused, failed=refused)
        if flight.is_done() and self._exactly_once.get(flight.handed.packet_id) is flight:
            del self._exactly_once[flight.handed.packet_id]
            self.open_bytes -= flight.size
