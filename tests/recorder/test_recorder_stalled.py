"""The recorder with a real broker and a disk that stands still for longer than the keep-alive."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from core.clock import SystemClock
from core.message import LIVE, Message
from core.ports import ConnectionStatus
from mqtt.client import SharedClient
from mqtt.environments import Environment
from recorder.plan import new_recording
from recorder.queue import RecordingQueue
from recorder.recording import Recording
from recorder.scribe import Note
from recorder.status import RecordingRequest
from store.metadata import Status
from tests.brokers import PrivateBroker
from tests.fakes import eventually
from tests.mqtt.scripted_broker import await_dropped_for_silence
from tests.recorder.disk import Disk
from tests.recorder.sessions import session_at

PATIENCE = 60.0
KEEPALIVE_S = 2
"""Seconds; the broker waits for half of it more, and a busy machine may stop a process for so long."""
MESSAGES = 5_000
BOUND = 100


def test_a_disk_that_stands_still_for_two_keep_alives_costs_no_message_and_no_connection(
    tmp_path: Path, private_broker: Callable[..., PrivateBroker], client_factory: Callable[..., SharedClient]
):
    environment = Environment("replay", private_broker().url, may_publish=True)
    source = SharedClient(environment, SystemClock(), "stalled", keepalive_s=KEEPALIVE_S)
    source.start()
    assert source.await_connected(PATIENCE)
    publisher, disk, changes = client_factory(environment), Disk(), list[ConnectionStatus]()
    source.add_connection_listener(changes.append)
    queue: RecordingQueue[Note] = RecordingQueue(BOUND)
    clock = SystemClock()
    plan = new_recording(
        RecordingRequest(), clock, "replay", source.connection(), lambda metadata: disk.create(tmp_path, metadata)
    )
    recording = Recording(plan, source, clock, queue)
    recording.start()
    try:
        assert source.await_subscribed(PATIENCE)
        disk.free.clear()
        batch = [Message("a", b"%d" % number, 1, LIVE, 0) for number in range(MESSAGES)]
        assert publisher.publish_batch(batch).wait(PATIENCE)
        eventually(lambda: not queue.ready.is_set(), "the queue filling up", PATIENCE)
        await_dropped_for_silence("localhost", environment.port, 2 * KEEPALIVE_S)
        assert BOUND <= queue.messages < MESSAGES, "full, but for what one turn of reading brings"
        disk.free.set()
        eventually(lambda: recording.status().messages == MESSAGES, "writing everything", PATIENCE)
    finally:
        recording.end("Stopped.")
        assert recording.wait(PATIENCE)
        source.stop(PATIENCE)
    session = session_at(recording.status().path)
    assert session.payloads == [one.payload for one in batch]
    assert (recording.status().state, session.kinds) == (Status.COMPLETED, [])
    assert {status.state.value for status in changes} <= {"connected", "closed"}
