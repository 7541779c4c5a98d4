"""Publishers to compare with, as anybody would write them: paho in a loop. And our player, without the command line.

Called with what to do, the port and the file. Prints JSON: how many messages were confirmed, in how many seconds.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks import wire
from benchmarks.replays.messages import read_csv
from core.clock import SystemClock
from mqtt.client import SharedClient
from mqtt.environment import Environment
from replay.player import Player, ReplayRequest

CONFIRMED_S = 120.0


class PahoLoop:
    """paho-mqtt as it is: `loop_start`, `publish` for each message, and wait for all confirmations."""

    def __init__(self, port: int, inflight: int | None) -> None:
        self._confirmed = 0
        self._client = Client(CallbackAPIVersion.VERSION2)
        if inflight is not None:
            self._client.max_inflight_messages = inflight
        self._client.on_publish = self._on_publish
        connected = threading.Event()
        self._client.on_connect = lambda *_: connected.set()
        self._client.connect(wire.HOST, port)
        self._client.loop_start()
        connected.wait(wire.TIMEOUT_S)

    def publish(self, messages: list[tuple[str, bytes, float]], *, timed: bool) -> tuple[int, float]:
        """Sleeps until each is due, if `timed`."""
        begun, due = time.monotonic(), 0.0
        for topic, payload, since in messages:
            due += since
            if timed and (left := begun + due - time.monotonic()) > 0:
                time.sleep(left)
            self._client.publish(topic, payload, 1)
        pause, deadline = threading.Event(), time.monotonic() + CONFIRMED_S
        while self._confirmed < len(messages) and time.monotonic() < deadline:
            pause.wait(0.001)
        took_s = time.monotonic() - begun
        self._client.disconnect()
        self._client.loop_stop()
        return self._confirmed, took_s

    def _on_publish(self, *_: Any) -> None:
        self._confirmed += 1


def play(port: int, session: Path, speed: float | None) -> tuple[int, float]:
    """Our player in this process."""
    clock = SystemClock()
    environment = Environment("benchmark", f"mqtt://{wire.HOST}:{port}", may_publish=True)
    client, player = SharedClient(environment, clock, "benchmark-player"), Player(clock)
    client.start()
    client.await_connected(wire.TIMEOUT_S)
    begun = time.monotonic()
    player.start(ReplayRequest(session, speed=speed), client)
    player.wait(10_000)
    took_s = time.monotonic() - begun
    report = player.report()
    client.stop()
    assert report is not None
    return report.confirmed, took_s


def main() -> None:
    """Publishes what the command line says."""
    kind, port, path = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    if kind.startswith("player"):
        confirmed, seconds = play(port, path, None if kind == "player-max" else 1.0)
    else:
        loop = PahoLoop(port, 1_000 if kind == "paho-1000" else None)
        confirmed, seconds = loop.publish(list(read_csv(path)), timed=kind == "paho-timed")
    print(json.dumps({"confirmed": confirmed, "seconds": seconds}))


if __name__ == "__main__":
    main()
