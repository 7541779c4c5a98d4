"""The two stations with a TXT controller of their own: goods in and out, and the quality check's camera."""

from __future__ import annotations

from random import Random
from typing import Final

from aps.modules import AIQS, DPS
from aps.simulator import payloads
from aps.simulator.engine import Process
from aps.simulator.factory import Factory
from aps.simulator.image import data_url, workpiece_png
from aps.simulator.payloads import Json, new_id

PASSED: Final = {
    "WHITE": (1, "BOHO", "Round hole"),
    "RED": (2, "MIPO2", "2x milled pocket"),
    "BLUE": (3, "BOHOMIPO2", "Hole and 2x milled pocket"),
}
"""What the camera sees on a good piece: its number, the class and the class in words."""

REJECTED: Final = (
    ("CRACK", "Cracks in Workpiece"),
    ("BOHOMIPO2", "Hole and 2x milled pocket"),
    ("BOHOMIPO1", "Hole and 1x milled pocket"),
    ("MIPO1", "1x milled pocket"),
)
"""What it sees on a bad one, the most frequent first; the number is 4."""

VERSIONS: Final = {AIQS.serial: "1.0.0", DPS.serial: "1.6.0+gitc321c85"}
"""What the TXT controllers of the two stations that have one say about themselves."""

THROWN_AWAY_S: Final = 22.0
"""From the command to throw a piece away until the goods station has done it."""

QUALITY_UPDATE_ID: Final = 10
"""The quality station's leg always says 10: it is fixed in Node-RED."""


FACTSHEET_TOLD: Final[Json] = {"id": "SOME_ID", "state": "FINISHED", "command": "factsheetRequest"}
"""As the controllers behind DPS and AIQS list it."""


def goods_station(factory: Factory, random: Random, command: Json, colour: str, duration_s: float) -> Process:
    """A PICK or DROP of the goods station: its PLC passes it on to the TXT controller, whose last word it repeats."""
    yield random.uniform(0.015, 0.025)
    action, order = command["action"], (command["orderId"], command["orderUpdateId"])
    loads = [{"type": colour}] if action["command"] == "DROP" else []
    _publish_plc(factory, loads, {"id": action["id"], "state": "RUNNING"}, order[0])
    factory.publish(f"module/v1/ff/NodeRed/{DPS.serial}/order", command)
    yield 0.05
    _publish_goods(factory, order, action, "WAITIING")  # sic, with two I
    yield 0.42
    _publish_goods(factory, order, action, "RUNNING")
    yield duration_s - 1.5
    result = {"result": "PASSED"} if action["command"] == "PICK" else {}
    last = _publish_goods(factory, order, action, "FINISHED", result)
    yield max(0.8, random.gauss(1.01, 0.03))
    factory.publish(f"module/v1/ff/{DPS.serial}/state", last)


def read_workpiece(factory: Factory, random: Random, colour: str, workpiece_id: str) -> Process:
    """A new piece lies at goods in: its colour is measured, then its tag is read. Takes about 35 seconds."""
    _publish_plc(factory, [{"loadType": "UNKNOWN"}], None)
    own_id = new_id(random)
    for action, order_id, duration_s, result, loads in (
        ({"id": own_id, "command": "INPUT_RGB", "metadata": {}}, own_id, random.gauss(15.1, 1.0), None, None),
        ({"id": "0", "command": "RGB_NFC", "metadata": {"type": colour}}, "0", random.gauss(17.3, 0.8), workpiece_id,
         [{"type": colour}]),
    ):  # fmt: skip
        if loads:
            _publish_plc(factory, loads, None)
        order = {"timestamp": factory.now(), "orderId": order_id, "orderUpdateId": 1, "action": action}
        factory.publish(f"module/v1/ff/NodeRed/{DPS.serial}/order", order)
        yield 0.07
        _publish_goods(factory, (order_id, 1), action, "WAITIING")
        yield 0.2
        _publish_goods(factory, (order_id, 1), action, "RUNNING")
        yield duration_s
        last = _publish_goods(factory, (order_id, 1), action, "FINISHED", {"result": result})
        yield 1.01
    _publish_plc(factory, [{"type": colour}], last["actionStates"][0])


def cancel_storage(factory: Factory, action_id: str) -> Process:
    """The goods station is told to throw away the piece that lies in it: its TXT controller does, and warns."""
    relayed = payloads.instant_action(DPS.serial, factory.now_ns, action_id, "cancelStorageOrder", {})
    factory.publish(f"module/v1/ff/NodeRed/{DPS.serial}/instantAction", {"host": DPS.serial, **relayed})
    yield THROWN_AWAY_S
    action: Json = {"command": "cancelStorageOrder", "id": action_id, "metadata": {}}
    last = _publish_goods(factory, ("", -1), action, "FINISHED", {"warning": True})
    yield 1.01
    factory.publish(f"module/v1/ff/{DPS.serial}/state", last)


def reset(factory: Factory, action_id: str) -> Process:
    """The goods station's controller is told of a reset, and starts anew."""
    begun: Json = {"timestamp": factory.now(6), "id": action_id, "state": "RUNNING", "command": "reset"}
    _publish_reset(factory, begun, [FACTSHEET_TOLD, {**begun, "warning": True}])
    yield 11.4
    _publish_reset(factory, None, [])


