"""For callbacks: begins a sequence, which is then shown with all its commands."""

from __future__ import annotations

from collections.abc import Callable

from app.services import Services
from app.state import Key, forget
from app.widgets.problems import succeeded
from aps.command import Command

Make = Callable[[str], tuple[Command, ...]]
"""The commands of an order, by its id."""


def begin(services: Services, name: str, title: str, make: Make) -> None:
    """An expected error is shown instead."""
    forget(Key.STEERING_DRAFT, Key.STEERING_RESULT)
    orders = services.steering.orders
    order_id = orders.new_order_id()
    succeeded(lambda: orders.begin(title, name, order_id, make(order_id)))


def add(services: Services, order_id: str, title: str, make: Callable[[str, int], tuple[Command, ...]]) -> None:
    """More commands for an open order; `make` gets its id and the first number that is free."""
    forget(Key.STEERING_DRAFT, Key.STEERING_RESULT)
    orders = services.steering.orders
    succeeded(lambda: orders.add(order_id, title, make(order_id, orders.next_update_id(order_id))))
