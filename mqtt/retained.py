"""Fetches the messages that a broker has stored, over a short-lived connection of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Final

from core.clock import Clock
from core.errors import BrokerError
from core.message import FROM_DUMP, Message
from core.topics import covering_set, matches
from mqtt import problems
from mqtt.batching import PublishBatch
from mqtt.connect import Protocol
from mqtt.environment import Environment
from mqtt.link import Link
from mqtt.opening import connect
from mqtt.subscriptions import MARKER, check_filters

SILENT_ROUNDS: Final = 3
"""Seen with Mosquitto 2.0.11 and 20 in flight: an answer can come before the messages that our confirmations made room
for, because those are written at the end of the broker's turn. So one more than the thought below needs."""
QUIET_S: Final = 0.25
"""Some brokers read their store in the background and send after SUBACK: this much silence is waited for, too."""
MAX_QOS: Final = 2
"""So that each stored message comes with the QoS that it was published with."""


def fetch(
    environment: Environment,
    protocols: Sequence[Protocol],
    clock: Clock,
    client_id: str,
    filters: Sequence[str],
    timeout: float,
) -> list[Message]:
    """The stored messages that `filters` match. Raises BrokerError when they cannot be had within `timeout` seconds.

    Nothing is published for this. The end is known by a question (an UNSUBSCRIBE for nothing) and its answer, which
    comes in its turn. While stored messages queue, the broker's whole window of unconfirmed messages is on the way, for
    live ones queue behind them; each of these arrives here before the next answer, or its confirmation makes the broker
    send the next one before it. So two answers in a row without a stored message before them say that nothing is left,
    unless a message of QoS 2 is halfway: it needs two round trips, and is handed on at the end of the second.
    """
    check_filters(filters)
    if not filters:
        return []
    deadline = time.monotonic() + timeout
    dump = _Dump(filters)
    link = connect(environment, protocols, client_id, dump, timeout=timeout, now_ns=clock.now_ns)
    try:
        dump.begin(link)
        while not dump.done.is_set():
            if time.monotonic() > deadline:
                raise BrokerError(
                    f"{problems.where(environment)} was still sending stored messages after {timeout:g} s"
                    f" ({len(dump.found)} came): allow more time, or ask for fewer topics."
                )
            if not link.turn(max(0.01, min(QUIET_S, deadline - time.monotonic()))):
                raise link.why_ended()
        link.finish()
    finally:
        link.close()
    return list(dump.found.values())


class _Dump:
    """Collects what carries the retain flag: on this connection only stored messages do."""

    def __init__(self, filters: Sequence[str]) -> None:
        self.found: dict[str, Message] = {}
        """By topic, of which a broker stores one message: amqtt sends some of them more than once."""
        self.done = threading.Event()
        self._filters = tuple(filters)
        self._link: Link | None = None
        self._silent_rounds = 0
        self._last_at = time.monotonic()
        self._asking = False
        self._refused: list[str] = []
        self._cover: list[str] = []

    def begin(self, link: Link) -> None:
        self._link = link
        self._cover = sorted(covering_set(self._filters))
        link.subscribe(self._cover, MAX_QOS, dump=True)

    def on_messages(self, batch: PublishBatch) -> None:
        for message in batch.messages:
            if message.retained:  # the others are live, and behind all that is stored
                self._keep(message)
        assert self._link is not None
        self._link.acknowledge(batch.packet_ids)

    def on_subscribed(self, mid: int, granted: Sequence[int | None]) -> None:  # noqa: ARG002  the only one sent
        self._last_at = time.monotonic()
        refused = [topic_filter for topic_filter, qos in zip(self._cover, granted, strict=False) if qos is None]
        if refused:
            raise BrokerError(f"The broker refuses a subscription to {', '.join(refused)}: check the user's rights.")
        self._ask()

    def on_unsubscribed(self, mid: int) -> None:  # noqa: ARG002  one at a time is sent
        assert self._link is not None
        self._asking = False
        self._silent_rounds = 0 if self._link.has_unreleased() else self._silent_rounds + 1

    def on_confirmed(self, packet_ids: Sequence[int], refusals: Mapping[int, str]) -> None:
        """Nothing is published here."""

    def on_turn(self) -> None:
        if self._asking or self._link is None:
            return
        quiet = time.monotonic() - self._last_at >= QUIET_S
        if self._silent_rounds >= SILENT_ROUNDS and quiet:
            self.done.set()
        elif self._silent_rounds < SILENT_ROUNDS:
            self._ask()

    def _keep(self, message: Message) -> None:
        self._silent_rounds = 0
        self._last_at = time.monotonic()
        if any(matches(topic_filter, message.topic) for topic_filter in self._filters):
            self.found[message.topic] = message._replace(retain=FROM_DUMP)

    def _ask(self) -> None:
        assert self._link is not None
        self._asking = True
        self._link.unsubscribe([MARKER])
