"""A simulated factory in virtual time, to which a test sends what others would."""

from __future__ import annotations

import json
from typing import Any

from aps.simulator.faults import Fault, Faults
from aps.simulator.plant import Scenario, build_plant
from core.message import LIVE, NS_PER_SECOND, Message
from tests.aps.simulator.traffic import START_NS


class Running:
    """Messages are made as fast as the processor can; nobody waits."""

    def __init__(self, scenario: Scenario | None = None, *faults: str) -> None:
        self.faults = Faults(tuple(map(Fault.parse, faults)))
        self.plant = build_plant(START_NS, scenario or Scenario(idle=True), self.faults)
        self.factory = self.plant.factory
        self.messages: list[Message] = []
        self.at_s = 0.0
        self.run(1)

    def run(self, seconds: float) -> list[Message]:
        """Lets this time pass (clock seconds); returns what was published in it."""
        self.at_s += seconds
        end_ns = START_NS + round(self.at_s * NS_PER_SECOND)
        before = len(self.messages)
        while more := self.plant.engine.run_until(end_ns):
            self.messages += more
        self.plant.engine.advance(end_ns)
        return self.messages[before:]

    def finish(self, most_s: float = 3_000) -> list[Message]:
        """Until the orders that it was built for have ended."""
        while not self.factory.finished and self.at_s < most_s:
            self.run(10)
        assert self.factory.finished, self.factory.activity
        return self.messages

    def send(self, topic: str, value: object, *, seen: bool = True) -> None:
        """Somebody publishes this; with `seen` it is among the messages, as a recording would have it."""
        payload = value if isinstance(value, bytes) else json.dumps(value).encode()
        message = Message(topic, payload, 1, LIVE, START_NS + round(self.at_s * NS_PER_SECOND))
        if seen:
            self.messages.append(message)
        self.plant.commands.receive(message)

    def order(self, colour: str, kind: str = "PRODUCTION", **more: Any) -> None:
        """Somebody orders a piece, or has laid one into goods in."""
        piece = {"workpieceId": f"04{len(self.messages):012x}"} if kind == "STORAGE" else {}
        request = {"type": colour, "orderType": kind, "timestamp": self.factory.now(), **piece, **more}
        self.send("ccu/order/request", request)

    def on(self, topic: str) -> list[Any]:
        """The values published on a topic."""
        return [json.loads(message.payload) for message in self.messages if message.topic == topic]

    def last(self, topic: str) -> Any:
        return self.on(topic)[-1]
