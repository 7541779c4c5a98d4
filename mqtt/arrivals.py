"""The way of what arrives: stored messages and second copies are sorted out, the rest is handed on and acknowledged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final
from typing import Protocol as Port

from core.message import Message
from mqtt.acknowledgements import LARGE, Acknowledgements
from mqtt.batching import PublishBatch
from mqtt.connect import Protocol
from mqtt.fanout import Arrived, FanOut
from mqtt.redeliveries import NOWHERE, Again, Dealt, Redeliveries
from mqtt.twins import Twins

FEW: Final = 8
"""In batches of at most so many messages it is worth looking at their size."""


class Receiving(Port):
    """The part of a link that receives."""

    protocol: Protocol
    subscription_ids: bool

    def acknowledge(self, packet_ids: Sequence[int]) -> None: ...


class Arrivals:
    """Hands on what one client's connections bring. In the network thread; keepers settle from any thread."""

    def __init__(
        self, twins: Twins, fanout: FanOut, acknowledgements: Acknowledgements, is_stored: Callable[[Message], bool]
    ) -> None:
        """`is_stored`: whether a message with the retain flag, in MQTT 3.1.1, comes from the broker's store."""
        self._twins = twins
        self._fanout = fanout
        self._is_stored = is_stored
        self._acknowledgements = acknowledgements
        self._redeliveries = Redeliveries()
        self._link: Receiving | None = None
        self._broker_session = 0

    def attach(self, link: Receiving, broker_session: int) -> None:
        """There is a connection; if `broker_session` is the one before, the broker has kept what it had not sent."""
        if broker_session != self._broker_session:
            self._redeliveries.forget()
        self._link, self._broker_session = link, broker_session
        self._acknowledgements.attach(link.acknowledge)

    def detach(self) -> None:
        """The connection is gone. What was not acknowledged comes again."""
        self._link = None
        self._redeliveries.remember(self._acknowledgements.detach())

    def take(self, batch: PublishBatch) -> None:
        """A batch has come from the broker."""
        link = self._link
        if link is None:
            return  # not acknowledged, so it comes again
        again = self._redeliveries.among(batch)
        left_out = self._left_out(batch, link, again)
        arrived = Arrived(batch.messages, batch.packet_ids, batch.duplicates, again.known)
        if left_out:
            arrived = arrived.part([place for place in range(len(batch.messages)) if place not in left_out])
        begin = partial(
            self._acknowledgements.arrived, batch.packet_ids, content=Dealt(batch, left_out), weight=_weight(batch)
        )
        if arrived.messages:
            self._fanout.deliver(arrived, self._broker_session, begin)
        else:
            begin(0)

    def _left_out(self, batch: PublishBatch, link: Receiving, again: Again) -> frozenset[int]:
        """Stored messages, second copies, and what was left out the last time. Nearly always nothing."""
        stored: Sequence[int] = ()
        if link.protocol is not Protocol.V5:
            messages = enumerate(batch.messages)
            stored = [place for place, message in messages if message.retain and self._is_stored(message)]
        decided = again.known.union(again.left_out, stored)
        copies = self._twins.second_copies(batch, decided)
        return again.left_out.union(stored, copies) if again.left_out or stored or copies else NOWHERE


def _weight(batch: PublishBatch) -> int:
    """How much memory it takes to remember this batch, about: in messages."""
    count = len(batch.messages)
    return count if count > FEW else count + sum(len(message.payload) for message in batch.messages) // LARGE
