"""The stations at work: a command comes in, it runs, it is finished."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Final

from aps.modules import AIQS, BY_NAME, BY_SERIAL, DPS, HBW, Module
from aps.simulator import payloads, txt
from aps.simulator.engine import Process, Work
from aps.simulator.factory import Factory
from aps.simulator.faults import BLOCKED, QUALITY
from aps.simulator.orders import Order, name_of_step
from aps.simulator.payloads import Json

DURATIONS_S: Final = {
    "HBW.DROP": (42.0, 1.5, False), "HBW.PICK": (17.6, 0.3, False),
    "DRILL.PICK": (10.7, 0.3, False), "DRILL.DRILL": (9.0, 0.1, True), "DRILL.DROP": (9.8, 0.2, True),
    "MILL.PICK": (9.9, 0.3, False), "MILL.MILL": (9.0, 0.1, True), "MILL.DROP": (8.5, 0.2, True),
    "AIQS.PICK": (7.7, 0.3, False), "AIQS.DROP": (7.9, 0.2, True),
    "DPS.DROP": (14.4, 0.2, False), "DPS.PICK": (23.2, 0.3, False),
}  # fmt: skip
"""Seconds from the command to FINISHED: mean, standard deviation, and whether the PLC's one-second poll may add one."""

FAR_BAY_S: Final = {"HBW.DROP": {"1": 0.0, "2": 5.0, "3": 13.0}, "HBW.PICK": {"1": 0.0, "2": 3.2, "3": 3.5}}
"""What the store needs in addition for the rows behind the first, seconds."""

NFC_CODES: Final = {
    "DPS.DROP": 100, "AIQS.CHECK_QUALITY": 200, "HBW.PICK": 300, "HBW.DROP": 400, "MILL.MILL": 600, "DRILL.DRILL": 700,
}  # fmt: skip
"""What a station writes onto the piece's tag when it has finished."""


LONGEST_S: Final = 3_600
"""A process command cannot be told to take longer."""

JAM_S: Final = 12.0
"""From a failed command until somebody has cleared the station."""


def perform(factory: Factory, order: Order, index: int) -> Work[bool]:
    """Sends the command of step `index` to its station and lets it work; True if the workpiece is good afterwards."""
    step = order.steps[index]
    module = BY_NAME[step["moduleType"]]
    command: Json = {
        "timestamp": factory.now(),
        "serialNumber": module.serial,
        "orderId": order.id,
        "orderUpdateId": index,
        "action": {
            "id": step["id"],
            "command": step["command"],
            "metadata": _metadata(factory, order, name_of_step(step)),
        },
    }
    factory.publish(f"module/v1/ff/{module.serial}/order", command)
    return (yield from work(factory, order, command))


def work(factory: Factory, order: Order, command: Json) -> Work[bool]:
    """A station has got a command that it takes: works until it says FINISHED, or FAILED.

    True if the workpiece is good afterwards.
    """
    module = BY_SERIAL[command["serialNumber"]]
    name = f"{module.name}.{command['action']['command']}"
    random = factory.random(f"perform {command['action']['id']}")
    good = True
    factory.busy.add(module.serial)
    if factory.faults.strikes(BLOCKED, module.name, random):
        yield from _fail(factory, order, command)
        good = False
    elif module is DPS:
        yield from txt.goods_station(factory, random, command, order.colour, _duration_s(random, name))
    elif name == "AIQS.CHECK_QUALITY":
        good = yield from _check(factory, random, order, command)
    else:
        yield from _work(factory, random, order, command, name)
    factory.busy.discard(module.serial)
    if good and name in NFC_CODES:
        order.remember(factory.now_ns, NFC_CODES[name])
    return good


def _fail(factory: Factory, order: Order, command: Json) -> Process:
    """The fault: the station begins, gets stuck and says so; after a while somebody has cleared it."""
    module = BY_SERIAL[command["serialNumber"]]
    yield 0.06
    _publish_state(factory, module, command, order, "RUNNING")
    yield 4.0
    factory.jammed[module.serial] = {
        "errorType": f"{command['action']['command']}_failed",
        "errorLevel": "FATAL",
        "timestamp": factory.now(),
        "errorReferences": [{"orderId": order.id}],
    }
    _publish_state(factory, module, command, order, "FAILED")
    factory.run(_clear(factory, module), JAM_S)


def _clear(factory: Factory, module: Module) -> Process:
    factory.jammed.pop(module.serial, None)
    publish_idle(factory, module)
    yield from ()


def publish_idle(factory: Factory, module: Module, errors: Sequence[object] = ()) -> None:
    """`state` of a station that does nothing."""
    loads = payloads.store_loads(factory.bays) if module is HBW else []
    header_id = factory.next_header(module.serial)
    state = payloads.module_state(module.serial, factory.now_ns, header_id, ("", 0), loads, None, errors)
    if module.serial in factory.teaching:
        state["operatingMode"] = "TEACHIN"
    factory.publish(f"module/v1/ff/{module.serial}/state", state)


