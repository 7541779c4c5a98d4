"""The memory of a replay: `session-manager replay --speed max` of a short and of a long session, at its peak."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from benchmarks.broker import BenchmarkBroker
from benchmarks.contenders import OUTPUT
from benchmarks.load import ROOT
from benchmarks.measuring import MeasuredProcess, MeasurementError
from benchmarks.replays.contenders import FASTEST, OURS, Files, told
from benchmarks.replays.messages import planned, write_session
from benchmarks.replays.rows import Footprint

LOAD: Final = "200"
RATE: Final = 1_000.0
"""Messages in a second of the session; as fast as possible it does not count."""
PATIENCE_S: Final = 120.0


def measure_memory(broker: BenchmarkBroker, count: int, folder: Path) -> Footprint:
    """Of one replay of so many messages. Raises MeasurementError."""
    session = write_session(folder, planned(LOAD, count, RATE))
    ours = next(one for one in FASTEST if one.name == OURS)
    report = folder / "report.json"
    command = [*ours.command(broker.port, Files(session, folder)), "--report", str(report)]
    with MeasuredProcess(command, folder, folder / OUTPUT, {**os.environ, "PYTHONPATH": str(ROOT)}) as process:
        process.await_end(PATIENCE_S)
    if not report.is_file():
        raise MeasurementError("it has not written its report")
    confirmed, _ = told(report.read_text("utf-8"))
    return Footprint(confirmed, process.peak_bytes)