def tell_factsheet(factory: Factory, serial: str) -> None:
    """The state after the factsheet that everybody is asked for who has started anew."""
    told: Json = {**FACTSHEET_TOLD, "timestamp": factory.now(6)}
    if serial == DPS.serial:
        _publish_reset(factory, told, [FACTSHEET_TOLD])
    else:
        leg: Json = {"orderId": "", "orderUpdateId": 0}
        factory.publish(f"module/v1/ff/NodeRed/{serial}/state", _quality_state(factory, leg, told))


def verdict(good: bool) -> str:
    """The result of a quality check."""
    return "PASSED" if good else "FAILED"


def quality_station(factory: Factory, random: Random, command: Json, colour: str, *, good: bool) -> Process:
    """The camera's part of a quality check: about 8 seconds from the PLC's RUNNING to the TXT controller's FINISHED."""
    yield max(2.0, random.gauss(3.0, 0.3))
    leg = {**command, "orderUpdateId": QUALITY_UPDATE_ID, "timestamp": factory.now()}
    factory.publish(f"module/v1/ff/NodeRed/{AIQS.serial}/order", leg)
    yield 0.06
    _publish_quality(factory, leg, "WAITING")
    yield 0.54
    _publish_quality(factory, leg, "RUNNING")
    yield max(3.0, random.gauss(4.2, 0.4))
    result = {"result": verdict(good)}
    _publish_quality(factory, leg, "RUNNING", result)
    yield 0.3
    factory.publish("/j1/txt/1/i/quality_check", _picture(factory, random, colour, good=good))
    yield 0.1
    _publish_quality(factory, leg, "FINISHED", result)


def _picture(factory: Factory, random: Random, colour: str, *, good: bool) -> Json:
    """What the camera has seen."""
    if good:
        number, kind, words = PASSED[colour]
    else:
        number, (kind, words) = 4, random.choices(REJECTED, (11, 5, 2, 1))[0]
    return {
        "data": data_url(workpiece_png(random, colour)),
        "ts": factory.now(6),
        "classification": kind,
        "classificationDesc": words,
        "result": verdict(good),
        "num": number,
    }


def _publish_plc(factory: Factory, loads: list[Json], action: Json | None, order_id: str = "0") -> None:
    """The goods station's state as its PLC sees it; it never names the step."""
    header_id = factory.next_header(DPS.serial)
    state = payloads.module_state(DPS.serial, factory.now_ns, header_id, (order_id, 0), loads, action)
    if order_id == "0":
        state["errors"] = [{}]  # an empty object outside of orders, as the real one writes it
    factory.publish(f"module/v1/ff/{DPS.serial}/state", state)


def _publish_goods(
    factory: Factory, order: tuple[str, int], action: Json, state: str, result: Json | None = None
) -> Json:
    """The goods station's state as its TXT controller sees it; returns what was published."""
    timestamp = factory.now(6)
    brief: Json = {"command": action["command"], "state": state, "id": action["id"], "timestamp": timestamp}
    brief |= result or {}
    value: Json = {
        "actionStates": [{**brief, "metadata": action["metadata"]}],
        "timestamp": timestamp,
        "information": [],
        "serialNumber": DPS.serial,
        "batteryState": {},
        "headerId": factory.next_header(f"txt {DPS.serial}"),
        "operatingMode": "AUTOMATIC",
        "paused": False,
        "actionState": brief,
        "orderUpdateId": order[1],
        "orderId": order[0],
        "errors": [],
    }
    factory.publish(f"module/v1/ff/NodeRed/{DPS.serial}/state", value)
    return value


def _publish_reset(factory: Factory, action: Json | None, actions: list[Json]) -> None:
    """The goods station's state around a reset, as its TXT controller sees it."""
    warning: Json = {"errorType": "RESET_WARNING", "errorLevel": "WARNING", "errorReferences": [{"orderId": ""}]}
    value: Json = {
        "actionStates": actions,
        "timestamp": factory.now(6),
        "information": [],
        "serialNumber": DPS.serial,
        "batteryState": {},
        "headerId": factory.next_header(f"txt {DPS.serial}"),
        "operatingMode": "AUTOMATIC",
        "paused": False,
        "actionState": action,
        "orderUpdateId": 0,
        "orderId": "",
        "errors": [warning],
    }
    factory.publish(f"module/v1/ff/NodeRed/{DPS.serial}/state", value)


def _publish_quality(factory: Factory, leg: Json, state: str, result: Json | None = None) -> None:
    """The quality station's state as its TXT controller sees it."""
    timestamp = factory.now(6)
    action: Json = {"timestamp": timestamp, "id": leg["action"]["id"], "state": state, "command": "CHECK_QUALITY"}
    value = _quality_state(factory, leg, {**action, **(result or {})})
    factory.publish(f"module/v1/ff/NodeRed/{AIQS.serial}/state", value)


def _quality_state(factory: Factory, leg: Json, action: Json) -> Json:
    return {
        "headerId": factory.next_header(f"txt {AIQS.serial}"),
        "orderId": leg["orderId"],
        "timestamp": factory.now(6),
        "orderUpdateId": leg["orderUpdateId"],
        "errors": [],
        "actionState": action,
        "paused": False,
        "batteryState": {},
        "serialNumber": AIQS.serial,
    }
