"""The stations, the vehicles and the stock, as the messages describe them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from factory_view.arrival import Arrival, fields, number, objects, text
from factory_view.feed import Snapshot

PAIRING = "ccu/pairing/state"
LAYOUT = "ccu/state/layout"
STOCK = "ccu/state/stock"
SHELVES = tuple(f"{row}{column}" for row in "ABC" for column in "123")
"""The bays of the high-bay warehouse."""
RECENT = timedelta(seconds=3)


@dataclass(frozen=True)
class Piece:
    """A workpiece; the texts are empty where nobody knows."""

    colour: str
    """WHITE, RED or BLUE."""
    id: str = ""
    reserved: bool = False


@dataclass(frozen=True)
class Station:
    """One module of the factory."""

    serial: str
    name: str
    connection: str
    """ONLINE, OFFLINE, CONNECTIONBROKEN; empty if not known."""
    available: str
    """READY, BUSY or BLOCKED; empty if not known."""
    assigned: bool
    command: str
    """What it does, or did last; empty if it has nothing to do."""
    state: str
    """How far that is: RUNNING, FINISHED, FAILED."""
    error: str
    speaks: bool
    """Whether it says anything itself; a passive station is known from others only."""
    seen: datetime | None
    """When it was last heard; None if not yet."""


@dataclass(frozen=True)
class Vehicle:
    """One driverless transport vehicle (FTS)."""

    serial: str
    connection: str
    node: str
    """Where it is, or was last; empty if not known."""
    came_from: str
    """The node before that one, if it has got here just now; else empty."""
    moved_at: datetime | None
    driving: bool
    waiting: bool
    """For a station to load or unload it."""
    charging: bool
    battery: float | None
    """Percent, as it says itself: now and then below 0 or above 100."""
    voltage: float | None
    load: Mapping[str, Piece]
    """What lies in its bays 1 to 3."""
    command: str
    state: str
    error: str
    seen: datetime | None


def stations(now: Snapshot) -> list[Station]:
    """In the order in which the central control names them; those it does not name come last."""
    listed = {text(one.get("serialNumber")): one for one in objects(fields(now.value(PAIRING)).get("modules"))}
    names = {text(one.get("serialNumber")): text(one.get("type")) for one in layout_modules(now)}
    serials = [*listed, *names, *_speaking(now, "module/v1/ff/")]
    return [_station(now, serial, listed.get(serial, {}), names) for serial in dict.fromkeys(serials) if serial]


def vehicles(now: Snapshot) -> list[Vehicle]:
    """All that were heard or that the central control knows, by serial number."""
    listed = {text(one.get("serialNumber")): one for one in objects(fields(now.value(PAIRING)).get("transports"))}
    serials = sorted({*listed, *_speaking(now, "fts/v1/ff/")})
    return [_vehicle(now, serial, listed.get(serial, {})) for serial in serials if serial]


def stock(now: Snapshot) -> dict[str, Piece | None] | None:
    """The piece in each bay, None for an empty one; None if nothing was said about the stock yet."""
    said = now.value(STOCK)
    if not isinstance(said, dict):
        return None
    bays: dict[str, Piece | None] = dict.fromkeys(SHELVES)
    for item in objects(said.get("stockItems")):
        piece, location = fields(item.get("workpiece")), text(item.get("location"))
        if location in bays and text(piece.get("type")):
            bays[location] = Piece(text(piece.get("type")), text(piece.get("id")), piece.get("state") == "RESERVED")
    return bays


def layout_modules(now: Snapshot) -> list[Mapping[str, Any]]:
    """The modules of the factory's plan."""
    return objects(fields(now.value(LAYOUT)).get("modules"))


def _speaking(now: Snapshot, prefix: str) -> list[str]:
    """Serial numbers that speak for themselves, in alphabetical order."""
    rests = [topic.removeprefix(prefix).split("/") for topic in now.topics if topic.startswith(prefix)]
    return sorted({rest[0] for rest in rests if len(rest) == 2 and rest[1] in ("connection", "state", "factsheet")})


