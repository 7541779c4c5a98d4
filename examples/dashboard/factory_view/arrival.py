"""One message that has arrived, and careful access to what is in it: nothing that comes over MQTT is trusted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

LARGEST_NUMBER = 1e6


@dataclass(frozen=True)
class Arrival:
    """A message as the broker delivered it."""

    number: int
    """Counts all arrivals of this feed, from 1."""
    topic: str
    payload: bytes
    at: datetime
    """When it arrived here, in UTC."""
    stored: bool = False
    """Whether the broker had it in store when this dashboard came: it says what is, not that its sender is alive."""

    @cached_property
    def value(self) -> Any:
        """What the JSON payload stands for; None if it is no JSON."""
        try:
            return json.loads(self.payload)
        except (ValueError, RecursionError):
            return None


def fields(value: Any) -> Mapping[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: Any) -> list[Mapping[str, Any]]:
    """The objects of an array; anything else is left out."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text(value: Any) -> str:
    """A text or number as text; empty for anything else."""
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def number(value: Any) -> float | None:
    """A number of a size that can be shown; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LARGEST_NUMBER:
        return None
    return float(value)


def moment(value: Any) -> datetime | None:
    """An ISO 8601 time; without a zone it is taken for UTC. None for anything else."""
    try:
        found = datetime.fromisoformat(text(value))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
