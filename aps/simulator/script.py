"""The course of events: which orders somebody gives, one after another or several at once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from typing import Final

from aps.modules import DPS
from aps.simulator import requests, txt
from aps.simulator.control import Orders
from aps.simulator.engine import Process, Signal
from aps.simulator.factory import Factory
from aps.simulator.payloads import COLOURS, new_id, new_workpiece_id
from core.message import NS_PER_SECOND

PAUSE_S: Final = 4.0
"""Between two orders."""

STUCK_S: Final = 300.0
"""Without any order going on for so long, nobody waits for the end any more: the longest step takes a minute."""

LOOK_S: Final = 0.5
"""How often the script looks whether an order has ended."""

Wanted = tuple[str, str]
"""Colour and orderType."""


class Script:
    """Gives the orders of one run."""

    def __init__(self, factory: Factory, orders: Orders) -> None:
        self._factory = factory
        self._orders = orders
        self._random = factory.random("orders")
        self._ended = Signal()
        self._storing: set[str] = set()
        """Colours of which a piece is coming in."""
        self._left = 0

    def endless(self) -> Process:
        """Goods in and production in turn, for ever."""
        yield 0.5
        already_read = True  # so that something happens at once
        for colour in cycle(COLOURS):
            if requests.has_room(self._factory, self._orders, colour):
                yield from self._store(colour, already_read=already_read)
                yield PAUSE_S
            yield from self._produce(colour)
            yield PAUSE_S
            already_read = False

    def given(self, wanted: Sequence[Wanted], parallel: int) -> Process:
        """These orders, up to `parallel` at a time, then the end. A piece that is to be made and that the store does
        not hold is stored first.
        """
        factory, waiting = self._factory, list(wanted)
        factory.engine.spawn(self._watch(), STUCK_S)
        yield 0.5
        self._left = min(parallel, len(waiting))
        for _ in range(self._left):
            factory.engine.spawn(self._one_after_the_other(waiting))
        while self._left:
            yield self._ended
        factory.activity = "all orders have ended"
        factory.finished = True

    def _one_after_the_other(self, waiting: list[Wanted]) -> Process:
        while waiting:
            colour, kind = waiting.pop(0)
            if kind == "STORAGE":
                yield from self._store(colour)
            else:
                yield from self._produce(colour)
            yield PAUSE_S
        self._left -= 1
        self._factory.engine.give(self._ended)

    def _watch(self) -> Process:
        factory = self._factory
        while not factory.finished:
            if factory.now_ns - factory.progress_ns > STUCK_S / factory.speed * NS_PER_SECOND:
                factory.problem = f"The orders cannot end: {factory.activity}."
                factory.finished = True
            yield 10.0

    def _store(self, colour: str, *, already_read: bool = False) -> Process:
        """A piece comes in and is put into the store."""
        factory, random = self._factory, self._random
        workpiece_id = new_workpiece_id(random)
        if not already_read:
            reader = f"read {workpiece_id}"
            yield from factory.stations[DPS.serial].enter(reader)
            factory.activity = f"reading a {colour} workpiece"
            yield from txt.read_workpiece(factory, random, colour, workpiece_id)
            factory.stations[DPS.serial].leave(reader)
        yield from self._give(requests.storage(factory, colour, workpiece_id))

    def _produce(self, colour: str) -> Process:
        """Somebody orders a piece of this colour."""
        while self._factory.bay_with(colour) is None:
            if colour not in self._storing and requests.has_room(self._factory, self._orders, colour):
                self._storing.add(colour)
                yield from self._store(colour)
                self._storing.discard(colour)
            yield PAUSE_S
        request_id = f"OSF-UI_{new_id(self._random)}"
        yield from self._give(requests.production(self._factory, colour, request_id))

    def _give(self, request: requests.Request) -> Process:
        """Asks for an order and waits for its end."""
        self._factory.publish("ccu/order/request", request.wire())
        if not requests.receive(self._factory, self._orders, request):
            yield PAUSE_S
            return
        order = self._orders.open[-1]
        while order in self._orders.open:
            yield LOOK_S
