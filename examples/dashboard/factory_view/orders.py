"""The orders: those that are being carried out, with their steps, and those that are done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from factory_view.arrival import moment, objects, text
from factory_view.feed import Snapshot

ACTIVE = "ccu/order/active"
COMPLETED = "ccu/order/completed"


@dataclass(frozen=True)
class Step:
    """One step of an order."""

    name: str
    """Such as `DPS → HBW` or `DRILL: PICK`."""
    state: str
    """ENQUEUED, IN_PROGRESS, FINISHED, ERROR or CANCELLED."""
    seconds: float | None
    """How long it took; None before its end."""


@dataclass(frozen=True)
class Order:
    """One order."""

    id: str
    kind: str
    """PRODUCTION or STORAGE."""
    colour: str
    state: str
    """As that of a step."""
    started: datetime | None
    ended: datetime | None
    steps: tuple[Step, ...]

    @property
    def done(self) -> int:
        """Steps that are finished."""
        return sum(step.state == "FINISHED" for step in self.steps)

    @property
    def current(self) -> Step | None:
        """The step that is being carried out."""
        return next((step for step in self.steps if step.state == "IN_PROGRESS"), None)

    @property
    def seconds(self) -> float | None:
        """How long it took; None before its end."""
        return _between(self.started, self.ended)


def active_orders(now: Snapshot) -> list[Order] | None:
    """Those that are not done yet; None if nothing was said about them yet."""
    said = now.value(ACTIVE)
    return [_order(one) for one in objects(said)] if isinstance(said, list) else None


def completed_orders(now: Snapshot) -> list[Order] | None:
    """Those that are done, the latest one first; None if nothing was said about them yet."""
    said = now.value(COMPLETED)
    return [_order(one) for one in objects(said)][::-1] if isinstance(said, list) else None


def _order(said: Mapping[str, Any]) -> Order:
    return Order(
        id=text(said.get("orderId")),
        kind=text(said.get("orderType")),
        colour=text(said.get("type")),
        state=text(said.get("state")),
        started=moment(said.get("startedAt")) or moment(said.get("receivedAt")),
        ended=moment(said.get("stoppedAt")),
        steps=tuple(_step(one) for one in objects(said.get("productionSteps"))),
    )


def _step(said: Mapping[str, Any]) -> Step:
    if said.get("type") == "NAVIGATION":
        name = f"{text(said.get('source'))} → {text(said.get('target'))}"
    else:
        name = f"{text(said.get('moduleType'))}: {text(said.get('command'))}"
    return Step(name, text(said.get("state")), _between(moment(said.get("startedAt")), moment(said.get("stoppedAt"))))


def _between(start: datetime | None, end: datetime | None) -> float | None:
    """Seconds; both times are of one clock, so they need not agree with ours."""
    return (end - start).total_seconds() if start is not None and end is not None and end >= start else None
