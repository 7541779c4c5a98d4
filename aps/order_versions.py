"""The orders of a session as the central control published them: the last version of each, and its clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median_low
from typing import Final

from aps.order_payloads import Json, json_of, moment_ns, newest_stamp, object_of, orders_in, slim, steps_of, text
from aps.order_values import OrderState, Proof
from core.message import FROM_DUMP, NS_PER_SECOND
from store.results import StoredMessage

REQUEST, RESPONSE, ACTIVE = "ccu/order/request", "ccu/order/response", "ccu/order/active"
COMPLETED, CANCEL, RESET = "ccu/order/completed", "ccu/order/cancel", "ccu/set/reset"
TOPICS: Final = (REQUEST, RESPONSE, ACTIVE, COMPLETED, CANCEL, RESET)

ENDED: Final = (OrderState.FINISHED, OrderState.ERROR, OrderState.CANCELLED)
SAMPLES: Final = 20
"""Comparisons of two clocks that are kept per order: enough for a median."""
REQUESTS: Final = 100_000
"""Requests that are kept, the first ones."""
SAME_CLOCK_NS: Final = NS_PER_SECOND
"""Clocks that differ by less count as one: a message is on its way for some of that time."""


@dataclass(slots=True)
class Version:
    """An order as it was last published."""

    value: Json
    first: Proof
    last: Proof
    ended: bool = False
    left: Proof | None = None
    """The list of active orders that it was no longer in, although nothing said how it ended."""
    cancelled: bool = False
    """Somebody asked for it to be cancelled, or the factory was reset when it left the list."""
    offsets: list[int] = field(default_factory=list)
    """Recorder's minus central control's clock, nanoseconds."""
    stamp: str = ""
    """The newest time in it."""

    @property
    def state(self) -> OrderState:
        """OPEN unless the central control has said otherwise, or it was cancelled and left the list."""
        said = text(self.value.get("state"))
        if said in ENDED:
            return OrderState(said)
        return OrderState.CANCELLED if self.cancelled and self.left else OrderState.OPEN

    def compare_clocks(self, at_ns: int, stamp: object) -> None:
        """The control has just written `stamp` into a message that came at `at_ns`."""
        stamped = moment_ns(stamp)
        if stamped is not None and len(self.offsets) < SAMPLES:
            self.offsets.append(at_ns - stamped)


class Versions:
    """Takes the messages of TOPICS in their order; memory holds the last version of each order.

    An order counts if it is in a response, or in a list of active orders without having been completed before: the
    list of completed orders goes back to before the session.
    """

    def __init__(self) -> None:
        self.orders: dict[str, Version] = {}
        self.requests: list[tuple[Proof, Json]] = []
        self._older: set[str] = set()
        self._active: set[str] = set()
        self._seen: dict[str, bytes] = {}

    def take(self, stored: StoredMessage) -> None:
        """One more message; what is no JSON, or not of the known shape, changes nothing."""
        topic, payload = stored.message.topic, stored.message.payload
        if topic in (ACTIVE, COMPLETED):
            if self._seen.get(topic) == payload:
                return  # half of them say what the one before said
            self._seen[topic] = payload
        proof = Proof(stored.id, stored.message.at_ns)
        live = stored.message.retain != FROM_DUMP
        if topic == REQUEST:
            self._request(proof, object_of(payload))
        elif topic == RESPONSE:
            self._response(proof, json_of(payload))
        elif topic == ACTIVE:
            self._list_of_active(proof, json_of(payload), live=live)
        elif topic == COMPLETED:
            self._list_of_completed(proof, json_of(payload), live=live)
        elif topic == CANCEL:
            self._cancel(json_of(payload))
        elif topic == RESET and object_of(payload):
            self._reset()

    def clock_offset(self) -> int:
        """Recorder's minus central control's clock over the whole session, nanoseconds; 0 if nothing tells."""
        return _offset([offset for version in self.orders.values() for offset in version.offsets], 0)

    def _request(self, proof: Proof, request: Json) -> None:
        if text(request.get("orderType")) and len(self.requests) < REQUESTS:
            self.requests.append((proof, slim(request)))

    def _response(self, proof: Proof, value: object) -> None:
        for order in orders_in(value):
            version = self._update(proof, order)
            version.compare_clocks(proof.at_ns, order.get("receivedAt"))

    def _list_of_active(self, proof: Proof, value: object, *, live: bool) -> None:
        if not isinstance(value, list):
            return
        present: set[str] = set()
        for order in orders_in(value):
            order_id = text(order["orderId"])
            if order_id in self._older and order_id not in self.orders:
                continue
            present.add(order_id)
            known = order_id in self.orders
            version = self._update(proof, order)
            version.left = None
            stamp = newest_stamp(order)
            if live and known and stamp > version.stamp:
                version.compare_clocks(proof.at_ns, stamp)
            version.stamp = max(version.stamp, stamp)
        for gone in self._active - present:
            self.orders[gone].left = proof
        self._active = present

    def _list_of_completed(self, proof: Proof, value: object, *, live: bool) -> None:
        for order in orders_in(value):
            order_id = text(order["orderId"])
            version = self.orders.get(order_id)
            if version is None:
                self._older.add(order_id)
            elif not version.ended:
                self._update(proof, order)
                if live:
                    version.compare_clocks(proof.at_ns, order.get("stoppedAt"))

    def _update(self, proof: Proof, order: Json) -> Version:
        """The last version wins; but an order that has ended does not begin again."""
        order_id = text(order["orderId"])
        ends = text(order.get("state")) in ENDED
        version = self.orders.get(order_id)
        if version is None:
            version = self.orders[order_id] = Version(slim(order), proof, proof, ends)
            self._seen.clear()  # a list that comes again may now say more
        elif ends or not version.ended:
            version.value, version.last, version.ended = slim(order), proof, ends
        return version

    def _cancel(self, value: object) -> None:
        for order_id in value if isinstance(value, list) else []:
            if text(order_id) in self.orders:
                self.orders[text(order_id)].cancelled = True

    def _reset(self) -> None:
        """The factory forgets all orders: those that are active now will leave the list."""
        for order_id in self._active:
            self.orders[order_id].cancelled = True


class Clock:
    """Moves the central control's times onto the recorder's clock."""

    def __init__(self, version: Version, whole_session_ns: int) -> None:
        offset = _offset(version.offsets, whole_session_ns)
        self._offset_ns = 0 if abs(offset) < SAME_CLOCK_NS else offset

    def __call__(self, stamp: object) -> int | None:
        """Nanoseconds since the epoch; None for what is no time."""
        found = moment_ns(stamp)
        return None if found is None else found + self._offset_ns


def _offset(samples: list[int], otherwise: int) -> int:
    return median_low(samples) if samples else otherwise


def unmatched(versions: Versions) -> tuple[dict[str, Proof], list[tuple[Proof, Json]]]:
    """The request of each order by the order's id, and the requests that no order belongs to."""
    waiting: dict[tuple[str, ...], list[tuple[Proof, Json]]] = {}
    for proof, request in versions.requests:
        waiting.setdefault(_key(request), []).append((proof, request))
    found: dict[str, Proof] = {}
    for order_id, version in versions.orders.items():
        if candidates := waiting.get(_key(version.value)):
            found[order_id] = candidates.pop(0)[0]
    left = [one for candidates in waiting.values() for one in candidates]
    return found, sorted(left, key=lambda one: one[0].id)


def _key(value: Json) -> tuple[str, ...]:
    """What a request and its order have in common: the request's id if it has one, else type, colour and time."""
    request_id = text(value.get("requestId")) or text(value.get("request_id"))
    if request_id:
        return (request_id,)
    return tuple(text(value.get(key)) for key in ("orderType", "type", "timestamp"))


def ids_of_steps(versions: Versions) -> Iterator[str]:
    """Of all orders."""
    for version in versions.orders.values():
        for step in steps_of(version.value):
            if text(step.get("id")):
                yield text(step["id"])
