"""One recording from its start to its end: subscriptions, queue, states and writer belong together."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from math import inf
from pathlib import Path

from core.clock import Clock
from core.message import NS_PER_SECOND, Message
from core.ports import Arrival, ConnectionState, ConnectionStatus, MessageSource, Undo
from recorder.connection_watch import ConnectionWatch, identified
from recorder.description import CUT_OFF, ONLY_WHILE_RECORDING
from recorder.dropped import DroppedCounter
from recorder.ledger import LOSSES, Losses, LossLedger
from recorder.machine import transition
from recorder.plan import Plan
from recorder.policy import RecordedTime, check
from recorder.queue import RecordingQueue
from recorder.redeliveries import Redeliveries
from recorder.scribe import Note
from recorder.status import RecordingStatus
from recorder.steering import Steering
from recorder.writer_thread import WriterThread
from store.events import Event, EventKind
from store.metadata import SessionMetadata, Status


class Recording:
    """One recording. Either `start` or `go_on` is called once; everything else from any thread after it."""

    def __init__(
        self, plan: Plan, source: MessageSource, clock: Clock, queue: RecordingQueue[Note] | None = None
    ) -> None:
        self._source = source
        self._clock = clock
        self._queue: RecordingQueue[Note] = RecordingQueue() if queue is None else queue
        self.steering = Steering(plan, self._queue, clock)
        self._ledger = LossLedger(Losses.from_json(plan.metadata.extra.get(LOSSES)))
        self._dropped = DroppedCounter(source, self._dropped_heard, self._ledger.unchanged)
        self._connection = ConnectionWatch(
            plan.request, plan.gaps, self._ledger, plan.broker_session, doubtful=plan.doubtful
        )
        self._writer = WriterThread(
            self,
            self._queue,
            plan.request,
            clock,
            lambda: plan.open_session(self.steering.metadata),
            Redeliveries(plan.broker_session),
        )
        for note in plan.notes:
            self._queue.put_control(note)
        self._undo: list[Undo] = []
        self._ended_ns: int | None = None
        self._cut_off = False
        """Whether it ended while the broker held messages back for it."""
        self._ended = threading.Event()
        self._problem = ""
        self._path: Path | None = plan.path

    def start(self) -> None:
        """Subscribes, creates the session, begins to write. After a StorageError or BrokerError nothing is left."""
        with ExitStack() as undo:
            undo.callback(self._detach)
            self._subscribe()
            state = self.steering
            state.metadata = identified(self._source.connection(), state.metadata) or state.metadata
            waits = state.metadata.status is Status.RECORDING
            stored: Sequence[Message] = () if waits else self._stored_by_broker()
            self._path = self._writer.start(stored).db_path
            undo.pop_all()
        self._watch_connection()

    def go_on(self) -> None:
        """Subscribes, and begins to write as soon as the session is open again: that takes a moment if it is long."""
        self._subscribe()
        self._watch_connection()
        self._writer.begin()

    def _subscribe(self) -> None:
        # First of all: what arrives while the session is being opened waits in the queue.
        request, queue = self.steering.request, self._queue
        self._undo.append(self._source.subscribe_keeper(request.filters, queue.put, qos=request.qos, ready=queue.ready))

    def begin(self, duration_s: float | None) -> None:
        """Begins to write; `duration_s` None: as long as was asked for; infinite: until it is stopped.

        Raises StateError unless its source is assigned, UsageError for a senseless duration, and BrokerError if the
        stored messages were asked for and cannot be had.
        """
        state, request = self.steering, self.steering.request
        if duration_s is not None:
            request = replace(request, duration_s=None if duration_s == inf else duration_s)
        check(request)
        transition(state.metadata.status, Status.IN_PROGRESS)  # before the broker is asked
        stored = self._stored_by_broker()
        with state.lock:
            self._writer.set_duration(request.duration_s)
            at_ns = state.begin(request)
            if stored:
                session = self._source.connection().broker_session
                initial = [message._replace(at_ns=at_ns) for message in stored]
                self._queue.put(Arrival(initial, [0] * len(initial), (), session, _nothing))

    def _stored_by_broker(self) -> Sequence[Message]:
        request = self.steering.request
        return self._source.fetch_retained(request.filters) if request.retained else ()

    def wait(self, timeout: float) -> bool:
        """Blocks until the session's files are finished; False when `timeout` (seconds) is over first."""
        return self._ended.wait(timeout)

    @property
    def active(self) -> bool:
        """Whether it has not ended."""
        return not self._ended.is_set()

    def status(self) -> RecordingStatus:
        """A snapshot."""
        metadata, time, request = self.steering.metadata, self.steering.time, self.steering.request
        done, gaps = self._writer.totals, self._connection.gaps
        now_ns = self._clock.now_ns() if self._ended_ns is None else self._ended_ns
        active = self.active
        marks, last_mark = self.steering.marks
        return RecordingStatus(
            state=metadata.status,
            active=active,
            session_id=metadata.id,
            name=metadata.name,
            stem="" if self._path is None else self._path.stem,
            path=self._path,
            environment=metadata.environment,
            broker=metadata.broker,
            source=metadata.source,
            started_ns=metadata.started_ns,
            ended_ns=metadata.ended_ns,
            ended_reason=metadata.ended_reason,
            elapsed_s=time.elapsed_ns(now_ns) / NS_PER_SECOND,
            messages=done.messages,
            bytes=done.bytes,
            topics=done.topics,
            rate_per_s=self._writer.rate.per_second(now_ns) if active else 0.0,
            queued=self._queue.messages,
            queued_most=self._queue.most_messages,
            lag_s=self._writer.lag_s(self._clock.now_ns()) if active else 0.0,
            size_bytes=self._writer.size_bytes,
            gaps=gaps.count,
            in_gap=gaps.since_ns is not None,
            marks=marks,
            last_mark=last_mark,
            losses=self._ledger.losses(self._queue.most_messages),
            duration_s=request.duration_s,
            max_messages=request.max_messages,
            max_bytes=request.max_bytes,
            problem=self._problem or self._connection.problem,
        )

    # What the writer thread asks for.

    def recorded_time(self) -> RecordedTime:
        return self.steering.time

    def look_around(self) -> None:
        connection = self._source.connection()
        with self.steering.lock:
            self.steering.change(identified(connection, self.steering.metadata))
            self.steering.change(self._ledger.noted(self.steering.metadata, self._queue.most_messages))

    def end(self, reason: str) -> None:
        """Lets no more messages come and lets the writer thread finish. The first reason counts."""
        with self.steering.lock:
            if self.steering.end_reason is not None:
                return
            self.steering.end_reason = reason
        self._cut_off = not self._queue.ready.is_set() and not self._writer.full
        self._detach()
        self._ended_ns = self._clock.now_ns()
        self._queue.close()

    def closing(self, problem: str) -> tuple[SessionMetadata, list[Event]]:
        ended_ns = self._clock.now_ns() if self._ended_ns is None else self._ended_ns
        with self.steering.lock:
            last = self._connection.ended(ended_ns)
            events = [] if last is None else [last]
            if self._cut_off:
                events.append(Event(ended_ns, EventKind.WARNING, CUT_OFF))
            return self._final(problem, ended_ns), events

    def closed(self, problem: str) -> None:
        with self.steering.lock:
            self._problem = problem
            ended_ns = self._clock.now_ns() if self._ended_ns is None else self._ended_ns
            self.steering.metadata = self._final(problem, ended_ns)
        self._queue.discard()  # after a failure to write; a status may be kept for days
        self._ended.set()

    def _final(self, problem: str, ended_ns: int) -> SessionMetadata:
        state = self.steering
        status = transition(state.metadata.status, Status.FAILED if problem else Status.COMPLETED)
        state.metadata = self._ledger.noted(state.metadata, self._queue.most_messages, final=True) or state.metadata
        extra = {key: value for key, value in state.metadata.extra.items() if key not in ONLY_WHILE_RECORDING}
        reason = problem or state.end_reason or ""
        return state.metadata.with_changes(status=status, ended_ns=ended_ns, ended_reason=reason, extra=extra)

    def _watch_connection(self) -> None:
        self._undo.append(self._source.add_connection_listener(self._connection_changed))
        self._connection_changed(self._source.connection())
        self._dropped.start()
        if self.steering.end_reason is not None:  # it has ended meanwhile, before this listener could be taken back
            self._detach()

    def _connection_changed(self, connection: ConnectionStatus) -> None:
        state = self.steering
        with state.lock:
            if state.end_reason is not None:
                return
            if self._connection.gaps.since_ns is not None and connection.state is ConnectionState.CONNECTED:
                self._dropped.ask()
            for note in self._connection.changed(self._clock.now_ns(), connection, state.metadata):
                state.metadata = note.metadata or state.metadata
                self._queue.put_control(note)
            state.change(identified(connection, state.metadata))

    def _dropped_heard(self, counter: int, at_ns: int) -> None:
        """The broker says how many messages it has dropped since its start."""
        if event := self._ledger.heard(counter, at_ns):
            with self.steering.lock:
                self._queue.put_control(Note(event))

    def _detach(self) -> None:
        """Lets no more messages come."""
        self._dropped.stop()
        for undo in self._undo:
            undo()


def _nothing() -> None:
    """The broker does not wait for an answer to what it had stored."""
