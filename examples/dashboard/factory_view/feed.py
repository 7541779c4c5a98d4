"""The connection to the broker: subscribes to everything, keeps the newest of each topic, publishes nothing."""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections import OrderedDict, deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from factory_view.arrival import Arrival

PER_TOPIC = 10
"""Messages that are kept of each topic; the oldest goes first."""
TOPICS = 2_000
"""Topics that are kept; the one that has been silent for longest goes first."""
NEWEST = 400
"""Messages that are kept for the list of the newest ones, whatever their topic."""
LARGEST = 1_000_000
"""Bytes of a payload that are kept: a picture is a fifth of it."""
RATE_SECONDS = 5
DUMP_SECONDS = 2.0
"""After connecting, by then the broker has delivered what it has in store."""


@dataclass(frozen=True)
class Broker:
    """Where the messages come from."""

    host: str = "localhost"
    port: int = 1883
    user: str = ""
    password: str = ""

    @classmethod
    def from_environment(cls) -> Broker:
        """MQTT_HOST, MQTT_PORT, MQTT_USER and MQTT_PASSWORD; what is not set is as above. Raises ValueError."""
        given = os.environ
        return cls(
            given.get("MQTT_HOST") or cls.host,
            int(given.get("MQTT_PORT") or cls.port),
            given.get("MQTT_USER", ""),
            given.get("MQTT_PASSWORD", ""),
        )

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Snapshot:
    """What is known at one moment."""

    topics: dict[str, tuple[Arrival, ...]]
    """The newest messages of each topic, the latest one last."""
    newest: tuple[Arrival, ...]
    """Of all topics, the latest one first."""
    connected: bool
    problem: str
    """Why it is not connected; empty if it is, or was not yet."""
    rate: float
    """Messages per second."""

    def value(self, topic: str) -> Any:
        """What the latest message of a topic says; None if there is none."""
        arrivals = self.topics.get(topic)
        return arrivals[-1].value if arrivals else None

    @property
    def last_at(self) -> datetime | None:
        """When the latest message arrived."""
        return self.newest[0].at if self.newest else None


class Feed:
    """One connection for all visitors. Thread-safe."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self._lock = threading.Lock()
        self._topics: OrderedDict[str, deque[Arrival]] = OrderedDict()
        self._newest: deque[Arrival] = deque(maxlen=NEWEST)
        self._seconds: deque[tuple[int, int]] = deque(maxlen=RATE_SECONDS + 1)
        self._arrived = 0
        self._outdated = 0
        self._outdated_from = 0.0
        self._connected = False
        self._problem = ""
        self._client = paho.Client(CallbackAPIVersion.VERSION2, f"factory-dashboard-{uuid.uuid4().hex[:8]}")
        self._client.on_connect = self._on_connect
        self._client.on_connect_fail = self._on_connect_fail
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message
        self._client.reconnect_delay_set(1, 5)
        if broker.user:
            self._client.username_pw_set(broker.user, broker.password)

    def start(self) -> None:
        """Connects in the background, and again whenever the connection is lost."""
        self._client.connect_async(self.broker.host, self.broker.port, keepalive=15)
        self._client.loop_start()

    def stop(self) -> None:
        """Ends the connection."""
        self._client.disconnect()
        self._client.loop_stop()

    def snapshot(self) -> Snapshot:
        """What is known now."""
        with self._lock:
            self._forget_outdated(time.monotonic())
            return Snapshot(
                {topic: tuple(arrivals) for topic, arrivals in self._topics.items()},
                tuple(reversed(self._newest)),
                self._connected,
                self._problem,
                self._rate(datetime.now(UTC)),
            )

    def take(self, topic: str, payload: bytes, at: datetime, *, stored: bool) -> None:
        """Keeps a message. An empty payload is how a stored message is deleted: then nothing is known of its topic."""
        with self._lock:
            self._arrived += 1
            arrival = Arrival(self._arrived, topic, payload[:LARGEST], at, stored)
            self._newest.append(arrival)
            self._count(int(at.timestamp()))
            if not payload:
                self._topics.pop(topic, None)
                return
            self._topics.setdefault(topic, deque(maxlen=PER_TOPIC)).append(arrival)
            self._topics.move_to_end(topic)
            if len(self._topics) > TOPICS:
                self._topics.popitem(last=False)

    def _count(self, second: int) -> None:
        if self._seconds and self._seconds[-1][0] == second:
            self._seconds[-1] = (second, self._seconds[-1][1] + 1)
        else:
            self._seconds.append((second, 1))

    def _rate(self, now: datetime) -> float:
        """Over the last seconds that are complete."""
        this = int(now.timestamp())
        return sum(count for second, count in self._seconds if this - RATE_SECONDS <= second < this) / RATE_SECONDS

    def _on_message(self, _client: paho.Client, _userdata: Any, message: paho.MQTTMessage) -> None:
        self.take(message.topic, bytes(message.payload), datetime.now(UTC), stored=message.retain)

    def _on_connect(self, client: paho.Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._lost(f"the broker refuses this dashboard: {reason}")
            return
        with self._lock:
            self._outdated, self._outdated_from = self._arrived, time.monotonic() + DUMP_SECONDS
            self._connected, self._problem = True, ""
        client.subscribe("#", qos=1)

    def _on_connect_fail(self, _client: paho.Client, _userdata: Any) -> None:
        self._lost("nobody answers there")

    def _on_disconnect(self, _client: Any, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure and self._connected:
            self._lost("the broker has gone away")

    def _lost(self, problem: str) -> None:
        with self._lock:
            self._connected, self._problem = False, problem

    def _forget_outdated(self, now: float) -> None:
        """After an interruption what the broker has in store comes again; of the rest nobody knows whether it holds."""
        if not self._connected or not self._outdated or now < self._outdated_from:
            return
        for topic in [topic for topic, arrivals in self._topics.items() if arrivals[-1].number <= self._outdated]:
            del self._topics[topic]
        self._outdated = 0
