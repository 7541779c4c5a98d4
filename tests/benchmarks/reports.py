"""Builders of valid benchmark reports: a test states only what differs."""

from __future__ import annotations

from typing import Any

from benchmarks.contenders import LIMIT, PEER, RECORDER
from benchmarks.machine import Machine
from benchmarks.plan import HEADLINE
from benchmarks.results import LongRun, Report, Row, Run

MACHINE = Machine(
    taken_at="2026-11-21 12:45 UTC",
    cpu="Some CPU",
    cores=2,
    memory_gb=24.0,
    system="Linux 6",
    python="3.11.7",
    mosquitto="2.0.11",
    packages=("paho-mqtt 2.2.0", "mqtt-recorder 1.3.0"),
    fsync_ms=0.2,
    load_before=0.1,
)


def run(rate: float = 60_000.0, **changes: Any) -> Run:
    """One run of 60,000 messages."""
    values: dict[str, Any] = {
        "published": 60_000,
        "recorded": 60_000,
        "seconds": 60_000 / rate,
        "publish_s": 0.5,
        "cpu_us": 8.0,
        "own_core": 0.9,
        "broker_core": 0.5,
        "peak_bytes": 60_000_000,
        "disk_bytes": 36_000_000,
    }
    return Run(**{**values, **changes})


def report() -> Report:
    """Three contenders in the case of the bars, all of them reached."""
    rows = [
        Row(HEADLINE, RECORDER, "SQLite and JSON lines", [run(60_000), run(90_000), run(70_000)]),
        Row(HEADLINE, PEER, "CSV", [run(10_000, cpu_us=60.0)]),
        Row(HEADLINE, LIMIT, "nothing", [run(100_000, disk_bytes=0)]),
        Row(HEADLINE, "mqtt-logger", "SQLite", problem="it subscribes at QoS 0 only"),
    ]
    return Report(MACHINE, rows, notes=["Left out: the real mix."])


def long_run(*resident_mb: int, **changes: Any) -> LongRun:
    """A long run with these megabytes in use over time."""
    return LongRun(30_000.0, run(**changes), tuple(1_000_000 * one for one in resident_mb))
