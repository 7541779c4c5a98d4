"""Workpieces aboard vehicles: when each was loaded and unloaded, and for which orders the vehicle drove meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from aps.order_payloads import Json, as_object, objects, text
from aps.order_values import Proof, Ride

MOVES: Final = 100
"""Drives that are kept per ride; more than a dozen with one workpiece aboard were never seen."""
BAYS: Final = 3
"""Workpieces that a vehicle can carry."""
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
        self._aboard: dict[str, dict[str, _Aboard]] = {}
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
            aboard = self._aboard.setdefault(vehicle, {})
            if workpiece in aboard:
                self._end(workpiece, aboard.pop(workpiece).ride(proof))
            if metadata.get("loadDropped") is False:
                if len(aboard) == BAYS:  # somebody has taken one off, but the recording does not have it
                    longest = next(iter(aboard))
                    self._end(longest, aboard.pop(longest).ride(None))
                aboard[workpiece] = _Aboard(vehicle, proof)

    def drive(self, vehicle: str, value: Json) -> None:
        """The vehicle is sent somewhere, with all that is aboard."""
        nodes = objects(value.get("nodes"))
        move = text(value.get("orderId")), text(nodes[-1].get("id")) if nodes else ""
        for aboard in self._aboard.get(vehicle, {}).values():
            if len(aboard.moves) < MOVES:
                aboard.moves.append(move)

    def end_all(self) -> None:
        """The session is over: what is still aboard stays there."""
        for aboard in self._aboard.values():
            for workpiece, one in aboard.items():
                self._end(workpiece, one.ride(None))
        self._aboard.clear()

    def of(self, workpiece: str, start_ns: int, end_ns: int) -> tuple[Ride, ...]:
        """The rides of a workpiece that began in [start_ns, end_ns]; complete after `end_all`."""
        return tuple(ride for ride in self._done.get(workpiece, ()) if start_ns <= ride.loaded.at_ns <= end_ns)

    def _end(self, workpiece: str, ride: Ride) -> None:
        self._done.setdefault(workpiece, []).append(ride)
