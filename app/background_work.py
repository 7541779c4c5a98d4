"""Work that takes longer than a page may: one thread each, kept results, cancelled when nobody waits any more."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Final

from analysis.progress import Cancelled, Progress
from core.clock import Clock
from core.message import NS_PER_SECOND

LOOK_S: Final = 0.5
"""Between two looks of a paused work at whether anybody will still come."""
AT_ONCE: Final = 2
"""So many works run at a time, the others wait: a recording needs the machine, too."""
KEPT: Final = 24
"""Ended works in memory; a result is at most some megabytes."""
PAUSE_S: Final = 2.5
"""Work that nobody has asked for this long waits: whoever has gone to another tab of the page needs the machine there.
A page that is looked at asks twice a second, one in a hidden tab of the browser once."""
NOBODY_S: Final = 120
"""Work that nobody has asked for this long ends. A browser asks once a minute even for a tab in the background."""
STALE_FACTOR, STALE_S = 10, 5.0
"""While a session is being recorded, a result is good for so many times what it took to compute, and this at least."""


@dataclass(frozen=True, slots=True)
class WorkStatus:
    """Where a work stands."""

    done: int = 0
    total: int = 0
    """Messages; 0 while that is not known."""
    ended: bool = False
    cancelled: bool = False
    result: Any = None
    """What was computed. Several visitors share it: it must not be changed."""
    error: BaseException | None = None

    @property
    def part(self) -> float:
        """How much is done, 0 to 1."""
        return min(1.0, self.done / self.total) if self.total else 0.0


@dataclass(slots=True)
class _Work:
    stamp: Hashable
    asked_ns: int
    status: WorkStatus = field(default_factory=WorkStatus)
    cancel: threading.Event = field(default_factory=threading.Event)
    asked: threading.Event = field(default_factory=threading.Event)
    """Set whenever somebody asks, or wants its end."""
    ended: threading.Event = field(default_factory=threading.Event)
    began_ns: int = 0
    ended_ns: int = 0
    thread: threading.Thread | None = None


class BackgroundWork:
    """Runs works by key. Thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._room = threading.Semaphore(AT_ONCE)
        self._works: OrderedDict[Hashable, _Work] = OrderedDict()
        self._closed = False

    def status(
        self,
        key: Hashable,
        stamp: Hashable,
        compute: Callable[[Progress], object],
        *,
        changing: bool = False,
        wait_s: float = 0.0,
    ) -> WorkStatus:
        """Where the work stands; begins it if it has not been done for this stamp. Waits up to `wait_s` for its end.

        A work in progress goes on although the stamp has changed, and with `changing` its result is good for a while:
        else nothing would ever be computed for a session that is being recorded.
        """
        with self._lock:
            now_ns = self._clock.now_ns()
            work = self._works.get(key)
            if work is None or self._is_outdated(work, stamp, now_ns, changing=changing):
                work = self._begin(key, stamp, compute, now_ns)
            work.asked_ns = now_ns
            work.asked.set()
            self._works.move_to_end(key)
        work.ended.wait(wait_s)
        return work.status

    def cancel(self, key: Hashable) -> None:
        """Ends a work; nothing happens if there is none."""
        with self._lock:
            work = self._works.get(key)
        if work is not None:
            _end(work)

    def forget(self, key: Hashable) -> None:
        """Cancels a work and forgets how it ended: the next who asks begins it anew."""
        self.cancel(key)
        with self._lock:
            self._works.pop(key, None)

    def abandon(self, key: Hashable) -> None:
        """Ends a work that goes on, to make room; whoever still wants it begins it anew. What has ended is kept."""
        with self._lock:
            work = self._works.get(key)
            if work is None or work.ended.is_set():
                return
            del self._works[key]
        _end(work)

    def close(self, timeout: float) -> None:
        """Cancels everything and waits for the threads, `timeout` seconds for each."""
        with self._lock:
            self._closed = True
            works = list(self._works.values())
            self._works.clear()
        for work in works:
            _end(work)
        for work in works:
            if work.thread is not None:
                work.thread.join(timeout)

    def _is_outdated(self, work: _Work, stamp: Hashable, now_ns: int, *, changing: bool) -> bool:
        if work.stamp == stamp or not work.ended.is_set():
            return False
        if not changing:
            return True
        took_s = (work.ended_ns - work.began_ns) / NS_PER_SECOND
        return (now_ns - work.ended_ns) / NS_PER_SECOND > max(STALE_S, STALE_FACTOR * took_s)

    def _begin(self, key: Hashable, stamp: Hashable, compute: Callable[[Progress], object], now_ns: int) -> _Work:
        work = self._works[key] = _Work(stamp, now_ns)
        if self._closed:
            work.status = WorkStatus(ended=True, cancelled=True)
            work.ended.set()
            return work
        name = key[0] if isinstance(key, tuple) else key
        work.thread = threading.Thread(target=self._run, args=(work, compute), name=f"analysis-{name}", daemon=True)
        work.thread.start()
        self._let_go()
        return work

    def _let_go(self) -> None:
        """Of the oldest results, when there are too many."""
        ended = [key for key, work in self._works.items() if work.ended.is_set()]
        for key in ended[: max(0, len(ended) - KEPT)]:
            del self._works[key]

    def _run(self, work: _Work, compute: Callable[[Progress], object]) -> None:
        def progress(done: int, total: int) -> None:
            while self._is_wanted_by_nobody(work, PAUSE_S):
                self._pause(work)
            if work.cancel.is_set():
                raise Cancelled
            work.status = WorkStatus(done, total)

        with self._room:
            work.began_ns = self._clock.now_ns()
            try:
                progress(0, 0)
                work.status = WorkStatus(ended=True, result=compute(progress))
            except Cancelled:
                work.status = WorkStatus(ended=True, cancelled=True)
            except BaseException as error:  # noqa: BLE001  whoever asks gets it, in the thread that draws the page
                work.status = WorkStatus(ended=True, error=error)
            work.ended_ns = self._clock.now_ns()
            work.ended.set()

    def _pause(self, work: _Work) -> None:
        """Makes room for others until somebody asks; raises Cancelled when nobody does."""
        self._room.release()
        try:
            work.asked.clear()
            if work.cancel.is_set() or self._is_wanted_by_nobody(work, NOBODY_S):
                raise Cancelled
            work.asked.wait(LOOK_S)
        finally:
            self._room.acquire()

    def _is_wanted_by_nobody(self, work: _Work, seconds: float) -> bool:
        return (self._clock.now_ns() - work.asked_ns) / NS_PER_SECOND > seconds


def _end(work: _Work) -> None:
    work.cancel.set()
    work.asked.set()
