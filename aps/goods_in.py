"""Before a storage order: a workpiece is put in, its colour is read, then its tag, which gives it its id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aps.order_payloads import Json, as_object, objects, text
from aps.order_values import GoodsIn, Proof

KEPT: Final = 50
"""Arrivals that are kept per workpiece: the tags of a demonstration factory are used over and over."""
INPUT_RGB, RGB_NFC = "INPUT_RGB", "RGB_NFC"


@dataclass(slots=True)
class _Arrival:
    """What is known about the piece that is being read at one station."""

    started: Proof | None = None
    colour_read: Proof | None = None


class Arrivals:
    """Takes the states of modules and of their inner controllers; keeps arrivals of known workpieces only."""

    def __init__(self, workpieces: set[str]) -> None:
        self._workpieces = workpieces
        self._at: dict[str, _Arrival] = {}
        self._read: dict[str, list[GoodsIn]] = {}

    def module_state(self, proof: Proof, serial: str, value: Json) -> None:
        """The light barrier reports a piece of unknown colour."""
        if any(text(load.get("loadType")) == "UNKNOWN" for load in objects(value.get("loads"))):
            known = self._at.get(serial)
            if known is None or known.colour_read is not None:
                self._at[serial] = _Arrival(started=proof)

    def inner_state(self, proof: Proof, serial: str, value: Json) -> None:
        """The controller reads the colour, then the tag, whose number is the result."""
        action = as_object(value.get("actionState"))
        command, state = text(action.get("command")), text(action.get("state"))
        if command not in (INPUT_RGB, RGB_NFC):
            return
        arrival = self._at.setdefault(serial, _Arrival())
        arrival.started = arrival.started or proof
        if state != "FINISHED":
            return
        if command == INPUT_RGB:
            arrival.colour_read = arrival.colour_read or proof
            return
        workpiece = text(action.get("result"))
        self._at.pop(serial)
        if workpiece in self._workpieces and len(read := self._read.setdefault(workpiece, [])) < KEPT:
            read.append(GoodsIn(workpiece, arrival.started, arrival.colour_read, proof))

    def before(self, workpiece: str, requested: Proof) -> GoodsIn | None:
        """The arrival of a workpiece that a storage order was requested for: the last one before the request."""
        found = [one for one in self._read.get(workpiece, ()) if one.tag_read.id <= requested.id]
        return found[-1] if found else None
