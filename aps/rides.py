"""Workpieces aboard vehicles: when each was loaded and unloaded, and for which orders the vehicle drove meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from aps.order_payloads import Json, as_object, objects, text
from aps.order_values import Proof, Ride

MOVES: Final = 100
"""Drives that are kept per ride; more than a dozen with one workpiece aboard were never seen."""
CLEAR: Final = "clearLoadHandler"
FTS_ACTIONS: Final = "fts/v1/ff/+/instantAction"


@dataclass(slots=True)
class _Aboard:
    vehicle: str
    loaded: Proof
    moves: list[tuple[str, str]] = field(default_factory=list)

    def ride(self, unloaded: Proof | None) -> Ride:
        return Ride(self.vehicle, self.loaded, unloaded, tuple(self.moves))


class Rides:
    """Takes orders and instant actions of vehicles in their order; keeps the rides of known workpieces only.

    The moment of transfer is `clearLoadHandler`: the load of a vehicle's state changes before the piece does.
    """

    def __init__(self, workpieces: set[str]) -> None:
        self._workpieces = workpieces
        self._aboard: dict[tuple[str, str], _Aboard] = {}
        self._done: dict[str, list[Ride]] = {}

    def action(self, proof: Proof, vehicle: str, value: Json) -> None:
        """A workpiece changes over: `loadDropped` is true when the station has taken it off the vehicle."""
        for action in objects(value.get("actions")):
            if text(action.get("actionType")) != CLEAR:
                continue
            metadata = as_object(action.get("metadata"))
            workpiece = text(metadata.get("loadId"))
            if workpiece not in self._workpieces:
                continue
            aboard = self._aboard.pop((vehicle, workpiece), None)
            if aboard is not None:
                self._done.setdefault(workpiece, []).append(aboard.ride(proof))
            if metadata.get("loadDropped") is False:
                self._aboard[(vehicle, workpiece)] = _Aboard(vehicle, proof)

    def drive(self, vehicle: str, value: Json) -> None:
        """The vehicle is sent somewhere, with all that is aboard."""
        nodes = objects(value.get("nodes"))
        move = text(value.get("orderId")), text(nodes[-1].get("id")) if nodes else ""
        for (carrier, _), aboard in self._aboard.items():
            if carrier == vehicle and len(aboard.moves) < MOVES:
                aboard.moves.append(move)

    def of(self, workpiece: str, start_ns: int, end_ns: int) -> tuple[Ride, ...]:
        """The rides of a workpiece that began in [start_ns, end_ns]."""
        going_on = [aboard.ride(None) for (_, piece), aboard in self._aboard.items() if piece == workpiece]
        every = [*self._done.get(workpiece, ()), *going_on]
        return tuple(ride for ride in every if start_ns <= ride.loaded.at_ns <= end_ns)
