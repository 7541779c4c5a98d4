"""How messages are gathered into transactions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.clock import ManualClock
from core.message import Message
from recorder.queue import MAX_QUEUED_MESSAGES
from recorder.recorder import Recorder, RecordingRequest
from recorder.writer_thread import MAX_BATCH
from store.metadata import SessionMetadata
from store.writer import SessionWriter
from tests.fakes import FakeSource
from tests.recorder.sessions import session_at


def test_a_fast_stream_of_single_messages_is_written_in_few_transactions(tmp_path: Path):
    """Each message comes in a batch of its own; a transaction for each would be ten times the work."""
    sizes: list[int] = []

    def create(folder: Path, metadata: SessionMetadata) -> SessionWriter:
        writer = SessionWriter.create(folder, metadata)
        write = writer.write

        def counted(messages: Sequence[Message], packet_ids: Sequence[int] = ()) -> None:
            sizes.append(len(messages))
            write(messages, packet_ids)

        writer.write = counted  # type: ignore[method-assign]  # a real writer, watched
        return writer

    clock = ManualClock(1_000)
    source, recorder = FakeSource(clock), Recorder(tmp_path, clock, create)
    status = recorder.start(RecordingRequest(), source, "mock")
    count = MAX_QUEUED_MESSAGES // 5
    for number in range(count):
        source.send("a", b"%d" % number)
    recorder.stop()
    assert session_at(status.path).payloads == [b"%d" % number for number in range(count)]
    assert len(sizes) < count / 10
    assert max(sizes) <= MAX_BATCH
