"""What comes back to a single command: who answers it, what each answer says, and what silence means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from aps.answers import RESETS, Answer, Outcome, action_id, answer, answer_topic, is_reset
from aps.modules import DPS, HBW
from aps.order_payloads import as_object, json_of, object_of, objects
from aps.order_progress import progress_of
from core.topics import why_invalid_topic

Json = Mapping[str, Any]
Judge = Callable[[str, bytes], Answer | None]
"""What a message, by topic and payload, says to the command; None if nothing."""

NOBODY: Final = "Nobody answers this command: what it does can only be seen."
SILENT: Final = "Nobody has answered."


@dataclass(frozen=True, slots=True)
class Expected:
    """What is to be listened to after a command was sent."""

    filters: tuple[str, ...] = ()
    """None: nobody answers."""
    judge: Judge = lambda _topic, _payload: None
    """It may remember what it has heard, so each command needs one of its own."""
    silence: str = NOBODY
    """What it means that nothing comes back, as a sentence."""


def expected(topic: str, payload: bytes) -> Expected:
    """Who answers this command. One that is not understood, or not known, nobody answers."""
    found = _expected(topic, json_of(payload))
    return found if all(why_invalid_topic(one) is None for one in found.filters) else Expected()


def _expected(topic: str, value: object) -> Expected:
    match topic.split("/"):
        case ["ccu", "order", "request"] | ["", "j1", "txt", "1", "f", "o", "order"] if isinstance(value, dict):
            return _order(value, through_cloud=topic.startswith("/"))
        case ["ccu", "order", "cancel"] if isinstance(value, list):
            return _cancelled(value)
        case ["ccu", "set", "reset"]:
            return Expected((RESETS, "ccu/state/stock"), _reset, SILENT)
        case ["ccu", "set", "charge"] if isinstance(value, dict):
            return _charge(value)
        case ["ccu", "pairing", "pair_fts"] if isinstance(value, dict):
            return _of_vehicle(value, _paired)
        case ["ccu", "set", name] if isinstance(value, dict):
            return _settings(name, value)
        case [("module" | "fts") as kind, "v1", "ff", serial, "instantAction"] if isinstance(value, dict):
            return _instant(kind, serial, topic, value)
        case ["module" | "fts", "v1", "ff", _, "order"] if isinstance(value, dict):
            return _state(topic, value)
    return Expected()


# --- orders


def _order(request: Json, *, through_cloud: bool) -> Expected:
    """The control answers what it takes and is silent otherwise; a piece without room it lets throw away."""
    storage = request.get("orderType") == "STORAGE"
    known: list[str] = []

    def judge(topic: str, payload: bytes) -> Answer | None:
        if known and is_reset(topic, payload):  # nobody lists it as ended
            return Answer(Outcome.FAILED, f"order {known[0][:8]} has ended: the factory was reset")
        value = json_of(payload)
        if topic.endswith("/instantAction"):
            refused = storage and not known and "cancelStorageOrder" in _action_types(value)
            return Answer(Outcome.REFUSED, "the store takes no more pieces of this colour") if refused else None
        for order in objects(value if isinstance(value, list) else [value]):
            order_id = str(order.get("orderId", ""))
            if not known and topic.endswith(("/response", "/active")) and _same(request, order, through_cloud):
                known.append(order_id)
            if order_id in known:
                return _progress(topic, order)
        return None

    filters = ["ccu/order/response", "ccu/order/active", "ccu/order/completed", RESETS]
    filters += [f"module/v1/ff/{DPS.serial}/instantAction"] if storage else []
    silence = "The central control has not answered: it takes no order" + (
        "." if storage else " for a colour of which the store holds no free piece."
    )
    return Expected(tuple(filters), judge, silence)


def _same(request: Json, order: Json, through_cloud: bool) -> bool:
    """Whether the control speaks of this request: by its number, or by the time that it repeats."""
    if order.get("type") != request.get("type"):
        return False
    if through_cloud:
        return order.get("orderType") == "PRODUCTION" and not order.get("requestId")
    if request.get("requestId"):
        return bool(order.get("requestId") == request["requestId"])
    return all(order.get(name) == request.get(name) for name in ("orderType", "timestamp"))


def _progress(topic: str, order: Json) -> Answer:
    state, name = str(order.get("state")), f"order {str(order.get('orderId', ''))[:8]}"
    if topic.endswith("/completed"):
        return Answer(Outcome.FINISHED if state == "FINISHED" else Outcome.FAILED, f"{name} has ended: {state}")
    known = progress_of(order)
    steps = f", {known.done} of {known.steps} steps finished" if known.done else ""
    return Answer(Outcome.RUNNING, f"accepted as {name}{', it waits' if state == 'ENQUEUED' else steps}")


def _cancelled(order_ids: Iterable[object]) -> Expected:
    wanted = set(map(str, order_ids))

    def judge(_topic: str, payload: bytes) -> Answer | None:
        value = json_of(payload)
        ended = objects(value if isinstance(value, list) else [])
        gone = {str(one.get("orderId")) for one in ended if one.get("state") == "CANCELLED"}
        return Answer(Outcome.FINISHED, "cancelled") if wanted <= gone else None

    silence = "The central control has not cancelled it: only orders that wait can be taken back."
    return Expected(("ccu/order/completed",), judge, silence)


# --- the central control


def _reset(topic: str, _payload: bytes) -> Answer | None:
    if topic == RESETS:
        return Answer(Outcome.RUNNING, "the central control resets the stations")
    return Answer(Outcome.FINISHED, "the stations are there again")


def _settings(name: str, asked: Json) -> Expected:
    """What was set is published again."""
    serial = str(asked.get("serialNumber", ""))
    match name:
        case "layout" | "flows" | "config":
            return Expected((f"ccu/state/{name}",), lambda _topic, payload: _as_asked(payload, asked), SILENT)
        case "default_layout" | "delete-module":
            return Expected(("ccu/state/layout",), lambda _topic, payload: _published(payload), SILENT)
        case "calibration":
            return _calibration((serial,))
        case "park":
            return _calibration((DPS.serial, HBW.serial))
        case "module-duration":
            return Expected(("ccu/pairing/state",), lambda _topic, payload: _duration(payload, asked), SILENT)
    return Expected()


def _as_asked(payload: bytes, asked: Json) -> Answer:
    if json_of(payload) == asked:
        return Answer(Outcome.FINISHED, "the central control says the same")
    return Answer(Outcome.FAILED, "the central control says something else than was asked for")


def _published(payload: bytes) -> Answer:
    stations = objects(object_of(payload).get("modules"))
    return Answer(Outcome.FINISHED, f"the central control says a layout with {len(stations)} stations")


def _duration(payload: bytes, asked: Json) -> Answer | None:
    for one in objects(object_of(payload).get("modules")):
        said = one.get("productionDuration")
        if one.get("serialNumber") == asked.get("serialNumber") and said == asked.get("duration"):
            return Answer(Outcome.FINISHED, f"the central control says {said} s")
    return None


def _calibration(serials: tuple[str, ...]) -> Expected:
    heard: set[str] = set()

    def judge(topic: str, payload: bytes) -> Answer | None:
        value = object_of(payload)
        heard.add(topic)
        if len(heard) < len(serials):
            return Answer(Outcome.RUNNING)
        stands = "calibrating" if value.get("calibrating") is True else "not calibrating"
        return Answer(Outcome.FINISHED, f"{stands}, values: {len(objects(value.get('references')))}")

    return Expected(tuple(f"ccu/state/calibration/{one}" for one in serials), judge, SILENT)


# --- vehicles and stations


def _of_vehicle(command: Json, judge: Callable[[Json], Answer | None]) -> Expected:
    def heard(_topic: str, payload: bytes) -> Answer | None:
        state = object_of(payload)
        return judge(state) if state else None

    return Expected((f"fts/v1/ff/{command.get('serialNumber')}/state",), heard, SILENT)


def _charge(command: Json) -> Expected:
    on = command.get("charge") is True

    def judge(state: Json) -> Answer | None:
        if words := _error(state, "stopCharging_ERROR"):
            return Answer(Outcome.REFUSED, words)
        if (as_object(state.get("batteryState")).get("charging") is True) is on:
            return Answer(Outcome.FINISHED, "it charges" if on else "it does not charge")
        return Answer(Outcome.RUNNING, "it drives to the charger") if on and state.get("driving") is True else None

    return _of_vehicle(command, judge)


def _paired(state: Json) -> Answer | None:
    if words := _error(state, "findInitialDockPosition_ERROR"):
        return Answer(Outcome.REFUSED, words)
    if state.get("driving") is True:
        return Answer(Outcome.RUNNING, "it looks for its dock")
    place = state.get("lastNodeId")
    return Answer(Outcome.FINISHED, f"it is at {place}") if place not in (None, "", "UNKNOWN") else None


def _instant(kind: str, serial: str, topic: str, command: Json) -> Expected:
    kinds, own = _action_types(command), f"{kind}/v1/ff/{serial}"
    calibration = any("Calibration" in one for one in kinds)
    if (kind == "fts" and "reset" not in kinds) or "cancelStorageOrder" in kinds:
        return _state(topic, command)
    if "reset" in kinds or "SET_STORAGE" in kinds:
        return Expected((f"{own}/state",), lambda _topic, payload: _restarted(payload), SILENT)
    if "factsheetRequest" in kinds:
        return Expected((f"{own}/factsheet",), lambda _topic, _payload: Answer(Outcome.FINISHED, "published"), SILENT)
    return _calibration((serial,)) if calibration else Expected()


def _restarted(payload: bytes) -> Answer | None:
    state = object_of(payload)
    busy = not state or state.get("actionState")
    return None if busy else Answer(Outcome.FINISHED, _error(state, "RESET"))


def _state(topic: str, command: Json) -> Expected:
    """The state of a station or a vehicle lists the action, or an error that refers to it."""
    action = action_id(topic, command)
    order = str(command.get("orderId") or action)
    return Expected((answer_topic(topic),), lambda _topic, payload: answer(payload, order, action), SILENT)


def _error(state: Json, kind: str) -> str:
    found = [one for one in objects(state.get("errors")) if one.get("errorType") == kind]
    return str(found[0].get("errorMessage") or kind) if found else ""


def _action_types(value: object) -> list[str]:
    return [str(one.get("actionType")) for one in objects(as_object(value).get("actions"))]
