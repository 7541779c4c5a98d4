"""Simulated traffic for the tests of this folder, made without any waiting."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from aps.simulator.plant import build_factory
from core.message import NS_PER_SECOND, Message

START_NS = 1_786_000_000 * NS_PER_SECOND


@lru_cache(maxsize=16)
def simulate(seconds: float, seed: int = 1, speed: float = 1.0, orders: tuple[str, ...] | None = None) -> list[Message]:
    """What a factory publishes in this time (clock seconds)."""
    engine = build_factory(START_NS, seed, speed, orders).engine
    messages: list[Message] = []
    while more := engine.run_until(START_NS + round(seconds * NS_PER_SECOND)):
        messages += more
    return messages


def offset_s(message: Message) -> float:
    """When it was published, seconds since the start."""
    return (message.at_ns - START_NS) / NS_PER_SECOND


def on(messages: Sequence[Message], topic: str) -> list[Message]:
    """Those of one topic."""
    return [message for message in messages if message.topic == topic]


def value(message: Message) -> Any:
    """The payload as JSON."""
    return json.loads(message.payload)
