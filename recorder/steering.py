"""The state of a recording, and what changes it: source, beginning, pauses and marks, each noted in the session."""

from __future__ import annotations

import threading

from core.clock import Clock
from core.errors import StateError
from recorder.machine import transition
from recorder.plan import Plan
from recorder.queue import RecordingQueue
from recorder.scribe import Note
from recorder.status import RecordingRequest
from store.events import Event, EventKind
from store.metadata import UNKNOWN_SOURCE, SessionMetadata, Status


class Steering:
    """What a recording is doing. All methods but `begin` and `change` may be called from any thread."""

    def __init__(self, plan: Plan, queue: RecordingQueue[Note], clock: Clock) -> None:
        self._queue = queue
        self._clock = clock
        self.lock = threading.Lock()
        """Guards all that follows, and the connection. Never held while waiting for another thread."""
        self.request = plan.request
        self.metadata = plan.metadata
        self.time = plan.time
        self.marks = (len(plan.marks), plan.marks[-1] if plan.marks else None)
        """How many, and the last one."""
        self.end_reason: str | None = None
        """None until it ends."""

    def assign_source(self, name: str) -> None:
        """Raises StateError unless it waits for its source."""
        source = name.strip() or UNKNOWN_SOURCE
        self._change_source(Status.SOURCE_ASSIGNED, source, f"The source is {source}.")

    def withdraw_source(self) -> None:
        """Raises StateError unless its source is assigned and it has not begun."""
        self._change_source(Status.RECORDING, UNKNOWN_SOURCE, "The source was taken back.")

    def _change_source(self, to: Status, source: str, text: str) -> None:
        with self.lock:
            self._require_open()
            self.metadata = self.metadata.with_changes(status=transition(self.metadata.status, to), source=source)
            self._queue.put_control(Note(Event(self._clock.now_ns(), EventKind.STATE, text), self.metadata))

    def begin(self, request: RecordingRequest) -> int:
        """Begins to record what `request` now says. Returns the moment; `lock` is held by the caller.

        Raises StateError unless the source is assigned.
        """
        self._require_open()
        extra = {key: value for key, value in self.metadata.extra.items() if key != "duration_s"}
        limit = {} if request.duration_s is None else {"duration_s": request.duration_s}
        self.metadata = self.metadata.with_changes(extra=extra | limit)
        self.request = request
        return self._begin_again()

    def pause(self) -> None:
        """Raises StateError unless it is in progress."""
        with self.lock:
            at_ns = self._move(Status.PAUSED, EventKind.PAUSE)
            self.time = self.time.paused(at_ns)

    def resume(self) -> None:
        """Raises StateError unless it is paused."""
        with self.lock:
            self._begin_again()

    def mark(self, text: str) -> None:
        """Notes this moment. Raises StateError when it has ended."""
        with self.lock:
            self._require_open()
            mark = Event(self._clock.now_ns(), EventKind.MARK, text)
            self._queue.put_control(Note(mark))
            self.marks = (self.marks[0] + 1, mark)

    def change(self, metadata: SessionMetadata | None) -> None:
        """Notes other metadata; None: nothing has changed. `lock` is held by the caller."""
        if metadata is not None:
            self.metadata = metadata
            self._queue.put_control(Note(metadata=metadata))

    def _begin_again(self) -> int:
        at_ns = self._move(Status.IN_PROGRESS, EventKind.RESUME)
        self.time = self.time.resumed(at_ns)
        return at_ns

    def _move(self, to: Status, kind: EventKind) -> int:
        """Changes the state and notes it in the session. Returns the moment."""
        self._require_open()
        at_ns = self._clock.now_ns()
        self.metadata = self.metadata.with_changes(status=transition(self.metadata.status, to))
        self._queue.put_control(Note(Event(at_ns, kind), self.metadata))
        return at_ns

    def _require_open(self) -> None:
        if self.end_reason is not None:
            raise StateError("The recording is ending or has ended; start a new one.")
