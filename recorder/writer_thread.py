"""The thread that writes: from the queue into the session, until the queue is closed and empty."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Final, Protocol

from core.clock import Clock
from core.errors import SessionFileError, StorageError
from core.message import NS_PER_SECOND, Message
from core.ports import Arrival
from recorder.disk_watch import DiskWatch
from recorder.gathering import Gathering
from recorder.policy import Intake, RecordedTime
from recorder.queue import RecordingQueue
from recorder.rate import RateMeter
from recorder.redeliveries import Redeliveries
from recorder.scribe import Note, Scribe
from recorder.status import RecordingRequest
from store.events import Event
from store.metadata import SessionMetadata
from store.tables import Totals
from store.writing import Writer

MAX_BATCH: Final = 10_000
"""Messages in one transaction: about 100 ms of writing, so that progress, limits and the queue's room stay current."""
MAX_BATCH_BYTES: Final = 8 * 1024 * 1024
"""Of payload in one transaction: while it is written there are several copies of it in memory, as rows and as lines."""

CANNOT_WRITE: Final = (StorageError, SessionFileError)
"""The disk, or a session's file that something else has damaged."""

CHECK_NS: Final = NS_PER_SECOND
"""How often it is looked whether files and disk are as they should be."""

UNEXPECTED: Final = (
    "The recording ended because of an error in the program itself. What was written is intact; "
    "start a new recording, and report what the program printed."
)

NO_END: Final = "The session's end is not in both files: 'session-manager repair' mends it, or the app when it starts."

OpenWriter = Callable[[], Writer]


class Owner(Protocol):
    """The recording that the thread writes for. Its methods are called in the thread."""

    def recorded_time(self) -> RecordedTime:
        """Which moments belong to the recording, as known now."""

    def look_around(self) -> None:
        """Called once a second: what it finds to be noted it puts into the queue."""

    def end(self, reason: str) -> None:
        """Lets no more messages come and closes the queue. A second call does nothing."""

    def closing(self, problem: str) -> tuple[SessionMetadata, list[Event]]:
        """The final metadata and the last events; `problem` is empty when all is well."""

    def closed(self, problem: str) -> None:
        """The session's files are finished."""