def _station(now: Snapshot, serial: str, listed: Mapping[str, Any], names: Mapping[str, str]) -> Station:
    own = f"module/v1/ff/{serial}"
    state = fields(now.value(f"{own}/state"))
    action = fields(state.get("actionState"))
    return Station(
        serial=serial,
        name=text(listed.get("subType")) or names.get(serial) or serial,
        connection=_connection(now, own, listed),
        available=text(listed.get("available")) or _own_words(state, action),
        assigned=listed.get("assigned") is True,
        command=text(action.get("command")),
        state=text(action.get("state")),
        error=_error(state),
        speaks=f"{own}/state" in now.topics or f"{own}/connection" in now.topics,
        seen=_seen(now, own, f"module/v1/ff/NodeRed/{serial}"),
    )


def _vehicle(now: Snapshot, serial: str, listed: Mapping[str, Any]) -> Vehicle:
    own = f"fts/v1/ff/{serial}"
    state = fields(now.value(f"{own}/state"))
    battery, action = fields(state.get("batteryState")), fields(state.get("actionState"))
    node = text(state.get("lastNodeId")) or text(listed.get("lastNodeId"))
    came_from, moved_at = _last_move(now.topics.get(f"{own}/state", ()))
    percentage, voltage = number(battery.get("percentage")), number(battery.get("currentVoltage"))
    return Vehicle(
        serial=serial,
        connection=_connection(now, own, listed),
        node="" if node == "UNKNOWN" else node,
        came_from=came_from,
        moved_at=moved_at,
        driving=state.get("driving") is True,
        waiting=state.get("waitingForLoadHandling") is True,
        charging=battery.get("charging") is True or listed.get("charging") is True,
        battery=percentage if percentage is not None else number(listed.get("batteryPercentage")),
        voltage=voltage if voltage is not None else number(listed.get("batteryVoltage")),
        load=dict(_load(state)),
        command=text(action.get("command")),
        state=text(action.get("state")),
        error=_error(state),
        seen=_seen(now, own),
    )


def _connection(now: Snapshot, own: str, listed: Mapping[str, Any]) -> str:
    """What its own message says; else what the central control says of it."""
    said = text(fields(now.value(f"{own}/connection")).get("connectionState"))
    if said or "connected" not in listed:
        return said
    return "ONLINE" if listed.get("connected") is True else "OFFLINE"


def _own_words(state: Mapping[str, Any], action: Mapping[str, Any]) -> str:
    """Where the central control is not heard: whether the station says itself that it works, or cannot."""
    if any(one.get("errorLevel") == "FATAL" for one in objects(state.get("errors"))):
        return "BLOCKED"
    working = text(action.get("state")) not in ("", "FINISHED", "FAILED")
    return ("BUSY" if working else "READY") if state else ""


def _seen(now: Snapshot, *prefixes: str) -> datetime | None:
    """When a message of its own arrived; what the broker had in store does not count, for that may be old."""
    topics = [f"{prefix}/{kind}" for prefix in prefixes for kind in ("state", "connection", "factsheet")]
    times = [one.at for topic in topics for one in now.topics.get(topic, ())[-1:] if not one.stored]
    return max(times, default=None)


def _error(state: Any) -> str:
    """The first error that it reports; an empty object is none."""
    found = (
        text(one.get("errorMessage")) or text(one.get("errorType")) for one in objects(fields(state).get("errors"))
    )
    return next((one for one in found if one), "")


def _load(state: Mapping[str, Any]) -> Iterator[tuple[str, Piece]]:
    for one in objects(state.get("load")):
        if text(one.get("loadType")) or text(one.get("loadId")):
            yield text(one.get("loadPosition")), Piece(text(one.get("loadType")), text(one.get("loadId")))


def _last_move(arrivals: tuple[Arrival, ...]) -> tuple[str, datetime | None]:
    """The node before the present one, and when the present one was reached; only if that was just now."""
    nodes = [text(fields(one.value).get("lastNodeId")) for one in arrivals]
    for index in range(len(nodes) - 1, 0, -1):
        if nodes[index - 1] != nodes[index]:
            reached = arrivals[index].at
            return (nodes[index - 1], reached) if arrivals[-1].at - reached < RECENT else ("", None)
    return "", None
