"""What the factory says about orders: a test states only what matters to it."""

from __future__ import annotations

import json
from typing import Any

from core.message import LIVE, NS_PER_SECOND, Message
from store.timestamps import iso
from tests.analysis.sessions import START_NS

ORDER = "749a6632-8e8e-4055-bc07-4f6d854fbc8e"
PIECE = "73a1174d9786a9"


def stamp(at_s: float | None) -> str | None:
    """A time as the central control writes it, `at_s` seconds after the session's start."""
    return None if at_s is None else iso(START_NS + round(at_s * NS_PER_SECOND))


def said(topic: str, value: Any, at_s: float = 0.0, retain: int = LIVE) -> Message:
    """A message with a value as JSON, `at_s` seconds after the session's start."""
    return Message(topic, json.dumps(value).encode(), 0, retain, START_NS + round(at_s * NS_PER_SECOND))


def step(
    name: str, state: str = "ENQUEUED", start_s: float | None = None, end_s: float | None = None
) -> dict[str, Any]:
    """`HBW>DRILL` or `DRILL.PICK` as a step whose id is its name."""
    first, way, second = name.partition(">") if ">" in name else name.partition(".")
    kind = {"type": "NAVIGATION", "source": first, "target": second}
    if way == ".":
        kind = {"type": "MANUFACTURE", "moduleType": first, "command": second}
    row = {"id": name, "state": state, **kind, "startedAt": stamp(start_s), "stoppedAt": stamp(end_s)}
    return {key: value for key, value in row.items() if value is not None}


def order(*steps: dict[str, Any], state: str = "IN_PROGRESS", received_s: float = 0.0, **fields: Any) -> dict[str, Any]:
    """An order as in `ccu/order/active`; `stoppedAt` and the like are given as fields."""
    value = {
        "orderId": ORDER,
        "orderType": "STORAGE",
        "type": "RED",
        "timestamp": "2026-08-07T09:11:27.000Z",
        "state": state,
        "receivedAt": stamp(received_s),
        "startedAt": stamp(received_s),
        "productionSteps": list(steps),
    }
    return {**value, **fields}


def request(value: dict[str, Any], at_s: float = 0.0) -> Message:
    """The request that an order came from."""
    keys = ("orderType", "type", "timestamp", "requestId", "workpieceId")
    return said("ccu/order/request", {key: value[key] for key in keys if key in value}, at_s)


def active(*orders: dict[str, Any], at_s: float = 0.0, retain: int = LIVE) -> Message:
    return said("ccu/order/active", list(orders), at_s, retain)


def completed(*orders: dict[str, Any], at_s: float = 0.0, retain: int = LIVE) -> Message:
    return said("ccu/order/completed", list(orders), at_s, retain)


def response(value: dict[str, Any], at_s: float = 0.0) -> Message:
    return said("ccu/order/response", value, at_s)


def module_order(serial: str, step_id: str, command: str, at_s: float) -> Message:
    return said(f"module/v1/ff/{serial}/order", {"action": {"id": step_id, "command": command}}, at_s)


def module_state(serial: str, step_id: str, state: str, at_s: float, **fields: Any) -> Message:
    """`serial` may be `NodeRed/<serial>`, the inner controller."""
    return said(f"module/v1/ff/{serial}/state", {"actionState": {"id": step_id, "state": state, **fields}}, at_s)
