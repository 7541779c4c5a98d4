"""Finds the order that somebody means."""

from __future__ import annotations

from aps.order_values import Order, OrderTrace
from core.errors import UsageError


def order_named(trace: OrderTrace, wanted: str) -> Order:
    """The order whose id begins with `wanted`, or has it in it. Raises UsageError unless it is exactly one."""
    for fits in (str.startswith, str.__contains__):
        found = [one for one in trace.orders if wanted and fits(one.id, wanted)]
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(f"{len(found)} orders have '{wanted}' in their ids. Give more of the id.")
    raise UsageError(f"No order of this session has '{wanted}' in its id. 'session-manager orders' lists them.")
