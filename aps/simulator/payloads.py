"""Timestamps, identifiers and the payloads that need nothing but their arguments."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any, Final

from aps.modules import HBW, MODULES, Module
from aps.simulator.layout import INTERSECTIONS, ROADS
from core.message import NS_PER_SECOND

Json = dict[str, Any]

COLOURS: Final = ("WHITE", "RED", "BLUE")
VEHICLE_VERSION: Final = "1.1.0+git250d287"


def iso(at_ns: int, decimals: int = 3) -> str:
    """UTC with `Z`: 3 decimals as the central control and Node-RED write it, 6 as the TXT controllers do."""
    seconds, rest = divmod(at_ns, NS_PER_SECOND)
    fraction = f"{rest:09d}"[:decimals]
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{fraction}Z"


def new_id(random: Random) -> str:
    """A UUID of version 4, from the simulation's own chance."""
    return str(uuid.UUID(int=random.getrandbits(128), version=4))


def new_workpiece_id(random: Random) -> str:
    """What the NFC reader reports: 14 hexadecimal digits, the first two 04 as on real tags."""
    return f"04{random.getrandbits(48):012x}"


def connection(module: Module, header_id: int, since_ns: int) -> Json:
    """`connection` of a station; its timestamp stays that of the start, heartbeats repeat it."""
    return {
        "headerId": header_id,
        "timestamp": iso(since_ns),
        "ip": module.ip,
        "version": module.version,
        "manufacturer": "Fischertechnik",
        "serialNumber": module.serial,
        "connectionState": "ONLINE",
    }


def txt_connection(serial: str, version: str, ip: str | None, since_ns: int) -> Json:
    """`connection` of a TXT controller or a vehicle: sent once, with 6 decimals; `ip` may be missing."""
    found: Json = {
        "headerId": 2,
        "timestamp": iso(since_ns, 6),
        "version": version,
        "manufacturer": "Fischertechnik",
        "serialNumber": serial,
        "connectionState": "ONLINE",
    }
    return found if ip is None else {**found, "ip": ip}


def instant_action(serial: str, at_ns: int, action_id: str, kind: str, metadata: Mapping[str, object] | None) -> Json:
    """One `instantAction` with exactly one action; most kinds have metadata."""
    action: Json = {"actionId": action_id, "actionType": kind}
    if metadata is not None:
        action["metadata"] = dict(metadata)
    return {"serialNumber": serial, "timestamp": iso(at_ns), "actions": [action]}


def module_state(
    serial: str,
    at_ns: int,
    header_id: int,
    order: tuple[str, int],
    loads: Sequence[object],
    action: Mapping[str, object] | None,
    errors: Sequence[object] = (),
) -> Json:
    """`state` as Node-RED writes it for the stations' PLCs; `order` is orderId and orderUpdateId."""
    # only the store's controller says more
    more: Json = {"operatingMode": "AUTOMATIC", "information": []} if serial == HBW.serial else {}
    return {
        "headerId": header_id,
        "loads": list(loads),
        "actionState": None if action is None else dict(action),
        "serialNumber": serial,
        "timestamp": iso(at_ns),
        "errors": list(errors),
        "orderUpdateId": order[1],
        "orderId": order[0],
        "paused": False,
        "metadata": {"opcuaState": "connected"},
        **more,
    }


def store_loads(bays: Mapping[str, Mapping[str, Any]]) -> list[Json]:
    """The `loads` of the high-bay store: always all nine bays."""
    return [
        {
            "loadType": piece.get("type", ""),
            "loadId": piece.get("id", ""),
            "loadPosition": bay,
            "loadTimestamp": piece.get("stored_ms", 0),
        }
        for bay, piece in bays.items()
    ]


def stock(at_ns: int, bays: Mapping[str, Mapping[str, Any]]) -> Json:
    """`ccu/state/stock`, of which `/j1/txt/1/f/i/stock` is a copy."""
    return {
        "ts": iso(at_ns),
        "stockItems": [
            {
                "workpiece": {
                    "id": piece.get("id", ""),
                    "type": piece.get("type", ""),
                    "state": piece.get("state", "RAW"),
                },
                "location": bay,
                "hbw": HBW.serial,
            }
            for bay, piece in bays.items()
        ],
    }


def layout() -> Json:
    """`ccu/state/layout`; it has no timestamp."""
    return {
        "modules": [
            {"type": module.name, "serialNumber": module.serial, **({"placeholder": False} if module.ip else {})}
            for module in MODULES
        ],
        "intersections": [{"id": name} for name in INTERSECTIONS],
        "roads": [
            {"length": length, "from": start, "to": end, "direction": direction}
            for start, end, length, direction in ROADS
        ],
    }


FLOWS: Final[Json] = {
    "BLUE": {"steps": ["DRILL", "MILL", "AIQS"]},
    "RED": {"steps": ["MILL", "AIQS"]},
    "WHITE": {"steps": ["DRILL", "AIQS"]},
}
"""`ccu/state/flows`: which stations a piece of each colour passes."""

CONFIG: Final[Json] = {
    "productionDurations": {"WHITE": 580, "BLUE": 550, "RED": 560},
    "productionSettings": {"maxParallelOrders": 4},
    "ftsSettings": {"chargeThresholdPercent": 10},
}
"""`ccu/state/config`; durations in seconds."""
