"""The factory at this moment, from the newest message of each topic: stations, vehicles, stock, orders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import ValidationError

from aps.command_values import Layout
from aps.floor_plan import DELIVERED, FloorPlan, floor_plan
from aps.floor_plan import TOPIC as LAYOUT
from aps.modules import BY_SERIAL, FTS_SERIALS, MODULES, name_of
from aps.newest_said import Said, number_of, text_of
from aps.order_payloads import as_object, objects
from aps.order_progress import Progress, progress_of
from aps.simulator.layout import DELIVERED as DELIVERED_ROADS
from aps.simulator.layout import RoadMap
from core.errors import UsageError
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
    LAYOUT,
)
"""What has to be subscribed for it. They do not overlap."""
BAYS: Final = tuple(f"{row}{column}" for row in "ABC" for column in "123")
"""Of the high-bay store."""
NOWHERE: Final = "UNKNOWN"
TOLD: Final = "told"


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
    plan: FloorPlan = DELIVERED
    """Where everything lies."""
    roads: RoadMap = field(default=DELIVERED_ROADS, compare=False)
    """What vehicles can drive on: those of the plan."""
    layout: str = ""
    """Where the plan is from: empty if nothing was said about it, TOLD, or why what was said cannot be drawn."""
    failed: int = 0
    """Of the completed orders those that ended with an error."""

    @property
    def known(self) -> bool:
        """Whether anything at all was heard of a factory."""
        return bool(self.stations or self.vehicles or self.active or self.stock is not None or self.layout)


def factory_state(newest: Mapping[str, Message]) -> FactoryState:
    """From the newest message of each topic, by topic. What is no JSON, or of another shape, says nothing."""
    said = Said(newest)
    pairing = said.of("ccu/pairing/state")
    completed = said.list_of("ccu/order/completed")
    plan, roads, layout = _plan(said)
    live = [message.at_ns for message in newest.values() if message.retain != FROM_DUMP]
    return FactoryState(
        stations=tuple(_stations(said, {text_of(one, "serialNumber"): one for one in objects(pairing.get("modules"))})),
        vehicles=tuple(
            _vehicles(said, {text_of(one, "serialNumber"): one for one in objects(pairing.get("transports"))})
        ),
        stock=_stock(said),
        active=tuple(progress_of(one) for one in objects(said.list_of("ccu/order/active"))),
        completed=None if completed is None else len(completed),
        heard_ns=max(live, default=None),
        plan=plan,
        roads=roads,
        layout=layout,
        failed=sum(one.get("state") == "ERROR" for one in objects(completed)),
    )


def _plan(said: Said) -> tuple[FloorPlan, RoadMap, str]:
    """As the central control says; as delivered where it says nothing, or nothing that can be drawn."""
    if LAYOUT not in said.newest:
        return DELIVERED, DELIVERED_ROADS, ""
    try:
        plan = floor_plan(said.of(LAYOUT))
    except UsageError as error:
        return DELIVERED, DELIVERED_ROADS, str(error)
    try:
        return plan, RoadMap.of(Layout.of(said.of(LAYOUT))), TOLD
    except ValidationError:  # it can be drawn, but a road has no length
        return plan, DELIVERED_ROADS, TOLD


def _stations(said: Said, listed: Mapping[str, Mapping[str, Any]]) -> Iterator[Station]:
    """Those of the factory as it is delivered first, then others that are listed or speak."""
    speaking = [serial for serial in said.serials("module/v1/ff/") if serial != "NodeRed"]
    known = [module.serial for module in MODULES if module.serial in (*listed, *speaking)]
    for serial in dict.fromkeys((*known, *listed, *speaking)):
        if not serial:
            continue
        own, pairing = f"module/v1/ff/{serial}", listed.get(serial, {})
        state = said.of(f"{own}/state")
        action = as_object(state.get("actionState"))
        yield Station(
            serial=serial,
            name=text_of(pairing, "subType") or name_of(serial),
            connection=_connection(said, own, pairing),
            available=text_of(pairing, "available"),
            command=text_of(action, "command"),
            state=text_of(action, "state"),
            error=_error(state),
            seen_ns=said.seen_ns(own),
        )


def _vehicles(said: Said, listed: Mapping[str, Mapping[str, Any]]) -> Iterator[Vehicle]:
    speaking = list(said.serials("fts/v1/ff/"))
    known = [serial for serial in FTS_SERIALS if serial in (*listed, *speaking)]
    for serial in dict.fromkeys((*known, *listed, *speaking)):
        if not serial:
            continue
        own, pairing = f"fts/v1/ff/{serial}", listed.get(serial, {})
        state = said.of(f"{own}/state")
        battery = as_object(state.get("batteryState"))
        place = text_of(state, "lastNodeId") or text_of(pairing, "lastNodeId")
        yield Vehicle(
            serial=serial,
            name=name_of(serial),
            connection=_connection(said, own, pairing),
            place="" if place == NOWHERE else place,
            driving=state.get("driving") is True,
            waiting=state.get("waitingForLoadHandling") is True,
            charging=battery.get("charging") is True or pairing.get("charging") is True,
            battery_percent=number_of(battery, "percentage", number_of(pairing, "batteryPercentage")),
            battery_volt=number_of(battery, "currentVoltage", number_of(pairing, "batteryVoltage")),
            loads=tuple(_loads(state)),
            order_id=text_of(state, "orderId"),
            error=_error(state),
            seen_ns=said.seen_ns(own),
        )


def _connection(said: Said, own: str, pairing: Mapping[str, Any]) -> str:
    """What its own message says; else what the central control says of it."""
    found = text_of(said.of(f"{own}/connection"), "connectionState")
    if found or "connected" not in pairing:
        return found
    return "ONLINE" if pairing.get("connected") is True else "OFFLINE"


def _loads(state: Mapping[str, Any]) -> Iterator[Piece]:
    for one in objects(state.get("load")):
        if text_of(one, "loadType") or text_of(one, "loadId"):
            yield Piece(text_of(one, "loadType"), text_of(one, "loadId"))


def _stock(said: Said) -> dict[str, Piece | None] | None:
    found = said.of("ccu/state/stock")
    if not isinstance(found.get("stockItems"), list):
        return None
    bays: dict[str, Piece | None] = dict.fromkeys(BAYS)
    for item in objects(found["stockItems"]):
        piece, bay = as_object(item.get("workpiece")), text_of(item, "location")
        if bay in bays and text_of(piece, "type"):
            bays[bay] = Piece(text_of(piece, "type"), text_of(piece, "id"), piece.get("state") == "RESERVED")
    return bays


def place_name(place: str, plan: FloorPlan = DELIVERED) -> str:
    """For people: `HBW`, `crossing 2`."""
    if not place:
        return "not known"
    if place in BY_SERIAL:
        return BY_SERIAL[place].name
    return plan.stations.get(place, f"crossing {place}")


def _error(state: Mapping[str, Any]) -> str:
    """The first error that is reported; an empty object is none."""
    found = (text_of(one, "errorMessage") or text_of(one, "errorType") for one in objects(state.get("errors")))
    return next((one for one in found if one), "")
