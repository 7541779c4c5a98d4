"""Requests for orders: those that the central control takes, and why it does not take the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aps.command import Colour
from aps.command_values import ProductionRequest, StorageRequest
from aps.modules import DPS
from aps.simulator import txt
from aps.simulator.control import Orders
from aps.simulator.factory import Factory
from aps.simulator.payloads import COLOURS
from core.errors import UsageError

PER_COLOUR: Final = 3
"""As many pieces of a colour the store takes, however many bays are free."""

Request = ProductionRequest | StorageRequest

MOST_OPEN: Final = 50
"""Orders that may be open at once; the real control has no limit, a simulation of a few pieces needs one."""


def receive(factory: Factory, orders: Orders, request: Request) -> bool:
    """The control sees a message on `ccu/order/request`. Whether it takes it; if not, `factory.refusal` says why.

    As the real one it does not answer a request that it does not take; a piece that the store has no room for it lets
    the goods station throw away.
    """
    reason = why_rejected(factory, orders, request)
    if reason is None:
        orders.request(request.wire())
        return True
    factory.refusal = f"An order was not taken: {reason}"
    if isinstance(request, StorageRequest):
        throw_away(factory)
    return False


def throw_away(factory: Factory) -> None:
    """The goods station is told not to keep the piece that lies in it."""
    random = factory.random(f"rejected {factory.now_ns}")
    action_id = factory.publish_instant_action("module/v1/ff", DPS.serial, random, "cancelStorageOrder")
    factory.run(txt.cancel_storage(factory, action_id))


def why_rejected(factory: Factory, orders: Orders, request: Request) -> str | None:
    """A sentence, or None if the request can be taken."""
    colour = request.type.value
    if len(orders.open) >= MOST_OPEN:
        return f"{MOST_OPEN} orders are open already."
    if isinstance(request, ProductionRequest):
        return None if factory.bay_with(colour) else f"the store holds no free {colour} workpiece."
    return None if has_room(factory, orders, colour) else f"the store holds {PER_COLOUR} {colour} workpieces already."


def has_room(factory: Factory, orders: Orders, colour: str) -> bool:
    """Whether the store takes one more of this colour, those on the way to it included."""
    coming = [order for order in orders.open if order.value["orderType"] == "STORAGE"]
    of_colour = sum(order.colour == colour and not _is_in(factory, order.workpiece_id) for order in coming)
    free = sum(not piece for piece in factory.bays.values()) - len(coming)
    return factory.pieces(colour) + of_colour < PER_COLOUR and free > 0


def _is_in(factory: Factory, workpiece_id: str | None) -> bool:
    return any(piece.get("id") == workpiece_id for piece in factory.bays.values())


def production(factory: Factory, colour: str, request_id: str) -> ProductionRequest:
    """What a dashboard publishes to order a piece."""
    return ProductionRequest(
        type=Colour(colour), timestamp=factory.now(), order_type="PRODUCTION", request_id=request_id
    )


def storage(factory: Factory, colour: str, workpiece_id: str) -> StorageRequest:
    """What Node-RED publishes when the goods station has read a piece."""
    return StorageRequest(timestamp=factory.now(), order_type="STORAGE", type=Colour(colour), workpiece_id=workpiece_id)


def parse(texts: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """`red`, `white:storage` as (colour, orderType). Raises UsageError."""
    return tuple(_parsed(text) for text in texts)


def _parsed(text: str) -> tuple[str, str]:
    colour, _, kind = (word.strip().upper() for word in text.partition(":"))
    if colour not in COLOURS:
        raise UsageError(f"There are no workpieces of the colour '{text}': choose from white, red and blue.")
    if kind not in ("", "PRODUCTION", "STORAGE"):
        raise UsageError(f"There is no order '{text}': write {colour.lower()} or {colour.lower()}:storage.")
    return colour, kind or "PRODUCTION"
