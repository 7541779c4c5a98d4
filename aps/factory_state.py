"""The factory at this moment, from the newest message of each topic: stations, vehicles, stock, orders."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from aps.modules import BY_SERIAL, FTS_SERIALS, MODULES, name_of
from core.message import FROM_DUMP, Message

FILTERS: Final = (
    "module/v1/ff/+/state",
    "module/v1/ff/+/connection",
    "fts/v1/ff/+/state",
    "fts/v1/ff/+/connection",
    "ccu/order/active",
    "ccu/order/completed",
    "ccu/state/stock",
    "ccu/pairing/state",
)
"""What has to be subscribed for it. They do not overlap."""
BAYS: Final = tuple(f"{row}{column}" for row in "ABC" for column in "123")
"""Of the high-bay store."""
NOWHERE: Final = "UNKNOWN"
FAR: Final = 1e9
"""No battery has so much, whatever the unit; NaN is not below it either."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A workpiece; texts are empty where nobody knows."""

    colour: str
    """WHITE, RED or BLUE."""
    id: str = ""
    reserved: bool = False


@dataclass(frozen=True, slots=True)
class Station:
    """One module."""

    serial: str
    name: str
    connection: str
    """ONLINE, OFFLINE or CONNECTIONBROKEN; empty if not known."""
    available: str
    """READY, BUSY or BLOCKED, as the central control says; empty if not known."""
    command: str
    """What it does, or did last; empty if nothing is known of it."""
    state: str
    """RUNNING, FINISHED or FAILED."""
    error: str
    seen_ns: int | None
    """When its newest live message came, nanoseconds since the epoch, UTC; None if none has."""


@dataclass(frozen=True, slots=True)
class Vehicle:
    """One driverless transport vehicle (FTS, AGV)."""

    serial: str
    name: str
    connection: str
    place: str
    """A station's serial number or a crossing, where it was last; empty if not known."""
    driving: bool
    waiting: bool
    """For a station to load or unload it."""
    charging: bool
    battery_percent: float | None
    """As it says itself: now and then below 0 or above 100."""
    battery_volt: float | None
    loads: tuple[Piece, ...]
    order_id: str
    error: str
    seen_ns: int | None


@dataclass(frozen=True, slots=True)
class Progress:
    """An order that is being carried out."""

    id: str
    type: str
    """STORAGE or PRODUCTION."""
    colour: str
    state: str
    """IN_PROGRESS or ENQUEUED."""
    done: int
    steps: int
    current: str
    """The step that is being carried out, `HBW>DRILL` or `DRILL.PICK`; empty if none is."""


@dataclass(frozen=True, slots=True)
class FactoryState:
    """All of it; empty where nothing was heard."""

    stations: tuple[Station, ...]
    vehicles: tuple[Vehicle, ...]
    stock: Mapping[str, Piece | None] | None
    """The piece in each bay; None as long as nothing was said about the stock."""
    active: tuple[Progress, ...]
    completed: int | None
    """Orders since the last reset; None as long as nothing was said."""
    heard_ns: int | None
    """When the newest live message of all came."""


def factory_state(newest: Mapping[str, Message]) -> FactoryState:
    """From the newest message of each topic, by topic. What is no JSON, or of another shape, says nothing."""
    said = _Said(newest)
    pairing = said.of("ccu/pairing/state")
    completed = said.list_of("ccu/order/completed")
    live = [message.at_ns for message in newest.values() if message.retain != FROM_DUMP]
    return FactoryState(
        stations=tuple(_stations(said, {_text(one, "serialNumber"): one for one in _objects(pairing.get("modules"))})),
        vehicles=tuple(
            _vehicles(said, {_text(one, "serialNumber"): one for one in _objects(pairing.get("transports"))})
        ),
        stock=_stock(said),
        active=tuple(_progress(one) for one in _objects(said.list_of("ccu/order/active"))),
        completed=None if completed is None else len(completed),
        heard_ns=max(live, default=None),
    )


class _Said:
    """The newest payloads, parsed when they are asked for."""

    def __init__(self, newest: Mapping[str, Message]) -> None:
        self.newest = newest

    def of(self, topic: str) -> dict[str, Any]:
        found = self._parsed(topic)
        return found if isinstance(found, dict) else {}

    def list_of(self, topic: str) -> list[Any] | None:
        found = self._parsed(topic)
        return found if isinstance(found, list) else None

    def serials(self, prefix: str) -> Iterator[str]:
        """Who speaks for himself below a prefix."""
        for topic in sorted(self.newest):
            parts = topic.removeprefix(prefix).split("/")
            if topic.startswith(prefix) and len(parts) == 2 and parts[0]:
                yield parts[0]

    def seen_ns(self, own: str) -> int | None:
        """What the broker had in store does not count: it may be old."""
        found = [self.newest.get(f"{own}/{kind}") for kind in ("state", "connection")]
        return max((one.at_ns for one in found if one is not None and one.retain != FROM_DUMP), default=None)

    def _parsed(self, topic: str) -> Any:
        message = self.newest.get(topic)
        try:
            return None if message is None else json.loads(message.payload)
        except (ValueError, RecursionError):
            return None