def _metadata(factory: Factory, order: Order, name: str) -> Json:
    """What a command says about the piece."""
    station, action = name.split(".")
    if station == DPS.name:
        piece: Json = {"workpieceId": order.workpiece_id, "type": order.colour, "history": [], "state": "PROCESSED"}
        return {"workpiece": piece if action == "DROP" else {**piece, "history": order.history}}
    if station == action:
        return {"type": order.colour, "duration": factory.durations_s[BY_NAME[station].serial]}
    known = {"workpieceId": order.workpiece_id} if order.workpiece_id else {}
    return {"type": order.colour, **known}


def _duration_s(random: Random, name: str, bay: str = "A1") -> float:
    mean, spread, polled = DURATIONS_S[name]
    late = 1.0 if polled and random.random() < 0.4 else 0.0
    drawn = min(mean + 2 * spread, max(mean - 2 * spread, random.gauss(mean, spread)))
    return drawn + late + FAR_BAY_S.get(name, {}).get(bay[1], 0.0)


def _configured_s(command: Json) -> int | None:
    """How long a process command shall take, as it says itself; None if it is none."""
    module, said = BY_SERIAL[command["serialNumber"]], command["action"]["metadata"].get("duration")
    return said if type(said) is int and 0 < said <= LONGEST_S else module.processing_s


def _longer_s(command: Json) -> float:
    """Than with the duration that was measured with."""
    usual_s = BY_SERIAL[command["serialNumber"]].processing_s
    return 0.0 if usual_s is None else (_configured_s(command) or usual_s) - usual_s


def _work(factory: Factory, random: Random, order: Order, command: Json, name: str) -> Process:
    """A command that the PLC alone carries out: RUNNING, then FINISHED."""
    station, action = name.split(".")
    module = BY_NAME[station]
    bay = _bay(factory, order, name)
    yield 0.10 if module is HBW else random.uniform(0.05, 0.08)
    _publish_state(factory, module, command, order, "RUNNING")
    if module is HBW:
        factory.run(_stock(factory), 0.05)
    yield _duration_s(random, name, bay) + _longer_s(command)
    result = None
    if name == "HBW.PICK" and order.workpiece_id:
        factory.bays[bay] = factory.new_piece(order.workpiece_id, order.colour) | {"history": order.history}
    elif name == "HBW.DROP":
        stored = factory.bays[bay]
        factory.bays[bay] = {}
        result = str(stored.get("id") or payloads.new_workpiece_id(random))  # somebody may have emptied the bay
        order.know_workpiece(result)
        order.history = list(stored.get("history", ()))
    _publish_state(factory, module, command, order, "FINISHED", result, empty=action == "DROP")
    if module is HBW:
        yield 0.05
        factory.publish_stock()


def _bay(factory: Factory, order: Order, name: str) -> str:
    """The bay that the store goes to; any for the other stations."""
    if name == "HBW.DROP":
        return factory.bay_with(order.colour, "RESERVED") or factory.bay_with(order.colour) or "A1"
    return factory.free_bay() if name == "HBW.PICK" else "A1"


def _stock(factory: Factory) -> Process:
    factory.publish_stock()
    yield from ()


def _check(factory: Factory, random: Random, order: Order, command: Json) -> Work[bool]:
    """The quality check: the PLC runs, and meanwhile the TXT controller takes a picture and judges it.

    The action of a bad piece is finished, too: only its result says what was found.
    """
    good = not factory.faults.strikes(QUALITY, order.colour, random)
    yield random.uniform(0.05, 0.08)
    _publish_state(factory, AIQS, command, order, "RUNNING")
    yield from txt.quality_station(factory, random, command, order.colour, good=good)
    if not good:
        factory.run(_red_light(factory), 1.0)
    yield max(0.7, random.gauss(1.4, 0.3))
    _publish_state(factory, AIQS, command, order, "FINISHED", txt.verdict(good), empty=not good)
    return good


def _red_light(factory: Factory) -> Process:
    """Somebody who watches the checks shows it."""
    factory.publish("dsp/aiqs/action", {"command": "changeLight", "color": "#FF0000"})
    yield from ()


def _publish_state(
    factory: Factory, module: Module, command: Json, order: Order, state: str, result: str | None = None, *,
    empty: bool = False,
) -> None:  # fmt: skip
    """`state` of a station whose PLC does the work; `empty` if the piece has left it."""
    sent = command["action"]
    action: Json = {"command": sent["command"], "id": sent["id"]}
    loads: list[Json] = [] if empty else [{"loadType": order.colour}]
    if module.processing_s is not None:
        if loads and sent["command"] != "PICK":
            loads[0]["duration"] = _configured_s(command)
        action |= {"state": state, "duration": _configured_s(command)}
    else:
        action |= {"metadata": sent["metadata"], "state": state}
    if result is not None:
        action["result"] = result
    if module is HBW:
        loads = payloads.store_loads(factory.bays)
    # the quality station never repeats the number of the step
    number = 0 if module is AIQS else command["orderUpdateId"]
    header_id = factory.next_header(module.serial)
    errors = [factory.jammed[module.serial]] if module.serial in factory.jammed else []
    value = payloads.module_state(module.serial, factory.now_ns, header_id, (order.id, number), loads, action, errors)
    factory.publish(f"module/v1/ff/{module.serial}/state", value)
