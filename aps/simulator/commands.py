"""What others publish to the factory: who reacts to which topic."""

from __future__ import annotations

from typing import Final

from aps import action_values as actions
from aps import command_values as values
from aps.command_parser import parse_command
from aps.command_values import CommandValue
from aps.order_payloads import object_of
from aps.simulator import calibration, installation, requests, reset, vehicle_actions
from aps.simulator.control import Orders
from aps.simulator.factory import Factory
from aps.simulator.module_commands import ModuleActions, ModuleCommands
from core.errors import UsageError
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
        if not message.payload:
            return  # clears a retained message
        try:
            said = parse_command(message.topic, message.payload)
        except UsageError as error:
            self._refuse(message, str(error))
            return
        device = message.topic.split("/")[-2 if message.topic.startswith(("module/", "fts/")) else -1]
        match said:
            case actions.StationOrder():
                self._modules.receive(device, said)
            case actions.StationInstantActions():
                self._actions.receive(device, said)
            case actions.VehicleOrder():
                vehicle_actions.receive_order(self._factory, device, said)
            case actions.VehicleInstantActions():
                vehicle_actions.receive_action(self._factory, device, said)
            case values.CameraStream():
                self._factory.camera_on = said.on
            case values.Sampling():
                self._factory.periods_s[device] = float(said.period)
            case _:
                self._control(message.topic, said)

    def _refuse(self, message: Message, reason: str) -> None:
        """Nobody understands it. Stations and vehicles say so; a piece that cannot be stored is thrown away."""
        factory, said = self._factory, object_of(message.payload)
        factory.refusal = f"The message on {message.topic} was not obeyed: {reason}."
        match message.topic.split("/"):
            case ["module", _, _, serial, "order"]:
                self._modules.refuse(serial, said.get("orderId", ""), reason)
            case ["fts", _, _, serial, "order"]:
                vehicle_actions.refuse(factory, serial, said, ("validationError", reason))
            case ["ccu", "order", "request"] if said.get("orderType") == "STORAGE":
                requests.throw_away(factory)

    def _control(self, topic: str, said: CommandValue) -> None:
        """What the central control obeys."""
        factory, orders = self._factory, self._orders
        match said:
            case values.ProductionRequest() | values.StorageRequest():
                requests.receive(factory, orders, said)
            case values.CloudOrder():
                self._cloud_order(said)
            case values.CancelOrders():
                orders.cancel(said.root)
            case values.Reset():
                reset.receive(factory, orders, self._modules, said)
            case values.Charge():
                vehicle_actions.set_charge(factory, said)
            case values.Pair():
                vehicle_actions.pair(factory, said.serial_number)
            case values.CalibrationStep():
                calibration.receive(factory, said)
            case values.Timed() if topic == "ccu/set/park":
                calibration.park(factory)
            case _:
                installation.receive(factory, topic, said)

    def _cloud_order(self, said: values.CloudOrder) -> None:
        """The cloud's display orders: the control makes a request of it."""
        request = values.ProductionRequest(type=said.type, timestamp=self._factory.now(), order_type="PRODUCTION")
        self._factory.publish("ccu/order/request", request.wire())
        requests.receive(self._factory, self._orders, request)
