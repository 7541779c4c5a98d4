"""What is known of the brokers, found out in the background, so that nobody waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import tzinfo
from typing import Final

from app import format as fmt
from core.clock import Clock
from core.message import NS_PER_SECOND
from mqtt.environments import Environment
from mqtt.identity import Preflight, preflight

FRESH_S: Final = 60.0
"""After that it is looked again: brokers come and go."""


def broker_words(found: Preflight, zone: tzinfo) -> str:
    """Which broker it is, and since when it runs, as a sentence."""
    if found.since_ns is None:
        return found.broker
    return f"{found.broker.removesuffix('.')}, running since {fmt.minute(found.since_ns, zone)}."


class Preflights:
    """The last preflight of each environment. Thread-safe."""

    def __init__(self, clock: Clock, look: Callable[[Environment], Preflight] = preflight) -> None:
        self._clock = clock
        self._look = look
        self._lock = threading.Lock()
        self._known: dict[Environment, tuple[int, Preflight]] = {}
        self._looking: dict[Environment, threading.Thread] = {}

    def of(self, environment: Environment) -> Preflight | None:
        """What is known, at once; None while it is looked for the first time."""
        with self._lock:
            at_ns, found = self._known.get(environment, (0, None))
            old = found is None or self._clock.now_ns() - at_ns > FRESH_S * NS_PER_SECOND
            if old and environment not in self._looking:
                self._begin(environment)
            return found

    def wait(self, timeout: float) -> bool:
        """Blocks until nothing is looked for any more; False when `timeout` (seconds) is over first."""
        with self._lock:
            threads = list(self._looking.values())
        for thread in threads:
            thread.join(timeout)
        return not any(thread.is_alive() for thread in threads)

    def _begin(self, environment: Environment) -> None:
        thread = threading.Thread(target=self._run, args=(environment,), name=f"preflights-{environment.name}",
                                  daemon=True)  # fmt: skip
        self._looking[environment] = thread
        thread.start()

    def _run(self, environment: Environment) -> None:
        found = self._look(environment)  # ends by itself, after two seconds at most, and never raises
        with self._lock:
            self._known[environment] = (self._clock.now_ns(), found)
            self._looking.pop(environment, None)
