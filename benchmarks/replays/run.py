"""One replay: the subscriber is started, the replayer runs to its end, and what came is compared with the plan."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any, Final

from benchmarks import wire
from benchmarks.broker import BenchmarkBroker
from benchmarks.load import ROOT
from benchmarks.measuring import MeasurementError, in_flight
from benchmarks.replays.contenders import Files, Replayer, told
from benchmarks.replays.figures import Lateness, in_order, lateness
from benchmarks.replays.messages import Planned, planned, write_csv, write_session
from benchmarks.replays.rows import Rate

PATIENCE_S: Final = 180.0
QUIET_S: Final = 0.5
"""So long without a byte on its way: everything has come."""
POLL_S: Final = 0.02


@dataclass(frozen=True, slots=True)
class Ended:
    """A process that has ended by itself."""

    output: str
    cpu_s: float


def measure_timing(broker: BenchmarkBroker, replayer: Replayer, messages: list[Planned], folder: Path) -> Lateness:
    """At the original speed. Raises MeasurementError."""
    files = Files(write_session(folder, messages), write_csv(folder / "messages.csv", messages, timed=True))
    with subscriber(broker, folder) as heard:
        _to_its_end(replayer.command(broker.port, files), folder)
        found = heard()
    pairs = in_order([one.fingerprint() for one in messages], found["fingerprints"])
    if not pairs:
        raise MeasurementError("nothing arrived")
    due_ns = [messages[place].offset_ns for place, _ in pairs]
    arrived_ns = [found["arrived_ns"][place] for _, place in pairs]
    return lateness(due_ns, arrived_ns, len(messages) - len(pairs))


def measure_rate(broker: BenchmarkBroker, replayer: Replayer, name: str, count: int, folder: Path) -> Rate:
    """As fast as it can: once with nobody who subscribes, and once with the subscriber. Raises MeasurementError."""
    messages = planned(name, count, 1_000.0)
    files = Files(write_session(folder, messages), write_csv(folder / "messages.csv", messages, timed=False))
    command = replayer.command(broker.port, files)
    alone = _to_its_end(command, folder)
    confirmed, seconds = told(alone.output) if replayer.tells else (0, 0.0)
    with subscriber(broker, folder) as heard:
        _to_its_end(command, folder)
        found = heard()
    pairs = in_order([one.fingerprint() for one in messages], found["fingerprints"])
    if not pairs:
        raise MeasurementError("nothing arrived")
    arrived_ns = found["arrived_ns"]
    took_s = (arrived_ns[-1] - arrived_ns[0]) / 1e9
    return Rate(count, confirmed, seconds, alone.cpu_s * 1e6 / count, len(pairs), took_s)


@contextmanager
def subscriber(broker: BenchmarkBroker, folder: Path) -> Iterator[Any]:
    """The independent subscriber; yields what ends it, when nothing comes any more, and returns what it has heard."""
    before, pause, deadline = broker.subscriptions(), Event(), time.monotonic() + wire.TIMEOUT_S
    process = _started([sys.executable, "-m", "benchmarks.subscribers.listening", str(broker.port)], folder)

    def heard() -> dict[str, list[int]]:
        _await_quiet(broker.port)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=PATIENCE_S)
        found: dict[str, list[int]] = json.loads(output)
        return found

    try:
        while broker.subscriptions() == before:
            if time.monotonic() > deadline or process.poll() is not None:
                raise MeasurementError("the subscriber could not be started")
            pause.wait(POLL_S)
        yield heard
    finally:
        process.kill()
        process.communicate()


def _to_its_end(command: Sequence[str], folder: Path) -> Ended:
    process, before = _started(command, folder), os.times()
    try:
        output, _ = process.communicate(timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise MeasurementError(f"has not ended within {PATIENCE_S:g} s") from None
    after = os.times()
    if process.returncode not in (0, 3):  # 3: not faithful, which the subscriber sees for itself
        raise MeasurementError(f"ended with {process.returncode}")
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return Ended(output, spent)


def _started(command: Sequence[str], folder: Path) -> subprocess.Popen[str]:
    try:
        return subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
    except OSError as error:
        raise MeasurementError(f"cannot be started: {error}") from error


def _await_quiet(port: int) -> None:
    pause, since, deadline = Event(), time.monotonic(), time.monotonic() + PATIENCE_S
    while time.monotonic() - since < QUIET_S and time.monotonic() < deadline:
        pause.wait(POLL_S)
        if in_flight(port):
            since = time.monotonic()
