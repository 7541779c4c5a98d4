"""The thread that writes: from the queue into the session, until the queue is closed and empty."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final, Protocol

from core.clock import Clock
from core.errors import SessionFileError, StorageError
from core.message import Message
from recorder.policy import Intake, RecordedTime
from recorder.queue import RecordingQueue
from recorder.rate import RateMeter
from store.events import Event
from store.metadata import SessionMetadata
from store.writer import SessionWriter

MAX_BATCH: Final = 10_000
"""Messages in one transaction: about 100 ms of writing, so that progress, limits and the queue's room stay current."""

CANNOT_WRITE: Final = (StorageError, SessionFileError)
"""The disk, or a session's file that something else has damaged."""

GATHER_S: Final = 0.02
"""The least time between two transactions. Each costs about 150 microseconds, ten times what a message costs, so that
without it a fast stream would be written message by message. Nobody sees 20 ms; 250 ms would be too much."""

UNEXPECTED: Final = (
    "The recording ended because of an error in the program itself. What was written is intact; "
    "start a new recording, and report what the program printed."
)

OpenWriter = Callable[[], SessionWriter]


@dataclass(frozen=True, slots=True)
class Note:
    """What is written between messages."""

    event: Event
    metadata: SessionMetadata | None = None
    """The session's metadata from now on; None: unchanged."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What has been written."""

    messages: int = 0
    bytes: int = 0
    topics: int = 0


class Owner(Protocol):
    """The recording that the thread writes for. Its methods are called in the thread."""

    def recorded_time(self) -> RecordedTime:
        """Which moments belong to the recording, as known now."""

    def end(self, reason: str) -> None:
        """Lets no more messages come and closes the queue. A second call does nothing."""

    def closing(self, problem: str) -> tuple[SessionMetadata, list[Event]]:
        """The final metadata and the last events; `problem` is empty when all is well."""

    def closed(self, problem: str) -> None:
        """The session's files are finished."""


class WriterThread:
    """Owns the session's writer: no other thread touches it.

    A message that comes alone is written at once; what comes within GATHER_S after a transaction goes into the next
    one together, or earlier if it becomes much. So transactions grow with the load by themselves.
    """

    def __init__(
        self, owner: Owner, queue: RecordingQueue[Note], intake: Intake, clock: Clock, open_writer: OpenWriter
    ) -> None:
        self._owner = owner
        self._queue = queue
        self._intake = intake
        self._clock = clock
        self._open_writer = open_writer
        self._opened: Future[SessionWriter] = Future()
        self._topics: set[str] = set()
        self._thread: threading.Thread | None = None
        self.progress = Progress()
        self.rate = RateMeter()

    def start(self, first: Sequence[Message]) -> SessionWriter:
        """Creates the session, then writes `first` and what comes. Raises StorageError if it cannot be created.

        What is returned is for reading its paths only.
        """
        self._thread = threading.Thread(target=self._run, args=(first,), name="recorder-writer", daemon=True)
        self._thread.start()
        return self._opened.result()

    def join(self, timeout: float) -> bool:
        """Blocks until the thread has ended; False when `timeout` (seconds) is over first."""
        if self._thread is not None:
            self._thread.join(timeout)
        return self._thread is None or not self._thread.is_alive()

    def _run(self, first: Sequence[Message]) -> None:
        try:
            writer = self._open_writer()
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is raised in the thread that called `start`
            self._opened.set_exception(error)
            return
        self._opened.set_result(writer)
        problem = UNEXPECTED
        try:
            self._write(writer, first)
            self._write_queue(writer)
            problem = ""
        except CANNOT_WRITE as error:
            problem = str(error)
        finally:  # also after an error that nobody expects: the network thread must not wait for room for ever
            self._finish(writer, problem)

    def _write_queue(self, writer: SessionWriter) -> None:
        while items := self._next():
            messages: list[Message] = []
            for item in items:
                if isinstance(item, Note):
                    self._write(writer, messages)
                    messages = []
                    self._note(writer, item)
                else:
                    messages.extend(item)
            self._write(writer, messages)
            self._queue.urgent.wait(GATHER_S)

    def _next(self) -> list[Sequence[Message] | Note]:
        """What is written next; empty when the recording has ended and all of it is written."""
        while True:
            deadline_ns = self._intake.deadline_ns(self._owner.recorded_time())
            if reason := self._limit(deadline_ns):
                self._owner.end(reason)
            if items := self._queue.take(MAX_BATCH):
                return items
            if self._queue.closed:
                return []
            if deadline_ns is None:
                self._queue.wake.wait()
            else:
                self._clock.wait_until(deadline_ns, self._queue.wake)

    def _limit(self, deadline_ns: int | None) -> str:
        if self._intake.full:
            return "The number of messages was reached."
        if deadline_ns is not None and self._clock.now_ns() >= deadline_ns:
            return "The duration was reached."
        return ""

    def _write(self, writer: SessionWriter, messages: Sequence[Message]) -> None:
        kept = self._intake.take(messages, self._owner.recorded_time())
        if not kept:
            return
        writer.write(kept)
        self._topics.update([message.topic for message in kept])
        size = sum([len(message.payload) for message in kept])
        done = self.progress
        self.progress = Progress(done.messages + len(kept), done.bytes + size, len(self._topics))
        self.rate.add(len(kept), self._clock.now_ns())

    def _note(self, writer: SessionWriter, note: Note) -> None:
        writer.add_event(note.event)
        if note.metadata is not None:
            writer.set_metadata(note.metadata)

    def _finish(self, writer: SessionWriter, problem: str) -> None:
        self._owner.end(problem)
        metadata, events = self._owner.closing(problem)
        try:
            for event in events:
                writer.add_event(event)
            writer.close(metadata)
        except CANNOT_WRITE as error:
            problem = problem or str(error)  # the first problem is the cause of the others
        finally:
            self._owner.closed(problem)
