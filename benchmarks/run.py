"""One run: a contender is started, the generator publishes, the contender is ended, and what it has kept is counted."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Final

from benchmarks import wire
from benchmarks.broker import BenchmarkBroker
from benchmarks.contenders import OUTPUT, Contender
from benchmarks.generator import cycle
from benchmarks.load import ROOT
from benchmarks.measuring import QUIET_S, Ended, MeasuredProcess, MeasurementError, cpu_s
from benchmarks.publishing import Generator, generator
from benchmarks.results import Case, Run, Way

READY_QUIET_S: Final = 0.3
PATIENCE_S: Final = 120.0
SAMPLE_S: Final = 0.5
POLL_S: Final = 0.01


@dataclass(frozen=True, slots=True)
class Order:
    """What a contender is given."""

    case: Case
    count: int
    rate: float | None = None
    """Messages published in a second; None: as fast as the broker confirms."""
    patience_s: float = PATIENCE_S


@dataclass(frozen=True, slots=True)
class Idle:
    """What it costs a contender to end without a single message."""

    cpu_s: float
    closing_s: float


@dataclass(slots=True)
class Stretch:
    """What was seen while messages came."""

    started: float = 0.0
    """time.monotonic, as all here."""
    published: float = 0.0
    last_active: float = 0.0
    broker_cpu_s: float = 0.0
    cpu_s: float = 0.0
    """Of the contender, up to here."""
    resident_bytes: list[int] = field(default_factory=list)


class Laboratory:
    """Runs contenders on one broker, in folders that are removed afterwards."""

    def __init__(self, broker: BenchmarkBroker, folder: Path) -> None:
        self._broker = broker
        self._folder = folder
        self._idle: dict[str, Idle] = {}

    def run(self, contender: Contender, order: Order) -> tuple[Run, list[int]]:
        """The figures, and the memory in use over time. Raises MeasurementError."""
        if contender.name not in self._idle:
            self._idle[contender.name] = self._measure_idle(contender, order.case.qos)
        case = order.case
        with (
            self._started(contender, case.qos) as (process, folder),
            generator(self._broker.port, case.load, order.count, order.rate) as source,
        ):
            before_s = process.cpu_s()
            stretch = self._send(process, source, order)
            ended = process.end()
            run = _figures(contender, order, folder, stretch, ended, self._idle[contender.name], before_s)
        return run, stretch.resident_bytes

    def _send(self, process: MeasuredProcess, source: Generator, order: Order) -> Stretch:
        seen = Stretch()
        due = time.monotonic()

        def more() -> bool:
            nonlocal due
            if time.monotonic() >= due:
                due += SAMPLE_S
                seen.resident_bytes.append(process.resident_bytes())
            return not source.done()

        if order.case.way is Way.BACKLOG:
            process.freeze()
            source.go()
            _await(source.done, order.patience_s, process)
        broker_s = cpu_s(self._broker.pid)
        seen.started = time.monotonic()
        if order.case.way is Way.BACKLOG:
            process.thaw()
        else:
            source.go()
        seen.last_active = process.await_idle(self._broker.port, QUIET_S, order.patience_s, more)
        seen.broker_cpu_s = cpu_s(self._broker.pid) - broker_s
        seen.cpu_s = process.cpu_s()
        seen.published = source.report().seconds
        return seen

    def _measure_idle(self, contender: Contender, qos: int) -> Idle:
        with self._started(contender, qos) as (process, _):
            before_s = process.cpu_s()
            ended = process.end()
        return Idle(ended.cpu_s - before_s, ended.closing_s)

    @contextmanager
    def _started(self, contender: Contender, qos: int) -> Iterator[tuple[MeasuredProcess, Path]]:
        """The contender when it has subscribed and waits, and the folder for its files."""
        base = Path(tempfile.mkdtemp(prefix="run-", dir=self._folder))
        try:
            folder = base / "kept"
            folder.mkdir()
            broker = self._broker
            before = broker.subscriptions()
            command = contender.command(broker.port, qos, folder)
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            with MeasuredProcess(command, base, base / OUTPUT, environment) as process:
                _await(lambda: broker.subscriptions() > before, wire.TIMEOUT_S, process)
                process.await_idle(broker.port, READY_QUIET_S, PATIENCE_S)
                yield process, folder
        finally:
            shutil.rmtree(base)


def _figures(
    contender: Contender, order: Order, folder: Path, seen: Stretch, ended: Ended, idle: Idle, before_s: float
) -> Run:
    """Raises MeasurementError if nothing was kept."""
    recorded = contender.kept(folder)
    if contender.counts_bytes and order.case.qos == 0:
        recorded = _messages_in(recorded, order)
    if recorded == 0:
        raise MeasurementError("kept nothing")
    active_s = seen.last_active - seen.started
    return Run(
        published=order.count,
        recorded=recorded,
        seconds=active_s + max(0.0, ended.closing_s - idle.closing_s),
        publish_s=seen.published,
        cpu_us=(ended.cpu_s - before_s - idle.cpu_s) * 1e6 / recorded,
        own_core=(seen.cpu_s - before_s) / active_s,
        broker_core=seen.broker_cpu_s / active_s,
        peak_bytes=ended.peak_bytes,
        disk_bytes=sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
    )


def _messages_in(received_bytes: int, order: Order) -> int:
    """How many messages so many bytes are, when all that were published have a known size."""
    sizes = [len(wire.publish(topic, payload, 0, 0)) for topic, payload in cycle(order.case.load)]
    whole, part = divmod(order.count, len(sizes))
    return round(order.count * received_bytes / (whole * sum(sizes) + sum(sizes[:part])))


def _await(condition: Callable[[], bool], patience_s: float, process: MeasuredProcess) -> None:
    deadline, pause = time.monotonic() + patience_s, Event()
    while not condition():
        process.require_alive()
        if time.monotonic() > deadline:
            raise MeasurementError(f"nothing happened within {patience_s:g} s")
        pause.wait(POLL_S)
