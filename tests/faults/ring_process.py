"""A ring in a process of its own: arguments are broker, topic filter, folder and seconds kept; SIGTERM ends it."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

from core.clock import SystemClock
from mqtt.client import SharedClient
from mqtt.environments import Environment
from recorder.ring import Ring
from recorder.ring_status import RingRequest


def main(broker: str, topic_filter: str, folder: str, keep_s: str) -> None:
    """Says `keeping` when it is subscribed; each line of its input saves all that is held, and is answered."""
    clock = SystemClock()
    client = SharedClient(Environment("live", broker, may_publish=False), clock, "ring-process")
    client.start()
    request = RingRequest((topic_filter,), keep_s=float(keep_s), before_s=1.0)
    ring = Ring(request, client, "live", Path(folder), clock)
    ring.start()
    assert client.await_connected(30)
    assert client.await_subscribed(30)
    say("keeping")
    wake = threading.Event()
    for _ in sys.stdin:
        ring.save()
        while ring.status().saving_until_ns is not None:
            clock.wait_until(clock.now_ns() + 50_000_000, wake)
        say(ring.status().saved[-1].stem)
    ring.stop()
    client.stop(10)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main(*sys.argv[1:])
