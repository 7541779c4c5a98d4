"""What others publish to the factory: who reacts to which topic."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final

from aps.simulator import calibration, installation, requests, reset, vehicle_actions
from aps.simulator.control import Orders
from aps.simulator.factory import Factory
from aps.simulator.module_commands import ModuleActions, ModuleCommands
from aps.simulator.payloads import Json
from core.message import Message

FILTERS: Final = (
    "ccu/order/request",
    "ccu/order/cancel",
    "ccu/set/#",
    "ccu/pairing/pair_fts",
    "module/v1/ff/+/order",
    "module/v1/ff/+/instantAction",
    "fts/v1/ff/+/order",
    "fts/v1/ff/+/instantAction",
    "/j1/txt/1/f/o/order",
    "/j1/txt/1/c/+",
)
"""What the factory listens to. Much of it the central control publishes itself, too."""


class Commands:
    """Hands messages from outside to the actors that they are for."""

    def __init__(self, factory: Factory, orders: Orders) -> None:
        self._factory = factory
        self._orders = orders
        self._modules = ModuleCommands(factory)
        self._actions = ModuleActions(factory)

    def receive(self, message: Message) -> None:
        """One message that somebody else has published; what cannot be understood is noted in `factory.refusal`."""
        topic = message.topic
        if not message.payload:
            return  # clears a retained message
        try:
            value = json.loads(message.payload)
        except ValueError:
            self._factory.refusal = f"The message on {topic} was not understood: it is not JSON."
            return
        match topic.split("/"):
            case ["module", "v1", "ff", serial, "order"]:
                self._modules.receive(serial, value)
            case ["module", "v1", "ff", serial, "instantAction"]:
                self._actions.receive(serial, value)
            case ["fts", "v1", "ff", serial, "order"]:
                vehicle_actions.receive_order(self._factory, serial, value)
            case ["fts", "v1", "ff", serial, "instantAction"]:
                vehicle_actions.receive_action(self._factory, serial, value)
            case ["", "j1", "txt", "1", "c", device]:
                self._sample(device, value)
            case _:
                self._control(topic, value)

    def _control(self, topic: str, value: object) -> None:
        """What the central control obeys."""
        factory, orders = self._factory, self._orders
        reactions: dict[str, Callable[[], object]] = {
            "ccu/order/request": lambda: requests.receive(factory, orders, value),
            "ccu/order/cancel": lambda: orders.cancel(value if isinstance(value, list) else []),
            "ccu/set/reset": lambda: reset.receive(factory, orders, self._modules, value),
            "ccu/set/charge": lambda: vehicle_actions.set_charge(factory, value),
            "ccu/pairing/pair_fts": lambda: vehicle_actions.pair(factory, value),
            "/j1/txt/1/f/o/order": lambda: self._cloud_order(value),
        }
        if topic in reactions:
            reactions[topic]()
        elif topic == "ccu/set/calibration":
            calibration.receive(factory, value)
        elif topic == "ccu/set/park":
            calibration.park(factory, value)
        elif topic.startswith("ccu/set/"):
            installation.receive(factory, topic.removeprefix("ccu/set/"), value)

    def _cloud_order(self, value: object) -> None:
        """The cloud's display orders: the control makes a request of it."""
        colour = value.get("type") if isinstance(value, dict) else None
        request: Json = {"type": colour, "timestamp": self._factory.now(), "orderType": "PRODUCTION"}
        self._factory.publish("ccu/order/request", request)
        requests.receive(self._factory, self._orders, request)

    def _sample(self, device: str, value: object) -> None:
        """The cloud's display sets how often a sensor of the goods station speaks, or switches its camera."""
        if not isinstance(value, dict):
            return
        if device == "cam":
            self._factory.camera_on = value.get("on") is True
        elif isinstance(value.get("period"), int | float) and value["period"] > 0:
            self._factory.periods_s[device] = float(value["period"])
