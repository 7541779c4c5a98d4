"""Real recordings, imported, replayed to a real broker and recorded again, come out as they went in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.copy_check import copy_report
from core.clock import SystemClock
from core.message import Message
from mqtt.client import SharedClient
from recorder.recorder import Recorder, RecordingRequest
from replay.player import Player, ReplayRequest
from store.catalog import Catalog
from store.query import MessageQuery
from store.reader import SessionReader
from store.repair import verify

RECORDINGS = (
    "default_test_session.db",
    "production-rw-agv2-b-agv1_20260512_125623.log",
    "production-white_20260303_081127.log",
    "red-storage-production-nok_20260807_113739.log",
    "startup-clean_20260512_102831.log",
    "storage-production-ml-rrr_20260804_133245.log",
    "storage_order_blue_20251110_181104.db",
    "storage_order_blue_20251110_181104.log",
    "synthetic-arduino-sensors_20260508_091000.log",
    "white-storage-production_20260807_111716.log",
)
PATIENCE = 60.0
"""Seconds after which something is broken rather than slow."""

SPEED = 1_000.0
"""Times the original one: the longest recording takes a second or two."""


def content(path: Path) -> list[tuple[str, bytes, int, bool]]:
    """What must survive, in order: topic, payload, QoS and retain flag."""
    with SessionReader.open(path) as reader:
        return [(one.topic, one.payload, one.qos, one.retained) for one in reader.stream(MessageQuery())]


@pytest.mark.real_data
@pytest.mark.parametrize("name", RECORDINGS)
def test_a_replayed_and_recorded_session_is_the_same(
    name: str,
    real_recordings: Path,
    tmp_path: Path,
    client_factory: Callable[..., SharedClient],
    record_property: Callable[[str, object], None],
) -> None:
    """Topic, payload, order, QoS and retain flag are identical; nothing is missing and nothing is there twice.

    How late messages were is measured and noted: at a thousand times the speed it says how fast this machine is.
    """
    clock = SystemClock()
    original = Catalog(tmp_path / "original").import_file(real_recordings / name).entry
    expected = content(original.path)
    recorder, player = Recorder(tmp_path / "copy", clock), Player(clock)
    listening, publishing = client_factory(), client_factory()

    topics = sorted({topic for topic, *_ in expected})
    request = RecordingRequest(name="copy", filters=tuple(topics), qos=2, max_messages=len(expected))
    recorder.start(request, listening, "replay")
    assert listening.await_subscribed(PATIENCE)
    player.start(ReplayRequest(original.path, speed=SPEED), publishing)
    assert player.wait(PATIENCE)
    assert recorder.wait(PATIENCE), recorder.status()

    report = player.report()
    assert report is not None
    assert (report.planned, report.confirmed, report.failed) == (len(expected), len(expected), 0)
    assert report.timing_error_ms.max > 0
    record_property("timing_error_ms", report.to_json()["timing_error_ms"])
    copy = recorder.status().path
    assert copy is not None
    assert content(copy) == expected
    with SessionReader.open(original.path) as one, SessionReader.open(copy) as other:
        compared = copy_report(one, other)
    assert (compared.same, compared.different) == (len(expected), 0)
    assert verify(copy).problems == []
    clear_retained(publishing, expected, clock)


def clear_retained(publisher: SharedClient, replayed: list[tuple[str, bytes, int, bool]], clock: SystemClock) -> None:
    """Takes back what the replay left on the broker, which other tests use too."""
    topics = sorted({topic for topic, _, _, retained in replayed if retained})
    publisher.publish_batch([Message(topic, b"", 1, 1, clock.now_ns()) for topic in topics]).wait(PATIENCE)
