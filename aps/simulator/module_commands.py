"""Commands to stations that do not come from the central control: somebody steers by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from aps.action_values import (
    StationInstantActions,
    StationMetadata,
    StationOrder,
    StoredPiece,
    Workpiece,
)
from aps.modules import BY_SERIAL, DPS, HBW, Module
from aps.simulator import calibration, stations, txt
from aps.simulator.engine import Process
from aps.simulator.factory import Factory
from aps.simulator.module_factsheets import CALIBRATION, COMMANDS, factsheet
from aps.simulator.orders import Order
from aps.simulator.payloads import Json

PATIENCE_S: Final = 120.0
"""How long a station waits for the next command of a hand-made sequence; then somebody takes the piece away."""


@dataclass
class _Sequence:
    """What one station does by hand."""

    order: Order
    update_id: int
    holds: bool = False
    """Whether the piece is in the station."""
    number: int = 0
    """Counts the commands."""


@dataclass
class ModuleCommands:
    """Takes or refuses commands on `module/v1/ff/<serial>/order`, as a station does."""

    factory: Factory
    _sequences: dict[str, _Sequence] = field(default_factory=dict)

    def receive(self, serial: str, command: StationOrder) -> None:
        """A message that somebody else has published; refused with an error in the station's state."""
        module = BY_SERIAL.get(serial)
        if module is None or serial not in self.factory.stations:
            return
        if refusal := self._why_refused(module, command):
            self.refuse(serial, command.order_id, refusal)
            return
        sequence = self._sequences.get(serial)
        if sequence is None or sequence.order.id != command.order_id:
            sequence = self._sequences[serial] = _Sequence(_order(command), command.order_update_id)
        sequence.update_id = command.order_update_id
        sequence.number += 1
        self.factory.run(self._carry_out(module, sequence, command))

    def forget(self) -> None:
        """A reset: all sequences are over."""
        self._sequences.clear()

    def _why_refused(self, module: Module, command: StationOrder) -> str | None:
        action, order_id = command.action, command.order_id
        if action.command not in COMMANDS[module.name]:
            return f"Command {action.command} is not supported"
        if module.serial in self.factory.busy:
            return "Module is not IDLE"
        sequence, line = self._sequences.get(module.serial), self.factory.stations[module.serial]
        if sequence is not None and sequence.order.id == order_id and command.order_update_id <= sequence.update_id:
            return "OrderUpdateId not valid"
        if not line.held_by(order_id) and not line.free:
            return f"OrderId {order_id} not valid"
        return self._why_not_now(module, sequence if line.held_by(order_id) else None, command)

    def _why_not_now(self, module: Module, sequence: _Sequence | None, command: StationOrder) -> str | None:
        """What the station holds decides what it can do next."""
        name = command.action.command
        if module is HBW:
            colour = _piece(command).type.value
            if name == "DROP":
                return None if self.factory.bay_with(colour) else f"No {colour} workpiece in store"
            return None if any(not piece for piece in self.factory.bays.values()) else "No free bay"
        if module is DPS:
            return None
        holds = sequence is not None and sequence.holds
        if name == "PICK":
            return "Module is not IDLE" if holds else None
        return None if holds else "Internal modulestate accepts only PICK"

    def _carry_out(self, module: Module, sequence: _Sequence, command: StationOrder) -> Process:
        factory, order, number = self.factory, sequence.order, sequence.number
        line = factory.stations[module.serial]
        yield from line.enter(order.id)
        name, told = command.action.command, command.wire()
        told["action"].setdefault("metadata", {})  # the answers repeat it
        factory.activity = f"by hand: {module.name} {name}"
        _learn(order, command)
        good = yield from stations.work(factory, order, told)
        if module is HBW:
            factory.publish_stock()
        sequence.holds = good and name != "DROP" and module not in (HBW, DPS)
        if sequence.holds:
            yield PATIENCE_S
            if sequence.number != number:
                return
            sequence.holds = False
            stations.publish_idle(factory, module)
        line.leave(order.id)

    def refuse(self, serial: str, order_id: object, reason: str) -> None:
        """As the stations do: an error in the state, and the action's state does not change."""
        module = BY_SERIAL.get(serial)
        if module is None or serial not in self.factory.stations:
            return
        self.factory.refusal = f"{module.name} did not take a command: {reason}."
        error: Json = {
            "errorType": "Validation",
            "errorLevel": "WARNING",
            "errorMessage": reason,
            "timestamp": self.factory.now(),
            "errorReferences": [{"topic": "order"}, {"headerId": 0}, {"orderId": order_id}],
        }
        stations.publish_idle(self.factory, module, [error])


@dataclass
class ModuleActions:
    """Answers `module/v1/ff/<serial>/instantAction`. The LED and announcements have no answer."""

    factory: Factory

    def receive(self, serial: str, told: StationInstantActions) -> None:
        """A message that somebody else has published."""
        module = BY_SERIAL.get(serial)
        if module is None or serial not in self.factory.stations:
            return
        for action in told.actions:
            match action.action_type:
                case "factsheetRequest":
                    self.factory.publish(f"module/v1/ff/{serial}/factsheet", factsheet(self.factory, module))
                case "reset":
                    stations.publish_idle(self.factory, module)
                case "SET_STORAGE" if module is HBW and "contents" in action.metadata.model_fields_set:
                    self._set_storage(action.metadata.contents)
                case "cancelStorageOrder" if module is DPS:
                    self.factory.run(txt.cancel_storage(self.factory, action.action_id))
                case name if name in CALIBRATION and module.has_calibration:
                    calibration.teach(self.factory, module, name, action.metadata.references)

    def _set_storage(self, contents: dict[str, StoredPiece]) -> None:
        for bay in self.factory.bays:
            piece = contents.get(bay, StoredPiece())
            self.factory.bays[bay] = {}
            if piece.type is not None:
                self.factory.bays[bay] = self.factory.new_piece(piece.workpiece_id or f"04{bay}", piece.type.value)
        stations.publish_idle(self.factory, HBW)
        self.factory.publish_stock()


def _order(command: StationOrder) -> Order:
    value: Json = {"orderId": command.order_id, "productionSteps": []}
    order = Order(value, _piece(command).type.value, None)
    _learn(order, command)
    return order


def _learn(order: Order, command: StationOrder) -> None:
    """What a command says about the piece."""
    if workpiece_id := _piece(command).workpiece_id:
        order.know_workpiece(workpiece_id)


def _piece(command: StationOrder) -> StationMetadata | Workpiece:
    """What a command says about the piece: the goods station's say it one level deeper."""
    said = command.action.metadata
    return said.workpiece if "workpiece" in said.model_fields_set else said
