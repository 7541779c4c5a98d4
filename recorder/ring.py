"""The ring: always keeps the last minutes, and makes a session of them when something interesting has happened."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Final

from core.clock import Clock
from core.errors import SessionFileError, SessionManagerError, StateError, StorageError
from core.message import NS_PER_MICROSECOND, NS_PER_SECOND, Message
from core.ports import Arrival, ConnectionState, ConnectionStatus, MessageSource, Undo
from recorder.gaps import GapTracker, back
from recorder.policy import TopicChoice
from recorder.queue import RecordingQueue
from recorder.ring_chunks import RingChunks
from recorder.ring_rules import Hit, Watch
from recorder.ring_session import Window, describe, warnings
from recorder.ring_status import RingRequest, RingStatus, SavedWindow
from store.events import Event, EventKind

MAX_BATCH: Final = 10_000
LOOK_S: Final = 0.25
"""How often the thread looks whether a topic has fallen silent, or a window is complete."""
LATE_S: Final = 0.5
"""How much later than it arrived a message may reach the queue: so long a complete window waits for stragglers."""
GONE: Final = (
    "So the ring has ended, and what it held is gone. Free some space or mend the disk, then switch it on again."
)
MAX_SAVED: Final = 20
"""How many of the sessions that were made are remembered."""


class Ring:
    """Keeps the last minutes of one environment. Started and stopped once; all methods may be called from any thread.

    While one window of a rule waits for its last seconds, rules that come true make no second one. What is asked for by
    hand is saved beside it.
    """

    def __init__(
        self, request: RingRequest, source: MessageSource, environment: str, folder: Path, clock: Clock
    ) -> None:
        """`folder`: the sessions folder. What is held lies in a hidden folder in it, and is gone after `stop`."""
        self._request = request
        self._source = source
        self._environment = environment
        self._folder = folder
        self._clock = clock
        self._queue: RecordingQueue[Event] = RecordingQueue()
        self._watches = [Watch(rule) for rule in request.rules]
        self._chosen = TopicChoice(request.filters, request.exclude)
        self._gaps = GapTracker()
        self._connection = source.connection()
        """As it was when it stood last."""
        self._session: int | None = None
        """The broker's session state then; None: it has not stood since the ring began."""
        self._undo: list[Undo] = []
        self._lock = threading.Lock()
        """Guards the windows and what has become of them."""
        self._windows: tuple[Window, ...] = ()
        """At most one of a rule, and one by hand."""
        self._saved: tuple[SavedWindow, ...] = ()
        self._held: tuple[int | None, int, int] = (None, 0, 0)
        """Since when, messages, bytes: as of the last look."""
        self._problem = ""
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Subscribes and begins to keep. Raises StorageError, UsageError."""
        opened: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, args=(opened,), name=f"ring-{self._environment}", daemon=True)
        self._thread.start()
        opened.result()
        self._undo.append(
            self._source.subscribe_listener(
                self._request.filters, self._put, qos=self._request.qos, ready=self._queue.ready
            )
        )
        self._undo.append(self._source.add_connection_listener(self._connection_changed))
        self._connection_changed(self._source.connection())

    def stop(self, timeout: float = 10.0) -> None:
        """Throws away what is held. A window that waits for its last seconds is saved as it is. Idempotent."""
        self._end()
        if self._thread is not None:
            self._thread.join(timeout)
            if self._thread.is_alive():
                raise StorageError(f"The ring has not finished after {timeout:g} s: the disk is slow. Stop it again.")

    def save(
        self, name: str = "", *, reason: str = "Saved by hand", before_s: float | None = None, after_s: float = 0.0
    ) -> None:
        """Makes a session of the last `before_s` seconds (None: all that is held), and of `after_s` that follow.

        It is done in the background: see `status`. Raises StateError if the ring does not run, or is about to save
        something by hand already.
        """
        if not self.status().active:
            raise StateError("The ring does not run: start it first.")
        before_s = self._request.keep_s if before_s is None else before_s
        if not self._begin(Hit(self._clock.now_ns(), reason), name, before_s, after_s, by_hand=True):
            raise StateError("The ring is saving something already; try again when it is done.")

    def status(self) -> RingStatus:
        """A snapshot."""
        with self._lock:
            windows, saved, (since_ns, messages, size) = self._windows, self._saved, self._held
        window = max(windows, key=lambda one: one.by_hand, default=None)
        active = self._thread is not None and self._thread.is_alive() and not self._stop.is_set()
        return RingStatus(
            active=active,
            environment=self._environment,
            keep_s=self._request.keep_s,
            since_ns=since_ns if active else None,
            messages=messages if active else 0,
            bytes=size if active else 0,
            queued=self._queue.messages,
            saving_until_ns=None if window is None else window.end_ns,
            saving_reason="" if window is None else window.reason,
            saving_by_hand=window is not None and window.by_hand,
            saved=saved,
            in_gap=active and self._gaps.since_ns is not None,
            problem=self._problem,
        )

    def _begin(self, hit: Hit, name: str, before_s: float, after_s: float, *, by_hand: bool) -> bool:
        start_ns = hit.at_ns - int(min(before_s, self._request.keep_s) * NS_PER_SECOND)
        end_ns = hit.at_ns + int(after_s * NS_PER_SECOND) + NS_PER_MICROSECOND  # what comes at this moment included
        with self._lock:
            if any(window.by_hand == by_hand for window in self._windows):
                return False
            window = Window(hit.at_ns, start_ns, end_ns, hit.reason, name or hit.reason, by_hand)
            self._windows = (*self._windows, window)
        return True

    def _put(self, messages: Sequence[Message]) -> None:
        """What the ring holds may be lost with the program: it keeps nobody waiting for a confirmation."""
        self._queue.put(Arrival(messages, (), (), 0, _nothing))

    def _connection_changed(self, connection: ConnectionStatus) -> None:
        at_ns = self._clock.now_ns()
        if connection.state is ConnectionState.CONNECTED:
            kept = self._request.qos > 0 and connection.broker_session == self._session
            doubtful = kept and connection.doubtful
            text = back(kept=kept, doubtful=doubtful)
            event = self._gaps.regained(at_ns, text, kept=kept, doubtful=doubtful)
            self._connection, self._session = connection, connection.broker_session
        else:
            event = self._gaps.lost(at_ns, connection.reason)
        if event is not None:
            self._queue.put_control(event)

    def _end(self) -> None:
        self._stop.set()
        for undo in self._undo:
            undo()
        self._queue.close()

    # --- the thread

    def _run(self, opened: Future[None]) -> None:
        try:
            chunks = self._open_chunks()
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is raised in the thread that called `start`
            opened.set_exception(error)
            return
        opened.set_result(None)
        try:
            while not self._stop.is_set():
                self._clock.wait_until(self._clock.now_ns() + int(LOOK_S * NS_PER_SECOND), self._queue.urgent)
                self._turn(chunks)
            while self._take(chunks):
                pass
            for window in self._windows:
                self._finish(window, chunks, until_ns=self._clock.now_ns())
        except (StorageError, SessionFileError) as error:
            self._problem = f"{str(error).partition('. ')[0].rstrip('.')}. {GONE}"
        finally:  # also after a mistake of ours: the network thread must not wait for room for ever
            self._end()
            self._queue.discard()
            chunks.close()

    def _open_chunks(self) -> RingChunks:
        folder, keep_ns = self._folder / ".ring" / self._environment, int(self._request.keep_s * NS_PER_SECOND)
        return RingChunks(folder, keep_ns, self._request.max_bytes, self._clock.now_ns())

    def _turn(self, chunks: RingChunks) -> None:
        """Keeps what has come, then sees what follows from it, then throws away what is too old."""
        now_ns = self._clock.now_ns()
        caught_up = self._take(chunks) < MAX_BATCH
        self._look_for_silence(now_ns)
        for window in self._windows:
            if caught_up and now_ns >= window.end_ns + int(LATE_S * NS_PER_SECOND):
                self._finish(window, chunks, until_ns=window.end_ns)
        chunks.hold(min((window.start_ns for window in self._windows), default=None))
        chunks.prune(now_ns)
        self._held = (chunks.since_ns, chunks.messages, chunks.bytes)

    def _take(self, chunks: RingChunks) -> int:
        """Keeps what has come, at most about MAX_BATCH messages of it. Returns how many came."""
        items = self._queue.take(MAX_BATCH)
        kept: list[Message] = []
        count = 0
        for item in items:
            if isinstance(item, Event):
                chunks.add_event(item)
                self._forgive(item)
            else:
                count += len(item.messages)
                kept.extend(message for message in item.messages if self._chosen[message.topic])
        chunks.write(kept)
        for watch in self._watches:
            self._fire(watch.feed(kept))
        return count

    def _look_for_silence(self, now_ns: int) -> None:
        if self._gaps.since_ns is None:
            for watch in self._watches:
                self._fire(watch.silent(now_ns))

    def _forgive(self, event: Event) -> None:
        if event.kind is EventKind.GAP_END:
            for watch in self._watches:
                watch.forgive(event.at_ns)

    def _fire(self, hit: Hit | None) -> None:
        if hit is not None:
            self._begin(hit, "", self._request.before_s, self._request.after_s, by_hand=False)

    def _finish(self, window: Window, chunks: RingChunks, until_ns: int) -> None:
        """Makes the session, and says what became of it: a problem must not end the ring."""
        start_ns, end_ns = max(window.start_ns, chunks.since_ns), min(window.end_ns, until_ns)
        connection, request = self._connection, self._request
        metadata = describe(window, request, connection, self._environment, start_ns, end_ns)
        events = [*warnings(connection, request.filters, start_ns), Event(window.at_ns, EventKind.MARK, window.reason)]
        try:
            done = SavedWindow(window.at_ns, window.reason, stem=chunks.save(self._folder, metadata, events).stem)
        except SessionManagerError as error:
            done = SavedWindow(window.at_ns, window.reason, problem=str(error))
        with self._lock:
            self._windows = tuple(one for one in self._windows if one is not window)
            self._saved = (*self._saved, done)[-MAX_SAVED:]


def _nothing() -> None:
    """Nobody waits for it."""
