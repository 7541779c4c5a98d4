"""The factory's key messages: what tells how orders go on, without times and ids, so that two runs can be compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from aps.modules import name_of
from aps.order_payloads import Json, as_object, json_of, objects, text
from core.message import Message

FILTERS: Final = (
    "ccu/order/request",
    "ccu/order/response",
    "ccu/order/completed",
    "module/v1/ff/+/order",
    "module/v1/ff/+/state",
    "fts/v1/ff/+/order",
    "fts/v1/ff/+/state",
    "/j1/txt/1/i/quality_check",
)
"""The topics with key messages."""


def key_message(message: Message) -> str | None:
    """What a message says, such as `DRILL DRILL FINISHED`; None for one that is no key message."""
    naming, name = _naming(message.topic)
    return naming(name, json_of(message.payload)) or None if naming else None


def _naming(topic: str) -> tuple[Callable[[str, object], str] | None, str]:
    levels = topic.split("/")
    if topic.startswith("ccu/order/"):
        return _ORDERS.get(levels[-1]), ""
    if len(levels) == 5 and levels[:3] in (["module", "v1", "ff"], ["fts", "v1", "ff"]):
        return _PLACES.get((levels[0], levels[4])), name_of(levels[3])
    return (_quality_check, "") if topic == "/j1/txt/1/i/quality_check" else (None, "")


def _request(_: str, value: object) -> str:
    return _said(as_object(value), "requested")


def _response(_: str, value: object) -> str:
    return _said(as_object(value), "accepted")


def _completed(_: str, value: object) -> str:
    """The list grows; its last order is the new one."""
    orders = objects(value)
    if not orders:
        return ""
    return _said(orders[-1], text(orders[-1].get("state")))


def _said(order: Json, what: str) -> str:
    """Without what the order does not say."""
    parts = (text(order.get("orderType")), text(order.get("type")), what)
    return " ".join(("Order", *filter(None, parts))) if order else ""


def _module_order(name: str, value: object) -> str:
    command = text(as_object(as_object(value).get("action")).get("command"))
    return f"{name} told to {command}" if command else ""


def _module_state(name: str, value: object) -> str:
    action = as_object(as_object(value).get("actionState"))
    result = text(action.get("result"))
    parts = (text(action.get("command")), text(action.get("state")), result if result in ("PASSED", "FAILED") else "")
    return " ".join((name, *filter(None, parts))) if any(parts) else ""


def _fts_order(name: str, value: object) -> str:
    nodes = objects(as_object(value).get("nodes"))
    return f"{name} sent to {name_of(text(nodes[-1].get('id')))}" if nodes else ""


def _fts_state(name: str, value: object) -> str:
    """Only where it has docked: how it gets there is up to the traffic."""
    state: Json = as_object(value)
    action = as_object(state.get("actionState"))
    if (action.get("command"), action.get("state")) != ("DOCK", "FINISHED"):
        return ""
    return f"{name} docked at {name_of(text(state.get('lastNodeId')))}"


def _quality_check(_: str, value: object) -> str:
    result = text(as_object(value).get("result"))
    return f"Quality check {result}" if result else ""


_ORDERS: Final = {"request": _request, "response": _response, "completed": _completed}
_PLACES: Final = {
    ("module", "order"): _module_order,
    ("module", "state"): _module_state,
    ("fts", "order"): _fts_order,
    ("fts", "state"): _fts_state,
}
