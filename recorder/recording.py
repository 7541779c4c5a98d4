"""One recording from its start to its end: subscriptions, queue, states and writer belong together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from core.clock import Clock
from core.errors import StateError
from core.message import NS_PER_SECOND, Message
from core.ports import ConnectionState, ConnectionStatus, MessageSource, Undo
from recorder.description import CUT_OFF, OLDER_PROTOCOL, PROTOCOL, describe, why_refused
from recorder.gaps import GapTracker
from recorder.machine import QUICK_PATH, transition
from recorder.policy import Intake, RecordedTime
from recorder.queue import RecordingQueue
from recorder.status import RecordingRequest, RecordingStatus
from recorder.writer_thread import Note, WriterThread
from store.events import Event, EventKind
from store.metadata import SessionMetadata, Status
from store.writer import SessionWriter

OpenSession = Callable[[SessionMetadata], SessionWriter]


class Recording:
    """One recording. `start` is called once; everything else may be called from any thread after it."""

    def __init__(
        self,
        request: RecordingRequest,
        source: MessageSource,
        environment: str,
        clock: Clock,
        open_session: OpenSession,
        queue: RecordingQueue[Note] | None = None,
    ) -> None:
        self._request = request
        self._source = source
        self._clock = clock
        self._queue: RecordingQueue[Note] = RecordingQueue() if queue is None else queue
        self._metadata = describe(request, clock.now_ns(), environment, source.connection())
        self._time = RecordedTime(self._metadata.started_ns)
        self._intake = Intake(request)
        self._writer = WriterThread(self, self._queue, self._intake, clock, lambda: open_session(self._metadata))
        self._gaps = GapTracker()
        self._undo: list[Undo] = []
        self._lock = threading.Lock()
        """Guards state, recorded time and gaps. Never held while waiting for another thread: see `end`."""
        self._end_reason: str | None = None
        self._ended_ns: int | None = None
        self._cut_off = False
        """Whether it ended while the broker held messages back for it."""
        self._ended = threading.Event()
        self._problem = ""
        self._refused: tuple[str, ...] = ()
        """Of its filters, those that the broker did not grant when it was there last."""
        self._older_protocol = False
        """Whether it has been said that the broker's protocol does not carry everything."""
        self._stem = ""
        self._path: Path | None = None

    def start(self) -> None:
        """Subscribes, creates the session, begins to write. After a StorageError or BrokerError nothing is left."""
        with ExitStack() as undo:
            undo.callback(self._detach)
            # Subscribed first: what arrives while the session is being created waits in the queue.
            filters = self._request.filters
            self._undo.append(
                self._source.subscribe_listener(
                    filters, self._queue.put, qos=self._request.qos, ready=self._queue.ready
                )
            )
            stored: Sequence[Message] = self._source.fetch_retained(filters) if self._request.retained else ()
            state = self._metadata.status
            for following in QUICK_PATH:
                state = transition(state, following)
            self._metadata = self._metadata.with_changes(status=state)
            writer = self._writer.start(stored)
            self._stem, self._path = writer.stem, writer.db_path
            undo.pop_all()
        self._watch_connection()

    def pause(self) -> None:
        """Raises StateError unless it is in progress."""
        with self._lock:
            at_ns = self._move(Status.PAUSED, EventKind.PAUSE)
            self._time = self._time.paused(at_ns)

    def resume(self) -> None:
        """Raises StateError unless it is paused."""
        with self._lock:
            at_ns = self._move(Status.IN_PROGRESS, EventKind.RESUME)
            self._time = self._time.resumed(at_ns)

    def mark(self, text: str) -> None:
        """Notes this moment. Raises StateError when it has ended."""
        with self._lock:
            self._require_open()
            self._queue.put_control(Note(Event(self._clock.now_ns(), EventKind.MARK, text)))

    def wait(self, timeout: float) -> bool:
        """Blocks until the session's files are finished; False when `timeout` (seconds) is over first."""
        return self._ended.wait(timeout)

    @property
    def active(self) -> bool:
        """Whether it has not ended."""
        return not self._ended.is_set()

    def status(self) -> RecordingStatus:
        """A snapshot."""
        metadata, time, done = self._metadata, self._time, self._writer.progress
        now_ns = self._clock.now_ns() if self._ended_ns is None else self._ended_ns
        active = self.active
        return RecordingStatus(
            state=metadata.status,
            active=active,
            session_id=metadata.id,
            name=metadata.name,
            stem=self._stem,
            path=self._path,
            environment=metadata.environment,
            broker=metadata.broker,
            started_ns=metadata.started_ns,
            ended_ns=metadata.ended_ns,
            ended_reason=metadata.ended_reason,
            elapsed_s=time.elapsed_ns(now_ns) / NS_PER_SECOND,
            messages=done.messages,
            bytes=done.bytes,
            topics=done.topics,
            rate_per_s=self._writer.rate.per_second(now_ns) if active else 0.0,
            queued=self._queue.messages,
            gaps=self._gaps.count,
            in_gap=self._gaps.since_ns is not None,
            duration_s=self._request.duration_s,
            max_messages=self._request.max_messages,
            problem=self._problem or why_refused(self._refused),
        )

    # What the writer thread asks for.

    def recorded_time(self) -> RecordedTime:
        return self._time

    def end(self, reason: str) -> None:
        """Lets no more messages come and lets the writer thread finish. The first reason counts."""
        with self._lock:
            if self._end_reason is not None:
                return
            self._end_reason = reason
        self._cut_off = not self._queue.ready.is_set() and not self._intake.full
        self._detach()
        self._ended_ns = self._clock.now_ns()
        self._queue.close()

    def closing(self, problem: str) -> tuple[SessionMetadata, list[Event]]:
        ended_ns = self._clock.now_ns() if self._ended_ns is None else self._ended_ns
        with self._lock:
            last = self._gaps.regained(ended_ns, "The recording ended during the gap.")
            events = [] if last is None else [last]
            if self._cut_off:
                events.append(Event(ended_ns, EventKind.WARNING, CUT_OFF))
            return self._final(problem, ended_ns), events

    def closed(self, problem: str) -> None:
        with self._lock:
            self._problem = problem
            self._queue.discard()  # after a failure to write; a status may be kept for days
            self._metadata = self._final(problem, self._clock.now_ns() if self._ended_ns is None else self._ended_ns)
        self._ended.set()

    def _final(self, problem: str, ended_ns: int) -> SessionMetadata:
        status = transition(self._metadata.status, Status.FAILED if problem else Status.COMPLETED)
        return self._metadata.with_changes(
            status=status, ended_ns=ended_ns, ended_reason=problem or self._end_reason or ""
        )

    def _move(self, to: Status, kind: EventKind) -> int:
        """Changes the state and notes it in the session. Returns the moment."""
        self._require_open()
        at_ns = self._clock.now_ns()
        self._metadata = self._metadata.with_changes(status=transition(self._metadata.status, to))
        self._queue.put_control(Note(Event(at_ns, kind), self._metadata))
        return at_ns

    def _require_open(self) -> None:
        if self._end_reason is not None:
            raise StateError("The recording is ending or has ended; start a new one.")

    def _watch_connection(self) -> None:
        self._undo.append(self._source.add_connection_listener(self._connection_changed))
        self._connection_changed(self._source.connection())
        if self._end_reason is not None:  # it has ended meanwhile, before this listener could be taken back
            self._detach()

    def _connection_changed(self, connection: ConnectionStatus) -> None:
        with self._lock:
            if self._end_reason is not None:
                return
            at_ns = self._clock.now_ns()
            connected = connection.state is ConnectionState.CONNECTED
            event = self._gaps.regained(at_ns) if connected else self._gaps.lost(at_ns, connection.reason)
            if event is not None:
                self._queue.put_control(Note(event))
            if connected:
                self._note_protocol(at_ns, connection)
                self._note_refused(at_ns, connection.refused)

    def _note_protocol(self, at_ns: int, connection: ConnectionStatus) -> None:
        """Says once that something is missing, and keeps the version of MQTT with the session."""
        older = not connection.carries_properties and not self._older_protocol
        if not connection.protocol or not (older or PROTOCOL not in self._metadata.extra):
            return
        extra = {**self._metadata.extra, PROTOCOL: connection.protocol}
        self._metadata = self._metadata.with_changes(extra=extra)
        if older:
            self._older_protocol = True
            self._queue.put_control(Note(Event(at_ns, EventKind.WARNING, OLDER_PROTOCOL), self._metadata))

    def _note_refused(self, at_ns: int, refused: Sequence[str]) -> None:
        mine = tuple(one for one in self._request.filters if one in refused)
        news = [one for one in mine if one not in self._refused]
        self._refused = mine
        if news:
            self._queue.put_control(Note(Event(at_ns, EventKind.WARNING, why_refused(news))))

    def _detach(self) -> None:
        """Lets no more messages come."""
        for undo in self._undo:
            undo()
