"""Reading what the factory's messages say about orders: what is missing or of another type reads as nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from core import time_values
from core.payload import PayloadKind, view

LARGEST: Final = 4_000_000
"""Bytes of a payload that is read; the largest list of completed orders that was ever seen has 92,563."""
LONGEST_TIME: Final = 40
LATEST_NS: Final = 1 << 62
"""The year 2116: no later time is believable, and sums of times stay within 64 bits."""
TEXT: Final = 200
"""Characters of an id or a name that are kept."""

STEPS: Final = "productionSteps"
MOST_STEPS: Final = 500
"""Of one order; 19 is the most that was ever seen."""
ORDER_KEYS: Final = (
    "orderId", "orderType", "type", "state", "workpieceId", "requestId", "request_id", "timestamp", "receivedAt",
    "startedAt", "stoppedAt",
)  # fmt: skip
STEP_KEYS: Final = (
    "id", "type", "state", "source", "target", "moduleType", "command", "serialNumber", "startedAt", "stoppedAt",
)  # fmt: skip

Json = dict[str, Any]


def json_of(payload: bytes) -> object:
    """The parsed payload; None for what is no JSON, or too large."""
    if len(payload) > LARGEST:
        return None
    seen = view(payload)
    return seen.value if seen.kind is PayloadKind.JSON else None


def object_of(payload: bytes) -> Json:
    """The payload's object; an empty one for anything else."""
    return as_object(json_of(payload))


def as_object(value: object) -> Json:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: object) -> list[Json]:
    """The objects of an array; none for anything else."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text(value: object) -> str:
    """A text, or a whole number as text (an order id may be 0 or \"0\"); empty for anything else."""
    if isinstance(value, str):
        return value[:TEXT]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18 else ""


def moment_ns(value: object) -> int | None:
    """Nanoseconds since the epoch of an ISO 8601 time; one without a zone is taken as UTC. None for anything else."""
    found = time_values.moment_ns(value) if isinstance(value, str) and len(value) < LONGEST_TIME else None
    return found[0] if found and found[1] and found[0] < LATEST_NS else None


def orders_in(value: object) -> Iterator[Json]:
    """The orders of a list, or the single one of a response, that have an id."""
    for order in objects(value if isinstance(value, list) else [value]):
        if text(order.get("orderId")):
            yield order


def slim(order: Json) -> Json:
    """An order or a request with what is read of it, and no more: a stranger's may be of any size."""
    steps = [_known(step, STEP_KEYS) for step in steps_of(order)]
    return {**_known(order, ORDER_KEYS), STEPS: steps} if steps else _known(order, ORDER_KEYS)


def _known(value: Json, keys: tuple[str, ...]) -> Json:
    return {key: found for key in keys if (found := text(value.get(key)))}


def steps_of(order: Json) -> list[Json]:
    """The steps of an order."""
    return objects(order.get(STEPS))[:MOST_STEPS]


def newest_stamp(order: Json) -> str:
    """The latest time that a step began or ended, as written: the central control's all have one format."""
    stamps = [step.get(key) for step in steps_of(order) for key in ("startedAt", "stoppedAt")]
    return max((stamp for stamp in stamps if isinstance(stamp, str)), default="")
