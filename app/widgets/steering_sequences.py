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
