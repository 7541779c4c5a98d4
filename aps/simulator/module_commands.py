"""Commands to stations that do not come from the central control: somebody steers by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from aps.modules import BY_SERIAL, DPS, HBW, Module
from aps.simulator import calibration, stations, txt
from aps.simulator.engine import Process
from aps.simulator.factory import Factory
from aps.simulator.module_factsheets import CALIBRATION, COMMANDS, factsheet
from aps.simulator.orders import Order
from aps.simulator.payloads import COLOURS, Json

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

    def receive(self, serial: str, command: object) -> None:
        """A message that somebody else has published; refused with an error in the station's state."""
        module = BY_SERIAL.get(serial)
        if module is None or serial not in self.factory.stations:
            return
        if not isinstance(command, dict) or (refusal := self._why_refused(module, command)):
            reason = refusal if isinstance(command, dict) else "The command is not a JSON object"
            self._refuse(module, command, reason or "")
            return
        sequence = self._sequences.get(serial)
        if sequence is None or sequence.order.id != command["orderId"]:
            sequence = self._sequences[serial] = _Sequence(_order(command), command["orderUpdateId"])
        sequence.update_id = command["orderUpdateId"]
        sequence.number += 1
        self.factory.run(self._carry_out(module, sequence, command))

    def forget(self) -> None:
        """A reset: all sequences are over."""
        self._sequences.clear()

    def _why_refused(self, module: Module, command: Json) -> str | None:
        action = command.get("action")
        if not isinstance(action, dict) or not isinstance(action.get("id"), str):
            return "action.id is missing"
        if action.get("command") not in COMMANDS[module.name]:
            return f"Command {action.get('command')} is not supported"
        order_id, update_id = command.get("orderId"), command.get("orderUpdateId")
        if not isinstance(order_id, str) or not order_id or not isinstance(update_id, int):
            return "OrderUpdateId not valid"
        if module.serial in self.factory.busy:
            return "Module is not IDLE"
        sequence, line = self._sequences.get(module.serial), self.factory.stations[module.serial]
        if sequence is not None and sequence.order.id == order_id and update_id <= sequence.update_id:
            return "OrderUpdateId not valid"
        if not line.held_by(order_id) and not line.free:
            return f"OrderId {order_id} not valid"
        return self._why_not_now(module, sequence if line.held_by(order_id) else None, action)

    def _why_not_now(self, module: Module, sequence: _Sequence | None, action: Json) -> str | None:
        """What the station holds decides what it can do next."""
        name = action["command"]
        if module is HBW:
            colour = _colour(action)
            if name == "DROP":
                return None if self.factory.bay_with(colour) else f"No {colour} workpiece in store"
            return None if any(not piece for piece in self.factory.bays.values()) else "No free bay"
        if module is DPS:
            return None
        holds = sequence is not None and sequence.holds
        if name == "PICK":
            return "Module is not IDLE" if holds else None
        return None if holds else "Internal modulestate accepts only PICK"

    def _carry_out(self, module: Module, sequence: _Sequence, command: Json) -> Process:
        factory, order, number = self.factory, sequence.order, sequence.number
        line = factory.stations[module.serial]
        yield from line.enter(order.id)
        factory.activity = f"by hand: {module.name} {command['action']['command']}"
        _learn(order, command["action"])
        good = yield from stations.work(factory, order, command)
        if module is HBW:
            factory.publish_stock()
        name = command["action"]["command"]
        sequence.holds = good and name != "DROP" and module not in (HBW, DPS)
        if sequence.holds:
            yield PATIENCE_S
            if sequence.number != number:
                return
            sequence.holds = False
            stations.publish_idle(factory, module)
        line.leave(order.id)

    def _refuse(self, module: Module, command: object, reason: str) -> None:
        """As the stations do: an error in the state, and the action's state does not change."""
        self.factory.refusal = f"{module.name} did not take a command: {reason}."
        order_id = command.get("orderId") if isinstance(command, dict) else ""
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

    def receive(self, serial: str, value: object) -> None:
        """A message that somebody else has published."""
        module = BY_SERIAL.get(serial)
        actions = value.get("actions") if isinstance(value, dict) else None
        if module is None or serial not in self.factory.stations or not isinstance(actions, list):
            return
        for action in (one for one in actions if isinstance(one, dict)):
            match action.get("actionType"):
                case "factsheetRequest":
                    self.factory.publish(f"module/v1/ff/{serial}/factsheet", factsheet(self.factory, module))
                case "reset":
                    stations.publish_idle(self.factory, module)
                case "SET_STORAGE" if module is HBW:
                    self._set_storage(action.get("metadata"))
                case "cancelStorageOrder" if module is DPS:
                    self.factory.run(txt.cancel_storage(self.factory, str(action.get("actionId") or "")))
                case str(name) if name in CALIBRATION and module.has_calibration:
                    calibration.teach(self.factory, module, name, action.get("metadata"))

    def _set_storage(self, metadata: object) -> None:
        contents = metadata.get("contents") if isinstance(metadata, dict) else None
        if not isinstance(contents, dict):
            return
        for bay in self.factory.bays:
            piece = contents.get(bay)
            self.factory.bays[bay] = {}
            if isinstance(piece, dict) and piece.get("type") in COLOURS:
                workpiece_id = str(piece.get("workpieceId") or f"04{bay}")
                self.factory.bays[bay] = self.factory.new_piece(workpiece_id, piece["type"])
        stations.publish_idle(self.factory, HBW)
        self.factory.publish_stock()


def _order(command: Json) -> Order:
    value: Json = {"orderId": command["orderId"], "productionSteps": []}
    order = Order(value, _colour(command["action"]), None)
    _learn(order, command["action"])
    return order


def _learn(order: Order, action: Json) -> None:
    """What a command says about the piece."""
    workpiece_id = _piece(action).get("workpieceId")
    if isinstance(workpiece_id, str):
        order.know_workpiece(workpiece_id)


def _colour(action: Json) -> str:
    """The colour that a command names, or WHITE."""
    colour = _piece(action).get("type")
    return str(colour) if colour in COLOURS else "WHITE"


def _piece(action: Json) -> Json:
    """What a command says about the piece: the goods station's say it one level deeper."""
    metadata = action.get("metadata")
    if not isinstance(metadata, dict):
        action["metadata"] = metadata = {}  # the answers repeat it
    piece = metadata.get("workpiece")
    return piece if isinstance(piece, dict) else metadata
