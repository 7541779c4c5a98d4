"""The orders of two sessions side by side: which belong together, and how long each and each of its steps took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.alignment import common_subsequence
from aps.order_values import Order, OrderTrace, Step
from core.message import NS_PER_SECOND


@dataclass(frozen=True, slots=True)
class StepPair:
    """A step that both orders have, or one of them."""

    name: str
    left: Step | None
    right: Step | None

    @property
    def difference_s(self) -> float | None:
        """How much longer it took in B; None unless it ended in both."""
        return _difference(self.left.duration_s if self.left else None, self.right.duration_s if self.right else None)


@dataclass(frozen=True, slots=True)
class OrderPair:
    """Two orders of the same type, and of the same colour if there is one; or one without a partner."""

    left: Order | None
    right: Order | None
    steps: tuple[StepPair, ...]

    @property
    def name(self) -> str:
        """`PRODUCTION RED`, or `PRODUCTION WHITE / RED`."""
        known = [order for order in (self.left, self.right) if order]
        return f"{known[0].type} {' / '.join(dict.fromkeys(order.colour for order in known))}"

    @property
    def left_s(self) -> float | None:
        """Seconds from the request of A's order to its end; None while that is open."""
        return duration_s(self.left)

    @property
    def right_s(self) -> float | None:
        """The same for B."""
        return duration_s(self.right)

    @property
    def difference_s(self) -> float | None:
        """How much longer it took in B; None unless both have ended."""
        return _difference(self.left_s, self.right_s)


def duration_s(order: Order | None) -> float | None:
    """Seconds from the first moment that is known of an order to its end; None for an open one."""
    if order is None or order.ended_ns is None:
        return None
    return (order.ended_ns - order.begin_ns) / NS_PER_SECOND


def order_pairs(left: OrderTrace, right: OrderTrace) -> tuple[OrderPair, ...]:
    """The first order of each type and colour with the first of the other session, and so on.

    Those left over are paired by their type; what then has no partner stands alone.
    """
    partner: dict[str, Order] = {}
    rest = list(right.orders)
    for kind in (_type_and_colour, _type):
        for order in left.orders:
            other = next((one for one in rest if kind(one) == kind(order)), None)
            if order.id not in partner and other is not None:
                partner[order.id] = other
                rest.remove(other)
    pairs = [(order, partner.get(order.id)) for order in left.orders]
    return tuple(
        OrderPair(one, other, _step_pairs(one.steps if one else (), other.steps if other else ()))
        for one, other in [*pairs, *((None, order) for order in rest)]
    )


def _type_and_colour(order: Order) -> tuple[str, str]:
    return order.type, order.colour


def _type(order: Order) -> str:
    return order.type


def _step_pairs(left: Sequence[Step], right: Sequence[Step]) -> tuple[StepPair, ...]:
    """Aligned by their names: the list of steps grows where a vehicle leaves a station."""
    names, others = [step.name for step in left], [step.name for step in right]
    found: list[StepPair] = []
    done = (0, 0)
    for one, other in [*common_subsequence(names, others), (len(left), len(right))]:
        found += (StepPair(step.name, step, None) for step in left[done[0] : one])
        found += (StepPair(step.name, None, step) for step in right[done[1] : other])
        if one < len(left):
            found.append(StepPair(left[one].name, left[one], right[other]))
        done = one + 1, other + 1
    return tuple(found)


def _difference(left_s: float | None, right_s: float | None) -> float | None:
    return None if left_s is None or right_s is None else right_s - left_s
