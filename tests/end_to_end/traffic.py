"""A stand-in for a factory: numbered messages at a steady rate, until told to stop."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from core.clock import SystemClock
from core.message import LIVE, Message
from mqtt.client import SharedClient

PERIOD_NS = 20_000_000
"""50 messages per second."""


@contextmanager
def traffic(client: SharedClient, topic: str) -> Iterator[None]:
    """Publishes `{"number": n, "payload": "<b>n</b>"}` on `<topic>/0` to `<topic>/4` while the block runs."""
    stop = threading.Event()
    thread = threading.Thread(target=_publish, args=(client, topic, stop), name="traffic")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _publish(client: SharedClient, topic: str, stop: threading.Event) -> None:
    clock, number = SystemClock(), 0
    due = clock.now_ns()
    while not clock.wait_until(due, stop):
        payload = json.dumps({"number": number, "text": f"<b>{number}</b> **{number}** :red[{number}]"})
        client.publish_batch([Message(f"{topic}/{number % 5}", payload.encode(), 1, LIVE, due)])
        number, due = number + 1, due + PERIOD_NS
