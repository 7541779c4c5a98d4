"""How far an order is that the factory carries out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aps.newest_said import text_of
from aps.order_payloads import objects


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


def progress_of(order: Mapping[str, Any]) -> Progress:
    """Of one order of `ccu/order/active`."""
    steps = objects(order.get("productionSteps"))
    current = next((step for step in steps if step.get("state") == "IN_PROGRESS"), None)
    return Progress(
        id=text_of(order, "orderId"),
        type=text_of(order, "orderType"),
        colour=text_of(order, "type"),
        state=text_of(order, "state"),
        done=sum(step.get("state") == "FINISHED" for step in steps),
        steps=len(steps),
        current="" if current is None else _step_name(current),
    )


def _step_name(step: Mapping[str, Any]) -> str:
    if step.get("type") == "NAVIGATION":
        return f"{text_of(step, 'source')}>{text_of(step, 'target')}"
    return f"{text_of(step, 'moduleType')}.{text_of(step, 'command')}"