def _stations(said: _Said, listed: Mapping[str, Mapping[str, Any]]) -> Iterator[Station]:
    """Those of the factory as it is delivered first, then others that are listed or speak."""
    speaking = [serial for serial in said.serials("module/v1/ff/") if serial != "NodeRed"]
    known = [module.serial for module in MODULES if module.serial in (*listed, *speaking)]
    for serial in dict.fromkeys((*known, *listed, *speaking)):
        if not serial:
            continue
        own, pairing = f"module/v1/ff/{serial}", listed.get(serial, {})
        state = said.of(f"{own}/state")
        action = _object(state.get("actionState"))
        yield Station(
            serial=serial,
            name=_text(pairing, "subType") or name_of(serial),
            connection=_connection(said, own, pairing),
            available=_text(pairing, "available"),
            command=_text(action, "command"),
            state=_text(action, "state"),
            error=_error(state),
            seen_ns=said.seen_ns(own),
        )


def _vehicles(said: _Said, listed: Mapping[str, Mapping[str, Any]]) -> Iterator[Vehicle]:
    speaking = list(said.serials("fts/v1/ff/"))
    known = [serial for serial in FTS_SERIALS if serial in (*listed, *speaking)]
    for serial in dict.fromkeys((*known, *listed, *speaking)):
        if not serial:
            continue
        own, pairing = f"fts/v1/ff/{serial}", listed.get(serial, {})
        state = said.of(f"{own}/state")
        battery = _object(state.get("batteryState"))
        place = _text(state, "lastNodeId") or _text(pairing, "lastNodeId")
        yield Vehicle(
            serial=serial,
            name=name_of(serial),
            connection=_connection(said, own, pairing),
            place="" if place == NOWHERE else place,
            driving=state.get("driving") is True,
            waiting=state.get("waitingForLoadHandling") is True,
            charging=battery.get("charging") is True or pairing.get("charging") is True,
            battery_percent=_number(battery, "percentage", _number(pairing, "batteryPercentage")),
            battery_volt=_number(battery, "currentVoltage", _number(pairing, "batteryVoltage")),
            loads=tuple(_loads(state)),
            order_id=_text(state, "orderId"),
            error=_error(state),
            seen_ns=said.seen_ns(own),
        )


def _connection(said: _Said, own: str, pairing: Mapping[str, Any]) -> str:
    """What its own message says; else what the central control says of it."""
    found = _text(said.of(f"{own}/connection"), "connectionState")
    if found or "connected" not in pairing:
        return found
    return "ONLINE" if pairing.get("connected") is True else "OFFLINE"


def _loads(state: Mapping[str, Any]) -> Iterator[Piece]:
    for one in _objects(state.get("load")):
        if _text(one, "loadType") or _text(one, "loadId"):
            yield Piece(_text(one, "loadType"), _text(one, "loadId"))


def _stock(said: _Said) -> dict[str, Piece | None] | None:
    found = said.of("ccu/state/stock")
    if not isinstance(found.get("stockItems"), list):
        return None
    bays: dict[str, Piece | None] = dict.fromkeys(BAYS)
    for item in _objects(found["stockItems"]):
        piece, bay = _object(item.get("workpiece")), _text(item, "location")
        if bay in bays and _text(piece, "type"):
            bays[bay] = Piece(_text(piece, "type"), _text(piece, "id"), piece.get("state") == "RESERVED")
    return bays


def _progress(order: Mapping[str, Any]) -> Progress:
    steps = _objects(order.get("productionSteps"))
    current = next((step for step in steps if step.get("state") == "IN_PROGRESS"), None)
    return Progress(
        id=_text(order, "orderId"),
        type=_text(order, "orderType"),
        colour=_text(order, "type"),
        state=_text(order, "state"),
        done=sum(step.get("state") == "FINISHED" for step in steps),
        steps=len(steps),
        current="" if current is None else _step_name(current),
    )


def _step_name(step: Mapping[str, Any]) -> str:
    if step.get("type") == "NAVIGATION":
        return f"{_text(step, 'source')}>{_text(step, 'target')}"
    return f"{_text(step, 'moduleType')}.{_text(step, 'command')}"


def place_name(place: str) -> str:
    """For people: `HBW`, `crossing 2`."""
    if not place:
        return "not known"
    return BY_SERIAL[place].name if place in BY_SERIAL else f"crossing {place}"


def _error(state: Mapping[str, Any]) -> str:
    """The first error that is reported; an empty object is none."""
    found = (_text(one, "errorMessage") or _text(one, "errorType") for one in _objects(state.get("errors")))
    return next((one for one in found if one), "")


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    return found if isinstance(found, str) else ""


def _number(value: Mapping[str, Any], name: str, otherwise: float | None = None) -> float | None:
    found = value.get(name)
    if not isinstance(found, int | float) or isinstance(found, bool) or not abs(found) < FAR:
        return otherwise
    return float(found)