class WriterThread:
    """Owns the session's writer: no other thread touches it.

    A message that comes alone is written at once; what comes shortly after a transaction goes into the next one
    together, see `gathering`. So transactions grow with the load by themselves, and with what comes while one is being
    written.
    """

    def __init__(
        self,
        owner: Owner,
        queue: RecordingQueue[Note],
        request: RecordingRequest,
        clock: Clock,
        open_writer: OpenWriter,
        redeliveries: Redeliveries,
    ) -> None:
        self._owner = owner
        self._queue = queue
        self._request = request
        self._intake = Intake(request)
        self._clock = clock
        self._open_writer = open_writer
        self._redeliveries = redeliveries
        self._opened: Future[Writer] = Future()
        self._thread: threading.Thread | None = None
        self._next_check_ns = 0
        self._problem = ""
        self._lost = False
        """Whether its files are not there any more."""
        self._too_full = ""
        """Why it was ended before the disk is full; empty if it was not."""
        self._writing_ns: int | None = None
        """When the first message of what is being written arrived; None while nothing is."""
        self.totals = Totals()
        """What has been written."""
        self.size_bytes = 0
        self._size_is_due = True
        """It is looked up once a second if there is no limit to it: that costs a tenth of a transaction."""
        self.rate = RateMeter()

    @property
    def full(self) -> bool:
        """Whether all that was asked for is there."""
        return self._intake.full

    def start(self, first: Sequence[Message]) -> Writer:
        """Opens the session, then writes `first` and what comes. Raises what opening it raises.

        What is returned is for reading its paths only.
        """
        self.begin(first)
        return self._opened.result()

    def begin(self, first: Sequence[Message] = ()) -> None:
        """Like `start`, without waiting until the session is open; if it cannot be opened the owner is told."""
        self._thread = threading.Thread(target=self._run, args=(first,), name="recorder-writer", daemon=True)
        self._thread.start()

    def set_duration(self, duration_s: float | None) -> None:
        """After how many seconds of recording it ends. From any thread; followed by a control in the queue."""
        self._intake.set_duration(duration_s)

    def lag_s(self, now_ns: int) -> float:
        """How long the oldest message that is not written yet has been waiting; 0 without one."""
        oldest_ns = self._writing_ns
        if oldest_ns is None:
            oldest_ns = self._queue.oldest_ns()
        return 0.0 if oldest_ns is None else max(0, now_ns - oldest_ns) / NS_PER_SECOND

    def _run(self, first: Sequence[Message]) -> None:
        try:
            writer = self._open_writer()
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is raised in the thread that called `start`
            self._owner.end(str(error))
            self._owner.closed(str(error) or UNEXPECTED)
            self._opened.set_exception(error)
            return
        self._update(writer)
        self._intake.taken = self.totals.messages
        self._opened.set_result(writer)
        self._problem = UNEXPECTED
        try:
            self._write_all(writer, first)
        except CANNOT_WRITE as error:
            self._problem = str(error)
        finally:  # also after an error that nobody expects: the network thread must not wait for room for ever
            self._finish(writer, self._problem)

    def _write_all(self, writer: Writer, first: Sequence[Message]) -> None:
        watch = DiskWatch(writer, self._request.min_free_mb)
        scribe = Scribe(writer, self._intake, self._owner.recorded_time, self._redeliveries)
        gathering = Gathering(self._queue, self._clock)
        try:
            scribe.write_first(first)
            self._update(writer)
            while items := self._next(watch):
                self._writing_ns = next((item.messages[0].at_ns for item in items if isinstance(item, Arrival)), None)
                scribe.write(items)
                self._update(writer)
                gathering.wait()
        finally:
            self._update(writer)  # what the database took counts, even if the log did not take it
        self._problem = self._too_full

    def _update(self, writer: Writer) -> None:
        before, self.totals = self.totals, writer.totals
        if self._request.max_bytes is not None or self._size_is_due:
            self.size_bytes = self._intake.size_bytes = writer.size_bytes
            self._size_is_due = False
        self.rate.add(self.totals.messages - before.messages, self._clock.now_ns())
        self._writing_ns = None

    def _next(self, watch: DiskWatch) -> list[Arrival | Note]:
        """What is written next; empty when the recording has ended and all of it is written."""
        while True:
            self._check(watch)
            deadline_ns = self._intake.deadline_ns(self._owner.recorded_time())
            if reason := self._limit(deadline_ns):
                self._owner.end(reason)
            if items := self._queue.take(MAX_BATCH, MAX_BATCH_BYTES):
                return items
            if self._queue.closed:
                return []
            until_ns = self._next_check_ns if deadline_ns is None else min(deadline_ns, self._next_check_ns)
            self._clock.wait_until(until_ns, self._queue.wake)

    def _check(self, watch: DiskWatch) -> None:
        """Once a second. Raises StorageError when the files are gone; ends the recording before the disk is full."""
        now_ns = self._clock.now_ns()
        if now_ns < self._next_check_ns:
            return
        self._next_check_ns = now_ns + CHECK_NS
        self._size_is_due = True
        self._owner.look_around()
        if lost := watch.why_lost():
            self._lost = True
            raise StorageError(lost)
        watch.sign_of_life(now_ns)
        if not self._too_full and (full := watch.why_full()):
            self._too_full = full
            self._owner.end(full)

    def _limit(self, deadline_ns: int | None) -> str:
        if why_full := self._intake.why_full:
            return why_full
        if deadline_ns is not None and self._clock.now_ns() >= deadline_ns:
            return "The duration was reached."
        return ""

    def _finish(self, writer: Writer, problem: str) -> None:
        self._owner.end(problem)
        metadata, events = self._owner.closing(problem)
        try:
            for event in events:
                writer.add_event(event)
            writer.close(metadata)
        except CANNOT_WRITE as error:
            problem = problem or str(error)  # the first problem is the cause of the others
            problem = problem if self._lost else f"{problem} {NO_END}"
        finally:
            self._owner.closed(problem)
