"""Orders and their production steps, as the central control publishes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Final

from aps.modules import BY_NAME
from aps.simulator.payloads import FLOWS, Json, new_id

PROCESSING: Final = ("DRILL", "MILL", "AIQS")
"""Stations over which the way of a piece can lead."""
STORAGE_STEPS: Final = ("START>DPS", "DPS.DROP", "DPS>HBW", "HBW.PICK")


def production_steps(colour: str, flows: Json = FLOWS) -> list[str]:
    """`START>HBW`, `HBW.DROP`, ... `DPS.PICK`: the ways and commands that a piece of this colour needs."""
    steps, here = ["START>HBW", "HBW.DROP"], "HBW"
    for station in flows[colour]["steps"]:
        process = "CHECK_QUALITY" if station == "AIQS" else station
        steps += [f"{here}>{station}", f"{station}.PICK", f"{station}.{process}", f"{station}.DROP"]
        here = station
    return [*steps, f"{here}>DPS", "DPS.PICK"]


@dataclass(eq=False)
class Order:
    """One order in progress. `value` is what the control publishes about it, kept up to date."""

    value: Json
    colour: str
    workpiece_id: str | None
    """None until the store has handed the piece out."""
    vehicle: str | None = None
    """Serial number of the vehicle on which the piece lies; None while it lies at a station."""
    bay: str = "1"
    """Where on the vehicle it lies, lay last, or is about to lie."""
    history: list[Json] = field(default_factory=list)
    """What the stations have written onto the piece: time in milliseconds, code."""

    @property
    def id(self) -> str:
        return str(self.value["orderId"])

    @property
    def steps(self) -> list[Json]:
        steps: list[Json] = self.value["productionSteps"]
        return steps

    def know_workpiece(self, workpiece_id: str) -> None:
        """From now on the order names its piece."""
        self.workpiece_id = self.value["workpieceId"] = workpiece_id

    def remember(self, at_ns: int, code: int) -> None:
        """A station writes onto the piece's tag."""
        self.history.append({"ts": at_ns // 1_000_000, "code": code})


def new_order(random: Random, request: Json, names: list[str] | tuple[str, ...], timestamp: str) -> Order:
    """The order that the control makes of a request; the first step is in progress already."""
    steps: list[Json] = []
    for name in names:
        step = _step(name, new_id(random))
        if steps:
            step["dependentActionId"] = steps[-1]["id"]
        steps.append(step)
    value: Json = {
        "orderType": request["orderType"],
        "type": request["type"],
        "timestamp": request["timestamp"],
        "orderId": new_id(random),
        "productionSteps": steps,
        "receivedAt": timestamp,
        "state": "IN_PROGRESS",
        "startedAt": timestamp,
    }
    value |= {key: request[key] for key in ("workpieceId", "requestId") if key in request}
    return Order(value, request["type"], request.get("workpieceId"))


def start_step(step: Json, timestamp: str) -> None:
    """The step begins; a command gets the serial number of the station that carries it out."""
    step |= {"state": "IN_PROGRESS", "startedAt": timestamp}
    if step["type"] == "MANUFACTURE":
        step["serialNumber"] = BY_NAME[step["moduleType"]].serial


def finish(value: Json, timestamp: str, state: str = "FINISHED") -> None:
    """An order or one of its steps has ended, well unless something else is said."""
    value |= {"state": state, "stoppedAt": timestamp}


def insert_way(random: Random, order: Order, index: int) -> None:
    """A vehicle must come first: puts the way from a station to itself before step `index`."""
    following = order.steps[index]
    step = _step(f"{following['moduleType']}>{following['moduleType']}", new_id(random))
    step["dependentActionId"] = following["dependentActionId"]
    following["dependentActionId"] = step["id"]
    order.steps.insert(index, step)


def name_of_step(step: Json) -> str:
    """`DPS>HBW` or `HBW.PICK`."""
    if step["type"] == "NAVIGATION":
        return f"{step['source']}>{step['target']}"
    return f"{step['moduleType']}.{step['command']}"


def _step(name: str, step_id: str) -> Json:
    if ">" in name:
        source, target = name.split(">")
        return {"id": step_id, "type": "NAVIGATION", "state": "ENQUEUED", "source": source, "target": target}
    station, command = name.split(".")
    return {"id": step_id, "type": "MANUFACTURE", "state": "ENQUEUED", "command": command, "moduleType": station}
